// SPDX-License-Identifier: Apache-2.0
// The rates of events, our own and the one that central grants, with the real programs: how long a backlog takes.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/support/agent_rig.hpp"
#include "tests/support/footprint.hpp"

namespace tillpost::test {
namespace {

constexpr double bytes_a_second = 20'000;

struct Case {
    const char* name;
    const char* delivery;
    const char* central;
};

class AgentRateTest : public ::testing::TestWithParam<Case> {
protected:
    static AgentRig::Options options() {
        AgentRig::Options options;
        options.delivery = std::string(R"("live_s":1)") + GetParam().delivery;
        options.central_keys = GetParam().central;
        return options;
    }
    /// Of all lines that central has committed.
    static std::size_t bytes_at_central(AgentRig& rig) {
        Process command(Process::Command{program_path("tillpost-central"), {"export", "--db", rig.path("central.db")}});
        EXPECT_EQ(command.wait().value_or(-1), 0) << command.errors();
        return command.output().size();
    }
};

TEST_P(AgentRateTest, ABacklogTakesItsTime) {  // [flow-1]
    AgentRig rig(options());
    rig.broker().start();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "8", "--rate", "0", "--events", "100"});
    ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(wait_until([&] { return std::chrono::steady_clock::now() - begun > std::chrono::seconds(2); }))
        << "now nothing of it is new";
    const auto start = std::chrono::steady_clock::now();
    rig.start_central();
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    rig.expect_all_delivered(nullptr);
    const double rate = static_cast<double>(bytes_at_central(rig)) / took.count();
    std::cout << static_cast<long>(rate) << " bytes/s in " << took.count() << " s\n";
    // A second's worth goes at once.
    EXPECT_LT(rate, bytes_a_second * (1 + 1.2 / took.count()));
}

INSTANTIATE_TEST_SUITE_P(Of, AgentRateTest,
                         ::testing::Values(Case{"our_own", R"(,"rates":[{"bytes_s":20000}])", ""},
                                           Case{"granted", "", "--backlog-rate 20000"}),
                         [](const auto& which) { return std::string(which.param.name); });

class AgentIdleTest : public AgentRateTest {
protected:
    static void wait(Millis time) {
        const auto end = std::chrono::steady_clock::now() + time;
        (void)wait_until([&] { return std::chrono::steady_clock::now() >= end; });
    }
};

// The agent has once spun where nothing waited for a rate, at half a core, and no test saw it.
TEST_P(AgentIdleTest, WaitingTakesNoProcessorTime) {  // [light-1]
    const bool is_held = GetParam().delivery != std::string() || GetParam().central != std::string();
    AgentRig rig(options());
    rig.broker().start();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "8", "--rate", "0", "--events", "100"});
    ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    wait(Millis(1'200));  // now nothing of it is new
    rig.start_central();
    const auto delivers = [&] { return is_held ? rig.number("confirmed") > 0 : rig.everything_confirmed(); };
    ASSERT_TRUE(wait_until(delivers)) << rig.status();
    wait(Millis(700));  // for the upkeep
    const Millis before = footprint_of(rig.agent().pid()).processor;
    wait(Millis(1'000));
    const Millis worked = footprint_of(rig.agent().pid()).processor - before;
    EXPECT_GT(before.count(), 0) << "the measure says nothing";
    EXPECT_LE(worked.count(), 50);
    EXPECT_EQ(rig.number("waiting") > 0, is_held) << rig.status();
}

INSTANTIATE_TEST_SUITE_P(Of, AgentIdleTest,
                         ::testing::Values(Case{"no_rate", "", ""},
                                           Case{"our_own", R"(,"rates":[{"bytes_s":1000}])", ""},
                                           Case{"granted", "", "--backlog-rate 1000"}),
                         [](const auto& which) { return std::string(which.param.name); });

}  // namespace
}  // namespace tillpost::test
