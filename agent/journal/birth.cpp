// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/birth.hpp"

#include <algorithm>

#include "agent/event/business_day.hpp"

namespace tillpost {
namespace {

/// A device's clock that is ahead by less is as good as ours: no machine is imaged anew in that time.
constexpr Millis usual_lead{120'000};
/// Beyond this it is rather ours that is behind, if nobody has set it yet: no till records days ahead of its own.
constexpr Millis unlikely_lead = most_days_apart;
/// A clock that is further ahead (another time zone, a wrong date) says no more than one that is ahead by this.
constexpr Millis most_lead{24 * 3'600'000};

std::string local_date(WallTime time) {
    const std::tm parts = local_parts(time);
    const std::chrono::year_month_day day(std::chrono::year(parts.tm_year + 1900),
                                          std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                          std::chrono::day(static_cast<unsigned>(parts.tm_mday)));
    return rfc3339(std::chrono::sys_days(day)).substr(0, 10);
}

}  // namespace

void Birth::set(WallTime at, bool sure) {
    at_ = at;
    sure_ = sure;
    day_ = local_date(at);
    later_ = rfc3339(at + most_lead + std::chrono::days(2)).substr(0, 10);
    ahead_ = {};
}

bool Birth::may_come_after(std::string_view time, std::string_view business_date, const Timestamp& now) {
    const bool by_date = !business_date.empty() && business_date <= day_;
    const bool dated = !time.empty() && time.front() <= '9';
    if (sure_ && dated && time.substr(0, later_.size()) >= later_) return false;
    const auto happened = moment_of(time);
    if (!happened) return by_date;
    const Millis lead = *happened - now.wall;
    if (lead > usual_lead) {
        ahead_ = std::max(ahead_, std::min(lead, most_lead));
        if (!sure_ && lead > unlikely_lead && now.wall - at_ < most_lead) return true;
        return by_date;
    }
    return *happened <= at_ + ahead_;
}

}  // namespace tillpost
