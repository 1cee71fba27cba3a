// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "drivers/scanner/absence.hpp"

namespace tillpost {
namespace {

constexpr SteadyTime start{std::chrono::hours(1)};

TEST(AbsenceTest, IsToldOnceWhenItHasLasted) {
    Absence absence(Millis(10'000));
    EXPECT_FALSE(absence.gone(start));
    EXPECT_FALSE(absence.gone(start + Millis(9'999)));
    EXPECT_EQ(absence.gone(start + Millis(12'000)), Millis(12'000));
    EXPECT_FALSE(absence.gone(start + Millis(60'000)));
    EXPECT_EQ(absence.back(start + Millis(70'000)), Millis(70'000));
    EXPECT_FALSE(absence.back(start + Millis(71'000)));
}

TEST(AbsenceTest, IsNotToldWhileItIsShort) {
    Absence absence(Millis(10'000));
    EXPECT_FALSE(absence.back(start)) << "there from the beginning";
    for (int round = 0; round < 5; ++round) {
        const SteadyTime now = start + Millis(round * 20'000);
        EXPECT_FALSE(absence.gone(now));
        EXPECT_FALSE(absence.back(now + Millis(9'000)));
    }
    EXPECT_FALSE(absence.gone(start + Millis(200'000))) << "each absence by itself";
}

TEST(AbsenceTest, SaysHowLongUntilItIsWorthTelling) {
    Absence absence(Millis(10'000));
    EXPECT_EQ(absence.untold(start), Millis::max()) << "it is there";
    (void)absence.gone(start);
    EXPECT_EQ(absence.untold(start + Millis(4'000)), Millis(6'000));
    const SteadyTime then = start + Millis(4'000) + absence.untold(start + Millis(4'000));
    EXPECT_EQ(absence.gone(then), Millis(10'000)) << "a look at that moment tells it";
    EXPECT_EQ(absence.untold(then), Millis::max());
    (void)absence.back(then);
    (void)absence.gone(then);
    EXPECT_EQ(absence.untold(then + Millis(11'000)), Millis(0)) << "overdue";
}

}  // namespace
}  // namespace tillpost
