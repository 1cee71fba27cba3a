// SPDX-License-Identifier: Apache-2.0
#include "agent/day/calendar.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tillpost::day {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::year_month_day;

std::string text_of(local_days day) {
    const year_month_day date(day);
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text.data();
}

/// Of "2026-11-23"; of what is none, some day.
local_days day_of(const std::string& date) {
    int year = 1970;
    unsigned month = 1;
    unsigned day = 1;
    (void)std::sscanf(date.c_str(), "%4d-%2u-%2u", &year, &month, &day);
    month = std::clamp(month, 1U, 12U);
    return local_days(std::chrono::year(year) / static_cast<int>(month) / 1) + days(day) - days(1);
}

WallTime begin_of(local_days day, minutes ends_at) {
    const LocalTime shown = day + ends_at;
    return LocalClock(shown, shown).first_shows(shown);
}

/// A clock that is set back over the begin of a day does not take it back.
local_days business_day_at(WallTime time, minutes ends_at) {
    local_days day = std::chrono::floor<days>(LocalClock::shown_at(time)) + days(1);
    while (time < begin_of(day, ends_at)) day -= days(1);
    return day;
}

/// When hours that begin on one of these days hold, in order of neither.
std::vector<Trading> hours_between(local_days first, local_days last, const std::vector<TradingHours>& hours) {
    const LocalClock clock(first, last + days(2));
    std::vector<Trading> all;
    for (const TradingHours& each : hours) {
        const days longer{each.to <= each.from ? 1 : 0};
        for (local_days day = first; day <= last; day += days(1)) {
            if (!each.days[std::chrono::weekday(day).c_encoding()]) continue;
            const auto found = clock.shows(day + each.from, day + longer + each.to);
            all.insert(all.end(), found.begin(), found.end());
        }
    }
    return all;
}

}  // namespace

std::string business_date_at(WallTime time, minutes ends_at) { return text_of(business_day_at(time, ends_at)); }

std::string last_ended(WallTime now, minutes ends_at) { return text_of(business_day_at(now, ends_at) - days(1)); }

WallTime next_end(WallTime now, minutes ends_at) { return begin_of(business_day_at(now, ends_at) + days(1), ends_at); }

std::optional<Trading> trading_at(WallTime now, const std::vector<TradingHours>& hours) {
    const auto today = std::chrono::floor<days>(LocalClock::shown_at(now));
    std::optional<Trading> first;
    if (hours.empty()) return first;
    for (const Trading& each : hours_between(today - days(1), today + days(2), hours)) {
        if (each.to > now && (!first || each.from < first->from)) first = each;
    }
    return first;
}

WallTime begin_of(const std::string& business_date, minutes ends_at) {
    return begin_of(day_of(business_date), ends_at);
}

std::string date_after(const std::string& date, int count) { return text_of(day_of(date) + days(count)); }

std::vector<Trading> trading_of(const std::string& business_date, minutes ends_at,
                                const std::vector<TradingHours>& hours) {
    std::vector<Trading> merged;
    if (hours.empty()) return merged;
    const local_days day = day_of(business_date);
    const WallTime begin = begin_of(day, ends_at);
    const WallTime end = begin_of(day + days(1), ends_at);
    auto all = hours_between(day - days(1), day + days(1), hours);
    std::sort(all.begin(), all.end(), [](const Trading& a, const Trading& b) { return a.from < b.from; });
    for (Trading each : all) {
        each = {std::max(begin, each.from), std::min(end, each.to)};
        if (each.from >= each.to) continue;
        const bool touches = !merged.empty() && each.from <= merged.back().to;
        if (touches) merged.back().to = std::max(merged.back().to, each.to);
        if (!touches) merged.push_back(each);
    }
    return merged;
}

}  // namespace tillpost::day
