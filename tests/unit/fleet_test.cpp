// SPDX-License-Identifier: Apache-2.0
// How fast a fleet comes back. Each agent waits as the Forwarder does (Reconnect): full jitter, doubling from
// `first_retry`; after a stable connection over `spread_retry`, after a short one that was of use a minute at most.
//
// Bounds, for N agents. An agent whose delays are uniform in 0 … L connects once per L/2 on the average, so in the long
// run a fleet that is away makes N / (L/2) attempts a second: 667 with L = 300 s. When the broker comes back, the first
// attempt of each comes at that rate at most, and falls to none within L, because whoever is connected stops trying.
// After a restart that drops all at once, the first attempts are uniform in 0 … S: N/S a second, 5,000 with S = 20 s;
// who comes while the broker is still away tries again within 2S, 4S …, which adds at most (1/2 + 1/16 + …) N/S:
// together less than 1.6 N/S, 8,000 a second. Around each rate the counts scatter like Poisson's: six standard
// deviations are added.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>
#include <random>
#include <vector>

#include "agent/forward/reconnect.hpp"

namespace tillpost {
namespace {

constexpr int agents = 100'000;
constexpr double seconds(Millis time) { return static_cast<double>(time.count()) / 1000.0; }
constexpr SteadyTime lost{std::chrono::hours(1)};
double with_scatter(double rate) { return rate + 6 * std::sqrt(rate); }

/// Connects a second, from the moment on that the broker is there again, when all lost it at 0.
std::vector<int> connects_a_second(Millis spread, double away) {
    DeliverySettings settings;
    settings.spread_retry = spread;
    std::mt19937_64 random(42);
    std::vector<int> counts(1000);
    for (int i = 0; i < agents; ++i) {
        Reconnect reconnect(settings);
        reconnect.connected(lost - settings.stable_after - Millis(1));
        double now = 0;
        do {
            now += seconds(reconnect.delay(lost, random()));
        } while (now < away);
        ++counts.at(static_cast<std::size_t>(now - away));
    }
    return counts;
}

int peak(const std::vector<int>& counts) { return *std::max_element(counts.begin(), counts.end()); }

TEST(FleetTest, AfterAnHoursOutageConnectsStayBelowTheBound) {
    const DeliverySettings settings;
    const std::vector<int> counts = connects_a_second(settings.spread_retry, 3600);
    const double bound = with_scatter(agents / (seconds(settings.longest_retry) / 2));
    std::cout << "peak " << peak(counts) << " connects/s, bound " << std::floor(bound) << "\n";
    EXPECT_LE(peak(counts), bound);
    EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0), agents);
    const auto within = counts.begin() + static_cast<long>(seconds(settings.longest_retry)) + 1;
    EXPECT_EQ(std::accumulate(counts.begin(), within, 0), agents) << "all are back within the longest delay";
}

TEST(FleetTest, AfterARestartConnectsStayBelowTheBound) {
    const DeliverySettings settings;
    const double spread = seconds(settings.spread_retry);
    for (const double away : {0.0, 1.0, 5.0, 15.0, 30.0, 60.0}) {
        const std::vector<int> counts = connects_a_second(settings.spread_retry, away);
        const double bound = with_scatter(1.6 * agents / spread);
        std::cout << "away " << away << " s: peak " << peak(counts) << " connects/s, bound " << std::floor(bound)
                  << "\n";
        EXPECT_LE(peak(counts), bound) << away;
    }
}

/// What the spread is for: with the first retry within a second, all come in that second.
TEST(FleetTest, WithoutTheSpreadARestartWouldBeAnsweredInOneSecond) {
    EXPECT_GT(connects_a_second(DeliverySettings().first_retry, 0)[0], agents * 99 / 100);
}

// It serves whoever comes for two seconds after its start, confirms events, and falls over again.
TEST(FleetTest, ABrokerThatDiesOfItsFleetHasItBackOverAMinute) {
    const DeliverySettings settings;
    std::mt19937_64 random(42);
    std::vector<int> counts(1000);
    for (int i = 0; i < agents / 10; ++i) {
        Reconnect reconnect(settings);
        double now = 0;
        for (;;) {
            now += seconds(reconnect.delay(lost, random()));
            if (now >= static_cast<double>(counts.size())) break;
            ++counts[static_cast<std::size_t>(now)];
            reconnect.connected(lost);
            reconnect.used();
            now += 2;
        }
    }
    const double minute = seconds(settings.longest_retry_after_use);
    const auto settled = counts.begin() + static_cast<long>(4 * minute);
    EXPECT_LE(*std::max_element(settled, counts.end()), with_scatter(agents / 10 / (minute / 2)));
    EXPECT_GE(*std::min_element(settled, counts.end()), agents / 10 / minute) << "and none is away for longer";
}

TEST(ReconnectTest, ShortOutagesInARowDoNotAddUp) {
    const DeliverySettings settings;
    std::mt19937_64 random(42);
    Reconnect unused(settings);
    Reconnect used(settings);
    Millis last{};
    for (int outage = 0; outage < 12; ++outage) {
        for (Reconnect* each : {&unused, &used}) each->connected(lost);
        used.used();
        last = std::max(last, used.delay(lost + Millis(10'000), random()));
        (void)unused.delay(lost + Millis(10'000), random());
    }
    EXPECT_LE(last, settings.longest_retry_after_use);
    EXPECT_GT(unused.delay(lost, 299'999), settings.longest_retry_after_use) << "nothing came of those connections";
    used.begin_anew();
    EXPECT_LE(used.delay(lost, random()), settings.first_retry);
}

}  // namespace
}  // namespace tillpost
