// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/event.hpp"

/// An event as it was recorded, and as it would be captured today (Capture::map_again). Pure.
namespace tillpost {

/// Why an event is mapped again, and who wants it.
struct Why {
    std::string reason, actor;
    std::uint32_t user = 0;  ///< The machine's number of who asks.
};

/// The data as a feed or scanner gave them, without what a correction says of itself.
std::string without_reason(std::string_view data);
/// The data of a correction: `,"reprocessed":{"reason":…,"actor":…,"user":…}` behind the others.
std::string with_reason(std::string_view source, const Why& why);

/// What of it is another today: type, key, business_date, mode, time, quality, data; none if all is the same.
std::vector<std::string_view> changes_between(std::string_view body, const Event& today);

}  // namespace tillpost
