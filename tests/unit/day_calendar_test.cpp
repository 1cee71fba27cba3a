// SPDX-License-Identifier: Apache-2.0
// Business days by the wall clock, through both changes of summer time.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <set>

#include "agent/day/calendar.hpp"

namespace tillpost::day {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

class CalendarTest : public ::testing::Test {
protected:
    CalendarTest() { zone("Europe/Berlin"); }
    ~CalendarTest() override {
        ::unsetenv("TZ");
        ::tzset();
    }
    static void zone(const char* name) {
        ::setenv("TZ", name, 1);
        ::tzset();
    }
    static sys_days day_of(const std::string& date) {
        return year(std::stoi(date)) / month(static_cast<unsigned>(std::stoi(date.substr(5)))) /
               std::chrono::day(static_cast<unsigned>(std::stoi(date.substr(8))));
    }
    static WallTime utc(int year_number, unsigned month_number, unsigned day_number, minutes time) {
        return sys_days(year(year_number) / month(month_number) / day_number) + time;
    }
};

TEST_F(CalendarTest, AfterMidnightItIsStillTheDayBefore) {
    EXPECT_EQ(business_date_at(utc(2026, 11, 23, 22h + 59min), 4h), "2026-11-23");
    EXPECT_EQ(business_date_at(utc(2026, 11, 23, 23h + 30min), 4h), "2026-11-23") << "00:30 local";
    EXPECT_EQ(local_date(utc(2026, 11, 23, 23h + 30min)), "2026-11-24");
    EXPECT_EQ(business_date_at(utc(2026, 11, 24, 3h), 4h), "2026-11-24");
    EXPECT_EQ(last_ended(utc(2026, 11, 24, 2h + 59min), 4h), "2026-11-22");
    EXPECT_EQ(last_ended(utc(2026, 11, 24, 3h), 4h), "2026-11-23");
    EXPECT_EQ(business_date_at(utc(2026, 12, 31, 23h + 30min), 0min), "2027-01-01") << "days may end at midnight";
    EXPECT_EQ(last_ended(utc(2027, 1, 1, 1h), 4h), "2026-12-30");
}

TEST_F(CalendarTest, TheNextEndIsToday) {
    EXPECT_EQ(next_local(utc(2026, 11, 23, 12h), 4h), utc(2026, 11, 24, 3h));
    EXPECT_EQ(next_local(utc(2026, 11, 24, 1h), 4h), utc(2026, 11, 24, 3h));
    EXPECT_EQ(next_local(utc(2026, 11, 24, 3h), 4h), utc(2026, 11, 25, 3h)) << "behind now, always";
    EXPECT_EQ(next_local(utc(2026, 3, 28, 12h), 4h), utc(2026, 3, 29, 2h)) << "summer time begins";
    EXPECT_EQ(next_local(utc(2026, 10, 24, 12h), 4h), utc(2026, 10, 25, 3h)) << "and ends";
}

// Every day ends once, in order, whichever time it ends at: also at 02:30, which one day has not and another has twice.
TEST_F(CalendarTest, EveryDayEndsOnceThroughBothChangesOfSummerTime) {
    for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"}) {
        zone(name);
        for (const minutes ends_at : {0min, minutes(2h + 30min), minutes(4h), minutes(23h + 59min)}) {
            WallTime now = utc(2026, 1, 10, 12h);
            std::string ended = last_ended(now, ends_at);
            std::set<std::string> dates{ended};
            while (now < utc(2026, 12, 10, 12h)) {
                const WallTime next = next_local(now, ends_at);
                ASSERT_GT(next, now) << name;
                ASSERT_LE(next - now, 26h) << name;
                now = next + 1ms;
                ended = std::max(ended, last_ended(now, ends_at));
                dates.insert(ended);
            }
            const auto days = day_of(*dates.rbegin()) - day_of(*dates.begin());
            EXPECT_EQ(dates.size(), static_cast<std::size_t>(days.count()) + 1) << name << " " << ends_at.count();
            EXPECT_GE(*dates.rbegin(), "2026-12-08");
        }
    }
}

}  // namespace
}  // namespace tillpost::day
