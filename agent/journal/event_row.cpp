// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/event_row.hpp"

#include "agent/journal/position.hpp"

namespace tillpost {

StoredRow EventRow::stored() const {
    return {sequence, recorded, business_class, state, digest, std::string(reason), std::string(body)};
}

EventRow event_row(const Statement& statement) {
    EventRow row;
    row.position = statement.integer(0);
    row.sequence = sequence_at(row.position);
    row.recorded = statement.integer(1);
    row.business_class = statement.integer(2);
    row.state = static_cast<RowState>(statement.integer(3));
    row.digest = digest_from_bytes(statement.bytes(4));
    row.chain = digest_from_bytes(statement.bytes(5));
    row.reason = statement.bytes(6);
    row.body = statement.bytes(7);
    return row;
}

}  // namespace tillpost
