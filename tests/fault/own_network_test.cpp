// SPDX-License-Identifier: Apache-2.0
// The whole agent in a network namespace of its own, its broker in another, and a router between them: what links,
// addresses, routes and name servers do to a till, by the kernel itself. tests/README.md, "Faults of network".
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <iostream>

#include "tests/support/agent_rig.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/name_server.hpp"
#include "tests/support/own_network.hpp"

namespace tillpost::test {
namespace {

using Place = OwnNetwork::Place;
using Stay = OwnNetwork::Stay;

constexpr Millis keep_alive{5'000};
constexpr const char* moved_address = "10.77.2.3";

class OwnNetworkTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (!network.why_not().empty()) GTEST_SKIP() << network.why_not();
        const Stay there(network, Place::central);
        const auto server = certificates.issue(
            {"broker", "broker.example", std::string("DNS:broker.example,IP:10.77.2.2,IP:") + moved_address});
        AgentRig::Options options = AgentRig::impatient();
        // Central speaks to it within its own machine, the till over the line.
        options.broker.extra = "listener 8883\ncafile " + certificates.ca_file() + "\ncertfile " +
                               server.certificate_file + "\nkeyfile " + server.key_file + "\n";
        options.broker_keys += ",\"return_s\":1,\"ca_file\":\"" + certificates.ca_file() + "\"";
        options.more_addresses = more_addresses;
        options.agent_runner = runner;
        rig = std::make_unique<AgentRig>(options);
    }
    void start_broker() {
        const Stay there(network, Place::central);
        rig->broker().start();
    }
    void start_agent(const std::string& address = "ssl://10.77.2.2:8883") {
        rig->lead_agent_to(address);
        const Stay there(network, Place::till);
        rig->start_agent();
    }
    /// Everything up and something confirmed over the line.
    void start(const std::string& rate = "300") {
        start_broker();
        {
            const Stay there(network, Place::central);
            rig->start_central();
        }
        start_agent();
        store = rig->start_store({"--seed", "23", "--rate", rate, "--in-flight", "32", "--seconds", "600"});
        ASSERT_TRUE(wait_until([&] { return rig->number("confirmed") > 0 && rig->told() > 50; }))
            << rig->status() << rig->agent().errors();
    }
    /// Until that time has passed and the store has been told of more: capture must go on.
    void sell_for(Millis time) {
        const std::size_t next = rig->told() + 100;
        const SteadyTime end = std::chrono::steady_clock::now() + time;
        ASSERT_TRUE(wait_until([&] { return rig->told() >= next && std::chrono::steady_clock::now() >= end; },
                               time + long_time))
            << "capture goes on";
    }
    bool connected() const { return rig->status().find("\"connected\":true") != std::string::npos; }
    bool connected_to(const std::string& address) const {
        return connected() && rig->status().find(address) != std::string::npos;
    }
    /// How often the agent has connected.
    long connections() const {
        const std::string log = rig->agent().errors();
        long found = 0;
        for (auto at = log.find("connected to the broker"); at != std::string::npos; ++found) {
            at = log.find("connected to the broker", at + 1);
        }
        return found;
    }
    void expect_noticed_in_time() {
        const SteadyTime begun = std::chrono::steady_clock::now();
        const std::string lost = "why=\"connection lost:";
        EXPECT_TRUE(wait_until([&] { return rig->agent().errors().find(lost) != std::string::npos; }, keep_alive * 4))
            << rig->agent().errors();
        const auto took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun);
        std::cout << "noticed after " << took.count() << " ms\n";
        EXPECT_LE(took, keep_alive * 5 / 2 + Millis(500));
    }
    void finish() { rig->expect_all_delivered(store.get()); }

    OwnNetwork network;
    Certificates certificates;
    std::string more_addresses;
    std::string runner;
    std::unique_ptr<AgentRig> rig;
    std::unique_ptr<Process> store;
};

struct ShortFault {
    const char* name;
    const char* begin;
    const char* end;
    Place place = Place::line;
};

class ShortFaultTest : public OwnNetworkTest, public ::testing::WithParamInterface<ShortFault> {};

// TCP sends again what was lost, whatever ICMP says meanwhile.
TEST_P(ShortFaultTest, CostsNoConnectionWhileItIsShorterThanTheKeepAlive) {
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_EQ(network.run(GetParam().place, GetParam().begin), "");
    ASSERT_NO_FATAL_FAILURE(sell_for(Millis(1'000)));
    ASSERT_EQ(network.run(GetParam().place, GetParam().end), "");
    ASSERT_TRUE(wait_until([&] { return rig->number("waiting") < 200; })) << rig->status();
    finish();
    EXPECT_EQ(connections(), 1) << rig->agent().errors();
}

INSTANTIATE_TEST_SUITE_P(
    Faults, ShortFaultTest,
    ::testing::Values(ShortFault{"cable_pulled", "ip link set line0 down", "ip link set line0 up"},
                      ShortFault{"link_taken_down", "ip link set till0 down",
                                 "ip link set till0 up; ip route replace default via 10.77.1.1", Place::till},
                      ShortFault{"no_route", "ip route del default", "ip route add default via 10.77.1.1", Place::till},
                      ShortFault{"black_hole", "ip rule add pref 1 blackhole", "ip rule del pref 1"},
                      ShortFault{"host_unreachable", "ip rule add pref 1 unreachable", "ip rule del pref 1"},
                      ShortFault{"prohibited", "ip rule add pref 1 prohibit", "ip rule del pref 1"},
                      ShortFault{"small_packets_only", "ip link set line2 mtu 600", "ip link set line2 mtu 1500"}),
    [](const auto& which) { return std::string(which.param.name); });

struct Uplink {
    const char* name;
    const char* down;
    const char* up;
    Place place;
};

class NetworkUpTest : public OwnNetworkTest, public ::testing::WithParamInterface<Uplink> {};

// The next attempt was far away when the network came back.
TEST_P(NetworkUpTest, EndsTheWaitAtOnce) {
    ASSERT_EQ(network.run(GetParam().place, GetParam().down), "");
    start_broker();
    start_agent();
    ASSERT_TRUE(wait_until([&] { return rig->next_try_in() > Millis(4'000); }, long_time * 2)) << rig->status();
    const SteadyTime begun = std::chrono::steady_clock::now();
    ASSERT_EQ(network.run(GetParam().place, GetParam().up), "");
    ASSERT_TRUE(wait_until([&] { return connected(); }, Millis(5'000))) << rig->agent().errors();
    const auto took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun);
    std::cout << "connected " << took.count() << " ms after the network came up\n";
    EXPECT_LT(took, Millis(2'500));
}

INSTANTIATE_TEST_SUITE_P(
    Uplinks, NetworkUpTest,
    ::testing::Values(Uplink{"cable", "ip link set line0 down", "ip link set line0 up", Place::line},
                      Uplink{"link", "ip link set till0 down",
                             "ip link set till0 up; ip route replace default via 10.77.1.1", Place::till},
                      Uplink{"address", "ip addr del 10.77.1.2/24 dev till0",
                             "ip addr add 10.77.1.7/24 dev till0; ip route replace default via 10.77.1.1",
                             Place::till}),
    [](const auto& which) { return std::string(which.param.name); });

struct LongFault {
    const char* name;
    const char* begin;
    const char* end;  ///< "" if it stays so: then there is another way.
    Place place = Place::line;
};

class DeadLineTest : public OwnNetworkTest, public ::testing::WithParamInterface<LongFault> {};

TEST_P(DeadLineTest, IsNoticedWithinTwoAndAHalfKeepAlives) {
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_EQ(network.run(GetParam().place, GetParam().begin), "");
    expect_noticed_in_time();
    ASSERT_NO_FATAL_FAILURE(sell_for(Millis(0)));
    ASSERT_EQ(network.run(GetParam().place, GetParam().end), "");
    finish();
}

INSTANTIATE_TEST_SUITE_P(
    Faults, DeadLineTest,
    ::testing::Values(LongFault{"black_hole", "ip rule add pref 1 blackhole", "ip rule del pref 1"},
                      LongFault{"answers_lost", "ip rule add pref 1 iif line2 blackhole", "ip rule del pref 1"},
                      LongFault{"another_address",
                                "ip addr del 10.77.1.2/24 dev till0; ip addr add 10.77.1.7/24 dev till0; "
                                "ip route replace default via 10.77.1.1",
                                "", Place::till},
                      LongFault{"another_route",
                                "ip link set till0 down; ip route replace default via 10.77.3.1 dev till1", "",
                                Place::till}),
    [](const auto& which) { return std::string(which.param.name); });

// The kernel's own buffers are full of what was sent while the line was fast.
TEST_F(OwnNetworkTest, ALineThatBecomesNarrowIsNotTakenForDead) {
    ASSERT_NO_FATAL_FAILURE(start("2000"));
    if (const auto failed = network.shape("tbf rate 64kbit burst 3000 latency 500ms"); !failed.empty()) {
        GTEST_SKIP() << failed;
    }
    ASSERT_NO_FATAL_FAILURE(sell_for(long_run() ? Millis(120'000) : Millis(15'000)));
    EXPECT_TRUE(connected());
    EXPECT_EQ(connections(), 1) << rig->agent().errors();
    ASSERT_EQ(network.shape("pfifo limit 1000"), "");
    finish();
}

TEST_F(OwnNetworkTest, ALineThatLosesDelaysAndReordersPacketsLosesNothing) {
    ASSERT_NO_FATAL_FAILURE(start());
    const std::string bad = "netem delay 150ms 50ms loss 10% duplicate 2% reorder 10%";
    if (const auto failed = network.shape(bad); !failed.empty()) GTEST_SKIP() << "this kernel has no netem: " << failed;
    ASSERT_NO_FATAL_FAILURE(sell_for(long_run() ? Millis(60'000) : Millis(4'000)));
    EXPECT_TRUE(connected());
    ASSERT_EQ(network.shape("pfifo limit 1000"), "");
    finish();
}

/// The agent has a resolv.conf of its own, by a mount namespace, and the store's router is its name server.
class OwnNamesTest : public OwnNetworkTest {
protected:
    void SetUp() override {
        Process mounts(Process::Command{"unshare", {"--mount", "true"}});
        if (mounts.wait().value_or(-1) != 0) {
            GTEST_SKIP() << "a mount namespace of one's own is not to be had here (in a chroot it is not): "
                         << mounts.errors();
        }
        const std::string servers = folder.write("resolv.conf", "nameserver 10.77.1.1\n");
        const std::string script =
            folder.write("with-names", "#!/bin/sh\nmount --bind " + servers + " /etc/resolv.conf && exec \"$@\"\n");
        ASSERT_EQ(::chmod(script.c_str(), 0700), 0);
        runner = "unshare --mount " + script;
        OwnNetworkTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        const Stay there(network, Place::line);
        names = std::make_unique<NameServer>("10.77.1.1");
    }

    TempDir folder;
    std::unique_ptr<NameServer> names;
};

class DeadNamesTest : public OwnNamesTest {
protected:
    DeadNamesTest() { more_addresses = ",\"ssl://10.77.2.2:8883\""; }
};

// … and when the name server answers again, the preferred broker is gone back to.
TEST_F(DeadNamesTest, AnAddressWithoutANameIsUsedMeanwhile) {
    start_broker();
    {
        const Stay there(network, Place::central);
        rig->start_central();
    }
    const SteadyTime begun = std::chrono::steady_clock::now();
    start_agent("ssl://broker.example:8883");
    ASSERT_TRUE(wait_until([&] { return connected_to("10.77.2.2"); })) << rig->agent().errors();
    const auto took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun);
    EXPECT_GT(names->questions(), 0) << "it was asked indeed";
    EXPECT_LT(took, Millis(6'000)) << "the dead name server costs one connect_timeout_s";
    store = rig->start_store({"--seed", "24", "--rate", "300", "--in-flight", "32", "--seconds", "600"});
    ASSERT_TRUE(wait_until([&] { return rig->number("confirmed") > 0; })) << rig->status();
    ASSERT_NO_FATAL_FAILURE(sell_for(Millis(1'500)));
    EXPECT_EQ(connections(), 1) << "what works is not held up by the name server: " << rig->agent().errors();
    names->answer(OwnNetwork::broker_address);
    ASSERT_TRUE(wait_until([&] { return connected_to("broker.example"); })) << rig->agent().errors();
    finish();
}

TEST_F(OwnNamesTest, ABrokerThatMovesIsFoundByItsName) {
    names->answer(OwnNetwork::broker_address);
    start_broker();
    {
        const Stay there(network, Place::central);
        rig->start_central();
    }
    start_agent("ssl://broker.example:8883");
    store = rig->start_store({"--seed", "25", "--rate", "300", "--in-flight", "32", "--seconds", "600"});
    ASSERT_TRUE(wait_until([&] { return rig->number("confirmed") > 0; })) << rig->agent().errors();
    rig->broker().stop();
    const std::string move = std::string("ip addr add ") + moved_address + "/24 dev central0";
    ASSERT_EQ(network.run(Place::central, move), "");
    ASSERT_EQ(network.run(Place::line, "ip route add blackhole 10.77.2.2/32"), "");
    names->answer(moved_address);
    start_broker();
    finish();
    EXPECT_GE(connections(), 2);
}

/// What becomes of packets to the first of two addresses of the broker's name.
class FirstAddressTest : public OwnNamesTest, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Is, FirstAddressTest, ::testing::Values("unreachable", "blackhole"),
                         [](const auto& which) { return std::string(which.param); });

TEST_P(FirstAddressTest, AndTheSecondIsUsed) {
    ASSERT_EQ(network.run(Place::line, std::string("ip route add ") + GetParam() + " " + moved_address + "/32"), "");
    names->answer(moved_address, OwnNetwork::broker_address);
    start_broker();
    {
        const Stay there(network, Place::central);
        rig->start_central();
    }
    const SteadyTime begun = std::chrono::steady_clock::now();
    start_agent("ssl://broker.example:8883");
    ASSERT_TRUE(wait_until([&] { return connected_to("broker.example"); })) << rig->agent().errors();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, Millis(8'000));
    store = rig->start_store({"--seed", "26", "--rate", "300", "--in-flight", "32", "--seconds", "600"});
    ASSERT_TRUE(wait_until([&] { return rig->number("confirmed") > 0; })) << rig->agent().errors();
    EXPECT_EQ(connections(), 1) << rig->agent().errors();
    finish();
}

}  // namespace
}  // namespace tillpost::test
