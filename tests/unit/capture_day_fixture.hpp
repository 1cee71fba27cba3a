// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "agent/capture/capture.hpp"
#include "agent/capture/quarantine_desk.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/journal/damage.hpp"
#include "agent/journal/offline/journal_audit.hpp"
#include "tests/support/fixed_clock.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost {

using nlohmann::json;
using namespace std::chrono_literals;

/// Capture, journal and business days as the agent has them together; crash() is a kill.
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
    JournalSettings journal_settings() const {
        JournalSettings settings;
        settings.path = dir.file("journal.db");
        settings.source = "urn:tillpost:acme:0042:till-01";
        settings.keep = 0s;  // pruned as soon as it is confirmed, unless the days need it
        settings.clock_step = 2s;
        if (!keys.empty()) settings.keys = std::make_shared<const KeyRules>(keys, store);
        return settings;
    }
    void open() {
        const JournalSettings settings = journal_settings();
        auto opened = Journal::open(loop.get_executor(), settings, clock);
        ASSERT_TRUE(opened) << opened.error().message;
        journal = std::move(*opened);
        Intake::Settings intake;
        if (!store.empty() || !keys.empty()) intake.keys = std::make_shared<const KeyRules>(keys, store);
        capture = std::make_unique<Capture>(*journal, clock, Capture::Settings{privacy, {}, Severities(rules), intake});
        DaySettings of_days;
        of_days.quiet = quiet;
        of_days.silence = std::chrono::minutes(60);
        of_days.hours = {hours};
        of_days.tills = watched;
        auto record = [this](Event event, std::shared_ptr<const KeptDays> kept, std::function<void(bool)> done) {
            capture->record(std::move(event), std::move(kept), std::move(done));
        };
        days = std::make_unique<DayKeeper>(loop.get_executor(), *journal, clock, of_days, std::move(record), intake);
        Journal::Events events;
        events.on_salvaged = [this](const HeldEvent& held) { days->salvaged(held); };
        events.on_salvaged_record = [this](const QuarantineRecord& waiting) { days->waits(waiting); };
        journal->set_events(std::move(events));
        days->set_on_ended([this] { seals_due.push_back(till()["revision"]); });
        capture->set_days(days.get());
        ASSERT_TRUE(days->load());
        const auto report = [](const std::string& task, const std::string& what) {
            ADD_FAILURE() << "task " << task << " ended by an exception: " << what;
        };
        group = std::make_unique<TaskGroup>(loop.get_executor(), report);
        journal_task = std::make_unique<TaskGroup>(loop.get_executor(), report);
        journal_task->spawn("journal", journal->run());
        spawn("days", days->run());
    }
    /// Nothing is written that was not written before.
    void crash() {
        kill();
        open();
    }
    /// In good order: what waits is written.
    void stop() {
        days->keep();
        journal->close();
        EXPECT_TRUE(run_until([this] { return journal_task->idle(); })) << "the journal did not end";
        kill();
    }
    void kill() {
        for (const auto& each : {group.get(), journal_task.get()}) each->request_stop();
        EXPECT_TRUE(run_until([this] { return group->idle() && journal_task->idle(); }))
            << "a task did not end when it was stopped";
        loop.poll();  // the journal answers whoever waited for it, while they are there
        loop.restart();
        group.reset();
        journal_task.reset();
        days.reset();
        capture.reset();
        journal.reset();
    }
    void TearDown() override {
        if (group) kill();
        stop_tasks();
        if (is_honest) expect_honest(audit_here());
    }
    /// Of a journal that no agent has open.
    AuditReport audit_here() {
        const auto file = JournalFile::open_copy(dir.file("journal.db"), dir.path());
        EXPECT_TRUE(file) << file.error().message;
        if (!file) return {};
        auto report = audit(**file, {}, {}, std::nullopt, [](std::uint64_t, std::uint64_t) {});
        EXPECT_TRUE(report) << report.error().message;
        return report ? std::move(*report) : AuditReport();
    }
    /// [audit-1] Whatever came, each certificate follows from its events, or it cannot be told.
    static void expect_honest(const AuditReport& report) {
        for (const AuditReport::Fault& fault : report.faults) {
            EXPECT_EQ(fault.what.find("the certificate of till"), std::string::npos) << fault.what;
        }
        RecordProperty("recomputed", std::to_string(report.certificates));
        for (const auto& [why, count] : report.certificates_open) RecordProperty("not_recomputed", why);
    }
    /// A receiver knows more of the live epoch than we: what is held of it gets new numbers.
    void fork() {
        clock.advance(Millis(3'600'000));  // not more often than that
        const EpochSummary before = journal->live();
        EpochReceipt ahead;
        ahead.epoch = before.epoch;
        ahead.upto = before.last + 100;
        const auto outcome = await(journal->confirm(ahead));
        ASSERT_TRUE(outcome);
        ASSERT_TRUE(outcome->forked);
        const std::uint64_t moved = before.last - before.first + 1;
        ASSERT_TRUE(run_until([&] { return journal->live().last >= moved + 2; }));
    }
    /// The journal is damaged, and another one begun.
    void damage() {
        note_damage(journal_settings().path, journal->live(), "a test");
        kill();
        clock.advance(Millis(1'000));
        open();
    }
    std::size_t damaged() const { return files_set_aside(journal_settings().path).size(); }
    void salvage_all() {
        spawn("salvage", journal->run_salvage());
        ASSERT_TRUE(run_until([this] { return damaged() == 0; }));
    }
    /// A task of the agent that runs now; crash() ends it.
    void spawn(std::string name, asio::awaitable<void> task) { group->spawn(std::move(name), std::move(task)); }
    Outcome outcome_of(const std::string& line) {
        std::optional<Outcome> got;
        Observation observation;
        observation.device = "feed";
        observation.bytes = line;
        capture->submit(std::move(observation), [&got](const Outcome& outcome) { got = outcome; });
        EXPECT_TRUE(run_until([&got] { return got.has_value(); }));
        return got.value_or(Outcome());
    }
    void send(const std::string& line) {
        const Outcome outcome = outcome_of(line);
        ASSERT_NE(outcome.kind, Outcome::Kind::refused) << outcome.reason;
    }
    void sell(int number) {
        send(R"({"type":"sale","till":"T01","number":)" + std::to_string(number) +
             R"(,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","currency":"EUR","lines":[],)"
             R"("tenders":[{"type":"cash","amount":"1"}],"totals":{"net":1,"tax":0,"gross":1}})");
    }
    void close_till(int session, int first, int last) {
        const int count = last - first + 1;
        send(R"({"type":"till_close","till":"T01","session":)" + std::to_string(session) +
             R"(,"business_date":"2026-11-23","time":"2026-11-23T13:00:00Z","currency":"EUR","first_number":)" +
             std::to_string(first) + R"(,"last_number":)" + std::to_string(last) +
             R"(,"tenders":[{"type":"cash","amount":)" + std::to_string(count) + R"(,"expected":0,"counted":0}]})");
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
    /// The data of the newest coverage event that is held.
    json newest_coverage() {
        const Sequence last = journal->live().last;
        for (Sequence at = last; at >= journal->live().first; --at) {
            const auto lines = await(journal->read({at, at}, 1 << 20));
            if (!lines || lines->empty()) return {};
            const json event = json::parse(lines->line(0), nullptr, false);
            if (event["type"] == "tillpost.coverage.v1") return event["data"];
        }
        return {};
    }
    void end_the_day() { clock.set_wall(WallTime(Millis(1'795'492'800'000))); }  // 2026-11-24T04:00:00Z

    std::vector<json> seals_due;  ///< By the certificate's revision at that time
    TradingHours hours;
    Millis quiet{20};                  ///< From the next open() on
    std::vector<RuleSetting> rules;    ///< Severities, from the next open() on
    PrivacySettings privacy;           ///< From the next open() on
    std::vector<std::string> watched;  ///< Tills, from the next open() on
    std::string store;                 ///< The agent's, from the next open() on
    std::vector<KeySetting> keys;      ///< From the next open() on
    test::TempDir dir;
    test::FixedClock clock;  // 2026-11-23T10:15:30.123Z
    std::unique_ptr<Journal> journal;
    bool is_honest = true;  ///< The test forges nothing in the journal.
    std::unique_ptr<Capture> capture;
    std::unique_ptr<DayKeeper> days;
    std::unique_ptr<TaskGroup> group;  ///< Of the agent that runs now: one that was stopped takes no new tasks
    std::unique_ptr<TaskGroup> journal_task;
};

}  // namespace tillpost
