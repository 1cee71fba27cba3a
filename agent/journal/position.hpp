// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "agent/wire/columns.hpp"

/// A row's number: ordinal of the epoch << 44 | sequence, one order over all epochs.
namespace tillpost {

constexpr int sequence_bits = 44;

constexpr std::int64_t position_at(std::uint32_t ordinal, Sequence sequence) {
    return std::int64_t{ordinal} << sequence_bits | static_cast<std::int64_t>(sequence);
}

constexpr Sequence sequence_at(std::int64_t position) {
    return static_cast<Sequence>(position) & ((Sequence{1} << sequence_bits) - 1);
}

}  // namespace tillpost
