// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace tillpost {

/// From so many missing numbers on, what stands on both sides are two series of numbers, and nothing between them is
/// missing: the POS began again (9999, 1), or counts something else in the same till (receipts 100 …, slips 5000 …).
/// More than a till sells on a day, so that a loss is not taken for it; where the till's closing names first and last
/// number, what is between them is missing however much it is.
constexpr std::uint64_t series_apart = 1'000;

}  // namespace tillpost
