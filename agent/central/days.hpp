// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace tillpost {

/// What the agents' `day_certificate` events say of one business date, store by store. Pure.
class StoreDays {
public:
    /// "": the newest date of all certificates.
    explicit StoreDays(std::string date) : date_(std::move(date)), date_is_given_(!date_.empty()) {}

    /// A certificate's data, as sent by `source`; what is none is counted.
    void take(std::string_view source, std::string_view data);
    /// The data of a `coverage` event.
    void take_coverage(std::string_view source, std::string_view data);
    /// A till that must report: store as "tenant/store".
    void expect(const std::string& store, const std::string& till) { known_[{store, till}] = ""; }

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
        std::string closings_fit{};  ///< corrected, captured, none; "": it is not closed, or a former release says less
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
    /// By store and till; those that never reported that day are known from earlier ones, or expected.
    std::vector<Till> tills() const;
    std::uint64_t unreadable() const { return unreadable_; }

private:
    using Key = std::pair<std::string, std::string>;
    struct Certificate {
        std::string date;
        Till till;
    };
    using CoverageKey = std::tuple<std::string, std::string, std::string, std::string>;
    std::string date_;
    bool date_is_given_;
    std::map<CoverageKey, Coverage> coverage_;  ///< By business date, source, feed and till
    std::vector<Certificate> newest_;
    std::map<std::pair<Key, std::pair<std::string, std::string>>, std::size_t> places_;
    std::map<Key, std::string> known_;  ///< Store and till: the first date of which it has a certificate
    std::uint64_t unreadable_ = 0;
};

/// "tenant/store" of urn:tillpost:tenant:store:node, the whole text of anything else.
std::string store_of(std::string_view source);

/// For people: a line a store, below it one for each of its tills, and the sum.
std::string table_of(const StoreDays& days);
std::string json_of(const StoreDays& days);
/// There is one, and all are complete.
bool all_complete(const std::vector<StoreDays::Till>& tills);

}  // namespace tillpost
