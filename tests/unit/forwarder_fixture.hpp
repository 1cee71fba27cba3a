// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "agent/forward/forwarder.hpp"
#include "platform/log.hpp"
#include "tests/support/fixed_clock.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {

/// A line to a broker that takes everything, with whatever the test lets central say.
class ScriptedLine final : public MqttConnection {
public:
    explicit ScriptedLine(asio::any_io_executor loop) : loop_(std::move(loop)), wake_(loop_) {}

    void set_events(Events events) override { events_ = std::move(events); }
    asio::awaitable<Result<MqttSession>> connect() override;
    asio::awaitable<Result<void>> subscribe(std::vector<std::string> topics) override;
    void publish(MqttMessage message, Done done) override;
    asio::awaitable<void> disconnect() override;
    void drop(const std::string& reason) override {
        dropped.push_back(reason);
        events_.on_lost({Errc::cancelled, reason});
    }

    void lose() { events_.on_lost({Errc::not_connected, "broken"}); }
    void say(const std::string& payload) { events_.on_message({"receipt", payload}); }

    std::function<void(const Hello&)> on_hello;
    MqttSession session;                 ///< Of each connect()
    Result<void> subscribed;             ///< Of each subscribe()
    std::vector<MqttMessage> published;  ///< But events
    std::vector<std::string> dropped;
    int subscriptions = 0;
    std::vector<Hello> hellos;
    int event_messages = 0;

private:
    asio::any_io_executor loop_;
    Events events_;
    Wake wake_;
};

/// A Forwarder with a journal, and central's part played by the test.
class ForwarderTest : public LoopTest {
protected:
    const std::string central = std::string(31, '0') + "a";
    const std::string other = std::string(31, '0') + "b";
    const AgentName name{"acme", "0042", "till-01"};

    ForwarderTest() {
        log::set_level(log::Level::error);
        settings.path = dir.file("journal.db");
        settings.source = name.source();
    }
    void TearDown() override { stop(); }

    void start() {
        ASSERT_NO_FATAL_FAILURE(begin());
        ASSERT_TRUE(run_until([this] { return line.hellos.size() == 1; }));
    }
    /// … without waiting for a hello.
    void begin() {
        auto opened = Journal::open(loop.get_executor(), settings, clock);
        ASSERT_TRUE(opened) << opened.error().message;
        journal = std::move(*opened);
        line.hellos.clear();
        forwarder = std::make_unique<Forwarder>(
            loop.get_executor(), Forwarder::Parts{name, delivery, "1", "broker", "00", reachable, first_wait}, *journal,
            line);
        Forwarder::Events events;
        events.on_confirmed = [this](Sequence upto) { confirmed.push_back(upto); };
        events.state = state;
        forwarder->set_events(std::move(events));
        Journal::Events changes;
        changes.on_change = [this] { forwarder->wake(); };
        journal->set_events(std::move(changes));
        auto failed = [](const std::string& task, const std::string& what) { ADD_FAILURE() << task << ": " << what; };
        storing = std::make_unique<TaskGroup>(loop.get_executor(), failed);
        forwarding = std::make_unique<TaskGroup>(loop.get_executor(), failed);
        storing->spawn("journal", journal->run());
        forwarding->spawn("forwarder", forwarder->run());
    }
    /// start() goes on with the same file.
    void stop() {
        if (!journal) return;
        forwarding->request_stop();  // first: it may wait for the journal
        ASSERT_TRUE(run_until([this] { return forwarding->idle(); }));
        journal->close();
        ASSERT_TRUE(run_until([this] { return storing->idle(); }));
        forwarder.reset();
        journal.reset();
    }
    /// Records events; the chain behind each is kept for receipts.
    void record(int count) {
        for (int i = 0; i < count; ++i) {
            Draft draft;
            draft.event.type = "sale";
            draft.event.data = "{}";
            bool done = false;
            journal->append(std::move(draft), [&done](const Result<Recorded>& recorded) { done = bool(recorded); });
            ASSERT_TRUE(run_until([&done] { return done; }));
            chain.resize(journal->live().last + 1);
            chain[journal->live().last] = journal->live().head;
        }
    }
    /// Says that it has everything up to there.
    void receipt(const std::string& hello, Sequence upto, const std::string& receiver, const std::string& run = "") {
        Receipt receipt{hello, receiver, {}, std::nullopt, run};
        EpochReceipt part;
        part.epoch = journal->live().epoch;
        part.upto = upto;
        part.hash = upto == 0 ? line.hellos.front().epochs.at(0).before : chain.at(upto);
        receipt.epochs.push_back(part);
        line.say(encode(receipt));
    }
    /// … of the hello that came last.
    void answer(Sequence upto, const std::string& receiver, const std::string& run = "") {
        receipt(line.hellos.back().number, upto, receiver, run);
    }
    bool confirms(Sequence upto) {
        return run_until([this, upto] { return !confirmed.empty() && confirmed.back() == upto; });
    }

    TempDir dir;
    FixedClock clock;
    DeliverySettings delivery;
    std::function<asio::awaitable<bool>()> reachable;
    std::function<std::string(std::size_t most)> state;
    Millis first_wait{0};
    JournalSettings settings;
    ScriptedLine line{loop.get_executor()};
    std::unique_ptr<Journal> journal;
    std::unique_ptr<Forwarder> forwarder;
    std::unique_ptr<TaskGroup> storing, forwarding;  ///< From start() to stop()
    std::vector<Digest> chain;
    std::vector<Sequence> confirmed;  ///< Each mark, as it was set
};

}  // namespace tillpost::test
