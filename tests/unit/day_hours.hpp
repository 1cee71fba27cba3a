// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "agent/day/settings.hpp"

namespace tillpost::day {

/// A shop in Berlin that is open from 8 to 20 on weekdays and Saturdays, and silent after an hour.
class BerlinShopTest : public ::testing::Test {
protected:
    BerlinShopTest() {
        ::setenv("TZ", "Europe/Berlin", 1);
        ::tzset();
        TradingHours weekdays;
        weekdays.days = {false, true, true, true, true, true, true};
        weekdays.from = std::chrono::hours(8);
        weekdays.to = std::chrono::hours(20);
        settings.hours.push_back(weekdays);
        settings.silence = std::chrono::minutes(60);
    }
    ~BerlinShopTest() override {
        ::unsetenv("TZ");
        ::tzset();
    }
    DaySettings settings;
};

}  // namespace tillpost::day
