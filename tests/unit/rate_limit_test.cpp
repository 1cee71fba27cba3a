// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/rate_limit.hpp"

#include <gtest/gtest.h>

#include "tests/unit/delivery_fixture.hpp"

namespace tillpost::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Rate bytes_a_second(std::uint64_t bytes) { return {bytes, std::nullopt}; }
Rate messages_a_second(std::uint64_t messages) { return {std::nullopt, messages}; }

/// Sends as much as it may for so long; what went.
struct Sent {
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;
};
Sent send_for(RateLimit& limit, SteadyTime& now, seconds time, std::uint64_t message) {
    Sent sent;
    for (const SteadyTime end = now + time; now < end; now += 1ms) {
        while (limit.due() <= now) {
            limit.sent(message, now);
            sent.bytes += message;
            ++sent.messages;
            if (sent.messages > 10'000'000) return sent;
        }
    }
    return sent;
}

class RateLimitTest : public ::testing::Test {
protected:
    RateLimit limit;
    SteadyTime now = SteadyTime() + 1h;
};

TEST_F(RateLimitTest, WithoutARateEverythingGoesAtOnce) {
    for (int i = 0; i < 1'000; ++i) {
        ASSERT_LE(limit.due(), now);
        limit.sent(1 << 20, now);
    }
}

struct Load {
    Rate rate;
    std::uint64_t message;
    std::uint64_t most_bytes;  ///< In a minute: the rate, a second's worth at once, and one message.
    std::uint64_t most_messages;
};

class RateTest : public ::testing::TestWithParam<Load> {};

TEST_P(RateTest, HoldsOverAMinute) {
    const Load& load = GetParam();
    RateLimit limit;
    SteadyTime now = SteadyTime() + 1h;
    limit.set(load.rate, now);
    const Sent sent = send_for(limit, now, seconds(60), load.message);
    EXPECT_LE(sent.bytes, load.most_bytes);
    EXPECT_LE(sent.messages, load.most_messages);
    EXPECT_GE(sent.bytes * 110, load.most_bytes * 90) << "and is used";
}

INSTANTIATE_TEST_SUITE_P(
    Of, RateTest,
    ::testing::Values(Load{bytes_a_second(1'000), 100, 61'100, 611}, Load{bytes_a_second(8'000), 4'096, 492'096, 120},
                      Load{bytes_a_second(1'000), 20'000, 80'000, 4},  // a message of twenty seconds
                      Load{messages_a_second(2), 500, 61'500, 123},
                      Load{Rate{1'000, 1}, 100, 6'200, 62},     // messages are the scarcer
                      Load{Rate{1'000, 100}, 500, 61'500, 123}  // bytes are
                      ));

TEST_F(RateLimitTest, ARateOfNothingHoldsEverythingUntilItChanges) {
    limit.set(bytes_a_second(0), now);
    EXPECT_EQ(limit.due(), SteadyTime::max());
    limit.sent(10, now);
    EXPECT_EQ(limit.due(), SteadyTime::max());
    limit.set(bytes_a_second(1'000), now);
    EXPECT_LE(limit.due(), now);
}

TEST_F(RateLimitTest, WhatIsOwedIsWaitedForAtTheNewRate) {
    limit.set(bytes_a_second(1'000), now);
    limit.sent(61'000, now);  // one second's worth was free
    EXPECT_EQ(limit.due(), now + 60s);
    limit.set(bytes_a_second(10'000), now);
    EXPECT_EQ(limit.due(), now + 6s);
    limit.set(Rate(), now);
    EXPECT_LE(limit.due(), now);
}

TEST_F(RateLimitTest, AVeryLargeMessageAtAVeryLowRateIsNotForEver) {
    limit.set(bytes_a_second(1), now);
    limit.sent(UINT64_MAX, now);
    EXPECT_LE(limit.due(), now + hours(24));
}

TEST(DailyRateTest, TheLowestOfThoseThatHoldCounts) {
    const std::vector<DailyRate> rates{{minutes(0), minutes(0), Rate{100'000, 50}},
                                       {hours(8), hours(20), bytes_a_second(16'000)},
                                       {hours(22), hours(6), messages_a_second(5)}};
    const auto at = [&rates](int hour, int minute) { return rate_at(rates, hours(hour) + minutes(minute)); };
    EXPECT_EQ(at(7, 59), (Rate{100'000, 50}));
    EXPECT_EQ(at(8, 0), (Rate{16'000, 50}));
    EXPECT_EQ(at(19, 59), (Rate{16'000, 50}));
    EXPECT_EQ(at(20, 0), (Rate{100'000, 50}));
    EXPECT_EQ(at(22, 0), (Rate{100'000, 5}));
    EXPECT_EQ(at(0, 0), (Rate{100'000, 5}));
    EXPECT_EQ(at(5, 59), (Rate{100'000, 5}));
    EXPECT_EQ(at(6, 0), (Rate{100'000, 50}));
    EXPECT_EQ(until_change(rates, hours(7)), hours(1));
    EXPECT_EQ(until_change(rates, hours(8)), hours(12)) << "an edge is behind us when it is reached";
    EXPECT_EQ(until_change(rates, hours(23)), hours(7));
    EXPECT_EQ(rate_at({}, hours(1)), Rate());
    EXPECT_EQ(until_change({rates.front()}, hours(1)), std::nullopt);
}

DeliverySettings lanes() {
    DeliverySettings settings = strict_settings();
    settings.order = DeliverySettings::Order::lanes;
    settings.flow_events = 100'000;
    settings.flow_bytes = 100'000'000;
    settings.window = 1'000;
    settings.window_bytes = 100'000'000;
    settings.keep_alive = 1h;  // nothing but the rates is in the way
    return settings;
}

/// A backlog of 10,000 and central that wants it.
class LimitedDeliveryTest : public DeliveryTest {
protected:
    LimitedDeliveryTest() : DeliveryTest(lanes()) {
        journal(10'000);
        now += 1h;
        connect(2'000);
        hello();
        receipt(0);
    }
    struct Bytes {
        std::uint64_t backlog = 0;
        std::uint64_t live = 0;
    };
    /// Central says that it has it, too.
    void cover(Range range) {
        auto at = std::find_if(covered.begin(), covered.end(), [&](const Range& r) { return r.to + 1 == range.from; });
        if (at == covered.end()) at = covered.insert(at, range);
        at->to = range.to;
        receipt(0, covered);
    }
    std::vector<Range> covered;

    /// Two events a message, 1,000 bytes, acknowledged at once.
    Bytes run_for(Millis time, Millis capture_every = 24h) {
        Bytes sent;
        SteadyTime captured = now;
        for (const SteadyTime end = now + time; now < end; now += 1ms) {
            if (now - captured >= capture_every) {
                captured = now;
                journal(live.last + 1, live.confirmed);
            }
            for (int turn = 0; turn < 100; ++turn) {
                const auto decision = delivery.next(now);
                if (decision.action != Action::send) break;
                const Range range{decision.range.from, std::min(decision.range.to, decision.range.from + 1)};
                delivery.sent(decision.lane, range, 1'000, ++ticket, now);
                delivery.paid(decision.lane, ticket, 1'000, now);
                (void)delivery.acknowledged(ticket, now);
                (decision.lane == Lane::live ? sent.live : sent.backlog) += 1'000;
                cover(range);
            }
        }
        return sent;
    }
};

TEST_F(LimitedDeliveryTest, OurOwnLimitHoldsForAllEvents) {
    delivery.limit(bytes_a_second(5'000), now);
    const Bytes sent = run_for(10s, 500ms);
    EXPECT_LE(sent.backlog + sent.live, 56'000U);
    EXPECT_GE(sent.backlog + sent.live, 50'000U);
    EXPECT_EQ(sent.live, 19'000U) << "new events do not wait behind the backlog";
    EXPECT_TRUE(delivery.held_by_rate(now - 1ms)) << "when the last turn had sent what it might";
}

TEST_F(LimitedDeliveryTest, NothingIsHeldByARateThatWaitsForNone) {
    EXPECT_FALSE(delivery.held_by_rate(now)) << "no rate";
    delivery.limit(bytes_a_second(1'000'000'000), now);
    cover({live.first, live.last});
    EXPECT_FALSE(delivery.held_by_rate(now)) << "nothing waits";
    EXPECT_GT(delivery.next(now).until, now + 1s);
    delivery.granted(0, now);
    EXPECT_FALSE(delivery.held_by_rate(now)) << "nothing waits for the granted one either";
    journal(live.last + 1, live.confirmed);
    EXPECT_FALSE(delivery.held_by_rate(now)) << "a new event does not wait for it";
}

TEST_F(LimitedDeliveryTest, AGrantHoldsForTheBacklogAlone) {  // [flow-1]
    delivery.granted(5'000, now);
    const Bytes sent = run_for(10s, 100ms);
    EXPECT_LE(sent.backlog, 56'000U);
    EXPECT_GE(sent.backlog, 50'000U);
    EXPECT_EQ(sent.live, 99'000U);
}

TEST_F(LimitedDeliveryTest, AGrantLastsForAMinute) {
    delivery.granted(0, now);
    EXPECT_EQ(run_for(59s).backlog, 0U);
    EXPECT_LE(delivery.next(now).until, now + 1s) << "and its end is waited for";
    EXPECT_GT(run_for(2s).backlog, 0U);
}

TEST_F(LimitedDeliveryTest, AGrantThatHasRunOutMakesNoMessageSmaller) {
    const auto before = delivery.next(now);
    ASSERT_EQ(before.action, Action::send);
    delivery.granted(0, now);
    (void)run_for(59s);
    delivery.granted(4'000, now);
    EXPECT_LE(delivery.next(now).bytes, 2'000U);
    now += 60s;
    auto after = delivery.next(now);
    if (after.action == Action::hello) {
        delivery.hello_sent(now);
        receipt(0);
        after = delivery.next(now);
    }
    ASSERT_EQ(after.action, Action::send);
    EXPECT_GE(after.bytes, before.bytes);
}

TEST_F(LimitedDeliveryTest, EachGrantTakesThePlaceOfTheLast) {
    delivery.granted(0, now);
    delivery.granted(1'000'000, now);
    EXPECT_GT(run_for(100ms).backlog, 10'000U);
    delivery.granted(1'000, now);
    EXPECT_LE(run_for(10s).backlog, 12'000U);
}

TEST_F(LimitedDeliveryTest, WaitsNoLongerThanItMust) {
    delivery.limit(bytes_a_second(1'000), now);
    (void)run_for(1ms);
    const auto decision = delivery.next(now);
    ASSERT_EQ(decision.action, Action::wait);
    EXPECT_GT(decision.until, now);
    EXPECT_LE(decision.until, now + 1s);
    EXPECT_EQ(delivery.next(decision.until).action, Action::send);
}

TEST_F(LimitedDeliveryTest, MessagesAreSmallEnoughForTheRate) {
    delivery.limit(bytes_a_second(4'000), now);
    EXPECT_LE(delivery.batch_bytes(), 2'000U);
    delivery.limit(Rate(), now);
    delivery.granted(4'000, now);
    EXPECT_LE(delivery.next(now).bytes, 2'000U);
}

// A broker, or a bridge behind it, that takes events, says nothing, and answers everything else.
TEST_F(LimitedDeliveryTest, AnEventThatIsNeverAcknowledgedEndsTheConnection) {
    const auto decision = delivery.next(now);
    ASSERT_EQ(decision.action, Action::send);
    delivery.sent(decision.lane, {1, 1}, 500, ++ticket, now);
    const SteadyTime sent = now;
    const auto patience = lanes().patience();
    while (now < sent + patience) {
        const auto next = delivery.next(now);
        ASSERT_NE(next.action, Action::give_up);
        if (next.action == Action::send)
            (void)delivery.sent(next.lane, {next.range.from, next.range.from}, 500, ++ticket, now);
        if (next.action == Action::hello) {
            delivery.hello_sent(now);
            receipt(0);  // central, beside it, answers
        }
        now += 1s;
    }
    EXPECT_LE(delivery.next(now).until, sent + patience + 1min);
    now = sent + patience + 1min;
    EXPECT_EQ(delivery.next(now).action, Action::give_up);
    delivery.disconnected();
    connect();
    EXPECT_NE(delivery.next(now).action, Action::give_up);
}

TEST_F(LimitedDeliveryTest, AnAnswerOfAnyKindProlongsTheWait) {
    for (int turn = 0; turn < 10; ++turn) {
        delivery.sent(Lane::backlog, {live.first + 2U * turn, live.first + 2U * turn}, 500, ++ticket, now);
        delivery.sent(Lane::backlog, {live.first + 2U * turn + 1, live.first + 2U * turn + 1}, 500, ++ticket, now);
        now += lanes().patience() - 1s;
        ASSERT_NE(delivery.next(now).action, Action::give_up) << turn;
        (void)delivery.acknowledged(ticket - 1, now);
        if (turn % 2 == 0) (void)delivery.acknowledged(ticket, now);
        if (turn % 2 == 1) delivery.refused(ticket, now);
    }
    now += 1h;
    EXPECT_NE(delivery.next(now).action, Action::give_up) << "nothing is under way";
}

}  // namespace
}  // namespace tillpost::test
