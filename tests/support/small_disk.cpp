// SPDX-License-Identifier: Apache-2.0
#include "tests/support/small_disk.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "platform/files.hpp"
#include "tests/support/process.hpp"

namespace tillpost::test {
namespace {

constexpr std::size_t megabyte = 1 << 20;

/// "" when the program ended well.
std::string run(const std::string& program, const std::vector<std::string>& arguments, int worst_good_code = 0) {
    Process process(Process::Command{program, arguments});
    const int code = process.wait().value_or(-1);
    if (code >= 0 && code <= worst_good_code) return "";
    return program + " ended with " + std::to_string(code) + ": " + process.errors();
}

}  // namespace

SmallDisk::SmallDisk(int megabytes, int block_bytes) {
    if (::geteuid() != 0) {
        why_not_ = "mounting a file system needs root";
        return;
    }
    image_ = folder_.write("image", "");
    std::filesystem::resize_file(image_, static_cast<std::size_t>(megabytes) * megabyte);
    std::filesystem::create_directory(path());
    why_not_ = run("mkfs.ext4", {"-q", "-F", "-m", "0", "-b", std::to_string(block_bytes), image_});
    if (why_not_.empty() && !mount()) why_not_ = "there is no loop device to be had here";
}

SmallDisk::~SmallDisk() {
    if (mounted()) ::umount2(path().c_str(), MNT_DETACH);
}

bool SmallDisk::mount() { return run("mount", {"-o", "loop", image_, path()}).empty(); }

bool SmallDisk::unmount() {
    return wait_until([this] { return ::umount2(path().c_str(), 0) == 0; }, Millis(5'000));
}

std::size_t SmallDisk::free_bytes() const {
    struct statvfs found {};
    if (::statvfs(path().c_str(), &found) != 0) return 0;
    return found.f_bavail * found.f_frsize;
}

void SmallDisk::fill_up_to(std::size_t leave) const {
    const FileDescriptor file(::open((path() + "/ballast").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const std::size_t now = free_bytes();
    off_t end = ::lseek(file.get(), 0, SEEK_END);
    if (now > leave && ::posix_fallocate(file.get(), end, static_cast<off_t>(now - leave)) == 0) return;
    const std::string block(4096, 'x');
    while (free_bytes() > leave && ::write(file.get(), block.data(), block.size()) > 0) {
    }
}

void SmallDisk::make_room() const { std::filesystem::remove(path() + "/ballast"); }

bool SmallDisk::abort_to_read_only() const { return run("mount", {"-o", "remount,abort", path()}).empty(); }

bool SmallDisk::repair() {
    if (!unmount()) return false;
    // A copy: as long as another mount namespace holds the old one, it would be mounted again as it is, read-only.
    const std::string old = std::exchange(image_, image_ + "+");
    std::filesystem::copy_file(old, image_);
    // 1: errors were corrected.
    if (!run("fsck.ext4", {"-f", "-y", image_}, 1).empty()) return false;
    return mount();
}

}  // namespace tillpost::test
