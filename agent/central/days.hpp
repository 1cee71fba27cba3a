// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "agent/central/day_nodes.hpp"

namespace tillpost {

/// What the agents' `day_certificate` events say of one business date, store by store, and which tills have sent events
/// of it that no certificate speaks of. Pure.
class StoreDays {
public:
    /// "": the newest date of all certificates that is not later than `latest`, the last one that can be right by the
    /// clock here ("": any can).
    explicit StoreDays(std::string date, std::string latest = "")
        : date_(std::move(date)), date_is_given_(!date_.empty()), latest_(std::move(latest)) {}

    /// A certificate's data, as sent by `source`; what is none is counted. Of an agent, what has a larger position came
    /// later.
    void take(std::string_view source, std::string_view data, std::int64_t position = 0);
    /// The data of a `coverage` event.
    void take_coverage(std::string_view source, std::string_view data);
    /// There are so many events of the till and of date(), the newest at `last`. When all certificates are taken.
    /// `other_store`: as certificates name it, "" for the agent's own.
    void take_events(std::string_view source, std::string_view other_store, std::string_view till, std::uint64_t events,
                     std::int64_t last);
    /// A till of which there has been something since that date, whether it has certified a day yet or not.
    void take_known(std::string_view source, std::string_view other_store, std::string_view till,
                    std::string_view since);
    /// A till that must report: store as "tenant/store", "acme/0007" for "acme/7", too.
    void expect(const std::string& store, const std::string& till) { known_[{store, till}] = ""; }
    /// A line of a list of such tills, "tenant/store till"; an empty one and one that begins with # name none. False:
    /// it is no such line.
    bool expect_line(std::string_view line);

    /// closing - captured
    struct Difference {
        std::string of;          ///< "tender/cash"
        std::string currency;    ///< "" of what is counted
        std::string difference;  ///< A decimal, as it was said
        friend bool operator==(const Difference&, const Difference&) = default;
    };
    struct Till {
        std::string store, till, source;
        std::uint64_t revision = 0;  ///< 0: it has not reported
        bool complete = false;
        std::vector<std::string> reasons;
        std::uint64_t missing = 0;      ///< Numbers
        std::uint64_t quarantined = 0;  ///< Records that wait for a person's decision
        std::uint64_t discarded = 0;    ///< Numbers whose record a person has discarded
        std::vector<Difference> differences;
        std::string closings_fit{};  ///< corrected, captured, as_closed, none; "": it is not closed, or a former
                                     ///< release says less
        std::uint64_t events = 0;    ///< That are here of a till that has not reported
        bool is_one_of_several{};    ///< There is something of it from other nodes of the store, too.
        NodeNumbers numbers{};
        std::int64_t position = 0;
        std::vector<NumberSpan> missing_numbers{};  ///< The first ones; `missing` counts all
        std::uint64_t marked = 0;                   ///< Events that rules speak against
        std::uint64_t late = 0;                     ///< Events that came behind a certificate or the day's end
    };
    /// A till of which several nodes of its store have reported.
    struct SharedTill {
        std::string store, till;
        std::size_t nodes = 0;
        BetweenNodes numbers;
    };
    /// An agent that has certified a date which cannot be yet.
    struct Implausible {
        std::string source, date;
    };
    /// When a feed, or one of its tills, was not heard within its trading hours.
    struct Coverage {
        std::string store, source, device, till;  ///< till: "" for the whole feed
        std::string upto;                         ///< RFC 3339: until then it is known
        std::uint64_t heard = 0, silent = 0, unconnected = 0, down = 0, unknown = 0;  ///< Seconds
    };
    const std::string& date() const { return date_; }
    /// By store, source, feed and till, each as it was told last.
    std::vector<Coverage> coverage() const;
    /// By store, till and node; those that never reported that day are known from earlier ones, from their events,
    /// expected, or were silent by their node's coverage. The till is not complete with events behind its certificate
    /// ("events_behind"), nor if numbers between two nodes are missing ("missing_between_nodes") or came over both
    /// ("on_several_nodes").
    std::vector<Till> tills() const;
    /// By source, the newest date of each; none where the date is given, as they decide nothing then.
    std::vector<Implausible> implausible() const;
    std::uint64_t unreadable() const { return unreadable_; }

private:
    using Key = std::pair<std::string, std::string>;
    struct Certificate {
        std::string date;
        Till till;
    };
    using CoverageKey = std::tuple<std::string, std::string, std::string, std::string>;
    void note_date(const std::string& source, const std::string& date);
    std::vector<Till> reported() const;
    void add_others(std::vector<Till>& tills) const;
    std::vector<Key> silent_all_day(const std::vector<Till>& tills) const;
    std::map<std::string, std::string> spellings() const;

    std::string date_;
    bool date_is_given_;
    bool date_can_be_ = false;                  ///< By the clock here
    std::map<CoverageKey, Coverage> coverage_;  ///< By business date, source, feed and till
    std::vector<Certificate> newest_;
    std::map<std::pair<Key, std::pair<std::string, std::string>>, std::size_t> places_;
    std::map<Key, std::string> known_;  ///< Store and till: the first date of which there is something of it
    struct Events {
        std::uint64_t count = 0;
        std::int64_t last = 0;
    };
    using SourceKey = std::tuple<std::string, std::string, std::string>;
    std::map<SourceKey, Events> events_;  ///< Of date_, by source, store and till
    std::string latest_;
    std::map<std::string, std::string> implausible_;  ///< By source
    std::uint64_t unreadable_ = 0;
};

/// Those of StoreDays::tills(), which are by store and till, that several nodes have reported of.
std::vector<StoreDays::SharedTill> shared_of(const std::vector<StoreDays::Till>& tills);

/// "tenant/store" of urn:tillpost:tenant:store:node, the whole text of anything else.
std::string store_of(std::string_view source);

/// For people: a line a store, below it one for each of its tills, and the sum.
std::string table_of(const StoreDays& days);
std::string json_of(const StoreDays& days);
/// There is one, and all are complete.
bool all_complete(const std::vector<StoreDays::Till>& tills);

}  // namespace tillpost
