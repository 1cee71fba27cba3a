// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

/// Dates of element strings (GS1 General Specifications, section 7.12). Pure: the current year is a parameter.
namespace tillpost::gs1 {

struct Date {
    int year = 0;  ///< With its century.
    int month = 0;
    int day = 0;
    bool day_unknown = false;  ///< Written as day 00; `day` is the last one of the month then.

    /// "2026-01-31"
    std::string text() const;
    friend bool operator==(const Date&, const Date&) = default;
};

enum class DayZero { refused, last_of_month };

/// The year with its century that two digits (0 to 99) stand for: 49 years back to 50 years ahead of `current_year`.
int full_year(int two_digits, int current_year);

/// YYMMDD; nullopt if it is no day of the calendar.
std::optional<Date> parse_date(std::string_view yymmdd, int current_year, DayZero day_zero);
/// YYYYMMDD
std::optional<Date> parse_long_date(std::string_view yyyymmdd);

}  // namespace tillpost::gs1
