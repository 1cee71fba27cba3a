// SPDX-License-Identifier: Apache-2.0
// tillpost-central as a process behind a real broker; the test is the agent.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "agent/central/store.hpp"
#include "agent/mqtt/paho_connection.hpp"
#include "agent/wire/protocol.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/process.hpp"
#include "tests/unit/central_line_maker.hpp"

namespace tillpost {
namespace {

class CentralBrokerTest : public test::LoopTest {
protected:
    CentralBrokerTest() {
        std::signal(SIGPIPE, SIG_IGN);
        broker.start();
    }
    void TearDown() override {
        if (connection) await(connection->disconnect());
        LoopTest::TearDown();
        connection.reset();
    }

    void start_central(std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"--broker", broker.address(), "--db", folder.file("central.db")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        central = std::make_unique<test::Process>(
            test::Process::Command{test::program_path("tillpost-central"), std::move(arguments)});
        ASSERT_TRUE(run_until([this] { return central->errors().find("connected") != std::string::npos; }))
            << central->errors();
    }
    void connect() {
        MqttSettings settings;
        settings.address = broker.address();
        settings.client_id = agent.client_id();
        connection = make_paho_connection(loop.get_executor(), settings);
        MqttConnection::Events events;
        events.on_lost = [](const Error&) {};
        events.on_message = [this](const MqttMessage& message) {
            auto receipt = decode_receipt(message.payload);
            ASSERT_TRUE(receipt) << receipt.error().message;
            receipts.push_back(std::move(*receipt));
        };
        connection->set_events(std::move(events));
        const auto session = await(connection->connect());
        ASSERT_TRUE(session) << session.error().message;
        ASSERT_TRUE(await(connection->subscribe({agent.topic("receipt")})));
    }
    void send(const std::string& leaf, std::string payload) {
        connection->publish({agent.topic(leaf), std::move(payload), false}, [](const Result<void>&) {});
    }
    void greet() {
        Hello hello;
        hello.number = to_hex(++hellos);
        hello.source = agent.source();
        hello.epochs.push_back({maker.epoch(), 1, 1, maker.sequence(), {}, {}, 0});
        send("hello", encode(hello));
    }
    bool receipted(Sequence upto) {
        return run_until([&] {
            return !receipts.empty() && receipts.back().hello == to_hex(hellos) &&
                   receipts.back().epochs.at(0).upto == upto;
        });
    }

    const AgentName agent{"acme", "s1", "till3"};
    test::TempDir folder;
    test::Broker broker;
    std::unique_ptr<test::Process> central;
    std::unique_ptr<MqttConnection> connection;
    test::LineMaker maker{agent.source()};
    std::vector<Receipt> receipts;
    std::uint64_t hellos = 0;
};

TEST_F(CentralBrokerTest, CommitsReceiptsAndPrints) {
    start_central();
    connect();
    greet();
    ASSERT_TRUE(receipted(0));
    send("events", test::joined(maker.next(3)));
    ASSERT_TRUE(receipted(3));
    EXPECT_EQ(receipts.back().epochs[0].hash, maker.chain());
    send("events", maker.sale("T1-\xc2\x9b"
                              "31m\xe2\x80\xaegnp"));
    ASSERT_TRUE(run_until([&] { return !receipts.empty() && receipts.back().epochs.at(0).upto == 4; }));
    send("events", maker.body(R"("source":"urn:tillpost:acme:s1:another","type":"tillpost.sale.v1"})"));
    ASSERT_TRUE(run_until([&] { return receipts.back().epochs.at(0).rejected.size() == 1; }));
    EXPECT_EQ(central->stop(), 0) << central->errors();
    EXPECT_NE(central->output().find(agent.source() + " 5 tillpost.sale.v1 - - rejected:source\n"), std::string::npos)
        << central->output();
    EXPECT_NE(central->output().find(agent.source() + " 2 tillpost.sale.v1 T1-2 ok\n"), std::string::npos)
        << central->output();
    EXPECT_NE(central->output().find(R"(tillpost.sale.v1 T1-\u{9b}31m\u{202e}gnp ok)"), std::string::npos)
        << "what a store says commands no terminal: " << central->output();
    EXPECT_NE(central->output().find("5 events, 0 repeats"), std::string::npos);
}

TEST_F(CentralBrokerTest, HoldsWhatItReceiptedAfterBeingKilled) {
    start_central({"--store", "acme/s1"});
    connect();
    Sequence sent = 0;
    for (int round = 0; round < 3; ++round) {
        greet();
        for (int i = 0; i < 30; ++i) send("events", test::joined(maker.next(10)));
        sent += 300;
        ASSERT_TRUE(receipted(sent));
        central->kill(SIGKILL);
        central->wait();
        start_central({"--store", "acme/s1"});
        greet();
        ASSERT_TRUE(receipted(sent)) << "from committed storage";
    }
}

TEST_F(CentralBrokerTest, ComesBackWithTheBroker) {
    start_central();
    broker.stop(SIGKILL);
    ASSERT_TRUE(run_until([this] { return central->errors().find("is lost") != std::string::npos; }));
    broker.start();
    connect();
    ASSERT_TRUE(run_until([this] {
        greet();
        run_for(Millis(50));
        return !receipts.empty();
    })) << central->errors();
}

TEST_F(CentralBrokerTest, StopsWithoutABroker) {
    start_central();
    broker.stop(SIGKILL);
    EXPECT_EQ(central->stop(), 0) << central->errors();
}

TEST_F(CentralBrokerTest, LeavesItsFileToOneReceiverOnly) {
    start_central();
    test::Process second(
        {test::program_path("tillpost-central"), {"--broker", broker.address(), "--db", folder.file("central.db")}});
    EXPECT_EQ(second.wait(), 2);
    EXPECT_NE(second.errors().find("in use"), std::string::npos) << second.errors();
}

// Finance looks at the day, and stock goes on arriving.
TEST_F(CentralBrokerTest, IsLookedIntoWhileItRuns) {
    start_central();
    connect();
    greet();
    send("events", test::joined(maker.next(30)));
    ASSERT_TRUE(receipted(30));
    const auto look = [this](std::vector<std::string> words) {
        words.insert(words.end(), {"--db", folder.file("central.db")});
        test::Process command({test::program_path("tillpost-central"), std::move(words)});
        EXPECT_TRUE(run_until([&] { return !command.running(); }));
        EXPECT_EQ(command.errors(), "");
        return std::make_pair(command.wait().value_or(-1), command.output());
    };
    const auto [exported, lines] = look({"export"});
    EXPECT_EQ(exported, 0);
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 30);
    EXPECT_EQ(look({"agents"}).first, 0);
    EXPECT_EQ(look({"times"}).first, 0);
    EXPECT_EQ(look({"quarantine", "list"}).first, 0);
    EXPECT_EQ(look({"day"}).first, 1) << "no till has reported one";
    EXPECT_EQ(look({"audit", "--json"}).first, 2) << "whose seals count was not said";
    for (const auto& each : std::filesystem::directory_iterator(folder.path())) {
        EXPECT_EQ(each.path().filename().string().rfind("tillpost-copy", 0), std::string::npos) << "a copy is left";
    }
    send("events", test::joined(maker.next(3)));
    ASSERT_TRUE(receipted(33));
}

TEST_F(CentralBrokerTest, IsBackedUpWhileItRunsAndGoesOnFromThere) {
    start_central();
    connect();
    greet();
    send("events", test::joined(maker.next(30)));
    ASSERT_TRUE(receipted(30));
    const std::string backup = folder.file("it's a backup.db");
    const auto back_up = [&](const std::string& to) {
        test::Process command(
            {test::program_path("tillpost-central"), {"backup", to, "--db", folder.file("central.db")}});
        EXPECT_TRUE(run_until([&] { return !command.running(); }));
        return std::make_pair(command.wait().value_or(-1), command.errors());
    };
    ASSERT_EQ(back_up(backup), std::make_pair(0, std::string()));
    EXPECT_NE(back_up(backup).second.find("is there already"), std::string::npos);
    EXPECT_EQ(back_up(folder.path() + "/none/b.db").first, 2);
    for (const char* left : {"-wal", "-shm", "-journal", ".part"}) {
        EXPECT_FALSE(std::filesystem::exists(backup + left)) << left;
    }
    send("events", test::joined(maker.next(5)));
    ASSERT_TRUE(receipted(35));
    const std::string receiver = receipts.back().receiver;
    ASSERT_EQ(central->stop(), 0);
    std::filesystem::remove(folder.file("central.db-wal"));
    std::filesystem::rename(backup, folder.file("central.db"));
    start_central();
    receipts.clear();
    greet();
    ASSERT_TRUE(receipted(30));
    EXPECT_EQ(receipts.back().receiver, receiver) << "nobody takes it for another";
}

}  // namespace
}  // namespace tillpost
