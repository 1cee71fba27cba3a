// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/offline/journal_file.hpp"

#include <filesystem>

#include "agent/journal/damage.hpp"
#include "agent/journal/packed_column.hpp"
#include "agent/journal/page_index.hpp"
#include "agent/journal/position.hpp"
#include "agent/wire/tombstones.hpp"
#include "platform/files.hpp"

namespace tillpost {
namespace {

namespace fs = std::filesystem;

std::optional<Digest> chain_of(Database& database, std::int64_t ordinal, Sequence sequence) {
    auto row = database.prepare("SELECT chain FROM event WHERE position = ?1");
    if (!row) return std::nullopt;
    const Result<bool> there = row->begin().bind(1, position_at(static_cast<std::uint32_t>(ordinal), sequence)).step();
    if (!there || !*there) return std::nullopt;
    return digest_from_bytes(row->bytes(0));
}

}  // namespace

Result<std::unique_ptr<JournalFile>> JournalFile::open_copy(const std::string& journal, const std::string& work) {
    if (!file_exists(journal)) return Error{Errc::invalid, "there is no journal " + journal};
    std::unique_ptr<JournalFile> file(new JournalFile());
    // First: the copy has what the witness has seen.
    auto read_witness = [&] { file->witnessed_ = Witness::of(journal); };
    auto copy = DatabaseCopy::make({journal, work, "tillpostd", std::move(read_witness)});
    if (!copy) return copy.error();
    file->copy_ = std::move(*copy);
    auto database = Database::open_damaged(file->copy_->path());
    if (!database) return database.error();
    file->database_ = std::move(*database);
    if (auto done = define_packing(*file->database_); !done) return done.error();
    const Result<std::int64_t> id = file->integer("PRAGMA application_id");
    if (!id) return id.error();
    if (*id != journal_application_id) return Error{Errc::invalid, journal + " is no journal of Tillpost"};
    return file;
}

Result<std::vector<JournalFile::FileEpoch>> JournalFile::epochs() {
    auto rows = database_->prepare(
        "SELECT ordinal, epoch, confirmed, pruned, pruned_chain, closed, (SELECT max(position) FROM event WHERE "
        "position BETWEEN ordinal << 44 AND (ordinal + 1 << 44) - 1), source, born, moved FROM epoch ORDER BY ordinal");
    if (!rows) return rows.error();
    std::vector<FileEpoch> found;
    const auto read = rows->each([&](const Statement& row) {
        FileEpoch epoch;
        epoch.source = row.bytes(7);
        epoch.born = row.integer(8);
        epoch.moved = static_cast<Sequence>(row.integer(9));
        epoch.summary.ordinal = static_cast<std::uint32_t>(row.integer(0));
        epoch.summary.epoch = epoch_from_bytes(row.bytes(1));
        epoch.summary.confirmed = static_cast<Sequence>(row.integer(2));
        epoch.summary.first = static_cast<Sequence>(row.integer(3)) + 1;
        epoch.summary.before = digest_from_bytes(row.bytes(4));
        epoch.summary.head = epoch.summary.before;
        epoch.live = row.is_null(5);
        const bool any = row.integer(6) >> sequence_bits == row.integer(0);
        epoch.summary.last = any ? sequence_at(row.integer(6)) : epoch.summary.first - 1;
        if (const auto head = chain_of(*database_, row.integer(0), epoch.summary.last)) epoch.summary.head = *head;
        epoch.closed = epoch.live ? epoch.summary.last : static_cast<Sequence>(row.integer(5));
        found.push_back(epoch);
    });
    if (!read) return read.error();
    return found;
}

std::optional<Digest> JournalFile::chain(const EpochSummary& epoch, Sequence sequence) {
    if (sequence + 1 == epoch.first) return epoch.before;
    return chain_of(*database_, epoch.ordinal, sequence);
}

Result<void> JournalFile::each(std::uint32_t ordinal, Range range, const Visit& visit) {
    return visit_rows(database_->prepare(events_in_order), ordinal, range, visit);
}

Result<void> JournalFile::each_withheld(std::uint32_t ordinal, Range range, const Visit& visit) {
    const std::string sql =
        "SELECT position, recorded, class, state, digest, chain, reason, unpacked(body) FROM event "
        "WHERE position BETWEEN ?1 AND ?2 AND body IS NULL AND reason = '" +
        std::string(too_large_reason) + "' ORDER BY position";
    return visit_rows(database_->prepare(sql), ordinal, range, visit);
}

Result<void> JournalFile::visit_rows(Result<Statement> rows, std::uint32_t ordinal, Range range, const Visit& visit) {
    if (!rows) return rows.error();
    std::int64_t next = position_at(ordinal, range.from);
    const std::int64_t last = position_at(ordinal, range.to);
    rows->begin().bind(1, next).bind(2, last);
    for (;;) {
        const Result<bool> there = rows->step();
        if (!there) return there.error();
        if (!*there) return {};
        const EventRow row = event_row(*rows);
        if (row.position < next || row.position > last) {  // the rows of a torn page have the number 0
            return Error{Errc::corrupt, "rows of a page are gone, or out of their order"};
        }
        next = row.position + 1;
        if (auto done = visit(row); !done) return done;
    }
}

Result<void> JournalFile::each_readable(std::uint32_t ordinal, Range range, const Visit& visit, const Pass& pass) {
    Sequence last = range.from - 1;
    bool damaged = false;
    std::optional<Error> stopped;
    for (Sequence step = 1; last + step <= range.to;) {
        bool any = false;
        const auto noted = [&](const Row& row) -> Result<void> {
            if (!any && damaged && row.sequence > last + 1) pass({last + 1, row.sequence - 1});
            any = true;
            last = row.sequence;
            Result<void> done = visit(row);
            if (!done) stopped = done.error();
            return done;
        };
        const bool done = each(ordinal, {last + step, range.to}, noted).has_value();
        if (stopped) return *stopped;
        damaged = !done || (damaged && !any);
        if (done) break;
        step = any ? 1 : 2 * step;
    }
    if (damaged && last < range.to) pass({last + 1, range.to});
    return {};
}

FilesElsewhere files_elsewhere(const std::string& journal) {
    FilesElsewhere found;
    for (const std::string& path : files_set_aside(journal)) {
        std::error_code failed;
        const std::uintmax_t bytes = fs::file_size(path, failed);
        found.files.push_back({path, failed ? 0 : static_cast<std::int64_t>(bytes)});
    }
    if (const auto note = damage_noted(journal)) found.damage = note->why.empty() ? "no reason noted" : note->why;
    return found;
}

Result<void> each_of_damaged(const std::string& file, const VisitDamaged& visit) {
    const auto pages = PageIndex::build(file, "");
    if (!pages) return pages.error();
    for (std::int64_t at = (*pages)->next(0); at != 0; at = (*pages)->next(at)) {
        if (const auto row = (*pages)->row(at)) visit(static_cast<std::uint32_t>(at >> sequence_bits), *row);
    }
    return {};
}

std::string line_of(Epoch epoch, const JournalFile::Row& row) {
    std::string line = line_prefix(epoch, row.sequence, row.chain);
    switch (row.state) {
        case RowState::whole: line += row.body; break;
        case RowState::withheld: line += withheld_ending(row.digest, row.reason); break;
        case RowState::lost: line += lost_ending(row.reason); break;
    }
    return line;
}

}  // namespace tillpost
