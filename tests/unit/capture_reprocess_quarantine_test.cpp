// SPDX-License-Identifier: Apache-2.0
// What `tillpost reprocess` does with what is in quarantine: released once if nothing holds it back any more, left
// where a person has to decide.
#include "tests/unit/capture_reprocess_fixture.hpp"

namespace tillpost {
namespace {

TEST_F(CaptureReprocessTest, WhatIsHeldBackNoLongerIsReleasedOnce) {
    settings.severities = Severities({{"mode", {}, Severity::quarantine}, {"time", {}, Severity::quarantine}});
    reopen();
    send(sale(1, R"(,"mode":"tests")"));
    send(R"({"type":"other","time":"noon"})");
    send("no json");
    settings.severities = Severities({{"time", {}, Severity::quarantine}});
    reopen();
    EXPECT_EQ(run({{"dry_run", true}}, "quarantine"), 1U);
    EXPECT_EQ(journal->quarantined(), 3);
    EXPECT_EQ(run({{"rule", "time"}}, "quarantine"), 0U);
    EXPECT_EQ(run({{"actor", "p-1"}}, "quarantine"), 1U);
    EXPECT_EQ(journal->quarantined(), 2);
    EXPECT_EQ(run(json::object(), "quarantine"), 0U);
    const std::vector<json> all = all_events();
    EXPECT_EQ(all[3]["quality"], "mode:/mode");
    EXPECT_EQ(all[4]["type"], "tillpost.released.v1");
    EXPECT_EQ(all[4]["data"]["reason"], "a new template");
    EXPECT_EQ(all[4]["data"]["actor"], "p-1");
    EXPECT_EQ(all[4]["data"]["user"], 1000);
}

TEST_F(CaptureReprocessTest, WhatWouldCountBesideAnotherEventWaitsForAPerson) {  // [human-1]
    settings.severities = Severities({{"mode", {}, Severity::quarantine}});
    reopen();
    send(sale(1));
    const std::string first = event_id(journal->live().epoch, journal->live().last);
    const std::string held = send(sale(1, R"(,"mode":"tests")")).quarantine_id;
    send(sale(2, R"(,"mode":"tests")"));
    const std::string second = send(sale(2, R"(,"mode":"tests","shift":"late")")).quarantine_id;
    settings.severities = Severities();
    reopen();
    const Sequence last = journal->live().last;
    const json would = ask("quarantine", {{"dry_run", true}});
    EXPECT_EQ(would["released"], 1) << would;
    EXPECT_EQ(would["waiting"], 2);
    EXPECT_EQ(would["changes"][0]["event"], held);
    EXPECT_EQ(would["changes"][0]["beside"], first);
    EXPECT_FALSE(would["changes"][1].contains("beside"));
    EXPECT_EQ(would["changes"][2]["beside"], would["changes"][1]["event"]) << "which would be released before it";
    EXPECT_EQ(journal->live().last, last) << "a dry run records nothing";
    EXPECT_EQ(journal->quarantined(), 3);

    const json done = ask("quarantine", json::object());
    EXPECT_EQ(done["released"], 1) << done;
    EXPECT_EQ(done["waiting"], 2);
    EXPECT_EQ(done["changes"][0]["by"], "") << "it became nothing";
    EXPECT_EQ(done["changes"][2]["event"], second);
    EXPECT_EQ(done["changes"][2]["beside"], done["changes"][1]["by"]);
    EXPECT_EQ(run(json::object(), "quarantine"), 0U);
    EXPECT_EQ(journal->quarantined(), 2);
    EXPECT_EQ(journal->live().last, last + 2) << "the one that is released, and who released it";
    send(sale(2, R"(,"mode":"tests")"));
    EXPECT_EQ(journal->live().last, last + 2) << "it gets its first answer: a dry run has left no key behind";

    QuarantineDesk desk(*capture, *journal);
    const json request{{"quarantine.release", {{"id", held}, {"reason", "two sales"}}}};
    const json decided = json::parse(await(desk.answer(request.dump(), 1000)));
    EXPECT_EQ(decided["decided"]["beside"], first) << decided;
    const std::vector<json> all = all_events();
    EXPECT_EQ(all[all.size() - 2]["quality"], "mode:/mode conflict");
    EXPECT_EQ(all[all.size() - 2]["correlationid"], first);
}

TEST_F(CaptureReprocessTest, ADryRunReleasesNoReturnThatWouldBeHeldBackAgain) {
    const std::string goods = R"({"line":1,"kind":"goods","item":"7","amount":"1","direction":)";
    const std::string day =
        R"("till":"T01","business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","currency":"EUR")";
    settings.severities =
        Severities({{"mode", {}, Severity::quarantine}, {"return_quantity", {}, Severity::quarantine}});
    reopen();
    send(R"({"type":"sale","number":1,)" + day + R"(,"lines":[)" + goods + R"("sale","quantity":1}]})");
    send(R"({"type":"return","mode":"tests","number":2,)" + day + R"(,"lines":[)" + goods +
         R"("return","quantity":9,"original":{"till":"T01","business_date":"2026-11-23","number":1,"line":1}}]})");
    ASSERT_EQ(journal->quarantined(), 1);
    settings.severities = Severities({{"return_quantity", {}, Severity::quarantine}});
    reopen();
    EXPECT_EQ(run({{"dry_run", true}}, "quarantine"), 0U);
    EXPECT_EQ(run(json::object(), "quarantine"), 0U);
    EXPECT_EQ(journal->quarantined(), 1);
}

TEST_F(CaptureReprocessTest, ASeverityTakesNothingBackThatHasTravelled) {  // [human-1]
    send(sale(1, R"(,"mode":"tests")"));
    settings.severities = Severities({{"mode", {}, Severity::quarantine}});
    reopen();
    const json slice = ask("events", json::object());
    EXPECT_EQ(slice["corrected"], 0);
    EXPECT_EQ(slice["held_back"], 1);
    EXPECT_EQ(journal->quarantined(), 0);
}

}  // namespace
}  // namespace tillpost
