// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/store_clock.hpp"

#include <charconv>

namespace tillpost::simulator {
namespace {

constexpr std::chrono::hours opens{8};
constexpr std::chrono::hours closes{20};

void append_digits(std::string& out, std::int64_t number, int width) {
    char digits[20];
    for (int i = width - 1; i >= 0; --i) {
        digits[i] = static_cast<char>('0' + number % 10);
        number /= 10;
    }
    out.append(digits, static_cast<std::size_t>(width));
}

std::optional<int> parse_digits(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size() && text.front() != '-';
    return whole ? std::optional(number) : std::nullopt;
}

}  // namespace

StoreClock::StoreClock(Days first_day) : day_(first_day), since_midnight_(opens), date_(text_of(first_day)) {}

void StoreClock::advance(Millis by) {
    since_midnight_ += by;
    if (since_midnight_ < closes) return;
    day_ += std::chrono::days(1);
    since_midnight_ = opens;
    date_ = text_of(day_);
}

std::string StoreClock::opening_time(const std::string& date) { return date + "T08:00:00.000+01:00"; }
std::string StoreClock::closing_time(const std::string& date) { return date + "T20:00:00.000+01:00"; }

std::string StoreClock::time() const {
    const std::int64_t millis = since_midnight_.count();
    std::string text;
    text.reserve(32);
    text.append(date_).append("T");
    append_digits(text, millis / 3'600'000, 2);
    text += ':';
    append_digits(text, millis / 60'000 % 60, 2);
    text += ':';
    append_digits(text, millis / 1'000 % 60, 2);
    text += '.';
    append_digits(text, millis % 1'000, 3);
    return text.append("+01:00");
}

std::string text_of(StoreClock::Days day) {
    const std::chrono::year_month_day date(day);
    std::string text;
    append_digits(text, static_cast<int>(date.year()), 4);
    text += '-';
    append_digits(text, static_cast<unsigned>(date.month()), 2);
    text += '-';
    append_digits(text, static_cast<unsigned>(date.day()), 2);
    return text;
}

std::optional<StoreClock::Days> parse_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = parse_digits(text.substr(0, 4));
    const auto month = parse_digits(text.substr(5, 2));
    const auto day = parse_digits(text.substr(8, 2));
    if (!year || !month || !day || *year < 1970) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    return date.ok() ? std::optional(StoreClock::Days(date)) : std::nullopt;
}

}  // namespace tillpost::simulator
