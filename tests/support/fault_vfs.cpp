// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fault_vfs.hpp"

#include <sqlite3.h>

#include <cstring>

namespace tillpost::test {
namespace {

Faults faults;
sqlite3_vfs* real = nullptr;

/// The default VFS's file lies behind ours in the memory that SQLite gives us.
struct File {
    sqlite3_file base;
};

sqlite3_file* inner(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1); }
const sqlite3_io_methods* methods_of(sqlite3_file* file) { return inner(file)->pMethods; }

/// The error code of this operation, SQLITE_OK when it may go on.
int fault(int io_code) {
    const Faults::Kind kind = faults.kind;
    if (kind == Faults::Kind::none || faults.countdown < 0) return SQLITE_OK;
    if (faults.countdown > 0) {
        --faults.countdown;
        return SQLITE_OK;
    }
    if (!faults.sticky) faults.countdown = -1;
    ++faults.injected;
    return kind == Faults::Kind::full ? SQLITE_FULL : io_code;
}

int on_write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    if (const int code = fault(SQLITE_IOERR_WRITE)) return code;
    return methods_of(file)->xWrite(inner(file), bytes, size, offset);
}

int on_truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (const int code = fault(SQLITE_IOERR_TRUNCATE)) return code;
    return methods_of(file)->xTruncate(inner(file), size);
}

int on_sync(sqlite3_file* file, int flags) {
    if (const int code = fault(SQLITE_IOERR_FSYNC)) return code;
    return methods_of(file)->xSync(inner(file), flags);
}

const sqlite3_io_methods* forwarding_methods() {
    static sqlite3_io_methods methods{};
    methods.iVersion = 1;  // no shared memory: the journal opens its files exclusively
    methods.xClose = [](sqlite3_file* f) {
        return methods_of(f) != nullptr ? methods_of(f)->xClose(inner(f)) : SQLITE_OK;
    };
    methods.xRead = [](sqlite3_file* f, void* p, int n, sqlite3_int64 at) {
        return methods_of(f)->xRead(inner(f), p, n, at);
    };
    methods.xWrite = &on_write;
    methods.xTruncate = &on_truncate;
    methods.xSync = &on_sync;
    methods.xFileSize = [](sqlite3_file* f, sqlite3_int64* n) { return methods_of(f)->xFileSize(inner(f), n); };
    methods.xLock = [](sqlite3_file* f, int level) { return methods_of(f)->xLock(inner(f), level); };
    methods.xUnlock = [](sqlite3_file* f, int level) { return methods_of(f)->xUnlock(inner(f), level); };
    methods.xCheckReservedLock = [](sqlite3_file* f, int* r) { return methods_of(f)->xCheckReservedLock(inner(f), r); };
    methods.xFileControl = [](sqlite3_file* f, int op, void* a) {
        return methods_of(f)->xFileControl(inner(f), op, a);
    };
    methods.xSectorSize = [](sqlite3_file* f) { return methods_of(f)->xSectorSize(inner(f)); };
    methods.xDeviceCharacteristics = [](sqlite3_file* f) { return methods_of(f)->xDeviceCharacteristics(inner(f)); };
    return &methods;
}

int on_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    std::memset(inner(file), 0, static_cast<std::size_t>(real->szOsFile));
    const int code = real->xOpen(real, name, inner(file), flags, out_flags);
    file->pMethods = code == SQLITE_OK ? forwarding_methods() : nullptr;
    return code;
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
        sqlite3_vfs_register(&vfs, 1);
    }
    return faults;
}

}  // namespace tillpost::test
