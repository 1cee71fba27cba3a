// SPDX-License-Identifier: Apache-2.0
#include "platform/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

namespace tillpost {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
        if (number_ >= 0) ::close(number_);
        number_ = other.release();
    }
    return *this;
}

FileDescriptor::~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
}

int FileDescriptor::release() { return std::exchange(number_, -1); }

namespace {

Result<std::string> read_all(const FileDescriptor& file, const std::string& path, std::size_t most) {
    std::string content;
    std::array<char, 16384> part;
    for (;;) {
        const ssize_t got = ::read(file.get(), part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("read " + path, errno);
        if (got == 0) return content;
        content.append(part.data(), static_cast<std::size_t>(got));
        if (content.size() > most) {
            return Error{Errc::invalid, "read " + path + ": larger than " + std::to_string(most) + " bytes"};
        }
    }
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t most) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return system_error("open " + path, errno);
    return read_all(file, path, most);
}

Result<std::string> read_regular_file(const std::string& path, std::size_t most) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    const int why = errno;
    struct stat found {};
    // A socket is not opened at all, and its error says little.
    const bool known = file.get() < 0 ? ::stat(path.c_str(), &found) == 0 : ::fstat(file.get(), &found) == 0;
    if (known && !S_ISREG(found.st_mode)) {
        return Error{Errc::invalid, path + " is no file, but a pipe, a socket, a device or a folder"};
    }
    if (file.get() < 0) return system_error("open " + path, why);
    return read_all(file, path, most);
}

Result<std::string> read_beginning(const std::string& path, std::size_t bytes) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return system_error("open " + path, errno);
    std::string content(bytes, '\0');
    const ssize_t got = ::pread(file.get(), content.data(), bytes, 0);
    if (got < 0) return system_error("read " + path, errno);
    content.resize(static_cast<std::size_t>(got));
    return content;
}

Result<void> sync_path(const std::string& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return system_error("open " + path + " to sync it", errno);
    if (::fsync(file.get()) != 0) return system_error("sync " + path, errno);
    return {};
}

namespace {

Result<void> write_durably(const std::string& path, std::string_view content, unsigned mode) {
    // What a kill has left there may have another mode, or somebody who has it open.
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error("remove " + path, errno);
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0) return system_error("create " + path, errno);
    // A stick's file system may know no modes.
    if (mode != 0600 && ::fchmod(file.get(), mode) != 0 && errno != EPERM)
        return system_error("set the mode of " + path, errno);
    while (!content.empty()) {
        const ssize_t wrote = ::write(file.get(), content.data(), content.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return system_error("write " + path, errno);
        content.remove_prefix(static_cast<std::size_t>(wrote));
    }
    if (::fsync(file.get()) != 0) return system_error("sync " + path, errno);
    return {};
}

}  // namespace

Result<void> write_file(const std::string& path, std::string_view content, unsigned mode) {
    const std::string fresh = path + ".new";
    if (auto done = write_durably(fresh, content, mode); !done) {
        (void)::unlink(fresh.c_str());  // on a full disk half a file would take what is left
        return done;
    }
    return rename_file(fresh, path);
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<void> remove_file(const std::string& path) {
    if (::unlink(path.c_str()) != 0) return errno == ENOENT ? Result<void>() : system_error("remove " + path, errno);
    return sync_path(directory_of(path));
}

Result<void> rename_file(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0 && !(errno == ENOENT && file_exists(to))) {
        return system_error("rename " + from + " to " + to, errno);
    }
    return sync_path(directory_of(to));
}

std::vector<std::string> files_beginning_with(const std::string& path) {
    std::vector<std::string> found;
    const std::string directory = directory_of(path);
    const std::string beginning = path.substr(path.rfind('/') + 1);
    std::error_code ignored;  // A directory that cannot be read holds nothing that could be opened.
    for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
        if (entry.path().filename().string().starts_with(beginning)) found.push_back(entry.path().string());
    }
    std::sort(found.begin(), found.end());
    return found;
}

Result<std::int64_t> free_bytes_at(const std::string& path) {
    struct statvfs space {};
    if (::statvfs(path.c_str(), &space) != 0) return system_error("look at the file system of " + path, errno);
    return static_cast<std::int64_t>(space.f_bavail) * static_cast<std::int64_t>(space.f_frsize);
}

Result<void> keep_file_of_size(const std::string& path, std::int64_t bytes) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0) return system_error("create " + path, errno);
    struct stat facts {};
    if (::fstat(file.get(), &facts) != 0) return system_error("look at " + path, errno);
    if (facts.st_blocks * 512 >= bytes) return {};
    const Result<std::int64_t> free = free_bytes_at(path);
    if (!free) return free.error();
    if (*free < 2 * bytes) {
        return Error{Errc::full, std::to_string(*free >> 20) + " MiB are free where " + path + " is"};
    }
    const int code = ::posix_fallocate(file.get(), 0, bytes);
    if (code != 0) return system_error("reserve space for " + path, code);
    return {};
}

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace tillpost
