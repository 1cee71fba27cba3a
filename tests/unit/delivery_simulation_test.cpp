// SPDX-License-Identifier: Apache-2.0
// [flow-1] [once-1] [order-1] [fork-1] Delivery's decisions in a simulated store, with a seed as the bug report.
//
// One seed alone: TILLPOST_SEED=42 delivery_test --gtest_filter='DeliverySimulationTest.*'
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/support/sanitized.hpp"
#include "tests/unit/delivery_world.hpp"

namespace tillpost {
namespace {

constexpr std::uint64_t usual_seeds = test::sanitized ? 500 : 10'000;

TEST(DeliverySimulationTest, EverythingArrivesOnceTheLineIsFair) {
    const char* const one = std::getenv("TILLPOST_SEED");
    const bool many = std::getenv("TILLPOST_LONG") != nullptr;
    const std::uint64_t first = one != nullptr ? std::strtoull(one, nullptr, 10) : 0;
    const std::uint64_t count = one != nullptr ? 1 : many ? 100'000 : usual_seeds;
    test::DeliveryWorld::Report all;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const test::DeliveryWorld::Report report = test::DeliveryWorld(seed).run();
        ASSERT_EQ(report.broken, "") << "TILLPOST_SEED=" << seed;
        all.decisions += report.decisions;
        all.events += report.events;
        all.forks += report.forks;
        all.gone += report.gone;
    }
    std::cout << count << " seeds, " << all.decisions << " decisions, " << all.events << " events, " << all.forks
              << " forks, " << all.gone << " ranges gone\n";
    if (count > 1) {
        EXPECT_GT(all.forks, count / 50) << "it is to happen";
        EXPECT_GT(all.gone, count / 50);
    }
}

}  // namespace
}  // namespace tillpost
