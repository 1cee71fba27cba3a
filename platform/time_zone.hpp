// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "platform/error.hpp"

/// The time zone by which this process's local times go (tzset(3)), by the names of the IANA's database.
namespace tillpost {

/// Where Debian's package tzdata has the zones, a file each.
constexpr const char* zone_folder = "/usr/share/zoneinfo";

/// Whether the machine knows that zone ("Europe/Berlin"). Errc::invalid: what is expected instead.
Result<void> check_time_zone(const std::string& name, const std::string& folder = zone_folder);

/// All local times of the process are of that zone from now on. Before there are other threads.
void use_time_zone(const std::string& name);

/// The zone that applies: "Europe/Berlin", where TZ or /etc/localtime names it; else what its clocks call it, "CET".
std::string time_zone_in_use();

}  // namespace tillpost
