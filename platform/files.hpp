// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/error.hpp"

namespace tillpost {

/// The whole file as bytes; Errc::invalid when it is larger than `most` bytes.
Result<std::string> read_file(const std::string& path, std::size_t most);

/// The same of what has to be a file: Errc::invalid for a pipe, a socket, a device or a folder, which may never end,
/// or never begin.
Result<std::string> read_regular_file(const std::string& path, std::size_t most);

/// Its first bytes, fewer when it is shorter.
Result<std::string> read_beginning(const std::string& path, std::size_t bytes);

/// fsync(2) of a file or directory by path: makes its data, or its entries, durable.
Result<void> sync_path(const std::string& path);

/// Writes a small file whole and durably: under another name first, synced, renamed, directory synced.
Result<void> write_file(const std::string& path, std::string_view content, unsigned mode = 0600);
bool file_exists(const std::string& path);
/// Removes a file, if it is there, durably.
Result<void> remove_file(const std::string& path);
/// Durable rename; done already (only `to` exists) is fine.
Result<void> rename_file(const std::string& from, const std::string& to);
/// Names in the directory of `path` that begin with its last part, with the directory, sorted.
std::vector<std::string> files_beginning_with(const std::string& path);
/// Bytes that this process may still take in the file system of a path that exists; quotas are not in it.
Result<std::int64_t> free_bytes_at(const std::string& path);
/// Sees to a file of so many bytes that really take space. Errc::full when there is none, or would be little left.
Result<void> keep_file_of_size(const std::string& path, std::int64_t bytes);

/// The directory part of a path, "." when it has none.
std::string directory_of(const std::string& path);

/// Closes a file descriptor at the end of its scope. -1 is "none".
class FileDescriptor {
public:
    explicit FileDescriptor(int number = -1) : number_(number) {}
    FileDescriptor(FileDescriptor&& other) noexcept : number_(other.release()) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor();
    int get() const { return number_; }
    int release();

private:
    int number_;
};

}  // namespace tillpost
