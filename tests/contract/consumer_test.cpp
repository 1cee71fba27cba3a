// SPDX-License-Identifier: Apache-2.0
// The consumer of config/README.md, byte for byte, receives what an agent sends and frees it.
#include <gtest/gtest.h>

#include <array>

#include "tests/contract/consumer_rig.hpp"

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

// A message for each line of the input: leaf, a space, and the payload as a Python expression.
constexpr const char* publish_program = R"(
import sys
import paho.mqtt.client as mqtt
client = mqtt.Client("somebody")
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_start()
epoch, zeros = b"00c0ffee00c0ffee", b"0" * 64
def head(n, said):
    return b'{"id":"%s-%016d","epoch":"%s","sequence":"%016d","chain":"%s",' % (epoch, n, epoch, said, zeros)
for line in open(sys.argv[2]):
    leaf, payload = line.rstrip("\n").split(" ", 1)
    client.publish("tillpost/v1/acme/0042/till-01/" + leaf, eval(payload), qos=1).wait_for_publish()
)";

// Lines and hellos that are none; each is laid aside by itself.
constexpr std::array malformed{
    R"(events b'\x00\xff\xfe')",
    R"(events b'{}')",
    R"(events b'[' * 100000)",
    R"(events b'{"id":"00c0ffee00c0ffee-000000000000000x"')",
    R"(events head(1, 2) + b'"x":1}')",
    R"(events head(1, 1) + b'"x":}')",
    R"(events head(1, 1) + b'"x":"\xff"}')",
    R"(events head(1, 1) + b'"x":' + b'[' * 5000 + b']' * 5000 + b'}')",
    R"(hello b'')",
    R"(hello b'no json')",
    R"(hello b'7')",
    R"(hello b'{"hello":"1"}')",
    R"(hello b'{"hello":"1","epochs":7}')",
    R"(hello b'{"hello":"1","epochs":[{}]}')",
    R"(hello b'{"hello":"1","epochs":[{"epoch":"x","first":1,"before":"y"}]}')",
    R"(hello b'{"hello":"1","epochs":[{"epoch":"%s","first":1%s,"before":"%s"}]}' % (epoch, zeros, zeros))",
};

class ConsumerTest : public ConsumerRig {
protected:
    void sell(const std::string& seed) {
        const auto store = rig.start_store({"--rate", "0", "--events", "200", "--seed", seed});
        ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    }
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

TEST_F(ConsumerTest, WhatCannotBeReadIsLaidAsideAndTheRestGoesOn) {
    rig.broker().start();
    start_consumer();
    rig.start_agent();
    sell("1");
    EXPECT_TRUE(confirmed()) << consumer->errors();
    std::string lines;
    for (const char* each : malformed) lines += std::string(each) + "\n";
    Process publish(
        {python, {"-c", publish_program, std::to_string(rig.broker().port()), folder.write("malformed", lines)}});
    ASSERT_EQ(publish.wait(), 0) << publish.errors();
    sell("2");
    EXPECT_TRUE(confirmed()) << consumer->errors();
    Process count({python,
                   {"-c",
                    "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM bad')."
                    "fetchone())",
                    database}});
    EXPECT_EQ(count.wait(), 0) << count.errors();
    EXPECT_EQ(count.output(), std::to_string(malformed.size()) + "\n") << consumer->errors();
    EXPECT_NE(consumer->errors().find("laid aside, not confirmed: tillpost/v1/acme/0042/till-01/hello"),
              std::string::npos);
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
}

}  // namespace
}  // namespace tillpost::test
