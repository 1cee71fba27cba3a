// SPDX-License-Identifier: Apache-2.0
#include "agent/central/receiver.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "agent/wire/compression.hpp"
#include "platform/log.hpp"
#include "tests/support/fault_vfs.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/central_line_maker.hpp"

namespace tillpost {
namespace {

/// A broker connection that does as the test says.
class FakeConnection final : public MqttConnection {
public:
    explicit FakeConnection(const asio::any_io_executor& loop) : wake_(loop) {}

    void set_events(Events events) override { events_ = std::move(events); }
    asio::awaitable<Result<MqttSession>> connect() override {
        ++connects;
        co_await wake_.wait_for(Millis(0));
        if (refuse_connects > 0) {
            --refuse_connects;
            co_return Error{Errc::not_connected, "refused"};
        }
        connected = true;
        co_return MqttSession{};
    }
    asio::awaitable<Result<void>> subscribe(std::vector<std::string> wanted) override {
        topics = std::move(wanted);
        co_await wake_.wait_for(Millis(0));
        if (refuse_subscribe) co_return Error{Errc::rejected, "0x87 not authorized"};
        subscribed = true;
        co_return Result<void>();
    }
    void publish(MqttMessage message, Done done) override {
        published.push_back(std::move(message));
        if (hold) {
            held.push_back(std::move(done));
        } else {
            done(connected ? Result<void>() : Result<void>(Error{Errc::not_connected, "gone"}));
        }
    }
    asio::awaitable<void> disconnect() override {
        connected = subscribed = false;
        ++disconnects;
        co_return;
    }

    void drop(const std::string& reason) override { events_.on_lost({Errc::cancelled, reason}); }

    void deliver(const std::string& topic, std::string payload, bool retained = false, std::string encoding = "") {
        events_.on_message({topic, std::move(payload), retained, std::move(encoding)});
    }
    void lose() {
        connected = subscribed = false;
        for (Done& done : std::exchange(held, {})) done(Error{Errc::not_connected, "lost"});
        events_.on_lost({Errc::not_connected, "cable"});
    }

    int connects = 0, disconnects = 0, refuse_connects = 0;
    bool connected = false, subscribed = false, refuse_subscribe = false, hold = false;
    std::vector<std::string> topics;
    std::vector<MqttMessage> published;
    std::vector<Done> held;

private:
    Events events_;
    Wake wake_;
};

const AgentName agent{"acme", "s1", "till3"};

class ReceiverTest : public test::LoopTest {
protected:
    ReceiverTest() {
        log::set_level(log::Level::error);
        store = std::move(*CentralStore::open(folder.file("central.db"), CentralStore::Missing::create, clock));
        settings.first_retry = Millis(2);
        settings.longest_retry = Millis(10);
        settings.full_retry = Millis(20);
    }
    void TearDown() override {
        stop_receiver();
        LoopTest::TearDown();
    }

    void start() {
        Receiver::Calls calls;
        calls.taken = [this](const std::vector<Taken>& taken) {
            printed.insert(printed.end(), taken.begin(), taken.end());
        };
        calls.on_failure = [this](const Error& error) { failures.push_back(error); };
        calls.on_stopped = [this] { stopped = true; };
        receiver = std::make_unique<Receiver>(loop.get_executor(), connection, *store, settings, std::move(calls));
        receiver->start();
        ASSERT_TRUE(run_until([this] { return receiver->online() || connection.refuse_subscribe; }));
    }
    void stop_receiver() {
        if (!receiver) return;
        receiver->stop();
        EXPECT_TRUE(run_until([this] { return stopped; }));
        receiver.reset();
    }
    void greet(const std::string& number = "00000000000000ab") {
        Hello hello;
        hello.number = number;
        hello.source = agent.source();
        hello.epochs.push_back({maker.epoch(), 1, 1, maker.sequence(), {}, {}, 0});
        connection.deliver(agent.topic("hello"), encode(hello));
    }
    void send(const std::string& payload) { connection.deliver(agent.topic("events"), payload); }
    Receipt receipt(std::size_t index) {
        EXPECT_TRUE(run_until([&] { return connection.published.size() > index; })) << "no receipt " << index;
        if (connection.published.size() <= index) return {};
        EXPECT_EQ(connection.published[index].topic, agent.topic("receipt"));
        EXPECT_FALSE(connection.published[index].retained);
        const auto decoded = decode_receipt(connection.published[index].payload);
        EXPECT_TRUE(decoded) << decoded.error().message;
        return decoded ? *decoded : Receipt();
    }

    test::Faults& faults = test::install_fault_vfs();
    test::TempDir folder;
    SystemClock clock;
    FakeConnection connection{loop.get_executor()};
    std::unique_ptr<CentralStore> store;
    ReceiverSettings settings;
    std::unique_ptr<Receiver> receiver;
    test::LineMaker maker{agent.source()};
    std::vector<Taken> printed;  ///< Written on the worker; read after a receipt, which comes behind it.
    std::vector<Error> failures;
    bool stopped = false;
};

TEST_F(ReceiverTest, SubscribesToWhatAgentsSend) {
    start();
    EXPECT_EQ(connection.topics, (std::vector<std::string>{"tillpost/v1/+/+/+/events", "tillpost/v1/+/+/+/hello",
                                                           "tillpost/v1/+/+/+/online"}));
}

TEST_F(ReceiverTest, AnswersAHelloFromCommittedStorage) {
    start();
    greet("0000000000000001");
    const Receipt first = receipt(0);
    EXPECT_EQ(first.hello, "0000000000000001");
    EXPECT_EQ(first.receiver, store->receiver());
    EXPECT_EQ(first.epochs.at(0).upto, 0U);
    send(test::joined(maker.next(3)));
    greet("0000000000000002");
    Receipt second = receipt(1);
    if (second.hello == first.hello) second = receipt(2);
    EXPECT_EQ(second.hello, "0000000000000002");
    EXPECT_EQ(second.epochs.at(0).upto, 3U) << "the answer covers what came before the hello";
    EXPECT_EQ(second.epochs.at(0).hash, maker.chain());
    EXPECT_EQ(printed.size(), 3U);
    EXPECT_EQ(printed[2].subject, "T1-3");
}

TEST_F(ReceiverTest, SendsNoReceiptBeforeTheAgentsHello) {
    start();
    send(test::joined(maker.next(3)));
    ASSERT_TRUE(run_until([this] { return receiver->stats().lines.taken == 3; }));
    run_for(Millis(100));
    EXPECT_TRUE(connection.published.empty());
    greet();
    EXPECT_EQ(receipt(0).epochs.at(0).upto, 3U);
}

TEST_F(ReceiverTest, CoalescesReceiptsWhileEventsFlow) {
    start();
    greet();
    receipt(0);
    const SteadyTime began = std::chrono::steady_clock::now();
    for (int i = 0; i < 200; ++i) {
        send(maker.next());
        run_for(Millis(1));
    }
    ASSERT_TRUE(run_until([this] {
        const auto last = decode_receipt(connection.published.back().payload);
        return last->epochs.at(0).upto == 200;
    }));
    EXPECT_LT(std::chrono::steady_clock::now() - began, Millis(200 * 10 + 2'000));
    EXPECT_LE(connection.published.size(), 5U);
}

TEST_F(ReceiverTest, KeepsUpWithOneReceiptUnderWayPerAgent) {
    start();
    connection.hold = true;
    greet();
    receipt(0);
    for (int i = 0; i < 5; ++i) send(test::joined(maker.next(1'100)));
    greet();
    ASSERT_TRUE(run_until([this] { return receiver->stats().lines.taken == 5'500; }));
    run_for(Millis(100));
    EXPECT_EQ(connection.published.size(), 1U);
    connection.hold = false;
    for (auto& done : std::exchange(connection.held, {})) done(Result<void>());
    EXPECT_EQ(receipt(1).epochs.at(0).upto, 5'500U);
}

TEST_F(ReceiverTest, SurvivesUnknownTopicsAndGarbage) {
    start();
    std::string noise;
    for (int i = 0; i < 256; ++i) noise += static_cast<char>(i);
    for (const std::string& topic :
         {std::string(), std::string("tillpost/v1/a/b/events"), agent.topic("state"), agent.topic("hello"),
          std::string("tillpost/v1/a/b/c/events/x"), std::string("$SYS/broker")}) {
        connection.deliver(topic, noise);
        connection.deliver(topic, "");
    }
    connection.deliver(agent.topic("online"), noise);
    Hello strange;
    strange.number = "00000000000000ab";
    strange.source = "urn:tillpost:acme:s1:another";
    connection.deliver(agent.topic("hello"), encode(strange));
    send(noise);
    send("\n\n\n" + maker.next() + "\n{\"id\":\"");
    greet();
    EXPECT_EQ(receipt(0).epochs.at(0).upto, 1U);
    EXPECT_EQ(receiver->stats().lines.malformed, 6U) << "two pieces of noise, three empty lines, a torn one";
    EXPECT_EQ(receiver->stats().ignored, 13U);
}

TEST_F(ReceiverTest, UnpacksWhatIsCompressedAndIgnoresWhatItCannotUnpack) {
    start();
    std::string lines;
    for (int i = 0; i < 20; ++i) lines += maker.next() + "\n";
    std::string frame = Compressor().compress(lines).value();
    EXPECT_LT(frame.size(), lines.size());
    connection.deliver(agent.topic("events"), frame.substr(0, frame.size() / 2), false, "zstd");
    connection.deliver(agent.topic("events"), lines, false, "zstd");
    connection.deliver(agent.topic("events"), frame, false, "br");
    greet();
    EXPECT_EQ(receipt(0).epochs.at(0).upto, 0U);
    EXPECT_EQ(receiver->stats().ignored, 3U);
    connection.deliver(agent.topic("events"), frame, false, "zstd");
    ASSERT_TRUE(run_until([&] { return connection.published.size() == 2; }));
    EXPECT_EQ(receipt(1).epochs.at(0).upto, 20U);
}

TEST_F(ReceiverTest, CountsAgentsThatAreOnline) {
    start();
    connection.deliver(agent.topic("online"), R"({"online":true,"connection":"00000000000000aa"})", true);
    EXPECT_EQ(receiver->stats().agents_online, 1U);
    connection.deliver(agent.topic("online"), R"({"online":false,"connection":"00000000000000aa"})");
    EXPECT_EQ(receiver->stats().agents_online, 0U);
}

TEST_F(ReceiverTest, CallsAnAgentThatWasThereBeforeIt) {
    start();
    connection.deliver(agent.topic("online"), R"({"online":true,"connection":"00000000000000aa"})");
    run_for(Millis(50));
    EXPECT_TRUE(connection.published.empty()) << "who comes greets by itself";
    connection.deliver(agent.topic("online"), R"({"online":true,"connection":"00000000000000aa"})", true);
    const Receipt call = receipt(0);
    EXPECT_TRUE(call.calls());
    EXPECT_EQ(call.receiver, store->receiver());
    greet();
    EXPECT_EQ(receipt(1).run, call.run);
}

TEST_F(ReceiverTest, DropsMessagesBeyondTheQueuesBound) {
    settings.queue_bytes = 100'000;
    start();
    for (int i = 0; i < 100; ++i) send(test::joined(maker.next(10)));
    EXPECT_GT(receiver->stats().dropped_messages, 50U);
    greet();
    ASSERT_TRUE(run_until([this] { return receiver->stats().batches > 0; }));
    run_for(Millis(50));
    greet();
    const Receipt answer = receipt(0);
    EXPECT_EQ(answer.epochs.at(0).upto, receiver->stats().lines.taken);
    EXPECT_EQ(receiver->stats().lines.broken, 0U);
}

TEST_F(ReceiverTest, ConnectsAgainForEver) {
    connection.refuse_connects = 20;
    start();
    EXPECT_EQ(connection.connects, 21);
    connection.lose();
    EXPECT_FALSE(receiver->online());
    ASSERT_TRUE(run_until([this] { return receiver->online(); }));
    EXPECT_EQ(connection.connects, 22);
    greet();
    receipt(0);
}

TEST_F(ReceiverTest, TriesAgainWhenASubscriptionIsRefused) {
    connection.refuse_subscribe = true;
    start();
    ASSERT_TRUE(run_until([this] { return connection.connects >= 3; }));
    EXPECT_GE(connection.disconnects, 2);
    connection.refuse_subscribe = false;
    ASSERT_TRUE(run_until([this] { return receiver->online(); }));
}

TEST_F(ReceiverTest, SendsAReceiptAgainThatWasLostWithTheConnection) {
    start();
    connection.hold = true;
    greet();
    receipt(0);
    connection.hold = false;
    connection.lose();
    ASSERT_TRUE(run_until([this] { return receiver->online(); }));
    EXPECT_EQ(receipt(1).hello, "00000000000000ab");
}

TEST_F(ReceiverTest, CommitsAndReceiptsWhatWaitsBeforeItStops) {
    start();
    greet();
    receipt(0);
    for (int i = 0; i < 50; ++i) send(test::joined(maker.next(20)));
    stop_receiver();
    const auto last = decode_receipt(connection.published.back().payload);
    EXPECT_EQ(last->epochs.at(0).upto, 1'000U);
    EXPECT_EQ(connection.disconnects, 1);
}

TEST_F(ReceiverTest, SaysWhenTheDiskIsFullAndWhenItGoesOnToWhoeverReadsWarningsOnly) {
    log::set_level(log::Level::warn);
    start();
    greet();
    (void)receipt(0);
    ::testing::internal::CaptureStderr();
    faults.fail(test::Faults::Kind::full, 0, true);
    send(test::joined(maker.next(3)));
    ASSERT_TRUE(run_until([this] { return faults.injected > 2; })) << "it is tried again";
    const std::size_t before = connection.published.size();
    faults.stop();
    EXPECT_EQ(receipt(before).epochs.at(0).upto, 3U);
    const std::string said = ::testing::internal::GetCapturedStderr();
    const std::size_t full = said.find("error the disk is full: no receipts until there is space");
    const std::size_t again = said.find("warn there is space again: receipts go on");
    ASSERT_NE(full, std::string::npos) << said;
    ASSERT_NE(again, std::string::npos) << said;
    EXPECT_EQ(said.find("the disk is full", full + 20), std::string::npos) << "once: " << said;
    EXPECT_EQ(said.find("there is space", again + 10), std::string::npos) << "once: " << said;
}

// Somebody puts a backup in the place of the file that is in use: what is committed into that is nowhere.
TEST_F(ReceiverTest, GivesNoReceiptForWhatAFileThatWasReplacedTook) {
    const std::string file = folder.file("central.db");
    start();
    greet();
    (void)receipt(0);
    send(test::joined(maker.next(3)));
    EXPECT_EQ(receipt(1).epochs.at(0).upto, 3U);
    std::filesystem::copy_file(file, file + ".backup");
    std::filesystem::rename(file + ".backup", file);
    const std::size_t before = connection.published.size();
    send(test::joined(maker.next(3)));
    ASSERT_TRUE(run_until([this] { return !failures.empty(); })) << "it stops on purpose";
    EXPECT_NE(failures[0].message.find("central.db was removed, moved or replaced"), std::string::npos)
        << failures[0].message;
    EXPECT_EQ(connection.published.size(), before);
}

TEST_F(ReceiverTest, StopsWhileItIsNotConnected) {
    connection.refuse_subscribe = true;
    start();
    send(maker.next());
    stop_receiver();
    EXPECT_EQ(store->counters()->taken, 1U);
}

}  // namespace
}  // namespace tillpost
