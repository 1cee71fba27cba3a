// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/integration/mqtt_fixture.hpp"
#include "tests/support/certificates.hpp"

namespace tillpost::test {
namespace {

class MqttTlsTest : public MqttFixture {
protected:
    Broker::Options with(const Certificates::Pair& server, bool require_client = false) {
        Broker::Options options;
        options.tls = Broker::Tls{certificates.ca_file(), server.certificate_file, server.key_file, require_client,
                                  require_client};
        options.anonymous = !require_client;
        return options;
    }
    MqttSettings settings(const Broker& broker) {
        MqttSettings result = settings_for(broker.address());
        result.ca_file = certificates.ca_file();
        return result;
    }
    /// Connects to a broker with that certificate; the error must name the reason.
    void expect_refusal(const Certificates::Pair& server, const std::string& reason) {
        Broker broker(with(server));
        broker.start();
        Client client(loop.get_executor(), settings(broker));
        const auto session = connect(client);
        ASSERT_FALSE(session);
        EXPECT_EQ(session.error().code, Errc::not_connected);
        EXPECT_NE(session.error().message.find(reason), std::string::npos) << session.error().message;
        EXPECT_EQ(broker.log().find("New client connected"), std::string::npos) << broker.log();
    }

    Certificates certificates;
};

class MqttTlsVersionTest : public MqttTlsTest, public ::testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Versions, MqttTlsVersionTest, ::testing::Values(5, 3));

TEST_P(MqttTlsVersionTest, ConnectsAndDelivers) {
    Broker broker(with(certificates.server()));
    broker.start();
    MqttSettings wanted = settings(broker);
    wanted.protocol = GetParam();
    Client client(loop.get_executor(), wanted);
    const auto session = connect(client);
    ASSERT_TRUE(session) << why(session);
    ASSERT_TRUE(subscribe(client, {"echo"}));
    client.publish({"echo", std::string(200'000, 'x'), false});
    ASSERT_TRUE(run_until([&] { return client.messages.size() == 1; }));
    EXPECT_EQ(client.messages[0].payload.size(), 200'000U);
    await(client.connection->disconnect());
}

TEST_F(MqttTlsTest, ConnectsToAnAddressThatTheCertificateNames) {
    Broker broker(with(certificates.server()));
    broker.start();
    MqttSettings wanted = settings(broker);
    wanted.address = "ssl://127.0.0.1:" + std::to_string(broker.port());
    Client client(loop.get_executor(), wanted);
    const auto session = connect(client);
    EXPECT_TRUE(session) << why(session);
}

/// The broker is at 127.0.0.2 alone, and `localhost` is 127.0.0.1 first.
class SecondAddressTest : public MqttTlsTest {
protected:
    Broker::Options at_second(const Certificates::Pair& server) {
        Broker::Options options;
        options.extra = "listener " + std::to_string(port) + " 127.0.0.2\ncafile " + certificates.ca_file() +
                        "\ncertfile " + server.certificate_file + "\nkeyfile " + server.key_file + "\n";
        return options;
    }
    Result<MqttSession> connect_by(const std::string& endpoint, std::vector<std::string>& messages) {
        MqttSettings settings = settings_for("ssl://localhost:" + std::to_string(port));
        settings.ca_file = certificates.ca_file();
        Client client(loop.get_executor(), settings);
        client.connection->set_address(settings.address, {endpoint});
        const auto session = connect(client);
        if (!session) return session;
        EXPECT_TRUE(subscribe(client, {"echo"}));
        client.publish({"echo", std::string(200'000, 'x'), false});
        EXPECT_TRUE(run_until([&] { return client.messages.size() == 1 && client.done == 1; }));
        for (const MqttMessage& message : client.messages) messages.push_back(message.payload);
        await(client.connection->disconnect());
        EXPECT_TRUE(client.lost.empty());
        return session;
    }
    const int port = free_port();
};

TEST_F(SecondAddressTest, IsUsedAndTheNameStaysTheConfiguredOne) {
    Broker broker(at_second(certificates.server()));
    broker.start();
    const std::string second = "127.0.0.2:" + std::to_string(port);
    std::vector<std::string> messages;
    EXPECT_FALSE(connect_by("", messages)) << "the library takes the first one";
    for (int i = 0; i < 2; ++i) {
        const auto session = connect_by(second, messages);
        EXPECT_TRUE(session) << why(session);
    }
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0].size(), 200'000U);
    ASSERT_TRUE(wait_until([&] { return broker.log().find("till-1 disconnected.") != std::string::npos; }))
        << "DISCONNECT arrives: " << broker.log();
    for (const char* wrong : {"127.0.0.2", "broker:1", ":", "127.0.0.2:0", "127.0.0.2:99999"}) {
        const auto session = connect_by(wrong, messages);
        ASSERT_FALSE(session) << wrong;
        EXPECT_EQ(session.error().code, Errc::invalid) << wrong << ": " << why(session);
    }
    broker.stop();
    EXPECT_FALSE(connect_by(second, messages));
}

TEST_F(SecondAddressTest, DoesNotExcuseACertificateForAnotherHost) {
    Broker broker(at_second(certificates.wrong_host()));
    broker.start();
    std::vector<std::string> messages;
    EXPECT_FALSE(connect_by("127.0.0.2:" + std::to_string(port), messages));
    EXPECT_EQ(broker.log().find("New client connected"), std::string::npos) << broker.log();
}

TEST_F(MqttTlsTest, RefusesACertificateForAnotherHost) {
    expect_refusal(certificates.wrong_host(), "the certificate is not for localhost");
}

TEST_F(MqttTlsTest, RefusesAnExpiredCertificate) { expect_refusal(certificates.expired(), "certificate has expired"); }

TEST_F(MqttTlsTest, RefusesACertificateThatIsNotYetValid) {
    Certificates::Request later{"later", "localhost", "DNS:localhost"};
    later.valid_from_seconds = 3600;
    expect_refusal(certificates.issue(later), "certificate is not yet valid");
}

TEST_F(MqttTlsTest, RefusesAClientsCertificateAsTheBrokers) {
    expect_refusal(certificates.client("localhost"), "unsuitable certificate purpose");
}

TEST_F(MqttTlsTest, RefusesACertificateOfAnotherAuthority) {
    Certificates others;
    expect_refusal(others.server(), "unable to get local issuer certificate");
}

TEST_F(MqttTlsTest, ShowsItsCertificateToABrokerThatWantsOne) {
    Broker broker(with(certificates.server(), true));
    broker.start();
    const Certificates::Pair own = certificates.client("till-1");
    MqttSettings wanted = settings(broker);
    wanted.certificate_file = own.certificate_file;
    wanted.key_file = own.key_file;
    Client client(loop.get_executor(), wanted);
    const auto session = connect(client);
    EXPECT_TRUE(session) << why(session);
}

TEST_F(MqttTlsTest, SaysThatTheBrokerWantsACertificate) {
    Broker broker(with(certificates.server(), true));
    broker.start();
    Client client(loop.get_executor(), settings(broker));
    const auto session = connect(client);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, Errc::not_connected);
    EXPECT_NE(session.error().message.find("certificate required"), std::string::npos) << session.error().message;
}

TEST_F(MqttTlsTest, SaysThatTheBrokerDoesNotKnowItsCertificate) {
    Broker broker(with(certificates.server(), true));
    broker.start();
    Certificates others;
    const Certificates::Pair own = others.client("till-1");
    MqttSettings wanted = settings(broker);
    wanted.certificate_file = own.certificate_file;
    wanted.key_file = own.key_file;
    Client client(loop.get_executor(), wanted);
    const auto session = connect(client);
    ASSERT_FALSE(session);
    EXPECT_NE(session.error().message.find("unknown ca"), std::string::npos) << session.error().message;
}

TEST_F(MqttTlsTest, NamesAFileThatIsMissing) {
    Broker broker(with(certificates.server()));
    broker.start();
    MqttSettings wanted = settings(broker);
    wanted.ca_file = "/nonexistent/ca.crt";
    Client client(loop.get_executor(), wanted);
    const auto session = connect(client);
    ASSERT_FALSE(session);
    EXPECT_NE(session.error().message.find("/nonexistent/ca.crt"), std::string::npos) << session.error().message;
}

TEST_F(MqttTlsTest, NeedsAFileOfAuthorities) {
    MqttSettings wanted = settings_for("ssl://localhost:8883");
    Client client(loop.get_executor(), wanted);
    const auto session = connect(client);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, Errc::invalid);
}

TEST_F(MqttTlsTest, FailsWhereTheBrokerSpeaksNoTls) {
    Broker broker;
    broker.start();
    MqttSettings wanted = settings_for("ssl://localhost:" + std::to_string(broker.port()));
    wanted.ca_file = certificates.ca_file();
    Client client(loop.get_executor(), wanted);
    const auto session = connect(client);
    ASSERT_FALSE(session);
    EXPECT_NE(session.error().message.find("TLS handshake"), std::string::npos) << session.error().message;
    EXPECT_NE(session.error().message.find("is it the broker's port for TLS"), std::string::npos)
        << session.error().message;
}

TEST_F(MqttTlsTest, SaysThatThePortSpeaksTlsWhereNoneIsMeant) {
    for (const bool require_client : {false, true}) {
        Broker broker(with(certificates.server(), require_client));
        broker.start();
        Client client(loop.get_executor(), settings_for("tcp://localhost:" + std::to_string(broker.port())));
        const auto session = connect(client);
        ASSERT_FALSE(session);
        const std::string says = "this port speaks TLS: write ssl://<name>:" + std::to_string(broker.port());
        EXPECT_NE(session.error().message.find(says), std::string::npos) << session.error().message;
    }
}

}  // namespace
}  // namespace tillpost::test
