// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "platform/sqlite.hpp"

namespace tillpost {

/// For statements of a connection to a journal: `packed(body)` and `unpacked(body)`, with which the columns event.body
/// and quarantine.bytes are written and read (packed_body.hpp), and `packing_dictionary(number)`.
Result<void> define_packing(Database& database);

}  // namespace tillpost
