// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "agent/day/settings.hpp"

namespace tillpost {

/// Whose silence nobody notices, and what to configure; "" if the feed and each till heard of are watched. `heard`:
/// tills of the newest days. Pure.
std::string silence_unwatched(const DaySettings& settings, const std::vector<std::string>& heard);

}  // namespace tillpost
