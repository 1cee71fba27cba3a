// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/error.hpp"

struct sqlite3_file;

namespace tillpost {

/// Is there a file that is not empty, as SQLite sees it?
bool holds_bytes(const std::string& path);

/// A small file beside a database, which goes the same way to the disk as the database does (SQLite's default VFS):
/// whatever stands for the disk in a test holds it, too. One thread; every call may block.
class SideFile {
public:
    /// `create`: if it is missing; its first sync() makes its name durable, too.
    enum class Use { read, write, create };
    /// Errc::io when it cannot be opened.
    static Result<std::unique_ptr<SideFile>> open(const std::string& path, Use use);
    ~SideFile();
    SideFile(const SideFile&) = delete;
    SideFile& operator=(const SideFile&) = delete;

    Result<std::int64_t> size();
    /// What lies behind its end reads as zeros.
    Result<std::string> read(std::int64_t offset, std::size_t bytes);
    Result<void> write(std::int64_t offset, std::string_view bytes);
    Result<void> sync();

private:
    explicit SideFile(const std::string& path);
    sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(memory_.data()); }

    std::string path_;  ///< The VFS keeps a pointer to it.
    std::vector<std::max_align_t> memory_;
};

}  // namespace tillpost
