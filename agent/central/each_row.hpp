// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "platform/sqlite.hpp"

namespace tillpost {

/// Runs a query and visits its rows. `source` is bound to the query's ?1: one agent, or nullopt (NULL) for all.
Result<void> each_row(Database& database, std::string_view sql, const std::optional<std::string>& source,
                      const std::function<void(const Statement&)>& visit);
/// The same for a query that asks for no agent.
Result<void> each_row(Database& database, std::string_view sql, const std::function<void(const Statement&)>& visit);

}  // namespace tillpost
