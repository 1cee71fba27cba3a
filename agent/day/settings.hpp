// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>

#include "platform/clock.hpp"

namespace tillpost {

struct DaySettings {
    std::chrono::minutes ends_at{4 * 60};  ///< Local time at which a business day is over
    Millis quiet{60'000};                  ///< After the last late event, until a new revision
};

}  // namespace tillpost
