// SPDX-License-Identifier: Apache-2.0
// [complete-1] Stores assembled from their tills' certificates.
#include <gtest/gtest.h>

#include "agent/central/days.hpp"

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
              "acme/s1 T01: NOT complete: differs, revision 3, 2 numbers missing; closing - captured: tender/cash "
              "-2.50 EUR\n2026-11-23: 1 tills, 0 complete, 0 never reported\n");
}

TEST(StoreDaysTest, MissesTheTillsThatReportedBeforeAndThoseExpected) {
    StoreDays days("2026-11-23");
    days.take(first_store, certificate("T01", "2026-11-23", 1, true));
    days.take(first_store, certificate("T02", "2026-11-22", 1, true));
    days.take(other_store, certificate("T01", "2026-11-24", 1, true));
    days.expect("acme/s3", "K1");
    EXPECT_EQ(table_of(days),
              "acme/s1 T01: complete, revision 1\nacme/s1 T02: never reported\nacme/s3 K1: never reported\n"
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
              "acme/s1 T01: complete, revision 1\n"
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
