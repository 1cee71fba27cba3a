// SPDX-License-Identifier: Apache-2.0
// [end-1] Whose receipt frees something, and which: of the receiver that has the stream, of its present run, in answer
// to the last hello.
#include "tests/support/fault_vfs.hpp"
#include "tests/unit/forwarder_fixture.hpp"

namespace tillpost::test {
namespace {

constexpr Millis a_while{300};  // A storm would make hundreds of hellos of it.

using Marks = std::vector<Sequence>;

TEST_F(ForwarderTest, AReceiptThatQuotesAnotherHelloFreesNothing) {
    start();
    record(3);
    receipt("00000000000000ff", 3, central);
    receipt("0000000000000000", 3, central);
    answer(2, central);
    for (int i = 0; i < 40; ++i) receipt("00000000000000ff", 3, central);  // more than wait to be looked at
    ASSERT_TRUE(confirms(2));
    EXPECT_EQ(confirmed, Marks{2});
    EXPECT_EQ(forwarder->receipt_alarms().text(), "") << "it is only late";
}

TEST_F(ForwarderTest, AnotherRunOfTheReceiverFreesNothingBeforeItHasAnsweredAHelloOfItsOwn) {
    start();
    record(4);
    const std::string first = line.hellos.back().number;
    answer(1, central, "00000000000000a1");
    answer(3, central, "00000000000000a2");
    answer(4, central, "00000000000000a2");  // in the queue behind it, and of the same hello
    ASSERT_TRUE(run_until([this] { return line.hellos.size() == 2; })) << "it is asked anew";
    EXPECT_EQ(confirmed, Marks{1});
    receipt(first, 3, central, "00000000000000a1");  // the former run's last word
    answer(2, central, "00000000000000a2");
    ASSERT_TRUE(confirms(2));
    EXPECT_EQ(confirmed, (Marks{1, 2}));
    EXPECT_EQ(line.hellos.size(), 2U);
}

TEST_F(ForwarderTest, AnotherReceiverFreesNothingAndIsNamedUntilAHelloGoesWithoutItsAnswer) {
    start();
    record(4);
    answer(1, central);
    ASSERT_TRUE(confirms(1));
    EXPECT_EQ(forwarder->receipt_alarms().text(), "");
    EXPECT_FALSE(forwarder->receipt_alarms().at());
    answer(4, other);
    const std::string said = forwarder->receipt_alarms().text();
    EXPECT_NE(said.find("another receiver answers, " + other), std::string::npos) << said;
    EXPECT_NE(said.find("Central is " + central), std::string::npos) << said;
    EXPECT_TRUE(forwarder->receipt_alarms().at());
    answer(2, central);
    for (int i = 0; i < 40; ++i) answer(4, other);  // more than wait to be looked at
    ASSERT_TRUE(confirms(2));
    EXPECT_EQ(confirmed, (Marks{1, 2}));
    EXPECT_EQ(line.hellos.size(), 1U) << "what it says is no reason to ask";
    EXPECT_EQ(forwarder->receipt_alarms().text(), said) << "good receipts come between its own";
}

TEST_F(ForwarderTest, OfTwoReceiversThatAnswerTheFirstHelloTheOneThatConfirmsFirstCounts) {
    start();
    record(4);
    answer(1, central);
    answer(4, other);  // came before it was settled
    answer(2, central);
    ASSERT_TRUE(confirms(2));
    EXPECT_EQ(confirmed, (Marks{1, 2}));
    EXPECT_EQ(line.hellos.size(), 1U);
    EXPECT_EQ(journal->receiver(), central);
}

TEST_F(ForwarderTest, WhoConfirmedSomethingIsKnownAfterARestart) {
    start();
    record(2);
    answer(0, other);  // holds nothing: whoever that is
    ASSERT_TRUE(confirms(0));
    EXPECT_EQ(journal->receiver(), "");
    stop();
    start();
    answer(1, central);
    ASSERT_TRUE(confirms(1));
    stop();
    start();
    EXPECT_EQ(journal->receiver(), central);
    answer(2, other);
    answer(1, central);
    ASSERT_TRUE(run_until([this] { return confirmed.size() == 3; }));
    EXPECT_EQ(confirmed, (Marks{0, 1, 1}));
}

TEST_F(ForwarderTest, AReceiverThatTheConfigurationNamesTakesOverAndHasEverythingThatIsHeld) {
    start();
    record(3);
    answer(3, central);
    ASSERT_TRUE(confirms(3));
    stop();
    settings.receiver = other;
    start();
    const int before = line.event_messages;
    answer(3, central);
    answer(0, other);
    ASSERT_TRUE(confirms(0));
    ASSERT_TRUE(run_until([&] { return line.event_messages > before; })) << "what the former one had goes again";
    answer(2, other);
    ASSERT_TRUE(confirms(2));
    stop();
    settings.receiver.clear();
    start();
    EXPECT_EQ(journal->receiver(), other);
}

TEST_F(ForwarderTest, TwoThatShareAnIdMakeNoStorm) {
    start();
    record(1);
    line.on_hello = [this](const Hello& hello) {
        receipt(hello.number, 0, central, "00000000000000a1");
        receipt(hello.number, 0, central, "00000000000000a2");
    };
    line.on_hello(line.hellos.back());
    run_for(a_while);
    EXPECT_LE(line.hellos.size(), 4U);
    EXPECT_NE(forwarder->receipt_alarms().text().find("answer in turn"), std::string::npos)
        << forwarder->receipt_alarms().text();
}

TEST_F(ForwarderTest, AReceiverThatContradictsItselfMakesNoStorm) {
    start();
    record(2);
    line.on_hello = [this](const Hello& hello) {
        receipt(hello.number, 2, central);
        receipt(hello.number, 1, central);
    };
    line.on_hello(line.hellos.back());
    run_for(a_while);
    EXPECT_LE(line.hellos.size(), 4U);
}

TEST_F(ForwarderTest, ARejectionWithTooLongACodeFreesWhatTheReceiptConfirms) {
    start();
    record(3);
    Receipt receipt{line.hellos.back().number, central, {}, std::nullopt, ""};
    EpochReceipt part;
    part.epoch = journal->live().epoch;
    part.upto = 3;
    part.hash = chain.at(3);
    part.rejected = {{2, std::string(300, 'x')}, {3, "schema"}};
    receipt.epochs.push_back(part);
    line.say(encode(receipt));
    ASSERT_TRUE(confirms(3));
    ASSERT_TRUE(run_until([this] { return journal->live().last == 5; })) << "both are in quarantine";
    EXPECT_EQ(forwarder->receipt_alarms().text(), "");
}

TEST_F(ForwarderTest, ARangeWithAnotherHashIsToldAndTheRestOfTheReceiptCounts) {
    start();
    record(5);
    Receipt receipt{line.hellos.back().number, central, {}, std::nullopt, ""};
    EpochReceipt part;
    part.epoch = journal->live().epoch;
    part.upto = 1;
    part.hash = chain.at(1);
    part.also = {{{3, 4}, chain.at(2)}};
    receipt.epochs.push_back(part);
    line.say(encode(receipt));
    ASSERT_TRUE(confirms(1));
    const std::string said = forwarder->receipt_alarms().text();
    EXPECT_NE(said.find("events 3 to 4 with another chain hash"), std::string::npos) << said;
    answer(5, central);
    ASSERT_TRUE(confirms(5));
    EXPECT_EQ(forwarder->receipt_alarms().text(), "");
}

TEST_F(ForwarderTest, WhatIsWrongWithAReceiptIsToldUntilOneIsRight) {
    start();
    record(1);
    line.say("{");
    EXPECT_NE(forwarder->receipt_alarms().text().find("cannot be read"), std::string::npos);
    answer(1, central);
    ASSERT_TRUE(confirms(1));
    EXPECT_EQ(forwarder->receipt_alarms().text(), "");
    chain[1][0] ^= 1;
    answer(1, central);
    ASSERT_TRUE(run_until([this] { return !forwarder->receipt_alarms().text().empty(); }));
    const std::string said = forwarder->receipt_alarms().text();
    EXPECT_NE(said.find("another chain hash than ours"), std::string::npos) << said;
    EXPECT_NE(
        said.find("Probably this journal was restored from an old image, or cloned; else the receiver is in error"),
        std::string::npos)
        << said;
}

// [flow-1] Else it would be asked only when patience is over.
TEST_F(ForwarderTest, GreetsACentralThatCallsButNotEachTime) {
    start();
    record(3);
    answer(1, central);
    ASSERT_TRUE(confirms(1));
    const auto call = [this](const std::string& receiver) {
        line.say(encode(Receipt{std::string(Receipt::no_hello), receiver, {}, std::nullopt, "00000000000000a2"}));
    };
    call(other);
    run_for(a_while);
    EXPECT_EQ(line.hellos.size(), 1U) << "another receiver is not heard";
    for (int i = 0; i < 40; ++i) call(central);
    ASSERT_TRUE(run_until([this] { return line.hellos.size() == 2; }));
    EXPECT_EQ(confirmed, Marks{1}) << "a call frees nothing";
    answer(3, central);
    ASSERT_TRUE(confirms(3));
    call(central);
    run_for(a_while);
    EXPECT_EQ(line.hellos.size(), 2U);
}

class FlappingTest : public ForwarderTest, public ::testing::WithParamInterface<bool> {
protected:
    static asio::awaitable<bool> stays(bool answer) { co_return answer; }
};

INSTANTIATE_TEST_SUITE_P(Reachable, FlappingTest, ::testing::Bool());

TEST_P(FlappingTest, IsASecondAgentOnlyIfTheBrokerStaysReachable) {
    reachable = [] { return stays(GetParam()); };
    start();
    for (std::size_t round = 1; round <= 3; ++round) {
        EXPECT_EQ(forwarder->detail().find("another agent"), std::string::npos);
        record(1);
        answer(round, central);
        ASSERT_TRUE(confirms(round)) << "it is of use";
        line.lose();
        forwarder->retry_now();
        ASSERT_TRUE(run_until([&] { return line.hellos.size() == round + 1; }));
    }
    EXPECT_EQ(forwarder->detail().find("another agent") != std::string::npos, GetParam()) << forwarder->detail();
}

/// [durable-2] The agent stops on purpose then: who reads its log shall look at the disk, and not at the broker.
TEST_F(ForwarderTest, AStorageThatFailsIsNoLossOfTheConnection) {
    Faults& faults = install_fault_vfs();
    start();
    answer(0, central);
    ASSERT_TRUE(run_until([this] { return forwarder->confirmed_since_start(); }));
    const auto sale = [] {
        Draft draft;
        draft.event.type = "sale";
        draft.event.data = "{}";
        return draft;
    };
    bool failed = false;
    const auto next_one = [&](const Result<Recorded>& recorded) {
        failed = !recorded;
        forwarder->wake();  // and it finds that there is an event to read
    };
    Journal::Events changes;
    changes.on_change = [&, next_one, ends = false]() mutable {
        if (std::exchange(ends, true)) return;
        faults.fail(Faults::Kind::io_error, 0, true);
        journal->append(sale(), next_one);
    };
    std::string why;
    changes.on_failure = [&why](const Error& error) { why = error.message; };
    journal->set_events(std::move(changes));
    journal->append(sale(), [](const Result<Recorded>&) {});
    ASSERT_TRUE(run_until([&failed] { return failed; }));
    run_for(Millis(20));
    faults.stop();
    EXPECT_NE(why, "") << "the journal itself says it";
    EXPECT_TRUE(forwarder->connected());
    EXPECT_TRUE(forwarder->detail().starts_with("connected since")) << forwarder->detail();
    EXPECT_EQ(line.subscriptions, 1) << "there is no reason to connect anew";
    EXPECT_EQ(line.event_messages, 0);
}

TEST(ReceiptAlarmsTest, AnotherReceiverIsToldUntilAHelloHasGoneUnansweredByIt) {
    ReceiptAlarms alarms;
    const WallTime begin{Millis(1'000)};
    alarms.another("other", begin);
    EXPECT_FALSE(alarms.hello_sent()) << "it has answered the one before";
    alarms.wrong("lies", begin - Millis(5));
    EXPECT_EQ(alarms.text(), "other; lies");
    EXPECT_EQ(alarms.at(), begin) << "the newest";
    alarms.right();
    EXPECT_EQ(alarms.text(), "other");
    EXPECT_TRUE(alarms.hello_sent());
    EXPECT_EQ(alarms.text(), "");
    EXPECT_FALSE(alarms.hello_sent());
}

TEST(ReceiverRunsTest, ARunThatComesBackWasNeverGone) {
    using Seen = ReceiverRuns::Seen;
    ReceiverRuns runs;
    const std::pair<const char*, Seen> heard[] = {
        {"", Seen::same},  {"", Seen::same},  {"b", Seen::another}, {"b", Seen::same}, {"c", Seen::another},
        {"b", Seen::back}, {"c", Seen::back}, {"c", Seen::same},    {"", Seen::back},  {"d", Seen::another}};
    for (const auto& [run, seen] : heard) EXPECT_EQ(runs.heard(run), seen) << run;
    for (char run = 'e'; run < 'z'; ++run) EXPECT_EQ(runs.heard(std::string(1, run)), Seen::another) << "starts anew";
}

// Each is followed by a line that it is there again: without the first an outage is not to be seen in the log.
TEST_F(ForwarderTest, EachLossOfTheConnectionIsInTheLog) {
    start();
    log::set_level(log::Level::warn);
    ::testing::internal::CaptureStderr();
    for (int losses = 1; losses <= 3; ++losses) {
        const int before = line.subscriptions;
        line.lose();
        EXPECT_TRUE(run_until([&] { return line.subscriptions > before && forwarder->connected(); }));
    }
    const std::string log = ::testing::internal::GetCapturedStderr();
    std::size_t said = 0;
    for (std::size_t at = 0; (at = log.find("no connection to the broker", at)) != std::string::npos; ++at) ++said;
    EXPECT_EQ(said, 3U) << log;
}

}  // namespace
}  // namespace tillpost::test
