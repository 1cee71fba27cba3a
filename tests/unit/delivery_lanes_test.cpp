// SPDX-License-Identifier: Apache-2.0
// Delivery in two lanes, with a journal that can change its epoch and grow.
#include "tests/unit/delivery_fixture.hpp"

namespace tillpost::test {
namespace {

DeliverySettings with_lanes() {
    DeliverySettings lanes = strict_settings();
    lanes.order = DeliverySettings::Order::lanes;
    return lanes;
}

class LanesTest : public DeliveryTest {
protected:
    explicit LanesTest(const DeliverySettings& chosen = with_lanes()) : DeliveryTest(chosen) {}

    /// 1 … `old` are a backlog; central is greeted and has nothing.
    void flowing(Sequence old) {
        journal(old);
        now += 1h;
        connect();
        hello();
        receipt(0);
    }
};

TEST_F(LanesTest, NewEventsDoNotWaitBehindABacklog) {
    flowing(1'000);
    EXPECT_EQ(delivery.next(now).lane, Lane::backlog);
    journal(1'001);
    const auto decision = delivery.next(now);
    EXPECT_EQ(decision.lane, Lane::live);
    EXPECT_EQ(decision.range, (Range{1'001, 1'001}));
    delivery.sent(Lane::live, decision.range, 500, ++ticket, now);
    EXPECT_EQ(delivery.next(now).range.from, 1U);
}

TEST_F(LanesTest, EventsAgeIntoTheBacklog) {
    flowing(10);
    journal(20);
    now += strict_settings().live_for;
    EXPECT_EQ(delivery.next(now).lane, Lane::backlog);
    EXPECT_EQ(delivery.next(now).range, (Range{1, 20}));
}

TEST_F(LanesTest, SendsNothingTwiceWhenTheLanesMeet) {
    flowing(10);
    journal(12);
    ASSERT_EQ(send_all(2).front(), (Range{11, 12}));
    now += strict_settings().live_for;
    journal(20);
    EXPECT_EQ(send_all(100).front(), (Range{13, 20}));
    receipt(10, {{11, 20}});
    EXPECT_TRUE(send_all().empty());
    EXPECT_EQ(delivery.outstanding_events(), 0U);
}

TEST_F(LanesTest, AQuarterOfTheFlowLimitIsForLiveEvents) {
    flowing(1'000);
    send_all(5);
    EXPECT_EQ(delivery.outstanding_events(), 75U);
    journal(1'040);
    EXPECT_EQ(send_all(5).size(), 5U);
    EXPECT_EQ(delivery.outstanding_events(), 100U);
}

TEST_F(LanesTest, APlaceOfTheWindowIsForLiveEvents) {
    flowing(1'000);
    EXPECT_EQ(send_all(1, false).size(), 3U);
    journal(1'001);
    EXPECT_EQ(send_all(1, false), (std::vector<Range>{{1'001, 1'001}}));
    EXPECT_EQ(delivery.in_flight(), 4U);
}

TEST_F(LanesTest, TheBacklogKeepsItsShareWhateverTheLiveLoad) {
    flowing(1'000'000);
    std::uint64_t sent[2] = {0, 0};
    for (int turn = 0; turn < 4'000; ++turn) {
        journal(live.last + 20, live.confirmed);
        const auto decision = delivery.next(now);
        ASSERT_EQ(decision.action, Action::send);
        const Range range{decision.range.from, std::min(decision.range.to, decision.range.from + 9)};
        delivery.sent(decision.lane, range, 5'000, ++ticket, now);
        (void)delivery.acknowledged(ticket, now);
        sent[static_cast<int>(decision.lane)] += 5'000;
        Confirmation covered;
        covered.also = {range};
        delivery.receipt(covered, {}, now);
        now += 1ms;
    }
    EXPECT_GE(sent[0], (sent[0] + sent[1]) * 59 / 100);
    EXPECT_GE(sent[1], (sent[0] + sent[1]) * 35 / 100);
}

TEST_F(LanesTest, ABusyLiveLaneIsNotHeldBackByABacklogThatMayNotGo) {
    flowing(1'000);
    send_all(5);
    for (int turn = 0; turn < 20; ++turn) {
        journal(live.last + 1);
        EXPECT_EQ(send_all(1).size(), 1U) << turn;
    }
}

TEST_F(LanesTest, AnotherEpochIsNewFromItsFirstEventOn) {
    flowing(50);
    send_all(5);
    ASSERT_GT(delivery.outstanding_events(), 0U);
    live.epoch = 8;
    journal(30);
    EXPECT_EQ(delivery.outstanding_events(), 0U);
    EXPECT_EQ(delivery.mode(), Delivery::Mode::greeting);
    hello();
    EXPECT_EQ(delivery.next(now).action, Action::wait);
    receipt(0);
    EXPECT_EQ(send_all(100), (std::vector<Range>{{1, 30}}));
}

TEST_F(LanesTest, AnotherEpochWhileOfflineWaitsForTheConnection) {
    flowing(50);
    delivery.disconnected();
    live.epoch = 8;
    journal(30, 10, 11);
    EXPECT_EQ(delivery.mode(), Delivery::Mode::offline);
    connect();
    hello();
    receipt(10);
    EXPECT_EQ(send_all(100), (std::vector<Range>{{11, 30}}));
}

class BrokerLanesTest : public LanesTest {
protected:
    static DeliverySettings chosen() {
        DeliverySettings by_broker = with_lanes();
        by_broker.confirm = DeliverySettings::Confirm::broker;
        return by_broker;
    }
    BrokerLanesTest() : LanesTest(chosen()) {}
};

TEST_F(BrokerLanesTest, ALiveMessageDoesNotConfirmTheBacklogBeforeIt) {
    journal(10);
    now += 1h;
    connect();
    journal(12);
    ASSERT_EQ(send_all(2, false).front(), (Range{11, 12}));
    EXPECT_EQ(delivery.acknowledged(1, now), std::nullopt);
    EXPECT_EQ(delivery.acknowledged(2, now), Sequence{2});
    EXPECT_EQ(delivery.outstanding_events(), 2U);
    journal(12, 2);
    EXPECT_EQ(delivery.acknowledged(3, now), Sequence{4});
    journal(12, 4);
    ASSERT_EQ(send_all(10, false), (std::vector<Range>{{5, 10}}));
    EXPECT_EQ(delivery.acknowledged(ticket, now), Sequence{12}) << "what was covered ahead of its turn counts now";
}

TEST_F(BrokerLanesTest, AnAcknowledgementOfTheFormerEpochCoversNothing) {
    journal(10);
    connect();
    send_all(5, false);
    live.epoch = 8;
    journal(10);
    EXPECT_EQ(delivery.acknowledged(1, now), std::nullopt);
    EXPECT_EQ(delivery.mode(), Delivery::Mode::flowing);
    EXPECT_EQ(delivery.next(now).range, (Range{1, 10}));
}

}  // namespace
}  // namespace tillpost::test
