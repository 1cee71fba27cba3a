// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "platform/error.hpp"
#include "platform/files.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace tillpost {

/// A prepared statement. It is reset before each bind round by Statement::begin(); one thread.
class Statement {
public:
    Statement() = default;

    /// Resets the statement and forgets its values; then bind by position, from 1.
    Statement& begin();
    Statement& bind(int at, std::int64_t value);
    /// The bytes must live until the next begin() or reset().
    Statement& bind_text(int at, std::string_view text);
    Statement& bind_blob(int at, std::string_view bytes);
    Statement& bind_null(int at);

    /// True: a row is there; false: done. Statements that return rows must be reset() when no longer read.
    Result<bool> step();
    /// Steps to its end, and gives each row to visit().
    Result<void> each(const std::function<void(const Statement&)>& visit);
    /// Steps a statement that returns no rows.
    Result<void> run();
    void reset();

    bool prepared() const { return raw_ != nullptr; }
    std::int64_t integer(int column) const;
    bool is_null(int column) const;
    /// Valid until the next step(), begin() or reset().
    std::string_view bytes(int column) const;

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    explicit Statement(sqlite3_stmt* raw) : raw_(raw) {}
    std::unique_ptr<sqlite3_stmt, Finalize> raw_;
};

/// The one connection to a SQLite file, set up so that a commit that returned is on stable storage:
/// `locking_mode=EXCLUSIVE` before the first access (no -shm file, no second opener, the WAL-reset bug of
/// SQLite before 3.51.3 out of reach), `synchronous=EXTRA` before `journal_mode=WAL` (with FULL the unlink of the
/// first rollback journal is never synced), own checkpoints. One thread; every call may block.
class Database {
public:
    struct Settings {
        std::string path;
        std::int32_t application_id = 0;  ///< Marks whose file it is; another one's file is refused.
        int page_size = 0;                ///< Of a file that is created now; 0: SQLite's default
        bool keeps_room = false;          ///< Space is kept in its files that only Spare::used commits may take.
        /// Called before anything is written: its error leaves the database and its WAL as they are.
        std::function<Result<void>(Database&)> before_writing{};
    };

    /// For reading what can still be read of a damaged file: changes neither it nor its WAL, checks nothing.
    static Result<std::unique_ptr<Database>> open_damaged(const std::string& path);

    /// Creates the file if it is missing; syncs file and directory once. What a predecessor left in the WAL is written
    /// and synced again: nothing read back here can be lost by a power cut. Errc::corrupt when it is not a SQLite
    /// file or another program's; Errc::rejected when another process has it open.
    static Result<std::unique_ptr<Database>> open(const Settings& settings);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    Result<Statement> prepare(std::string_view sql);
    /// Prepares statements that are members of `owner`.
    template <class Owner>
    struct Prepared {
        Statement Owner::*statement;
        const char* sql;
    };
    template <class Owner>
    Result<void> prepare_all(Owner& owner, std::initializer_list<Prepared<Owner>> all) {
        for (const Prepared<Owner>& each : all) {
            Result<Statement> statement = prepare(each.sql);
            if (!statement) return statement.error();
            owner.*each.statement = std::move(*statement);
        }
        return {};
    }
    /// A function of SQL over the bytes of one value, for this connection's statements alone; NULL stays NULL.
    struct Function {
        const char* name;
        /// Bytes of the result; nullopt: it is the value as it is.
        std::function<std::optional<std::size_t>(std::string_view value)> size;
        /// Writes them; false: it is the value as it is, after all.
        std::function<bool(std::string_view value, char* to)> write;
    };
    Result<void> define(Function function);
    Result<void> execute(const std::string& sql);
    Result<std::int64_t> integer(std::string_view sql);

    Result<void> begin();
    /// First makes sure of the space that a checkpoint of it will need: Errc::full now rather than a WAL that can never
    /// be emptied again. `kept`: nor does a database that grows take what Settings::keeps_room keeps for those that
    /// delete.
    enum class Spare { kept, used };
    Result<void> commit(Spare spare = Spare::kept);
    /// After a failed step: true when the transaction is certainly undone.
    bool rollback();

    /// Applies the steps beyond `PRAGMA user_version`, all in one transaction with the new number.
    /// Errc::invalid when the file is from a newer program.
    struct Migration {
        const char* name;
        const char* sql;
    };
    Result<void> migrate(const Migration* steps, int count);

    /// Moves committed pages from the WAL into the file; `shrink` gives the WAL's own space back, too.
    Result<void> checkpoint(bool shrink = false);
    /// Gives back the memory of pages that can be read again.
    void release_memory();
    /// Errc::io, with what became of it: the database or its WAL has another place, or none, since it was opened. What
    /// is committed then is where nobody will look for it.
    Result<void> in_place();
    /// Pages in the WAL since the last checkpoint that covered it all.
    std::int64_t wal_pages() const { return wal_pages_; }

    std::int64_t last_rowid() const;
    std::int64_t changes() const;
    /// The Error for the connection's last failure: Errc::full, corrupt, rejected (locked), unreadable (an I/O error at
    /// a read: nothing is known of what is there) or io.
    Error failure(std::string_view step) const;

private:
    struct Close {
        void operator()(sqlite3* connection) const;
    };
    explicit Database(sqlite3* raw) : raw_(raw) {}
    Result<void> configure();
    Result<void> make_wal_durable();
    Result<void> check_identity(std::int32_t application_id);
    Result<void> mark(std::int32_t application_id);
    Result<void> allocate(std::int64_t pages, bool leaves_spare);
    Result<void> take_place(std::int64_t upto);
    std::int64_t size_on_disk() const;
    void keep_room();
    static int on_commit(void* self, sqlite3*, const char*, int pages);

    /// For allocate(). Closing it drops the locks of the whole process on the file, so it goes after the connection.
    FileDescriptor space_;
    std::string path_;
    std::uint64_t wal_inode_ = 0;  ///< Of the WAL; 0: none was seen yet.
    std::unique_ptr<sqlite3, Close> raw_;
    std::int64_t wal_pages_ = 0;
    bool keeps_room_ = false;
    std::int64_t pages_ = 0;      ///< Of the database, at the last commit
    std::int64_t allocated_ = 0;  ///< Bytes of the file that are on the disk or have their place there
    std::int64_t page_size_ = 0;
    Statement begin_, commit_, rollback_, page_count_;
};

}  // namespace tillpost
