// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "agent/capture/capture.hpp"
#include "agent/capture/quarantine_desk.hpp"
#include "agent/capture/reprocess_desk.hpp"
#include "agent/event/key_rules.hpp"
#include "tests/support/fixed_clock.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/event_support.hpp"

namespace tillpost {

using nlohmann::json;

inline std::string sale(int number, const std::string& more = "", const std::string& date = "2026-11-23") {
    return R"({"type":"sale","till":"T01","number":)" + std::to_string(number) + R"(,"business_date":")" + date +
           R"(","time":"2026-11-23T10:00:00Z","operator":"Ms Fink","currency":"EUR")" + more +
           R"(,"lines":[{"line":1,"kind":"service","direction":"sale","amount":"1"}],)"
           R"("tenders":[{"type":"cash","amount":"1"}],"totals":{"net":1,"tax":0,"gross":1}})";
}

inline std::vector<gs1::MeasureTemplate> measured_by(const std::string& form) {
    const std::vector<std::string> forms{form};
    auto parsed = gs1::parse_templates(forms);
    EXPECT_TRUE(parsed) << form;
    return parsed ? std::move(*parsed) : std::vector<gs1::MeasureTemplate>();
}

/// Capture and journal as the agent has them; reopen() is a kill and a start under `settings`.
class CaptureReprocessTest : public test::LoopTest {
protected:
    CaptureReprocessTest() {
        const WallTime now = clock.now().wall;
        clock.set_wall(now - std::chrono::days(30));  // The journal is born before what comes.
        open();
        clock.set_wall(now);
    }
    /// What was not on the disk is gone; from now on with these settings.
    void reopen() {
        leave();
        open();
    }
    void leave() {
        running->request_stop();
        EXPECT_TRUE(run_until([this] { return running->idle(); }));
        running.reset();
        capture.reset();
        journal.reset();
    }
    void open() {
        JournalSettings of_journal;
        of_journal.path = dir.file("journal.db");
        of_journal.source = "urn:tillpost:acme:0042:till-01";
        of_journal.keys = settings.intake.keys;
        auto opened = Journal::open(loop.get_executor(), of_journal, clock);
        ASSERT_TRUE(opened) << opened.error().message;
        journal = std::move(*opened);
        capture = std::make_unique<Capture>(*journal, clock, settings);
        auto failed = [](const std::string& task, const std::string& what) { ADD_FAILURE() << task << ": " << what; };
        running = std::make_unique<TaskGroup>(loop.get_executor(), std::move(failed));
        running->spawn("journal", journal->run());
    }
    void TearDown() override { leave(); }
    Outcome send(Observation observation) {
        std::optional<Outcome> answer;
        capture->submit(std::move(observation), [&answer](const Outcome& outcome) { answer = outcome; });
        EXPECT_TRUE(run_until([&answer] { return answer.has_value(); }));
        return answer.value_or(Outcome());
    }
    Outcome send(const std::string& line) {
        Observation observation;
        observation.device = "feed";
        observation.bytes = line;
        return send(std::move(observation));
    }
    Outcome scan(const std::string& code, const std::string& aim) {
        Observation observation;
        observation.kind = Observation::Kind::scan;
        observation.device = "scanner";
        observation.bytes = code;
        observation.aim = aim;
        return send(std::move(observation));
    }
    /// One slice.
    json ask(const std::string& what, json members) {
        if (!members.contains("reason")) members["reason"] = "a new template";
        ReprocessDesk desk(*capture, *journal);
        const std::string answer = await(desk.answer(json{{"reprocess." + what, members}}.dump(), 1000));
        const json said = json::parse(answer, nullptr, false);
        EXPECT_TRUE(said.contains("reprocessed")) << answer;
        return said.contains("reprocessed") ? said["reprocessed"] : json::object();
    }
    /// All slices; how many corrections, or releases.
    std::uint64_t run(json members = json::object(), const std::string& what = "events") {
        std::uint64_t count = 0;
        for (;;) {
            const json slice = ask(what, members);
            count += slice[what == "events" ? "corrected" : "released"].get<std::uint64_t>();
            for (const json& change : slice["changes"]) changes.push_back(change);
            if (slice["next"].get<std::string>().empty()) return count;
            members["after"] = slice["next"];
            if (what == "events") members["upto"] = slice["upto"];
        }
    }
    std::vector<json> all_events() {
        const auto lines = await(journal->read({1, journal->live().last}, 64 << 20));
        std::vector<json> all;
        if (!lines) return all;
        for (std::size_t i = 0; i < lines->size(); ++i) all.push_back(json::parse(lines->line(i)));
        return all;
    }
    json last_event() { return all_events().back(); }
    void drop(const std::string& name) {
        settings.privacy.fields = {{name, "", PrivacySettings::Policy::drop}};
        reopen();
    }

    Capture::Settings settings{.intake = test::of_partial_records()};
    test::TempDir dir;
    test::FixedClock clock;
    std::unique_ptr<Journal> journal;
    std::unique_ptr<Capture> capture;
    std::unique_ptr<TaskGroup> running;
    std::vector<json> changes;
};

}  // namespace tillpost
