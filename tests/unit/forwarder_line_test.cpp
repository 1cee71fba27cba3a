// SPDX-License-Identifier: Apache-2.0
// What the broker takes and says of itself, and what the agent makes of it.
#include <set>

#include "agent/status/status_json.hpp"
#include "tests/unit/forwarder_fixture.hpp"

namespace tillpost::test {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

class ForwarderLineTest : public ForwarderTest {
protected:
    std::set<std::string> topics() const {
        std::set<std::string> leaves;
        for (const MqttMessage& each : line.published) leaves.insert(each.topic.substr(each.topic.rfind('/') + 1));
        return leaves;
    }
    std::size_t largest() const {
        std::size_t most = 0;
        for (const MqttMessage& each : line.published) most = std::max(most, packet_bytes(each));
        return most;
    }
    static Status sample() {
        Status status;
        status.source = "urn:tillpost:acme:0042:till-01";
        status.storage = "ok";
        status.devices = {{"feed", true, std::string(300, 'x'), 12}};
        return status;
    }
};

TEST_F(ForwarderLineTest, SaysNothingLargerThanTheBrokersPacketsMayBe) {
    const struct {
        std::uint32_t largest;
        std::set<std::string> topics;
        bool shortened;
        const char* said = "";
    } table[] = {{268'435'455, {"hello", "online", "state"}, false},
                 {1'200, {"hello", "online", "state"}, false, "goes to quarantine"},
                 {600, {"hello", "online", "state"}, true, "stays here"},
                 {500, {"hello", "online", "state"}, true, "stays here"}};
    for (const auto& row : table) {
        state = [](std::size_t most) { return state_json(sample(), most); };
        line.session.maximum_packet_size = row.largest;
        line.published.clear();
        ASSERT_NO_FATAL_FAILURE(start());
        ASSERT_TRUE(run_until([&] { return topics() == row.topics; })) << row.largest;
        EXPECT_LE(largest(), row.largest);
        for (const MqttMessage& each : line.published) {
            if (!each.topic.ends_with("/state")) continue;
            EXPECT_EQ(has(each.payload, "left_out"), row.shortened) << each.payload;
        }
        EXPECT_TRUE(has(forwarder->detail(), row.said)) << forwarder->detail();
        EXPECT_EQ(has(forwarder->detail(), "packets may have"), *row.said != '\0') << forwarder->detail();
        stop();
    }
}

TEST_F(ForwarderLineTest, DoesWithoutAStateThatCannotBeAsShort) {
    state = [](std::size_t) { return std::string(); };
    ASSERT_NO_FATAL_FAILURE(start());
    run_for(Millis(50));
    EXPECT_EQ(topics(), (std::set<std::string>{"hello", "online"}));
}

TEST_F(ForwarderLineTest, GoesByTheSmallerLimitOfBrokerAndConfiguration) {
    delivery.largest_packet = 1024;
    line.session.maximum_packet_size = 100'000;
    std::size_t room = 0;
    state = [&room](std::size_t most) {
        room = most;
        return std::string("{}");
    };
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_TRUE(run_until([&] { return room > 0; }));
    EXPECT_EQ(room, 1024 - packet_bytes({name.topic("state"), "", true}));
}

TEST_F(ForwarderLineTest, GivesABrokerUpThatTakesNotEvenAHello) {
    delivery.first_retry = Millis(60'000);
    for (const std::uint32_t largest : {20U, 385U, 400U}) {
        line.session.maximum_packet_size = largest;
        line.dropped.clear();
        line.subscriptions = 0;
        ASSERT_NO_FATAL_FAILURE(begin());
        ASSERT_TRUE(run_until([this] { return !line.dropped.empty(); }));
        EXPECT_TRUE(has(line.dropped.front(), "packets of at most " + std::to_string(largest) + " bytes"));
        ASSERT_TRUE(run_until([this] { return has(forwarder->detail(), "next try at"); }));
        EXPECT_TRUE(has(forwarder->detail(), line.dropped.front())) << forwarder->detail();
        EXPECT_EQ(line.subscriptions, 0);
        EXPECT_FALSE(forwarder->connected());
        stop();
    }
    EXPECT_TRUE(line.published.empty());
}

// Dropped, not left: the next round tries the other brokers first.
TEST_F(ForwarderLineTest, GivesABrokerUpThatDoesNotSubscribe) {
    delivery.first_retry = Millis(60'000);
    line.subscribed = Error{Errc::timeout, "no answer within 1000 ms"};
    ASSERT_NO_FATAL_FAILURE(begin());
    ASSERT_TRUE(run_until([this] { return has(forwarder->detail(), "next try at"); }));
    ASSERT_EQ(line.dropped.size(), 1U);
    EXPECT_EQ(line.dropped.front(), "subscribe to receipts: no answer within 1000 ms");
    EXPECT_TRUE(has(forwarder->detail(), line.dropped.front())) << forwarder->detail();
    EXPECT_FALSE(forwarder->connected());
    EXPECT_TRUE(line.published.empty());
}

// Where what says that one was too large is too large itself, nothing is gained by withholding one after the other.
TEST_F(ForwarderLineTest, WithholdsNothingWhereTheEventThatWouldSaySoDoesNotFit) {
    delivery.first_retry = Millis(60'000);
    line.session.maximum_packet_size = 700;
    ASSERT_NO_FATAL_FAILURE(start());
    record(20);
    answer(0, central);
    ASSERT_TRUE(run_until([this] { return !line.dropped.empty(); }));
    EXPECT_TRUE(has(line.dropped.front(), "nothing is withheld; raise its limit")) << line.dropped.front();
    run_for(Millis(20));
    EXPECT_EQ(journal->live().last, 20U) << "no `quarantined` event";
    EXPECT_EQ(line.event_messages, 0);
}

// [end-2] What the broker takes is known to the intake, on this connection and over a restart.
TEST_F(ForwarderLineTest, TellsTheLogOnceOfManyThatAreTooLargeAndTheIntakeOfTheLimit) {
    line.session.maximum_packet_size = 3'000;
    ASSERT_NO_FATAL_FAILURE(start());
    for (int n = 0; n < 30; ++n) {
        Draft draft;
        draft.event.type = "sale";
        draft.event.data = "{\"x\":\"" + std::string(4'000, 'x') + "\"}";
        journal->append(std::move(draft), [](const Result<Recorded>& recorded) { EXPECT_TRUE(recorded); });
    }
    answer(0, central);
    ::testing::internal::CaptureStderr();
    ASSERT_TRUE(run_until([this] { return journal->quarantined() == 30; }));
    ASSERT_TRUE(run_until([this] { return line.event_messages > 0; })) << "nothing stands in the way";
    line.session.maximum_packet_size = 268'435'455;
    const std::uint64_t limit = journal->largest_line();
    EXPECT_GT(limit, 2'000U);
    EXPECT_LT(limit, 3'000U);
    await(forwarder->close());
    stop();
    const std::string said = ::testing::internal::GetCapturedStderr();
    int lines = 0;
    int events = 0;
    for (std::size_t at = said.find(" events="); at != std::string::npos; at = said.find(" events=", at + 1)) {
        ++lines;
        events += std::atoi(said.c_str() + at + std::string_view(" events=").size());
    }
    EXPECT_EQ(events, 30) << said;
    EXPECT_TRUE(lines == 1 || lines == 2) << "a machine that is too slow has a pause in it: " << said;
    EXPECT_TRUE(has(said, " first=1 ") && has(said, " last=30 ")) << said;
    const auto kept = Store::open(settings, clock);
    ASSERT_TRUE(kept);
    EXPECT_EQ((*kept)->counters().too_large.line, static_cast<std::int64_t>(limit));
}

TEST_F(ForwarderLineTest, WaitsBeforeItsFirstAttemptThoughTheNetworkComesUp) {
    first_wait = Millis(400);
    const SteadyTime begun = std::chrono::steady_clock::now();
    ASSERT_NO_FATAL_FAILURE(begin());
    run_for(Millis(20));
    EXPECT_TRUE(has(forwarder->detail(), "first try at")) << forwarder->detail();
    forwarder->network_up();
    ASSERT_TRUE(run_until([this] { return line.hellos.size() == 1; }));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, Millis(400));
    line.lose();
    delivery.first_retry = Millis(0);
    forwarder->retry_now();
    ASSERT_TRUE(run_until([this] { return line.hellos.size() == 2; })) << "no second one";
    EXPECT_LT(std::chrono::steady_clock::now() - begun, Millis(4'000));
}

TEST_F(ForwarderLineTest, ConnectsAtOnceWhenItHasLeftForABetterBroker) {
    delivery.first_retry = delivery.spread_retry = Millis(60'000);
    ASSERT_NO_FATAL_FAILURE(start());
    line.drop("left for b");
    forwarder->left_for_better();
    ASSERT_TRUE(run_until([this] { return line.hellos.size() == 2; }));
}

TEST_F(ForwarderLineTest, SaysWhatCentralAskedForAndIsDeleted) {
    settings.keep = std::chrono::seconds(0);
    ASSERT_NO_FATAL_FAILURE(start());
    EXPECT_FALSE(has(forwarder->detail(), "deleted here"));
    record(3);
    answer(3, central);
    ASSERT_TRUE(confirms(3));
    ASSERT_TRUE(run_until([this] { return journal->live().first == 4; })) << journal->live().first;
    answer(1, central);
    ASSERT_TRUE(run_until([this] { return has(forwarder->detail(), "for events 2 to 3"); })) << forwarder->detail();
}

}  // namespace
}  // namespace tillpost::test
