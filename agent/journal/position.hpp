// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "agent/wire/line.hpp"

/// A row's number: ordinal of the epoch << 44 | sequence, one order over all epochs.
namespace tillpost {

constexpr int sequence_bits = 44;

constexpr std::int64_t position_at(std::uint32_t ordinal, Sequence sequence) {
    return std::int64_t{ordinal} << sequence_bits | static_cast<std::int64_t>(sequence);
}

constexpr Sequence sequence_at(std::int64_t position) {
    return static_cast<Sequence>(position) & ((Sequence{1} << sequence_bits) - 1);
}

/// A digest as it comes from a column; bytes beyond 32 are ignored, missing ones are zero and so match nothing.
inline Digest digest_of(std::string_view bytes) {
    Digest digest{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
    return digest;
}

}  // namespace tillpost
