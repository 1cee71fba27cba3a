// SPDX-License-Identifier: Apache-2.0
#include "tests/support/crash_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace tillpost::test {

void carry_out(const DiskOperation& operation, std::string& content) {
    const auto offset = static_cast<std::size_t>(operation.offset);
    if (operation.kind == DiskOperation::Kind::truncate) {
        content.resize(offset);
        return;
    }
    if (content.size() < offset + operation.bytes.size()) content.resize(offset + operation.bytes.size());
    std::copy(operation.bytes.begin(), operation.bytes.end(), content.begin() + operation.offset);
}

void CrashDisk::load(DiskImage image, const DiskLog& log) {
    files_.clear();
    names_.clear();
    log_.clear();
    full_ = false;
    random_ = 1;
    for (auto& [name, content] : image) create(name)->content = std::move(content);
    for (const DiskOperation& operation : log) redo(operation);
    log_ = log;
}

DiskImage CrashDisk::image() const {
    DiskImage image;
    for (const auto& [name, file] : names_) image[name] = file->content;
    return image;
}

void CrashDisk::put_down(DiskOperation operation) {
    if (recording_) log_.push_back(std::move(operation));
}

void CrashDisk::redo(const DiskOperation& operation) {
    using Kind = DiskOperation::Kind;
    switch (operation.kind) {
        case Kind::write:
        case Kind::truncate: carry_out(operation, files_[static_cast<std::size_t>(operation.file)]->content); break;
        case Kind::create: create(operation.name); break;
        case Kind::remove: names_.erase(operation.name); break;
        case Kind::sync:
        case Kind::sync_failed:
        case Kind::sync_directory:
        case Kind::sync_directory_remove: break;
    }
}

CrashDisk::File* CrashDisk::create(const std::string& name) {
    files_.push_back(std::make_unique<File>());
    File* const file = files_.back().get();
    file->number = static_cast<int>(files_.size()) - 1;
    file->name = name;
    names_[name] = file;
    return file;
}

CrashDisk::File* CrashDisk::find(const std::string& name) {
    const auto at = names_.find(name);
    return at == names_.end() ? nullptr : at->second;
}

void CrashDisk::remove(const std::string& name) {
    const File* const file = find(name);
    if (file == nullptr) return;
    names_.erase(name);
    put_down({DiskOperation::Kind::remove, file->number, name});
    put_down({DiskOperation::Kind::sync_directory});
}

/// SQLite's callbacks. A handle lies in memory that SQLite gives us.
struct CrashDiskMethods {
    using Kind = DiskOperation::Kind;
    struct Handle {
        sqlite3_file base;
        CrashDisk::File* file;
        bool new_journal;  ///< Its first sync syncs the directory too.
        bool main_file;
    };
    static CrashDisk& disk() {
        static CrashDisk only;
        return only;
    }
    static Handle& handle(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
    static DiskOperation operation(const Handle& handle, Kind kind) {
        DiskOperation operation{kind, handle.file->number};
        operation.main_file = handle.main_file;
        return operation;
    }

    static int read(sqlite3_file* raw, void* into, int size, sqlite3_int64 offset) {
        const std::string& content = handle(raw).file->content;
        const auto from = std::min(static_cast<std::size_t>(offset), content.size());
        const auto count = std::min(static_cast<std::size_t>(size), content.size() - from);
        std::memcpy(into, content.data() + from, count);
        if (count == static_cast<std::size_t>(size)) return SQLITE_OK;
        std::memset(static_cast<char*>(into) + count, 0, static_cast<std::size_t>(size) - count);
        return SQLITE_IOERR_SHORT_READ;
    }

    static int write(sqlite3_file* raw, const void* bytes, int size, sqlite3_int64 offset) {
        const Handle& to = handle(raw);
        if (disk().full_ && static_cast<std::size_t>(offset + size) > to.file->content.size()) return SQLITE_FULL;
        DiskOperation done = operation(to, Kind::write);
        done.offset = offset;
        done.bytes.assign(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
        carry_out(done, to.file->content);
        disk().put_down(std::move(done));
        return SQLITE_OK;
    }

    static int truncate(sqlite3_file* raw, sqlite3_int64 size) {
        DiskOperation done = operation(handle(raw), Kind::truncate);
        done.offset = size;
        carry_out(done, handle(raw).file->content);
        disk().put_down(std::move(done));
        return SQLITE_OK;
    }

    static int sync(sqlite3_file* raw, int) {
        disk().put_down(operation(handle(raw), Kind::sync));
        if (std::exchange(handle(raw).new_journal, false)) disk().put_down({Kind::sync_directory});
        return SQLITE_OK;
    }

    static int file_control(sqlite3_file* raw, int what, void*) {
        if (what != fcntl_sync_failed) return SQLITE_NOTFOUND;
        disk().put_down(operation(handle(raw), Kind::sync_failed));
        return SQLITE_OK;
    }

    static int characteristics(sqlite3_file*) {
        return disk().device_.powersafe_overwrite ? SQLITE_IOCAP_POWERSAFE_OVERWRITE : 0;
    }

    static const sqlite3_io_methods* methods() {
        static sqlite3_io_methods all{};
        all.iVersion = 1;  // no shared memory: the journal opens its files exclusively
        all.xClose = [](sqlite3_file*) { return SQLITE_OK; };
        all.xRead = &read;
        all.xWrite = &write;
        all.xTruncate = &truncate;
        all.xSync = &sync;
        all.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
            *size = static_cast<sqlite3_int64>(handle(f).file->content.size());
            return SQLITE_OK;
        };
        all.xLock = [](sqlite3_file*, int) { return SQLITE_OK; };
        all.xUnlock = [](sqlite3_file*, int) { return SQLITE_OK; };
        all.xCheckReservedLock = [](sqlite3_file*, int* reserved) { return *reserved = 0; };
        all.xFileControl = &file_control;
        all.xSectorSize = [](sqlite3_file*) { return disk().device_.sector_size; };
        all.xDeviceCharacteristics = &characteristics;
        return &all;
    }

    static int open(sqlite3_vfs*, const char* name, sqlite3_file* raw, int flags, int* out_flags) {
        raw->pMethods = nullptr;
        if (name == nullptr) return SQLITE_CANTOPEN;  // a temporary file: cache and sorts are to stay in memory
        CrashDisk::File* file = disk().find(name);
        const bool is_new = file == nullptr;
        if (is_new && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
        if (is_new && disk().full_) return SQLITE_FULL;
        if (is_new) {
            file = disk().create(name);
            disk().put_down({Kind::create, file->number, name});
        }
        const bool journal = (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL)) != 0;
        Handle& opened = handle(raw);
        opened.file = file;
        opened.new_journal = journal && (flags & SQLITE_OPEN_CREATE) != 0;
        opened.main_file = (flags & SQLITE_OPEN_MAIN_DB) != 0;
        raw->pMethods = methods();
        if (out_flags != nullptr) *out_flags = flags;
        return SQLITE_OK;
    }

    static int remove(sqlite3_vfs*, const char* name, int sync_directory) {
        const CrashDisk::File* const file = disk().find(name);
        if (file == nullptr) return SQLITE_IOERR_DELETE_NOENT;
        disk().names_.erase(name);
        disk().put_down({Kind::remove, file->number, name});
        if (sync_directory != 0) disk().put_down({Kind::sync_directory_remove});
        return SQLITE_OK;
    }

    static int access(sqlite3_vfs*, const char* name, int, int* result) {
        const CrashDisk::File* const file = disk().find(name);
        *result = file != nullptr && !file->content.empty();  // as the unix VFS: an empty file is none
        return SQLITE_OK;
    }

    static int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
        sqlite3_snprintf(size, out, "%s", name);
        return SQLITE_OK;
    }

    /// The same numbers at each run: a seed that failed has to fail again.
    static int randomness(sqlite3_vfs*, int size, char* out) {
        for (int i = 0; i < size; ++i) {
            disk().random_ = disk().random_ * 6364136223846793005ULL + 1442695040888963407ULL;
            out[i] = static_cast<char>(disk().random_ >> 56);
        }
        return size;
    }
};

CrashDisk& CrashDisk::install() {
    static sqlite3_vfs vfs{};
    if (vfs.zName == nullptr) {
        vfs = *sqlite3_vfs_find(nullptr);
        vfs.zName = "crash";
        vfs.pNext = nullptr;
        vfs.szOsFile = sizeof(CrashDiskMethods::Handle);
        vfs.xOpen = &CrashDiskMethods::open;
        vfs.xDelete = &CrashDiskMethods::remove;
        vfs.xAccess = &CrashDiskMethods::access;
        vfs.xFullPathname = &CrashDiskMethods::full_path;
        vfs.xRandomness = &CrashDiskMethods::randomness;
        sqlite3_vfs_register(&vfs, 1);
    }
    return CrashDiskMethods::disk();
}

}  // namespace tillpost::test
