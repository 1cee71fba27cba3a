// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "agent/central/ledger.hpp"
#include "agent/wire/columns.hpp"
#include "platform/sqlite.hpp"

/// How the receiver's file spells positions and what is held.
namespace tillpost {

constexpr std::int64_t last_epoch_id = (std::int64_t{1} << 19) - 1;

/// Bytes of a digest in the table of effects: enough that nobody finds two bodies with the same ones.
constexpr std::size_t effect_digest_size = 16;

inline std::int64_t position_of(std::int64_t epoch_id, Sequence sequence) {
    return epoch_id << 44 | static_cast<std::int64_t>(sequence);
}

/// From the columns kind, digest, chain.
inline Held held_from(const Statement& row, int column) {
    return {static_cast<Line::Kind>(row.integer(column)), digest_from_bytes(row.bytes(column + 1)),
            digest_from_bytes(row.bytes(column + 2))};
}

}  // namespace tillpost
