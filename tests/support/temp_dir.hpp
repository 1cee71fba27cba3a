// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace tillpost::test {

/// A fresh folder below the system's temporary folder, removed with everything in it at the end.
class TempDir {
public:
    TempDir();
    explicit TempDir(const std::filesystem::path& below);
    /// In memory where the system has such a place: for tests that sync a hundred thousand times.
    static TempDir in_memory();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    const std::string& path() const { return path_; }
    /// The path of a name in it; nothing is created.
    std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
    /// Writes a file of that name and returns its path.
    std::string write(std::string_view name, std::string_view content) const;

private:
    std::string path_;
};

/// The whole file, "" if there is none.
std::string content_of(const std::string& path);

}  // namespace tillpost::test
