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
    Footprint found{number_behind(status, "VmRSS:"), number_behind(status, "VmHWM:"), 0, 0, 0};
    found.private_dirty_kb = number_behind(content_of(folder + "/smaps_rollup"), "Private_Dirty:");
    std::error_code left;
    for (const auto& each : std::filesystem::directory_iterator(folder + "/task", left)) {
        found.wake_ups += number_behind(content_of(each.path().string() + "/status"), "\nvoluntary_ctxt_switches:");
    }
    std::error_code gone;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder + "/fd", gone)) {
        ++found.descriptors;
    }
    return found;
}

}  // namespace tillpost::test
