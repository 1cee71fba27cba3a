// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/withheld_run.hpp"

#include <gtest/gtest.h>

namespace tillpost {
namespace {

const SteadyTime start{std::chrono::hours(1)};

TEST(WithheldRunTest, OneLineForManyWhenNoMoreCome) {
    WithheldRun run;
    EXPECT_EQ(run.due(), SteadyTime::max());
    EXPECT_FALSE(run.take(start, false));
    EXPECT_FALSE(run.take(start, true)) << "nothing to say";
    SteadyTime now = start;
    for (Sequence n = 7; n < 567; ++n, now += Millis(20)) {
        run.add(n, 150'000, now);
        EXPECT_FALSE(run.take(now, false));
    }
    const auto said = run.take(run.due(), false);
    ASSERT_TRUE(said);
    EXPECT_EQ(said->count, 560U);
    EXPECT_EQ(said->first, 7U);
    EXPECT_EQ(said->last, 566U);
    EXPECT_EQ(said->bytes, 560U * 150'000U);
    EXPECT_EQ(run.due(), SteadyTime::max());
}

TEST(WithheldRunTest, OneEventIsToldOfWithinAMoment) {
    WithheldRun run;
    run.add(3, 10, start);
    EXPECT_EQ(run.due(), start + WithheldRun::quiet);
    EXPECT_EQ(run.take(run.due(), false)->count, 1U);
}

// A feed that sends one every half second for ever.
TEST(WithheldRunTest, NoMoreThanALineAMinuteAndNoneIsLeftOut) {
    WithheldRun run;
    std::uint64_t lines = 0;
    std::uint64_t told = 0;
    for (int i = 0; i < 7'200; ++i) {
        const SteadyTime now = start + i * Millis(500);
        run.add(static_cast<Sequence>(i + 1), 1, now);
        const auto said = run.take(now, false);
        lines += said ? 1 : 0;
        told += said ? said->count : 0;
    }
    EXPECT_EQ(lines, 59U);
    const auto rest = run.take(start + Millis(3'600'000), true);
    EXPECT_EQ(told + (rest ? rest->count : 0), 7'200U);
}

TEST(WithheldRunTest, TheEndOfAConnectionIsNotWaitedFor) {
    WithheldRun run;
    run.add(3, 10, start);
    EXPECT_EQ(run.take(start, true)->last, 3U);
    run.add(4, 10, start + Millis(1));
    EXPECT_EQ(run.due(), start + WithheldRun::interval);
}

}  // namespace
}  // namespace tillpost
