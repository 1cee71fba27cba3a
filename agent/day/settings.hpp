// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "platform/clock.hpp"

namespace tillpost {

/// When a feed should speak, local time.
struct TradingHours {
    std::array<bool, 7> days{true, true, true, true, true, true, true};  ///< From Sunday, as std::tm counts
    std::chrono::minutes from{};
    std::chrono::minutes to{};  ///< At or before `from`: on the next day
};

struct DaySettings {
    std::chrono::minutes ends_at{4 * 60};  ///< Local time at which a business day is over
    Millis quiet{60'000};                  ///< After the last late event, until a new revision
    std::string feed = "feed";             ///< Whose silence is watched …
    std::vector<TradingHours> hours;       ///< … and when; empty: never
    std::vector<std::string> tills;        ///< Each of them, too
    std::chrono::minutes silence{30};      ///< After which silence is an event: noticed well within the hour
};

}  // namespace tillpost
