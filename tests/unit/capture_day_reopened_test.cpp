// SPDX-License-Identifier: Apache-2.0
// [complete-1] What comes behind a certificate that calls the day complete is said, too.
#include <filesystem>

#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {
namespace {

/// The agent is there since the day before, and the till is closed: complete.
class CaptureReopenedTest : public CaptureDayTest {
protected:
    void close_complete() {
        const WallTime today = clock.now().wall;
        kill();
        for (const auto& each : std::filesystem::directory_iterator(dir.path())) std::filesystem::remove(each);
        clock.set_wall(today - 24h);
        open();
        run_for(20ms);  // since when the agent is there is kept
        clock.set_wall(today);
        sell(1);
        sell(2);
        close_till(1, 1, 2);
        ASSERT_TRUE(reaches(1));
        EXPECT_EQ(till()["complete"], true) << till();
    }
    void control(int number) {
        send(R"({"type":"control","action":"sign_off","till":"T01","number":)" + std::to_string(number) +
             R"(,"business_date":"2026-11-23","time":"2026-11-23T13:00:00Z"})");
    }
};

TEST_F(CaptureReopenedTest, ADayThatIsReopenedGetsARevisionThatSaysSo) {
    close_complete();
    sell(3);
    EXPECT_EQ(till()["revision"], 1) << "a quiet moment first: more may come";
    ASSERT_TRUE(reaches(2));
    EXPECT_EQ(till()["certified"]["cause"], "late");
    EXPECT_EQ(till()["reasons"], (json{"open", "differs"}));
    sell(4);
    sell(5);
    run_for(60ms);
    EXPECT_EQ(till()["revision"], 2) << "what it says is not less true: no revision for each sale";
    close_till(2, 3, 5);
    ASSERT_TRUE(reaches(3));
    EXPECT_EQ(till()["complete"], true) << till();
    run_for(60ms);
    EXPECT_EQ(till()["revision"], 3);
}

TEST_F(CaptureReopenedTest, WhatIsNoSaleGetsOneTooAsItMayLeaveAGap) {
    close_complete();
    control(3);
    ASSERT_TRUE(reaches(2));
    EXPECT_EQ(till()["complete"], true);
    EXPECT_EQ(till()["last_number"], "3");
    control(5);
    ASSERT_TRUE(reaches(3));
    EXPECT_EQ(till()["reasons"], json{"missing_numbers"});
}

TEST_F(CaptureReopenedTest, AKillInTheQuietMinuteEndsIt) {
    quiet = 30s;
    close_complete();
    sell(3);
    EXPECT_EQ(till()["revision"], 1);
    crash();
    ASSERT_TRUE(reaches(2));
    EXPECT_EQ(till()["reasons"], (json{"open", "differs"}));
    crash();
    run_for(60ms);
    EXPECT_EQ(till()["revision"], 2);
}

}  // namespace
}  // namespace tillpost
