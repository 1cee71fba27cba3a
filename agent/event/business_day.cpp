// SPDX-License-Identifier: Apache-2.0
#include "agent/event/business_day.hpp"

#include "agent/event/identifiers.hpp"

namespace tillpost {
std::chrono::sys_days day_of(std::string_view date) {
    const auto number = [date](std::size_t at, std::size_t size) {
        int value = 0;
        for (const char c : date.substr(at, size)) value = 10 * value + (c - '0');
        return value;
    };
    return std::chrono::year(number(0, 4)) / number(5, 2) / number(8, 2);
}

bool is_far_from(std::string_view business_date, std::chrono::sys_days today) {
    if (!is_date(business_date)) return false;
    return std::chrono::abs(day_of(business_date) - today) > most_days_apart;
}

}  // namespace tillpost
