// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/broker_link.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/loop_test.hpp"

namespace tillpost::test {
namespace {

/// What stands on the other side: brokers that can be reached or not, and what the client was told to do.
struct World {
    std::set<std::string> reachable;
    std::set<std::string> refusing;  ///< Reachable, and then no MQTT.
    std::set<std::string> slow;      ///< Reachable, but not soon: the probe's first, short time is over before.
    std::set<std::string> refused_topics;
    bool answering = true;
    Millis keep_alive{0};  ///< Of the sessions
    std::vector<std::string> probes;
    std::vector<std::string> connects;
    std::vector<std::string> ways;  ///< Of each: by which address of the name.
    std::vector<std::string> topics;
    std::vector<MqttMessage> published;
    std::vector<std::string> dropped;
};

using Names = std::vector<std::string>;

class FakeClient final : public MqttClient {
public:
    FakeClient(const asio::any_io_executor& loop, World& world) : world_(world), wake_(loop) {}

    void set_events(Events events) override { events_ = std::move(events); }
    void set_address(std::string address, Reached reached) override {
        address_ = std::move(address);
        world_.ways.push_back(reached.instead);
    }
    asio::awaitable<Result<MqttSession>> connect() override {
        world_.connects.push_back(address_);
        co_await wake_.wait_for(Millis(0));
        if (world_.refusing.contains(address_)) co_return Error{Errc::rejected, address_ + " refuses"};
        MqttSession session;
        session.address = address_;
        session.keep_alive = world_.keep_alive;
        co_return session;
    }
    asio::awaitable<Result<void>> subscribe(std::vector<std::string> topics) override {
        co_await wake_.wait_for(Millis(0));
        if (world_.refused_topics.contains(topics.front())) co_return Error{Errc::rejected, "0x87 not authorized"};
        world_.topics.insert(world_.topics.end(), topics.begin(), topics.end());
        co_return Result<void>();
    }
    void publish(MqttMessage message, Done done) override {
        world_.published.push_back(message);
        if (!world_.answering) return;
        done(Result<void>());
        if (message.topic == "echo") events_.on_message(std::move(message));
    }
    asio::awaitable<void> disconnect() override { co_await wake_.wait_for(Millis(0)); }
    void drop(const std::string& reason) override {
        world_.dropped.push_back(reason);
        events_.on_lost({Errc::cancelled, reason});
    }
    void lose() { events_.on_lost({Errc::not_connected, "broken"}); }
    void receive(MqttMessage message) { events_.on_message(std::move(message)); }

private:
    World& world_;
    Wake wake_;
    std::string address_;
    Events events_;
};

class BrokerLinkTest : public LoopTest {
protected:
    void TearDown() override { stop_tasks(); }
    void make(Millis keep_alive = Millis(60'000), Millis return_after = Millis(60'000)) {
        auto made = std::make_unique<FakeClient>(loop.get_executor(), world);
        client = made.get();
        BrokerLink::Settings settings;
        settings.addresses = {"a", "b", "c"};
        settings.echo_topic = "echo";
        settings.keep_alive = keep_alive;
        settings.return_after = return_after;
        settings.stable_after = Millis(0);
        link = std::make_unique<BrokerLink>(
            loop.get_executor(), settings, std::move(made),
            [this](const std::string& address, Millis within) { return probe(this, address, within); });
        link->set_events({[this](const Error& why) { lost.push_back(why.message); },
                          [this](const MqttMessage& message) { received.push_back(message.topic); }});
        link->set_on_better([this] { ++better; });
        spawn("watch", link->watch_line());
        spawn("look", link->look_for_better());
    }
    static asio::awaitable<Result<Reached>> probe(BrokerLinkTest* test, std::string address, Millis within) {
        test->world.probes.push_back(address);
        const bool soon = within < Millis(10'000);
        Wake pause(test->loop.get_executor());
        co_await pause.wait_for(Millis(0));
        if (soon && test->world.slow.contains(address)) co_return Error{Errc::timeout, "no answer"};
        if (!test->world.reachable.contains(address)) co_return Error{Errc::not_connected, "unreachable"};
        co_return Reached{address == "b" ? "192.0.2.7:1" : ""};
    }
    Result<MqttSession> connect() { return await(link->connect()); }

    World world;
    FakeClient* client = nullptr;
    std::unique_ptr<BrokerLink> link;
    std::vector<std::string> lost;
    std::vector<std::string> received;
    int better = 0;
};

TEST_F(BrokerLinkTest, CallsTheLibraryOnlyForABrokerThatCanBeReached) {
    make();
    world.reachable = {"c"};
    const auto session = connect();
    ASSERT_TRUE(session);
    EXPECT_EQ(session->address, "c");
    EXPECT_EQ(link->address(), "c");
    EXPECT_EQ(world.probes, (Names{"a", "b", "c"}));
    EXPECT_EQ(world.connects, Names{"c"});
}

TEST_F(BrokerLinkTest, TellsTheLibraryByWhichAddressABrokerWasReached) {
    make();
    world.reachable = {"b"};
    ASSERT_TRUE(connect());
    EXPECT_EQ(world.ways, Names{"192.0.2.7:1"});
}

TEST_F(BrokerLinkTest, GoesByTheKeepAliveThatTheBrokerWants) {
    make(Millis(60'000));
    world.reachable = {"a"};
    world.keep_alive = Millis(40);
    ASSERT_TRUE(connect());
    world.answering = false;
    link->publish({"events", "x", false}, [](const Result<void>&) {});
    ASSERT_TRUE(run_until([&] { return !lost.empty(); }));
    EXPECT_EQ(lost, Names{"the line is dead: nothing came for 90 ms"});
    world.keep_alive = Millis(90'000);
    ASSERT_TRUE(connect());
    link->publish({"events", "x", false}, [](const Result<void>&) {});
    run_for(Millis(150));
    EXPECT_EQ(lost.size(), 1U) << "never longer than ours, and not the last one's";
}

TEST_F(BrokerLinkTest, SaysOfEachBrokerWhyItIsNoUse) {
    make();
    world.reachable = world.refusing = {"b"};
    const auto session = connect();
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().message, "connect to a: unreachable; b refuses; connect to c: unreachable");
    EXPECT_EQ(link->address(), "a");
}

TEST_F(BrokerLinkTest, GoesBackWhenTheBetterBrokerCanBeReachedAgain) {
    make(Millis(60'000), Millis(20));
    world.reachable = {"b"};
    ASSERT_TRUE(connect());
    world.probes.clear();
    ASSERT_TRUE(run_until([&] { return world.probes.size() >= 2; })) << "looks again and again";
    EXPECT_TRUE(lost.empty()) << "the connection that works is kept";
    world.reachable.insert("a");
    ASSERT_TRUE(run_until([&] { return better == 1; }));
    EXPECT_EQ(lost, Names{"left for a"});
    EXPECT_EQ(world.dropped.size(), 1U);
    const auto session = connect();
    ASSERT_TRUE(session);
    EXPECT_EQ(session->address, "a");
    world.probes.clear();
    run_for(Millis(100));
    EXPECT_TRUE(world.probes.empty()) << "there is nothing better than the best";
}

TEST_F(BrokerLinkTest, StaysWhereItIsWhenTheBetterOneRefusesBehindAnOpenPort) {
    make(Millis(60'000), Millis(20));
    world.reachable = {"a", "b"};
    world.refusing = {"a"};
    ASSERT_TRUE(connect());
    EXPECT_EQ(link->address(), "b");
    run_for(Millis(200));
    EXPECT_TRUE(lost.empty()) << "a is set aside for a minute";
}

TEST_F(BrokerLinkTest, DoesNotWaitForASlowNameServerWhereTheNextBrokerIsThere) {
    make();
    world.reachable = world.slow = {"a"};
    world.reachable.insert("c");
    ASSERT_TRUE(connect());
    EXPECT_EQ(link->address(), "c");
    EXPECT_EQ(world.probes, (Names{"a", "b", "c"}));
}

TEST_F(BrokerLinkTest, GivesTheSlowOnesAllOfTheTimeWhereNoneIsThereSoon) {
    make();
    world.reachable = world.slow = {"b", "c"};
    ASSERT_TRUE(connect());
    EXPECT_EQ(link->address(), "b") << "the order of preference holds";
    EXPECT_EQ(world.probes, (Names{"a", "b", "c", "b"}));
    world.reachable.clear();
    client->lose();
    world.probes.clear();
    const auto failed = connect();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message,
              "connect to a: unreachable; connect to b: unreachable; connect to c: unreachable");
    EXPECT_EQ(world.probes, (Names{"a", "b", "c", "b", "c"}));
}

TEST_F(BrokerLinkTest, SaysOnceWhyABetterBrokerIsNotUsed) {
    make(Millis(60'000), Millis(20));
    world.reachable = {"b"};
    ::testing::internal::CaptureStderr();
    ASSERT_TRUE(connect());
    EXPECT_EQ(link->detail(), "; the better broker a is not used: connect to a: unreachable");
    world.probes.clear();
    ASSERT_TRUE(run_until([&] { return world.probes.size() >= 3; }));
    const std::string said = ::testing::internal::GetCapturedStderr();
    const std::size_t first = said.find("warn a better broker is not used broker=a why=\"connect to a: unreachable\"");
    ASSERT_NE(first, std::string::npos) << said;
    EXPECT_EQ(said.find("a better broker", first + 20), std::string::npos) << "not at each look: " << said;
    world.reachable.insert("a");
    ASSERT_TRUE(run_until([&] { return better == 1; }));
    ASSERT_TRUE(connect());
    EXPECT_EQ(link->detail(), "");
}

TEST_F(BrokerLinkTest, AdvisesOtherwiseOfABrokerThatDidWork) {
    make();
    for (const bool worked : {false, true}) {
        world.reachable = {"b"};
        ::testing::internal::CaptureStderr();
        ASSERT_TRUE(connect());
        const std::string said = ::testing::internal::GetCapturedStderr();
        const std::string advice = worked ? "it did work" : "check its name";
        EXPECT_NE(said.find(advice), std::string::npos) << said;
        world.reachable = {"a"};
        client->lose();
        ASSERT_TRUE(connect());
        client->lose();
    }
}

TEST_F(BrokerLinkTest, SaysUntilWhenABrokerIsSetAside) {
    make();
    world.reachable = {"a", "b"};
    world.refusing = {"a"};
    ASSERT_TRUE(connect());
    const std::string said = link->detail();
    EXPECT_TRUE(said.starts_with("; the better broker a is not used: a refuses, set aside until 2")) << said;
}

TEST_F(BrokerLinkTest, TellsWhetherTheBrokerIsStillThere) {
    make();
    world.reachable = {"b"};
    ASSERT_TRUE(connect());
    client->lose();
    EXPECT_TRUE(await(link->reachable()));
    EXPECT_EQ(world.probes.back(), "b");
    world.reachable = {"a"};
    EXPECT_FALSE(await(link->reachable()));
}

TEST_F(BrokerLinkTest, SubscribesToTheEchoAndKeepsItToItself) {
    make();
    world.reachable = {"a"};
    ASSERT_TRUE(connect());
    ASSERT_TRUE(await(link->subscribe({"receipt"})));
    EXPECT_EQ(world.topics, (Names{"receipt", "echo"}));
    client->receive({"echo", "1", false});
    client->receive({"receipt", "x", false});
    EXPECT_EQ(received, Names{"receipt"});
}

TEST_F(BrokerLinkTest, GoesOnWithoutAnEchoWhereTheBrokerForbidsIt) {
    make();
    world.reachable = {"a"};
    world.refused_topics = {"echo"};
    ASSERT_TRUE(connect());
    EXPECT_TRUE(await(link->subscribe({"receipt"})));
    world.refused_topics = {"receipt"};
    EXPECT_FALSE(await(link->subscribe({"receipt"})));
}

TEST_F(BrokerLinkTest, SendsAnEchoAndGivesTheLineUpWhenNothingComesBack) {
    make(Millis(100));
    world.reachable = {"a"};
    ASSERT_TRUE(connect());
    world.answering = false;
    run_for(Millis(20));  // the watch has gone to sleep for the idle time, and must be woken
    const auto begun = std::chrono::steady_clock::now();
    link->publish({"events", "x", false}, [](const Result<void>&) {});
    ASSERT_TRUE(run_until([&] { return !lost.empty(); }));
    const auto took = std::chrono::steady_clock::now() - begun;
    EXPECT_GE(took, Millis(225));
    EXPECT_EQ(lost, Names{"the line is dead: nothing came for 225 ms"});
    ASSERT_EQ(world.published.size(), 2U);
    EXPECT_EQ(world.published[1].topic, "echo");
}

TEST_F(BrokerLinkTest, KeepsALineThatAnswers) {
    make(Millis(50));
    world.reachable = {"a"};
    ASSERT_TRUE(connect());
    link->publish({"events", "x", false}, [](const Result<void>&) {});
    ASSERT_TRUE(run_until([&] { return world.published.size() == 3; })) << "two idle echoes";
    EXPECT_TRUE(lost.empty());
}

TEST_F(BrokerLinkTest, ALossIsToldOnceAndEndsTheWatch) {
    make(Millis(50), Millis(20));
    world.reachable = {"b"};
    ASSERT_TRUE(connect());
    client->lose();
    EXPECT_EQ(lost, Names{"broken"});
    world.reachable = {"a", "b"};
    run_for(Millis(200));
    EXPECT_TRUE(world.dropped.empty());
    EXPECT_EQ(lost.size(), 1U);
    EXPECT_EQ(better, 0);
}

}  // namespace
}  // namespace tillpost::test
