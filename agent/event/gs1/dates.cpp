// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/dates.hpp"

#include <chrono>

#include "agent/event/gs1/characters.hpp"

namespace tillpost::gs1 {
namespace {

int number_of(std::string_view digits) {
    int number = 0;
    for (const char digit : digits) number = number * 10 + (digit - '0');
    return number;
}

void append_padded(std::string& out, int number, int width) {
    const std::string digits = std::to_string(number);
    for (auto missing = width - static_cast<int>(digits.size()); missing > 0; --missing) out += '0';
    out += digits;
}

std::optional<Date> checked(int year, int month, int day, DayZero day_zero) {
    using std::chrono::year_month_day_last;
    if (month < 1 || month > 12) return std::nullopt;
    const year_month_day_last end{std::chrono::year(year),
                                  std::chrono::month_day_last(std::chrono::month(static_cast<unsigned>(month)))};
    const auto last = static_cast<int>(static_cast<unsigned>(end.day()));
    if (day == 0 && day_zero == DayZero::last_of_month) return Date{year, month, last, true};
    if (day < 1 || day > last) return std::nullopt;
    return Date{year, month, day, false};
}

}  // namespace

std::string Date::text() const {
    std::string out;
    append_padded(out, year, 4);
    out += '-';
    append_padded(out, month, 2);
    out += '-';
    append_padded(out, day, 2);
    return out;
}

int full_year(int two_digits, int current_year) {
    const int century = current_year / 100 * 100;
    const int ahead = two_digits - current_year % 100;
    if (ahead >= 51) return century - 100 + two_digits;
    if (ahead <= -50) return century + 100 + two_digits;
    return century + two_digits;
}

std::optional<Date> parse_date(std::string_view yymmdd, int current_year, DayZero day_zero) {
    if (yymmdd.size() != 6 || !digits_only(yymmdd)) return std::nullopt;
    const int year = full_year(number_of(yymmdd.substr(0, 2)), current_year);
    return checked(year, number_of(yymmdd.substr(2, 2)), number_of(yymmdd.substr(4, 2)), day_zero);
}

std::optional<Date> parse_long_date(std::string_view yyyymmdd) {
    if (yyyymmdd.size() != 8 || !digits_only(yyyymmdd)) return std::nullopt;
    return checked(number_of(yyyymmdd.substr(0, 4)), number_of(yyyymmdd.substr(4, 2)), number_of(yyyymmdd.substr(6, 2)),
                   DayZero::refused);
}

}  // namespace tillpost::gs1
