// SPDX-License-Identifier: Apache-2.0
#include "platform/log_limit.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "platform/unsaid_lines.hpp"
#include "tests/support/loop_test.hpp"

namespace tillpost {
namespace {

TEST(LogLimitTest, SaysOneLineAnIntervalAndHowManyItStandsFor) {
    LogLimit limit(Millis(1000));
    const SteadyTime start{};
    EXPECT_EQ(limit.count(start), 1U);
    EXPECT_EQ(limit.count(start + Millis(1)), 0U);
    EXPECT_EQ(limit.count(start + Millis(999)), 0U);
    EXPECT_EQ(limit.count(start + Millis(1000)), 3U);
    EXPECT_EQ(limit.count(start + Millis(5000)), 1U);
}

class UnsaidTest : public test::LoopTest {
protected:
    LogLimit::Line line(const std::string& text) {
        return [this, text](std::uint64_t times) { said.push_back(text + " " + std::to_string(times)); };
    }
    std::vector<std::string> said;
};

using Said = std::vector<std::string>;

TEST_F(UnsaidTest, WhatComesWithinAnIntervalIsSaidAtItsEndThoughNothingComesBehindIt) {
    const SteadyTime start{Millis(5)};
    LogLimit limit(Millis(1000));
    EXPECT_EQ(LogLimit::due(), SteadyTime::max());
    limit.say(start, line("a"));
    EXPECT_EQ(LogLimit::due(), SteadyTime::max()) << "all is said";
    limit.say(start + Millis(1), line("b"));
    limit.say(start + Millis(2), line("c"));
    EXPECT_EQ(LogLimit::due(), start + Millis(1000));
    LogLimit::say_due(start + Millis(999));
    EXPECT_EQ(said, Said{"a 1"});
    LogLimit::say_due(start + Millis(1000));
    EXPECT_EQ(said, (Said{"a 1", "c 2"})) << "by the newest line";
    EXPECT_EQ(LogLimit::due(), SteadyTime::max());
    limit.say(start + Millis(1001), line("d"));
    EXPECT_EQ(said.size(), 2U) << "a new interval began";
    EXPECT_EQ(LogLimit::due(), start + Millis(2000));
    limit.say(start + Millis(2500), line("e"));
    EXPECT_EQ(said.back(), "e 2") << "nobody looked in time";
    EXPECT_EQ(LogLimit::due(), SteadyTime::max());
}

TEST_F(UnsaidTest, EachLimitSaysItsOwnAndOneThatGoesSaysNothing) {
    const SteadyTime start{};
    LogLimit one(Millis(1000)), two(Millis(100));
    auto gone = std::make_unique<LogLimit>(Millis(10));
    for (LogLimit* each : {&one, &two, gone.get()}) {
        each->say(start, line("first"));
        each->say(start, line(each == &one ? "one" : "two"));
    }
    EXPECT_EQ(LogLimit::due(), start + Millis(10));
    gone.reset();
    EXPECT_EQ(LogLimit::due(), start + Millis(100));
    said.clear();
    LogLimit::say_due(SteadyTime::max());
    EXPECT_EQ(said, (Said{"one 1", "two 1"}));
    two.say(start + Millis(150), line("two"));
    EXPECT_EQ(LogLimit::due(), start + Millis(200)) << "a stop's look keeps nothing from being said later";
}

TEST_F(UnsaidTest, ATaskSaysThemInTimeAndSleepsOtherwise) {
    UnsaidLines lines(loop.get_executor());
    spawn("lines", lines.run());
    run_for(Millis(1));
    LogLimit slow(Millis(3'600'000)), quick(Millis(20));
    for (LogLimit* each : {&slow, &quick}) {
        each->say(std::chrono::steady_clock::now(), line("first"));
        each->say(std::chrono::steady_clock::now(), line("rest"));
    }
    ASSERT_TRUE(run_until([&] { return said.size() == 3; }));
    EXPECT_EQ(said.back(), "rest 1");
    stop_tasks();
}

}  // namespace
}  // namespace tillpost
