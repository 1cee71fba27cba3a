// SPDX-License-Identifier: Apache-2.0
// The daemon's process is killed, stopped and starved. Afterwards everything that a device was told durable is at
// central, once in effect.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <random>

#include "tests/support/agent_rig.hpp"
#include "tests/support/footprint.hpp"

namespace tillpost::test {
namespace {

AgentRig::Options options(const std::string& runner = "") {
    AgentRig::Options options = AgentRig::impatient();
    options.agent_runner = runner;
    return options;
}

void sell(AgentRig& rig, std::size_t events) {
    const std::size_t next = rig.told() + events;
    ASSERT_TRUE(wait_until([&] { return rig.told() >= next; })) << rig.status() << rig.agent().errors();
}

TEST(ProcessFaultTest, RandomKillsWithTheBrokerUpDownAndFlapping) {  // [durable-1] [durable-2] [once-1] [once-2]
    const int rounds = long_run() ? 200 : 20;
    const unsigned seed = seed_of_run();
    const std::string context = "seed " + std::to_string(seed);
    std::mt19937 random(seed);
    AgentRig rig(options());
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "41", "--rate", "800", "--in-flight", "32", "--seconds", "1200"});
    for (int round = 0; round < rounds; ++round) {
        SCOPED_TRACE(context + " round " + std::to_string(round));
        ASSERT_NO_FATAL_FAILURE(sell(rig, 1 + random() % 150));
        const bool up = rig.broker().running();
        switch (random() % 4) {
            case 0:
                if (up) rig.broker().stop(SIGKILL);
                break;
            case 1:
                if (!up) rig.broker().start();
                break;
            case 2:  // it flaps while the agent starts
                if (up) rig.broker().stop(SIGKILL);
                rig.broker().start();
                break;
            default: break;
        }
        rig.kill_agent();
        rig.start_agent();
    }
    if (!rig.broker().running()) rig.broker().start();
    rig.expect_all_delivered(store.get(), context);
}

TEST(ProcessFaultTest, AStoppedDaemonGoesOnWhereItWas) {
    AgentRig rig(options());
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "42", "--rate", "300", "--in-flight", "32", "--seconds", "600"});
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    rig.agent().kill(SIGSTOP);
    // Longer than one and a half keep-alives: the broker has closed the connection meanwhile.
    const Millis pause = long_run() ? Millis(60'000) : Millis(9'000);
    wait_until([] { return false; }, pause);
    rig.agent().kill(SIGCONT);
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    rig.expect_all_delivered(store.get());
}

/// As many as one gets.
std::vector<std::unique_ptr<FeedClient>> crowd(const AgentRig& rig, std::size_t count) {
    std::vector<std::unique_ptr<FeedClient>> clients;
    for (std::size_t i = 0; i < count; ++i) clients.push_back(std::make_unique<FeedClient>(rig.path("feed.sock")));
    return clients;
}

TEST(ProcessFaultTest, OutOfFileDescriptorsItKeepsWhatItHasAndComesBack) {
    AgentRig rig(options("prlimit --nofile=36"));
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "43", "--rate", "300", "--in-flight", "32", "--seconds", "600"});
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    {
        const auto clients = crowd(rig, 60);
        ASSERT_TRUE(wait_until([&] {
            return rig.agent().errors().find("cannot take connections") != std::string::npos;
        })) << footprint_of(rig.agent().pid()).descriptors
            << " descriptors\n"
            << rig.agent().errors();
        // Those who were in go on; the broker's connection breaks and cannot come back yet.
        rig.broker().stop(SIGKILL);
        ASSERT_NO_FATAL_FAILURE(sell(rig, 400));
        rig.broker().start();
        ASSERT_NO_FATAL_FAILURE(sell(rig, 400));
        ASSERT_TRUE(rig.agent().running()) << rig.agent().errors();
    }
    EXPECT_TRUE(wait_until([&] { return !rig.status().empty(); })) << "the control socket answers again";
    rig.expect_all_delivered(store.get());
}

class FewDescriptorsTest : public ::testing::TestWithParam<int> {};

TEST_P(FewDescriptorsTest, CannotStartAndSaysWhy) {
    AgentRig rig(options());
    rig.start_agent();  // writes the configuration
    ASSERT_EQ(rig.stop_agent().value_or(-1), 0);
    Process daemon(
        {"prlimit",
         {"--nofile=" + std::to_string(GetParam()), program_path("tillpostd"), "--config", rig.path("tillpost.json")}});
    EXPECT_EQ(daemon.wait().value_or(-1), 1) << daemon.errors();
    EXPECT_NE(daemon.errors().find("cannot start"), std::string::npos) << daemon.errors();
    std::cout << daemon.errors();
}

INSTANTIATE_TEST_SUITE_P(Limits, FewDescriptorsTest, ::testing::Values(4, 6, 8),
                         [](const auto& which) { return std::to_string(which.param); });

/// Large records from many connections at once, without waiting for answers, until told otherwise.
void flood(std::vector<std::unique_ptr<FeedClient>>& clients, int lines) {
    const std::string line = R"({"type":"scan","code":")" + std::string(60'000, '1') + "\"}\n";
    for (auto& client : clients) {
        for (int i = 0; i < lines; ++i) {
            if (!client->send_some(line)) break;
        }
    }
}

/// From now on the process may take only so much more address space.
void allow_memory(int pid, std::size_t more) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
    std::size_t pages = 0;
    file >> pages;
    const rlim_t bytes = pages * static_cast<std::size_t>(::getpagesize()) + more;
    const rlimit limit{bytes, bytes};
    ASSERT_EQ(::prlimit(pid, RLIMIT_AS, &limit, nullptr), 0);
}

// How much there is decides whether the flood is survived or ends the process; both are allowed, a loss is not.
TEST(ProcessFaultTest, OutOfMemoryNothingToldIsLost) {  // [durable-2]
    std::size_t ended = 0;
    for (const std::size_t kilobytes : {256, 2'048, 40'960}) {
        SCOPED_TRACE(std::to_string(kilobytes) + " KiB of memory left");
        AgentRig rig(options());
        rig.broker().start();
        rig.start_central();
        rig.start_agent();
        auto store = rig.start_store({"--seed", "44", "--rate", "300", "--in-flight", "32", "--seconds", "600"});
        ASSERT_NO_FATAL_FAILURE(sell(rig, 100));
        ASSERT_NO_FATAL_FAILURE(allow_memory(rig.agent().pid(), kilobytes * 1024));
        auto clients = crowd(rig, 40);
        flood(clients, 50);
        wait_until([&] { return !rig.agent().running(); }, Millis(1'500));
        clients.clear();
        const std::size_t before = rig.told();
        const auto sells_again = [&] {
            if (!rig.agent().running()) {  // on a busy machine later than the flood
                ++ended;
                EXPECT_EQ(rig.agent().wait(), 1) << rig.agent().errors();
                std::cout << rig.agent().errors();
                rig.start_agent();
            }
            return rig.told() >= before + 100;
        };
        ASSERT_TRUE(wait_until(sells_again)) << rig.agent().errors();
        rig.expect_all_delivered(store.get());
    }
    EXPECT_GT(ended, 0U) << "the least of them is too little for the flood";
}

}  // namespace
}  // namespace tillpost::test
