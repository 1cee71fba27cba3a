// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fault_vfs.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

#include "tests/support/crash_vfs.hpp"

namespace tillpost::test {
namespace {

Faults faults;
sqlite3_vfs* real = nullptr;

/// The default VFS's file lies behind ours in the memory that SQLite gives us.
struct File {
    sqlite3_file base;
    int failed_with;  ///< As the unix VFS: errno of the last failure
};

sqlite3_file* inner(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1); }
const sqlite3_io_methods* methods_of(sqlite3_file* file) { return inner(file)->pMethods; }

/// The error code of this operation, SQLITE_OK when it may go on.
int fault(Faults::Operation operation, int io_code) {
    const Faults::Kind kind = faults.kind;
    if (faults.paused || kind == Faults::Kind::none || faults.countdown < 0 || (faults.operations & operation) == 0)
        return SQLITE_OK;
    if (faults.countdown > 0) {
        --faults.countdown;
        return SQLITE_OK;
    }
    if (!faults.sticky) faults.countdown = -1;
    ++faults.injected;
    if (faults.burst > 0 && faults.injected >= faults.burst) faults.countdown = -1;
    return kind == Faults::Kind::full ? SQLITE_FULL : io_code;
}

// The unix VFS (SQLite 3.36 and later) calls EIO while reading a corrupt file system, of which statements that run make
// SQLITE_CORRUPT; that it was an I/O error only the file's last errno says.
int on_read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
    const bool elsewhere = faults.only_at >= 0 && faults.only_at != offset;
    if (const int code = elsewhere ? SQLITE_OK : fault(Faults::read, SQLITE_IOERR_CORRUPTFS)) {
        reinterpret_cast<File*>(file)->failed_with = EIO;
        return code;
    }
    return methods_of(file)->xRead(inner(file), into, size, offset);
}

int on_write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    if (const int code = fault(Faults::write, SQLITE_IOERR_WRITE)) return code;
    return methods_of(file)->xWrite(inner(file), bytes, size, offset);
}

int on_truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (const int code = fault(Faults::truncate, SQLITE_IOERR_TRUNCATE)) return code;
    return methods_of(file)->xTruncate(inner(file), size);
}

int on_sync(sqlite3_file* file, int flags) {
    const int code = fault(Faults::sync, SQLITE_IOERR_FSYNC);
    if (code == SQLITE_OK) return methods_of(file)->xSync(inner(file), flags);
    methods_of(file)->xFileControl(inner(file), fcntl_sync_failed, nullptr);
    return code;
}

int on_size(sqlite3_file* file, sqlite3_int64* size) {
    if (const int code = fault(Faults::size, SQLITE_IOERR_FSTAT)) return code;
    return methods_of(file)->xFileSize(inner(file), size);
}

int on_control(sqlite3_file* file, int operation, void* argument) {
    const int failed_with = reinterpret_cast<File*>(file)->failed_with;
    if (operation != SQLITE_FCNTL_LAST_ERRNO || failed_with == 0)
        return methods_of(file)->xFileControl(inner(file), operation, argument);
    *static_cast<int*>(argument) = failed_with;
    return SQLITE_OK;
}

sqlite3_io_methods forwarding_methods() {
    sqlite3_io_methods methods{};
    methods.iVersion = 1;  // no shared memory: the journal opens its files exclusively
    methods.xClose = [](sqlite3_file* f) {
        return methods_of(f) != nullptr ? methods_of(f)->xClose(inner(f)) : SQLITE_OK;
    };
    methods.xRead = &on_read;
    methods.xWrite = &on_write;
    methods.xTruncate = &on_truncate;
    methods.xSync = &on_sync;
    methods.xFileSize = &on_size;
    methods.xLock = [](sqlite3_file* f, int level) { return methods_of(f)->xLock(inner(f), level); };
    methods.xUnlock = [](sqlite3_file* f, int level) { return methods_of(f)->xUnlock(inner(f), level); };
    methods.xCheckReservedLock = [](sqlite3_file* f, int* r) { return methods_of(f)->xCheckReservedLock(inner(f), r); };
    methods.xFileControl = &on_control;
    methods.xSectorSize = [](sqlite3_file* f) { return methods_of(f)->xSectorSize(inner(f)); };
    methods.xDeviceCharacteristics = [](sqlite3_file* f) { return methods_of(f)->xDeviceCharacteristics(inner(f)); };
    return methods;
}

int on_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    file->pMethods = nullptr;
    reinterpret_cast<File*>(file)->failed_with = 0;
    if (const int code = fault(Faults::open, SQLITE_CANTOPEN)) return code;
    std::memset(inner(file), 0, static_cast<std::size_t>(real->szOsFile));
    const int code = real->xOpen(real, name, inner(file), flags, out_flags);
    static const sqlite3_io_methods methods = forwarding_methods();
    file->pMethods = code == SQLITE_OK ? &methods : nullptr;
    return code;
}

int on_delete(sqlite3_vfs*, const char* name, int sync_directory) {
    if (const int code = fault(Faults::remove, SQLITE_IOERR_DELETE)) return code;
    return real->xDelete(real, name, sync_directory);
}

AllocationFaults allocation_faults;
sqlite3_mem_methods real_memory;

bool allocation_fails() {
    if (allocation_faults.paused || allocation_faults.countdown < 0 || allocation_faults.countdown-- > 0) return false;
    if (allocation_faults.sticky) allocation_faults.countdown = 0;
    ++allocation_faults.injected;
    return true;
}

}  // namespace

Faults& install_fault_vfs() {
    if (real == nullptr) {
        real = sqlite3_vfs_find(nullptr);
        static sqlite3_vfs vfs = *real;
        vfs.zName = "fault";
        vfs.pNext = nullptr;
        vfs.szOsFile = static_cast<int>(sizeof(File)) + real->szOsFile;
        vfs.xOpen = &on_open;
        vfs.xDelete = &on_delete;
        sqlite3_vfs_register(&vfs, 1);
    }
    return faults;
}

AllocationFaults& install_allocation_faults() {
    if (real_memory.xMalloc == nullptr) {
        sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
        sqlite3_mem_methods memory = real_memory;
        memory.xMalloc = [](int size) { return allocation_fails() ? nullptr : real_memory.xMalloc(size); };
        memory.xRealloc = [](void* old, int size) {
            return allocation_fails() ? nullptr : real_memory.xRealloc(old, size);
        };
        sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
    }
    return allocation_faults;
}

}  // namespace tillpost::test
