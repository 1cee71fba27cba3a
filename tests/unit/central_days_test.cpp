// SPDX-License-Identifier: Apache-2.0
// [complete-1] Stores assembled from their tills' certificates.
#include <gtest/gtest.h>

#include "agent/central/day_stores.hpp"

namespace tillpost {
namespace {

constexpr const char* first_store = "urn:tillpost:acme:s1:till-1";
constexpr const char* other_store = "urn:tillpost:acme:s2:box";

std::string certificate(const std::string& till, const std::string& date, int revision, bool complete) {
    return R"({"till":")" + till + R"(","business_date":")" + date + R"(","revision":)" + std::to_string(revision) +
           (complete ? R"(,"complete":true,"reasons":[]})"
                     : R"(,"complete":false,"reasons":["differs"],"numbers":{"missing":2},"differences":[)"
                       R"({"of":"tender/cash","currency":"EUR","difference":"-2.50"}]})");
}

TEST(StoreDaysTest, TakesTheNewestRevisionWhateverTheOrder) {
    StoreDays days("2026-11-23");
    days.take(first_store, certificate("T01", "2026-11-23", 2, true));
    days.take(first_store, certificate("T01", "2026-11-23", 1, false));
    ASSERT_EQ(days.tills().size(), 1U);
    EXPECT_EQ(days.tills()[0].revision, 2U);
    EXPECT_TRUE(all_complete(days.tills()));
    days.take(first_store, certificate("T01", "2026-11-23", 3, false));
    EXPECT_FALSE(all_complete(days.tills()));
    EXPECT_EQ(table_of(days),
              "acme/s1: NOT complete, 0 of 1 till are; 2 numbers missing; closing - captured: tender/cash -2.50 EUR\n"
              "  acme/s1 T01: NOT complete: differs, revision 3, 2 numbers missing; closing - captured: tender/cash "
              "-2.50 EUR\n2026-11-23: 1 tills, 0 complete, 0 never reported\n");
}

TEST(StoreDaysTest, MissesTheTillsThatReportedBeforeAndThoseExpected) {
    StoreDays days("2026-11-23");
    days.take(first_store, certificate("T01", "2026-11-23", 1, true));
    days.take(first_store, certificate("T02", "2026-11-22", 1, true));
    days.take(other_store, certificate("T01", "2026-11-24", 1, true));
    days.expect("acme/s3", "K1");
    EXPECT_EQ(table_of(days),
              "acme/s1: NOT complete, 1 of 2 tills is; never reported: T02\n"
              "  acme/s1 T01: complete, revision 1\n  acme/s1 T02: never reported\n"
              "acme/s3: never reported, 1 till known: K1\n  acme/s3 K1: never reported\n"
              "2026-11-23: 3 tills, 1 complete, 2 never reported\n");
    EXPECT_FALSE(all_complete(days.tills()));
}

TEST(StoreDaysTest, TheNewestDateIsTheDefaultAndNothingIsNotComplete) {
    StoreDays days("");
    EXPECT_FALSE(all_complete(days.tills()));
    EXPECT_EQ(table_of(days), "no certificates\n");
    days.take(first_store, certificate("T01", "2026-11-22", 1, true));
    days.take(first_store, certificate("T01", "2026-11-23", 1, true));
    EXPECT_EQ(days.date(), "2026-11-23");
    EXPECT_TRUE(all_complete(days.tills()));
}

TEST(StoreDaysTest, CountsWhatIsNoCertificateAndPrintsNothingHarmful) {
    StoreDays days("2026-11-23");
    for (const char* text : {"", "{}", "7", R"({"till":"T","business_date":1,"revision":1})",
                             R"({"till":"T","business_date":"2026-11-23","revision":-1})"}) {
        days.take(first_store, text);
    }
    EXPECT_EQ(days.unreadable(), 5U);
    days.take(first_store, certificate("T\\u001b[2J", "2026-11-23", 1, true));
    EXPECT_EQ(table_of(days).find('\x1b'), std::string::npos);
    EXPECT_EQ(store_of("urn:tillpost:acme:s1:till-1"), "acme/s1");
    EXPECT_EQ(store_of("urn:other"), "urn:other");
}

struct StoreCase {
    const char* name;
    std::vector<StoreDays::Till> tills;
    const char* line;
};
void PrintTo(const StoreCase& each, std::ostream* out) { *out << each.name; }

StoreDays::Till reported(const std::string& name, bool complete, std::vector<StoreDays::Difference> differences = {},
                         std::uint64_t missing = 0) {
    return {"acme/s1", name, first_store, 1, complete, {}, missing, 0, 0, std::move(differences)};
}

class StoreLineTest : public ::testing::TestWithParam<StoreCase> {};

TEST_P(StoreLineTest, SaysWhatIsToBeSaidOfAllItsTills) {
    const auto stores = stores_of(GetParam().tills);
    ASSERT_EQ(stores.size(), 1U);
    EXPECT_EQ(line_of(stores[0]), GetParam().line);
}

const StoreDays::Till silent_till{"acme/s1", "T9", "", 0, false, {}, 0, 0, 0, {}};
using Differences = std::vector<StoreDays::Difference>;

INSTANTIATE_TEST_SUITE_P(
    All, StoreLineTest,
    ::testing::Values(
        StoreCase{"complete", {reported("T1", true), reported("T2", true)}, "acme/s1: complete, 2 tills"},
        StoreCase{"silent", {silent_till}, "acme/s1: never reported, 1 till known: T9"},
        StoreCase{"one_silent",
                  {reported("T1", true), silent_till},
                  "acme/s1: NOT complete, 1 of 2 tills is; never reported: T9"},
        StoreCase{"numbers",
                  {reported("T1", false, {}, 3), reported("T2", false, {}, 4)},
                  "acme/s1: NOT complete, 0 of 2 tills are; 7 numbers missing"},
        StoreCase{"differences_add_up",
                  {reported("T1", false, Differences{{"tender/cash", "EUR", "-2.50"}, {"count/sales", "", "1"}}),
                   reported("T2", false, Differences{{"tender/cash", "EUR", "-1.2"}, {"tender/cash", "CHF", "9"}})},
                  "acme/s1: NOT complete, 0 of 2 tills are; closing - captured: tender/cash -3.70 EUR, count/sales +1, "
                  "tender/cash +9 CHF"},
        StoreCase{"differences_never_outweigh_one_another",
                  {reported("T1", false, Differences{{"tender/cash", "EUR", "100.00"}}),
                   reported("T2", false, Differences{{"tender/cash", "EUR", "-100.00"}}),
                   reported("T3", false, Differences{{"tender/cash", "EUR", "-1.49"}})},
                  "acme/s1: NOT complete, 0 of 3 tills are; closing - captured: tender/cash +100.00 and -101.49 EUR"},
        StoreCase{"differences_that_are_none",
                  {reported("T1", false, Differences{{"tender/cash", "EUR", "x"}}),
                   reported("T2", false, Differences{{"tender/cash", "EUR", "2.50"}})},
                  "acme/s1: NOT complete, 0 of 2 tills are; closing - captured: tender/cash ? EUR"}),
    [](const auto& which) { return which.param.name; });

TEST(StoreDaysTest, SaysWhichSumsAClosingFits) {
    StoreDays days("2026-11-23");
    days.take(first_store, R"({"till":"T01","business_date":"2026-11-23","revision":2,"complete":true,"reasons":[],)"
                           R"("closings_fit":"captured"})");
    EXPECT_NE(table_of(days).find("acme/s1 T01: complete, revision 2; closing fits what was captured, before it was "
                                  "corrected\n"),
              std::string::npos)
        << table_of(days);
    EXPECT_NE(json_of(days).find(R"("closings_fit":"captured")"), std::string::npos);
}

TEST(StoreDaysTest, WhatIsCountedHasNoCurrency) {
    StoreDays days("2026-11-23");
    days.take(first_store, R"({"till":"T01","business_date":"2026-11-23","revision":1,"complete":false,"differences":[)"
                           R"({"of":"count/sales","currency":"EUR","difference":"1"},)"
                           R"({"of":"tender/cash","currency":"EUR","difference":"-2.50"}]})");
    ASSERT_EQ(days.tills().size(), 1U);
    EXPECT_EQ(days.tills()[0].differences, (Differences{{"count/sales", "", "1"}, {"tender/cash", "EUR", "-2.50"}}));
    EXPECT_NE(json_of(days).find(R"("differences":[{"of":"count/sales","above":"1","below":"0"},)"
                                 R"({"of":"tender/cash","currency":"EUR","above":"0","below":"-2.50"}]})"),
              std::string::npos)
        << json_of(days);
}

TEST(StoreDaysTest, ProgramsGetTheStoresToo) {
    StoreDays days("2026-11-23");
    days.take(first_store, certificate("T01", "2026-11-23", 1, false));
    days.take(other_store, certificate("T01", "2026-11-23", 1, true));
    days.expect("acme/s1", "T02");
    EXPECT_NE(json_of(days).find(R"("stores":[{"store":"acme/s1","complete":false,"tills":2,"complete_tills":0,)"
                                 R"("never_reported":["T02"],"missing":2,"differences":[{"of":"tender/cash",)"),
              std::string::npos)
        << json_of(days);
    EXPECT_NE(json_of(days).find(R"({"store":"acme/s2","complete":true,"tills":1,)"), std::string::npos);
}

std::string coverage(const std::string& till, const std::string& upto, int down) {
    return R"({"device":"feed",)" + (till.empty() ? "" : R"("till":")" + till + R"(",)") +
           R"("business_date":"2026-11-23","upto":")" + upto + R"(","seconds":{"heard":36000,"silent":0,)" +
           R"("unconnected":1800,"down":)" + std::to_string(down) + R"(,"unknown":0}})";
}

TEST(StoreDaysTest, SaysWhenAFeedWasNotHeard) {
    StoreDays days("2026-11-23");
    days.take(first_store, certificate("T01", "2026-11-23", 1, true));
    days.take_coverage(first_store, coverage("", "2026-11-24T03:00:00.000Z", 5400));
    days.take_coverage(first_store, coverage("", "2026-11-23T19:00:00.000Z", 0));  // came later, says less
    days.take_coverage(first_store, coverage("T01\\u001b", "2026-11-24T03:00:00.000Z", 0));
    EXPECT_EQ(table_of(days),
              "acme/s1: complete, 1 till\n"
              "  acme/s1 T01: complete, revision 1\n"
              "acme/s1 feed feed: heard 10 h 0 min, unconnected 30 min, down 1 h 30 min of its trading hours until "
              "2026-11-24T03:00:00.000Z\n"
              "acme/s1 feed feed till T01?: heard 10 h 0 min, unconnected 30 min of its trading hours until "
              "2026-11-24T03:00:00.000Z\n"
              "2026-11-23: 1 tills, 1 complete, 0 never reported\n");
    EXPECT_NE(json_of(days).find(R"("seconds":{"heard":36000,"silent":0,"unconnected":1800,"down":5400,"unknown":0})"),
              std::string::npos)
        << json_of(days);
    EXPECT_TRUE(all_complete(days.tills())) << "an outage makes no day incomplete";
    for (const char* text : {"", "[]", "{}", R"({"device":"feed","business_date":"2026-11-23","upto":"x"})"}) {
        days.take_coverage(first_store, text);
    }
    EXPECT_EQ(days.unreadable(), 4U);
}

}  // namespace
}  // namespace tillpost
