// SPDX-License-Identifier: Apache-2.0
// [complete-1] A till that says nothing while it should is noticed, and never outside its trading hours.
#include "agent/day/silence_watch.hpp"
#include "tests/unit/day_hours.hpp"

namespace tillpost::day {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

class SilenceTest : public BerlinShopTest {
protected:
    /// Monday 2026-11-23, local time.
    static WallTime at(minutes time, int days_later = 0) {
        return sys_days(year(2026) / November / 23) + days(days_later) + time - 1h;
    }
    static std::string told(const std::vector<SilenceWatch::Silent>& silent) {
        std::string text;
        for (const auto& each : silent) text += "[" + each.till + " " + rfc3339(each.since).substr(11, 5) + "]";
        return text;
    }
};

TEST_F(SilenceTest, TellsOnceAndAgainOnlyWhenSomethingCame) {
    SilenceWatch watch(settings, at(6h));
    EXPECT_EQ(watch.next(at(6h)), at(9h)) << "an hour after the hours begin";
    EXPECT_EQ(told(watch.silent(at(8h + 59min))), "");
    EXPECT_EQ(told(watch.silent(at(9h))), "[ 07:00]") << "08:00 local";
    EXPECT_EQ(told(watch.silent(at(10h))), "") << "told already";
    watch.heard("T01", at(10h + 30min));
    EXPECT_EQ(watch.next(at(10h + 30min)), at(11h + 30min));
    EXPECT_EQ(told(watch.silent(at(11h + 29min))), "");
    EXPECT_EQ(told(watch.silent(at(11h + 30min))), "[ 09:30]");
}

TEST_F(SilenceTest, IsQuietOutsideTheHoursAndOnSundays) {
    SilenceWatch watch(settings, at(6h));
    watch.heard("", at(19h + 30min));
    EXPECT_EQ(told(watch.silent(at(20h + 30min))), "");
    EXPECT_EQ(told(watch.silent(at(12h, 6))), "") << "Sunday";
    EXPECT_EQ(told(watch.silent(at(9h, 7))), "[ 07:00]") << "the next hours begin anew";
    EXPECT_EQ(watch.next(at(21h, 5)), at(9h, 7)) << "over a Sunday";
}

TEST_F(SilenceTest, NamesTheTillUnlessTheWholeFeedIsSilent) {
    settings.tills = {"T01", "T02"};
    SilenceWatch watch(settings, at(6h));
    EXPECT_EQ(told(watch.silent(at(9h))), "[ 07:00]");
    watch.heard("T01", at(9h + 10min));
    EXPECT_EQ(told(watch.silent(at(9h + 10min))), "[T02 07:00]");
    watch.heard("T02", at(9h + 20min));
    watch.heard("unlisted", at(10h));
    EXPECT_EQ(told(watch.silent(at(10h + 10min))), "[T01 08:10]");
}

TEST_F(SilenceTest, FollowsHoursBeyondMidnightAndTheAgentsStart) {
    settings.hours[0].from = 18h;
    settings.hours[0].to = 2h;
    SilenceWatch watch(settings, at(25h));
    EXPECT_EQ(told(watch.silent(at(25h + 30min))), "") << "the agent has just come";
    settings.silence = 30min;
    SilenceWatch impatient(settings, at(25h));
    EXPECT_EQ(told(impatient.silent(at(25h + 30min))), "[ 00:00]");
    settings.hours.clear();
    EXPECT_EQ(SilenceWatch(settings, at(6h)).next(at(6h)), std::nullopt);
}

}  // namespace
}  // namespace tillpost::day
