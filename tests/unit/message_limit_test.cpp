// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/message_limit.hpp"

#include <gtest/gtest.h>

#include "tests/unit/delivery_fixture.hpp"

namespace tillpost::test {
namespace {

using Trial = MessageLimit::Trial;

class MessageLimitTest : public ::testing::Test {
protected:
    void lose(const MessageLimit::Message& message, int times) {
        for (; times > 0; --times) limit.lost(message, false, now);
    }
    MessageLimit limit;
    const MessageLimit::Message batch{{10, 29}, 16'000, 16'040};
    const MessageLimit::Message one{{10, 10}, 9'000, 9'040};
    SteadyTime now = SteadyTime() + 1h;
};

TEST_F(MessageLimitTest, HalvesWhatIsRefusedAsTooLarge) {
    EXPECT_FALSE(limit.refused(batch, now));
    EXPECT_EQ(limit.bytes(), 8'000U);
    EXPECT_FALSE(limit.refused(batch, now)) << "of the same window: nothing new";
    EXPECT_EQ(limit.bytes(), 8'000U);
    EXPECT_FALSE(limit.refused({{50, 51}, 4'200, 4'240}, now));
    EXPECT_EQ(limit.bytes(), 2'100U);
    EXPECT_TRUE(limit.refused(one, now));
    EXPECT_FALSE(limit.refused({{10, 10}, MessageLimit::smallest, 600}, now)) << "a tombstone is as large";
}

TEST_F(MessageLimitTest, HalvesAfterThreeLossesUnlessOneAsLargeIsAcknowledged) {
    lose(batch, 2);
    limit.acknowledged({{1, 20}, 15'999, 16'100});
    lose({{40, 60}, 17'000, 17'100}, 1);
    EXPECT_EQ(limit.bytes(), 8'000U) << "half of the smallest of them";
    const MessageLimit::Message half{{10, 19}, 8'000, 8'040};
    lose(half, 2);
    limit.acknowledged(half);
    lose(half, 2);
    EXPECT_EQ(limit.bytes(), 8'000U);
    lose(half, 1);
    EXPECT_EQ(limit.bytes(), 4'000U);
    limit.lost({{15, 19}, 4'000, 4'000}, true, now);
    EXPECT_EQ(limit.bytes(), 2'000U) << "said by the broker: at once";
}

TEST_F(MessageLimitTest, HalvesWhatIsAcknowledgedAndNeverComes) {
    for (int i = 0; i < 3; ++i) limit.missed(batch, now);
    EXPECT_EQ(limit.bytes(), 8'000U);
    EXPECT_FALSE(limit.missing());
    for (int i = 0; i < 99; ++i) limit.missed(one, now);
    EXPECT_FALSE(limit.suspect()) << "what only does not come is never given up";
    ASSERT_TRUE(limit.missing());
    EXPECT_EQ(limit.missing()->range.from, 10U);
    limit.covered(10);
    EXPECT_FALSE(limit.missing());
}

TEST_F(MessageLimitTest, TriesALimitAgainEverMoreSeldom) {
    (void)limit.refused(batch, now);
    limit.sent(now + 59min);
    EXPECT_EQ(limit.bytes(), 8'000U);
    limit.sent(now += 60min);
    EXPECT_EQ(limit.bytes(), 16'000U);
    (void)limit.refused(batch, now);
    limit.sent(now + 119min);
    EXPECT_EQ(limit.bytes(), 8'000U);
    for (int i = 0; i < 10; ++i) limit.sent(now += 120min);
    EXPECT_EQ(limit.bytes(), MessageLimit::unlimited);
}

struct Trials {
    const char* name;
    std::vector<Trial> outcomes;
    bool given_up;
    bool still_suspect = false;
};

void PrintTo(const Trials& which, std::ostream* out) { *out << which.name; }

class MessageTrialTest : public MessageLimitTest, public ::testing::WithParamInterface<Trials> {};

TEST_P(MessageTrialTest, GivesUpOnlyWhatItsSizeKeepsFromPassing) {
    lose(one, 3);
    ASSERT_TRUE(limit.suspect());
    EXPECT_EQ(limit.suspect()->packet, 9'040U);
    bool given_up = false;
    for (const Trial outcome : GetParam().outcomes) given_up = limit.tried(outcome);
    EXPECT_EQ(given_up, GetParam().given_up);
    EXPECT_EQ(limit.suspect().has_value(), GetParam().still_suspect);
    if (given_up || GetParam().still_suspect) return;
    lose(one, 2);
    EXPECT_FALSE(limit.suspect()) << "all begins anew";
}

INSTANTIATE_TEST_SUITE_P(
    Of, MessageTrialTest,
    ::testing::Values(
        Trials{"refused", {Trial::refused}, true},
        Trials{"closed_five_times", {Trial::closed, Trial::closed, Trial::closed, Trial::closed, Trial::closed}, true},
        Trials{"closed_four_times", {Trial::closed, Trial::closed, Trial::closed, Trial::closed}, false, true},
        Trials{"passed", {Trial::passed}, false},
        Trials{"passed_in_between", {Trial::closed, Trial::closed, Trial::passed, Trial::closed}, false},
        Trials{
            "the_line_fell_silent", {Trial::closed, Trial::closed, Trial::closed, Trial::closed, Trial::open}, false},
        Trials{"taken_over", {Trial::open, Trial::open, Trial::open}, false}),
    [](const auto& which) { return std::string(which.param.name); });

TEST_F(MessageLimitTest, SuspectsNothingAsSmallAsATombstone) {
    lose({{10, 10}, MessageLimit::smallest, 600}, 9);
    EXPECT_FALSE(limit.suspect());
}

// [once-1] An outage withholds nothing, however often the connection is lost with the same event on its way.
TEST_F(MessageLimitTest, NoLossAloneGivesAnythingUp) {
    lose(one, 1'000);
    EXPECT_TRUE(limit.suspect()) << "it is tried, and that is all";
    limit.acknowledged(one);
    EXPECT_FALSE(limit.suspect());
}

class SizedDeliveryTest : public DeliveryTest {
protected:
    void SetUp() override {
        journal(40);
        connect();
        hello();
        receipt(0);
    }
};

TEST_F(SizedDeliveryTest, SendsARefusedBatchInHalvesAtOnce) {
    ASSERT_EQ(send_all(10, false).front(), (Range{1, 10}));
    EXPECT_FALSE(delivery.too_large(1, now));
    const auto decision = delivery.next(now);
    ASSERT_EQ(decision.action, Action::send);
    EXPECT_EQ(decision.range.from, 1U);
    EXPECT_EQ(decision.bytes, 2'500U);
    delivery.sent(decision.lane, {1, 1}, 5'000, 77, now);
    EXPECT_EQ(delivery.too_large(77, now), std::optional<Sequence>(1));
    EXPECT_FALSE(delivery.too_large(77, now)) << "answered";
    EXPECT_EQ(delivery.next(now).range.from, 1U) << "its tombstone goes in its place";
}

TEST_F(SizedDeliveryTest, WhatIsAsSmallAsATombstoneWaitsAsForAnyRefusal) {
    delivery.sent(Lane::backlog, {1, 1}, 300, 1, now);
    EXPECT_FALSE(delivery.too_large(1, now));
    EXPECT_EQ(delivery.next(now).action, Action::wait);
}

TEST_F(SizedDeliveryTest, TheOldestUnansweredIsTheOneThatTheConnectionWasLostWith) {
    for (int i = 0; i < 3; ++i) {
        delivery.sent(Lane::backlog, {1, 4}, 2'000, 1, now);
        delivery.sent(Lane::backlog, {5, 24}, 10'000, 2, now);
        (void)delivery.acknowledged(1, now);
        delivery.lost(false, now);
        connect();
        hello();
        receipt(4);
    }
    EXPECT_EQ(delivery.size().bytes(), 5'000U);
    delivery.another_broker();
    EXPECT_EQ(delivery.size().bytes(), MessageLimit::unlimited);
}

TEST_F(SizedDeliveryTest, AfterALossOneMessageGoesAloneUntilItIsAcknowledged) {
    ASSERT_EQ(send_all(5, false).size(), 4U) << "as many as the window";
    delivery.lost(false, now);
    connect();
    hello();
    receipt(0);
    ASSERT_EQ(send_all(5, false), (std::vector<Range>{{1, 5}}));
    (void)delivery.acknowledged(ticket, now);
    EXPECT_GT(send_all(5, false).size(), 1U);
}

TEST_F(SizedDeliveryTest, WhatCentralLacksThoughTheBrokerHasItGoesInHalves) {
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(delivery.next(now).action, Action::send) << i;
        delivery.sent(Lane::backlog, {1, 20}, 10'000, ++ticket, now);
        (void)delivery.acknowledged(ticket, now);
        now += 20s;
        hello();
        receipt(0);
    }
    EXPECT_EQ(delivery.next(now).bytes, 5'000U);
}

}  // namespace
}  // namespace tillpost::test
