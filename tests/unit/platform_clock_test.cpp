// SPDX-License-Identifier: Apache-2.0
#include "platform/clock.hpp"

#include <gtest/gtest.h>

namespace tillpost {
namespace {

struct Case {
    std::int64_t millis;
    const char* text;
};

class Rfc3339Test : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(Times, Rfc3339Test,
                         ::testing::Values(Case{0, "1970-01-01T00:00:00.000Z"}, Case{1, "1970-01-01T00:00:00.001Z"},
                                           Case{-1, "1969-12-31T23:59:59.999Z"},
                                           Case{-1000, "1969-12-31T23:59:59.000Z"},
                                           Case{-1001, "1969-12-31T23:59:58.999Z"},
                                           Case{-2'208'988'800'000, "1900-01-01T00:00:00.000Z"},
                                           Case{951'782'400'000, "2000-02-29T00:00:00.000Z"},
                                           Case{1'795'428'930'123, "2026-11-23T10:15:30.123Z"},
                                           Case{2'147'483'648'000, "2038-01-19T03:14:08.000Z"},
                                           Case{4'107'542'399'999, "2100-02-28T23:59:59.999Z"},
                                           Case{253'402'300'799'999, "9999-12-31T23:59:59.999Z"}));

TEST_P(Rfc3339Test, IsWrittenInUtcWithMilliseconds) {
    EXPECT_EQ(rfc3339(WallTime(Millis(GetParam().millis))), GetParam().text);
}

TEST(OffsetText, IsAsRfc3339WritesIt) {
    const std::pair<int, const char*> table[] = {{0, "+00:00"},   {60, "+01:00"},  {-210, "-03:30"},
                                                 {345, "+05:45"}, {840, "+14:00"}, {-720, "-12:00"}};
    for (const auto& [minutes, text] : table) EXPECT_EQ(offset_text(std::chrono::minutes(minutes)), text);
}

TEST(WallOf, IsWhatPassedBeforeNowWhateverTheClockDidSince) {
    const WallTime noon{Millis(1'795'435'200'000)};
    const Timestamp then{noon, Millis(5'000), true};
    const auto later = [&](Millis passed, Millis set_by) {
        return Timestamp{noon + passed + set_by, then.since_boot + passed, true};
    };
    const Millis hour{3'600'000}, years{7LL * 365 * 86'400'000};
    EXPECT_EQ(wall_of(then, later(hour, Millis(0))), noon);
    EXPECT_EQ(wall_of(then, later(hour, Millis(2'000))), noon) << "it does not flicker";
    EXPECT_EQ(wall_of(then, later(hour, -Millis(1'999))), noon);
    EXPECT_EQ(wall_of(then, later(hour, years)), noon + years);
    EXPECT_EQ(wall_of(then, later(hour, -years)), noon - years);
    EXPECT_EQ(wall_of(then, later(Millis(0), years)), noon + years);
}

TEST(SystemClockTest, ReadsAllThreeClocks) {
    const SystemClock clock;
    const Timestamp first = clock.now();
    const Timestamp second = clock.now();
    EXPECT_GT(first.since_boot, Millis(0));
    EXPECT_GE(second.since_boot, first.since_boot);
    EXPECT_GT(first.wall, WallTime(std::chrono::sys_days(std::chrono::year(2020) / 1 / 1)));
}

TEST(SystemClockTest, KnowsTheBootByThirtyTwoHexDigits) {
    const SystemClock clock;
    EXPECT_EQ(clock.boot_id().size(), 32U);
    EXPECT_EQ(clock.boot_id().find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(clock.boot_id(), SystemClock().boot_id());
}

}  // namespace
}  // namespace tillpost
