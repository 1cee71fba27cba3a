// SPDX-License-Identifier: Apache-2.0
// The choice among brokers and the watch over the line, with the real library, real brokers and sockets.
#include "agent/forward/broker_link.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>
#include <algorithm>

#include <boost/asio/ip/udp.hpp>
#include <cerrno>
#include <cstdlib>
#include <iostream>

#include "agent/mqtt/broker_probe.hpp"
#include "tests/integration/mqtt_fake_broker.hpp"
#include "tests/integration/mqtt_fixture.hpp"
#include "tests/support/loopback.hpp"

namespace tillpost::test {
namespace {

class RealLinkTest : public LoopTest {
protected:
    void TearDown() override {
        if (link) await(link->disconnect());
        stop_tasks();
    }
    void make(std::vector<std::string> addresses, Millis keep_alive = Millis(30'000),
              Millis return_after = Millis(200)) {
        MqttSettings mqtt;
        mqtt.address = addresses.front();
        mqtt.client_id = "till-1";
        mqtt.keep_alive = keep_alive;
        mqtt.connect_timeout = Millis(2'000);
        BrokerLink::Settings settings;
        settings.addresses = std::move(addresses);
        settings.echo_topic = "echo";
        settings.keep_alive = keep_alive;
        settings.return_after = return_after;
        settings.stable_after = Millis(0);
        auto probe = [this](std::string address, Millis within) {
            return probe_.run(std::move(address), "", std::min(within, probe_time));
        };
        link = std::make_unique<BrokerLink>(loop.get_executor(), settings,
                                            make_paho_connection(loop.get_executor(), mqtt), probe);
        link->set_events({[this](const Error& why) { lost.push_back(why.message); },
                          [this](const MqttMessage& message) { received.push_back(message.payload); }});
        link->set_on_better([this] { ++better; });
        spawn("watch", link->watch_line());
        spawn("look", link->look_for_better());
    }
    /// Connects and subscribes.
    bool connect() {
        const Result<MqttSession> session = await(link->connect(), Millis(30'000));
        if (!session) ADD_FAILURE() << session.error().message;
        if (!session) return false;
        const Result<void> subscribed = await(link->subscribe({"receipt"}));
        return subscribed.has_value();
    }
    void publish() {
        link->publish({"events", "x", false}, [this](const Result<void>& outcome) {
            if (outcome) ++acknowledged;
        });
    }
    Millis until_lost(Millis within) {
        const auto begun = std::chrono::steady_clock::now();
        EXPECT_TRUE(run_until([&] { return !lost.empty(); }, within));
        return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun);
    }

    BrokerProbe probe_{loop.get_executor()};
    Millis probe_time{2'000};
    std::unique_ptr<BrokerLink> link;
    std::vector<std::string> lost;
    std::vector<std::string> received;
    int better = 0;
    int acknowledged = 0;
};

TEST_F(RealLinkTest, GoesToTheNextBrokerAndComesBack) {
    Broker first;
    Broker second;
    second.start();
    first.start();
    make({first.address(), second.address()});
    ASSERT_TRUE(connect());
    EXPECT_EQ(link->address(), first.address());

    first.stop();
    ASSERT_TRUE(run_until([&] { return lost.size() == 1; }));
    ASSERT_TRUE(connect());
    EXPECT_EQ(link->address(), second.address());
    publish();
    ASSERT_TRUE(run_until([&] { return acknowledged == 1; }));
    run_for(Millis(500));
    EXPECT_EQ(lost.size(), 1U) << "it stays while the first is away";

    first.start();
    ASSERT_TRUE(run_until([&] { return better == 1; }));
    EXPECT_EQ(lost.back(), "left for " + first.address());
    ASSERT_TRUE(connect());
    EXPECT_EQ(link->address(), first.address());
    publish();
    EXPECT_TRUE(run_until([&] { return acknowledged == 2; }));
}

TEST_F(RealLinkTest, NoticesAHalfOpenLineWithinTwoAndAHalfKeepAlives) {
    Broker broker;
    broker.start();
    make({broker.address()}, Millis(2'000));
    ASSERT_TRUE(connect());
    publish();
    ASSERT_TRUE(run_until([&] { return acknowledged == 1; }));
    broker.process().kill(SIGSTOP);
    publish();
    const Millis took = until_lost(Millis(20'000));
    broker.process().kill(SIGCONT);
    EXPECT_LE(took, Millis(2'000) * 5 / 2);
    RecordProperty("milliseconds", static_cast<int>(took.count()));
}

/// Nothing waits, so that the library's own ping has to notice; at the shortest keep-alive that can be configured,
/// because it counts in whole seconds.
TEST_F(RealLinkTest, NoticesAHalfOpenLineInIdleTimeToo) {
    Broker broker;
    broker.start();
    make({broker.address()}, Millis(5'000));
    ASSERT_TRUE(connect());
    publish();
    ASSERT_TRUE(run_until([&] { return acknowledged == 1; }));
    broker.process().kill(SIGSTOP);
    const Millis took = until_lost(Millis(30'000));
    broker.process().kill(SIGCONT);
    EXPECT_LE(took, Millis(5'000) * 5 / 2);
    RecordProperty("milliseconds", static_cast<int>(took.count()));
}

TEST_F(RealLinkTest, GivesUpABrokerThatAnswersPingsAndNothingElse) {
    FakeBroker broker(loop.get_executor(), [](int type, const std::string& id) -> std::string {
        if (type == FakeBroker::connect) return FakeBroker::connack5();
        if (type == FakeBroker::subscribe) return "\x90\x04" + id + std::string("\0\1", 2);
        constexpr int ping = 12;
        return type == ping ? std::string("\xd0\0", 2) : "";
    });
    make({broker.address()}, Millis(2'000));
    ASSERT_TRUE(connect());
    publish();
    const Millis took = until_lost(Millis(20'000));
    EXPECT_EQ(lost[0], "the line is dead: nothing came for 4500 ms");
    EXPECT_LE(took, Millis(5'000));
    EXPECT_NE(broker.seen().find(static_cast<char>('a' + 12)), std::string::npos) << "pings were answered";
}

class DeadNameServerTest : public RealLinkTest {
protected:
    void live_with_it();
};

/// In a process of its own: a name server that takes every question and answers none.
void DeadNameServerTest::live_with_it() {
    TempDir folder;
    const std::string servers = folder.write("resolv.conf", "nameserver 127.0.0.1\n");
    ASSERT_EQ(::unshare(CLONE_NEWNET | CLONE_NEWNS), 0);
    // In a chroot the root is no mount point, and cannot be kept from passing our mount on to the machine.
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 && errno == EINVAL) {
        GTEST_SKIP() << "not in a chroot";
    }
    ASSERT_EQ(::mount(servers.c_str(), "/etc/resolv.conf", nullptr, MS_BIND, nullptr), 0);
    ASSERT_TRUE(set_loopback(true));
    using asio::ip::udp;
    const udp::socket server(loop, {asio::ip::address_v4::loopback(), 53});
    Broker broker;
    broker.start();
    probe_time = Millis(300);
    make({"ssl://broker.example:8883", broker.address()});
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(connect());
    EXPECT_LT(std::chrono::steady_clock::now() - begun, Millis(1'500)) << "not held up by the name server";
    EXPECT_TRUE(probe_.looks_up()) << "it hangs indeed";
    Millis longest(0);
    for (int i = 1; i <= 30; ++i) {  // three seconds, in which the better broker is looked at again and again
        const auto sent = std::chrono::steady_clock::now();
        publish();
        ASSERT_TRUE(run_until([&] { return acknowledged == i; }));
        longest = std::max(longest, std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - sent));
        run_for(Millis(100));
    }
    EXPECT_TRUE(probe_.looks_up());
    EXPECT_LT(longest, Millis(500)) << "the connection that works is not stopped";
    EXPECT_TRUE(lost.empty());
    await(link->disconnect());
    std::cout << "longest acknowledgement " << longest.count() << " ms\n";
    std::cout.flush();
    std::_Exit(HasFailure() ? 1 : 0);  // as tillpostd does: the loop would wait for the name server
}

TEST_F(DeadNameServerTest, DoesNotStopTheConnectionThatWorks) {
    constexpr const char* in_child = "TILLPOST_DEAD_NAME_SERVER";
    if (std::getenv(in_child) != nullptr) return live_with_it();
    if (::geteuid() != 0) GTEST_SKIP() << "namespaces of one's own need root";
    const TempDir folder;  // the child ends without cleaning up
    Process child(Process::Command{"/proc/self/exe",
                                   {"--gtest_filter=DeadNameServerTest.*"},
                                   {"TMPDIR=" + folder.path(), std::string(in_child) + "=1"}});
    ASSERT_EQ(child.wait().value_or(-1), 0) << child.output() << child.errors();
    if (child.output().find("not in a chroot") != std::string::npos) GTEST_SKIP() << "not in a chroot";
    EXPECT_NE(child.output().find("longest acknowledgement"), std::string::npos) << child.output();
}

}  // namespace
}  // namespace tillpost::test
