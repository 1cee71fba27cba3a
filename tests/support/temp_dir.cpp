// SPDX-License-Identifier: Apache-2.0
#include "tests/support/temp_dir.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace tillpost::test {

TempDir::TempDir() : TempDir(std::filesystem::temp_directory_path()) {}

TempDir TempDir::in_memory() {
    constexpr const char* memory = "/dev/shm";
    return TempDir(::access(memory, W_OK) == 0 ? memory : std::filesystem::temp_directory_path());
}

TempDir::TempDir(const std::filesystem::path& below) : path_((below / "tillpost-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) throw std::system_error(errno, std::generic_category(), path_);
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::write(std::string_view name, std::string_view content) const {
    std::string path = file(name);
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << content << std::flush;
    if (!out) throw std::system_error(EIO, std::generic_category(), path);
    return path;
}

std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tillpost::test
