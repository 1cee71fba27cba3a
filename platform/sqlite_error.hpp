// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "platform/error.hpp"

struct sqlite3;

namespace tillpost {

/// What a SQLite code, extended or not, means for who decides on it.
Errc sqlite_errc(int code);

/// The Error for the connection's last failure: a read error is Errc::unreadable, a used-up quota Errc::full, whatever
/// SQLite calls them.
Error sqlite_error(sqlite3* connection, std::string_view step);

}  // namespace tillpost
