// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/journal/store.hpp"
#include "tests/fault/stream.hpp"

namespace tillpost::test {

/// What devices and central were told, and when: in operations that the disk had seen by then. Checks a journal
/// against it: nothing acknowledged is missing or changed, nothing is there twice, nothing is invented.
class History {
public:
    using When = std::size_t;
    enum class Outcome { unknown, done, refused };

    /// One transaction's drafts. Whatever becomes of it, either all of them are recorded or none.
    struct Attempt {
        When begun = 0;
        When ended = 0;
        Outcome outcome = Outcome::unknown;
        std::vector<Draft> drafts;
        std::vector<Recorded> answers;   ///< done: one a draft
        std::vector<std::string> lines;  ///< done: one an answer, as they were read back at once; "" if they were not
        std::int64_t decided = 0;        ///< Records that are not open any more when they are recorded
    };

    /// Another transaction of which the stream speaks: the live epoch is closed, or an event's content is quarantined.
    struct Change {
        enum class Kind { fork, withheld, rejected };
        Kind kind = Kind::fork;
        When begun = 0;
        When ended = 0;
        Outcome outcome = Outcome::unknown;
        Place place{};       ///< Of the event
        std::string body{};  ///< … and what was to be quarantined.
        std::string rule() const { return kind == Kind::rejected ? "rejected_by_central" : "larger_than_packet"; }
    };

    void attempted(Attempt attempt) { attempts_.push_back(std::move(attempt)); }
    void changed(Change change) { changes_.push_back(std::move(change)); }
    /// A receipt came: the journal's mark in memory.
    void confirmed(When when, Sequence upto) { marks_.push_back({when, upto}); }
    /// A transaction was committed that writes the mark: marks of before are on the disk.
    void mark_written(When when) { written_.push_back({when, marks_.size() - 1}); }
    /// From now on upkeep may forget keys of events up to there …
    void keys_may_go(When when, Sequence upto) { forgotten_.push_back({when, upto}); }
    /// … delete events up to there, and give up what is not critical.
    void may_be_pruned(When when, Epoch epoch, Sequence upto) { prunable_.push_back({when, upto, epoch}); }
    void live_epoch(When when, Epoch epoch);
    /// The event's bytes on the disk were changed: it is lost, and that has to be said.
    void damaged(const Place& place) { damaged_.insert(place); }
    /// The file was set aside: what is live and confirmed in the new one has nothing to do with it.
    void begin_anew();

    /// What had been told when the program or the machine died, counted anew from 0 operations of what comes after.
    /// What was in flight stays unknown.
    History as_at(When died) const;
    /// How many of the events were acknowledged by then.
    std::size_t acknowledged(When when) const;
    /// A device sends again what it had no answer for, and what has a key even if it had one.
    std::vector<Draft> to_be_resent(When when) const;

    /// nullopt, or the first promise that is broken in a journal that was opened after a fault at `when`, and has
    /// nothing left to reissue or to salvage. Appends to it.
    std::optional<std::string> broken(Store& store, const std::string& source, When when) const;

    /// The same for the bytes in quarantine; the journal is closed.
    std::optional<std::string> broken_quarantine(const std::string& path, When when) const;

private:
    struct Numbered {
        When when;
        std::uint64_t value;
        Epoch epoch = 0;
    };
    struct Expected;
    Expected expected(When when) const;
    Sequence may_be_gone(Epoch epoch, When when) const;
    std::optional<std::string> wrong_epoch(const EpochSummary& live, const Expected& expected, When when) const;
    std::optional<std::string> wrong_mark(const EpochSummary& live, const Expected& expected, When when) const;
    std::optional<std::string> wrong_events(const Stream& stream, const Expected& expected, When when) const;
    std::optional<std::string> wrong_losses(const Stream& stream, const Expected& expected, const Place& begin) const;
    std::optional<std::string> wrong_repeats(Store& store, const Expected& expected) const;
    std::optional<std::string> wrong_quarantine(const Store& store, const Expected& expected,
                                                const Stream& stream) const;
    std::uint64_t newest(const std::vector<Numbered>& numbers, When when, std::uint64_t otherwise) const;

    std::vector<Attempt> attempts_;
    std::vector<Change> changes_;
    std::vector<Numbered> marks_{{0, 0}};
    std::vector<Numbered> written_;  ///< value: index in marks_
    std::vector<Numbered> forgotten_;
    std::vector<Numbered> prunable_;
    std::vector<Numbered> epochs_;
    std::set<Place> damaged_;
};

}  // namespace tillpost::test
