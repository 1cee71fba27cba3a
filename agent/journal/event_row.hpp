// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

#include "agent/journal/salvaged.hpp"

namespace tillpost {

/// The rows of the table `event` between two positions, for event_row(); the connection has define_packing().
constexpr const char* events_in_order =
    "SELECT position, recorded, class, state, digest, chain, reason, unpacked(body) FROM event "
    "WHERE position BETWEEN ?1 AND ?2 ORDER BY position";

/// The row at which such a statement stands. `reason` and `body` are valid until its next step.
struct EventRow {
    std::int64_t position = 0;
    Sequence sequence = 0;
    std::int64_t recorded = 0;
    std::int64_t business_class = 0;
    RowState state = RowState::whole;
    bool sound = true;  ///< False: the column state contradicts the body, or is none: `state` is what the body says.
    Digest digest{};
    Digest chain{};
    std::string_view reason;
    std::string_view body;

    /// A copy of what its place does not give it.
    StoredRow stored() const;
};
EventRow event_row(const Statement& statement);

/// The chain at an event, for the next one; behind one whose digest is gone it proves nothing.
struct ChainLink {
    Digest chain{};
    bool proves = true;
};

}  // namespace tillpost
