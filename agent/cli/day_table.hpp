// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "platform/error.hpp"

namespace tillpost::cli {

/// One line for the control socket; "" for the newest date, for all tills.
std::string day_request(const std::string& date, const std::string& till);

struct DayTable {
    std::string text;
    bool complete = false;  ///< There is at least one till, and all are complete.
};
/// The daemon's answer as people read it. Errc::invalid if it is none. Pure.
Result<DayTable> day_table(std::string_view answer);

}  // namespace tillpost::cli
