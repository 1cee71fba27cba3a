// SPDX-License-Identifier: Apache-2.0
// [complete-1] Days of all tills: which is due, which is late, what is kept.
#include <algorithm>

#include "agent/day/ledger_state.hpp"
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
    EXPECT_EQ(book.newest("2026-11-24"), "2026-11-24");
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

// Whatever is late or in quarantine by then: what was certified before says less than the day's end does.
TEST_F(DayTest, ADayThatEndsIsCertifiedWhateverIsPending) {
    for (const char* till : {"T01", "T02", "T03"}) {
        take(sale_on("2026-11-23", till));
        certify("2026-11-23", till);
    }
    take(sale_on("2026-11-23", "T01", "1"));  // late: the certificate has named its number
    book.hold("Q1-1", {"T02", "2026-11-23", "7", "2026-11-23"});
    ASSERT_EQ(book.late().size(), 2U);
    EXPECT_TRUE(book.ended().empty());
    book.end_days("2026-11-23");
    ASSERT_EQ(book.ended().size(), 2U) << "of T03 everything is said";
    const DayBook::Due due = book.ended()[0];
    const auto kept = ledger_from(state_of(ledger()));
    ASSERT_TRUE(kept);
    EXPECT_TRUE(kept->end_waits) << "through a restart";
    certify("2026-11-23", "T01");
    certify("2026-11-23", "T02");
    EXPECT_TRUE(book.ended().empty());
    EXPECT_TRUE(book.late().empty()) << "said with it";
    book.uncertified(due);
    EXPECT_EQ(book.ended().size(), 1U) << "it could not be recorded, and is still the day's end";
    certify("2026-11-23", "T01");
    book.uncertified({due.key, DayBook::Want::late});
    EXPECT_TRUE(book.ended().empty());
    EXPECT_EQ(book.late().size(), 1U);
}

struct HeldCase {
    const char* name;
    HeldRecord record;
    const char* counts;  ///< Of T01 on the 22nd and 23rd, of T02 on the 23rd; "+": T02 has the 22nd, too
};
void PrintTo(const HeldCase& each, std::ostream* out) { *out << each.name; }

class HeldRecordTest : public DayTest, public ::testing::WithParamInterface<HeldCase> {
protected:
    std::string counts(const char* what) {
        std::string text;
        for (const auto& [till, date] :
             {std::pair("T01", "2026-11-22"), {"T01", "2026-11-23"}, {"T02", "2026-11-23"}}) {
            text += std::to_string(certificate_of(ledger(date, till))["counts"][what].get<int>());
        }
        return text + (book.find("T02", "2026-11-22") == nullptr ? "" : "+");
    }
};

TEST_P(HeldRecordTest, CountsWhereItBelongsUntilItIsDecided) {
    take(sale_on("2026-11-22"));
    take(sale_on("2026-11-23"));
    take(sale_on("2026-11-23", "T02"));
    for (const char* const date : {"2026-11-22", "2026-11-23"}) certify(date);
    certify("2026-11-23", "T02");
    const auto count = [](const std::string& text) { return std::count(text.begin(), text.end(), '1'); };
    const std::string expected = GetParam().counts;
    book.hold("Q1-1", GetParam().record);
    book.hold("Q1-1", GetParam().record);
    EXPECT_EQ(counts("quarantined"), expected);
    EXPECT_EQ(static_cast<std::ptrdiff_t>(book.late().size()), count(expected)) << "each gets a revision";
    for (const auto& due : book.late()) certify(due.key.second, due.key.first);
    EXPECT_TRUE(book.late().empty());
    book.decided("Q1-1", GetParam().record, false);
    EXPECT_EQ(counts("quarantined").substr(0, 3), "000");
    EXPECT_EQ(counts("released").substr(0, 3), expected.substr(0, 3));
    EXPECT_EQ(static_cast<std::ptrdiff_t>(book.late().size()), count(expected)) << "and another one";
}

INSTANTIATE_TEST_SUITE_P(
    All, HeldRecordTest,
    ::testing::Values(HeldCase{"its_own_day", {"T01", "2026-11-22", "7", "2026-11-23"}, "100"},
                      HeldCase{"its_own_till", {"T02", "2026-11-23", "7", "2026-11-23"}, "001"},
                      HeldCase{"a_new_day_of_its_till", {"T02", "2026-11-22", "7", "2026-11-23"}, "000+"},
                      HeldCase{"no_till", {"", "2026-11-22", "7", "2026-11-23"}, "011"},
                      HeldCase{"no_date", {"T02", "", "7", "2026-11-22"}, "100"},
                      HeldCase{"a_till_that_nobody_knows", {"T0l", "2026-11-22", "7", "2026-11-23"}, "011"},
                      HeldCase{"a_date_far_off", {"T01", "2062-11-23", "7", "2026-11-23"}, "011"},
                      HeldCase{"a_date_long_ago", {"T01", "2026-11-20", "7", "2026-11-23"}, "011"},
                      HeldCase{"nothing_on_that_day", {"", "", "", "2026-11-25"}, "000"}),
    [](const auto& which) { return which.param.name; });

TEST_F(DayTest, WhatIsThrownAwayNamesItsNumber) {
    take(sale_on("2026-11-23"));
    take(sale_on("2026-11-23", "T01", "3"));
    const HeldRecord record{"T01", "2026-11-23", "2", "2026-11-23"};
    book.hold("Q1-1", record);
    EXPECT_EQ(certificate_now()["numbers"]["missing"], 1);
    book.decided("Q1-1", record, true);
    EXPECT_EQ(certificate_now()["numbers"]["missing"], 0);
    EXPECT_EQ(certificate_now()["missing"],
              nlohmann::json::parse(R"([{"from":"2","to":"2","count":1,"discarded":true}])"));
    EXPECT_EQ(certificate_now()["numbers"]["discarded"], 1);
    EXPECT_EQ(certificate_now()["numbers"]["named_missing"], 0) << "the POS did not miss it";
    EXPECT_EQ(certificate_now()["counts"]["discarded"], 1);
    take(sale_on("2026-11-23", "T01", "2"));
    EXPECT_EQ(certificate_now()["numbers"]["discarded"], 0) << "it came after all";
}

TEST_F(DayTest, MoreThanIsFollowedCountsForEachDay) {
    take(sale_on("2026-11-23"));
    for (std::size_t i = 0; i <= DayBook::most_held; ++i) book.hold("Q1-" + std::to_string(i), {"T02", "", "", "x"});
    EXPECT_EQ(certificate_now()["counts"]["quarantined"], 1);
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
    book.decided("Q1-1", {"", "", "", "2026-11-23"}, true);
    DayBook again;
    again.restore_state(book.state());
    EXPECT_EQ(again.state(), book.state());
    again.restore_state("nonsense");
    EXPECT_EQ(again.state(), book.state());
}

TEST_F(DayTest, WhatMayHaveBeenCountedBeforeKeepsADayFromBeingComplete) {
    take(sale("51", "5.00"), "possible_repeat");
    take(sale("52", "5.00", "EUR", R"(,"mode":"training")"), "possible_repeat");
    take(close("51", "52", "5.00"), "incomplete:/session possible_repeat");
    EXPECT_EQ(certificate_now()["reasons"], nlohmann::json({"possible_repeats"}));
    EXPECT_EQ(certificate_now()["counts"]["possible_repeats"], 2) << "training is no money";
    const auto again = ledger_from(state_of(ledger()));
    ASSERT_TRUE(again);
    EXPECT_EQ(certificate_of(*again), certificate_now());
}

}  // namespace
}  // namespace tillpost::day
