// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <array>

#include "agent/central/ledger.hpp"
#include "platform/sqlite.hpp"

/// How the receiver's file spells epochs, positions and what is held.
namespace tillpost {

constexpr std::int64_t last_epoch_id = (std::int64_t{1} << 19) - 1;

inline std::int64_t position_of(std::int64_t epoch_id, Sequence sequence) {
    return epoch_id << 44 | static_cast<std::int64_t>(sequence);
}

using EpochBytes = std::array<char, 8>;

inline EpochBytes bytes_of(Epoch epoch) {
    EpochBytes bytes;
    for (std::size_t i = 8; i-- > 0; epoch >>= 8) bytes[i] = static_cast<char>(epoch & 0xff);
    return bytes;
}

inline std::string_view view_of(const EpochBytes& bytes) { return {bytes.data(), bytes.size()}; }

inline Epoch epoch_from_bytes(std::string_view bytes) {
    Epoch epoch = 0;
    for (const char byte : bytes) epoch = epoch << 8 | static_cast<unsigned char>(byte);
    return epoch;
}

inline Digest digest_from_bytes(std::string_view bytes) {
    Digest digest{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
    return digest;
}

/// From the columns kind, digest, chain.
inline Held held_from(const Statement& row, int column) {
    return {static_cast<Line::Kind>(row.integer(column)), digest_from_bytes(row.bytes(column + 1)),
            digest_from_bytes(row.bytes(column + 2))};
}

}  // namespace tillpost
