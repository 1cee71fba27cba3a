// SPDX-License-Identifier: Apache-2.0
#include "platform/time_zone.hpp"

#include <array>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "platform/clock.hpp"

namespace tillpost {
namespace {

constexpr std::string_view magic = "TZif";  // RFC 8536, 3.1

bool is_zone_file(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return false;
    std::array<char, magic.size()> start{};
    std::ifstream file(path, std::ios::binary);
    return file.read(start.data(), start.size()) && std::string_view(start.data(), start.size()) == magic;
}

/// "…/zoneinfo/Europe/Berlin" → "Europe/Berlin"; another text as it is.
std::string zone_of(const std::string& path) {
    constexpr std::string_view folder = "zoneinfo/";
    const std::size_t at = path.find(folder);
    return at == std::string::npos ? path : path.substr(at + folder.size());
}

}  // namespace

Result<void> check_time_zone(const std::string& name, const std::string& folder) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) {
        return Error{Errc::invalid, "the zones in " + folder + ", which is not there: install the package tzdata"};
    }
    if (!is_zone_file(folder + "/" + name)) {
        return Error{Errc::invalid, "a zone that this machine has in " + folder + ", such as \"Europe/Berlin\""};
    }
    return {};
}

void use_time_zone(const std::string& name) {
    ::setenv("TZ", (":" + name).c_str(), 1);
    ::tzset();
}

std::string time_zone_in_use() {
    const char* const variable = std::getenv("TZ");
    if (variable != nullptr && *variable != '\0') return zone_of(*variable == ':' ? variable + 1 : variable);
    std::error_code error;
    const std::string link = std::filesystem::read_symlink("/etc/localtime", error).string();
    if (!error) return zone_of(link);
    return local_parts(wall_now()).tm_zone;
}

}  // namespace tillpost
