// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/capture/mapping.hpp"
#include "platform/error.hpp"

/// What is said on the control socket of mapping events again: JSON in ASCII, one object a line. Pure.
///
///     {"reprocess.events":{"reason":"…","after":"<next>","upto":"<upto>"}}    one slice of the events that are held
///     {"reprocess.quarantine":{"reason":"…","after":"<next>"}}               one slice of the open records
///
/// The client asks slice by slice, with `next` and `upto` of the answer before, until `next` is "". Nothing that
/// decides is kept here between them (a dry run's memory of what it would release serves its words alone): who stops,
/// or is killed, asks again from the start.
namespace tillpost {

struct ReprocessRequest {
    enum class Verb { events, quarantine };
    Verb verb = Verb::events;
    bool dry_run = false;            ///< What would be, without doing it
    Why why;                         ///< Without `user`
    std::string after;               ///< events: a position, "" for the first; quarantine: a record's id
    std::string upto;                ///< events: a position, "" for all that there are now
    std::uint64_t from = 0, to = 0;  ///< Sequences of the live epoch; 0: no bound, and every epoch
    std::string from_date, to_date;  ///< Business dates, or else days of recording (UTC); "" for no bound
    std::string type;                ///< As recorded or as it is today; "" for all
    std::string rule;                ///< A mark as recorded, or as it is today; a record's rule; "" for all
};

/// What one slice came to.
struct ReprocessSlice {
    struct Change {
        std::string event;  ///< Its id, or a record's
        std::string type;   ///< As it is today
        std::string subject;
        std::vector<std::string_view> what;  ///< changes_between()
        std::string before, after;           ///< Qualities
        std::string by{};                    ///< Id of the correction, or of what the record became; "" in a dry run
        /// Of a record that waits: the event of its business key that says something else; in a dry run it may be a
        /// record that would be released before.
        std::string beside{};
        std::uint64_t too_large = 0;  ///< Not corrected: what the broker takes, bytes a line; 0: it is not larger.
    };
    std::uint64_t looked = 0;
    std::uint64_t corrected = 0;   ///< Or would be
    std::uint64_t released = 0;    ///< Or would be
    std::uint64_t too_large = 0;   ///< Would be larger than what the broker takes: left as they are
    std::uint64_t waiting = 0;     ///< Would be a second event of a business key: left for a person to decide
    std::uint64_t unreadable = 0;  ///< Would be no event today: left as they are
    std::uint64_t held_back = 0;   ///< Would be held back today: they travel already, and are left to travel
    std::vector<Change> changes;
    std::string next, upto;
};

/// Errc::invalid, with what is wrong and what is allowed.
Result<ReprocessRequest> parse_reprocess_request(std::string_view line);

/// {"reprocessed":{…}}
std::string slice_line(const ReprocessSlice& slice);

}  // namespace tillpost
