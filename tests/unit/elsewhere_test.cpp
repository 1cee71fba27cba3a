// SPDX-License-Identifier: Apache-2.0
// [flow-1] A broker over which nothing comes forward is left, if there is another: not at once, and ever later.
#include "agent/forward/elsewhere.hpp"

#include "tests/unit/delivery_fixture.hpp"

namespace tillpost::test {
namespace {

constexpr SteadyTime start = SteadyTime() + 1h;
constexpr std::uint64_t longest = 30'000;  // of the random numbers: all of the first minute

TEST(ElsewhereTest, ARefusingBrokerIsLeftWithinAMinuteASilentCentralWithinFive) {
    for (const auto& [random, patience] : {std::pair(std::uint64_t{0}, 30s), {longest, 60s}, {longest + 1, 30s}}) {
        Elsewhere elsewhere(true);
        elsewhere.connected(random);
        EXPECT_EQ(elsewhere.due(), SteadyTime::max());
        elsewhere.asked(start);
        elsewhere.asked(start + 1s);
        EXPECT_EQ(elsewhere.due(), start + 5 * patience) << random;
        EXPECT_NE(elsewhere.why().find("no central answers"), std::string::npos);
        elsewhere.refused(start + 2s);
        elsewhere.refused(start + 3s);
        EXPECT_EQ(elsewhere.due(), start + 2s + patience) << random;
        EXPECT_NE(elsewhere.why().find("refuses"), std::string::npos);
        elsewhere.taken();
        elsewhere.answered();
        EXPECT_EQ(elsewhere.due(), SteadyTime::max());
        elsewhere.refused(start + 4s);
        elsewhere.connected(random);
        EXPECT_EQ(elsewhere.due(), SteadyTime::max()) << "another connection, another broker";
    }
}

TEST(ElsewhereTest, WhereThereIsNoOtherNothingIsLeft) {
    Elsewhere elsewhere(false);
    elsewhere.connected(0);
    elsewhere.asked(start);
    elsewhere.refused(start);
    EXPECT_EQ(elsewhere.due(), SteadyTime::max());
}

TEST(ElsewhereTest, EachTimeItIsTwiceAsLateUntilSomethingComesForward) {
    Elsewhere elsewhere(true);
    for (const auto patience : {30s, 60s, 120s, 240s, 480s, 900s, 900s}) {
        elsewhere.connected(0);
        elsewhere.refused(start);
        EXPECT_EQ(elsewhere.due(), start + patience);
        elsewhere.left();
    }
    elsewhere.came_forward();
    elsewhere.connected(0);
    elsewhere.refused(start);
    EXPECT_EQ(elsewhere.due(), start + 30s);
}

class LeavingTest : public DeliveryTest {
protected:
    static DeliverySettings settings() {
        DeliverySettings chosen = strict_settings();
        chosen.other_brokers = true;
        return chosen;
    }
    LeavingTest() : DeliveryTest(settings()) {}
    /// Goes on, with every hello that is due, until the broker is given up; how long that took.
    SteadyTime::duration until_given_up(bool refuses) {
        const SteadyTime begin = now;
        for (int steps = 0; steps < 10'000; ++steps) {
            const auto decision = delivery.next(now);
            if (decision.action == Action::give_up) return now - begin;
            if (decision.action == Action::hello) {
                delivery.hello_sent(now);
                if (refuses) receipt(0);
            } else if (decision.action == Action::send) {
                delivery.sent(decision.lane, {decision.range.from, decision.range.from}, 500, ++ticket, now);
                if (refuses) delivery.refused(ticket, now);
            } else {
                now = std::min(decision.until, now + 1min);
            }
        }
        ADD_FAILURE() << "never given up";
        return {};
    }
};

TEST_F(LeavingTest, ABrokerThatRefusesEachMessageOfEvents) {
    journal(20);
    connect();
    EXPECT_EQ(until_given_up(true), 30s);
    EXPECT_NE(delivery.left_for_next(now).find("refuses the events"), std::string::npos);
    connect();
    EXPECT_EQ(until_given_up(true), 60s) << "and at the next one twice as late";
}

TEST_F(LeavingTest, ABrokerBehindWhichNoCentralAnswers) {
    journal(20);
    connect();
    EXPECT_EQ(until_given_up(false), 150s);
    EXPECT_NE(delivery.left_for_next(now).find("no central answers"), std::string::npos);
}

TEST_F(LeavingTest, NotOneThatRefusesNowAndThen) {
    journal(20);
    connect();
    hello();
    receipt(0);
    for (int minute = 0; minute < 10; ++minute) {
        const auto decision = delivery.next(now);
        ASSERT_EQ(decision.action, Action::send) << minute;
        delivery.sent(decision.lane, {decision.range.from, decision.range.from}, 500, ++ticket, now);
        delivery.refused(ticket, now);
        now += 10s;
        const auto again = delivery.next(now);
        ASSERT_EQ(again.action, Action::send) << minute;
        delivery.sent(again.lane, {again.range.from, again.range.from}, 500, ++ticket, now);
        (void)delivery.acknowledged(ticket, now);
        receipt(again.range.from);
        now += 50s;
        if (delivery.next(now).action == Action::hello) {
            hello();
            receipt(again.range.from);
        }
    }
}

}  // namespace
}  // namespace tillpost::test
