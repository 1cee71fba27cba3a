// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/offline/journal_file.hpp"

#include <fcntl.h>
#include <stdlib.h>

#include <cerrno>
#include <filesystem>

#include "agent/journal/damage.hpp"
#include "agent/journal/position.hpp"
#include "platform/files.hpp"

namespace tillpost {
namespace {

namespace fs = std::filesystem;

/// SQLite's lock bytes (fileformat2, "The Lock-Byte Page"): from 1 GiB on. A daemon holds an exclusive lock on them.
bool open_elsewhere(const std::string& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return false;
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 0x40000000;
    lock.l_len = 512;
    return ::fcntl(file.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

std::optional<Digest> chain_of(Database& database, std::int64_t ordinal, Sequence sequence) {
    auto row = database.prepare("SELECT chain FROM event WHERE position = ?1");
    if (!row) return std::nullopt;
    const Result<bool> there = row->begin().bind(1, position_at(static_cast<std::uint32_t>(ordinal), sequence)).step();
    if (!there || !*there) return std::nullopt;
    return digest_from_bytes(row->bytes(0));
}

Result<std::int64_t> copy(const std::string& from, const std::string& to) {
    std::error_code failed;
    if (!fs::copy_file(from, to, fs::copy_options::overwrite_existing, failed)) {
        const bool full = failed == std::errc::no_space_on_device;
        return Error{full ? Errc::full : Errc::io, "copy " + from + " to " + to + ": " + failed.message()};
    }
    return static_cast<std::int64_t>(fs::file_size(to, failed));
}

/// What says that no page of the database may have changed but those that are in the WAL now, too: SQLite writes pages
/// of the WAL over those of the database, and keeps them in the WAL until it begins that anew, with other salts in its
/// header (fileformat2, "WAL File Format"). Without a WAL: when the database was written.
std::string state_of(const std::string& journal) {
    constexpr std::size_t header = 32;
    const auto log = read_beginning(journal + "-wal", header);
    if (log && log->size() == header) return *log;
    std::error_code failed;
    return std::to_string(fs::last_write_time(journal, failed).time_since_epoch().count());
}

/// A copy that fills the disk would stop the daemon's capture.
Result<void> leaves_room(const std::string& journal, const std::string& work) {
    constexpr std::uintmax_t room = 64 << 20;
    std::error_code failed;
    std::uintmax_t size = fs::file_size(journal, failed);
    const std::uintmax_t log = fs::file_size(journal + "-wal", failed);
    if (!failed) size += log;
    const fs::space_info disk = fs::space(work, failed);
    if (failed || disk.available >= size + room) return {};
    return Error{Errc::full, "a copy of " + journal + " (" + std::to_string(size >> 20) +
                                 " MB) would fill the disk of " + work +
                                 ", and tillpostd needs it: name a folder on another one with --work"};
}

}  // namespace

Result<std::unique_ptr<JournalFile>> JournalFile::open_copy(const std::string& journal, const std::string& work) {
    if (!file_exists(journal)) return Error{Errc::invalid, "there is no journal " + journal};
    if (open_elsewhere(journal)) {
        if (auto room = leaves_room(journal, work); !room) return room.error();
    }
    std::string folder = work + "/tillpost-copy-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) return system_error("make a folder in " + work, errno);
    std::unique_ptr<JournalFile> file(new JournalFile(folder));
    if (auto done = file->copy_files(journal); !done) return done.error();
    auto database = Database::open_damaged(folder + "/journal.db");
    if (!database) return database.error();
    file->database_ = std::move(*database);
    const Result<std::int64_t> id = file->integer("PRAGMA application_id");
    if (!id) return id.error();
    if (*id != journal_application_id) return Error{Errc::invalid, journal + " is no journal of Tillpost"};
    return file;
}

/// Again, if a daemon has begun its WAL anew meanwhile.
Result<void> JournalFile::copy_files(const std::string& journal) {
    constexpr int most_tries = 5;
    const std::string to = copy_ + "/journal.db";
    for (int tried = 0; tried < most_tries; ++tried) {
        const std::string before = state_of(journal);
        witnessed_ = Witness::of(journal);  // First: the copy has what it has seen.
        const Result<std::int64_t> size = copy(journal, to);
        if (!size) return size.error();
        bytes_ = *size;
        std::error_code ignored;
        fs::remove(to + "-wal", ignored);
        if (file_exists(journal + "-wal")) {
            if (const auto log = copy(journal + "-wal", to + "-wal"); !log) return log.error();
        }
        if (state_of(journal) == before) return {};
    }
    return Error{Errc::rejected,
                 journal +
                     " changes faster than it can be copied: try again when less happens, with a --work "
                     "folder on a faster disk, or stop tillpostd for it"};
}

JournalFile::~JournalFile() {
    database_.reset();
    std::error_code ignored;
    fs::remove_all(copy_, ignored);
}

Result<std::vector<JournalFile::FileEpoch>> JournalFile::epochs() {
    auto rows = database_->prepare(
        "SELECT ordinal, epoch, confirmed, pruned, pruned_chain, closed, (SELECT max(position) FROM event WHERE "
        "position BETWEEN ordinal << 44 AND (ordinal + 1 << 44) - 1), source, born, moved FROM epoch ORDER BY ordinal");
    if (!rows) return rows.error();
    std::vector<FileEpoch> found;
    for (;;) {
        const Result<bool> row = rows->step();
        if (!row) return row.error();
        if (!*row) return found;
        FileEpoch epoch;
        epoch.source = rows->bytes(7);
        epoch.born = rows->integer(8);
        epoch.moved = static_cast<Sequence>(rows->integer(9));
        epoch.summary.ordinal = static_cast<std::uint32_t>(rows->integer(0));
        epoch.summary.epoch = epoch_from_bytes(rows->bytes(1));
        epoch.summary.confirmed = static_cast<Sequence>(rows->integer(2));
        epoch.summary.first = static_cast<Sequence>(rows->integer(3)) + 1;
        epoch.summary.before = digest_from_bytes(rows->bytes(4));
        epoch.summary.head = epoch.summary.before;
        epoch.live = rows->is_null(5);
        epoch.summary.last = rows->is_null(6) ? epoch.summary.first - 1 : sequence_at(rows->integer(6));
        if (const auto head = chain_of(*database_, rows->integer(0), epoch.summary.last)) epoch.summary.head = *head;
        epoch.closed = epoch.live ? epoch.summary.last : static_cast<Sequence>(rows->integer(5));
        found.push_back(epoch);
    }
}

std::optional<Digest> JournalFile::chain(const EpochSummary& epoch, Sequence sequence) {
    if (sequence + 1 == epoch.first) return epoch.before;
    return chain_of(*database_, epoch.ordinal, sequence);
}

Result<void> JournalFile::each(std::uint32_t ordinal, Range range, const Visit& visit) {
    auto rows = database_->prepare(events_in_order);
    if (!rows) return rows.error();
    rows->begin().bind(1, position_at(ordinal, range.from)).bind(2, position_at(ordinal, range.to));
    for (;;) {
        const Result<bool> there = rows->step();
        if (!there) return there.error();
        if (!*there) return {};
        if (auto done = visit(event_row(*rows)); !done) return done;
    }
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
