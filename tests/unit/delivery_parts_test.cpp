// SPDX-License-Identifier: Apache-2.0
// The parts that Delivery is made of, one by one.
#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <set>

#include "agent/forward/lane_share.hpp"
#include "agent/forward/live_edge.hpp"
#include "agent/forward/liveness.hpp"
#include "agent/forward/outstanding.hpp"
#include "agent/forward/ranges.hpp"
#include "agent/forward/window.hpp"
#include "platform/backoff.hpp"

namespace tillpost {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime start = SteadyTime() + 1h;

TEST(RangesTest, IsASetOfNumbers) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 random(seed);
        Ranges ranges;
        std::set<Sequence> model;
        for (int step = 0; step < 60; ++step) {
            const Sequence from = 1 + random() % 40;
            const Range range{from, from + random() % 8};
            const bool add = random() % 3 != 0;
            for (Sequence n = range.from; n <= range.to; ++n) add ? void(model.insert(n)) : void(model.erase(n));
            add ? ranges.add(range) : ranges.remove(range);

            const Range within{1 + random() % 40, 1 + random() % 50};
            Sequence first = within.from;
            while (first <= within.to && model.count(first) != 0) ++first;
            Sequence last = first;
            while (last + 1 <= within.to && model.count(last + 1) == 0) ++last;
            const auto gap = ranges.first_gap(within);
            ASSERT_EQ(gap.has_value(), first <= within.to) << "seed " << seed << " step " << step;
            ASSERT_EQ(gap.value_or(Range{first, last}), (Range{first, last})) << "seed " << seed << " step " << step;
            Sequence begin = within.from;
            while (begin <= within.to && model.count(begin) == 0) ++begin;
            Sequence behind = begin;
            while (behind <= within.to && model.count(behind) != 0) ++behind;
            const auto run = ranges.first_run(within);
            ASSERT_EQ(run.has_value(), begin <= within.to) << "seed " << seed << " step " << step;
            ASSERT_EQ(run.value_or(Range{begin, behind - 1}), (Range{begin, behind - 1})) << "seed " << seed;
            Sequence end = from - 1;
            while (model.count(end + 1) != 0) ++end;
            ASSERT_EQ(ranges.end_of_run(from), end) << "seed " << seed << " step " << step;
            ASSERT_EQ(ranges.contains(from), model.count(from) != 0);
        }
    }
}

TEST(OutstandingTest, KeepsItsCountsWhateverIsTakenOut) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 random(seed);
        Outstanding outstanding;
        std::set<Sequence> model;
        Sequence next = 1;
        for (int step = 0; step < 60; ++step) {
            const Range range{next, next + random() % 9};
            outstanding.add(range, 1 + random() % 5'000, next, random() % 2 == 0 ? Lane::live : Lane::backlog);
            for (Sequence n = range.from; n <= range.to; ++n) model.insert(n);
            next = range.to + 1 + random() % 3;
            const Sequence from = 1 + random() % next;
            const Range covered{from, from + random() % 20};
            outstanding.remove(covered);
            for (Sequence n = covered.from; n <= covered.to; ++n) model.erase(n);
            ASSERT_EQ(outstanding.load().events, model.size()) << "seed " << seed << " step " << step;
        }
        outstanding.remove({1, next + 100});
        EXPECT_EQ(outstanding.load().events, 0U);
        EXPECT_EQ(outstanding.load().bytes, 0U) << "seed " << seed;
    }
}

TEST(LiveEdgeTest, EventsAreLiveForTheirFirstSeconds) {
    LiveEdge edge(5s);
    edge.start(100);
    edge.has(100, start);
    EXPECT_EQ(edge.first_live(start), 101U);
    edge.has(110, start);
    edge.has(120, start + 2s);
    EXPECT_EQ(edge.first_live(start + 4s), 101U);
    EXPECT_EQ(edge.first_live(start + 5s), 111U);
    EXPECT_EQ(edge.first_live(start + 7s), 121U);
    edge.has(121, start + 60s);
    EXPECT_EQ(edge.first_live(start + 60s), 121U);
}

TEST(LiveEdgeTest, EventsAgeAtMostASixteenthEarly) {
    LiveEdge edge(1600ms);
    edge.start(0);
    for (Sequence n = 1; n <= 3'000; ++n) {
        const SteadyTime now = start + n * 1ms;
        edge.has(n, now);
        const Sequence first = edge.first_live(now);
        ASSERT_LE(first, n > 1'600 ? n - 1'600 + 102 : 1) << n;
        ASSERT_GE(first + 1'600, n) << n;
    }
}

TEST(LaneShareTest, LiveEventsTakeTwoFifthsAtMost) {
    LaneShare share;
    std::uint64_t live = 0;
    std::uint64_t backlog = 0;
    for (int i = 0; i < 10'000; ++i) {
        const Lane lane = share.live_first() ? Lane::live : Lane::backlog;
        const std::uint64_t bytes = lane == Lane::live ? 900 : 65'536;
        (lane == Lane::live ? live : backlog) += bytes;
        share.sent(lane, bytes, true, 65'536);
    }
    EXPECT_NEAR(static_cast<double>(live) / static_cast<double>(live + backlog), 0.4, 0.01);
}

/// A line with a rate and a round trip, sent on as the window allows.
struct ModelLine {
    struct Packet {
        Window::Ticket ticket;
        std::uint64_t bytes;
        SteadyTime sent;
        SteadyTime through;  ///< Behind all that was sent before it
    };
    explicit ModelLine(std::uint64_t rate, Millis trip, const DeliverySettings& settings = {})
        : bytes_per_second(rate), round_trip(trip), window(settings) {
        window.connected(settings.window + 2, 0);
    }
    std::chrono::nanoseconds time_of(std::uint64_t bytes) const {
        return std::chrono::nanoseconds(bytes * 1'000'000'000 / bytes_per_second);
    }
    void fill() {
        while (window.room(Lane::backlog, true)) {
            const std::uint64_t bytes = window.batch_bytes();
            line_free = std::max(line_free, now) + time_of(bytes);
            window.sent(++ticket, {1, 1}, bytes, true, now);
            packets.push_back({ticket, bytes, now, line_free});
            longest_queue = std::max(longest_queue, line_free - now);
        }
    }
    void run_for(Millis time) {
        const SteadyTime end = now + time;
        while (now < end) {
            fill();
            const Packet packet = packets.front();
            packets.pop_front();
            now = std::max(now, packet.through + round_trip);
            (void)window.answered(packet.ticket, true, now);
            answered.push_back({now, packet});
            ++acknowledged;
        }
    }
    /// Another rate, for what has not got through yet, too.
    void become(std::uint64_t rate) {
        bytes_per_second = rate;
        line_free = now;
        for (Packet& packet : packets) {
            if (packet.through > now) packet.through = line_free += time_of(packet.bytes);
        }
    }
    /// From sending to acknowledgement, of what was sent from then on.
    SteadyTime::duration longest_wait(SteadyTime from) const {
        SteadyTime::duration longest{};
        for (const auto& [at, packet] : answered) {
            if (packet.sent >= from) longest = std::max(longest, at - packet.sent);
        }
        return longest;
    }
    std::uint64_t bytes_acknowledged_since(SteadyTime from) const {
        std::uint64_t sum = 0;
        for (const auto& [at, packet] : answered) sum += at > from ? packet.bytes : 0;
        return sum;
    }
    std::uint64_t bytes_per_second;
    Millis round_trip;
    Window window;
    SteadyTime now = start;
    SteadyTime line_free = start;
    SteadyTime::duration longest_queue{};
    std::deque<Packet> packets;
    std::vector<std::pair<SteadyTime, Packet>> answered;
    Window::Ticket ticket = 0;
    std::uint64_t acknowledged = 0;
};

TEST(WindowTest, AMessageTakesAThirdOfAKeepAliveOf64Kilobits) {
    struct Case {
        std::uint64_t wanted;
        Millis keep_alive;
        std::uint64_t batch;
    };
    for (const Case& each : {Case{65'536, 5s, 13'328}, Case{8'192, 5s, 8'192}, Case{65'536, 30s, 65'536},
                             Case{1 << 20, 30s, 80'000}, Case{1 << 20, 3600s, 1 << 20}}) {
        DeliverySettings settings;
        settings.batch_bytes = each.wanted;
        settings.keep_alive = each.keep_alive;
        ModelLine line(50'000'000, 1ms, settings);
        line.run_for(10s);
        EXPECT_EQ(line.window.batch_bytes(), each.batch) << each.keep_alive.count();
    }
}

struct Narrowing {
    const char* name;
    std::uint64_t rate;
    Millis round_trip;
    std::uint32_t window;
    Millis keep_alive;
};

class NarrowingTest : public ::testing::TestWithParam<Narrowing> {
protected:
    static DeliverySettings settings() {
        DeliverySettings result;
        result.window = GetParam().window;
        result.keep_alive = GetParam().keep_alive;
        return result;
    }
};

INSTANTIATE_TEST_SUITE_P(Lines, NarrowingTest,
                         ::testing::Values(Narrowing{"near", 100'000'000, 1ms, 16, 30s},
                                           Narrowing{"far", 50'000'000, 40ms, 16, 30s},
                                           Narrowing{"satellite", 10'000'000, 600ms, 16, 30s},
                                           Narrowing{"many_messages", 10'000'000, 200ms, 1'000, 30s},
                                           Narrowing{"short_keep_alive", 10'000'000, 200ms, 1'000, 5s},
                                           Narrowing{"short_keep_alive_few_messages", 50'000'000, 40ms, 16, 5s}),
                         [](const auto& which) { return std::string(which.param.name); });

// From fast to 64 kbit/s with a full window: neither the broker's answers nor what goes behind them come too late.
TEST_P(NarrowingTest, WhatIsUnderWayIsThroughBeforeTheLineWouldBeGivenUp) {
    ModelLine line(GetParam().rate, GetParam().round_trip, settings());
    line.run_for(20s);
    line.fill();
    const std::uint64_t full = line.window.bytes();
    line.become(8'000);
    Liveness liveness(GetParam().keep_alive);
    liveness.connected(line.now);
    const SteadyTime narrow = line.now;
    SteadyTime heard = line.now;
    std::uint64_t most_behind = 0;
    while (line.now < narrow + 300s) {
        liveness.sent(line.now);
        const std::uint64_t sent = line.ticket;
        line.run_for(1ms);  // until the next answer
        ASSERT_LE(line.now - heard, GetParam().keep_alive) << "an echo is not even needed";
        ASSERT_NE(liveness.judge(line.now), Liveness::Verdict::dead);
        ASSERT_LT(line.now, line.window.answer_due());
        liveness.heard(heard = line.now);
        if (line.ticket > sent) most_behind = std::max(most_behind, line.window.bytes());
    }
    const auto in_one_trip = GetParam().rate * GetParam().round_trip.count() / 1'000;
    EXPECT_LE(line.time_of(full - std::min(full, in_one_trip)), GetParam().keep_alive * 4 / 3)
        << "what the kernel did not take and keeps Paho from reading";
    const auto seconds = std::chrono::duration<double>(settings().patience()).count();
    EXPECT_LE(full, 8'000 * seconds + 65'536) << "what was under way when it became narrow";
    EXPECT_LE(most_behind, full) << "it is not refilled";
    EXPECT_LE(line.longest_wait(narrow + settings().patience() + 10s), 3s + GetParam().round_trip)
        << "and then nothing waits for long";
    EXPECT_GE(line.bytes_acknowledged_since(narrow), 300 * 8'000 * 9 / 10) << "the line is kept busy all the time";
}

TEST(WindowTest, BatchesGrowWithTheLine) {
    struct Case {
        std::uint64_t rate;
        Millis round_trip;
        std::uint64_t batch;
    };
    for (const Case& each : {Case{1'000, 200ms, 4'096}, Case{8'000, 200ms, 4'096}, Case{30'000, 80ms, 15'000},
                             Case{1'000'000, 40ms, 65'536}, Case{50'000'000, 1ms, 65'536}}) {
        ModelLine line(each.rate, each.round_trip);
        EXPECT_EQ(line.window.batch_bytes(), 4'096U) << "the line is not known yet";
        line.run_for(30s);
        const auto batch = static_cast<double>(line.window.batch_bytes());
        EXPECT_NEAR(batch, static_cast<double>(each.batch), 0.1 * static_cast<double>(each.batch)) << each.rate;
        EXPECT_NEAR(static_cast<double>(line.window.line().rate()), static_cast<double>(each.rate),
                    0.1 * static_cast<double>(each.rate));
    }
}

TEST(WindowTest, KeepsTheLineBusyButItsQueueShort) {
    ModelLine fast(10'000'000, 40ms);
    fast.run_for(10s);
    const std::uint64_t before = fast.acknowledged;
    fast.run_for(10s);
    EXPECT_GT(65'536 * (fast.acknowledged - before), 9 * 10'000'000U) << "nine tenths of what the line carries";
    ModelLine slow(8'000, 100ms);
    slow.run_for(60s);
    EXPECT_LE(slow.longest_queue, 2s) << "and so a live event waits no longer";
    slow.run_for(30min);
    EXPECT_LE(slow.longest_queue, 3s) << "a queue does not feed on itself";
    EXPECT_GE(slow.bytes_acknowledged_since(start), 30 * 60 * 8'000U) << "and the line is busy all the time";
}

TEST(WindowTest, TheFirstLateAcknowledgementTellsOfASlowLine) {
    ModelLine line(1'000'000, 40ms);
    line.run_for(20s);
    line.fill();
    line.become(8'000);
    line.run_for(9s);  // a message of 64 KiB
    EXPECT_EQ(line.window.batch_bytes(), 4'096U);
    line.become(1'000'000);
    line.run_for(5s);
    EXPECT_GT(line.window.batch_bytes(), 60'000U) << "and it is soon known that it is fast again";
}

TEST(WindowTest, AnIdleLineIsNoSlowLine) {
    Window window{DeliverySettings()};
    window.connected(20, 0);
    for (Window::Ticket ticket = 1; ticket <= 100; ++ticket) {
        const SteadyTime now = start + ticket * 1ms;
        window.sent(ticket, {1, 1}, 65'536, true, now);
        (void)window.answered(ticket, true, now + 1ms);
    }
    for (Window::Ticket ticket = 101; ticket <= 200; ++ticket) {
        const SteadyTime now = start + ticket * 10s;
        window.sent(ticket, {1, 1}, 900, false, now);
        (void)window.answered(ticket, true, now + 1ms);
    }
    EXPECT_EQ(window.batch_bytes(), 65'536U);
}

TEST(WindowTest, AMessageFitsTheBrokersPacketLimit) {
    struct Case {
        std::uint32_t packet;
        std::uint64_t message;
    };
    for (const Case& each : {Case{0, 268'435'325}, Case{268'435'455, 268'435'325}, Case{2'000, 1'870}, Case{1, 256}}) {
        Window window{DeliverySettings()};
        window.connected(20, each.packet);
        EXPECT_EQ(window.largest_message(), each.message);
        EXPECT_LE(window.batch_bytes(), each.message);
    }
}

TEST(WindowTest, LeavesPlacesOfTheReceiveMaximumForOtherMessages) {
    struct Case {
        std::uint32_t receive_maximum;
        std::size_t messages;
    };
    for (const Case& each : {Case{1, 1}, Case{2, 1}, Case{4, 2}, Case{20, 16}, Case{65'535, 16}}) {
        Window window{DeliverySettings()};
        window.connected(each.receive_maximum, 0);
        Window::Ticket ticket = 0;
        while (window.room(Lane::live, true)) window.sent(++ticket, {1, 1}, 1, true, start);
        EXPECT_EQ(window.messages(), each.messages) << each.receive_maximum;
    }
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
    backoff.at_most(1500ms);
    EXPECT_EQ(backoff.cap(), 1500ms);
    backoff.at_most(10s);
    EXPECT_EQ(backoff.cap(), 1500ms);
}

}  // namespace
}  // namespace tillpost
