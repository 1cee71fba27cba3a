// SPDX-License-Identifier: Apache-2.0
#include "agent/day/number_ranges.hpp"

#include <algorithm>
#include <iterator>

namespace tillpost::day {

bool contains(const NumberRanges& ranges, std::uint64_t value) { return any_between(ranges, value, value); }

bool any_between(const NumberRanges& ranges, std::uint64_t first, std::uint64_t last) {
    const auto next = ranges.upper_bound(last);
    return first <= last && next != ranges.begin() && std::prev(next)->second >= first;
}

std::uint64_t count_between(const NumberRanges& ranges, std::uint64_t first, std::uint64_t last) {
    std::uint64_t count = 0;
    for (const auto& [from, to] : ranges) {
        if (from <= last && to >= first) count += std::min(to, last) - std::max(from, first) + 1;
    }
    return count;
}

void unite(NumberRanges& ranges, std::uint64_t first, std::uint64_t last) {
    auto at = ranges.upper_bound(first);
    if (at != ranges.begin() && std::prev(at)->second + 1 >= first) --at;
    while (at != ranges.end() && at->first <= last + 1) {
        first = std::min(first, at->first);
        last = std::max(last, at->second);
        at = ranges.erase(at);
    }
    ranges.emplace(first, last);
}

bool take_out(NumberRanges& ranges, std::uint64_t value) {
    const auto next = ranges.upper_bound(value);
    if (next == ranges.begin() || std::prev(next)->second < value) return false;
    const auto [first, last] = *std::prev(next);
    ranges.erase(std::prev(next));
    if (first < value) ranges.emplace(first, value - 1);
    if (value < last) ranges.emplace(value + 1, last);
    return true;
}

bool is_top(std::uint64_t value, std::size_t digits) {
    return value >= least_top && nines_above(value, digits) == value;
}

bool is_beginning(std::uint64_t value) {
    std::uint64_t power = 1;
    while (power < value && power < largest_number) power *= 10;
    return value == 0 || value == power;
}

}  // namespace tillpost::day
