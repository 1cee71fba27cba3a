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

TEST_F(MessageLimitTest, TriesTheSizeAfterThreeLossesUnlessOneAsLargeIsAcknowledged) {
    lose(batch, 2);
    limit.acknowledged({{1, 20}, 15'999, 16'100}, now);
    EXPECT_FALSE(limit.suspect());
    lose({{40, 60}, 17'000, 17'100}, 1);
    ASSERT_TRUE(limit.suspect());
    EXPECT_EQ(limit.suspect()->packet, 16'040U) << "the smallest of them";
    EXPECT_EQ(limit.bytes(), MessageLimit::unlimited) << "not before the trial";
    EXPECT_FALSE(limit.tried(Trial::closed, now));
    EXPECT_EQ(limit.bytes(), 8'000U);
    EXPECT_FALSE(limit.is_certain());
    const MessageLimit::Message half{{10, 19}, 8'000, 8'040};
    lose(half, 2);
    limit.acknowledged(half, now);
    lose(half, 2);
    EXPECT_FALSE(limit.suspect());
    limit.lost({{15, 19}, 4'000, 4'000}, true, now);
    EXPECT_EQ(limit.bytes(), 2'000U) << "said by the broker: at once";
    EXPECT_TRUE(limit.is_certain());
}

// A broker that dies with events on its way each time, or forbids their topic, says nothing of a size.
TEST_F(MessageLimitTest, NoNumberOfLossesMakesMessagesSmallerWhileAnEchoPasses) {
    int trials = 0;
    for (int i = 0; i < 1'000; ++i) {
        lose(batch, 1);
        if (!limit.suspect()) continue;
        ++trials;
        EXPECT_FALSE(limit.tried(Trial::passed, now));
    }
    EXPECT_EQ(limit.bytes(), MessageLimit::unlimited);
    EXPECT_GT(trials, 5);
    EXPECT_LT(trials, 30) << "ever more seldom: each makes the next connection come sooner";
}

TEST_F(MessageLimitTest, ThreeTrialsOfWhichNothingIsKnownAreEnoughForABatch) {
    lose(batch, 3);
    EXPECT_FALSE(limit.tried(Trial::untried, now));
    EXPECT_FALSE(limit.tried(Trial::open, now));
    EXPECT_EQ(limit.bytes(), MessageLimit::unlimited);
    EXPECT_FALSE(limit.tried(Trial::untried, now));
    EXPECT_EQ(limit.bytes(), 8'000U);
    EXPECT_FALSE(limit.suspect());
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

TEST_F(MessageLimitTest, GrowsAgainWithinMinutesOfSuccess) {
    for (int i = 0; i < 3; ++i) limit.missed(batch, now);
    ASSERT_EQ(limit.bytes(), 8'000U);
    const auto success = [&](std::uint64_t bytes, auto after) {
        limit.acknowledged({{10, 11}, bytes, bytes}, now += after);
        return limit.bytes();
    };
    EXPECT_EQ(success(7'900, 2min), 8'000U);
    EXPECT_EQ(success(900, 2min), 8'000U) << "it says nothing of the limit";
    EXPECT_EQ(success(7'900, 0min), 16'000U);
    EXPECT_EQ(success(15'900, 2min), 16'000U);
    EXPECT_EQ(success(15'900, 1min), 32'000U);
    EXPECT_EQ(success(900, 60min), 32'000U);
    EXPECT_EQ(success(900, 3min), 64'000U) << "a till that sells little tries it now and then";
    for (int i = 0; i < 6; ++i) (void)success(limit.bytes(), 3min);
    EXPECT_EQ(limit.bytes(), MessageLimit::unlimited);
}

TEST_F(MessageLimitTest, FallsBackAtOnceAndTriesEverMoreSeldom) {
    for (int i = 0; i < 3; ++i) limit.missed(batch, now);
    const MessageLimit::Message good{{10, 11}, 7'900, 7'940}, grown{{10, 12}, 9'000, 9'040};
    limit.acknowledged(good, now += 3min);
    ASSERT_EQ(limit.bytes(), 16'000U);
    lose(good, 1);
    EXPECT_EQ(limit.bytes(), 16'000U) << "as small as what has held";
    lose({{9, 9}, 15'000, 15'040}, 1);
    EXPECT_EQ(limit.bytes(), 16'000U) << "one event goes whatever the limit is";
    lose(grown, 1);
    EXPECT_EQ(limit.bytes(), 8'000U);
    limit.acknowledged(good, now += 5min);
    EXPECT_EQ(limit.bytes(), 8'000U);
    limit.acknowledged(good, now += 1min);
    EXPECT_EQ(limit.bytes(), 16'000U);
    limit.missed(grown, now);
    EXPECT_EQ(limit.bytes(), 8'000U);
    limit.acknowledged(good, now += 12min);
    (void)limit.refused(grown, now);
    EXPECT_EQ(limit.bytes(), 8'000U);
    for (int i = 0; i < 50; ++i) {
        limit.acknowledged(good, now += MessageLimit::longest_growth);
        ASSERT_EQ(limit.bytes(), 16'000U) << i;
        (void)limit.refused(grown, now);
    }
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
    for (const Trial outcome : GetParam().outcomes) given_up = limit.tried(outcome, now);
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
        Trials{"small_ones_do_not_pass_either", {Trial::untried, Trial::untried, Trial::untried}, false},
        Trials{"nor_now_and_then",
               {Trial::closed, Trial::untried, Trial::closed, Trial::untried, Trial::closed, Trial::closed},
               false,
               true},
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
    limit.acknowledged(one, now);
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
    ASSERT_TRUE(delivery.size().suspect());
    EXPECT_EQ(delivery.size().suspect()->range.from, 5U);
    (void)delivery.size_tried(Trial::closed, now);
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

/// [flow-1] What central lacks because it was not there when it came to the broker, or because another answers now.
class MissedWithoutCentralTest : public SizedDeliveryTest {
protected:
    void miss(int times, const std::function<void()>& meanwhile) {
        for (int i = 0; i < times; ++i) {
            ASSERT_EQ(delivery.next(now).action, Action::send) << i;
            delivery.sent(Lane::backlog, {1, 20}, 10'000, ++ticket, now);
            (void)delivery.acknowledged(ticket, now);
            now += 20s;
            hello();
            meanwhile();
            hello();
            receipt(0);
        }
    }
};

TEST_F(MissedWithoutCentralTest, ARestartOfCentralSaysNothingOfASize) {
    miss(20, [&] { delivery.ask_anew(now); });
    EXPECT_EQ(delivery.size().bytes(), MessageLimit::unlimited);
}

TEST_F(MissedWithoutCentralTest, NorDoesOneThatComesAndCalls) {
    miss(20, [&] { EXPECT_TRUE(delivery.called(now)); });
    EXPECT_EQ(delivery.size().bytes(), MessageLimit::unlimited);
}

TEST_F(MissedWithoutCentralTest, ARealLimitIsFoundBetweenRestarts) {
    miss(2, [&] { delivery.ask_anew(now); });
    for (int i = 0; i < 3; ++i) {
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
