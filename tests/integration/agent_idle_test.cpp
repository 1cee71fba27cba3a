// SPDX-License-Identifier: Apache-2.0
// [light-1] Idle, the daemon costs next to nothing: it wakes up no more than Paho does, and keeps a few megabytes.
#include <gtest/gtest.h>

#include "tests/support/agent_rig.hpp"
#include "tests/support/footprint.hpp"
#include "tests/support/sanitized.hpp"

namespace tillpost::test {
namespace {

constexpr long most_private_kb = 6 * 1024;
constexpr Millis window{1'500};
constexpr long most_wake_ups = 15;  // in one window: Paho's own threads wake up some three times a second

/// Whether it wakes up more often than that within one window.
bool wakes_up_too_often(pid_t pid) {
    const long before = footprint_of(pid).wake_ups;
    return wait_until([&] { return footprint_of(pid).wake_ups - before > most_wake_ups; }, window);
}

TEST(AgentIdleTest, NeitherPollsNorGrowsWhenEverythingIsDelivered) {
    if (test::sanitized) GTEST_SKIP() << "a sanitizer has memory and threads of its own";
    AgentRig::Options options;  // what waits for a wall clock is on
    options.feed_keys = R"(,"trading_hours":[{"from":"00:00","to":"00:00"}],"tills":["T01","T02"])";
    AgentRig rig(options);
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    auto store = rig.start_store({"--rate", "0", "--events", "500"});
    ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    const pid_t pid = rig.agent().pid();
    bool idle = false;  // checkpoints and retention may still be under way
    for (int windows = 0; windows < 6 && !idle; ++windows) idle = !wakes_up_too_often(pid);
    EXPECT_TRUE(idle) << "more than " << most_wake_ups << " wake-ups in " << window.count() << " ms, always";
    const Footprint footprint = footprint_of(pid);
    EXPECT_GT(footprint.private_dirty_kb, 0);
    EXPECT_LE(footprint.private_dirty_kb, most_private_kb);
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0) << rig.agent().errors();
}

}  // namespace
}  // namespace tillpost::test
