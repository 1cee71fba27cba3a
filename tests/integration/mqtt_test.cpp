// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "tests/integration/mqtt_fixture.hpp"

namespace tillpost::test {
namespace {

using ::testing::Test;

class MqttTest : public MqttFixture {};

class MqttProtocolTest : public MqttFixture, public ::testing::WithParamInterface<int> {
protected:
    MqttSettings settings(const Broker& broker, const std::string& client_id = "till-1") {
        MqttSettings result = settings_for(broker.address(), client_id);
        result.protocol = GetParam();
        return result;
    }
};

INSTANTIATE_TEST_SUITE_P(Versions, MqttProtocolTest, ::testing::Values(5, 3),
                         [](const auto& which) { return "Mqtt" + std::to_string(which.param); });

TEST_P(MqttProtocolTest, DeliversWhatIsPublishedToASubscriber) {
    Broker broker;
    broker.start();
    Client client(loop.get_executor(), settings(broker));
    const auto session = connect(client);
    ASSERT_TRUE(session) << why(session);
    const auto subscribed = subscribe(client, {"shop/+/in"});
    ASSERT_TRUE(subscribed) << why(subscribed);

    const std::string bytes("a\0\xff\n", 4);
    client.publish({"shop/1/in", bytes, false});
    client.publish({"shop/2/in", "", false});
    ASSERT_TRUE(run_until([&] { return client.messages.size() == 2 && client.done == 2; }));
    EXPECT_TRUE(client.outcomes[0][0]) << why(client.outcomes[0][0]);
    EXPECT_EQ(client.messages[0].topic, "shop/1/in");
    EXPECT_EQ(client.messages[0].payload, bytes);
    EXPECT_FALSE(client.messages[0].retained);
    EXPECT_EQ(client.messages[1].payload, "");
    EXPECT_TRUE(client.lost.empty());
}

TEST_P(MqttProtocolTest, CarriesTheContentEncodingWhereTheProtocolCan) {
    Broker broker;
    broker.start();
    Client client(loop.get_executor(), settings(broker));
    ASSERT_TRUE(connect(client));
    ASSERT_TRUE(subscribe(client, {"shop/#"}));
    client.publish({"shop/1", "packed", false, "zstd"});
    client.publish({"shop/2", "plain", false});
    ASSERT_TRUE(run_until([&] { return client.messages.size() == 2; }));
    EXPECT_EQ(client.messages[0].content_encoding, GetParam() == 5 ? "zstd" : "");
    EXPECT_EQ(client.messages[1].content_encoding, "");
}

TEST_P(MqttProtocolTest, SubscribesToSeveralTopicsAtOnce) {
    Broker broker;
    broker.start();
    Client client(loop.get_executor(), settings(broker));
    ASSERT_TRUE(connect(client));
    const auto subscribed = subscribe(client, {"one", "two", "three/#"});
    ASSERT_TRUE(subscribed) << why(subscribed);
    for (const char* topic : {"one", "two", "three/3"}) client.publish({topic, "x", false});
    EXPECT_TRUE(run_until([&] { return client.messages.size() == 3; }));
}

TEST_P(MqttProtocolTest, KeepsTheRetainedFlagOfWhatWasThereBefore) {
    Broker broker;
    broker.start();
    Client first(loop.get_executor(), settings(broker, "first"));
    ASSERT_TRUE(connect(first));
    first.publish({"state", "up", true});
    ASSERT_TRUE(run_until([&] { return first.done == 1; }));

    Client second(loop.get_executor(), settings(broker, "second"));
    ASSERT_TRUE(connect(second));
    ASSERT_TRUE(subscribe(second, {"state"}));
    ASSERT_TRUE(run_until([&] { return !second.messages.empty(); }));
    EXPECT_EQ(second.messages[0].payload, "up");
    EXPECT_TRUE(second.messages[0].retained);
}

TEST_P(MqttProtocolTest, RefusesAWrongPasswordWithTheBrokersReason) {
    Broker broker({.anonymous = false, .users = {{"till", "right"}}});
    broker.start();
    MqttSettings wrong = settings(broker);
    wrong.username = "till";
    wrong.password = "wrong";
    Client client(loop.get_executor(), wrong);
    const auto session = connect(client);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, Errc::rejected);
    EXPECT_NE(session.error().message.find("not authorized"), std::string::npos) << session.error().message;

    wrong.password = "right";
    Client good(loop.get_executor(), wrong);
    const auto accepted = connect(good);
    EXPECT_TRUE(accepted) << why(accepted);
}

TEST_P(MqttProtocolTest, AnswersEachPublishOnceWhenTheBrokerIsKilledMidStream) {
    Broker broker;
    broker.start();
    Client client(loop.get_executor(), settings(broker));
    ASSERT_TRUE(connect(client));
    bool stopped = false;
    for (int i = 0; i < 300; ++i) client.publish({"events", std::string(10'000, 'x'), false});
    ASSERT_TRUE(run_until([&] { return client.done > 0; }));
    broker.process().kill(SIGKILL);
    stopped = broker.process().wait().has_value();
    ASSERT_TRUE(stopped);
    for (int i = 0; i < 100; ++i) client.publish({"events", "x", false});
    ASSERT_TRUE(run_until([&] { return client.done == client.outcomes.size() && !client.lost.empty(); }));
    run_for(Millis(200));
    EXPECT_EQ(client.lost.size(), 1U);
    for (const auto& outcome : client.outcomes) {
        ASSERT_EQ(outcome.size(), 1U);
        if (!outcome[0]) {
            EXPECT_EQ(outcome[0].error().code, Errc::not_connected);
        }
    }

    broker.start();
    const auto again = connect(client);
    ASSERT_TRUE(again) << why(again);
    client.publish({"events", "after", false});
    ASSERT_TRUE(run_until([&] { return client.done == client.outcomes.size(); }));
    EXPECT_TRUE(client.outcomes.back()[0]);
    EXPECT_EQ(client.lost.size(), 1U);
}

TEST_P(MqttProtocolTest, PublishesTenThousandInAWindowOfSixteenWithoutLossOrPause) {
    Broker broker;
    broker.start();
    Client client(loop.get_executor(), settings(broker));
    ASSERT_TRUE(connect(client));
    Client reader(loop.get_executor(), settings(broker, "central"));
    ASSERT_TRUE(connect(reader));
    ASSERT_TRUE(subscribe(reader, {"events"}));

    const std::size_t count = 10'000;
    const auto begun = std::chrono::steady_clock::now();
    SteadyTime last = begun;
    Millis longest_pause(0);
    std::size_t seen = 0;
    const auto step = [&] {
        while (client.outcomes.size() < count && client.outcomes.size() - client.done < 16) {
            client.publish({"events", std::to_string(client.outcomes.size()), false});
        }
        if (client.done != seen) {
            const SteadyTime now = std::chrono::steady_clock::now();
            longest_pause = std::max(longest_pause, std::chrono::duration_cast<Millis>(now - last));
            last = now;
            seen = client.done;
        }
        return client.done == count && reader.messages.size() == count;
    };
    ASSERT_TRUE(run_until(step)) << client.done << " acknowledged, " << reader.messages.size();
    const auto took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun);
    RecordProperty("milliseconds", static_cast<int>(took.count()));
    EXPECT_LT(longest_pause, Millis(900));
    for (std::size_t i = 0; i < count; ++i) {
        ASSERT_TRUE(client.outcomes[i].at(0));
        ASSERT_EQ(reader.messages[i].payload, std::to_string(i));
    }
}

TEST_F(MqttTest, TellsTheBrokersReceiveMaximum) {
    Broker broker({.max_inflight = 7});
    broker.start();
    Client client(loop.get_executor(), settings_for(broker.address()));
    const auto session = connect(client);
    ASSERT_TRUE(session) << why(session);
    EXPECT_EQ(session->receive_maximum, 7U);
}

TEST_F(MqttTest, TellsTheBrokersMaximumPacketSize) {
    Broker broker({.extra = "max_packet_size 20000\n"});
    broker.start();
    Client client(loop.get_executor(), settings_for(broker.address()));
    const auto session = connect(client);
    ASSERT_TRUE(session) << why(session);
    EXPECT_EQ(session->maximum_packet_size, 20000U);
}

TEST_F(MqttTest, ReportsAPublishThatTheBrokersListRefuses) {
    Broker broker({.acl = "topic readwrite allowed/#\n"});
    broker.start();
    Client client(loop.get_executor(), settings_for(broker.address()));
    ASSERT_TRUE(connect(client));
    client.publish({"denied/1", "x", false});
    client.publish({"allowed/1", "x", false});
    ASSERT_TRUE(run_until([&] { return client.done == 2; }));
    ASSERT_FALSE(client.outcomes[0][0]);
    EXPECT_EQ(client.outcomes[0][0].error().code, Errc::rejected);
    EXPECT_EQ(client.outcomes[0][0].error().message, "0x87 not authorized");
    EXPECT_TRUE(client.outcomes[1][0]) << why(client.outcomes[1][0]);
    EXPECT_TRUE(client.lost.empty());
}

TEST_F(MqttTest, AnswersPublishesWithoutAConnection) {
    Client client(loop.get_executor(), settings_for("tcp://127.0.0.1:1"));
    client.publish({"events", "x", false});
    EXPECT_EQ(client.done, 0U) << "not before publish() returned";
    ASSERT_TRUE(run_until([&] { return client.done == 1; }));
    EXPECT_EQ(client.outcomes[0][0].error().code, Errc::not_connected);
    const auto subscribed = subscribe(client, {"x"});
    ASSERT_FALSE(subscribed);
    EXPECT_EQ(subscribed.error().code, Errc::not_connected);
}

TEST_F(MqttTest, RefusesMoreThanItCanHoldAtOnce) {
    Broker broker;
    broker.start();
    Client client(loop.get_executor(), settings_for(broker.address()));
    ASSERT_TRUE(connect(client));
    for (int i = 0; i < 1000; ++i) client.publish({"events", "x", false});
    broker.process().kill(SIGKILL);
    ASSERT_TRUE(run_until([&] { return client.done == 1000; }));
    std::size_t full = 0;
    for (const auto& outcome : client.outcomes) {
        if (!outcome[0] && outcome[0].error().code == Errc::full) ++full;
    }
    EXPECT_EQ(full, 100U);
}

TEST_F(MqttTest, FailsToConnectWhereNobodyListens) {
    Client client(loop.get_executor(), settings_for("tcp://127.0.0.1:" + std::to_string(free_port())));
    for (int i = 0; i < 3; ++i) {
        const auto session = connect(client);
        ASSERT_FALSE(session);
        EXPECT_EQ(session.error().code, Errc::not_connected);
        EXPECT_NE(session.error().message.find("Connection refused"), std::string::npos) << session.error().message;
    }
    EXPECT_TRUE(client.lost.empty());
}

TEST_F(MqttTest, IsLostOnceWhenAnotherClientTakesItsName) {
    Broker broker;
    broker.start();
    Client first(loop.get_executor(), settings_for(broker.address(), "same"));
    ASSERT_TRUE(connect(first));
    Client second(loop.get_executor(), settings_for(broker.address(), "same"));
    ASSERT_TRUE(connect(second));
    ASSERT_TRUE(run_until([&] { return !first.lost.empty(); }));
    run_for(Millis(100));
    EXPECT_EQ(first.lost.size(), 1U);
    EXPECT_TRUE(second.lost.empty());
}

TEST_F(MqttTest, TellsARefusalForItsSizeFromOthers) {
    Broker::Options options;
    options.extra = "message_size_limit 100\n";
    Broker broker(options);
    broker.start();
    Client client(loop.get_executor(), settings_for(broker.address()));
    ASSERT_TRUE(connect(client));
    client.publish({"events", std::string(101, 'x'), false});
    ASSERT_TRUE(run_until([&] { return client.done == 1; }));
    ASSERT_FALSE(client.outcomes[0][0]);
    EXPECT_EQ(client.outcomes[0][0].error().code, Errc::too_large);
    EXPECT_EQ(client.outcomes[0][0].error().message, "0x95 packet too large");
}

TEST_F(MqttTest, PublishesNoWillWhenItDisconnectsAndConnectsAgain) {
    Broker broker;
    broker.start();
    Client watcher(loop.get_executor(), settings_for(broker.address(), "watcher"));
    ASSERT_TRUE(connect(watcher));
    ASSERT_TRUE(subscribe(watcher, {"online", "marker"}));
    MqttSettings settings = settings_for(broker.address());
    settings.will = MqttMessage{"online", "false", true};
    Client client(loop.get_executor(), settings);
    ASSERT_TRUE(connect(client));
    const auto begun = std::chrono::steady_clock::now();
    await(client.connection->disconnect());
    EXPECT_LT(std::chrono::steady_clock::now() - begun, Millis(2100));
    EXPECT_TRUE(client.lost.empty());
    const auto again = connect(client);
    ASSERT_TRUE(again) << why(again);
    client.publish({"marker", "x", false});
    ASSERT_TRUE(run_until([&] { return !watcher.messages.empty(); }));
    EXPECT_EQ(watcher.messages[0].topic, "marker");
    await(client.connection->disconnect());
    await(client.connection->disconnect());
}

/// Run as a child of the test below, which kills it.
TEST_F(MqttTest, DISABLED_ChildThatConnectsWithAWill) {
    const char* address = std::getenv("TILLPOST_TEST_BROKER");
    ASSERT_NE(address, nullptr);
    MqttSettings settings = settings_for(address, "child");
    settings.will = MqttMessage{"online", "gone", true};
    Client client(loop.get_executor(), settings);
    ASSERT_TRUE(connect(client));
    client.publish({"online", "here", true});
    run_for(Millis(60'000));
}

TEST_F(MqttTest, HasItsWillPublishedWhenItIsKilled) {
    Broker broker;
    broker.start();
    Client watcher(loop.get_executor(), settings_for(broker.address(), "watcher"));
    ASSERT_TRUE(connect(watcher));
    ASSERT_TRUE(subscribe(watcher, {"online"}));
    Process child(Process::Command{
        "/proc/self/exe",
        {"--gtest_filter=MqttTest.DISABLED_ChildThatConnectsWithAWill", "--gtest_also_run_disabled_tests"},
        {"TILLPOST_TEST_BROKER=" + broker.address()}});
    ASSERT_TRUE(run_until([&] { return !watcher.messages.empty(); })) << child.output() << child.errors();
    EXPECT_EQ(watcher.messages[0].payload, "here");
    child.kill(SIGKILL);
    ASSERT_TRUE(run_until([&] { return watcher.messages.size() == 2; }));
    EXPECT_EQ(watcher.messages[1].payload, "gone");
}

}  // namespace
}  // namespace tillpost::test
