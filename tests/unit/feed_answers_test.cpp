// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "drivers/feed/answer_line.hpp"
#include "drivers/feed/answer_queue.hpp"
#include "drivers/feed/peer.hpp"
#include "platform/repeated_failure.hpp"

namespace tillpost {
namespace {

std::string written(AnswerQueue& queue) {
    std::string text(queue.begin_write());
    if (!text.empty()) queue.end_write();
    return text;
}

struct OrderCase {
    const char* name;
    std::vector<AnswerQueue::Ticket> order;  ///< In which the answers come; each is its ticket's digit.
    std::vector<std::string> after;          ///< What can be written after each.
};

class AnswerQueueTest : public ::testing::TestWithParam<OrderCase> {};

TEST_P(AnswerQueueTest, WritesAnswersInTheOrderOfTheirLines) {
    AnswerQueue queue(8, 1000);
    for (std::size_t i = 0; i < GetParam().order.size(); ++i) EXPECT_EQ(queue.expect(), i);
    for (std::size_t i = 0; i < GetParam().order.size(); ++i) {
        queue.answer(GetParam().order[i], std::to_string(GetParam().order[i]));
        EXPECT_EQ(written(queue), GetParam().after[i]);
    }
    EXPECT_TRUE(queue.idle());
}

INSTANTIATE_TEST_SUITE_P(Orders, AnswerQueueTest,
                         ::testing::Values(OrderCase{"in_order", {0, 1, 2}, {"0", "1", "2"}},
                                           OrderCase{"reverse", {2, 1, 0}, {"", "", "012"}},
                                           OrderCase{"a_late_first", {1, 2, 0, 3}, {"", "", "012", "3"}},
                                           OrderCase{"a_late_middle", {0, 2, 3, 1}, {"0", "", "", "123"}}),
                         [](const auto& which) { return which.param.name; });

TEST(AnswerQueueBoundsTest, IsFullWhenTheWindowWaits) {
    AnswerQueue queue(2, 1000);
    queue.expect();
    EXPECT_FALSE(queue.full());
    queue.expect();
    EXPECT_TRUE(queue.full());
    queue.answer(1, "b");
    EXPECT_TRUE(queue.full()) << "the second waits for the first one's answer";
    queue.answer(0, "a");
    EXPECT_FALSE(queue.full());
}

TEST(AnswerQueueBoundsTest, IsFullWhileThePeerReadsNothing) {
    AnswerQueue queue(2, 10);
    queue.answer(queue.expect(), "12345");
    EXPECT_EQ(queue.begin_write(), "12345");
    EXPECT_FALSE(queue.full());
    queue.answer(queue.expect(), "12345");
    EXPECT_TRUE(queue.full()) << "what is being written counts";
    EXPECT_EQ(queue.begin_write(), "") << "one write at a time";
    queue.end_write();
    EXPECT_FALSE(queue.full());
    EXPECT_FALSE(queue.idle());
    EXPECT_EQ(written(queue), "12345");
    EXPECT_TRUE(queue.idle());
}

TEST(AnswerQueueBoundsTest, KeepsAPieceThatIsBeingWrittenUntilItsEnd) {
    AnswerQueue queue(1000, 1'000'000);
    queue.answer(queue.expect(), "first");
    const std::string_view piece = queue.begin_write();
    for (int i = 0; i < 1000; ++i) queue.answer(queue.expect(), std::string(100, 'x'));
    EXPECT_EQ(piece, "first");
    queue.end_write();
    EXPECT_EQ(queue.begin_write().size(), 100'000U);
    queue.end_write();
    EXPECT_TRUE(queue.idle());
}

TEST(AnswerQueueBoundsTest, IgnoresASecondAnswerAndOneNobodyAskedFor) {
    AnswerQueue queue(4, 1000);
    queue.expect();
    queue.expect();
    queue.answer(1, "b");
    queue.answer(1, "c");
    queue.answer(7, "d");
    queue.answer(0, "a");
    queue.answer(0, "e");
    EXPECT_EQ(written(queue), "ab");
    EXPECT_TRUE(queue.idle());
}

TEST(AnswerQueueBoundsTest, KeepsTheOrderWhateverOrderTheAnswersComeIn) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 random(seed);
        AnswerQueue queue(64, 1'000'000);
        std::string expected;
        std::string got;
        for (int round = 0; round < 10; ++round) {
            std::vector<AnswerQueue::Ticket> tickets;
            while (!queue.full()) tickets.push_back(queue.expect());
            for (const auto ticket : tickets) expected += std::to_string(ticket) + "\n";
            std::shuffle(tickets.begin(), tickets.end(), random);
            for (const auto ticket : tickets) {
                queue.answer(ticket, std::to_string(ticket) + "\n");
                if (random() % 3 == 0) got += written(queue);
            }
        }
        got += written(queue);
        ASSERT_EQ(got, expected) << "seed " << seed;
    }
}

Outcome outcome(Outcome::Kind kind) {
    Outcome outcome;
    outcome.kind = kind;
    outcome.epoch = "00c0ffee00c0ffee";
    outcome.sequence = 42;
    return outcome;
}

TEST(AnswerLineTest, SaysWhatBecameOfALine) {
    EXPECT_EQ(answer_line(outcome(Outcome::Kind::accepted)),
              "{\"accepted\":{\"epoch\":\"00c0ffee00c0ffee\",\"sequence\":42}}\n");
    Outcome quarantined = outcome(Outcome::Kind::quarantined);
    quarantined.quarantine_id = "q7";
    quarantined.rule = "required";
    quarantined.field = "/lines/0/gtin";
    EXPECT_EQ(answer_line(quarantined),
              "{\"quarantined\":{\"epoch\":\"00c0ffee00c0ffee\",\"sequence\":42,\"id\":\"q7\",\"rule\":\"required\","
              "\"field\":\"/lines/0/gtin\"}}\n");
    Outcome refused = outcome(Outcome::Kind::refused);
    refused.reason = "disk_full: no space left";
    EXPECT_EQ(answer_line(refused), "{\"refused\":{\"reason\":\"disk_full: no space left\"}}\n");
}

TEST(AnswerLineTest, StaysOneLineOfAsciiJsonWhateverTheTextsHold) {
    Outcome odd = outcome(Outcome::Kind::quarantined);
    odd.rule = "\"quoted\"\\\n\r\t";
    odd.field = std::string("/\0\xff\xc3\xa4/ \xe2\x82", 10);
    const std::string line = answer_line(odd);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto plain = [](char byte) { return byte >= 0x20 && byte < 0x7f; };
    EXPECT_TRUE(std::all_of(line.begin(), line.end() - 1, plain)) << line;
}

TEST(AnswerLineTest, CutsTextsThatAPeerMadeLong) {
    Outcome wordy = outcome(Outcome::Kind::quarantined);
    wordy.field = std::string(60'000, '\x01');
    EXPECT_LT(answer_line(wordy).size(), 4096U);
}

TEST(PeerRulesTest, AllowsRootAndTheDaemonsUserAlways) {
    const auto rules = PeerRules::of({}, {});
    ASSERT_TRUE(rules);
    EXPECT_TRUE(rules->allows({1, 0, 0, {}}));
    EXPECT_TRUE(rules->allows({1, ::geteuid(), 12345, {}}));
    EXPECT_FALSE(rules->allows({1, 54321, 0, {0}}));
}

TEST(PeerRulesTest, AllowsUsersAndBothKindsOfGroups) {
    const auto rules = PeerRules::of({"daemon"}, {"mail"});
    ASSERT_TRUE(rules) << rules.error().message;
    const gid_t mail = group_number("mail").value();
    EXPECT_TRUE(rules->allows({1, 1, 54321, {}})) << "daemon is user 1";
    EXPECT_TRUE(rules->allows({1, 54321, mail, {}}));
    EXPECT_TRUE(rules->allows({1, 54321, 54321, {54320, mail}}));
    EXPECT_FALSE(rules->allows({1, 54321, 54321, {54320}}));
}

TEST(PeerRulesTest, NamesWhoDoesNotExist) {
    const auto user = PeerRules::of({"daemon", "no-such-user"}, {});
    ASSERT_FALSE(user);
    EXPECT_EQ(user.error().code, Errc::invalid);
    EXPECT_EQ(user.error().message, "there is no user \"no-such-user\"");
    const auto group = PeerRules::of({}, {"no-such-group"});
    ASSERT_FALSE(group);
    EXPECT_EQ(group.error().message, "there is no group \"no-such-group\"");
}

TEST(RepeatedFailureTest, SaysTheFirstEachNewReasonAndThenEverMoreSeldom) {
    using namespace std::chrono_literals;
    struct Step {
        std::chrono::seconds at;
        const char* reason;
        std::uint64_t count;
    };
    RepeatedFailure failures;
    const auto run = [&failures](const std::vector<Step>& steps) {
        for (const Step& each : steps) {
            EXPECT_EQ(failures.count(each.reason, SteadyTime(each.at)), each.count) << each.at.count() << each.reason;
        }
    };
    run({{0s, "refused", 1},
         {5s, "refused", 0},
         {10s, "refused", 0},
         {12s, "no route", 3},
         {13s, "refused", 0},
         {14s, "no route", 0},
         {72s, "refused", 3},
         {150s, "refused", 0},
         {192s, "no route", 2},
         {431s, "refused", 0},
         {432s, "refused", 2}});
    std::uint64_t said = 0;
    for (auto at = 440s; at < 24h; at += 10s) said += failures.count("refused", SteadyTime(at)) > 0 ? 1 : 0;
    EXPECT_LT(said, 30U) << "once an hour in the end";
    EXPECT_GT(said, 20U);
    failures.reset();
    run({{1s, "refused", 1}, {2s, "refused", 0}});
    for (int i = 0; i < 100; ++i) EXPECT_GT(failures.count(std::to_string(i), SteadyTime(3s)), 0U) << "bounded";
}

}  // namespace
}  // namespace tillpost
