// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/delivery.hpp"

#include <gtest/gtest.h>

namespace tillpost {
namespace {

using namespace std::chrono_literals;
using Action = Delivery::Decision::Action;

DeliverySettings settings() {
    DeliverySettings settings;
    settings.order = DeliverySettings::Order::strict;
    settings.window = 4;
    settings.flow_events = 100;
    settings.flow_bytes = 100'000;
    return settings;
}

DeliverySettings with_lanes() {
    DeliverySettings lanes = settings();
    lanes.order = DeliverySettings::Order::lanes;
    return lanes;
}

class DeliveryTest : public ::testing::Test {
protected:
    explicit DeliveryTest(const DeliverySettings& chosen = settings()) : delivery(chosen, [] { return 0; }) {
        live.epoch = 7;
    }

    void journal(Sequence last, Sequence confirmed = 0, Sequence first = 1) {
        live.first = first;
        live.last = last;
        live.confirmed = confirmed;
        delivery.journal_has(live, now);
    }
    void connect(std::uint32_t receive_maximum = 100) { delivery.connected(receive_maximum, 0, now); }
    /// A receipt up to `upto`, as it is after the journal has checked it.
    void receipt(Sequence upto, std::vector<Range> also = {}, const std::vector<Range>& need = {}) {
        Confirmation confirmation;
        confirmation.confirmed = live.confirmed = upto;
        confirmation.also = std::move(also);
        delivery.receipt(confirmation, need, now);
        delivery.journal_has(live, now);
    }
    void hello() {
        ASSERT_EQ(delivery.next(now).action, Action::hello);
        delivery.hello_sent(now);
    }
    /// Sends what is due, `batch` events a message, and returns the ranges.
    std::vector<Range> send_all(Sequence batch = 10, bool acknowledge = true) {
        std::vector<Range> sent;
        for (;;) {
            const auto decision = delivery.next(now);
            if (decision.action != Action::send) return sent;
            const Range range{decision.range.from, std::min(decision.range.to, decision.range.from + batch - 1)};
            delivery.sent(decision.lane, range, (range.to - range.from + 1) * 500, ++ticket, now);
            sent.push_back(range);
            if (acknowledge) (void)delivery.acknowledged(ticket, now);
        }
    }

    EpochSummary live;
    Delivery delivery;
    Delivery::Ticket ticket = 0;
    SteadyTime now = SteadyTime() + 1h;
};

TEST_F(DeliveryTest, SendsNothingBeforeCentralHasAnsweredTheHello) {
    journal(20);
    EXPECT_EQ(delivery.next(now).action, Action::wait) << "offline";
    connect();
    hello();
    EXPECT_EQ(delivery.next(now).action, Action::wait);
    receipt(0);
    EXPECT_EQ(send_all(), (std::vector<Range>{{1, 10}, {11, 20}}));
}

TEST_F(DeliveryTest, ContinuesBehindWhatTheAnswerCovers) {
    journal(30, 5);
    connect();
    hello();
    receipt(12, {{15, 20}, {25, 25}});
    EXPECT_EQ(send_all(100), (std::vector<Range>{{13, 14}, {21, 24}, {26, 30}}));
}

TEST_F(DeliveryTest, KeepsNoMoreMessagesInFlightThanItsWindow) {
    journal(90);
    connect();
    hello();
    receipt(0);
    EXPECT_EQ(send_all(2, false).size(), 4U);
    EXPECT_EQ(delivery.next(now).action, Action::wait);
    (void)delivery.acknowledged(1, now);
    EXPECT_EQ(delivery.next(now).action, Action::send);
}

TEST_F(DeliveryTest, TakesTheBrokersReceiveMaximumWhenItIsSmaller) {
    journal(90);
    connect(1);
    hello();
    receipt(0);
    EXPECT_EQ(send_all(10, false).size(), 1U);
}

TEST_F(DeliveryTest, StopsAtTheFlowLimitThoughTheBrokerAcknowledgesEverything) {
    journal(1'000);
    connect();
    hello();
    receipt(0);
    send_all(10);
    EXPECT_EQ(delivery.outstanding_events(), 100U);
    now += 1s;
    receipt(60);
    EXPECT_EQ(delivery.outstanding_events(), 40U);
    EXPECT_EQ(send_all(10).size(), 6U);
}

TEST_F(DeliveryTest, StopsAtTheFlowLimitInBytes) {
    journal(1'000);
    connect();
    hello();
    receipt(0);
    delivery.sent(Lane::backlog, {1, 1}, 100'000, ++ticket, now);
    EXPECT_EQ(delivery.next(now).action, Action::wait);
}

TEST_F(DeliveryTest, WithoutProgressOnlyHellosGoOutWithGrowingDistance) {
    journal(1'000);
    connect();
    hello();
    receipt(0);
    send_all();
    now += settings().progress_timeout;
    EXPECT_EQ(delivery.next(now).action, Action::wait) << "and the time that the line needs for what was sent";
    now = delivery.next(now).until;
    std::vector<Millis> steps;
    for (int i = 0; i < 12; ++i) {
        hello();
        const auto decision = delivery.next(now);
        ASSERT_EQ(decision.action, Action::wait);
        steps.push_back(std::chrono::duration_cast<Millis>(decision.until - now));
        now = decision.until;
    }
    EXPECT_EQ(steps[0], 1s);
    EXPECT_EQ(steps[3], 8s);
    EXPECT_EQ(steps.back(), 300s) << "never longer than the longest retry";
}

TEST_F(DeliveryTest, AnAnswerWithoutProgressLetsOneMessageGoPerStep) {
    journal(1'000);
    connect();
    hello();
    receipt(0);
    send_all();
    for (int step = 0; step < 5; ++step) {
        now = delivery.next(now).until;
        hello();
        receipt(0);
        EXPECT_EQ(send_all(10).size(), 1U) << "step " << step;
    }
}

TEST_F(DeliveryTest, ProgressEndsTheProbing) {
    journal(1'000);
    connect();
    hello();
    receipt(0);
    send_all();
    now = delivery.next(now).until;
    hello();
    receipt(0);
    send_all();
    receipt(10);
    EXPECT_EQ(delivery.mode(), Delivery::Mode::flowing);
    EXPECT_EQ(send_all(10).front(), (Range{11, 20}));
}

TEST_F(DeliveryTest, AnAnswerMakesUnsentWhatItDoesNotCover) {
    journal(50);
    connect();
    hello();
    receipt(0);
    EXPECT_EQ(send_all().size(), 5U);
    now = delivery.next(now).until;
    hello();
    receipt(20, {{31, 40}});
    EXPECT_EQ(send_all(), (std::vector<Range>{{21, 30}, {41, 50}}));
}

TEST_F(DeliveryTest, ALostConnectionMakesEverythingUncoveredUnsent) {
    journal(50);
    connect();
    hello();
    receipt(0);
    send_all();
    receipt(20);
    delivery.disconnected();
    EXPECT_EQ(delivery.outstanding_events(), 0U);
    connect();
    hello();
    receipt(25);
    EXPECT_EQ(send_all(100), (std::vector<Range>{{26, 50}}));
}

TEST_F(DeliveryTest, IsQuietForAsLongAsEverythingIsConfirmed) {
    journal(10);
    connect();
    hello();
    receipt(0);
    send_all();
    receipt(10);
    EXPECT_GE(delivery.next(now).until, now + 2h) << "central is asked now and then, in case it was restored";
    now += 1h;
    EXPECT_EQ(delivery.next(now).action, Action::wait);
    journal(11, 10);
    EXPECT_EQ(send_all(), (std::vector<Range>{{11, 11}}));
    EXPECT_EQ(delivery.next(now).action, Action::wait) << "the time of quiet is no lack of progress";
}

TEST_F(DeliveryTest, SendsWhatCentralNeedsAgainOnceAndBeforeWhatIsNew) {
    journal(40);
    connect();
    hello();
    receipt(0);
    send_all();
    journal(60);
    receipt(10, {{21, 40}}, {{11, 20}});
    receipt(10, {{21, 40}}, {{11, 20}});
    EXPECT_EQ(send_all(100), (std::vector<Range>{{11, 20}, {41, 60}}));
    receipt(10, {{21, 40}}, {{11, 20}});
    EXPECT_TRUE(send_all(100).empty()) << "it is on its way";
}

TEST_F(DeliveryTest, IgnoresANeedForWhatWasNeverCommittedOrNotSent) {
    journal(40);
    connect();
    hello();
    receipt(0, {}, {{1, 1'000'000}, {500, 600}});
    EXPECT_EQ(send_all(100), (std::vector<Range>{{1, 40}}));
}

TEST_F(DeliveryTest, ALowerMarkBringsANewHello) {
    journal(40);
    connect();
    hello();
    receipt(30);
    send_all();
    receipt(40);
    receipt(5);
    hello();
    receipt(5);
    EXPECT_EQ(send_all(100), (std::vector<Range>{{6, 40}}));
}

TEST_F(DeliveryTest, ARefusalIsNotADelivery) {
    journal(40);
    connect();
    hello();
    receipt(0);
    EXPECT_EQ(send_all(2, false).size(), 4U);
    delivery.refused(2, now);
    delivery.refused(3, now);
    delivery.refused(4, now);
    (void)delivery.acknowledged(1, now);
    const auto paused = delivery.next(now);
    ASSERT_EQ(paused.action, Action::wait);
    now = paused.until;
    EXPECT_EQ(send_all(10).front(), (Range{3, 12}));
}

TEST_F(DeliveryTest, RepeatedRefusalsPauseLongerAndLonger) {
    journal(10);
    connect();
    hello();
    receipt(0);
    Millis last{0};
    for (int i = 0; i < 6; ++i) {
        ASSERT_EQ(send_all(10, false).size(), 1U);
        delivery.refused(ticket, now);
        const auto pause = std::chrono::duration_cast<Millis>(delivery.next(now).until - now);
        EXPECT_GT(pause, last);
        last = pause;
        now += pause;
    }
}

class BrokerConfirmsTest : public DeliveryTest {
protected:
    static DeliverySettings chosen() {
        DeliverySettings by_broker = settings();
        by_broker.confirm = DeliverySettings::Confirm::broker;
        return by_broker;
    }
    BrokerConfirmsTest() : DeliveryTest(chosen()) {}
};

TEST_F(BrokerConfirmsTest, SendsWithoutAHelloAndCoversInOrder) {
    journal(40);
    connect();
    EXPECT_EQ(send_all(2, false).size(), 4U);
    EXPECT_EQ(delivery.acknowledged(2, now), std::nullopt) << "1 is still missing";
    EXPECT_EQ(delivery.acknowledged(1, now), Sequence{4});
    journal(40, 4);
    EXPECT_EQ(delivery.acknowledged(3, now), Sequence{6});
}

TEST_F(BrokerConfirmsTest, ARefusalCoversNothing) {
    journal(40);
    connect();
    send_all(10, false);
    delivery.refused(1, now);
    EXPECT_EQ(delivery.acknowledged(2, now), std::nullopt);
    now = delivery.next(now).until;
    EXPECT_EQ(send_all(10, false).front().from, 1U);
}

TEST_F(BrokerConfirmsTest, KeepsWhatIsCoveredBehindAHoleAcrossConnections) {
    journal(8);
    connect();
    EXPECT_EQ(send_all(2, false).size(), 4U);
    EXPECT_EQ(delivery.acknowledged(2, now), std::nullopt);
    delivery.disconnected();
    EXPECT_EQ(delivery.acknowledged(3, now), std::nullopt) << "of the former connection";
    connect();
    EXPECT_EQ(send_all(8, false), (std::vector<Range>{{1, 2}, {5, 8}}));
    EXPECT_EQ(delivery.acknowledged(5, now), Sequence{4});
}

// The same, with a journal that can change its epoch and grow.
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
    now += settings().live_for;
    EXPECT_EQ(delivery.next(now).lane, Lane::backlog);
    EXPECT_EQ(delivery.next(now).range, (Range{1, 20}));
}

TEST_F(LanesTest, SendsNothingTwiceWhenTheLanesMeet) {
    flowing(10);
    journal(12);
    ASSERT_EQ(send_all(2).front(), (Range{11, 12}));
    now += settings().live_for;
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

TEST(BackoffTest, StaysBelowADoublingCap) {
    Backoff backoff(1s, 10s);
    const std::vector<Millis> caps{1s, 2s, 4s, 8s, 10s, 10s};
    for (const Millis cap : caps) {
        EXPECT_EQ(backoff.cap(), cap);
        EXPECT_LE(backoff.next(0xffff'ffff'ffff'ffff), cap);
    }
    backoff.reset();
    EXPECT_EQ(backoff.next(0), 0s);
    EXPECT_EQ(backoff.cap(), 2s);
}

}  // namespace
}  // namespace tillpost
