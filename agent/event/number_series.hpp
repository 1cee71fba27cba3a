// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>

namespace tillpost {

/// From so many missing numbers on, what stands on both sides are two series of numbers, and nothing between them is
/// missing: the POS began again (9999, 1), or counts something else in the same till (receipts 100 …, slips 5000 …).
/// More than a till sells on a day, so that a loss is not taken for it; where the till's closing names first and last
/// number, what is between them is missing however much it is.
constexpr std::uint64_t series_apart = 1'000;

/// Longer ones are no numbers.
constexpr std::size_t most_number_digits = 18;
constexpr std::uint64_t largest_number = 999'999'999'999'999'999;

/// The lowest number behind which a POS begins anew.
constexpr std::uint64_t least_top = 999;

/// The largest number with as many digits as `least` has, and with `digits` at least.
constexpr std::uint64_t nines_above(std::uint64_t least, std::size_t digits) {
    std::uint64_t nines = 9;
    for (std::size_t has = 1; (nines < least || has < digits) && nines < largest_number; ++has) nines = nines * 10 + 9;
    return nines;
}

}  // namespace tillpost
