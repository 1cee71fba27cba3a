// SPDX-License-Identifier: Apache-2.0
// The whole agent at a real broker that takes only small messages and does not announce it. Measured with Mosquitto
// 2.0.11: message_size_limit refuses by 0x95 under MQTT 5, acknowledges and discards under 3.1.1; max_packet_size is
// announced under MQTT 5, and closes the connection under 3.1.1.
#include <gtest/gtest.h>

#include "tests/support/agent_rig.hpp"
#include "tests/support/scripted_broker.hpp"

namespace tillpost::test {
namespace {

struct Limit {
    const char* name;
    const char* protocol;
    const char* broker;          ///< Of mosquitto.conf
    bool is_quick = true;        ///< Else it is learnt by losses or silence, with the backoff between them.
    bool says_so = true;         ///< In any way, so that one event that is too large is withheld.
    const char* our = "";        ///< More members of the agent's "broker".
    std::size_t large = 20'000;  ///< Bytes of the large event's data.
};

void PrintTo(const Limit& which, std::ostream* out) { *out << which.name; }

std::string note_of(std::size_t bytes) {
    return R"({"type":"other","till":"T9","number":1,"note":")" + std::string(bytes, 'n') + "\"}";
}

class MessageSizeTest : public ::testing::TestWithParam<Limit> {
protected:
    static AgentRig::Options options() {
        AgentRig::Options options = AgentRig::impatient();
        options.broker.extra = std::string(GetParam().broker) + "\n";
        options.broker_keys += std::string(R"(,"protocol":")") + GetParam().protocol + "\"" + GetParam().our;
        options.delivery = R"("batch_kb":32,"live_s":1)";
        return options;
    }
    /// Sales, one large event between them, and more sales, all before there is a broker.
    void sell() {
        store("5");
        FeedClient feed(rig.path("feed.sock"));
        const std::string answer = feed.ask(note_of(GetParam().large));
        ASSERT_TRUE(answer.starts_with("{\"accepted\"")) << answer;
        store("6");
    }
    void store(const std::string& seed) {
        auto sales = rig.start_store({"--seed", seed, "--rate", "0", "--events", "60"});
        ASSERT_EQ(sales->wait().value_or(-1), 0) << sales->errors();
    }

    AgentRig rig{options()};
};

TEST_P(MessageSizeTest, NothingStandsInTheWay) {  // [once-1] [durable-2]
    if (!GetParam().is_quick && !long_run()) GTEST_SKIP() << "takes a minute and more: with TILLPOST_LONG=1";
    rig.broker().start();
    rig.start_agent();
    rig.broker().stop();
    ASSERT_NO_FATAL_FAILURE(sell());
    const long long held_back = rig.number("quarantined");  // the simulated store sends such records
    rig.broker().start();
    rig.start_central();
    const auto all = [&] { return rig.everything_confirmed(); };
    const auto but_one = [&] {
        return rig.agent().errors().find("never gets it") != std::string::npos ||
               rig.status().find("never gets it") != std::string::npos;
    };
    ASSERT_TRUE(wait_until(GetParam().says_so ? std::function<bool()>(all) : but_one, 2 * long_time))
        << rig.status() << rig.agent().errors();
    EXPECT_EQ(rig.number("quarantined"), held_back + (GetParam().says_so ? 1 : 0)) << rig.status();
    if (!GetParam().says_so) return;
    rig.expect_all_delivered(nullptr);
}

// [once-1] A broker that forbids the topic by closing, as cloud services do, takes an echo of the event's size: what
// nothing but its topic keeps back is never withheld.
TEST(ForbiddenTopicTest, WithholdsNothing) {
    AgentRig rig(AgentRig::impatient());
    const int port = rig.broker().port();
    const auto closes = [](ScriptedBroker& broker, const ScriptedBroker::Packet& packet) {
        if (ScriptedBroker::is_events(packet)) return ScriptedBroker::Reply("", true);
        return ScriptedBroker::Reply(broker.good(packet));
    };
    auto forbids = std::make_unique<ScriptedBroker>(port, 5, closes);
    rig.start_agent();
    const auto said = [&](const char* what) { return rig.agent().errors().find(what) != std::string::npos; };
    ASSERT_TRUE(wait_until([&] { return said("tried its size with an echo"); })) << rig.agent().errors();
    EXPECT_TRUE(said("passed=1")) << rig.agent().errors();
    forbids.reset();
    rig.broker().start();
    ASSERT_EQ(rig.broker().port(), port);
    rig.start_central();
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.agent().errors();
    EXPECT_EQ(rig.number("quarantined"), 0) << rig.status();
    EXPECT_EQ(rig.stop_agent(), 0);
}

INSTANTIATE_TEST_SUITE_P(Of, MessageSizeTest,
                         ::testing::Values(Limit{"limit_refused_by_0x95", "5", "message_size_limit 8000"},
                                           Limit{"limit_that_discards", "3.1.1", "message_size_limit 8000", false,
                                                 false},
                                           Limit{"limit_that_discards_and_is_stated", "3.1.1",
                                                 "message_size_limit 8000", true, true, R"(,"max_packet_kb":7)"},
                                           Limit{"packet_announced", "5", "max_packet_size 8000"},
                                           Limit{"packet_that_closes", "3.1.1", "max_packet_size 8000", false}),
                         [](const auto& which) { return std::string(which.param.name); });

}  // namespace
}  // namespace tillpost::test
