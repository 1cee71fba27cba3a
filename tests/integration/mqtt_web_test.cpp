// SPDX-License-Identifier: Apache-2.0
// MQTT in a web socket, and through an HTTP proxy.
#include <gtest/gtest.h>

#include "agent/mqtt/broker_probe.hpp"
#include "platform/bytes.hpp"
#include "tests/integration/connect_proxy.hpp"
#include "tests/integration/mqtt_fixture.hpp"
#include "tests/support/certificates.hpp"

namespace tillpost::test {
namespace {

class MqttWebTest : public MqttFixture {
protected:
    /// A broker with an MQTT listener and, behind it, a web socket; mosquitto 2.0.11 does not start with a web socket
    /// alone.
    struct WebBroker {
        explicit WebBroker(const Certificates::Pair* server) : web_port(free_port()), broker(options(server)) {
            broker.start();
            wait_until([this] { return accepts(web_port); });
        }
        Broker::Options options(const Certificates::Pair* server) const {
            Broker::Options options;
            options.extra = "listener " + std::to_string(web_port) + " 127.0.0.1\nprotocol websockets\n";
            if (server == nullptr) return options;
            const std::string files = "certfile " + server->certificate_file + "\nkeyfile " + server->key_file + "\n";
            options.tls = Broker::Tls{server->certificate_file, server->certificate_file, server->key_file};
            options.extra += files;
            return options;
        }
        int port(const std::string& scheme) const { return scheme.starts_with("w") ? web_port : broker.port(); }
        int web_port;
        Broker broker;
    };
    MqttSettings settings(const std::string& scheme, const WebBroker& broker, const std::string& path = "") {
        MqttSettings result = settings_for(scheme + "localhost:" + std::to_string(broker.port(scheme)) + path);
        result.ca_file = certificates.ca_file();
        return result;
    }
    /// As the agent connects: the probe goes first.
    void expect_round_trip_by_probe(const MqttSettings& wanted) {
        BrokerProbe probe(loop.get_executor());
        const auto reached = await(probe.run(wanted.address, wanted.proxy, Millis(5'000), wanted.proxy_credentials));
        ASSERT_TRUE(reached) << why(reached);
        expect_round_trip(wanted, *reached);
    }
    void expect_round_trip(const MqttSettings& wanted, const Reached& reached = {}) {
        Client client(loop.get_executor(), wanted);
        client.connection->set_address(wanted.address, reached);
        const auto session = connect(client);
        ASSERT_TRUE(session) << why(session);
        ASSERT_TRUE(subscribe(client, {"echo"}));
        client.publish({"echo", std::string(20000, 'x'), false});
        ASSERT_TRUE(run_until([&] { return client.messages.size() == 1 && client.done == 1; }));
        EXPECT_EQ(client.messages[0].payload.size(), 20000U);
        await(client.connection->disconnect());
        EXPECT_TRUE(client.lost.empty());
    }
    void expect_refusal(const MqttSettings& wanted, const std::string& reason) {
        Client client(loop.get_executor(), wanted);
        const auto session = connect(client);
        ASSERT_FALSE(session);
        EXPECT_EQ(session.error().code, Errc::not_connected);
        EXPECT_NE(session.error().message.find(reason), std::string::npos) << session.error().message;
    }
    Certificates certificates;
};

TEST_F(MqttWebTest, ConnectsInAPlainWebSocketOnThisMachine) {
    WebBroker broker(nullptr);
    expect_round_trip(settings("ws://", broker));
    expect_round_trip(settings("ws://", broker, "/mqtt"));
}

class MqttWebVersionTest : public MqttWebTest, public ::testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Versions, MqttWebVersionTest, ::testing::Values(5, 3));

TEST_P(MqttWebVersionTest, ConnectsAndDeliversInAnEncryptedWebSocket) {
    const auto server = certificates.server();
    WebBroker broker(&server);
    MqttSettings wanted = settings("wss://", broker, "/mqtt");
    wanted.protocol = GetParam();
    expect_round_trip(wanted);
}

TEST_F(MqttWebTest, RefusesACertificateForAnotherHostInAWebSocketToo) {
    const auto server = certificates.wrong_host();
    WebBroker broker(&server);
    expect_refusal(settings("wss://", broker, "/mqtt"), "the certificate is not for localhost");
    EXPECT_EQ(broker.broker.log().find("New client connected"), std::string::npos) << broker.broker.log();
}

TEST_F(MqttWebTest, NeedsAFileOfAuthoritiesForAWebSocketToo) {
    Client client(loop.get_executor(), settings_for("wss://localhost:443/mqtt"));
    const auto session = connect(client);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, Errc::invalid);
}

class MqttProxyTest : public MqttWebTest, public ::testing::WithParamInterface<const char*> {
protected:
    bool websocket() const { return std::string(GetParam()) == "wss://"; }
};
INSTANTIATE_TEST_SUITE_P(Schemes, MqttProxyTest, ::testing::Values("ssl://", "wss://"),
                         [](const auto& which) { return std::string(which.param, 3); });

TEST_P(MqttProxyTest, ConnectsThroughAProxy) {
    const auto server = certificates.server();
    WebBroker broker(&server);
    ConnectProxy proxy(loop.get_executor());
    MqttSettings wanted = settings(GetParam(), broker, websocket() ? "/mqtt" : "");
    wanted.proxy = proxy.address();
    expect_round_trip(wanted);
    ASSERT_EQ(proxy.requests().size(), 1U);
    EXPECT_EQ(proxy.requests()[0], "CONNECT localhost:" + std::to_string(broker.port(GetParam())) + " HTTP/1.1");
}

// The library takes what the first read gives for all of the proxy's answer, and the rest for the broker's.
TEST_P(MqttProxyTest, ConnectsWhereTheProxysAnswerComesInPieces) {
    const auto server = certificates.server();
    WebBroker broker(&server);
    ConnectProxy proxy(loop.get_executor());
    proxy.pause_within_answers(Millis(300));
    MqttSettings wanted = settings(GetParam(), broker, websocket() ? "/mqtt" : "");
    wanted.proxy = proxy.address();
    wanted.proxy_credentials = "till:secret";
    expect_round_trip_by_probe(wanted);
    ASSERT_EQ(proxy.requests().size(), 2U);  // the probe's, and the connection's
    EXPECT_EQ(proxy.requests()[1], proxy.requests()[0]);
    EXPECT_NE(proxy.head().find(": Basic " + to_base64("till:secret") + "\r\n"), std::string::npos) << proxy.head();
}

TEST_P(MqttProxyTest, TellsTheProxyWhoItIs) {
    const auto server = certificates.server();
    WebBroker broker(&server);
    ConnectProxy proxy(loop.get_executor());
    for (const std::string who : {"till:secret", "till:p@ss:w%2f/ \xc3\xa9"}) {
        MqttSettings wanted = settings(GetParam(), broker, websocket() ? "/mqtt" : "");
        wanted.proxy = proxy.address();
        wanted.proxy_credentials = who;
        expect_round_trip(wanted);
        const std::string expected = ": Basic " + to_base64(who) + "\r\n";
        EXPECT_NE(proxy.head().find(expected), std::string::npos) << who << ": " << proxy.head();
        BrokerProbe probe(loop.get_executor());
        ASSERT_TRUE(await(probe.run(wanted.address, wanted.proxy, Millis(2'000), who)));
        EXPECT_NE(proxy.head().find(expected), std::string::npos) << who << ": " << proxy.head();
    }
}

TEST_P(MqttProxyTest, VerifiesTheBrokersNameThroughAProxy) {
    const auto server = certificates.wrong_host();
    WebBroker broker(&server);
    ConnectProxy proxy(loop.get_executor());
    MqttSettings wanted = settings(GetParam(), broker);
    wanted.proxy = proxy.address();
    expect_refusal(wanted, "the certificate is not for localhost");
    EXPECT_EQ(broker.broker.log().find("New client connected"), std::string::npos) << broker.broker.log();
}

TEST_P(MqttProxyTest, SaysWhatTheProxySays) {
    const auto server = certificates.server();
    WebBroker broker(&server);
    ConnectProxy proxy(loop.get_executor(), "407 Proxy Authentication Required");
    MqttSettings wanted = settings(GetParam(), broker);
    wanted.proxy = proxy.address();
    expect_refusal(wanted, "the proxy refuses: \"HTTP/1.1 407 Proxy Authentication Required\"");
}

class BrokerProbeTest : public MqttFixture {
protected:
    Result<Reached> probe(const std::string& address, const std::string& proxy = "", Millis within = Millis(2'000)) {
        return await(probe_.run(address, proxy, within));
    }
    static asio::awaitable<void> wait_in(BrokerProbe& probe, std::string proxy, bool& ended) {
        const Result<Reached> outcome = co_await probe.run("ssl://broker.example:1", proxy, Millis(60'000));
        ended = outcome || !outcome;
    }
    BrokerProbe probe_{loop.get_executor()};
};

TEST_F(BrokerProbeTest, FindsWhatListensByNumberAndByName) {
    Broker broker;
    broker.start();
    for (const char* host : {"127.0.0.1", "localhost"}) {
        const auto found = probe("tcp://" + std::string(host) + ":" + std::to_string(broker.port()));
        EXPECT_TRUE(found) << host << ": " << why(found);
    }
    EXPECT_FALSE(probe_.looks_up());
}

TEST_F(BrokerProbeTest, SaysWhyItCannotBeReached) {
    const auto closed = probe("tcp://127.0.0.1:" + std::to_string(free_port()));
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().code, Errc::not_connected);
    EXPECT_EQ(closed.error().message, "Connection refused");
    const auto wrong = probe("http://localhost:1");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Errc::invalid);
}

TEST_F(BrokerProbeTest, SaysThatANameIsUnknown) {
    const auto unknown = probe("ssl://no-such-host.invalid:8883", "", Millis(20'000));
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().message.find("look up no-such-host.invalid: Host not found"), std::string::npos)
        << unknown.error().message;
}

TEST_F(BrokerProbeTest, AsksTheProxyForTheWay) {
    Broker broker;
    broker.start();
    const std::string there = "ssl://broker.example:" + std::to_string(broker.port());
    ConnectProxy good(loop.get_executor());
    const auto found = probe(there, good.address());
    EXPECT_TRUE(found) << why(found);
    const auto dead_end = probe("ssl://broker.example:" + std::to_string(free_port()), good.address());
    ASSERT_FALSE(dead_end);
    EXPECT_EQ(dead_end.error().message,
              "through the proxy " + good.address() + ": the proxy refuses: \"HTTP/1.1 502 Bad Gateway\"");
    ConnectProxy silent(loop.get_executor(), "silence");
    const auto nothing = probe(there, silent.address(), Millis(200));
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().code, Errc::timeout);
    EXPECT_EQ(nothing.error().message, "through the proxy " + silent.address() + ": no answer within 200 ms");
    const std::string gone = "http://127.0.0.1:" + std::to_string(free_port());
    const auto refused = probe(there, gone);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "through the proxy " + gone + ": Connection refused");
}

TEST_F(BrokerProbeTest, CanBeLeftWhileItWaits) {
    ConnectProxy silent(loop.get_executor(), "silence");
    bool ended = false;
    {
        TaskGroup others(loop.get_executor(), [](const std::string&, const std::string&) { FAIL(); });
        others.spawn("probe", wait_in(probe_, silent.address(), ended));
        ASSERT_TRUE(run_until([&] { return silent.requests().size() == 1; }));
        others.request_stop();
        ASSERT_TRUE(run_until([&] { return others.idle(); }));
    }
    EXPECT_FALSE(ended);
}

}  // namespace
}  // namespace tillpost::test
