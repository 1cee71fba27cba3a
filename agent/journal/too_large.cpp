// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/too_large.hpp"

#include <string>

#include "agent/journal/former.hpp"
#include "platform/sqlite.hpp"

namespace tillpost {

Result<TooLarge> read_too_large(Database& database) {
    auto row = database.prepare("SELECT line, bytes, position, upto, largest FROM too_large");
    if (!row) return row.error();
    const Result<bool> there = row->step();
    if (!there) return there.error();
    if (!*there) return TooLarge();
    return TooLarge{row->integer(0), row->integer(1), row->integer(2), row->integer(3), row->integer(4)};
}

Result<void> write_too_large(Database& database, const TooLarge& large) {
    auto write = database.prepare("UPDATE too_large SET line = ?1, bytes = ?2, position = ?3, upto = ?4, largest = ?5");
    if (!write) return write.error();
    return write->begin()
        .bind(1, large.line)
        .bind(2, large.bytes)
        .bind(3, large.from)
        .bind(4, large.upto)
        .bind(5, large.largest)
        .run();
}

Result<std::int64_t> bytes_in_quarantine(Database& database, std::int64_t position) {
    const Result<std::int64_t> bytes =
        database.integer("SELECT length(body) FROM event WHERE position = " + std::to_string(position));
    return bytes ? Result<std::int64_t>(*bytes + JournalCounters::bytes_of_record) : bytes;
}

}  // namespace tillpost
