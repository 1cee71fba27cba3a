// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/ranges.hpp"

#include <algorithm>
#include <iterator>

namespace tillpost {

void Ranges::add(Range range) {
    if (range.from > range.to) return;
    auto at = runs_.upper_bound(range.from);
    if (at != runs_.begin() && std::prev(at)->second + 1 >= range.from) --at;
    while (at != runs_.end() && at->first <= range.to + 1) {
        range.from = std::min(range.from, at->first);
        range.to = std::max(range.to, at->second);
        at = runs_.erase(at);
    }
    runs_.emplace_hint(at, range.from, range.to);
}

void Ranges::remove(Range range) {
    if (range.from > range.to) return;
    auto at = runs_.upper_bound(range.from);
    if (at != runs_.begin() && std::prev(at)->second >= range.from) --at;
    while (at != runs_.end() && at->first <= range.to) {
        const Range run{at->first, at->second};
        at = runs_.erase(at);
        if (run.from < range.from) runs_.emplace_hint(at, run.from, range.from - 1);
        if (run.to > range.to) at = runs_.emplace_hint(at, range.to + 1, run.to);
    }
}

bool Ranges::contains(Sequence sequence) const {
    const auto behind = runs_.upper_bound(sequence);
    return behind != runs_.begin() && std::prev(behind)->second >= sequence;
}

std::optional<Range> Ranges::first_gap(Range within) const {
    auto next = runs_.upper_bound(within.from);
    if (next != runs_.begin()) within.from = std::max(within.from, std::prev(next)->second + 1);
    // Runs never touch, so that what follows one run is a gap.
    if (within.from > within.to) return std::nullopt;
    if (next != runs_.end()) within.to = std::min(within.to, next->first - 1);
    return within;
}

std::optional<Range> Ranges::first_run(Range within) const {
    auto at = runs_.upper_bound(within.from);
    if (at != runs_.begin() && std::prev(at)->second >= within.from) --at;
    if (at == runs_.end() || at->first > within.to || within.from > within.to) return std::nullopt;
    return Range{std::max(at->first, within.from), std::min(at->second, within.to)};
}

Sequence Ranges::end_of_run(Sequence from) const {
    const auto behind = runs_.upper_bound(from);
    if (behind == runs_.begin()) return from - 1;
    const Sequence to = std::prev(behind)->second;
    return to < from ? from - 1 : to;
}

}  // namespace tillpost
