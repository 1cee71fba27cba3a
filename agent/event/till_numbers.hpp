// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "agent/event/event.hpp"

namespace tillpost {

/// The numbers that each till has given on each business day, to mark gaps and repeats. Pure, bounded.
///
/// It knows what was captured since the start, and what it was told of before; the first number of a till's day is
/// taken as it comes: what a restart or the bound forgets is never marked wrongly. A number that is late fills its gap
/// and is no repeat; one that is far above begins another series (number_series.hpp). A correction has a number of its
/// own, which is not missing then, or that of what it corrects. Marks only: the proof that a day is complete compares
/// with the till's own closing.
class TillNumbers {
public:
    /// Marks `number_gap:/number=expected_<number>` or `number_repeat:/number` if the event has a key of a till's
    /// number, and remembers it. False if the number is not its own: it has none, corrects another event, or repeats.
    bool check(Event& event);
    /// An event with that business key was recorded before the start; in the order in which they were.
    void recall(std::string_view subject);
    /// The record with that business key, of whose number check() said that it is its own, did not become an event: its
    /// number may come, and is not missed until then.
    void forget(std::string_view subject);

    static constexpr std::size_t most_days = 256;         ///< Tills times business days; the oldest goes first.
    static constexpr std::size_t most_missing = 256;      ///< Numbers a day that are remembered as missing, the newest.
    static constexpr std::size_t most_corrections = 256;  ///< … and as those of corrections ahead of its series.

private:
    struct Day {
        std::uint64_t highest = 0;
        std::uint64_t lowest = 0;               ///< What is below it is not judged.
        std::set<std::uint64_t> missing{};      ///< Between them
        std::set<std::uint64_t> corrections{};  ///< Numbers above the highest that corrections have
    };
    enum class Seen { in_order, gap, again };
    Seen see(std::string_view day, std::uint64_t value, std::uint64_t& expected);
    void note_correction(std::string_view day, std::uint64_t value);
    void leave_out(Day& day, std::uint64_t from, std::uint64_t to);

    std::map<std::string, Day, std::less<>> days_;  ///< By "pos/<till>/<business date>"
    std::deque<std::string> order_;                 ///< As they came
};

}  // namespace tillpost
