// SPDX-License-Identifier: Apache-2.0
// Which series the numbers of one prefix make, and where one turns.
#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/day/pos_numbers.hpp"
#include "agent/event/number_series.hpp"

namespace tillpost::day {
namespace {

/// Which number begins the part before the turn: behind the widest gap between bottom and top. Where there is none
/// `before` does, and the range is cut there.
std::uint64_t cut_at_turn(NumberRanges& ranges, std::uint64_t bottom, std::uint64_t top, std::uint64_t before) {
    std::uint64_t cut = 0;
    std::uint64_t widest = 0;
    const auto end = ranges.upper_bound(top);
    for (auto at = std::prev(ranges.upper_bound(bottom)); std::next(at) != end; ++at) {
        const std::uint64_t gap = std::next(at)->first - at->second;
        if (gap <= widest) continue;
        widest = gap;
        cut = std::next(at)->first;
    }
    if (cut != 0) return cut;
    const auto whole = std::prev(ranges.upper_bound(before));
    if (whole->first == before) return before;
    const std::uint64_t last = std::exchange(whole->second, before - 1);
    ranges.emplace(before, last);
    return before;
}

}  // namespace

/// The number comes directly behind 999, 9999 …, and for the first time.
bool PosNumbers::turns_at(const Prefix& of, std::uint64_t value) {
    return value <= 1 && of.newest && is_top(*of.newest, of.width) && !contains(of.seen, value);
}

/// Whether a closing says so. Behind 999 it may have come so, and closings of both series have said the rest.
bool PosNumbers::is_turn_said(const Prefix& of) {
    const auto [before, behind] = *of.turn;
    const bool may_have_come = behind <= 1 && is_top(before, of.width);
    return contains(of.said, behind) && (may_have_come ? of.said.contains(before) : contains(of.said, before));
}

/// Nothing was seen between them but what another closing says.
bool PosNumbers::is_clear_between(const Prefix& of, std::uint64_t first, std::uint64_t last) {
    Ranges both = of.said;
    for (const auto& [from, to] : of.seen) unite(both, from, to);
    return count_between(both, first, last) == count_between(of.said, first, last);
}

/// Whether all else agrees with the turn. It does not if a closing says that the day has all numbers between 1 and 999,
/// or confuses its first and last number: all that is seen is between them.
bool PosNumbers::speaks_for_turn(const Prefix& of) {
    const auto [before, behind] = *of.turn;
    const std::uint64_t nines = nines_above(before, of.width);
    if (contains(of.seen, nines + 1) || contains(of.said, nines + 1)) return false;
    const auto said = of.said.upper_bound(before);
    const bool has_all =
        behind <= 1 && said != of.said.begin() && std::prev(said)->first <= behind && std::prev(said)->second >= before;
    if (has_all) return false;
    const bool is_shown = before == nines || any_between(of.seen, before + 1, nines) ||
                          (behind > 0 && any_between(of.seen, 0, behind - 1));
    return is_shown || (before - behind > series_apart && is_clear_between(of, behind + 1, before - 1));
}

/// Where the numbers go on behind their last one; nullopt if they do not.
std::optional<PosNumbers::Turn> PosNumbers::turn_of(const Prefix& of) {
    if (!of.turn || !speaks_for_turn(of)) return std::nullopt;
    const auto [before, behind] = *of.turn;
    const std::uint64_t nines = nines_above(before, of.width);
    std::uint64_t highest = before;
    std::uint64_t lowest = behind;
    for (const Ranges* const ranges : {&of.seen, &of.said}) {
        const auto above = ranges->upper_bound(nines);
        if (above != ranges->begin()) highest = std::max(highest, std::min(std::prev(above)->second, nines));
        if (!ranges->empty()) lowest = std::min(lowest, ranges->begin()->first);
    }
    // At a number of its own it turns where others came before that.
    const bool is_own = highest > before && nines - highest >= series_apart;
    Turn turn{is_own ? highest : nines, lowest};
    if (!is_beginning(lowest) && lowest < series_apart) turn.bottom = 1;
    return turn;
}

/// In order, but that the part behind a turn is with the one before it.
std::vector<PosNumbers::Series> PosNumbers::series_of(const Prefix& of) {
    Ranges all = of.seen;
    for (const auto& [first, last] : of.said) unite(all, first, last);
    const auto turn = turn_of(of);
    std::uint64_t cut = 0;
    if (turn) {
        unite(all, of.turn->first, turn->top);
        unite(all, turn->bottom, of.turn->second);
        cut = cut_at_turn(all, turn->bottom, turn->top, of.turn->first);
    } else if (of.turn && is_turn_said(of)) {
        // What a closing says is never left out: where it is no turn, it confuses first and last.
        unite(all, of.turn->second, of.turn->first);
    }
    std::vector<Series> found;
    for (const auto& [first, last] : all) {
        if (found.empty() || first == cut || first - found.back().last() > series_apart) {
            found.push_back({{{first, last}}, 0});
        } else {
            found.back().parts.back().second = last;
        }
    }
    join_turned(found, of.width, cut);
    for (Series& each : found) {
        for (const auto& [first, last] : each.parts) each.seen += count_between(of.seen, first, last);
    }
    return found;
}

/// `cut`: where the part before the turn begins; 0: no turn is known of, but both ends of one may be there.
void PosNumbers::join_turned(std::vector<Series>& found, std::size_t width, std::uint64_t cut) {
    if (found.size() < 2 || (cut == 0 && found.front().first() > 1)) return;
    const auto is_before = [&](const Series& each) {
        return cut != 0 ? each.first() == cut : is_top(each.last(), width);
    };
    const auto before = std::find_if(std::next(found.begin()), found.end(), is_before);
    if (before == found.end()) return;
    before->parts.push_back(found.front().parts.front());
    found.erase(found.begin());
}

}  // namespace tillpost::day
