// SPDX-License-Identifier: Apache-2.0
#include "agent/central/each_row.hpp"

namespace tillpost {

Result<void> each_row(Database& database, std::string_view sql, const std::optional<std::string>& source,
                      const std::function<void(const Statement&)>& visit) {
    Result<Statement> query = database.prepare(sql);
    if (!query) return query.error();
    query->begin();
    if (source) query->bind_text(1, *source);
    return query->each(visit);
}

Result<void> each_row(Database& database, std::string_view sql, const std::function<void(const Statement&)>& visit) {
    return each_row(database, sql, std::nullopt, visit);
}

}  // namespace tillpost
