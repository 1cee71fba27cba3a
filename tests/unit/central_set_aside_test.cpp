// SPDX-License-Identifier: Apache-2.0
// What a receiver must do, rule 6: a line that is set aside raises an alarm.
#include "agent/central/set_aside_alarm.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/central_file_test.hpp"

namespace tillpost {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class CentralSetAsideTest : public test::CentralFileTest {
protected:
    /// The same number, and so the same place, with other content that fits what is before it.
    static std::string altered(std::string line) {
        const std::size_t at = line.rfind("T1-");
        line.replace(at, 3, "X1-");
        return line;
    }
    std::int64_t in_the_table(const std::string& source) {
        std::int64_t count = -1;
        const auto done = store->each_agent([&](const CentralStore::AgentRow& row) -> Result<void> {
            if (row.source == source) count = row.set_aside;
            return {};
        });
        EXPECT_TRUE(done) << done.error().message;
        return count;
    }
};

TEST_F(CentralSetAsideTest, AnAlteredCopyOfACommittedLineRaisesAnAlarm) {
    const auto lines = maker.next(3);
    commit(lines);
    const Committed committed = commit({altered(lines[1])});
    EXPECT_EQ(committed.counters.divergent, 1U);
    ASSERT_EQ(committed.alarms.size(), 1U);
    const std::string& alarm = committed.alarms[0];
    EXPECT_TRUE(alarm.starts_with(test::sending_agent.source() + ": 1 line is set aside, without effect (1 divergent)"))
        << alarm;
    EXPECT_TRUE(has(alarm, "00000000000000e1-0000000000000002 is held with other content")) << alarm;
    EXPECT_TRUE(has(alarm, "tillpost journal verify")) << alarm;
    EXPECT_TRUE(has(alarm, "table set_aside")) << alarm;
    EXPECT_FALSE(has(alarm, "X1-")) << "nothing of its content: " << alarm;
    EXPECT_EQ(in_the_table(test::sending_agent.source()), 1);
}

TEST_F(CentralSetAsideTest, OneAlarmTellsOfAllKindsOfABatch) {
    const auto lines = maker.next(4);
    commit({lines[0], lines[1]});
    const Committed committed = commit({"no line", altered(lines[1]), "{}", altered(lines[0])});
    ASSERT_EQ(committed.alarms.size(), 1U);
    const std::string& alarm = committed.alarms[0];
    EXPECT_TRUE(has(alarm, "4 lines are set aside, without effect (2 malformed, 2 divergent)")) << alarm;
    EXPECT_TRUE(has(alarm, "the first: malformed line: shorter than the prefix (A")) << alarm;
    EXPECT_TRUE(has(alarm, "who may publish")) << alarm;
    EXPECT_EQ(in_the_table(test::sending_agent.source()), 4);
}

TEST_F(CentralSetAsideTest, BrokenLinesRaiseAnAlarmThoughTheyProveNoFork) {
    const auto lines = maker.next(3);
    commit({lines[0], lines[2]});
    const Committed committed = commit({altered(lines[1])});
    EXPECT_EQ(committed.counters.broken, 1U);
    ASSERT_FALSE(committed.alarms.empty());
    EXPECT_TRUE(has(committed.alarms.back(), "1 broken")) << committed.alarms.back();
    EXPECT_TRUE(has(committed.alarms.back(), "does not fit its neighbours")) << committed.alarms.back();
}

TEST_F(CentralSetAsideTest, SaysItAtMostOnceAnHourAndThenAllThatCameMeanwhile) {
    const auto lines = maker.next(3);
    commit({lines[0]});
    EXPECT_EQ(commit({altered(lines[0])}).alarms.size(), 1U);
    for (int i = 0; i < 9; ++i) EXPECT_TRUE(commit({altered(lines[0]), "no line"}).alarms.empty());
    clock.advance(std::chrono::hours(1));
    const Committed later = commit({lines[1]});
    ASSERT_EQ(later.alarms.size(), 1U) << "said with whatever comes next of that agent";
    EXPECT_TRUE(has(later.alarms[0], "18 lines are set aside since this was last said")) << later.alarms[0];
    EXPECT_TRUE(has(later.alarms[0], "(9 malformed, 9 divergent)")) << later.alarms[0];
    clock.advance(std::chrono::hours(1));
    EXPECT_TRUE(commit({lines[2]}).alarms.empty()) << "all is said";
    EXPECT_EQ(in_the_table(test::sending_agent.source()), 19);
}

TEST_F(CentralSetAsideTest, EachAgentHasAnAlarmOfItsOwn) {
    const AgentName other{"acme", "s1", "till4"};
    EXPECT_EQ(commit({"no line"}).alarms.size(), 1U);
    const auto committed = store->commit({{other, "no line"}, {test::sending_agent, "no line"}}, false);
    ASSERT_TRUE(committed);
    ASSERT_EQ(committed->alarms.size(), 1U);
    EXPECT_TRUE(committed->alarms[0].starts_with(other.source())) << committed->alarms[0];
}

TEST_F(CentralSetAsideTest, WhatIsTakenRaisesNone) {
    const auto lines = maker.next(3);
    EXPECT_TRUE(commit({lines[2], lines[0], lines[1], lines[1], lines[0]}).alarms.empty());
    EXPECT_EQ(in_the_table(test::sending_agent.source()), 0);
}

TEST(SetAsideAlarmTest, IsNotSilencedByAClockThatIsPutBack) {
    SetAsideAlarm alarm;
    alarm.note(SetAsideAlarm::Why::broken, "one");
    EXPECT_TRUE(alarm.due(10'000'000));
    alarm.note(SetAsideAlarm::Why::broken, "two");
    EXPECT_FALSE(alarm.due(10'000'001));
    EXPECT_TRUE(alarm.due(9'999'999));
    EXPECT_FALSE(alarm.due(99'999'999)) << "nothing has come";
}

}  // namespace
}  // namespace tillpost
