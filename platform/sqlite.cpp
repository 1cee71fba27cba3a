// SPDX-License-Identifier: Apache-2.0
#include "platform/sqlite.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "platform/files.hpp"
#include "platform/sqlite_error.hpp"

namespace tillpost {
namespace {

/// A new file's name is durable only when its directory is synced; SQLite does it for its journals only. This comes
/// before SQLite opens the file: closing any descriptor of a file drops all of this process's locks on it (fcntl(2)).
Result<void> create_durably(const std::string& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0 && errno == ELOOP) return Error{Errc::invalid, "it is a symbolic link: name the file itself"};
    if (file.get() < 0) return system_error("create or open the file", errno);
    if (::fsync(file.get()) != 0) return system_error("sync the file", errno);
    return sync_path(directory_of(path));
}

/// SQLite takes a link anywhere in a path for one that must not be followed; only the file itself must be none. A
/// folder that cannot be found stays as it is: the opening says why.
std::string with_real_folder(const std::string& path) {
    std::error_code failed;
    const std::filesystem::path folder = std::filesystem::canonical(directory_of(path), failed);
    return failed ? path : (folder / std::filesystem::path(path).filename()).string();
}

/// Where the last frame ends that belongs to the WAL's present round: behind it are those of earlier rounds, which
/// nobody reads (www.sqlite.org/fileformat2.html#walformat: a frame's salts are those of the header).
sqlite3_int64 end_of_round(sqlite3_file& wal, sqlite3_int64 size) {
    constexpr int header_bytes = 32, frame_header_bytes = 24, salts_at = 16, frame_salts_at = 8, salts = 8;
    std::array<unsigned char, header_bytes> header{};
    std::array<unsigned char, frame_header_bytes> frame{};
    if (size < header_bytes || wal.pMethods->xRead(&wal, header.data(), header_bytes, 0) != SQLITE_OK) return size;
    const sqlite3_int64 page = header[8] << 24 | header[9] << 16 | header[10] << 8 | header[11];
    if (page < 512 || page > 65536) return size;
    sqlite3_int64 end = header_bytes;
    while (end + frame_header_bytes + page <= size) {
        if (wal.pMethods->xRead(&wal, frame.data(), frame_header_bytes, end) != SQLITE_OK) return size;
        if (std::memcmp(&frame[frame_salts_at], &header[salts_at], salts) != 0) return end;
        end += frame_header_bytes + page;
    }
    return end;
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::begin() {
    sqlite3_reset(raw_.get());
    sqlite3_clear_bindings(raw_.get());
    return *this;
}

Statement& Statement::bind(int at, std::int64_t value) {
    sqlite3_bind_int64(raw_.get(), at, value);
    return *this;
}

Statement& Statement::bind_text(int at, std::string_view text) {
    sqlite3_bind_text(raw_.get(), at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    return *this;
}

Statement& Statement::bind_blob(int at, std::string_view bytes) {
    // A null pointer would bind NULL instead of an empty blob.
    const char* data = bytes.data() != nullptr ? bytes.data() : "";
    sqlite3_bind_blob(raw_.get(), at, data, static_cast<int>(bytes.size()), SQLITE_STATIC);
    return *this;
}

Statement& Statement::bind_null(int at) {
    sqlite3_bind_null(raw_.get(), at);
    return *this;
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(raw_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        reset();
        return false;
    }
    Error error = sqlite_error(sqlite3_db_handle(raw_.get()), sqlite3_sql(raw_.get()));
    reset();
    return error;
}

Result<void> Statement::run() {
    const Result<bool> row = step();
    if (!row) return row.error();
    reset();
    return {};
}

Result<void> Statement::each(const std::function<void(const Statement&)>& visit) {
    for (;;) {
        const Result<bool> row = step();
        if (!row) return row.error();
        if (!*row) return {};
        visit(*this);
    }
}

void Statement::reset() { sqlite3_reset(raw_.get()); }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(raw_.get(), column); }

bool Statement::is_null(int column) const { return sqlite3_column_type(raw_.get(), column) == SQLITE_NULL; }

std::string_view Statement::bytes(int column) const {
    const void* data = sqlite3_column_blob(raw_.get(), column);
    return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(raw_.get(), column))};
}

void Database::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const Settings& settings) {
    const std::string step = "open " + settings.path;
    if (auto done = create_durably(settings.path); !done) return done.error().with_context(step);
    sqlite3* raw = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    const int code = sqlite3_open_v2(with_real_folder(settings.path).c_str(), &raw, flags, nullptr);
    std::unique_ptr<Database> database(new Database(raw));
    if (code != SQLITE_OK) return sqlite_error(raw, step);
    sqlite3_extended_result_codes(raw, 1);

    // Whose file it is comes first: anything else, even a checkpoint at closing, would change another program's.
    if (auto done = database->check_identity(settings.application_id); !done) return done.error().with_context(step);
    // It was opened for writing, so that is its header's word (fileformat2, 1.3.3: the write version).
    if (sqlite3_db_readonly(raw, "main") == 1) {
        return Error{Errc::corrupt, step + ": its header says that it is for reading alone"};
    }
    if (settings.before_writing) {
        if (auto done = settings.before_writing(*database); !done) return done.error().with_context(step);
    }
    // Without effect on a file that has pages already.
    if (settings.page_size != 0) {
        const auto done = database->execute("PRAGMA page_size=" + std::to_string(settings.page_size));
        if (!done) return done.error().with_context(step);
    }
    if (auto done = database->configure(); !done) return done.error().with_context(step);
    if (auto done = database->make_wal_durable(); !done) return done.error().with_context(step);
    if (auto done = database->mark(settings.application_id); !done) return done.error().with_context(step);

    if (auto done = database->prepare_all<Database>(*database, {{&Database::begin_, "BEGIN IMMEDIATE"},
                                                                {&Database::commit_, "COMMIT"},
                                                                {&Database::rollback_, "ROLLBACK"},
                                                                {&Database::page_count_, "PRAGMA page_count"}});
        !done) {
        return done.error().with_context(step);
    }
    const Result<std::int64_t> page_size = database->integer("PRAGMA page_size");
    if (!page_size) return page_size.error().with_context(step);
    database->page_size_ = *page_size;
    const Result<std::int64_t> pages = database->integer("PRAGMA page_count");
    if (!pages) return pages.error().with_context(step);
    database->pages_ = *pages;
    database->path_ = settings.path;
    database->keeps_room_ = settings.keeps_room;
    database->space_ = FileDescriptor(::open(settings.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    if (auto done = database->in_place(); !done) return done.error().with_context(step);
    // Only now: no checkpoint may build on a WAL that may not be on the disk.
    sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    database->allocated_ = database->size_on_disk();
    database->keep_room();
    return database;
}

Result<std::unique_ptr<Database>> Database::open_damaged(const std::string& path) {
    const std::string step = "open the damaged file " + path;
    sqlite3* raw = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    const int code = sqlite3_open_v2(with_real_folder(path).c_str(), &raw, flags, nullptr);
    std::unique_ptr<Database> database(new Database(raw));
    if (code != SQLITE_OK) return sqlite_error(raw, step);
    sqlite3_extended_result_codes(raw, 1);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    for (const char* pragma : {"PRAGMA locking_mode=EXCLUSIVE", "PRAGMA cache_size=-1000", "PRAGMA query_only=ON"}) {
        if (auto done = database->execute(pragma); !done) return done.error().with_context(step);
    }
    return database;
}

Result<void> Database::configure() {
    sqlite3_db_config(raw_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(raw_.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(raw_.get(), SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    sqlite3_wal_hook(raw_.get(), &Database::on_commit, this);
    for (const char* pragma :
         {"PRAGMA synchronous=EXTRA", "PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=0",
          "PRAGMA cell_size_check=ON", "PRAGMA secure_delete=FAST", "PRAGMA journal_size_limit=25165824",
          "PRAGMA mmap_size=0", "PRAGMA cache_size=-2000", "PRAGMA foreign_keys=ON"}) {
        if (auto done = execute(pragma); !done) return done;
    }
    // The autocheckpoint pragma replaces the hook, so ours comes last.
    sqlite3_wal_hook(raw_.get(), &Database::on_commit, this);
    const Result<std::int64_t> level = integer("PRAGMA synchronous");
    if (!level) return level.error();
    if (*level != 3) return Error{Errc::io, "SQLite did not take synchronous=EXTRA"};
    return {};
}

// What a killed predecessor wrote can be read and need not be on the disk; after a failed sync the kernel even takes it
// for written, and no later sync helps. So the same bytes are written once more, before anybody is told of them.
Result<void> Database::make_wal_durable() {
    sqlite3_file* wal = nullptr;
    sqlite3_file_control(raw_.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
    if (wal == nullptr || wal->pMethods == nullptr) return {};
    const auto failed = [](int code) {
        return Error{sqlite_errc(code), std::string("write the WAL again and sync it: ") + sqlite3_errstr(code) +
                                            " (SQLite code " + std::to_string(code) + ")"};
    };
    sqlite3_int64 size = 0;
    if (const int code = wal->pMethods->xFileSize(wal, &size)) return failed(code);
    if (size == 0) return {};
    size = end_of_round(*wal, size);
    std::vector<char> part(std::size_t{1} << 16);
    for (sqlite3_int64 at = 0; at < size; at += static_cast<sqlite3_int64>(part.size())) {
        const auto count = static_cast<int>(std::min(static_cast<sqlite3_int64>(part.size()), size - at));
        if (const int code = wal->pMethods->xRead(wal, part.data(), count, at)) return failed(code);
        if (const int code = wal->pMethods->xWrite(wal, part.data(), count, at)) return failed(code);
    }
    if (const int code = wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL)) return failed(code);
    return {};
}

Result<void> Database::check_identity(std::int32_t application_id) {
    sqlite3_db_config(raw_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    if (auto done = execute("PRAGMA locking_mode=EXCLUSIVE"); !done) return done;
    const Result<std::int64_t> found = integer("PRAGMA application_id");
    if (!found) return found.error();
    if (*found == application_id) return {};
    const Result<std::int64_t> tables = integer("SELECT count(*) FROM sqlite_schema");
    if (!tables) return tables.error();
    if (*found != 0 || *tables != 0) {
        // Whoever sets it aside must not do it under the other program's hands.
        if (auto alone = execute("BEGIN EXCLUSIVE; ROLLBACK"); !alone && alone.error().code == Errc::rejected)
            return alone.error().with_context("another program's file, which has it open");
        return Error{Errc::corrupt, "the file belongs to another program (application id " + std::to_string(*found) +
                                        ", expected " + std::to_string(application_id) + ")"};
    }
    return {};
}

// Once: an opening writes nothing of its own, so that a full disk keeps nobody from what the file holds.
Result<void> Database::mark(std::int32_t application_id) {
    const Result<std::int64_t> found = integer("PRAGMA application_id");
    if (!found) return found.error();
    return *found == application_id ? Result<void>()
                                    : execute("PRAGMA application_id=" + std::to_string(application_id));
}

int Database::on_commit(void* self, sqlite3*, const char*, int pages) {
    static_cast<Database*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(raw_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &raw, nullptr);
    if (code != SQLITE_OK) return failure("prepare " + std::string(sql));
    return Statement(raw);
}

Result<void> Database::execute(const std::string& sql) {
    if (sqlite3_exec(raw_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return failure(sql);
    return {};
}

Result<std::int64_t> Database::integer(std::string_view sql) {
    Result<Statement> statement = prepare(sql);
    if (!statement) return statement.error();
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) return Error{Errc::corrupt, std::string(sql) + ": no row"};
    return statement->integer(0);
}

Result<void> Database::begin() { return begin_.begin().run(); }

Result<void> Database::commit(Spare spare) {
    const Result<bool> row = page_count_.begin().step();
    if (!row) return row.error();
    const std::int64_t pages = page_count_.integer(0);
    page_count_.reset();
    const bool leaves_spare = keeps_room_ && spare == Spare::kept && pages > pages_;
    if (auto done = allocate(pages, leaves_spare); !done) return done;
    auto done = commit_.begin().run();
    if (done) pages_ = pages;
    return done;
}

bool Database::rollback() {
    if (sqlite3_get_autocommit(raw_.get()) == 0) (void)rollback_.begin().run();
    return sqlite3_get_autocommit(raw_.get()) != 0;
}

Result<void> Database::migrate(const Migration* steps, int count) {
    const Result<std::int64_t> found = integer("PRAGMA user_version");
    if (!found) return found.error();
    if (*found > count) {
        return Error{Errc::invalid, "the file has format " + std::to_string(*found) + ", this program knows up to " +
                                        std::to_string(count) + ": install the newer Tillpost again"};
    }
    if (auto done = *found < count ? begin() : Result<void>(); !done) return done;
    for (auto version = static_cast<int>(*found); version < count; ++version) {
        const std::string number = std::to_string(version + 1);
        const std::string sql = steps[version].sql + (";PRAGMA user_version=" + number);
        const char* const last = version + 1 == count ? "COMMIT" : "";
        if (sqlite3_exec(raw_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK &&
            sqlite3_exec(raw_.get(), last, nullptr, nullptr, nullptr) == SQLITE_OK) {
            continue;
        }
        Error error = failure("bring the file to format " + number + ", \"" + steps[version].name +
                              "\" (it has format " + std::to_string(*found) + ")");
        rollback();
        error.message += error.code == Errc::full
                             ? "; nothing is changed: make room on its disk"
                             : "; nothing is changed: keep a copy of the file, and start the former Tillpost again";
        return error;
    }
    return {};
}

Result<void> Database::checkpoint(bool shrink) {
    int log_pages = 0;
    int moved = 0;
    const int mode = shrink ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    const int code = sqlite3_wal_checkpoint_v2(raw_.get(), nullptr, mode, &log_pages, &moved);
    if (code != SQLITE_OK) return failure("checkpoint");
    if (log_pages != moved) return {};
    wal_pages_ = 0;
    allocated_ = std::min(allocated_, size_on_disk());
    keep_room();
    return {};
}

void Database::release_memory() { (void)sqlite3_db_release_memory(raw_.get()); }

Result<void> Database::in_place() {
    const auto moved = [](const std::string& path, int error) {
        const std::string how = error != 0 ? std::string(std::strerror(error)) : "another file is there";
        return Error{Errc::io, path + " was removed, moved or replaced while it was in use (" + how + ")"};
    };
    if (space_.get() < 0) return {};
    struct stat open {};
    struct stat found {};
    if (::fstat(space_.get(), &open) != 0) return system_error("look at the open " + path_, errno);
    if (::stat(path_.c_str(), &found) != 0) return moved(path_, errno);
    if (open.st_dev != found.st_dev || open.st_ino != found.st_ino) return moved(path_, 0);
    const std::string wal = path_ + "-wal";
    const int error = ::stat(wal.c_str(), &found) == 0 ? 0 : errno;
    if (wal_inode_ == 0 && error == 0) wal_inode_ = found.st_ino;
    if (wal_inode_ != 0 && (error != 0 || found.st_ino != wal_inode_)) return moved(wal, error);
    return {};
}

std::int64_t Database::last_rowid() const { return sqlite3_last_insert_rowid(raw_.get()); }

std::int64_t Database::changes() const { return sqlite3_changes64(raw_.get()); }

Error Database::failure(std::string_view step) const { return sqlite_error(raw_.get(), step); }

}  // namespace tillpost
