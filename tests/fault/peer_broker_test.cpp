// SPDX-License-Identifier: Apache-2.0
// The delivery suite in short, by MQTT 3.1.1, against brokers that are not mosquitto: deliver, outage, restart.
#include <gtest/gtest.h>

#include "tests/support/agent_rig.hpp"
#include "tests/support/peer_brokers.hpp"

namespace tillpost::test {
namespace {

void sell(const AgentRig& rig, std::size_t events) {
    const std::size_t next = rig.told() + events;
    ASSERT_TRUE(wait_until([&] { return rig.told() >= next; }, long_time)) << rig.status();
}

void deliver_through_outage_and_restart(PeerBroker& broker) {
    AgentRig::Options options;
    options.broker_keys = R"(,"protocol":"3.1.1","keep_alive_s":5)";
    options.other_broker = broker.address();
    options.central_keys = "--protocol 3.1.1";
    ASSERT_TRUE(broker.start()) << broker.log();
    AgentRig rig(options);
    rig.start_central();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "61", "--rate", "300", "--in-flight", "32", "--seconds", "900"});
    ASSERT_NO_FATAL_FAILURE(sell(rig, 300));
    ASSERT_TRUE(wait_until([&] { return rig.number("confirmed") > 0; }, long_time))
        << "delivery\n"
        << rig.status() << rig.agent().errors() << rig.central().errors() << broker.log();
    broker.kill();
    ASSERT_NO_FATAL_FAILURE(sell(rig, 300)) << "capture goes on in the outage";
    ASSERT_TRUE(broker.start()) << broker.log();
    ASSERT_NO_FATAL_FAILURE(sell(rig, 300));
    rig.kill_agent();
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(rig, 300));
    rig.expect_all_delivered(store.get());
}

TEST(PeerBrokerTest, DeliversByAedesThroughOutageAndRestart) {
    const auto broker = make_aedes();
    const std::string why_not = broker->prepare();
    if (!why_not.empty()) GTEST_SKIP() << why_not;
    deliver_through_outage_and_restart(*broker);
}

TEST(PeerBrokerTest, DeliversByRabbitMqThroughOutageAndRestart) {
    if (!long_run()) GTEST_SKIP() << "RabbitMQ starts slowly: with TILLPOST_LONG only";
    const auto broker = make_rabbitmq();
    const std::string why_not = broker->prepare();
    if (!why_not.empty()) GTEST_SKIP() << why_not;
    deliver_through_outage_and_restart(*broker);
}

}  // namespace
}  // namespace tillpost::test
