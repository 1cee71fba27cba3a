// SPDX-License-Identifier: Apache-2.0
// Delivery in strict order, with either way of confirming.
#include "tests/unit/delivery_fixture.hpp"

namespace tillpost::test {
namespace {

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

// Central that is started, restored from a backup and started again within two seconds calls twice, and the second one
// knows less.
TEST_F(DeliveryTest, ACallThatComesTooSoonIsAnsweredLater) {
    journal(20);
    connect();
    hello();
    receipt(0);
    send_all();
    receipt(20);
    EXPECT_TRUE(delivery.called(now));
    hello();
    receipt(20);
    now += 1s;
    for (int times = 0; times < 3; ++times) {
        EXPECT_FALSE(delivery.called(now));
        EXPECT_EQ(delivery.next(now).action, Action::wait) << "one in two seconds";
        EXPECT_EQ(delivery.next(now).until, now + 1s);
    }
    journal(30, 20);
    EXPECT_EQ(send_all(), (std::vector<Range>{{21, 30}})) << "meanwhile it goes on";
    now += 1s;
    hello();
    receipt(30);
    EXPECT_EQ(delivery.next(now).action, Action::wait) << "once";
    EXPECT_FALSE(delivery.called(now + 1s));
    EXPECT_EQ(delivery.next(now + 1s).until, now + 2s) << "two seconds behind that one, too";
    delivery.disconnected();
    connect();
    hello();
    receipt(30);
    now += 1min;
    EXPECT_EQ(delivery.next(now).action, Action::wait) << "the connection's hello was the answer";
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
    now += strict_settings().progress_timeout;
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

TEST_F(DeliveryTest, DoesNotSendAgainWhatWasOnItsWayWhenCentralWroteItsReceipt) {
    journal(40);
    connect();
    hello();
    receipt(0);
    EXPECT_EQ(send_all(), (std::vector<Range>{{1, 10}, {11, 20}, {21, 30}, {31, 40}}));
    receipt(0, {{11, 20}}, {{1, 10}, {21, 40}});
    EXPECT_EQ(send_all(), (std::vector<Range>{{1, 10}})) << "a later one has arrived; 21 to 40 may still arrive";
    receipt(20, {{31, 40}}, {{21, 30}});
    EXPECT_EQ(send_all(), (std::vector<Range>{{21, 30}}));
    receipt(20, {{31, 40}}, {{21, 30}});
    EXPECT_TRUE(send_all().empty()) << "nothing that was sent after it has arrived";
    journal(60, 20);
    EXPECT_EQ(send_all(), (std::vector<Range>{{41, 50}, {51, 60}}));
    receipt(20, {{31, 50}}, {{21, 30}, {51, 60}});
    EXPECT_EQ(send_all(), (std::vector<Range>{{21, 30}})) << "lost twice, without a hello between";
}

TEST_F(DeliveryTest, SendsAgainWhatCentralHadAndNoLongerHas) {
    journal(40);
    connect();
    hello();
    receipt(0);
    send_all();
    receipt(10, {{21, 40}}, {});
    receipt(10, {{31, 40}}, {{11, 30}});
    EXPECT_EQ(send_all(100), (std::vector<Range>{{11, 30}})) << "it was restored from a backup";
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

TEST_F(DeliveryTest, AMarkThatIsLoweredAgainAndAgainIsAskedAboutAtGrowingDistances) {
    journal(40);
    connect();
    hello();
    std::vector<Millis> pauses;
    for (int i = 0; i < 9; ++i) {
        receipt(30);
        receipt(20);
        const auto asked = delivery.next(now);
        pauses.push_back(asked.action == Action::hello ? 0ms : std::chrono::ceil<Millis>(asked.until - now));
        now += pauses.back();
        hello();
    }
    EXPECT_EQ(pauses, (std::vector<Millis>{0ms, 500ms, 1s, 2s, 4s, 8s, 16s, 30s, 30s}));
    now += 60s;
    receipt(30);
    receipt(20);
    hello();  // it was quiet for long: at once
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
        DeliverySettings by_broker = strict_settings();
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

}  // namespace
}  // namespace tillpost::test
