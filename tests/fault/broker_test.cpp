// SPDX-License-Identifier: Apache-2.0
// The whole agent while a real broker and the real central die, hang and come back.
#include <gtest/gtest.h>

#include <random>

#include "tests/support/agent_rig.hpp"

namespace tillpost::test {
namespace {

class BrokerFaultTest : public ::testing::Test {
protected:
    void start(const std::string& rate) {
        rig.broker().start();
        rig.start_central();
        rig.start_agent();
        store = rig.start_store({"--seed", "31", "--rate", rate, "--in-flight", "32", "--seconds", "600"});
        ASSERT_TRUE(wait_until([&] { return rig.number("confirmed") > 0; })) << rig.status();
    }
    void sell(std::size_t events) {
        const std::size_t next = rig.told() + events;
        ASSERT_TRUE(wait_until([&] { return rig.told() >= next; })) << "capture goes on";
    }
    void sell_for(Millis time) {
        const SteadyTime end = std::chrono::steady_clock::now() + time;
        ASSERT_NO_FATAL_FAILURE(sell(100));
        wait_until([&] { return std::chrono::steady_clock::now() >= end; }, time);
    }

    AgentRig rig{AgentRig::impatient()};
    std::unique_ptr<Process> store;
};

TEST_F(BrokerFaultTest, ABrokerThatIsKilledAndComesBackEmpty) {
    ASSERT_NO_FATAL_FAILURE(start("500"));
    for (int round = 0; round < (long_run() ? 20 : 2); ++round) {
        rig.broker().stop(SIGKILL);
        ASSERT_NO_FATAL_FAILURE(sell(300));
        rig.broker().start();
        ASSERT_NO_FATAL_FAILURE(sell(300));
    }
    rig.expect_all_delivered(store.get());
}

// Longer than the agent's keep-alive, so that it gives the connection up; the kernel goes on taking its bytes
// meanwhile.
TEST_F(BrokerFaultTest, ABrokerThatHangsAndGoesOn) {
    ASSERT_NO_FATAL_FAILURE(start("300"));
    rig.broker().process().kill(SIGSTOP);
    ASSERT_NO_FATAL_FAILURE(sell_for(long_run() ? Millis(20'000) : Millis(11'000)));
    rig.broker().process().kill(SIGCONT);
    rig.expect_all_delivered(store.get());
}

TEST_F(BrokerFaultTest, ACentralThatIsKilledInTheMiddle) {  // [end-1]
    ASSERT_NO_FATAL_FAILURE(start("1500"));
    std::mt19937 random(seed_of_run());
    for (int round = 0; round < (long_run() ? 50 : 6); ++round) {
        ASSERT_NO_FATAL_FAILURE(sell(100 + random() % 900));
        rig.kill_central();
        rig.start_central();
    }
    rig.expect_all_delivered(store.get());
}

TEST_F(BrokerFaultTest, ACentralThatIsAbsentForLongerThanTheAgentIsPatient) {  // [flow-1]
    ASSERT_NO_FATAL_FAILURE(start("300"));
    rig.kill_central();
    ASSERT_NO_FATAL_FAILURE(sell_for(long_run() ? Millis(90'000) : Millis(18'000)));
    EXPECT_GT(rig.number("waiting"), 0);
    rig.start_central();
    rig.expect_all_delivered(store.get());
}

TEST_F(BrokerFaultTest, BrokerAndCentralThatDieTogether) {
    ASSERT_NO_FATAL_FAILURE(start("500"));
    for (int round = 0; round < (long_run() ? 20 : 2); ++round) {
        rig.kill_central();
        rig.broker().stop(SIGKILL);
        ASSERT_NO_FATAL_FAILURE(sell(200));
        rig.broker().start();
        ASSERT_NO_FATAL_FAILURE(sell(200));
        rig.start_central();
        ASSERT_NO_FATAL_FAILURE(sell(200));
    }
    rig.expect_all_delivered(store.get());
}

}  // namespace
}  // namespace tillpost::test
