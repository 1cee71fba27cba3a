// SPDX-License-Identifier: Apache-2.0
// tillpost-central killed at any moment, and restored from an older backup, with the real agent and broker.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "tests/support/agent_rig.hpp"

namespace tillpost::test {
namespace {

class CentralCrashTest : public ::testing::Test {
protected:
    CentralCrashTest() {
        rig.broker().start();
        rig.start_central();
        rig.start_agent();
    }
    void play(const std::string& rate) {
        store = rig.start_store({"--seed", "21", "--rate", rate, "--in-flight", "64", "--seconds", "600"});
    }
    bool told(std::size_t more) {
        const std::size_t next = rig.told() + more;
        return wait_until([&] { return rig.told() >= next; });
    }
    bool confirmed(std::size_t more) {
        const long long next = rig.number("confirmed") + static_cast<long long>(more);
        return wait_until([&] { return rig.number("confirmed") >= next; });
    }
    void stop_store() {
        store->kill(SIGTERM);
        ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    }
    /// All is delivered, and the history is whole.
    void finish() {
        ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
        EXPECT_EQ(rig.stop_agent().value_or(-1), 0) << rig.agent().errors();
        rig.stop_central();
        EXPECT_EQ(rig.check(), 0);
    }
    /// The receiver's file, as it is while the process is stopped.
    void copy(const std::string& from, const std::string& to) const {
        using std::filesystem::copy_options;
        for (const char* part : {"", "-wal"}) {
            std::filesystem::remove(rig.path(to + part));
            if (!std::filesystem::exists(rig.path(from + part))) continue;
            std::filesystem::copy_file(rig.path(from + part), rig.path(to + part), copy_options::overwrite_existing);
        }
    }

    AgentRig rig;
    std::unique_ptr<Process> store;
};

TEST_F(CentralCrashTest, NothingIsLostWhenItIsKilledAtRandomMoments) {  // [once-1] [end-1]
    const int rounds = long_run() ? 200 : 12;
    const unsigned seed = seed_of_run();
    std::mt19937 random(seed);
    play("1500");
    for (int round = 0; round < rounds; ++round) {
        ASSERT_TRUE(told(1 + random() % 300)) << "seed " << seed << " round " << round;
        rig.kill_central();
        rig.start_central();
        if (round % 5 == 4) {
            ASSERT_TRUE(confirmed(1)) << "seed " << seed << " round " << round;
        }
    }
    stop_store();
    finish();
}

TEST_F(CentralCrashTest, AsksAgainForWhatABackupDoesNotHave) {  // [end-1]
    play("1500");
    ASSERT_TRUE(confirmed(500));
    rig.stop_central();
    copy("central.db", "backup.db");
    rig.start_central();
    ASSERT_TRUE(confirmed(1'000));
    // What was receipted since then is gone with the disk, and the agent believes that it is safe there.
    rig.kill_central();
    copy("backup.db", "central.db");
    rig.start_central();
    ASSERT_TRUE(told(500)) << "capture goes on";
    stop_store();
    finish();
}

}  // namespace
}  // namespace tillpost::test
