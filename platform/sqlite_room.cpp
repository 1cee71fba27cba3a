// SPDX-License-Identifier: Apache-2.0
// [durable-2] Places on the disk that a database holds before it needs them: for its next checkpoint, for deleting.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "platform/sqlite.hpp"

namespace tillpost {
namespace {

constexpr std::int64_t allocation_step = 1 << 20;
// What Settings::keeps_room keeps for deleting. Less than `journal_size_limit`, which cuts the WAL.
constexpr std::int64_t spare_bytes = 1 << 20;
constexpr std::int64_t wal_room = 8 << 20;

}  // namespace

// A WAL whose pages have no place in the file is stuck on a full disk: nothing can be checkpointed, and so nothing
// deleted. The place lies behind the end of the file, where SQLite does not see it; a checkpoint cuts it to what it
// uses.
Result<void> Database::allocate(std::int64_t pages, bool leaves_spare) {
    const std::int64_t needed = pages * page_size_ + (leaves_spare ? spare_bytes : 0);
    if (needed <= allocated_) return {};
    Result<void> done = take_place((needed / allocation_step + 1) * allocation_step);
    return done ? done : take_place(needed);
}

Result<void> Database::take_place(std::int64_t upto) {
    if (upto <= allocated_) return {};
    if (::fallocate(space_.get(), FALLOC_FL_KEEP_SIZE, allocated_, upto - allocated_) != 0) {
        Error error = system_error("find place on the disk for " + std::to_string(upto - allocated_) +
                                       " bytes more, behind the database's " + std::to_string(allocated_),
                                   errno);
        if (error.code == Errc::full) return error;
        // A file system that cannot: as without. Whatever else may be wrong shows in the commit itself.
    }
    allocated_ = upto;
    return {};
}

/// Bytes of the file, if all of them have their place; 0: that is not known.
std::int64_t Database::size_on_disk() const {
    struct stat found {};
    if (space_.get() < 0 || ::fstat(space_.get(), &found) != 0) return 0;
    return found.st_blocks * 512 >= found.st_size ? found.st_size : 0;
}

// Deleting writes, too: into the WAL, which is written from its beginning again behind a checkpoint, and, for what is
// noted with it, behind the end of the file. Best effort: what cannot be had now is tried again behind each checkpoint.
void Database::keep_room() {
    if (!keeps_room_ || space_.get() < 0) return;
    const FileDescriptor wal(::open((path_ + "-wal").c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    if (wal.get() >= 0) (void)::fallocate(wal.get(), FALLOC_FL_KEEP_SIZE, 0, wal_room);
    (void)take_place(size_on_disk() + spare_bytes);
}

}  // namespace tillpost
