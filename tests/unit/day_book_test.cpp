// SPDX-License-Identifier: Apache-2.0
// [complete-1] Days of all tills: which is due, which is late, what is kept.
#include "tests/unit/day_support.hpp"

namespace tillpost::day {
namespace {

std::string sale_on(const std::string& date, const std::string& till = "T01", const std::string& number = "1") {
    return R"({"type":"sale","till":")" + till + R"(","number":)" + number + R"(,"business_date":")" + date +
           R"(","time":"2026-11-24T00:30:00Z","currency":"EUR","lines":[],"tenders":[],)" +
           R"("totals":{"net":0,"tax":0,"gross":0}})";
}

TEST_F(DayTest, TheBusinessDateCountsNotTheClock) {
    take(sale_on("2026-11-23"));  // half past midnight, still of the day before
    take(sale_on("2026-11-24"));
    EXPECT_EQ(ledger("2026-11-23").events, 1U);
    EXPECT_EQ(ledger("2026-11-24").events, 1U);
    EXPECT_EQ(book.newest(), "2026-11-24");
}

TEST_F(DayTest, ADayThatIsOverGetsACertificateOnce) {
    take(sale_on("2026-11-23"));
    take(sale_on("2026-11-24"));
    EXPECT_TRUE(book.ended().empty());
    book.end_days("2026-11-23");
    ASSERT_EQ(book.ended().size(), 1U);
    EXPECT_EQ(book.ended()[0].key, DayBook::Key("T01", "2026-11-23"));
    certify("2026-11-23");
    EXPECT_TRUE(book.ended().empty());
    book.end_days("2026-11-22");
    EXPECT_EQ(book.ended_upto(), "2026-11-23") << "a clock that goes back opens no day";
    take(sale_on("2026-11-23", "T01", "2"));
    EXPECT_EQ(book.late().size(), 1U) << "its day is over, though its number is new";
    EXPECT_TRUE(book.ended().empty()) << "a late event waits for a quiet minute instead";
}

TEST_F(DayTest, CountsWhatIsInQuarantineForTheDateOfItsArrival) {
    take(sale_on("2026-11-23"));
    book.quarantined("2026-11-23");
    EXPECT_EQ(certificate_now()["counts"]["quarantined"], 1);
    take(sale_on("2026-11-24"));
    EXPECT_EQ(certificate_now("2026-11-24")["counts"]["quarantined"], 0);
}

TEST_F(DayTest, SaysWhenItBeganWithinTheDay) {
    book.began(WallTime(Millis(1'795'428'930'123)), "2026-11-23");
    take(sale_on("2026-11-23"));
    take(sale_on("2026-11-24"));
    EXPECT_EQ(certificate_now("2026-11-23")["since"], "2026-11-23T10:15:30.123Z");
    EXPECT_FALSE(certificate_now("2026-11-24").contains("since"));
}

TEST_F(DayTest, IsBoundedAndNeverBeginsASealedDayAnew) {
    for (int day = 1; day <= 20; ++day) {
        take(sale_on(std::string("2026-11-") + (day < 10 ? "0" : "") + std::to_string(day)));
    }
    EXPECT_EQ(book.ledgers().size(), DayBook::days_of_till);
    EXPECT_EQ(book.find("T01", "2026-11-06"), nullptr);
    take(sale_on("2026-11-03"));
    EXPECT_EQ(book.find("T01", "2026-11-03"), nullptr);
    EXPECT_EQ(book.sealed_events(), 1U);
    for (int till = 0; till < 700; ++till) take(sale_on("2026-11-20", "X" + std::to_string(till)));
    EXPECT_LE(book.ledgers().size(), DayBook::most_ledgers);
}

TEST_F(DayTest, GivesWhatChangedOnce) {
    take(sale_on("2026-11-23"));
    take(sale_on("2026-11-23", "T02"));
    EXPECT_EQ(book.take_changes().size(), 2U);
    EXPECT_TRUE(book.take_changes().empty());
    take(sale_on("2026-11-23", "T02", "2"));
    ASSERT_EQ(book.take_changes().size(), 1U);
}

TEST_F(DayTest, ItsStateSurvives) {
    for (int day = 10; day <= 25; ++day) take(sale_on("2026-11-" + std::to_string(day)));
    book.end_days("2026-11-23");
    book.quarantined("2026-11-23");
    DayBook again;
    again.restore_state(book.state());
    EXPECT_EQ(again.state(), book.state());
    again.restore_state("nonsense");
    EXPECT_EQ(again.state(), book.state());
}

}  // namespace
}  // namespace tillpost::day
