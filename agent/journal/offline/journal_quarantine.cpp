// SPDX-License-Identifier: Apache-2.0
// Whether what is in quarantine is what was put there.
#include "agent/journal/offline/journal_file.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/store.hpp"

namespace tillpost {

Result<void> JournalFile::each_held(const std::function<void(const HeldRow&)>& visit) {
    const auto query = [this](const char* digest) {
        return database_->prepare("SELECT quarantine.position, rule, bytes, body, " + std::string(digest) +
                                  " FROM quarantine LEFT JOIN event ON event.position = quarantine.position "
                                  "WHERE length(bytes) > 0 ORDER BY quarantine.position");
    };
    auto rows = query("quarantine.digest");
    if (!rows) rows = query("NULL");  // of a format before the seventh
    if (!rows) return rows.error();
    rows->begin();
    for (;;) {
        const Result<bool> there = rows->step();
        if (!there) return there.error();
        if (!*there) return {};
        HeldRow row{rows->integer(0),
                    quarantine_id(rows->integer(0)),
                    {rows->bytes(2), rows->bytes(1), rows->bytes(3), std::nullopt}};
        if (!rows->is_null(4)) row.content.kept = digest_from_bytes(rows->bytes(4));
        visit(row);
    }
}

Result<void> JournalFile::each_record(const std::function<void(const Record&)>& visit) {
    const auto query = [this](const char* decision) {
        return database_->prepare("SELECT position, " + std::string(decision) +
                                  ", length(bytes) FROM quarantine ORDER BY position");
    };
    auto rows = query("decision");
    if (!rows) rows = query("NULL");  // of a format before the third
    if (!rows) return rows.error();
    rows->begin();
    for (;;) {
        const Result<bool> there = rows->step();
        if (!there) return there.error();
        if (!*there) return {};
        visit({rows->integer(0), std::string(rows->bytes(1)), rows->integer(2)});
    }
}

Result<void> JournalFile::each_day(const std::function<void(const DayRow&)>& visit) {
    auto rows = database_->prepare("SELECT till, business_date, state FROM day ORDER BY business_date, till");
    if (!rows) return {};  // of a format before the fourth
    rows->begin();
    for (;;) {
        const Result<bool> there = rows->step();
        if (!there) return there.error();
        if (!*there) return {};
        visit({rows->bytes(0), rows->bytes(1), rows->bytes(2)});
    }
}

bool JournalFile::is_whole(std::int64_t position) {
    const Result<std::int64_t> count = database_->integer(
        "SELECT count(*) FROM event WHERE body IS NOT NULL AND position = " + std::to_string(position));
    return count && *count > 0;
}

Result<void> each_altered_record(JournalFile& file, const AlteredRecord& visit) {
    Sha256 sha;
    return file.each_held([&](const JournalFile::HeldRow& row) {
        const std::optional<Digest> was = altered_content(sha, row.content);
        if (!was) return;
        visit(static_cast<std::uint32_t>(row.position >> sequence_bits), sequence_at(row.position),
              "the record " + row.id + " in quarantine has another content than was put there, whose digest was " +
                  to_hex(*was) + ": `tillpost quarantine` will neither release nor correct it");
    });
}

}  // namespace tillpost
