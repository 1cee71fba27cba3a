// SPDX-License-Identifier: Apache-2.0
#include "agent/event/business_day.hpp"

#include "agent/event/identifiers.hpp"

namespace tillpost {
namespace {

/// Of decimal digits alone.
int decimal_in(std::string_view text, std::size_t at, std::size_t size) {
    int value = 0;
    for (const char c : text.substr(at, size)) value = 10 * value + (c - '0');
    return value;
}

}  // namespace

std::chrono::sys_days day_of(std::string_view date) {
    return std::chrono::year(decimal_in(date, 0, 4)) / decimal_in(date, 5, 2) / decimal_in(date, 8, 2);
}

std::optional<std::chrono::sys_time<std::chrono::milliseconds>> moment_of(std::string_view date_time) {
    using std::chrono::hours, std::chrono::minutes, std::chrono::seconds, std::chrono::milliseconds;
    if (!is_date_time(date_time)) return std::nullopt;
    const auto number = [date_time](std::size_t at, std::size_t size) { return decimal_in(date_time, at, size); };
    std::size_t at = 19;
    int fraction = 0;
    if (date_time[at] == '.') {
        int unit = 100;
        for (++at; date_time[at] >= '0' && date_time[at] <= '9'; ++at, unit /= 10) {
            fraction += unit * (date_time[at] - '0');
        }
    }
    minutes offset{};
    if (at + 6 == date_time.size()) offset = hours(number(at + 1, 2)) + minutes(number(at + 4, 2));
    if (date_time[at] == '-') offset = -offset;
    const std::chrono::sys_time<milliseconds> local = day_of(date_time.substr(0, 10)) + hours(number(11, 2)) +
                                                      minutes(number(14, 2)) + seconds(number(17, 2)) +
                                                      milliseconds(fraction);
    return local - offset;
}

bool is_far_from(std::string_view business_date, std::chrono::sys_days today) {
    if (!is_date(business_date)) return false;
    return std::chrono::abs(day_of(business_date) - today) > most_days_apart;
}

}  // namespace tillpost
