// SPDX-License-Identifier: Apache-2.0
// The consumer of config/README.md, byte for byte, receives what an agent sends and frees it.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/agent_rig.hpp"

namespace tillpost::test {
namespace {

// What the store was told is durable and the consumer does not have; effects that it had twice.
constexpr const char* missing_program = R"(
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
told = [json.loads(line) for line in open(sys.argv[2])]
print(sum(db.execute("SELECT count(*) FROM line WHERE epoch = ? AND n = ?", (t["epoch"], t["sequence"])).fetchone()[0] != 1
          for t in told), len(told) > 0, db.execute("SELECT count(*) - count(DISTINCT digest) FROM effect").fetchone()[0])
)";

class ConsumerTest : public testing::Test {
protected:
    void SetUp() override {
        for (const char* candidate : {"python3", "/usr/bin/python3"}) {
            Process has_paho({candidate, {"-c", "import paho.mqtt.client"}});
            if (has_paho.wait() == 0) python = candidate;
        }
        if (python.empty() && std::getenv("CI") != nullptr) FAIL() << "CI installs python3-paho-mqtt";
        if (python.empty()) GTEST_SKIP() << "needs python3-paho-mqtt (./dev install contract)";
        const std::string page = content_of(TILLPOST_CONFIG_README);
        const std::string opening = "```python\n";
        const std::size_t start = page.find(opening);
        ASSERT_NE(start, std::string::npos);
        const std::size_t end = page.find("```", start + opening.size());
        program = folder.write("consumer.py", page.substr(start + opening.size(), end - start - opening.size()));
        database = folder.file("events.db");
    }
    void start_consumer() {
        const std::string port = std::to_string(rig.broker().port());
        consumer = std::make_unique<Process>(Process::Command{python, {program, "127.0.0.1", port, database}});
    }
    void sell(const std::string& seed) {
        const auto store = rig.start_store({"--rate", "0", "--events", "200", "--seed", seed});
        ASSERT_EQ(store->wait(long_time).value_or(-1), 0) << store->errors();
    }
    bool confirmed() {
        return wait_until([this] { return rig.everything_confirmed() || !consumer->running(); }, long_time) &&
               consumer->running();
    }

    TempDir folder;
    std::string python;
    std::string program;
    std::string database;
    AgentRig rig;
    std::unique_ptr<Process> consumer;
};

TEST_F(ConsumerTest, TakesEverythingOnceAlsoWhenItIsKilled) {
    rig.broker().start();
    start_consumer();
    rig.start_agent();
    sell("1");
    EXPECT_TRUE(confirmed()) << consumer->errors();
    consumer->kill(SIGKILL);
    (void)consumer->wait();
    sell("2");
    EXPECT_FALSE(rig.everything_confirmed());
    start_consumer();
    EXPECT_TRUE(confirmed()) << consumer->errors();
    Process missing({python, {"-c", missing_program, database, rig.path("told.jsonl")}});
    EXPECT_EQ(missing.wait(), 0) << missing.errors();
    EXPECT_EQ(missing.output(), "0 True 0\n");
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
}

}  // namespace
}  // namespace tillpost::test
