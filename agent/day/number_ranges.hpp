// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>

#include "agent/event/number_series.hpp"

/// Sets of numbers of at most 18 digits, as ranges. Pure.
namespace tillpost::day {

/// First to last, neither overlapping nor adjacent.
using NumberRanges = std::map<std::uint64_t, std::uint64_t>;

bool contains(const NumberRanges& ranges, std::uint64_t value);
/// Whether some number of first … last is in them; false if last is below first.
bool any_between(const NumberRanges& ranges, std::uint64_t first, std::uint64_t last);
std::uint64_t count_between(const NumberRanges& ranges, std::uint64_t first, std::uint64_t last);
/// With what they overlap or meet first … last become one.
void unite(NumberRanges& ranges, std::uint64_t first, std::uint64_t last);
/// False if it was in none.
bool take_out(NumberRanges& ranges, std::uint64_t value);

/// A number behind which a POS begins anew: 999, 9999 …, and of as many digits as it writes at least.
bool is_top(std::uint64_t value, std::size_t digits);
/// What a POS begins anew with: 0, 1, 10, 100 …
bool is_beginning(std::uint64_t value);

}  // namespace tillpost::day
