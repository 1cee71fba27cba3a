// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/integration/mqtt_fake_broker.hpp"
#include "tests/integration/mqtt_fixture.hpp"

namespace tillpost::test {
namespace {

class MqttFaultTest : public MqttFixture {
protected:
    /// Answers CONNECT well, PUBLISH with that PUBACK reason code (MQTT 5) and SUBSCRIBE with those codes.
    static FakeBroker::Answer answers(char puback, std::string suback = std::string(1, '\1')) {
        return [puback, suback](int type, const std::string& id) -> std::string {
            if (type == FakeBroker::connect) return FakeBroker::connack5();
            if (type == FakeBroker::publish) return "\x40\x03" + id + std::string(1, puback);
            if (type != FakeBroker::subscribe) return "";
            return std::string("\x90") + static_cast<char>(3 + suback.size()) + id + std::string(1, '\0') + suback;
        };
    }
    static FakeBroker::Answer silent_after_connect() {
        return [](int type, const std::string&) { return type == FakeBroker::connect ? FakeBroker::connack5() : ""; };
    }
};

struct Refusal {
    char code;
    const char* text;
};

class PubackTest : public MqttFaultTest, public ::testing::WithParamInterface<Refusal> {};

INSTANTIATE_TEST_SUITE_P(
    Codes, PubackTest,
    ::testing::Values(Refusal{'\x80', "0x80 unspecified error"}, Refusal{'\x83', "0x83 implementation specific error"},
                      Refusal{'\x87', "0x87 not authorized"}, Refusal{'\x90', "0x90 topic name invalid"},
                      Refusal{'\x97', "0x97 quota exceeded"}, Refusal{'\x99', "0x99 payload format invalid"}));

TEST_P(PubackTest, IsARefusalWithNumberAndName) {
    FakeBroker broker(loop.get_executor(), answers(GetParam().code));
    Client client(loop.get_executor(), settings_for(broker.address()));
    ASSERT_TRUE(connect(client));
    client.publish({"events", "x", false});
    ASSERT_TRUE(run_until([&] { return client.done == 1; }));
    ASSERT_FALSE(client.outcomes[0][0]);
    EXPECT_EQ(client.outcomes[0][0].error().code, Errc::rejected);
    EXPECT_EQ(client.outcomes[0][0].error().message, GetParam().text);
    EXPECT_TRUE(client.lost.empty());
}

// A limit of Paho 1.3.12, see paho_session.hpp: this test fails when a newer one tells.
TEST_F(MqttFaultTest, CannotTellThatNobodyListened) {
    FakeBroker broker(loop.get_executor(), answers('\x10'));
    Client client(loop.get_executor(), settings_for(broker.address()));
    ASSERT_TRUE(connect(client));
    client.publish({"events", "x", false});
    ASSERT_TRUE(run_until([&] { return client.done == 1; }));
    EXPECT_TRUE(client.outcomes[0][0]);
}

TEST_F(MqttFaultTest, RefusesASubscriptionOfWhichOneTopicIsRefused) {
    FakeBroker broker(loop.get_executor(), answers('\0', "\1\x87\1"));
    Client client(loop.get_executor(), settings_for(broker.address()));
    ASSERT_TRUE(connect(client));
    const auto subscribed = subscribe(client, {"one", "two", "three"});
    ASSERT_FALSE(subscribed);
    EXPECT_EQ(subscribed.error().code, Errc::rejected);
    EXPECT_EQ(subscribed.error().message, "subscribe to one and others: 0x87 not authorized");
}

TEST_F(MqttFaultTest, RefusesASubscriptionOfOneTopic) {
    FakeBroker broker(loop.get_executor(), answers('\0', "\x8f"));
    Client client(loop.get_executor(), settings_for(broker.address()));
    ASSERT_TRUE(connect(client));
    const auto subscribed = subscribe(client, {"one"});
    ASSERT_FALSE(subscribed);
    EXPECT_EQ(subscribed.error().message, "subscribe to one: 0x8f topic filter invalid");
}

class OldSubackTest : public MqttFaultTest, public ::testing::WithParamInterface<std::string> {};

INSTANTIATE_TEST_SUITE_P(Codes, OldSubackTest, ::testing::Values("\x80", "\1\x80"),
                         [](const auto& which) { return "Topics" + std::to_string(which.param.size()); });

TEST_P(OldSubackTest, IsARefusalInMqtt3) {
    const std::string codes = GetParam();
    FakeBroker broker(loop.get_executor(), [codes](int type, const std::string& id) -> std::string {
        if (type == FakeBroker::connect) return FakeBroker::connack3();
        if (type != FakeBroker::subscribe) return "";
        return std::string("\x90") + static_cast<char>(2 + codes.size()) + id + codes;
    });
    MqttSettings settings = settings_for(broker.address());
    settings.protocol = 3;
    Client client(loop.get_executor(), settings);
    ASSERT_TRUE(connect(client));
    std::vector<std::string> topics{"one", "two"};
    topics.resize(codes.size());
    const auto subscribed = subscribe(client, topics);
    ASSERT_FALSE(subscribed);
    EXPECT_EQ(subscribed.error().code, Errc::rejected) << subscribed.error().message;
}

TEST_F(MqttFaultTest, TellsWhyTheBrokerClosedTheConnection) {
    FakeBroker broker(loop.get_executor(), silent_after_connect());
    Client client(loop.get_executor(), settings_for(broker.address()));
    ASSERT_TRUE(connect(client));
    client.publish({"events", "x", false});
    broker.send("\xe0\x01\x8b");
    ASSERT_TRUE(run_until([&] { return !client.lost.empty() && client.done == 1; }));
    EXPECT_EQ(client.lost[0], "the broker closed it: 0x8b server shutting down");
    EXPECT_EQ(client.outcomes[0][0].error().code, Errc::not_connected);
    run_for(Millis(100));
    EXPECT_EQ(client.lost.size(), 1U);
}

TEST_F(MqttFaultTest, GivesUpAtItsOwnDeadlineWhenTheBrokerSaysNothing) {
    FakeBroker broker(loop.get_executor(), [](int, const std::string&) { return std::string(); });
    MqttSettings settings = settings_for(broker.address());
    settings.connect_timeout = Millis(700);
    Client client(loop.get_executor(), settings);
    const auto begun = std::chrono::steady_clock::now();
    const auto session = connect(client);
    const auto took = std::chrono::steady_clock::now() - begun;
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, Errc::timeout);
    EXPECT_GE(took, Millis(690));
    EXPECT_LT(took, Millis(1500));
    EXPECT_TRUE(client.lost.empty());
}

TEST_F(MqttFaultTest, DiscardsAnAcceptanceThatComesTooLate) {
    FakeBroker broker(loop.get_executor(), [](int, const std::string&) { return std::string(); });
    MqttSettings settings = settings_for(broker.address());
    settings.connect_timeout = Millis(500);
    Client client(loop.get_executor(), settings);
    ASSERT_FALSE(connect(client));
    broker.send(FakeBroker::connack5());
    run_for(Millis(300));
    client.publish({"events", "x", false});
    ASSERT_TRUE(run_until([&] { return client.done == 1; }));
    EXPECT_EQ(client.outcomes[0][0].error().code, Errc::not_connected);
    EXPECT_EQ(broker.seen().find(static_cast<char>('a' + FakeBroker::publish)), std::string::npos);
    EXPECT_TRUE(client.lost.empty());
}

TEST_F(MqttFaultTest, AnswersWhatWaitsWhenItDisconnectsFromASilentBroker) {
    FakeBroker broker(loop.get_executor(), silent_after_connect());
    Client client(loop.get_executor(), settings_for(broker.address()));
    ASSERT_TRUE(connect(client));
    for (int i = 0; i < 5; ++i) client.publish({"events", "x", false});
    const auto begun = std::chrono::steady_clock::now();
    await(client.connection->disconnect());
    EXPECT_LT(std::chrono::steady_clock::now() - begun, Millis(2300));
    ASSERT_EQ(client.done, 5U);
    EXPECT_EQ(client.outcomes[4].size(), 1U);
    EXPECT_EQ(client.outcomes[4][0].error().code, Errc::not_connected);
    EXPECT_TRUE(client.lost.empty());
}

TEST_F(MqttFaultTest, DoesNotWaitForASubscriptionForever) {
    FakeBroker broker(loop.get_executor(), silent_after_connect());
    MqttSettings settings = settings_for(broker.address());
    settings.connect_timeout = Millis(500);
    Client client(loop.get_executor(), settings);
    ASSERT_TRUE(connect(client));
    const auto subscribed = subscribe(client, {"one"});
    ASSERT_FALSE(subscribed);
    EXPECT_EQ(subscribed.error().code, Errc::timeout);
}

asio::awaitable<void> connect_and_tell(Client& client, bool& ended) {
    const Result<MqttSession> session = co_await client.connection->connect();
    ended = !session;
}

TEST_F(MqttFaultTest, IsDestroyedWhileItConnects) {
    FakeBroker broker(loop.get_executor(), [](int, const std::string&) { return std::string(); });
    for (int i = 0; i < 3; ++i) {
        auto client = std::make_unique<Client>(loop.get_executor(), settings_for(broker.address()));
        bool ended = false;
        spawn("connect", connect_and_tell(*client, ended));
        const std::size_t before = broker.accepted();
        ASSERT_TRUE(run_until([&] { return broker.accepted() > before; }));
        const auto begun = std::chrono::steady_clock::now();
        client.reset();
        EXPECT_LT(std::chrono::steady_clock::now() - begun, Millis(2500));
        ASSERT_TRUE(run_until([&] { return tasks.idle(); }));
        EXPECT_TRUE(ended);
    }
}

TEST_F(MqttFaultTest, CanBeStoppedWhileItConnectsAndThenConnectAgain) {
    bool answer = false;
    FakeBroker broker(loop.get_executor(), [&](int type, const std::string&) {
        return answer && type == FakeBroker::connect ? FakeBroker::connack5() : std::string();
    });
    Client client(loop.get_executor(), settings_for(broker.address()));
    bool ended = false;
    {
        TaskGroup others(loop.get_executor(), [](const std::string&, const std::string&) { FAIL(); });
        others.spawn("connect", connect_and_tell(client, ended));
        ASSERT_TRUE(run_until([&] { return broker.accepted() == 1; }));
        others.request_stop();
        ASSERT_TRUE(run_until([&] { return others.idle(); }));
    }
    answer = true;
    const auto session = connect(client);
    EXPECT_TRUE(session) << why(session);
}

TEST_F(MqttFaultTest, IsLostWhenTheBrokerGoesRightAfterItsAcceptance) {
    FakeBroker broker(loop.get_executor(), silent_after_connect());
    Client client(loop.get_executor(), settings_for(broker.address()));
    ASSERT_TRUE(connect(client));
    broker.drop();
    ASSERT_TRUE(run_until([&] { return client.lost.size() == 1; }));
    ASSERT_TRUE(connect(client));
    broker.drop();
    ASSERT_TRUE(run_until([&] { return client.lost.size() == 2; }));
}

TEST_F(MqttFaultTest, NoticesASilentLinkByItsKeepAlive) {
    FakeBroker broker(loop.get_executor(), silent_after_connect());
    MqttSettings settings = settings_for(broker.address());
    settings.keep_alive = Millis(1000);
    Client client(loop.get_executor(), settings);
    ASSERT_TRUE(connect(client));
    client.publish({"events", "x", false});
    ASSERT_TRUE(run_until([&] { return client.lost.size() == 1 && client.done == 1; }));
}

class AddressRefusalTest : public MqttFaultTest, public ::testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(Addresses, AddressRefusalTest,
                         ::testing::Values("tcp://192.0.2.1:1883", "tcp://broker.example:1883", "ws://192.0.2.1:9001",
                                           "mqtt://127.0.0.1:1883", "127.0.0.1:1883", "tcp://127.0.0.1", ""));

TEST_P(AddressRefusalTest, ComesBeforeAnyPacket) {
    Client client(loop.get_executor(), settings_for(GetParam()));
    const auto begun = std::chrono::steady_clock::now();
    const auto session = connect(client);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, Errc::invalid);
    EXPECT_NE(session.error().message.find("ssl://"), std::string::npos) << session.error().message;
    EXPECT_LT(std::chrono::steady_clock::now() - begun, Millis(100));
}

}  // namespace
}  // namespace tillpost::test
