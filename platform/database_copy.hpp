// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "platform/error.hpp"
#include "platform/files.hpp"

namespace tillpost {

/// A copy of a SQLite database and its WAL for reading, as they were committed at one moment; the process that writes
/// to them goes on. It is removed with this object; that of a process which was killed by the next make() in the same
/// folder, or by remove_left_copies(). Blocking; one thread.
class DatabaseCopy {
public:
    struct Settings {
        std::string database;
        std::string work;    ///< Folder for the copy
        std::string writer;  ///< The program whose file it is, for messages
        std::function<void()> before_reading =
            {};  ///< Called before each try: what it reads is not newer than the copy.
    };
    /// Errc::full if the copy would fill the disk of a process that has the database open; Errc::rejected if it changes
    /// faster than it can be copied.
    static Result<std::unique_ptr<DatabaseCopy>> make(const Settings& settings);
    ~DatabaseCopy();
    DatabaseCopy(const DatabaseCopy&) = delete;
    DatabaseCopy& operator=(const DatabaseCopy&) = delete;

    std::string path() const { return folder_ + "/copy.db"; }
    std::int64_t bytes() const { return bytes_; }          ///< Without its WAL
    std::int64_t log_bytes() const { return log_bytes_; }  ///< Of its WAL

private:
    DatabaseCopy(std::string folder, FileDescriptor lock) : folder_(std::move(folder)), lock_(std::move(lock)) {}
    Result<void> read(const Settings& settings);

    std::string folder_;
    FileDescriptor lock_;  ///< On the folder, taken before anything is in it: it says that somebody still needs that.
    std::int64_t bytes_ = 0, log_bytes_ = 0;
};

/// Copies in that folder whose process is no more, as after Ctrl-C: each is as large as its database. How many it were.
int remove_left_copies(const std::string& work);

/// True while another process has the SQLite file locked. It opens and closes the file: never for one that this process
/// has open itself, whose locks would go (fcntl(2)).
bool is_open_elsewhere(const std::string& database);

}  // namespace tillpost
