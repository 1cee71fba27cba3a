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

void mark_business_date(Event& event, std::chrono::sys_days today) {
    if (!is_date(event.business_date)) return;
    const std::chrono::days apart = day_of(event.business_date) - today;
    if (std::chrono::abs(apart) > most_days_apart) event.quality.mark("business_date", "/business_date");
}

}  // namespace tillpost
