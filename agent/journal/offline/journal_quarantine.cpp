// SPDX-License-Identifier: Apache-2.0
// Whether what is in quarantine is what was put there, and what of it an export can bring to central.
#include "agent/journal/offline/journal_file.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/store.hpp"
#include "agent/wire/tombstones.hpp"

namespace tillpost {

Result<void> JournalFile::each_held(const std::function<void(const HeldRow&)>& visit) {
    const auto query = [this](const char* digest) {
        return database_->prepare("SELECT quarantine.position, rule, unpacked(bytes), unpacked(body), " +
                                  std::string(digest) +
                                  " FROM quarantine LEFT JOIN event ON event.position = quarantine.position "
                                  "WHERE length(bytes) > 0 ORDER BY quarantine.position");
    };
    auto rows = query("quarantine.digest");
    if (!rows) rows = query("NULL");  // of a format before the seventh
    if (!rows) return rows.error();
    rows->begin();
    return rows->each([&](const Statement& found) {
        HeldRow row{found.integer(0),
                    quarantine_id(found.integer(0)),
                    {found.bytes(2), found.bytes(1), found.bytes(3), std::nullopt}};
        if (!found.is_null(4)) row.content.kept = digest_from_bytes(found.bytes(4));
        visit(row);
    });
}

Result<void> JournalFile::each_record(const std::function<void(const Record&)>& visit) {
    const auto query = [this](const char* decision) {
        return database_->prepare("SELECT position, " + std::string(decision) +
                                  ", length(bytes) FROM quarantine ORDER BY position");
    };
    auto rows = query("decision, user, actor");
    if (!rows) rows = query("NULL, NULL, NULL");  // of a format before the third
    if (!rows) return rows.error();
    rows->begin();
    return rows->each([&](const Statement& row) {
        visit({row.integer(0), std::string(row.bytes(1)), row.integer(4), row.integer(2), std::string(row.bytes(3))});
    });
}

Result<void> JournalFile::each_day(const std::function<void(const DayRow&)>& visit) {
    auto rows = database_->prepare("SELECT till, business_date, state FROM day ORDER BY business_date, till");
    if (!rows) return {};  // of a format before the fourth
    rows->begin();
    return rows->each([&](const Statement& row) { visit({row.bytes(0), row.bytes(1), row.bytes(2)}); });
}

Result<JournalFile::Contents> JournalFile::withheld_contents(bool delivered) {
    const auto query = [this](const std::string& which) {
        return database_->prepare(
            "SELECT position, unpacked(bytes) FROM quarantine WHERE about IS NOT NULL AND rule = '" +
            std::string(too_large_reason) + "' AND length(bytes) > 0" + which);
    };
    auto rows = query(delivered ? " AND (decision IS NULL OR (decision = 'released' AND became = about))"
                                : " AND decision IS NULL");
    if (!rows) rows = query("");  // of a format before the third
    if (!rows) return rows.error();
    Sha256 sha;
    Contents contents;
    rows->begin();
    const auto read = rows->each([&](const Statement& row) { contents.emplace(sha(row.bytes(1)), row.integer(0)); });
    if (!read) return read.error();
    return contents;
}

Result<std::string> JournalFile::record_bytes(std::int64_t position) {
    auto row = database_->prepare("SELECT unpacked(bytes) FROM quarantine WHERE position = ?1");
    if (!row) return row.error();
    const Result<bool> there = row->begin().bind(1, position).step();
    if (!there) return there.error();
    return *there ? std::string(row->bytes(0)) : std::string();
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
