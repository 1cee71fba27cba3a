// SPDX-License-Identifier: Apache-2.0
#include "platform/sqlite_file.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include "platform/sqlite_error.hpp"

namespace tillpost {
namespace {

Error side_file_error(const char* step, const std::string& path, int code) {
    const Errc found = sqlite_errc(code);
    const Errc kind = found == Errc::full || found == Errc::unreadable ? found : Errc::io;
    return {kind, std::string(step) + " " + path + ": " + sqlite3_errstr(code) + " (SQLite code " +
                      std::to_string(code) + ")"};
}

}  // namespace

bool holds_bytes(const std::string& path) {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    int there = 0;
    return vfs->xAccess(vfs, path.c_str(), SQLITE_ACCESS_EXISTS, &there) == SQLITE_OK && there != 0;
}

SideFile::SideFile(const std::string& path) : path_(path) {
    const auto size = static_cast<std::size_t>(sqlite3_vfs_find(nullptr)->szOsFile);
    memory_.resize(size / sizeof(std::max_align_t) + 1);
}

SideFile::~SideFile() {
    if (file()->pMethods != nullptr) file()->pMethods->xClose(file());
}

// The kind is that of a file that SQLite opens beside its own ones and neither locks nor names after the database.
Result<std::unique_ptr<SideFile>> SideFile::open(const std::string& path, Use use) {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    std::unique_ptr<SideFile> side(new SideFile(path));
    const bool create = use == Use::create;
    const int access = use == Use::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    const int flags = access | SQLITE_OPEN_SUPER_JOURNAL | (create ? SQLITE_OPEN_CREATE : 0);
    const int code = vfs->xOpen(vfs, side->path_.c_str(), side->file(), flags, nullptr);
    if (code != SQLITE_OK) return side_file_error("open", path, code);
    // SQLite gives such a file no mode of its own, and umask may say anything. Where the VFS has no real file: nothing.
    if (create) (void)::chmod(path.c_str(), 0600);
    return side;
}

Result<std::int64_t> SideFile::size() {
    sqlite3_int64 size = 0;
    if (const int code = file()->pMethods->xFileSize(file(), &size)) return side_file_error("look at", path_, code);
    return size;
}

Result<std::string> SideFile::read(std::int64_t offset, std::size_t bytes) {
    std::string content(bytes, '\0');
    const int code = file()->pMethods->xRead(file(), content.data(), static_cast<int>(bytes), offset);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return side_file_error("read", path_, code);
    return content;
}

Result<void> SideFile::write(std::int64_t offset, std::string_view bytes) {
    const int code = file()->pMethods->xWrite(file(), bytes.data(), static_cast<int>(bytes.size()), offset);
    if (code != SQLITE_OK) return side_file_error("write", path_, code);
    return {};
}

Result<void> SideFile::sync() {
    if (const int code = file()->pMethods->xSync(file(), SQLITE_SYNC_NORMAL))
        return side_file_error("sync", path_, code);
    return {};
}

}  // namespace tillpost
