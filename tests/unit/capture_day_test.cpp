// SPDX-License-Identifier: Apache-2.0
// [complete-1] When certificates are recorded, and that they survive what ends the agent.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "agent/capture/capture.hpp"
#include "agent/capture/quarantine_desk.hpp"
#include "tests/support/fixed_clock.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

class CaptureDayTest : public test::LoopTest {
protected:
    CaptureDayTest() {
        ::setenv("TZ", "UTC", 1);
        ::tzset();
        hours.from = 8h;
        hours.to = 20h;
        open();
    }
    ~CaptureDayTest() override {
        ::unsetenv("TZ");
        ::tzset();
    }
    void open() {
        JournalSettings settings;
        settings.path = dir.file("journal.db");
        settings.source = "urn:tillpost:acme:0042:till-01";
        settings.keep = 0s;  // pruned as soon as it is confirmed, unless the days need it
        auto opened = Journal::open(loop.get_executor(), settings, clock);
        ASSERT_TRUE(opened) << opened.error().message;
        journal = std::move(*opened);
        capture = std::make_unique<Capture>(*journal, clock, Capture::Settings{});
        DaySettings of_days;
        of_days.quiet = 20ms;
        of_days.hours = {hours};
        auto record = [this](Event event, std::shared_ptr<const KeptDays> kept, std::function<void(bool)> done) {
            capture->record(std::move(event), std::move(kept), std::move(done));
        };
        days = std::make_unique<DayKeeper>(loop.get_executor(), *journal, clock, of_days, std::move(record));
        capture->set_days(days.get());
        ASSERT_TRUE(days->load());
        spawn("journal", journal->run());
        spawn("days", days->run());
    }
    /// Nothing is written that was not written before.
    void crash() {
        stop_tasks();
        days.reset();
        capture.reset();
        journal.reset();
        open();
    }
    void TearDown() override {
        stop_tasks();
        days.reset();
        capture.reset();
        journal.reset();
    }
    void send(const std::string& line) {
        bool answered = false;
        Observation observation;
        observation.device = "feed";
        observation.bytes = line;
        capture->submit(std::move(observation), [&answered](const Outcome& outcome) {
            answered = true;
            EXPECT_NE(outcome.kind, Outcome::Kind::refused) << outcome.reason;
        });
        ASSERT_TRUE(run_until([&answered] { return answered; }));
    }
    void sell(int number) {
        send(R"({"type":"sale","till":"T01","number":)" + std::to_string(number) +
             R"(,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","currency":"EUR","lines":[],)"
             R"("tenders":[{"type":"cash","amount":"1"}],"totals":{"net":1,"tax":0,"gross":1}})");
    }
    /// A request of the control socket, and its answer.
    json decide(const json& request) {
        QuarantineDesk desk(*capture, *journal);
        const std::string answer = await(desk.answer(request.dump(), 0));
        EXPECT_EQ(answer.find("error"), std::string::npos) << answer;
        return json::parse(answer);
    }
    json till() {
        const json answer = json::parse(days->answer("2026-11-23", "T01"));
        return answer["day"]["tills"].empty() ? json() : answer["day"]["tills"][0];
    }
    bool reaches(int revision) {
        return run_until([this, revision] { return till().is_object() && till()["revision"] == revision; });
    }
    void end_the_day() { clock.set_wall(WallTime(Millis(1'795'492'800'000))); }  // 2026-11-24T04:00:00Z

    TradingHours hours;
    test::TempDir dir;
    test::FixedClock clock;  // 2026-11-23T10:15:30.123Z
    std::unique_ptr<Journal> journal;
    std::unique_ptr<Capture> capture;
    std::unique_ptr<DayKeeper> days;
};

TEST_F(CaptureDayTest, TheDaysEndMakesACertificateAndLateEventsTheNextOnes) {
    clock.set_wall(WallTime(Millis(1'795'492'799'970)));  // 30 ms before 04:00
    sell(1);
    sell(3);
    EXPECT_EQ(till()["revision"], 0);
    end_the_day();
    ASSERT_TRUE(reaches(1));
    EXPECT_EQ(till()["cause"], "certified");
    sell(2);
    EXPECT_EQ(till()["counts"]["late"], 1);
    EXPECT_EQ(till()["revision"], 1) << "a quiet moment first: more may come";
    ASSERT_TRUE(reaches(2));
    EXPECT_EQ(till()["numbers"]["missing"], 0);
    run_for(60ms);
    EXPECT_EQ(till()["revision"], 2) << "nothing new, no new revision";
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
    crash();
    run_for(60ms);
    EXPECT_EQ(till()["revision"], 1);
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

TEST_F(CaptureDayTest, WhatBelongsToNoBusinessDayCountsNowhere) {
    send(R"({"type":"scan","code":"4006381333931"})");
    send(R"({"type":"no_sale","till":"T01","reason":"change","time":"2026-11-23T10:00:00Z"})");
    EXPECT_TRUE(till().is_null());
}

}  // namespace
}  // namespace tillpost
