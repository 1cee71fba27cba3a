// SPDX-License-Identifier: Apache-2.0
// To be preloaded (LD_PRELOAD): counts what a program asks of its disk, and can make each sync slower.
// TILLPOST_METER: a file of 24 bytes that holds the counts, three numbers of this machine's byte order: syncs, bytes
// given to pwrite, and nanoseconds within syncs. TILLPOST_SYNC_MS: milliseconds that each sync takes more.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>

namespace {

struct Counts {
    std::atomic<std::uint64_t> syncs;
    std::atomic<std::uint64_t> bytes;
    std::atomic<std::uint64_t> nanoseconds;
};
static_assert(sizeof(Counts) == 24);

Counts* map_counts() {
    static Counts unseen;
    const char* path = std::getenv("TILLPOST_METER");
    const int file = path == nullptr ? -1 : ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ::ftruncate(file, sizeof(Counts)) != 0) return &unseen;
    void* shared = ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    return shared == MAP_FAILED ? &unseen : static_cast<Counts*>(shared);
}

Counts& counts() {
    static Counts* const here = map_counts();
    return *here;
}

int sync(const char* name, int file) {
    static const char* const more = std::getenv("TILLPOST_SYNC_MS");
    ++counts().syncs;
    const auto start = std::chrono::steady_clock::now();
    if (more != nullptr) ::poll(nullptr, 0, std::atoi(more));
    const int result = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, name))(file);
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - start;
    counts().nanoseconds += static_cast<std::uint64_t>(took.count());
    return result;
}

}  // namespace

extern "C" {

int fsync(int file) { return sync("fsync", file); }

int fdatasync(int file) { return sync("fdatasync", file); }

ssize_t pwrite64(int file, const void* data, size_t size, off64_t at) {
    using Write = ssize_t (*)(int, const void*, size_t, off64_t);
    static const Write next = reinterpret_cast<Write>(::dlsym(RTLD_NEXT, "pwrite64"));
    const ssize_t written = next(file, data, size, at);
    if (written > 0) counts().bytes += static_cast<std::uint64_t>(written);
    return written;
}

ssize_t pwrite(int file, const void* data, size_t size, off_t at) { return pwrite64(file, data, size, at); }

}  // extern "C"
