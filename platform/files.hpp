// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "platform/error.hpp"

namespace tillpost {

/// The whole file as bytes; Errc::invalid when it is larger than `most` bytes.
Result<std::string> read_file(const std::string& path, std::size_t most);

/// fsync(2) of a file or directory by path: makes its data, or its entries, durable.
Result<void> sync_path(const std::string& path);

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
