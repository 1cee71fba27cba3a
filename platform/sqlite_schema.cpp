// SPDX-License-Identifier: Apache-2.0
#include "platform/sqlite_schema.hpp"

#include <sqlite3.h>

#include "platform/sqlite_error.hpp"

namespace tillpost {
namespace {

std::string text_at(sqlite3_stmt* row, int column) {
    const void* const bytes = sqlite3_column_blob(row, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(row, column));
    return bytes != nullptr ? std::string(static_cast<const char*>(bytes), size) : std::string();
}

}  // namespace

Result<std::vector<SchemaRow>> schema_made_by(const Database::Migration* steps, int count) {
    constexpr const char* step = "make the schema in memory";
    struct Close {
        void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(":memory:", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    const std::unique_ptr<sqlite3, Close> memory(raw);
    if (code != SQLITE_OK) return sqlite_error(raw, step);
    for (int i = 0; i < count; ++i) {
        if (sqlite3_exec(raw, steps[i].sql, nullptr, nullptr, nullptr) != SQLITE_OK) return sqlite_error(raw, step);
    }
    sqlite3_stmt* prepared = nullptr;
    constexpr const char* select = "SELECT type, name, tbl_name, sql FROM sqlite_schema";
    const int made = sqlite3_prepare_v2(raw, select, -1, &prepared, nullptr);
    const std::unique_ptr<sqlite3_stmt, Close> rows(prepared);
    if (made != SQLITE_OK) return sqlite_error(raw, step);
    std::vector<SchemaRow> found;
    for (;;) {
        const int stepped = sqlite3_step(prepared);
        if (stepped == SQLITE_DONE) return found;
        if (stepped != SQLITE_ROW) return sqlite_error(raw, step);
        found.push_back({text_at(prepared, 0), text_at(prepared, 1), text_at(prepared, 2), text_at(prepared, 3)});
    }
}

}  // namespace tillpost
