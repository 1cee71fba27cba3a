// SPDX-License-Identifier: Apache-2.0
// A bad disk, to be preloaded (LD_PRELOAD) into a program: syncs and writes of files whose names end in one of
// TILLPOST_DISK_FILES (separated by commas) fail or wait as the file named by TILLPOST_DISK_FAULT says at that moment:
//
//     sync EIO        each fsync and fdatasync fails so: EIO, ENOSPC, EROFS, EDQUOT
//     write ENOSPC    each pwrite fails so
//     once sync EIO   the next one only, as the kernel does (it marks the pages clean and forgets)
//     slow 5000       each sync takes that many milliseconds more
//
// An empty or absent file: a good disk.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

struct Fault {
    std::array<char, 64> text{};
    bool once = false;
    const char* operation = "";
    const char* value = "";
};

int number_of(const char* name) {
    if (std::strcmp(name, "ENOSPC") == 0) return ENOSPC;
    if (std::strcmp(name, "EROFS") == 0) return EROFS;
    if (std::strcmp(name, "EDQUOT") == 0) return EDQUOT;
    return EIO;
}

bool read_fault(Fault& fault) {
    const char* path = std::getenv("TILLPOST_DISK_FAULT");
    const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    const ssize_t size = ::read(file, fault.text.data(), fault.text.size() - 1);
    ::close(file);
    if (size <= 0) return false;
    char* rest = nullptr;
    const char* word = ::strtok_r(fault.text.data(), " \n", &rest);
    fault.once = word != nullptr && std::strcmp(word, "once") == 0;
    if (fault.once) word = ::strtok_r(nullptr, " \n", &rest);
    const char* value = ::strtok_r(nullptr, " \n", &rest);
    if (word == nullptr || value == nullptr) return false;
    fault.operation = word;
    fault.value = value;
    return true;
}

bool concerns(int file) {
    const char* listed = std::getenv("TILLPOST_DISK_FILES");
    std::array<char, 64> link{};
    std::array<char, 1024> path{};
    std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", file);
    const ssize_t size = ::readlink(link.data(), path.data(), path.size());
    if (listed == nullptr || size <= 0) return false;
    const std::string_view name(path.data(), static_cast<std::size_t>(size));
    std::string_view rest(listed);
    while (!rest.empty()) {
        const std::string_view ending = rest.substr(0, rest.find(','));
        if (!ending.empty() && name.ends_with(ending)) return true;
        rest.remove_prefix(std::min(rest.size(), ending.size() + 1));
    }
    return false;
}

/// True when the operation has to fail; errno says how.
bool fails(int file, const char* operation) {
    Fault fault;
    if (!concerns(file) || !read_fault(fault)) return false;
    if (std::strcmp(fault.operation, "slow") == 0 && std::strcmp(operation, "sync") == 0) {
        ::poll(nullptr, 0, std::atoi(fault.value));
        return false;
    }
    if (std::strcmp(fault.operation, operation) != 0) return false;
    if (fault.once && ::truncate(std::getenv("TILLPOST_DISK_FAULT"), 0) != 0) return false;
    errno = number_of(fault.value);
    return true;
}

template <class Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int fsync(int file) { return fails(file, "sync") ? -1 : next<int (*)(int)>("fsync")(file); }

int fdatasync(int file) { return fails(file, "sync") ? -1 : next<int (*)(int)>("fdatasync")(file); }

ssize_t pwrite64(int file, const void* data, size_t size, off64_t at) {
    if (fails(file, "write")) return -1;
    return next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64")(file, data, size, at);
}

ssize_t pwrite(int file, const void* data, size_t size, off_t at) { return pwrite64(file, data, size, at); }

}  // extern "C"
