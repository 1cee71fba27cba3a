// SPDX-License-Identifier: Apache-2.0
// The whole agent in a network namespace of its own, whose only link goes down and up.
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <iostream>

#include "tests/support/agent_rig.hpp"
#include "tests/support/loopback.hpp"

namespace tillpost::test {
namespace {

bool connected(const AgentRig& rig) { return rig.status().find("\"connected\":true") != std::string::npos; }

TEST(AgentNetworkTest, DeliversToTheNextBrokerWhileTheFirstIsAway) {
    Broker second;
    second.start();
    AgentRig::Options options;
    options.more_addresses = ",\"" + second.address() + "\"";
    options.delivery = R"("confirm":"broker")";
    AgentRig rig(options);
    rig.start_agent();  // the first broker has never been started
    auto store = rig.start_store({"--seed", "6", "--rate", "0", "--events", "200"});
    ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    EXPECT_NE(rig.status().find(second.address()), std::string::npos) << rig.status();
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0) << rig.agent().errors();
}

/// The last one: this thread stays in its namespace.
TEST(AgentNetworkTest, TriesAtOnceWhenTheNetworkComesUp) {
    if (::unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "a network namespace of one's own needs root";
    ASSERT_TRUE(set_loopback(true));
    AgentRig::Options options;
    options.broker_keys = R"(,"connect_timeout_s":1)";
    AgentRig rig(options);
    rig.broker().start();
    ASSERT_TRUE(set_loopback(false));
    rig.start_agent();
    ASSERT_TRUE(wait_until([&] { return rig.next_try_in() > Millis(4'000); }, Millis(120'000))) << rig.status();
    EXPECT_FALSE(connected(rig));
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(set_loopback(true));
    ASSERT_TRUE(wait_until([&] { return connected(rig); }, Millis(5'000))) << rig.agent().errors();
    const auto took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun);
    std::cout << "connected " << took.count() << " ms after the link came up\n";
    EXPECT_LT(took, Millis(2'500));
}

}  // namespace
}  // namespace tillpost::test
