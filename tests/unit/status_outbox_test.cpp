// SPDX-License-Identifier: Apache-2.0
#include "agent/status/outbox.hpp"

#include <gtest/gtest.h>

namespace tillpost::test {
namespace {

TEST(OutboxTest, GivesWhatItGotInOrder) {
    Outbox outbox(100);
    EXPECT_TRUE(outbox.empty());
    outbox.offer("one\n");
    EXPECT_TRUE(outbox.add("two\n"));
    EXPECT_FALSE(outbox.empty());
    EXPECT_EQ(outbox.take(), "one\ntwo\n");
    EXPECT_TRUE(outbox.empty());
}

TEST(OutboxTest, CountsWhatDidNotFitAndSaysSoInItsPlace) {
    Outbox outbox(10);
    outbox.offer("12345678\n");
    outbox.offer("90\n");
    outbox.offer("a\n");
    EXPECT_EQ(outbox.take(), "12345678\n{\"skipped\":2}\n");
    outbox.written();
    outbox.offer("b\n");
    EXPECT_EQ(outbox.take(), "b\n") << "the gap is told once";
}

TEST(OutboxTest, NeverPutsLaterNewsBeforeAGap) {
    Outbox outbox(6);
    outbox.offer("1234\n");
    outbox.offer("too long\n");
    outbox.offer("5");  // this one would fit
    EXPECT_EQ(outbox.take(), "1234\n{\"skipped\":2}\n");
}

TEST(OutboxTest, CountsWhatIsBeingWrittenAgainstItsBound) {
    Outbox outbox(6);
    outbox.offer("1234\n");
    EXPECT_EQ(outbox.take(), "1234\n");
    EXPECT_FALSE(outbox.add("ab\n"));
    outbox.written();
    EXPECT_TRUE(outbox.add("ab\n"));
}

TEST(OutboxTest, IsNotEmptyWhileAGapIsUntold) {
    Outbox outbox(1);
    outbox.offer("long\n");
    EXPECT_FALSE(outbox.empty());
    EXPECT_EQ(outbox.take(), "{\"skipped\":1}\n");
    EXPECT_TRUE(outbox.empty());
}

}  // namespace
}  // namespace tillpost::test
