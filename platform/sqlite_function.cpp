// SPDX-License-Identifier: Apache-2.0
#include <sqlite3.h>

#include <new>
#include <utility>

#include "platform/sqlite.hpp"

namespace tillpost {
namespace {

/// `call` is called for each row: no exception may leave it.
void give_result(sqlite3_context* call, sqlite3_value* argument, const Database::Function& function) {
    const void* data = sqlite3_value_blob(argument);
    const std::string_view value(static_cast<const char*>(data),
                                 static_cast<std::size_t>(sqlite3_value_bytes(argument)));
    const std::optional<std::size_t> size = function.size(value);
    if (!size) return sqlite3_result_value(call, argument);
    // Of 0 bytes it would be NULL.
    std::unique_ptr<char, decltype(&sqlite3_free)> room(static_cast<char*>(sqlite3_malloc64(*size + 1)), sqlite3_free);
    if (!room) return sqlite3_result_error_nomem(call);
    if (!function.write(value, room.get())) return sqlite3_result_value(call, argument);
    sqlite3_result_blob64(call, room.release(), *size, sqlite3_free);
}

void call_function(sqlite3_context* call, int, sqlite3_value** arguments) {
    if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return;
    try {
        give_result(call, arguments[0], *static_cast<const Database::Function*>(sqlite3_user_data(call)));
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(call);
    }
}

void forget_function(void* function) { delete static_cast<Database::Function*>(function); }

}  // namespace

Result<void> Database::define(Function function) {
    const std::string name = function.name;
    // Freed by SQLite, also if that fails.
    auto* const kept = new Function(std::move(function));
    constexpr int kind = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    const int code = sqlite3_create_function_v2(raw_.get(), name.c_str(), 1, kind, kept, call_function, nullptr,
                                                nullptr, forget_function);
    if (code != SQLITE_OK) return failure("define the function " + name);
    return {};
}

}  // namespace tillpost
