// SPDX-License-Identifier: Apache-2.0
// What a broker wants otherwise than we are configured: a shorter keep-alive, nothing retained.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/integration/mqtt_fake_broker.hpp"
#include "tests/integration/mqtt_fixture.hpp"

namespace tillpost::test {
namespace {

using std::chrono_literals::operator""s;

class MqttMannersTest : public MqttFixture {
protected:
    /// CONNACK, MQTT 5, with those properties.
    static std::string connack(const std::string& properties) {
        const auto length = static_cast<char>(properties.size());
        return std::string("\x20") + static_cast<char>(3 + length) + std::string(2, '\0') + length + properties;
    }
    static std::string server_keep_alive(int seconds) {
        return std::string("\x13") + static_cast<char>(seconds >> 8) + static_cast<char>(seconds & 0xff);
    }
    /// How often `what` is in the broker's log.
    static int count(const std::string& log, const std::string& what) {
        int times = 0;
        for (auto at = log.find(what); at != std::string::npos; at = log.find(what, at + 1)) ++times;
        return times;
    }
    MqttSettings with_will(const Broker& broker) {
        MqttSettings settings = settings_for(broker.address());
        settings.will = MqttMessage{"online", "false", true};
        return settings;
    }
};

// Paho C before 1.3.14 ignores the property (#1421): the broker would close the connection after 15 s of silence.
TEST_F(MqttMannersTest, UsesTheBrokersKeepAliveAndLosesNoConnectToItTwice) {
    Broker broker({.extra = "max_keepalive 10\n"});
    broker.start();
    Client watcher(loop.get_executor(), settings_for(broker.address(), "watcher"));
    ASSERT_TRUE(connect(watcher));
    ASSERT_TRUE(subscribe(watcher, {"online"}));
    Client client(loop.get_executor(), with_will(broker));
    const auto session = connect(client);
    ASSERT_TRUE(session) << why(session);
    EXPECT_EQ(session->keep_alive, 10s);
    EXPECT_EQ(count(broker.log(), "as till-1 (p5, c1, k10)") + count(broker.log(), "as till-1 (p5, c1, k29)"), 1);
    EXPECT_EQ(count(broker.log(), "as till-1 (p5, c1, k9)"), 1) << broker.log();
    await(client.connection->disconnect());
    const auto again = connect(client);
    ASSERT_TRUE(again) << why(again);
    EXPECT_EQ(again->keep_alive, 10s);
    EXPECT_EQ(count(broker.log(), "as till-1 "), 3) << broker.log();
    client.publish({"events", std::string(10, 'x'), false});
    ASSERT_TRUE(run_until([&] { return client.done == 1; }));
    EXPECT_TRUE(client.lost.empty());
    EXPECT_TRUE(watcher.messages.empty()) << "no will";
}

TEST_F(MqttMannersTest, ConnectsAgainOnlyWhereTheBrokerWantsAShorterKeepAlive) {
    const struct {
        int server;  ///< Server Keep Alive in seconds, -1: none
        std::chrono::seconds used;
        std::size_t connects;
    } table[] = {{-1, 30s, 1}, {0, 30s, 1}, {65535, 30s, 1}, {30, 30s, 1}, {29, 29s, 1}, {28, 28s, 2}, {1, 1s, 2}};
    for (const auto& row : table) {
        const std::string answer = connack(row.server < 0 ? "" : server_keep_alive(row.server));
        FakeBroker broker(loop.get_executor(),
                          [answer](int type, const std::string&) { return type == FakeBroker::connect ? answer : ""; });
        Client client(loop.get_executor(), settings_for(broker.address()));
        const auto session = connect(client);
        ASSERT_TRUE(session) << row.server << ": " << why(session);
        EXPECT_EQ(session->keep_alive, row.used) << row.server;
        EXPECT_EQ(broker.accepted(), row.connects) << row.server;
        EXPECT_TRUE(client.lost.empty()) << row.server;
        await(client.connection->disconnect());
    }
}

TEST_F(MqttMannersTest, LeavesABrokerThatNeverHasEnoughAsItIs) {
    int next = 30;
    FakeBroker broker(loop.get_executor(), [&next](int type, const std::string&) {
        return type == FakeBroker::connect ? connack(server_keep_alive(next -= 5)) : "";
    });
    Client client(loop.get_executor(), settings_for(broker.address()));
    const auto session = connect(client);
    ASSERT_TRUE(session) << why(session);
    EXPECT_EQ(broker.accepted(), 3U);
}

TEST_F(MqttMannersTest, SendsUnretainedToABrokerThatKeepsNothing) {
    Broker broker({.extra = "retain_available false\n"});
    broker.start();
    Client client(loop.get_executor(), with_will(broker));
    const auto session = connect(client);
    ASSERT_TRUE(session) << why(session);
    EXPECT_FALSE(session->retains);
    ASSERT_TRUE(subscribe(client, {"state"}));
    client.publish({"state", "x", true});
    ASSERT_TRUE(run_until([&] { return client.done == 1 && client.messages.size() == 1; }));
    EXPECT_TRUE(client.outcomes[0][0]) << why(client.outcomes[0][0]);
    EXPECT_TRUE(client.lost.empty());
    await(client.connection->disconnect());
    const auto again = connect(client);
    ASSERT_TRUE(again) << why(again);
    EXPECT_EQ(count(broker.log(), "New client connected"), 2) << "it is remembered: " << broker.log();
}

TEST_F(MqttMannersTest, SaysThatABrokerKeepsWhatIsRetained) {
    Broker broker;
    broker.start();
    Client client(loop.get_executor(), with_will(broker));
    const auto session = connect(client);
    ASSERT_TRUE(session) << why(session);
    EXPECT_TRUE(session->retains);
    EXPECT_EQ(session->keep_alive, 30s);
}

TEST_F(MqttMannersTest, CanBeLeftWhileItConnectsOnceMore) {
    Client* leaving = nullptr;
    bool left = false;
    FakeBroker broker(loop.get_executor(), [&](int type, const std::string&) -> std::string {
        if (type == FakeBroker::disconnect && !left) {
            left = true;
            spawn("leave", leaving->connection->disconnect());
        }
        return type == FakeBroker::connect ? connack(server_keep_alive(5)) : "";
    });
    Client client(loop.get_executor(), settings_for(broker.address()));
    leaving = &client;
    const auto session = connect(client);
    EXPECT_TRUE(left);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, Errc::cancelled);
    EXPECT_EQ(broker.accepted(), 1U);
}

}  // namespace
}  // namespace tillpost::test
