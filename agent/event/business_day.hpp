// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

namespace tillpost {

/// A business day may begin before midnight, end after it, and be closed a day late.
constexpr std::chrono::days most_days_apart{2};

/// The day of a text that is_date().
std::chrono::sys_days day_of(std::string_view date);

/// The moment that an RFC 3339 text says, to milliseconds; nullopt for what is none.
std::optional<std::chrono::sys_time<std::chrono::milliseconds>> moment_of(std::string_view date_time);

/// Whether a business date is further from the day that it is here than that; false for what is no date. Pure.
bool is_far_from(std::string_view business_date, std::chrono::sys_days today);

}  // namespace tillpost
