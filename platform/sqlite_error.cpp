// SPDX-License-Identifier: Apache-2.0
#include "platform/sqlite_error.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tillpost {
namespace {

/// Whether the database's or the WAL's last error was one of these. It stays until the file is opened anew.
bool last_errno_is(sqlite3* connection, std::initializer_list<int> numbers) {
    for (const int which : {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER}) {
        sqlite3_file* file = nullptr;
        sqlite3_file_control(connection, "main", which, &file);
        int number = 0;
        if (file == nullptr || file->pMethods == nullptr) continue;
        file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number);
        if (std::find(numbers.begin(), numbers.end(), number) != numbers.end()) return true;
    }
    return false;
}

/// SQLite takes a quota that is used up for an I/O error; it undoes the step as on a full disk.
bool is_over_quota(sqlite3* connection, int code) {
    return code == SQLITE_IOERR_WRITE && last_errno_is(connection, {EDQUOT});
}

/// To SQLite an I/O error like any other; what is there is as it was, and only people can raise the limit.
bool is_over_file_size(sqlite3* connection, int code) {
    return (code & 0xff) == SQLITE_IOERR && last_errno_is(connection, {EFBIG});
}

/// The program's statements fit the tables of each format: where SQLite does not find one, or cannot read how the file
/// says what it holds (the schema's format number, fileformat2, 1.3.10), it is the file's fault.
bool is_no_schema(int code, std::string_view said) {
    const auto begins = [said](std::string_view with) { return said.substr(0, with.size()) == with; };
    return code == SQLITE_ERROR &&
           (begins("no such table: ") || begins("no such column: ") || said == "unsupported file format");
}

/// The unix VFS takes EIO and the like at a read for a corrupt file system, and a statement that runs for a corrupt
/// file: what was read is unknown then, not wrong.
bool is_read_error(sqlite3* connection, int code) {
    if (sqlite_errc(code) == Errc::unreadable) return true;
    return (code & 0xff) == SQLITE_CORRUPT && last_errno_is(connection, {EIO, ENXIO, ERANGE});
}

}  // namespace

Errc sqlite_errc(int code) {
    if (code == SQLITE_IOERR_READ || code == SQLITE_IOERR_CORRUPTFS) return Errc::unreadable;
    switch (code & 0xff) {
        case SQLITE_FULL: return Errc::full;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Errc::corrupt;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return Errc::rejected;
        default: return Errc::io;
    }
}

Error sqlite_error(sqlite3* connection, std::string_view step) {
    const int code = sqlite3_extended_errcode(connection);
    const bool unread = is_read_error(connection, code);
    const Errc kind = is_no_schema(code, sqlite3_errmsg(connection)) ? Errc::corrupt
                      : unread                                       ? Errc::unreadable
                                                                     : sqlite_errc(code);
    std::string said = unread ? "the disk cannot read it" : sqlite3_errmsg(connection);
    if (is_over_file_size(connection, code)) said = system_error(said, EFBIG).message;
    return {is_over_quota(connection, code) ? Errc::full : kind,
            std::string(step) + ": " + said + " (SQLite code " + std::to_string(code) + ")"};
}

}  // namespace tillpost
