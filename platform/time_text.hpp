// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <charconv>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace tillpost {

/// A time in RFC 3339 with "Z", as rfc3339() writes it, cut to seconds; nullopt if it is not one. Pure.
inline std::optional<std::chrono::sys_seconds> parse_time(std::string_view text) {
    namespace chrono = std::chrono;
    constexpr std::size_t second_size = 19;  // "2026-11-23T10:15:30"
    constexpr std::size_t longest = 40;
    if (text.size() <= second_size || text.size() > longest || text.back() != 'Z') return std::nullopt;
    const auto digits = [text](std::size_t at, std::size_t count) {
        int value = -1;
        const char* const end = text.data() + at + count;
        return std::from_chars(text.data() + at, end, value).ptr == end ? value : -1;
    };
    const bool has_signs = text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' && text[16] == ':';
    const bool ends = text.size() == second_size + 1 || text[second_size] == '.';
    const int year = digits(0, 4), month = digits(5, 2), day = digits(8, 2);
    const int hour = digits(11, 2), minute = digits(14, 2), second = digits(17, 2);
    const bool are_numbers = year >= 0 && month >= 0 && day >= 0 && hour >= 0 && minute >= 0 && second >= 0;
    if (!has_signs || !ends || !are_numbers || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    const chrono::year_month_day date{chrono::year(year), chrono::month(static_cast<unsigned>(month)),
                                      chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return std::nullopt;
    return chrono::sys_days(date) + chrono::hours(hour) + chrono::minutes(minute) + chrono::seconds(second);
}

}  // namespace tillpost
