// SPDX-License-Identifier: Apache-2.0
// [complete-1] When certificates are recorded, and that they survive what ends the agent.
#include <algorithm>

#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {
namespace {

TEST_F(CaptureDayTest, TheDaysEndMakesACertificateAndLateEventsTheNextOnes) {
    clock.set_wall(WallTime(Millis(1'795'492'799'970)));  // 30 ms before 04:00
    sell(1);
    sell(3);
    EXPECT_EQ(till()["revision"], 0);
    end_the_day();
    ASSERT_TRUE(reaches(1));
    EXPECT_EQ(till()["cause"], "day_end") << "a word of the schema";
    EXPECT_EQ(till()["more_since"], false);
    sell(2);
    EXPECT_EQ(till()["counts"]["late"], 1);
    EXPECT_EQ(till()["revision"], 1) << "a quiet moment first: more may come";
    EXPECT_EQ(till()["more_since"], true);
    ASSERT_TRUE(reaches(2));
    EXPECT_EQ(till()["cause"], "late");
    EXPECT_EQ(till()["numbers"]["missing"], 0);
    run_for(60ms);
    EXPECT_EQ(till()["revision"], 2) << "nothing new, no new revision";
}

// A revision that waits for its quiet minute holds no day's end up, whether the agent is there or not.
TEST_F(CaptureDayTest, TheDaysEndWaitsForNoLateRevision) {
    quiet = 30s;
    crash();
    sell(1);
    sell(3);
    close_till(1, 1, 3);
    ASSERT_TRUE(reaches(1));
    sell(2);  // late
    sell(5);
    EXPECT_EQ(till()["revision"], 1);
    end_the_day();
    days->look_now();
    ASSERT_TRUE(reaches(2));
    EXPECT_EQ(till()["cause"], "day_end");
    EXPECT_EQ(till()["numbers"]["missing"], 1);
}

TEST_F(CaptureDayTest, TheDaysEndComesWithTheStartThatIsBehindItWhateverIsLate) {
    quiet = 30s;
    crash();
    sell(1);
    sell(3);
    close_till(1, 1, 3);
    ASSERT_TRUE(reaches(1));
    sell(2);
    end_the_day();
    crash();
    ASSERT_TRUE(reaches(2));
    EXPECT_EQ(till()["cause"], "day_end");
    sell(7);
    crash();
    ASSERT_TRUE(reaches(3)) << "each restart would begin the quiet minute anew";
    EXPECT_EQ(till()["cause"], "late");
}

TEST_F(CaptureDayTest, ADayThatEndedWhileTheAgentWasAwayGetsItsCertificate) {
    sell(1);
    end_the_day();
    crash();
    ASSERT_TRUE(reaches(1));
    const json down = till()["down"];
    ASSERT_EQ(down.size(), 1U);
    EXPECT_EQ(down[0]["from"], "2026-11-23T10:15:30.123Z");
    EXPECT_EQ(down[0]["to"], "2026-11-24T04:00:00.000Z");
    ASSERT_TRUE(run_until([this] { return !seals_due.empty(); }));
    crash();
    run_for(60ms);
    EXPECT_EQ(till()["revision"], 1);
    EXPECT_EQ(seals_due, std::vector<json>{1}) << "once, behind the certificate";
}

TEST_F(CaptureDayTest, WhatIsNotKeptYetIsReadAgain) {
    for (int number = 1; number <= 40; ++number) sell(number);
    send("{broken");
    const json before = till();
    EXPECT_EQ(before["counts"]["quarantined"], 1);
    crash();
    EXPECT_EQ(till(), before);
    sell(7);  // a repeat is no event
    EXPECT_EQ(till(), before);
}

TEST_F(CaptureDayTest, WhatAPersonCorrectsCountsOnceNowAndAfterACrash) {
    sell(1);
    send("{broken");
    const json before = till();
    const std::string id = "Q1-" + std::to_string(journal->live().last);
    const json line{{"type", "sale"},
                    {"till", "T01"},
                    {"number", 2},
                    {"business_date", "2026-11-23"},
                    {"time", "2026-11-23T10:00:00Z"},
                    {"currency", "EUR"},
                    {"lines", json::array()},
                    {"tenders", {{{"type", "cash"}, {"amount", "5"}}}},
                    {"totals", {{"net", 5}, {"tax", 0}, {"gross", 5}}}};
    EXPECT_EQ(decide({{"quarantine.correct", {{"id", id}, {"line", line.dump()}}}})["error"], json());
    sell(3);  // what comes behind it must not pass over it
    const json after = till();
    EXPECT_EQ(after["numbers"]["missing"], 0) << after;
    EXPECT_EQ(after["counts"]["events"].get<int>(), before["counts"]["events"].get<int>() + 2);
    crash();
    EXPECT_EQ(till(), after);
}

TEST_F(CaptureDayTest, WhatCentralRejectedAndAPersonReleasesIsNotCountedTwice) {
    sell(1);
    const json before = till();
    EpochReceipt rejecting;
    rejecting.epoch = journal->live().epoch;
    rejecting.hash = journal->live().before;
    rejecting.rejected.push_back({journal->live().last, "schema"});
    ASSERT_TRUE(await(journal->confirm(rejecting)));
    const std::string id = "Q1-" + std::to_string(journal->live().last);
    EXPECT_EQ(decide({{"quarantine.release", {{"id", id}}}})["error"], json());
    EXPECT_EQ(till()["sums"], before["sums"]);
    crash();
    EXPECT_EQ(till()["sums"], before["sums"]);
    EXPECT_EQ(till()["counts"]["events"], before["counts"]["events"]);
}

TEST_F(CaptureDayTest, ADayThatBeginsBehindAnAbsenceWasTouchedByItToo) {
    sell(1);
    stop();
    clock.advance(46h);  // to Wednesday, 08:15
    open();
    const auto down_on = [this](const std::string& date) {
        send(R"({"type":"no_sale","till":"T01","number":")" + date + R"(","business_date":")" + date +
             R"(","time":"2026-11-25T10:00:00Z","action":"x"})");
        const json answer = json::parse(days->answer(date, "T01"));
        return answer["day"]["tills"][0]["down"];
    };
    const json once = json::parse(R"([{"from":"2026-11-23T10:15:30.123Z","to":"2026-11-25T08:15:30.123Z"}])");
    for (const bool again : {false, true}) {
        if (again) open();
        for (const char* const date : {"2026-11-24", "2026-11-25"}) EXPECT_EQ(down_on(date), once) << date << again;
        EXPECT_EQ(down_on("2026-11-26"), json::array());
        stop();
    }
}

TEST_F(CaptureDayTest, ATillThatTheConfigurationNamesAndThatNeverReportedIsNamed) {
    const auto unreported = [this](const char* date, const char* of) {
        return json::parse(days->answer(date, of))["day"]["unreported"];
    };
    EXPECT_EQ(unreported("2026-11-23", ""), json::array()) << "the configuration names none";
    watched = {"T01", "T02"};
    crash();
    EXPECT_EQ(unreported("", ""), json::parse(R"(["T01","T02"])")) << "today";
    EXPECT_EQ(unreported("", "T02"), json::parse(R"(["T02"])"));
    sell(1);
    EXPECT_EQ(unreported("", ""), json::parse(R"(["T02"])"));
    EXPECT_EQ(unreported("2026-11-23", "T01"), json::array());
    EXPECT_EQ(unreported("2026-11-24", ""), json::array()) << "its trading hours are still to come";
}

TEST_F(CaptureDayTest, AFeedThatSaysNothingInItsHoursIsAnEvent) {
    sell(1);
    std::vector<std::string> types;
    capture->set_on_captured([&types](const Capture::Captured& captured) { types.push_back(captured.type); });
    clock.advance(59min);
    days->look_now();
    run_for(20ms);
    EXPECT_EQ(std::count(types.begin(), types.end(), "silence"), 0);
    clock.advance(1min);
    days->look_now();
    ASSERT_TRUE(run_until([&types] { return std::count(types.begin(), types.end(), "silence") == 1; }));
    days->look_now();
    run_for(20ms);
    EXPECT_EQ(std::count(types.begin(), types.end(), "silence"), 1) << "told once";
}

TEST_F(CaptureDayTest, AfterASilenceOfTheWholeFeedTheNextOnesAreNoticedInTime) {
    watched = {"T01", "T02"};
    crash();
    std::vector<std::string> silent;
    capture->set_on_captured([&silent](const Capture::Captured& captured) {
        if (captured.type == "silence") silent.push_back(captured.type);
    });
    sell(1);
    clock.advance(60min);
    days->look_now();
    ASSERT_TRUE(run_until([&silent] { return silent.size() == 1; })) << "the whole feed";
    sell(2);
    // Nobody looks but for what has come.
    ASSERT_TRUE(run_until([&silent] { return silent.size() == 2; })) << "the other till is still silent";
    sell(3);
    run_for(20ms);
    EXPECT_EQ(silent.size(), 2U) << "told once";
}

TEST_F(CaptureDayTest, AClosingTellsWhenTheFeedWasHeard) {
    capture->connected("feed", true);
    sell(1);
    clock.advance(90min);
    sell(2);
    clock.advance(30min);
    crash();  // what is not kept is read again
    capture->connected("feed", true);
    clock.advance(75min);
    capture->connected("scanner-1", false);  // is no feed
    send(R"({"type":"till_close","till":"T01","session":1,"business_date":"2026-11-23","time":"2026-11-23T13:00:00Z",)"
         R"("currency":"EUR","tenders":[]})");
    ASSERT_TRUE(run_until([this] { return newest_coverage().is_object(); }));
    const json told = newest_coverage();
    EXPECT_EQ(told["cause"], "till_close");
    EXPECT_EQ(told["upto"], "2026-11-23T13:30:30.123Z");
    EXPECT_EQ(told["seconds"], json::parse(R"({"heard":0,"silent":9900,"unconnected":0,"down":1800,"unknown":8130})"))
        << told;
    EXPECT_EQ(till()["not_heard"].size(), 3U) << till();
    EXPECT_EQ(till()["not_heard"][1], json::parse(R"({"from":"2026-11-23T11:45:30.123Z",)"
                                                  R"("to":"2026-11-23T12:15:30.123Z","state":"down"})"));
    const json asked = json::parse(days->answer("2026-11-23", ""));
    EXPECT_EQ(asked["day"]["coverage"][0]["seconds"], told["seconds"]);
}

TEST_F(CaptureDayTest, WhoNamesNoDateMeansNoDayToCome) {
    const auto shown = [this] { return json::parse(days->answer("", ""))["day"]["business_date"]; };
    const std::string to_come = R"({"type":"no_sale","till":"T01","business_date":"2026-12-24",)"
                                R"("time":"2026-11-23T10:00:00Z"})";
    send(to_come);
    clock.set_synced(false);
    EXPECT_EQ(shown(), "2026-12-24") << "the clock may be behind, and this is all that is known";
    clock.set_synced(true);
    EXPECT_EQ(json::parse(days->answer("2026-12-24", ""))["day"]["tills"].size(), 1U);
    EXPECT_EQ(shown(), "2026-11-23") << "of which nothing is known";
    sell(1);
    EXPECT_EQ(shown(), "2026-11-23");
    clock.advance(24h);
    EXPECT_EQ(shown(), "2026-11-23") << "the newest of which something is known";
}

// The box was restarted: two seconds are no outage. The data say them all the same.
TEST_F(CaptureDayTest, ACertificateLeavesOutWhatIsShorterThanAMinute) {
    for (const auto away : {2s, 59s, 60s}) {
        capture->connected("feed", true);
        sell(static_cast<int>(away.count()));
        clock.advance(5min);
        sell(static_cast<int>(away.count()) + 100);
        stop();
        clock.advance(away);
        open();
    }
    const json not_heard = till()["not_heard"];
    ASSERT_EQ(not_heard.size(), 1U) << not_heard;
    EXPECT_EQ(not_heard[0]["state"], "down");
    const json answer = json::parse(days->answer("2026-11-23", "T01"));
    const json& spans = answer["day"]["coverage"][0]["spans"];
    const auto is_down = [](const json& span) { return span["state"] == "down"; };
    EXPECT_EQ(std::count_if(spans.begin(), spans.end(), is_down), 3) << spans;
}

TEST_F(CaptureDayTest, TillsThatWereHeardAreKnownForTwoWeeks) {
    sell(1);
    EXPECT_EQ(days->tills_heard(), std::vector<std::string>{"T01"});
    clock.advance(13 * 24h);
    EXPECT_EQ(days->tills_heard().size(), 1U);
    clock.advance(24h);
    EXPECT_TRUE(days->tills_heard().empty());
}

TEST_F(CaptureDayTest, ADayThatIsOverIsToldOfOnceAlsoOneOnWhichTheAgentWasAway) {
    sell(1);
    stop();              // since when it is there, is kept
    clock.advance(48h);  // to Wednesday
    open();
    const auto tuesday = [this] { return newest_coverage()["business_date"] == "2026-11-24"; };
    ASSERT_TRUE(run_until(tuesday));
    EXPECT_EQ(newest_coverage()["seconds"]["down"], 12 * 3600);
    ASSERT_TRUE(reaches(1));
    ASSERT_TRUE(run_until([this] { return !seals_due.empty(); })) << "its certificate is behind it";
    const Sequence last = journal->live().last;
    crash();
    days->look_now();
    run_for(60ms);
    EXPECT_EQ(journal->live().last, last) << newest_coverage();
}

TEST_F(CaptureDayTest, AClockThatIsSetMakesNoSilence) {
    capture->connected("feed", true);
    sell(1);
    clock.set_wall(clock.now().wall + 3h);
    days->look_now();
    run_for(20ms);
    sell(2);
    const json told = json::parse(days->answer("2026-11-23", ""))["day"]["coverage"][0]["seconds"];
    EXPECT_EQ(told, json::parse(R"({"heard":0,"silent":0,"unconnected":0,"down":0,"unknown":18930})"));
    EXPECT_EQ(newest_coverage(), json()) << "and no event";
}

TEST_F(CaptureDayTest, AClockThatIsSetToTheNextDayEndsTheDayWithTheFirstRecordBehindIt) {
    sell(1);
    run_for(20ms);  // it waits for the day's end by the clock of before
    clock.set_wall(clock.now().wall + 24h);
    capture->connected("feed", true);
    ASSERT_TRUE(reaches(1));
    EXPECT_EQ(till()["certified"]["cause"], "day_end");
}

TEST_F(CaptureDayTest, AClockThatWasYearsAheadEndsNoDayForGood) {
    sell(1);
    const WallTime right = clock.now().wall;
    clock.set_wall(right + 24h * 4000);
    days->look_now();
    ASSERT_TRUE(reaches(1)) << "ended, by that clock";
    clock.set_wall(right + 1min);
    days->look_now();
    run_for(20ms);
    sell(2);
    sell(3);  // between two commits there is a turn for what is kept
    EXPECT_EQ(till()["counts"]["late"], 0) << till();
    clock.advance(2h);
    crash();
    EXPECT_EQ(till()["down"].size(), 1U) << "and what came after the clock was right counts by it: " << till();
}

TEST_F(CaptureDayTest, WhatBelongsToNoBusinessDayCountsNowhere) {
    send(R"({"type":"scan","code":"4006381333931"})");
    send(R"({"type":"no_sale","till":"T01","reason":"change","time":"2026-11-23T10:00:00Z"})");
    EXPECT_TRUE(till().is_null());
}

}  // namespace
}  // namespace tillpost
