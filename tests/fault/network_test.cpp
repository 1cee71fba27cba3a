// SPDX-License-Identifier: Apache-2.0
// The whole agent with a real broker behind a line that fails in every way that lines do. While a fault lasts the store
// goes on selling; when it is healed everything that was told durable arrives, once in effect.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/support/agent_rig.hpp"
#include "tests/support/fault_proxy.hpp"
#include "tests/support/footprint.hpp"
#include "tests/support/sanitized.hpp"

namespace tillpost::test {
namespace {

constexpr Millis keep_alive{5'000};
constexpr Millis fault_time{3'000};

using Way = FaultProxy::Way;
using Line = FaultProxy::Line;

class NetworkFaultTest : public ::testing::Test {
protected:
    /// Everything up and something confirmed over the line.
    void start(const std::string& rate = "300") {
        rig.broker().start();
        proxy = std::make_unique<FaultProxy>(rig.broker().port());
        rig.lead_agent_to(proxy->address());
        rig.start_central();
        rig.start_agent();
        store = rig.start_store({"--seed", "21", "--rate", rate, "--in-flight", "32", "--seconds", "600"});
        ASSERT_TRUE(wait_until([&] { return rig.number("confirmed") > 0 && rig.told() > 50; }))
            << rig.status() << rig.agent().errors();
    }
    /// Until that time has passed and the store has been told of more: capture must go on.
    void sell_for(Millis time) {
        const std::size_t next = rig.told() + 200;
        const SteadyTime end = std::chrono::steady_clock::now() + time;
        ASSERT_TRUE(
            wait_until([&] { return rig.told() >= next && std::chrono::steady_clock::now() >= end; }, time + long_time))
            << "capture goes on";
    }
    bool connected() const { return rig.status().find("\"connected\":true") != std::string::npos; }
    void expect_small() {
        const Footprint footprint = footprint_of(rig.agent().pid());
        if (!sanitized) {
            EXPECT_LT(footprint.peak_kb, 64 * 1024);
        }
        EXPECT_LT(footprint.descriptors, 64);
    }
    void expect_half_open_is_noticed() {
        Line dead;
        dead.way = Way::half_open;
        proxy->set(dead);
        const SteadyTime begun = std::chrono::steady_clock::now();
        EXPECT_TRUE(wait_until([&] { return !connected(); }, keep_alive * 4));
        const auto took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun);
        RecordProperty("noticed_ms", static_cast<int>(took.count()));
        std::cout << "noticed after " << took.count() << " ms\n";
        EXPECT_LE(took, keep_alive * 5 / 2 + Millis(500));
    }
    void finish() {
        expect_small();
        proxy->set({});
        rig.expect_all_delivered(store.get());
    }

    AgentRig rig{AgentRig::impatient()};
    std::unique_ptr<FaultProxy> proxy;
    std::unique_ptr<Process> store;
};

TEST_F(NetworkFaultTest, ADelayOfHalfASecondLosesNoConnection) {
    ASSERT_NO_FATAL_FAILURE(start());
    Line slow;
    slow.delay = Millis(250);
    proxy->set(slow);
    ASSERT_NO_FATAL_FAILURE(sell_for(fault_time));
    EXPECT_EQ(proxy->connections(), 1U);
    finish();
}

struct Cut {
    const char* name;
    FaultProxy::By by;
    std::size_t after;
};

class CutTest : public NetworkFaultTest, public ::testing::WithParamInterface<Cut> {};

TEST_P(CutTest, LosesNothingHoweverOftenTheLineBreaks) {
    ASSERT_NO_FATAL_FAILURE(start());
    Line line;
    line.cut_after = GetParam().after;
    line.cut_by_reset = GetParam().by == FaultProxy::By::rst;
    const std::size_t cuts = proxy->cuts() + (long_run() ? 20 : 4);
    proxy->set(line);
    proxy->cut(GetParam().by);
    ASSERT_TRUE(wait_until([&] { return proxy->cuts() >= cuts; }, long_run() ? Millis(600'000) : long_time));
    finish();
}

// 700 bytes: after the handshake; 6,000: in the midst of events.
INSTANTIATE_TEST_SUITE_P(Lines, CutTest,
                         ::testing::Values(Cut{"close_early", FaultProxy::By::fin, 700},
                                           Cut{"close_mid_packet", FaultProxy::By::fin, 6'000},
                                           Cut{"reset_early", FaultProxy::By::rst, 700},
                                           Cut{"reset_mid_packet", FaultProxy::By::rst, 6'000}),
                         [](const auto& which) { return std::string(which.param.name); });

TEST_F(NetworkFaultTest, AHalfOpenLineIsNoticedWithinTwoAndAHalfKeepAlives) {
    ASSERT_NO_FATAL_FAILURE(start());
    expect_half_open_is_noticed();
    ASSERT_NO_FATAL_FAILURE(sell_for(Millis(0)));
    finish();
}

TEST_F(NetworkFaultTest, AnIdleHalfOpenLineIsNoticedToo) {
    ASSERT_NO_FATAL_FAILURE(start());
    store->kill(SIGTERM);
    ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    expect_half_open_is_noticed();
    proxy->set({});
    rig.expect_all_delivered(nullptr);
}

TEST_F(NetworkFaultTest, ABlackHoleCostsNothingButTime) {
    ASSERT_NO_FATAL_FAILURE(start());
    Line hole;
    hole.way = Way::blackhole;
    proxy->set(hole);
    ASSERT_NO_FATAL_FAILURE(sell_for(long_run() ? keep_alive * 6 : keep_alive * 2));
    finish();
}

TEST_F(NetworkFaultTest, ABlackHoleShorterThanTheKeepAliveLosesNoConnection) {
    ASSERT_NO_FATAL_FAILURE(start());
    Line hole;
    hole.way = Way::blackhole;
    proxy->set(hole);
    ASSERT_NO_FATAL_FAILURE(sell_for(Millis(2'000)));
    proxy->set({});
    ASSERT_TRUE(wait_until([&] { return rig.number("waiting") < 200; })) << rig.status();
    EXPECT_EQ(proxy->connections(), 1U);
    finish();
}

// The line is measured as fast when it becomes narrow: a message of 64 KiB would take longer than the keep-alive
// allows.
TEST_F(NetworkFaultTest, ALineOf64KilobitsIsNotTakenForDead) {
    ASSERT_NO_FATAL_FAILURE(start());
    Line narrow;
    narrow.bytes_per_second = 8'000;
    narrow.delay = Millis(20);
    proxy->set(narrow);
    // Much more than fits: the backlog grows, as it does before Christmas.
    ASSERT_NO_FATAL_FAILURE(sell_for(long_run() ? Millis(120'000) : Millis(25'000)));
    EXPECT_EQ(proxy->connections(), 1U) << rig.agent().errors();
    EXPECT_EQ(rig.agent().errors().find("no connection to the broker"), std::string::npos) << rig.agent().errors();
    EXPECT_TRUE(connected());
    finish();
}

TEST_F(NetworkFaultTest, ANarrowLineLosesNothing) {
    ASSERT_NO_FATAL_FAILURE(start("50"));
    Line narrow;
    narrow.bytes_per_second = 8'000;
    proxy->set(narrow);
    ASSERT_NO_FATAL_FAILURE(sell_for(long_run() ? Millis(60'000) : Millis(5'000)));
    finish();
}

TEST_F(NetworkFaultTest, ALineThatFlapsDeliversInItsGoodMoments) {
    ASSERT_NO_FATAL_FAILURE(start());
    const int rounds = long_run() ? 40 : 5;
    for (int round = 0; round < rounds; ++round) {
        SCOPED_TRACE("round " + std::to_string(round));
        Line bad;
        bad.way = round % 2 == 0 ? Way::half_open : Way::blackhole;
        proxy->set(bad);
        ASSERT_NO_FATAL_FAILURE(sell_for(Millis(200)));
        proxy->set({});
        ASSERT_NO_FATAL_FAILURE(sell_for(Millis(500)));
    }
    finish();
}

}  // namespace
}  // namespace tillpost::test
