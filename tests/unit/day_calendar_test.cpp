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
    EXPECT_EQ(business_date_at(utc(2026, 11, 24, 3h), 4h), "2026-11-24");
    EXPECT_EQ(last_ended(utc(2026, 11, 24, 2h + 59min), 4h), "2026-11-22");
    EXPECT_EQ(last_ended(utc(2026, 11, 24, 3h), 4h), "2026-11-23");
    EXPECT_EQ(business_date_at(utc(2026, 12, 31, 23h + 30min), 0min), "2027-01-01") << "days may end at midnight";
    EXPECT_EQ(last_ended(utc(2027, 1, 1, 1h), 4h), "2026-12-30");
    EXPECT_EQ(date_after("2026-12-31", 1), "2027-01-01");
    EXPECT_EQ(date_after("2028-03-01", -1), "2028-02-29");
    EXPECT_EQ(date_after("", 1), "1970-01-02") << "nobody asks, and nothing breaks";
}

TEST_F(CalendarTest, TheNextEndIsToday) {
    EXPECT_EQ(next_end(utc(2026, 11, 23, 12h), 4h), utc(2026, 11, 24, 3h));
    EXPECT_EQ(next_end(utc(2026, 11, 24, 1h), 4h), utc(2026, 11, 24, 3h));
    EXPECT_EQ(next_end(utc(2026, 11, 24, 3h), 4h), utc(2026, 11, 25, 3h)) << "behind now, always";
    EXPECT_EQ(next_end(utc(2026, 3, 28, 12h), 4h), utc(2026, 3, 29, 2h)) << "summer time begins";
    EXPECT_EQ(next_end(utc(2026, 10, 24, 12h), 4h), utc(2026, 10, 25, 3h)) << "and ends";
    EXPECT_EQ(next_end(utc(2026, 3, 28, 12h), 2h + 30min), utc(2026, 3, 29, 1h)) << "02:30 is left out: 03:00";
    EXPECT_EQ(next_end(utc(2026, 10, 24, 12h), 2h + 30min), utc(2026, 10, 25, 30min)) << "02:30 comes twice: the first";
}

// 02:10 comes again behind 02:30: the day that has begun stays begun.
TEST_F(CalendarTest, NoDayComesBackWhenTheClockIsSetBack) {
    EXPECT_EQ(business_date_at(utc(2026, 10, 25, 10min), 2h + 30min), "2026-10-24") << "02:10 the first time";
    EXPECT_EQ(business_date_at(utc(2026, 10, 25, 40min), 2h + 30min), "2026-10-25");
    EXPECT_EQ(business_date_at(utc(2026, 10, 25, 1h + 10min), 2h + 30min), "2026-10-25") << "02:10 again";
    zone("America/St_Johns");  // until 2011 clocks went back from 00:01 to 23:01 of the day before
    EXPECT_EQ(business_date_at(utc(2010, 11, 7, 2h + 30min), 0min), "2010-11-07") << "00:00";
    EXPECT_EQ(business_date_at(utc(2010, 11, 7, 2h + 45min), 0min), "2010-11-07") << "23:15 again";
}

// Every day ends once, in order, whichever time it ends at: also at 02:30, which one day has not and another has twice.
TEST_F(CalendarTest, EveryDayEndsOnceThroughBothChangesOfSummerTime) {
    for (const char* name : {"Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "UTC"}) {
        zone(name);
        for (const minutes ends_at : {0min, minutes(2h + 30min), minutes(4h), minutes(23h + 59min)}) {
            WallTime now = utc(2026, 1, 10, 12h);
            std::string ended = last_ended(now, ends_at);
            while (now < utc(2026, 12, 10, 12h)) {
                const WallTime next = next_end(now, ends_at);
                ASSERT_GT(next, now) << name;
                ASSERT_LE(next - now, 25h) << name;
                EXPECT_EQ(last_ended(next - 1ms, ends_at), ended) << name;
                const std::string then = last_ended(next, ends_at);
                ASSERT_EQ(then, date_after(ended, 1)) << name << " " << ends_at.count();
                ASSERT_EQ(begin_of(date_after(then, 1), ends_at), next) << name;
                ended = then;
                now = next;
            }
        }
    }
}

struct HoursCase {
    const char* name;
    const char* zone;
    const char* date;
    minutes from, to, ends_at;
    const char* hours;  ///< UTC, in their order
};
void PrintTo(const HoursCase& each, std::ostream* out) { *out << each.name; }

class TradingHoursTest : public CalendarTest, public ::testing::WithParamInterface<HoursCase> {
protected:
    static std::string text(const Trading& each) {
        return rfc3339(each.from).substr(5, 11) + "-" + rfc3339(each.to).substr(11, 5);
    }
    std::vector<TradingHours> hours{{{true, true, true, true, true, true, true}, GetParam().from, GetParam().to}};
};

// What the clock shows twice are hours twice, what it leaves out are none.
TEST_P(TradingHoursTest, HoldWheneverTheClockShowsThem) {
    zone(GetParam().zone);
    std::string found;
    for (const Trading& each : trading_of(GetParam().date, GetParam().ends_at, hours)) {
        found += (found.empty() ? "" : ", ") + text(each);
        for (const WallTime at : {each.from, each.to - 1ms}) {
            const auto now = trading_at(at, hours);
            ASSERT_TRUE(now);
            EXPECT_TRUE(now->from <= at && at < now->to) << rfc3339(at) << " is of " << text(*now);
        }
        const auto behind = trading_at(each.to, hours);
        ASSERT_TRUE(behind);
        EXPECT_GE(behind->from, each.to) << text(*behind);
    }
    EXPECT_EQ(found, GetParam().hours);
}

INSTANTIATE_TEST_SUITE_P(
    Days, TradingHoursTest,
    ::testing::Values(
        HoursCase{"ordinary", "Europe/Berlin", "2026-11-23", 8h, 20h, 4h, "11-23T07:00-19:00"},
        HoursCase{"autumn_twice", "Europe/Berlin", "2026-10-24", 2h + 10min, 2h + 50min, 4h,
                  "10-25T00:10-00:50, 10-25T01:10-01:50"},
        HoursCase{"autumn_through", "Europe/Berlin", "2026-10-24", 22h, 3h + 30min, 4h, "10-24T20:00-02:30"},
        HoursCase{"autumn_to_the_hour", "Europe/Berlin", "2026-10-24", 22h, 2h, 4h, "10-24T20:00-00:00"},
        HoursCase{"autumn_into_it", "Europe/Berlin", "2026-10-24", 22h, 2h + 30min, 4h,
                  "10-24T20:00-00:30, 10-25T01:00-01:30"},
        HoursCase{"autumn_out_of_it", "Europe/Berlin", "2026-10-25", 2h + 30min, 6h, 0h,
                  "10-25T00:30-01:00, 10-25T01:30-05:00"},
        HoursCase{"spring_from_what_is_left_out", "Europe/Berlin", "2026-03-28", 2h + 30min, 3h + 30min, 4h,
                  "03-29T01:00-01:30"},
        HoursCase{"spring_left_out", "Europe/Berlin", "2026-03-28", 2h + 10min, 2h + 50min, 4h, ""},
        HoursCase{"spring_until_what_is_left_out", "Europe/Berlin", "2026-03-28", 22h, 2h + 30min, 4h,
                  "03-28T21:00-01:00"},
        HoursCase{"spring_through", "Europe/Berlin", "2026-03-28", 22h, 3h + 30min, 4h, "03-28T21:00-01:30"},
        HoursCase{"half_an_hour_twice", "Australia/Lord_Howe", "2026-04-04", 1h + 40min, 1h + 50min, 4h,
                  "04-04T14:40-14:50, 04-04T15:10-15:20"},
        HoursCase{"midnight_left_out", "America/Santiago", "2026-09-05", 20h, 30min, 4h, "09-06T00:00-04:00"},
        HoursCase{"midnight_twice", "America/Santiago", "2026-04-04", 23h + 30min, 30min, 4h,
                  "04-05T02:30-03:00, 04-05T03:30-04:30"}),
    [](const auto& which) { return which.param.name; });

}  // namespace
}  // namespace tillpost::day
