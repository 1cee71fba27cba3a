// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "agent/forward/refusal.hpp"

namespace tillpost {
namespace {

constexpr const char* forbidden = "0x87 not authorized";

TEST(RefusalTest, KnowsSinceWhenAndSaysItsBeginningAndItsEnd) {
    Refusal refusal;
    const SteadyTime now{std::chrono::hours(1)};
    const WallTime noon{std::chrono::hours(12)};
    EXPECT_FALSE(refusal.taken()) << "nothing was refused";
    EXPECT_EQ(refusal.refused(forbidden, noon, now), 1U);
    EXPECT_EQ(refusal.refused(forbidden, noon + Millis(500), now + Millis(500)), 0U);
    EXPECT_EQ(refusal.reason(), forbidden);
    EXPECT_EQ(refusal.since(), noon) << "the first of them";
    const auto ended = refusal.taken();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason, forbidden);
    EXPECT_EQ(ended->since, noon);
    EXPECT_EQ(ended->messages, 2U);
    EXPECT_EQ(refusal.reason(), "");
    EXPECT_FALSE(refusal.taken()) << "it was said";
}

TEST(RefusalTest, ABrokerThatRefusesEachSecondMessageDoesNotFillTheLog) {
    Refusal refusal;
    SteadyTime now{std::chrono::hours(1)};
    int lines = 0;
    for (int i = 0; i < 10'000; ++i) {
        now += Millis(10);
        lines += refusal.refused(forbidden, WallTime(), now) > 0 ? 1 : 0;
        lines += refusal.taken() ? 1 : 0;
    }
    EXPECT_EQ(lines, 4) << "of 100 s: at once, and after a minute";
}

}  // namespace
}  // namespace tillpost
