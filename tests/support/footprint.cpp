// SPDX-License-Identifier: Apache-2.0
#include "tests/support/footprint.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>

#include "tests/support/temp_dir.hpp"

namespace tillpost::test {
namespace {

long number_behind(const std::string& text, const std::string& name) {
    const auto at = text.find(name);
    return at == std::string::npos ? 0 : std::atol(text.c_str() + at + name.size());
}

/// Of proc(5)'s `stat`: fields 14 and 15; the second is a name in brackets that may hold spaces.
Millis processor_time(const std::string& stat) {
    constexpr int before_user_time = 11;
    std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
    std::string skipped;
    for (int i = 0; i < before_user_time; ++i) fields >> skipped;
    long user = 0;
    long system = 0;
    fields >> user >> system;
    return Millis((user + system) * 1000 / ::sysconf(_SC_CLK_TCK));
}

}  // namespace

Footprint footprint_of(pid_t pid) {
    const std::string folder = "/proc/" + std::to_string(pid);
    const std::string status = content_of(folder + "/status");
    Footprint found;
    found.resident_kb = number_behind(status, "VmRSS:");
    found.peak_kb = number_behind(status, "VmHWM:");
    found.processor = processor_time(content_of(folder + "/stat"));
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
