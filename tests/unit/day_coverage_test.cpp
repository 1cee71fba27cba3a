// SPDX-License-Identifier: Apache-2.0
// [complete-1] An outage is told from no demand: what is said of a feed's trading hours, through kills, clocks that are
// set, summer time and more than finds a place.
#include <nlohmann/json.hpp>

#include "agent/day/coverage.hpp"
#include "tests/unit/day_hours.hpp"

namespace tillpost::day {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;
using nlohmann::json;

const std::string monday = "2026-11-23";

class CoverageTest : public BerlinShopTest {
protected:
    CoverageTest() { settings.tills = {"T01"}; }
    /// Monday 2026-11-23, local time.
    static WallTime at(minutes time) { return sys_days(year(2026) / November / 23) + time - 1h; }
    /// Began on Sunday, with a POS that is connected.
    Coverage coverage() const {
        Coverage made(settings);
        made.begin(at(-12h));
        made.connected(true, at(-11h));
        return made;
    }
    /// A record every ten minutes.
    static void trade(Coverage& of, minutes from, minutes to, std::string_view till = "T01") {
        for (minutes time = from; time <= to; time += 10min) of.heard(till, at(time));
    }
    /// "08:00-10:00 heard, …", local time on Monday.
    static std::string told(const CoverageOfDay& day) {
        std::string text;
        for (const HeardSpan& span : day.spans) {
            const auto clock = [](WallTime time) { return rfc3339(time + 1h).substr(11, 5); };
            text += (text.empty() ? "" : ", ") + clock(span.from) + "-" + clock(span.to) + " ";
            text += name_of(span.what);
        }
        return text;
    }
    static std::string told(const Coverage& of, minutes upto = 48h, const std::string& till = "") {
        return told(of.of(till, monday, at(upto)));
    }
};

TEST_F(CoverageTest, TellsHeardSilentUnconnectedAndDown) {
    Coverage of = coverage();
    trade(of, 8h + 20min, 10h);
    EXPECT_EQ(told(of, 10h + 30min), "08:00-10:30 heard") << "half an hour is no silence yet";
    trade(of, 12h, 13h);
    of.away(at(13h + 5min), at(14h + 40min));
    of.connected(false, at(14h + 40min));
    of.connected(true, at(14h + 41min));
    trade(of, 14h + 50min, 16h);
    of.connected(false, at(16h + 10min));
    EXPECT_EQ(told(of),
              "08:00-10:00 heard, 10:00-12:00 silent, 12:00-13:00 heard, 13:00-13:05 silent, 13:05-14:40 down, "
              "14:40-14:50 silent, 14:50-16:00 heard, 16:00-16:10 silent, "
              "16:10-20:00 unconnected");
    const CoverageOfDay day = of.of("", monday, at(48h));
    EXPECT_EQ(day.upto, at(28h)) << "where the business date ends";
    EXPECT_EQ(day.sums[0] + day.sums[1] + day.sums[2] + day.sums[3] + day.sums[4], 12h);
}

TEST_F(CoverageTest, OneRecordBetweenTwoSilencesPartsThem) {
    Coverage of = coverage();
    of.heard("T01", at(12h));
    EXPECT_EQ(told(of), "08:00-12:00 silent, 12:00-20:00 silent");
}

TEST_F(CoverageTest, ATillIsSilentWhileItsFeedIsHeard) {
    Coverage of = coverage();
    trade(of, 8h, 20h, "T02");
    trade(of, 8h, 12h);
    EXPECT_EQ(told(of), "08:00-20:00 heard");
    EXPECT_EQ(told(of, 48h, "T01"), "08:00-12:00 heard, 12:00-20:00 silent");
    EXPECT_TRUE(of.of("T02", monday, at(48h)).spans.empty()) << "not listed";
    EXPECT_EQ(of.listed(), (std::vector<std::string>{"", "T01"}));
}

TEST_F(CoverageTest, SaysNothingOfWhatItCannotKnow) {
    Coverage of(settings);
    of.begin(at(9h));
    EXPECT_EQ(told(of, 9h + 30min), "08:00-09:00 unknown, 09:00-09:30 heard");
    EXPECT_EQ(told(of, 7h), "") << "the hours are still to come";
    EXPECT_TRUE(of.due(at(20h)).empty());
    EXPECT_EQ(of.due(at(28h)), std::vector<std::string>{monday});
    EXPECT_TRUE(of.of("", "2026-11-29", at(300h)).hours.empty()) << "a Sunday";
}

TEST_F(CoverageTest, AClockThatIsSetMakesNoSilenceAndNoHearing) {
    Coverage ahead = coverage();
    trade(ahead, 8h, 10h);
    ahead.clock_set(at(10h + 5min), at(13h + 5min));
    trade(ahead, 13h + 10min, 20h);
    EXPECT_EQ(told(ahead), "08:00-10:05 heard, 10:05-13:05 unknown, 13:05-20:00 heard");

    Coverage back = coverage();
    trade(back, 8h, 10h);
    trade(back, 15h, 16h);  // by a clock that was wrong by five hours
    back.clock_set(at(16h), at(11h));
    EXPECT_EQ(told(back, 11h), "08:00-10:00 heard, 10:00-11:00 silent");
    trade(back, 11h + 10min, 12h);
    EXPECT_EQ(told(back, 13h + 30min), "08:00-10:00 heard, 10:00-11:10 silent, 11:10-12:00 heard, 12:00-13:30 silent");

    Coverage far = coverage();
    far.told("2036-01-01");
    far.clock_set(at(90'000h), at(12h));
    EXPECT_EQ(far.told_upto(), "2026-11-22") << "what a wrong clock had told is told again when its day ends";
}

struct Change {
    const char* name;
    const char* date;
    minutes from, to, ends_at;
    minutes expected;  ///< Of trading
};
class SummerTimeTest : public CoverageTest, public ::testing::WithParamInterface<Change> {};

TEST_P(SummerTimeTest, FillsTheHoursAsTheClockShowsThem) {
    settings.hours[0] = {{true, true, true, true, true, true, true}, GetParam().from, GetParam().to};
    settings.ends_at = GetParam().ends_at;
    Coverage of(settings);
    of.begin(at(-9000h));
    of.connected(true, at(-9000h));
    const CoverageOfDay day = of.of("", GetParam().date, at(9000h));
    Millis sum{0};
    for (const HeardSpan& span : day.spans) sum += span.to - span.from;
    EXPECT_EQ(sum, GetParam().expected) << told(day);
    EXPECT_EQ(day.sums[1], GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Days, SummerTimeTest,
                         ::testing::Values(Change{"ordinary", "2026-11-23", 8h, 20h, 4h, 12h},
                                           Change{"beyond_midnight", "2026-11-23", 18h, 2h, 4h, 8h},
                                           Change{"beyond_the_days_end", "2026-11-23", 6h, 5h, 4h, 23h},
                                           Change{"all_day", "2026-11-23", 0h, 0h, 4h, 24h},
                                           Change{"all_day_to_midnight", "2026-11-23", 0h, 0h, 0h, 24h},
                                           Change{"spring_all_day", "2026-03-28", 0h, 0h, 4h, 23h},
                                           Change{"spring_in_the_morning", "2026-03-29", 1h, 12h, 0h, 10h},
                                           Change{"autumn_all_day", "2026-10-24", 0h, 0h, 4h, 25h},
                                           Change{"autumn_in_the_morning", "2026-10-25", 1h, 12h, 0h, 12h}),
                         [](const auto& which) { return which.param.name; });

TEST_F(CoverageTest, IsTheSameAfterItWasKept) {
    Coverage of = coverage();
    trade(of, 8h, 10h);
    of.away(at(11h), at(12h));
    of.connected(false, at(12h));
    of.clock_set(at(13h), at(14h));
    Coverage again(settings);
    again.restore(of.state(), at(15h));
    EXPECT_EQ(told(again), told(of));
    EXPECT_EQ(again.state(), of.state());
    settings.tills.emplace_back("T09");
    Coverage more(settings);
    more.restore(of.state(), at(15h));
    EXPECT_EQ(told(more, 15h + 30min, "T09"), "08:00-15:00 unknown, 15:00-15:30 heard") << "listed only now";
    Coverage none(settings);
    for (const char* text : {"", "{}", "[]", R"({"ears":{"":{"stretches":[[1]]}}})", R"({"ears":7})"}) {
        none.restore(text, at(15h));
    }
    EXPECT_EQ(told(none, 7h), "");
}

TEST_F(CoverageTest, WhatFindsNoPlaceIsUnknownAndSaidToBe) {
    settings.silence = 1min;
    Coverage of = coverage();
    const minutes first = 8h;
    for (int i = 0; i < 300; ++i) of.heard("T01", at(first) + i * 2min);
    const CoverageOfDay day = of.of("T01", monday, at(28h));
    EXPECT_EQ(day.spans.size(), Coverage::most_spans);
    EXPECT_EQ(day.left_out, 300 - Coverage::most_spans);
    EXPECT_EQ(day.sums[1], 12h) << "all of it counts";
    const json data = json::parse(coverage_data("feed", "T01", monday, "day_end", day));
    EXPECT_EQ(data["left_out"], day.left_out);

    settings.silence = 2min;  // more stretches than there is room for, in one night
    settings.hours = {{{true, true, true, true, true, true, true}, 0h, 0h}};
    Coverage full = coverage();
    for (int i = 0; i < 1000; ++i) full.heard("T01", at(4h) + i * 129s);
    const CoverageOfDay cut = full.of("T01", monday, at(48h));
    EXPECT_GT(cut.sums[4], 5h);
    EXPECT_EQ(cut.sums[1] + cut.sums[4], 24h);
    EXPECT_LT(full.state().size(), 64'000U);
    full.told(monday);
    EXPECT_EQ(full.of("T01", monday, at(48h)).sums[4], 24h) << "nothing is made up later either";
    trade(full, 28h, 40h);
    EXPECT_EQ(full.of("T01", "2026-11-24", at(40h)).sums[4], 0h) << "the next day has room again";
}

TEST_F(CoverageTest, ManyConnectionsAndKillsAreBounded) {
    Coverage of = coverage();
    for (int i = 0; i < 2000; ++i) {
        of.connected(i % 2 == 1, at(8h) + i * 10s);
        of.away(at(8h) + i * 10s, at(8h) + i * 10s + 1s);
    }
    EXPECT_LT(of.state().size(), 64'000U);
    const CoverageOfDay day = of.of("", monday, at(28h));
    EXPECT_EQ(day.sums[2], 0h) << "who connects for each record is not away";
    EXPECT_EQ(day.sums[3], Millis((Coverage::most_absences - 1) * 1s));
    EXPECT_GT(day.sums[4], 5h) << "of what lies between kills that found no place nobody can say what it was";
}

TEST_F(CoverageTest, ADayIsDueOnceAlsoAfterWeeksAway) {
    Coverage of = coverage();
    EXPECT_EQ(of.due(at(28h)), (std::vector<std::string>{"2026-11-22", monday}));
    of.told(monday);
    EXPECT_TRUE(of.due(at(28h)).empty());
    of.away(at(28h), at(28h + 24h * 60));
    const auto due = of.due(at(28h + 24h * 60));
    ASSERT_EQ(due.size(), 14U);
    EXPECT_EQ(due.back(), "2027-01-22");
    const CoverageOfDay day = of.of("", due.back(), at(28h + 24h * 60));
    EXPECT_EQ(day.sums[3], 12h) << "no demand was not seen: nobody looked";
    settings.hours.clear();
    EXPECT_TRUE(coverage().due(at(28h)).empty()) << "without trading hours nothing can be said";
}

}  // namespace
}  // namespace tillpost::day
