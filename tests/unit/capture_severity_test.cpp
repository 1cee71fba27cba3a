// SPDX-License-Identifier: Apache-2.0
// What a configuration holds back that no record can say of itself, or that nobody expected.
#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {
namespace {

class CaptureSeverityTest : public CaptureDayTest {
protected:
    CaptureSeverityTest() {
        rules = {{"business_date", {}, Severity::quarantine},
                 {"business_date", {"control"}, Severity::note},
                 {"discrepancy", {"receiving"}, Severity::quarantine}};
        crash();
    }
    static std::string record_of(const std::string& type, int number, const std::string& date) {
        return R"({"type":")" + type + R"(","till":"T01","number":)" + std::to_string(number) +
               R"(,"business_date":")" + date + R"(","time":"2026-11-23T10:00:00Z","action":"x"})";
    }
    json newest() {
        const Sequence last = journal->live().last;
        const auto lines = await(journal->read({last, last}, 1 << 20));
        return lines && !lines->empty() ? json::parse(lines->line(0), nullptr, false) : json();
    }
};

TEST_F(CaptureSeverityTest, ABusinessDateFarOffMayHoldARecordBack) {
    const std::string far = record_of("no_sale", 4, "2026-01-01");
    const Outcome held = outcome_of(far);
    EXPECT_EQ(held.kind, Outcome::Kind::quarantined);
    EXPECT_EQ(held.rule, "business_date");
    EXPECT_EQ(held.field, "/business_date");
    EXPECT_EQ(newest()["data"]["number"], "4");
    const Outcome again = outcome_of(far);
    EXPECT_EQ(again.quarantine_id, held.quarantine_id) << "sent again it gets its first answer";
    EXPECT_EQ(outcome_of(record_of("control", 5, "2026-01-01")).kind, Outcome::Kind::accepted);
    EXPECT_EQ(outcome_of(record_of("no_sale", 6, "2026-11-22")).kind, Outcome::Kind::accepted);
    EXPECT_EQ(outcome_of(R"({"type":"weight","net":"1","unit":"KGM","business_date":"2026-01-01"})").rule,
              "business_date")
        << "what has no business key, too";
}

TEST_F(CaptureSeverityTest, WhatIsRecordedIsNotHeldBackWhenItComesAgainMuchLater) {
    const std::string line = record_of("no_sale", 7, "2026-11-23");
    const Outcome first = outcome_of(line);
    ASSERT_EQ(first.kind, Outcome::Kind::accepted);
    clock.advance(240h);
    const Outcome again = outcome_of(line);
    EXPECT_EQ(again.kind, Outcome::Kind::accepted);
    EXPECT_EQ(again.sequence, first.sequence);
    EXPECT_EQ(outcome_of(record_of("no_sale", 8, "2026-11-23")).kind, Outcome::Kind::quarantined);
}

TEST_F(CaptureSeverityTest, NothingIsHeldBackByAClockThatNobodyHasSet) {
    clock.set_synced(false);
    EXPECT_EQ(outcome_of(record_of("no_sale", 4, "2026-01-01")).kind, Outcome::Kind::accepted);
}

TEST_F(CaptureSeverityTest, AReleasedRecordIsStillMarked) {
    const Outcome held = outcome_of(record_of("no_sale", 4, "2026-01-01"));
    const json decided = decide({{"quarantine.release", {{"id", held.quarantine_id}}}});
    const std::string became = decided["decided"]["became"];
    const Sequence at = std::stoull(became.substr(became.find('-') + 1));
    const auto lines = await(journal->read({at, at}, 1 << 20));
    ASSERT_TRUE(lines && !lines->empty());
    const std::string quality = json::parse(lines->line(0))["quality"];
    EXPECT_NE(quality.find("business_date:/business_date"), std::string::npos) << quality;
}

TEST_F(CaptureSeverityTest, ADiscrepancyMayHoldADeliveryBack) {
    const auto delivery = [](const std::string& number, const std::string& received) {
        return R"({"type":"receiving","document":")" + number +
               R"(","business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","status":"closed","lines":[)"
               R"({"line":1,"item":"7","expected":"10","received":")" +
               received + R"(","accepted":")" + received + R"(","unit":"EA"}]})";
    };
    EXPECT_EQ(outcome_of(delivery("D1", "10")).kind, Outcome::Kind::accepted);
    const Outcome held = outcome_of(delivery("D2", "8"));
    EXPECT_EQ(held.rule, "discrepancy");
    EXPECT_EQ(held.field, "/lines/0/received");
    const std::string detail = newest()["data"]["detail"];
    EXPECT_NE(detail.find("short_2_of_10"), std::string::npos) << detail;
}

TEST_F(CaptureSeverityTest, WhatIsRecordedIsNotHeldBackByARuleThatIsStricterWhenItComesAgain) {
    const std::string delivery =
        R"({"type":"receiving","document":"D2","business_date":"2026-11-23","time":"2026-11-23T10:00:00Z",)"
        R"("status":"closed","lines":[{"line":1,"item":"7","expected":"10","received":"8","accepted":"8","unit":"EA"}]})";
    const std::vector<RuleSetting> strict = std::exchange(rules, {});
    crash();
    const Outcome first = outcome_of(delivery);
    ASSERT_EQ(first.kind, Outcome::Kind::accepted);
    rules = strict;
    crash();
    const Outcome again = outcome_of(delivery);
    EXPECT_EQ(again.kind, Outcome::Kind::accepted) << again.rule;
    EXPECT_EQ(again.sequence, first.sequence);
    std::string other = delivery;
    other.replace(other.find("\"8\""), 3, "\"7\"");
    const Outcome held = outcome_of(other);
    EXPECT_EQ(held.rule, "discrepancy") << "another content under that key";
    EXPECT_EQ(outcome_of(other).quarantine_id, held.quarantine_id);
}

TEST_F(CaptureSeverityTest, PeopleSeeWhatWasComparedAndWhereReadingEnded) {
    (void)outcome_of(
        R"({"type":"receiving","document":"D2","business_date":"2026-11-23","time":"2026-11-23T10:00:00Z",)"
        R"("lines":[{"line":1,"item":"7","expected":"10","received":"8","accepted":"8","unit":"EA"}]})");
    (void)outcome_of(R"({"type":"sale",oops)");
    const char* const parts[] = {"short_2_of_10", "byte 16"};
    QuarantineDesk desk(*capture, *journal);
    const auto ask = [&](const json& request) { return json::parse(await(desk.answer(request.dump(), 0))); };
    const json list = ask({{"quarantine.list", json::object()}})["quarantine"]["records"];
    ASSERT_EQ(list.size(), 2U);
    for (std::size_t at = 0; at < 2; ++at) {
        const std::string listed = list[at]["detail"];
        EXPECT_NE(listed.find(parts[at]), std::string::npos) << listed;
        const std::string shown = ask({{"quarantine.show", {{"id", list[at]["id"]}}}})["record"]["detail"];
        EXPECT_TRUE(shown.starts_with(listed)) << shown;
    }
}

}  // namespace
}  // namespace tillpost
