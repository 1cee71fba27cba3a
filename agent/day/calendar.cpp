// SPDX-License-Identifier: Apache-2.0
#include "agent/day/calendar.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace tillpost::day {
namespace {

/// Days and minutes may leave their ranges; summer time as the zone says.
WallTime instant(std::tm day, int days, std::chrono::minutes time_of_day) {
    day.tm_mday += days;
    day.tm_hour = 0;
    day.tm_min = static_cast<int>(time_of_day.count());
    day.tm_sec = 0;
    day.tm_isdst = -1;
    return WallTime(std::chrono::seconds(::mktime(&day)));
}

std::string date_of(std::tm day, int days) {
    day.tm_mday += days;
    day.tm_hour = 12;  // never left out by summer time
    day.tm_min = day.tm_sec = 0;
    day.tm_isdst = -1;
    ::mktime(&day);
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
    return text.data();
}

bool before_end(const std::tm& parts, std::chrono::minutes ends_at) {
    return std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) < ends_at;
}

/// Noon of "2026-11-23".
std::tm parts_of(const std::string& date) {
    std::tm parts{};
    (void)std::sscanf(date.c_str(), "%4d-%2d-%2d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday);
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    parts.tm_hour = 12;
    parts.tm_isdst = -1;
    ::mktime(&parts);
    return parts;
}

}  // namespace

std::string local_date(WallTime time) { return date_of(local_parts(time), 0); }

std::string business_date_at(WallTime time, std::chrono::minutes ends_at) {
    const std::tm parts = local_parts(time);
    return date_of(parts, before_end(parts, ends_at) ? -1 : 0);
}

std::string last_ended(WallTime now, std::chrono::minutes ends_at) {
    const std::tm parts = local_parts(now);
    return date_of(parts, before_end(parts, ends_at) ? -2 : -1);
}

std::optional<Trading> trading_at(WallTime now, const std::vector<TradingHours>& hours) {
    const std::tm parts = local_parts(now);
    std::optional<Trading> first;
    for (const TradingHours& each : hours) {
        for (int days = -1; days <= 2; ++days) {
            const auto weekday = static_cast<std::size_t>((parts.tm_wday + days + 7) % 7);
            if (!each.days[weekday]) continue;
            const int until = each.to <= each.from ? days + 1 : days;
            const Trading found{instant(parts, days, each.from), instant(parts, until, each.to)};
            if (found.to > now && (!first || found.from < first->from)) first = found;
        }
    }
    return first;
}

WallTime begin_of(const std::string& business_date, std::chrono::minutes ends_at) {
    return instant(parts_of(business_date), 0, ends_at);
}

std::string date_after(const std::string& date, int days) { return date_of(parts_of(date), days); }

std::vector<Trading> trading_of(const std::string& business_date, std::chrono::minutes ends_at,
                                const std::vector<TradingHours>& hours) {
    const std::tm parts = parts_of(business_date);
    const WallTime begin = instant(parts, 0, ends_at);
    const WallTime end = instant(parts, 1, ends_at);
    std::vector<Trading> all;
    for (const TradingHours& each : hours) {
        for (int days = -1; days <= 1; ++days) {
            const auto weekday = static_cast<std::size_t>((parts.tm_wday + days + 7) % 7);
            if (!each.days[weekday]) continue;
            const int until = each.to <= each.from ? days + 1 : days;
            const Trading found{std::max(begin, instant(parts, days, each.from)),
                                std::min(end, instant(parts, until, each.to))};
            if (found.from < found.to) all.push_back(found);
        }
    }
    std::sort(all.begin(), all.end(), [](const Trading& a, const Trading& b) { return a.from < b.from; });
    std::vector<Trading> merged;
    for (const Trading& each : all) {
        const bool touches = !merged.empty() && each.from <= merged.back().to;
        if (touches) merged.back().to = std::max(merged.back().to, each.to);
        if (!touches) merged.push_back(each);
    }
    return merged;
}

}  // namespace tillpost::day
