// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/cli/quarantine_view.hpp"
#include "agent/cli/reprocess_view.hpp"

namespace tillpost::cli {
namespace {

using nlohmann::json;

json record() {
    return {{"id", "Q1-42"},
            {"event", "5f2c9a3b7d1e4f60-0000000000000042"},
            {"about", ""},
            {"recorded", "2026-11-23T10:15:30.123Z"},
            {"device", "feed"},
            {"rule", "totals"},
            {"field", "/totals/gross"},
            {"type", "sale"},
            {"class", "critical"},
            {"amount", "9.99"},
            {"currency", "EUR"},
            {"till", "T01"},
            {"number", "42"},
            {"business_date", "2026-11-23"},
            {"size", 20U}};
}

TEST(QuarantineViewTest, ShowsARecordInARow) {
    EXPECT_EQ(quarantine_row(record(), "2026-11-23T10:18:35Z"),
              "Q1-42     3 min 5 s     critical  sale        T01     42        2026-11-23  9.99 EUR      "
              "totals:/totals/gross, "
              "feed\n");
    EXPECT_EQ(
        quarantine_head(),
        "ID        AGE           CLASS     TYPE        TILL    NUMBER    DATE        AMOUNT        RULE, DEVICE\n");
}

TEST(QuarantineViewTest, SaysWhyBelowIt) {
    json told = record();
    told["detail"] = "the rule totals is broken (9.98_not_3.98_by_lines)";
    EXPECT_TRUE(
        quarantine_row(told, "").ends_with(", feed\n            the rule totals is broken (9.98_not_3.98_by_lines)\n"));
    EXPECT_NE(quarantine_details(told, "").find("\nWhy          the rule totals is broken (9.98_not_3.98_by_lines)\n"),
              std::string::npos);
    told["detail"] = "";
    EXPECT_EQ(quarantine_row(told, ""), quarantine_row(record(), ""));
}

TEST(QuarantineViewTest, SaysWhichWayOutThereIsForWhatIsTooLarge) {  // [end-1]
    json large = record();
    large["rule"] = "larger_than_packet";
    const std::string words =
        "`tillpost journal export` takes it to central on a stick; or raise the broker's limit and release it";
    EXPECT_TRUE(quarantine_row(large, "").ends_with(", feed\n            " + words + "\n"))
        << quarantine_row(large, "");
    EXPECT_NE(quarantine_details(large, "").find("\nTo do        " + words + "\n"), std::string::npos);
    large["decision"] = "released";
    EXPECT_EQ(quarantine_details(large, "").find("To do"), std::string::npos);
    EXPECT_EQ(quarantine_details(record(), "").find("To do"), std::string::npos);
}

TEST(QuarantineViewTest, ShowsWhatIsMissingAsMissing) {
    EXPECT_EQ(quarantine_row(json::object(), "2026-11-23T10:18:35Z"),
              "-         -             -         -           -       -         -           -             -, -\n");
    EXPECT_EQ(quarantine_row({{"id", 7}, {"recorded", "then"}}, ""), quarantine_row(json::object(), ""));
    EXPECT_EQ(quarantine_details(json::object(), ""), "Size         - bytes\n");
}

TEST(QuarantineViewTest, LetsNothingOfARecordCommandTheTerminal) {
    json hostile = record();
    for (auto& [name, value] : hostile.items()) {
        if (value.is_string()) value = "\x1b[2J\n";
    }
    const std::string shown = quarantine_row(hostile, "") + quarantine_details(hostile, "a\x1b[2J\xff\nb");
    EXPECT_EQ(shown.find('\x1b'), std::string::npos);
    EXPECT_EQ(shown.find('\xff'), std::string::npos);
    EXPECT_TRUE(shown.ends_with("\n\na\\x1b[2J\\xff\nb\n")) << shown;
}

TEST(QuarantineViewTest, ShowsWhoDecided) {
    json decided = record();
    decided["decision"] = "discarded";
    decided["decided"] = "2026-11-24T08:00:00.000Z";
    decided["user"] = 1000U;
    decided["actor"] = "p-1";
    EXPECT_NE(quarantine_details(decided, "").find("discarded at 2026-11-24T08:00:00.000Z by user 1000 (p-1)\n"),
              std::string::npos);
}

TEST(QuarantineViewTest, SaysWhatADecisionCameTo) {
    json decided{{"id", "Q1-42"}, {"event", "e-3"}, {"became", "e-2"}, {"repeat", false}};
    EXPECT_EQ(decision_words(decided, "released"), "Q1-42 is released: it travels as event e-2; event e-3 says so\n");
    decided["repeat"] = true;
    EXPECT_EQ(decision_words(decided, "corrected"),
              "Q1-42 is corrected: it was recorded already, as event e-2; event e-3 says so\n");
    decided["became"] = "";
    EXPECT_EQ(decision_words(decided, "discarded"), "Q1-42 is discarded; event e-3 says so\n");
}

TEST(QuarantineViewTest, SaysThatWhatIsReleasedCountsBesideAnother) {
    const json decided{{"id", "Q1-42"}, {"event", "e-3"}, {"became", "e-2"}, {"repeat", false}, {"beside", "e-1"}};
    EXPECT_EQ(decision_words(decided, "released"),
              "Q1-42 is released: it travels as event e-2, marked conflict: event e-1 has its business key already and "
              "says something else; both count, until a correction says otherwise; event e-3 says so\n");
}

TEST(ReprocessViewTest, SaysWhatIsTooLargeForTheBroker) {
    const json change{{"event", "e-7"},   {"type", "sale"},    {"subject", "pos/T01/2026-11-23/80"},
                      {"what", {"data"}}, {"before", "ok"},    {"after", "ok"},
                      {"by", ""},         {"too_large", 5000U}};
    EXPECT_EQ(change_words(change, false),
              "e-7  sale  pos/T01/2026-11-23/80  NOT corrected: it would be larger than what the broker takes "
              "(5000 bytes): data\n");
    EXPECT_NE(change_words(change, true).find("  would NOT be corrected: "), std::string::npos);
    UnlistedChanges unlisted;
    unlisted.add(change);
    EXPECT_NE(unlisted_words(unlisted).find("1  sale: NOT corrected, too large for the broker\n"), std::string::npos);
    ReprocessTotals totals;
    totals.add(json{{"looked", 3U}, {"too_large", 1U}});
    const std::string words = totals_words(totals, false);
    EXPECT_NE(words.find("\n1 event NOT corrected\n"), std::string::npos) << words;
    EXPECT_NE(words.find("maximum packet size"), std::string::npos) << words;
    EXPECT_EQ(words.find("Nothing"), std::string::npos) << words;
    EXPECT_NE(totals_json(totals, false).find(R"("too_large":1)"), std::string::npos);
}

TEST(ReprocessViewTest, SaysWhatWaitsAndWhatToDo) {
    const json change{{"event", "Q1-7"},       {"type", "sale"},   {"subject", "pos/T01/2026-11-23/80"},
                      {"what", json::array()}, {"before", "mode"}, {"beside", "e-1"}};
    EXPECT_EQ(change_words(change, true),
              "Q1-7  sale  pos/T01/2026-11-23/80  would wait: event e-1 has this business key already and says "
              "something else (held back by mode)\n");
    EXPECT_NE(change_words(change, false).find("/80  waits: event e-1 "), std::string::npos);
    UnlistedChanges unlisted;
    unlisted.add(change);
    EXPECT_NE(unlisted_words(unlisted).find("1  sale: waits, an event has its business key already\n"),
              std::string::npos);
    ReprocessTotals totals;
    totals.add(json{{"looked", 3U}, {"waiting", 2U}});
    const std::string words = totals_words(totals, false);
    EXPECT_NE(words.find("\n2 records wait\n"), std::string::npos) << words;
    EXPECT_NE(words.find("tillpost quarantine show"), std::string::npos) << words;
    EXPECT_EQ(words.find("Nothing is another event"), std::string::npos) << words;
    EXPECT_EQ(json::parse(totals_json(totals, false))["waiting"], 2);
}

}  // namespace
}  // namespace tillpost::cli
