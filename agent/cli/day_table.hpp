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
/// The daemon's answer as people read it; `till`: that was asked for, "" for all. Errc::invalid if it is none. Pure.
Result<DayTable> day_table(std::string_view answer, std::string_view till = "");

/// Errc::invalid, with the form that is wanted, for what a person gave as a business date and is none; "" is the
/// newest.
Result<void> check_business_date(std::string_view text);

}  // namespace tillpost::cli
