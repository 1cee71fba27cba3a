// SPDX-License-Identifier: Apache-2.0
#include "tests/support/footprint.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/support/temp_dir.hpp"

namespace tillpost::test {
namespace {

long number_behind(const std::string& text, const std::string& name) {
    const auto at = text.find(name);
    return at == std::string::npos ? 0 : std::atol(text.c_str() + at + name.size());
}

}  // namespace

Footprint footprint_of(pid_t pid) {
    const std::string folder = "/proc/" + std::to_string(pid);
    const std::string status = content_of(folder + "/status");
    Footprint found{number_behind(status, "VmRSS:"), number_behind(status, "VmHWM:"), 0};
    std::error_code gone;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder + "/fd", gone)) {
        ++found.descriptors;
    }
    return found;
}

}  // namespace tillpost::test
