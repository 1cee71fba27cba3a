// SPDX-License-Identifier: Apache-2.0
// [end-1] A second tillpost-central on the same topics: started by a mistake, as a trial, or to replace the first one.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/agent_rig.hpp"

namespace tillpost::test {
namespace {

class AgentReceiverTest : public ::testing::Test {
protected:
    AgentReceiverTest() { rig.broker().start(); }

    void sell(int events) {
        auto store = rig.start_store({"--seed", std::to_string(++stores_), "--rate", "0", "--events",
                                      std::to_string(events), "--start-date", "2026-11-0" + std::to_string(stores_)});
        ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    }
    /// A receiver with an empty database.
    std::unique_ptr<Process> another() {
        auto started = std::make_unique<Process>(
            Process::Command{program_path("tillpost-central"),
                             {"--broker", rig.broker().address(), "--db", rig.path("other.db"), "--summary"}});
        EXPECT_TRUE(wait_until([&] { return !id_of(*started).empty(); })) << started->errors();
        return started;
    }
    /// As its log names it.
    static std::string id_of(const Process& central) {
        const std::string log = central.errors(), key = "receiver=";
        const auto at = log.find(key);
        return at == std::string::npos ? "" : log.substr(at + key.size(), 32);
    }
    bool alarms() { return rig.status().find("another receiver answers") != std::string::npos; }

    AgentRig rig;

private:
    int stores_ = 0;
};

TEST_F(AgentReceiverTest, FreesNothingAlsoAfterARestartAndTheFirstOneHasEverything) {
    rig.start_central();
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(50));
    ASSERT_TRUE(wait_until([this] { return rig.everything_confirmed(); })) << rig.status();
    const std::string receiver = "\"receiver\":\"" + id_of(rig.central()) + "\"";
    EXPECT_NE(rig.status().find(receiver), std::string::npos) << rig.status();
    rig.stop_central();
    const auto other = another();
    rig.kill_agent();
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(100));
    ASSERT_TRUE(wait_until([this] { return alarms(); })) << rig.status();
    EXPECT_GE(rig.number("waiting"), 100) << rig.status();
    EXPECT_NE(rig.status().find(receiver), std::string::npos) << rig.status();
    rig.start_central();  // and both answer
    ASSERT_TRUE(wait_until([this] { return rig.everything_confirmed(); })) << rig.status();
    rig.expect_all_delivered(nullptr);
}

TEST_F(AgentReceiverTest, TakesOverWhereTheConfigurationNamesIt) {
    rig.start_central();
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(50));
    ASSERT_TRUE(wait_until([this] { return rig.everything_confirmed(); })) << rig.status();
    rig.stop_central();
    const auto other = another();
    ASSERT_EQ(rig.stop_agent().value_or(-1), 0);
    rig.deliver_by(R"("receiver":")" + id_of(*other) + "\"");
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(20));
    const std::string receiver = "\"receiver\":\"" + id_of(*other) + "\"";
    ASSERT_TRUE(wait_until([&] {
        return rig.everything_confirmed() && rig.status().find(receiver) != std::string::npos;
    })) << rig.status();
    EXPECT_FALSE(alarms()) << rig.status();
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
    EXPECT_EQ(other->stop().value_or(-1), 0);
    std::filesystem::rename(rig.path("other.db"), rig.path("central.db"));
    EXPECT_EQ(rig.check(), 0) << "what the former one had confirmed is there, too";
}

}  // namespace
}  // namespace tillpost::test
