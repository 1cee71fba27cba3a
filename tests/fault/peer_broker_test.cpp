// SPDX-License-Identifier: Apache-2.0
// The delivery suite by MQTT 3.1.1, as far as it needs nothing of MQTT 5, against brokers of three makers.
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "tests/support/agent_rig.hpp"
#include "tests/support/peer_brokers.hpp"

namespace tillpost::test {
namespace {

struct Maker {
    const char* name;
    std::unique_ptr<PeerBroker> (*make)();
    bool slow;  ///< To start: with TILLPOST_LONG only.
};

void PrintTo(const Maker& maker, std::ostream* out) { *out << maker.name; }

/// One broker of each make for all tests: one is installed first, another takes a minute to start.
class PeerBrokerTest : public ::testing::TestWithParam<Maker> {
protected:
    struct Prepared {
        std::unique_ptr<PeerBroker> broker;
        std::string why_not;
        bool running = false;
    };
    static std::map<std::string, Prepared>& all() {
        static std::map<std::string, Prepared> prepared;
        return prepared;
    }
    static void TearDownTestSuite() { all().clear(); }

    void SetUp() override {
        if (GetParam().slow && !long_run())
            GTEST_SKIP() << GetParam().name << " starts slowly: with TILLPOST_LONG only";
        auto [at, is_new] = all().try_emplace(GetParam().name);
        if (is_new) {
            at->second.broker = GetParam().make();
            at->second.why_not = at->second.broker->prepare();
        }
        if (!at->second.why_not.empty()) GTEST_SKIP() << at->second.why_not;
        peer = &at->second;
    }
    void start_broker() {
        if (peer->running) return;
        ASSERT_TRUE(peer->broker->start()) << peer->broker->log();
        peer->running = true;
    }
    void kill_broker() {
        if (std::exchange(peer->running, false)) peer->broker->kill();
    }
    /// Each test is an agent of its own: what a former one has left retained there is not its own.
    void make_rig() {
        AgentRig::Options options;
        options.broker_keys = R"(,"protocol":"3.1.1","keep_alive_s":5)";
        options.other_broker = peer->broker->address();
        options.central_keys = "--protocol 3.1.1";
        rig = std::make_unique<AgentRig>(options);
    }
    void start() {
        ASSERT_NO_FATAL_FAILURE(start_broker());
        make_rig();
        rig->start_central();
        rig->start_agent();
        sell_by("400");
        ASSERT_TRUE(wait_until([&] { return rig->number("confirmed") > 0; }))
            << rig->status() << rig->agent().errors() << rig->central().errors() << peer->broker->log();
    }
    void sell_by(const std::string& rate) {
        store = rig->start_store({"--seed", "61", "--rate", rate, "--in-flight", "32", "--seconds", "900"});
    }
    void sell(std::size_t events) {
        const std::size_t next = rig->told() + events;
        ASSERT_TRUE(wait_until([&] { return rig->told() >= next; })) << rig->status();
    }
    bool connected() const { return rig->status().find("\"connected\":true") != std::string::npos; }
    void expect_all_delivered() {
        rig->expect_all_delivered(store.get(), GetParam().name);
        EXPECT_EQ(rig->agent().errors().find("another agent may have the same names"), std::string::npos)
            << rig->agent().errors();
    }

    Prepared* peer = nullptr;
    std::unique_ptr<AgentRig> rig;
    std::unique_ptr<Process> store;
};

INSTANTIATE_TEST_SUITE_P(By, PeerBrokerTest,
                         ::testing::Values(Maker{"mosquitto", &make_mosquitto, false},
                                           Maker{"aedes", &make_aedes, false}, Maker{"rabbitmq", &make_rabbitmq, true}),
                         [](const auto& which) { return std::string(which.param.name); });

// The broker comes back without anything that it knew.
TEST_P(PeerBrokerTest, TheBrokerIsKilledAndComesBackEmpty) {  // [durable-2]
    ASSERT_NO_FATAL_FAILURE(start());
    for (int round = 0; round < (GetParam().slow ? 1 : 2); ++round) {
        kill_broker();
        ASSERT_NO_FATAL_FAILURE(sell(100)) << "capture goes on in the outage";
        ASSERT_NO_FATAL_FAILURE(start_broker());
        ASSERT_TRUE(wait_until([&] { return connected(); }));
    }
    expect_all_delivered();
}

TEST_P(PeerBrokerTest, TheAgentIsKilled) {  // [durable-2]
    ASSERT_NO_FATAL_FAILURE(start());
    rig->kill_agent();
    rig->start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(100));
    expect_all_delivered();
}

TEST_P(PeerBrokerTest, CentralIsAbsentAndComesBack) {  // [flow-1] [end-1]
    ASSERT_NO_FATAL_FAILURE(start());
    rig->kill_central();
    ASSERT_NO_FATAL_FAILURE(sell(300));
    EXPECT_GT(rig->number("waiting"), 0);
    rig->start_central();
    expect_all_delivered();
}

TEST_P(PeerBrokerTest, AnEventIsLargerThanAMessageUsuallyIs) {  // [order-1]
    ASSERT_NO_FATAL_FAILURE(start());
    FeedClient feed(rig->path("feed.sock"));
    const std::string note(200'000, 'n');
    const std::string answer = feed.ask(R"({"type":"other","till":"T9","number":1,"note":")" + note + "\"}");
    ASSERT_TRUE(answer.starts_with("{\"accepted\"")) << answer;
    ASSERT_NO_FATAL_FAILURE(sell(100));
    expect_all_delivered();
}

TEST_P(PeerBrokerTest, NewEventsTravelBesideABacklog) {  // [order-1]
    kill_broker();
    make_rig();
    rig->start_agent();
    sell_by("1500");
    ASSERT_NO_FATAL_FAILURE(sell(1'000));
    rig->start_central();
    ASSERT_NO_FATAL_FAILURE(start_broker());
    ASSERT_TRUE(wait_until([&] { return rig->number("confirmed") > 0; })) << rig->status();
    expect_all_delivered();
}

}  // namespace
}  // namespace tillpost::test
