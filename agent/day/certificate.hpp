// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/day/coverage.hpp"
#include "agent/day/ledger.hpp"

/// The data of a `day_certificate` event (agent/event/README.md, "day_certificate"). Pure.
namespace tillpost::day {

/// What the ledger itself does not know.
struct Circumstances {
    std::string_view cause;  ///< till_close, day_end, late; "" where a person asks and there is no certificate yet
    /// A person asks: it also says why and when the last certificate was made, and whether more has come since.
    bool asked = false;
    /// Records that wait in quarantine: of the till and day, and those that came on it of which the till is not known.
    std::uint64_t quarantined = 0;
    std::uint64_t released = 0, discarded = 0;  ///< Of the latter, those on which a person has decided
    std::optional<WallTime> since{};            ///< The agent began to count then, in that day or a later one.
    /// Of the till, or of its feed: when nothing was heard within trading hours, for `shortest_not_heard` or longer,
    /// the first `most_not_heard`.
    std::vector<HeardSpan> not_heard{};
};

constexpr std::size_t most_not_heard = 64;
constexpr Millis shortest_not_heard{60'000};  ///< What is shorter tells nobody anything; `coverage` has it.
constexpr std::size_t most_runs = 64;         ///< Series that are listed
constexpr std::size_t most_gaps = 256;        ///< Named in one certificate; `missing` counts all.

/// Why it cannot be said that all is there and right; empty: the day is complete.
/// missing_numbers, unplaced_numbers, no_closing, open, differs, repeated_numbers, unreadable, unapplied, quarantined,
/// began_within, possible_repeats.
std::vector<std::string_view> reasons(const DayLedger& ledger, const Circumstances& circumstances);

/// One line of JSON.
std::string certificate(const DayLedger& ledger, std::uint32_t revision, const Circumstances& circumstances);

}  // namespace tillpost::day
