// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "agent/day/local_clock.hpp"
#include "agent/day/settings.hpp"
#include "platform/clock.hpp"

/// Business days by the hands of the wall clock in the process's time zone (`day/time_zone`), summer time included.
/// Pure but for the time zone.
///
/// A day begins when the clock first shows `ends_at`, or what stands behind it where summer time leaves that out. Hours
/// hold whenever the clock shows them: what it shows twice holds twice, what it leaves out never.
namespace tillpost::day {

/// The business date ("2026-11-23") at that time, where days end at `ends_at` after midnight: at 02:00 it is still the
/// day before.
std::string business_date_at(WallTime time, std::chrono::minutes ends_at);
/// The newest business date that is over.
std::string last_ended(WallTime now, std::chrono::minutes ends_at);
/// When the business date of `now` ends.
WallTime next_end(WallTime now, std::chrono::minutes ends_at);

using Trading = Between;
/// The hours that hold at `now`, or that come next within two days.
std::optional<Trading> trading_at(WallTime now, const std::vector<TradingHours>& hours);

/// When that business date ("2026-11-23") begins, which is when the one before it ends.
WallTime begin_of(const std::string& business_date, std::chrono::minutes ends_at);
/// The date so many days later.
std::string date_after(const std::string& date, int days);
/// The hours within that business date, in order, none touching the next one.
std::vector<Trading> trading_of(const std::string& business_date, std::chrono::minutes ends_at,
                                const std::vector<TradingHours>& hours);

}  // namespace tillpost::day
