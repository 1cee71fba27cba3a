// SPDX-License-Identifier: Apache-2.0
#include "agent/event/identifiers.hpp"

#include <algorithm>
#include <chrono>

#include "agent/event/gs1/characters.hpp"
#include "agent/event/gs1/check_digits.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_fraction_digits = 9;

using gs1::is_digit;

bool is_key(std::string_view text, std::size_t length) { return text.size() == length && gs1::check_digit_right(text); }

/// The value of text[at … at + count), which must be digits; -1 if they are not or are not there.
int number_at(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return -1;
    int number = 0;
    for (const char c : text.substr(at, count)) {
        if (!is_digit(c)) return -1;
        number = number * 10 + (c - '0');
    }
    return number;
}

bool in_range(int number, int last) { return number >= 0 && number <= last; }

/// Minutes east of UTC from "Z" or "+01:00", nullopt if it is neither.
std::optional<int> offset_minutes(std::string_view text) {
    if (text == "Z" || text == "z") return 0;
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
    const int hours = number_at(text, 1, 2);
    const int minutes = number_at(text, 4, 2);
    if (!in_range(hours, 23) || !in_range(minutes, 59)) return std::nullopt;
    return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

/// "hh:mm:ss[.fraction]<offset>"
bool is_time_of_day(std::string_view text) {
    if (text.size() < 9 || text[2] != ':' || text[5] != ':') return false;
    const int hour = number_at(text, 0, 2);
    const int minute = number_at(text, 3, 2);
    const int second = number_at(text, 6, 2);
    if (!in_range(hour, 23) || !in_range(minute, 59) || !in_range(second, 60)) return false;
    std::string_view rest = text.substr(8);
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
        const auto count = static_cast<std::size_t>(end - rest.begin());
        if (count == 0 || count > most_fraction_digits) return false;
        rest.remove_prefix(count);
    }
    const std::optional<int> offset = offset_minutes(rest);
    if (!offset) return false;
    const int utc = (hour * 60 + minute - *offset + 2 * 1440) % 1440;
    return second < 60 || utc == 1439;
}

}  // namespace

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c); });  // a pointer is not inlined
}

bool is_gtin(std::string_view text) {
    if (text.find_first_not_of('0') == std::string_view::npos) return false;
    return is_key(text, 13) || is_key(text, 8) || is_key(text, 12) || is_key(text, 14);
}

bool is_gln(std::string_view text) { return is_key(text, 13); }
bool is_sscc(std::string_view text) { return is_key(text, 18); }

bool is_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    const int year = number_at(text, 0, 4);
    const int month = number_at(text, 5, 2);
    const int day = number_at(text, 8, 2);
    if (year < 0 || month < 0 || day < 0) return false;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    return date.ok();
}

bool is_date_time(std::string_view text) {
    if (text.size() < 20 || !is_date(text.substr(0, 10))) return false;
    return (text[10] == 'T' || text[10] == 't') && is_time_of_day(text.substr(11));
}

}  // namespace tillpost
