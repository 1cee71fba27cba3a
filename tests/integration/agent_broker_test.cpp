// SPDX-License-Identifier: Apache-2.0
// The whole agent at a real broker that takes little, keeps nothing, or lets another take its connection over.
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "tests/support/agent_rig.hpp"

namespace tillpost::test {
namespace {

namespace asio = boost::asio;

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// Connects as MQTT 5 client of that name, waits for the CONNACK, and goes again: whoever had the name is out.
void take_over(int port, const std::string& client_id) {
    asio::io_context loop;
    asio::ip::tcp::socket socket(loop);
    socket.connect({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)});
    std::string body("\0\4MQTT\5\2\0\x1e\0\0", 12);  // clean start, 30 s, no properties
    body += static_cast<char>(client_id.size()) + client_id;
    const std::string packet = "\x10" + std::string(1, static_cast<char>(body.size())) + body;
    asio::write(socket, asio::buffer(packet));
    char first = 0;
    socket.read_some(asio::buffer(&first, 1));
    EXPECT_EQ(first, '\x20');
}

struct Rig {
    explicit Rig(const std::string& extra, AgentRig::Options options = {}) : rig(with(extra, std::move(options))) {
        rig.broker().start();
        rig.start_central();
        rig.start_agent();
    }
    static AgentRig::Options with(const std::string& extra, AgentRig::Options options) {
        options.broker.extra = extra;
        return options;
    }
    bool connected() const { return has(rig.status(), "\"connected\":true"); }
    /// Since the start. What the status says of a moment without a connection is soon over.
    int connections() {
        constexpr std::string_view said = "connected to the broker";
        const std::string log = rig.agent().errors();
        int count = 0;
        for (auto at = log.find(said); at != std::string::npos; at = log.find(said, at + 1)) ++count;
        return count;
    }
    void sell(int events, int seed = 31) {
        auto store =
            rig.start_store({"--seed", std::to_string(seed), "--rate", "0", "--events", std::to_string(events)});
        ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    }
    AgentRig rig;
};

// Debian's mosquitto 2.0.11 closes the connection that is taken over without 0x8e.
TEST(AgentBrokerTest, NamesASecondAgentOfItsNameThoughTheBrokerDoesNot) {
    Rig at("");
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(wait_until([&] { return at.connections() == i + 1 && at.connected(); })) << at.rig.agent().errors();
        EXPECT_FALSE(has(at.rig.status(), "another agent may have the same names")) << "not by the first ones";
        ASSERT_NO_FATAL_FAILURE(at.sell(1, i));
        ASSERT_TRUE(wait_until([&] { return at.rig.everything_confirmed(); })) << "it is of use";
        take_over(at.rig.broker().port(), "acme.0042.till-01");
    }
    EXPECT_TRUE(wait_until([&] { return has(at.rig.status(), "another agent may have the same names"); }))
        << at.rig.status();
    EXPECT_TRUE(has(at.rig.agent().errors(), "another agent may have the same names")) << at.rig.agent().errors();
}

TEST(AgentBrokerTest, KeepsItsConnectionWhereTheBrokersPacketsAreSmall) {
    Rig at("max_packet_size 1000\n");
    FeedClient feed(at.rig.path("feed.sock"));
    const std::string answer = feed.ask(R"({"type":"other","till":"T1","number":1})");
    ASSERT_TRUE(answer.starts_with("{\"accepted\"")) << answer;
    ASSERT_TRUE(wait_until([&] { return at.rig.everything_confirmed(); })) << at.rig.status();
    EXPECT_TRUE(has(at.rig.status(), "the broker's packets may have 1000 bytes")) << at.rig.status();
    EXPECT_FALSE(has(at.rig.agent().errors(), "no connection to the broker")) << at.rig.agent().errors();
    EXPECT_TRUE(has(at.rig.broker().log(), "/till-01/state'")) << "shorter than usual: " << at.rig.broker().log();
}

// What says that an event was withheld is no smaller than that: it must not be withheld in its turn.
TEST(AgentBrokerTest, MakesNoEndlessRowOfEventsThatAreTooLarge) {
    Rig at("max_packet_size 600\n");
    ASSERT_NO_FATAL_FAILURE(at.sell(2));
    ASSERT_TRUE(wait_until([&] { return has(at.rig.status(), "that say that one was too large"); })) << at.rig.status();
    EXPECT_LT(at.rig.number("captured"), 20) << at.rig.status();
}

TEST(AgentBrokerTest, SaysWhyNothingCanBeDeliveredWhereNotEvenAHelloFits) {
    Rig at("max_packet_size 300\n");
    ASSERT_TRUE(wait_until([&] { return has(at.rig.status(), "packets of at most 300 bytes"); })) << at.rig.status();
    EXPECT_FALSE(at.connected());
}

TEST(AgentBrokerTest, DeliversWhereNothingIsRetained) {
    Rig at("retain_available false\n");
    ASSERT_NO_FATAL_FAILURE(at.sell(20));
    ASSERT_TRUE(wait_until([&] { return at.rig.everything_confirmed(); })) << at.rig.status();
    EXPECT_TRUE(has(at.rig.agent().errors(), "keeps no retained messages")) << at.rig.agent().errors();
}

TEST(AgentBrokerTest, SaysAtItsStartWhatTheBrokersWordDoesNotProve) {
    AgentRig::Options options;
    options.delivery = R"("confirm":"broker")";
    Rig at("", options);
    EXPECT_TRUE(has(at.rig.agent().errors(), "on the broker's word alone")) << at.rig.agent().errors();
}

}  // namespace
}  // namespace tillpost::test
