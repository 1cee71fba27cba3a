// SPDX-License-Identifier: Apache-2.0
#include "platform/database_copy.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>

#include "platform/files.hpp"

namespace tillpost {
namespace {

namespace fs = std::filesystem;

constexpr const char* folder_name = "/tillpost-copy-";

/// -1: another process has it, or it cannot be opened.
FileDescriptor lock_of(const std::string& folder) {
    FileDescriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (opened.get() >= 0 && ::flock(opened.get(), LOCK_EX | LOCK_NB) != 0) return FileDescriptor();
    return opened;
}

/// The log lies beside the file that a link leads to, not beside the link; and a pipe or a device never ends.
Result<void> is_file(const std::string& database) {
    struct stat found {};
    if (::lstat(database.c_str(), &found) != 0 || S_ISREG(found.st_mode)) return {};
    if (!S_ISLNK(found.st_mode)) return Error{Errc::invalid, database + " is no file"};
    std::error_code unknown;
    const std::string to = fs::weakly_canonical(database, unknown).string();
    return Error{Errc::invalid, database +
                                    " is a symbolic link, which is not followed, as the database's log lies "
                                    "beside what it leads to: name that" +
                                    (to.empty() ? "" : ", " + to)};
}

/// What to do about it, where it is a matter of permission.
const char* permission_hint(bool denied) {
    return denied
               ? "; run this as root or as the user of the one who writes it (sudo), and name a folder with --work in "
                 "which that user may write"
               : "";
}

Error not_copied(const std::string& from, const std::string& to, int why) {
    Error error = system_error("copy " + from + " to " + to, why);
    if (error.code == Errc::full) {
        error.message += "; make room there for a copy, or name a folder on another disk with --work";
    }
    error.message += permission_hint(why == EACCES);
    return error;
}

/// All of it, or errno.
int write_whole(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

/// By hand: of a copy that breaks off on its way std::filesystem says an input/output error, whatever it was, or
/// nothing at all.
Result<std::int64_t> copy(const std::string& from, const std::string& to) {
    constexpr std::size_t part_bytes = 256 << 10;
    const FileDescriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
    if (source.get() < 0) return not_copied(from, to, errno);
    const FileDescriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (target.get() < 0) return not_copied(from, to, errno);
    std::string part(part_bytes, '\0');
    for (std::int64_t copied = 0;;) {
        const ssize_t got = ::read(source.get(), part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return not_copied(from, to, errno);
        if (got == 0) return copied;
        const int failed = write_whole(target.get(), std::string_view(part).substr(0, static_cast<std::size_t>(got)));
        if (failed != 0) return not_copied(from, to, failed);
        copied += got;
    }
}

/// What says that no page of the database may have changed but those that are in the WAL now, too: SQLite writes pages
/// of the WAL over those of the database, and keeps them in the WAL until it begins that anew, with other salts in its
/// header (fileformat2, "WAL File Format"). Without a WAL: when the database was written.
std::string state_of(const std::string& database) {
    constexpr std::size_t header = 32;
    const auto log = read_beginning(database + "-wal", header);
    if (log && log->size() == header) return *log;
    std::error_code failed;
    return std::to_string(fs::last_write_time(database, failed).time_since_epoch().count());
}

/// A copy that fills the disk would stop the writer.
Result<void> leaves_room(const DatabaseCopy::Settings& settings) {
    constexpr std::uintmax_t room_mb = 64;
    std::error_code failed;
    std::uintmax_t size = fs::file_size(settings.database, failed);
    const std::uintmax_t log = fs::file_size(settings.database + "-wal", failed);
    if (!failed) size += log;
    const fs::space_info disk = fs::space(settings.work, failed);
    if (failed || disk.available >= size + (room_mb << 20)) return {};
    return Error{Errc::full, "a copy of " + settings.database + " (" + std::to_string(size >> 20) +
                                 " MB) would leave less than " + std::to_string(room_mb) + " MB free on the disk of " +
                                 settings.work + ", which " + settings.writer +
                                 " needs: name a folder on another one with --work"};
}

}  // namespace

// SQLite's lock bytes (fileformat2, "The Lock-Byte Page"): from 1 GiB on. Who writes holds an exclusive lock on them.
bool is_open_elsewhere(const std::string& database) {
    const FileDescriptor file(::open(database.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return false;
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 0x40000000;
    lock.l_len = 512;
    return ::fcntl(file.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

// One that is empty may be somebody's who has not locked it yet.
int remove_left_copies(const std::string& work) {
    int removed = 0;
    for (const std::string& folder : files_beginning_with(work + folder_name)) {
        const FileDescriptor lock = lock_of(folder);
        std::error_code failed;
        if (lock.get() < 0 || fs::is_empty(folder, failed) || failed) continue;
        fs::remove_all(folder, failed);
        if (!failed) ++removed;
    }
    return removed;
}

Result<std::unique_ptr<DatabaseCopy>> DatabaseCopy::make(const Settings& settings) {
    if (auto right = is_file(settings.database); !right) return right.error();
    (void)remove_left_copies(settings.work);
    if (is_open_elsewhere(settings.database)) {
        if (auto room = leaves_room(settings); !room) return room.error();
    }
    std::string folder = settings.work + folder_name + "XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) {
        const int why = errno;
        Error error = system_error("make a folder for a copy in " + settings.work, why);
        error.message += permission_hint(why == EACCES || why == EPERM || why == EROFS);
        return error;
    }
    std::unique_ptr<DatabaseCopy> made(new DatabaseCopy(folder, lock_of(folder)));
    if (auto done = made->read(settings); !done) return done.error();
    return made;
}

/// Again, if the writer has begun its WAL anew meanwhile.
Result<void> DatabaseCopy::read(const Settings& settings) {
    constexpr int most_tries = 5;
    const std::string& from = settings.database;
    for (int tried = 0; tried < most_tries; ++tried) {
        const std::string before = state_of(from);
        if (settings.before_reading) settings.before_reading();
        const Result<std::int64_t> size = copy(from, path());
        if (!size) return size.error();
        bytes_ = *size;
        log_bytes_ = 0;
        std::error_code ignored;
        fs::remove(path() + "-wal", ignored);
        if (file_exists(from + "-wal")) {
            const auto log = copy(from + "-wal", path() + "-wal");
            if (!log) return log.error();
            log_bytes_ = *log;
        }
        if (state_of(from) == before) return {};
    }
    return Error{Errc::rejected, from +
                                     " changes faster than it can be copied: try again when less happens, with a "
                                     "--work folder on a faster disk, or stop " +
                                     settings.writer + " for it"};
}

DatabaseCopy::~DatabaseCopy() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

}  // namespace tillpost
