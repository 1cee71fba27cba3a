// SPDX-License-Identifier: Apache-2.0
#include "agent/central/sessions.hpp"

#include <gtest/gtest.h>

namespace tillpost {
namespace {

const AgentName till3{"acme", "s1", "till3"};
const AgentName till4{"acme", "s1", "till4"};

class SessionsTest : public ::testing::Test {
protected:
    SteadyTime at(int ms) const { return start + Millis(ms); }
    void greet(const AgentName& agent, int ms, const char* number = "00000000000000ab") {
        Hello hello;
        hello.number = number;
        hello.epochs.push_back({0xe1, 1, 1, 0, {}, {}, 0});
        EXPECT_TRUE(sessions.greeted(agent, hello, at(ms)));
    }
    void commit(const AgentName& agent, int ms, std::uint64_t lines = 1) {
        sessions.committed(agent, {{0xe1}, lines}, at(ms));
    }
    std::vector<Sessions::Due> take(int ms) { return sessions.take(at(ms), 64); }
    /// A receipt is due at this time, and not a millisecond earlier.
    void expect_due(int ms) {
        EXPECT_EQ(sessions.next(), at(ms)) << (sessions.next() - start) / Millis(1);
        EXPECT_TRUE(take(ms - 1).empty());
        const auto due = take(ms);
        EXPECT_EQ(due.size(), 1U);
        for (const auto& each : due) sessions.published(each.agent, true, at(ms));
    }

    Sessions sessions;
    SteadyTime start = std::chrono::steady_clock::now();
};

TEST_F(SessionsTest, OwesNothingToAnAgentWithoutAHello) {
    commit(till3, 0);
    EXPECT_EQ(sessions.next(), SteadyTime::max());
    EXPECT_EQ(sessions.size(), 0U) << "and remembers nothing of it";
}

TEST_F(SessionsTest, CallsWhoWasThereBeforeAndHasNotGreetedSoManyASecond) {
    for (int n = 0; n < 25; ++n) sessions.present({"acme", "s1", "till" + std::to_string(n)}, at(0));
    sessions.present(till3, at(0));
    greet(till3, 1);
    sessions.left(till4);
    std::size_t called = 0;
    EXPECT_EQ(sessions.next(), at(0));
    EXPECT_EQ(sessions.call(at(1), 3).size(), 3U) << "no more than there is room for";
    for (int ms : {1, 20, 21, 41, 42, 61}) called += sessions.call(at(ms), 64).size();
    EXPECT_EQ(called, 20U) << "23 but for the first three: till3 has greeted, till4 has gone";
    take(61);
    EXPECT_EQ(sessions.next(), SteadyTime::max());
    sessions.present(till4, at(62));
    EXPECT_EQ(sessions.next(), at(81)) << "the pace holds";
    sessions.hurry();
    EXPECT_EQ(sessions.next(), SteadyTime::max()) << "a stop calls nobody";
}

TEST_F(SessionsTest, AnswersEachHelloAtOnceForAllItsEpochs) {
    greet(till3, 5, "0000000000000001");
    const auto due = take(5);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].hello.number, "0000000000000001");
    EXPECT_EQ(due[0].scope, CentralStore::Scope::all);
    sessions.published(till3, true, at(6));
    greet(till3, 7, "0000000000000002");
    EXPECT_EQ(take(7).at(0).hello.number, "0000000000000002");
}

TEST_F(SessionsTest, SendsTheFirstReceiptAtOnceAndThenOneASecond) {
    greet(till3, 0);
    take(0);
    sessions.published(till3, true, at(1));
    commit(till3, 5'000);
    commit(till3, 5'020);
    expect_due(5'050);
    commit(till3, 5'060);
    commit(till3, 5'900);
    expect_due(5'950);
    commit(till3, 6'840);
    expect_due(6'890);
}

TEST_F(SessionsTest, SendsMoreOftenWhileMuchIsCommitted) {
    greet(till3, 0);
    take(0);
    sessions.published(till3, true, at(0));
    commit(till3, 100, Sessions::many - 1);
    EXPECT_EQ(sessions.next(), at(900));
    commit(till3, 110, 1);
    expect_due(150);
    commit(till3, 160, Sessions::many);
    expect_due(210);
}

TEST_F(SessionsTest, KeepsOneReceiptUnderWayPerAgent) {
    greet(till3, 0);
    EXPECT_EQ(take(0).size(), 1U);
    commit(till3, 10, Sessions::many);
    greet(till3, 20);
    EXPECT_TRUE(take(5'000).empty());
    sessions.published(till3, true, at(5'000));
    EXPECT_EQ(take(5'000).size(), 1U);
}

TEST_F(SessionsTest, OwesAReceiptAgainThatDidNotArrive) {
    greet(till3, 0);
    EXPECT_EQ(take(0).size(), 1U);
    sessions.published(till3, false, at(10));
    auto due = take(10);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].scope, CentralStore::Scope::all);
    sessions.published(till3, true, at(20));

    sessions.committed(till3, {{0xe1, 0xe2}, 5'000}, at(30));
    EXPECT_EQ(take(80).at(0).epochs.size(), 2U);
    sessions.committed(till3, {{0xe3}, 1}, at(90));
    sessions.published(till3, false, at(100));
    EXPECT_EQ(take(5'000).at(0).epochs.size(), 3U);
}

TEST_F(SessionsTest, ServesTheLongestWaitingFirst) {
    greet(till4, 1);
    greet(till3, 2);
    const auto due = sessions.take(at(9), 1);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].agent, till4);
    EXPECT_EQ(sessions.take(at(9), 1).at(0).agent, till3);
    EXPECT_TRUE(sessions.take(at(9), 1).empty());
}

TEST_F(SessionsTest, HurriesBeforeAStop) {
    greet(till3, 0);
    take(0);
    sessions.published(till3, true, at(0));
    commit(till3, 100);
    sessions.hurry();
    EXPECT_EQ(take(100).size(), 1U);
}

TEST_F(SessionsTest, BoundsTheHellosItRemembers) {
    Hello large;
    large.epochs.resize(1'000);
    std::size_t taken = 0;
    for (int i = 0; i < 600; ++i) {
        taken += sessions.greeted({"acme", "s1", "till" + std::to_string(i)}, large, at(0)) ? 1 : 0;
    }
    EXPECT_EQ(taken, Sessions::most_summaries / 1'001);
    EXPECT_TRUE(sessions.greeted({"acme", "s1", "till0"}, large, at(1))) << "a known agent's place is its own";
}

}  // namespace
}  // namespace tillpost
