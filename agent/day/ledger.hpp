// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/day/pos_numbers.hpp"
#include "agent/event/day_facts.hpp"
#include "platform/clock.hpp"

namespace tillpost::day {

/// A recorded event, as far as its till's business day goes.
struct DayEvent {
    std::string_view type;
    std::string_view mode;
    std::string_view subject;
    std::string_view quality;  ///< As recorded
    bool late = false;
    bool corrects = false;  ///< Of an earlier one: counted, and kept out of the sums
    std::string id;         ///< "<epoch>-<sequence>"
    const DayFacts* facts = nullptr;
};

/// An exact sum, and how many amounts it is of.
struct DaySum {
    Decimal amount;
    Decimal base;
    std::uint64_t count = 0;
    friend bool operator==(const DaySum&, const DaySum&) = default;
};
/// By the amounts' names (DayFacts).
using DaySums = std::map<std::string, DaySum, std::less<>>;

/// What one closing of the POS says.
struct DayClosing {
    std::string subject;  ///< Its business key: a closing with the same key takes its place.
    std::string currency;
    DaySums sums;
    friend bool operator==(const DayClosing&, const DayClosing&) = default;
};

/// Where closing and captured events differ.
struct DayDifference {
    std::string name;                       ///< "tender/cash", "tax/19", "tax/19/base", "total/gross", "count/sales"
    std::string currency;                   ///< "" of what is counted
    Decimal closing, captured, difference;  ///< difference: closing - captured
};

/// One till and business day: which POS numbers were seen, sums of what was captured, and the POS's own closings.
///
/// Pure and bounded. Training and test records account for their numbers and are never summed; corrections are counted
/// and not summed, because the closing is of what the POS knew.
class DayLedger {
public:
    static constexpr std::size_t most_closings = 32;
    static constexpr std::size_t most_sums = 512;     ///< Names of all currencies together
    static constexpr std::size_t most_repeated = 64;  ///< Numbers that are named
    static constexpr std::size_t most_down_spans = 32;

    DayLedger() = default;
    DayLedger(std::string of_till, std::string of_date) : till(std::move(of_till)), business_date(std::move(of_date)) {}

    void take(const DayEvent& event);
    /// The agent was not there: from the last sign of life to its start. No reason for a certificate of its own.
    void down(WallTime from, WallTime to);
    /// A person has decided on a record of it in quarantine; `missing`: the number that it took with it, "" for none.
    void decided(const std::string& missing, bool was_discarded);
    /// What a certificate that is made of it as it is now says.
    struct Certified {
        std::uint32_t revision = 0;
        std::uint64_t quarantined = 0;  ///< Records that wait
        std::string cause{};
        WallTime at{};
    };
    void certify(const Certified& now);

    /// An event with that number ("" for none) belongs to what a certificate has said already.
    bool is_late(std::string_view number) const;
    using Differences = std::vector<DayDifference>;
    /// By name and currency; none if there is no closing.
    Differences differences() const;
    /// Captured, of a currency and name; zero if there is none.
    DaySum captured(const std::string& currency, std::string_view name) const;

    struct Span {
        WallTime from, to;
        friend bool operator==(const Span&, const Span&) = default;
    };

    std::string till;
    std::string business_date;
    PosNumbers numbers;
    std::map<std::string, std::uint64_t, std::less<>> types;  ///< Events by type; those not summed under their mode
    std::map<std::string, DaySums, std::less<>> sums;         ///< By currency
    std::vector<DayClosing> closings;
    std::vector<std::string> repeated;  ///< Numbers seen with more than one content
    std::vector<Span> down_spans;
    std::uint64_t events = 0, marked = 0, late = 0, corrected = 0, conflicts = 0, unreadable = 0;
    std::uint64_t repeats = 0;                  ///< All of `repeated`, named or not
    std::uint64_t released = 0, discarded = 0;  ///< Records in quarantine that a person has decided on
    std::uint64_t quarantined = 0;              ///< Those that wait, as the last certificate says
    std::uint32_t revision = 0;                 ///< Of the last certificate; 0: none yet
    std::string cause;                          ///< … "" if a former release made it
    std::int64_t certified = 0;                 ///< … milliseconds since 1970
    bool dirty = false;                         ///< Something has come since the last certificate.
    bool late_waits = false;                    ///< … and something of it was late.
    bool open_after_close = false;              ///< Business went on behind the last closing.
    std::string closed_by;                      ///< Id of the last closing that has no certificate yet, else ""

private:
    void take_amount(const std::string& currency, const DayFacts::Amount& amount);
    void take_closing(const DayEvent& event);
    void compare_said(const std::string& currency, const DaySums& closed, Differences& found) const;
    void compare_unsaid(const std::string& currency, const DaySums& closed, Differences& found) const;
    std::uint64_t count_named(std::string_view name) const;
};

}  // namespace tillpost::day
