// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "platform/sqlite.hpp"

namespace tillpost {

/// A row of `sqlite_schema`.
struct SchemaRow {
    std::string type, name, table, sql;
};

/// What a file has that these steps made from the first one on. It is made in memory.
Result<std::vector<SchemaRow>> schema_made_by(const Database::Migration* steps, int count);

}  // namespace tillpost
