// SPDX-License-Identifier: Apache-2.0
// [complete-1] Which days have a place in a book: dates against the clock, tills against one another.
#include "tests/unit/day_support.hpp"

namespace tillpost::day {
namespace {

std::string no_sale(const std::string& date, const std::string& till = "T01", int number = 1,
                    const std::string& store = "") {
    return R"({"type":"no_sale","till":")" + till + R"(","number":)" + std::to_string(number) +
           R"(,"business_date":")" + date + R"(","time":"2026-11-23T10:00:00Z","reason":"x")" +
           (store.empty() ? "" : R"(,"store":")" + store + "\"") + "}";
}

std::string january(int day) { return std::string("2062-01-") + (day < 10 ? "0" : "") + std::to_string(day); }

struct BelievedCase {
    const char* name;
    const char* clock;
    bool sure;
    const char* date;
    bool believed;
};
void PrintTo(const BelievedCase& each, std::ostream* out) { *out << each.name; }

/// A till that has the 22nd, which is closed, and the 23rd, both believed when they came.
class BelievedTest : public DayTest, public ::testing::WithParamInterface<BelievedCase> {};

TEST_P(BelievedTest, ByClockAndUsualDays) {
    book.set_today("2026-11-23", true);
    take(no_sale("2026-11-22"));
    take(R"({"type":"till_close","till":"T01","business_date":"2026-11-22","time":"2026-11-22T20:00:00Z","session":1,)"
         R"("currency":"EUR","first_number":1,"last_number":1,"tenders":[]})");
    take(no_sale("2026-11-23"));
    book.set_today(GetParam().clock, GetParam().sure);
    EXPECT_EQ(book.is_believed({"T01", GetParam().date}), GetParam().believed);
}

INSTANTIATE_TEST_SUITE_P(
    All, BelievedTest,
    ::testing::Values(BelievedCase{"today", "2026-11-23", true, "2026-11-23", true},
                      BelievedCase{"the_day_after_tomorrow", "2026-11-23", true, "2026-11-25", true},
                      BelievedCase{"later", "2026-11-23", true, "2026-11-26", false},
                      BelievedCase{"long_ago", "2026-11-23", true, "1970-01-01", true},
                      BelievedCase{"that_was_believed_by_a_clock_that_is_set_back", "2026-11-01", true, "2026-11-23",
                                   false},
                      BelievedCase{"that_was_believed_at_1970", "1970-01-01", false, "2026-11-23", true},
                      BelievedCase{"behind_a_closed_one_at_1970", "1970-01-01", false, "2026-11-29", true},
                      BelievedCase{"long_behind_a_closed_one_at_1970", "1970-01-01", false, "2026-11-30", false},
                      BelievedCase{"far_off_at_1970", "1970-01-01", false, "2062-01-01", false},
                      BelievedCase{"by_a_clock_that_leaps", "2062-01-01", true, "2062-01-01", false},
                      BelievedCase{"by_another_one", "2026-12-24", true, "2026-12-24", true}),
    [](const auto& which) { return which.param.name; });

TEST_F(DayTest, ALeapCountsWhenItLastsOverADaysEnd) {
    book.set_today("2026-11-23", true);
    take(no_sale("2026-11-23"));
    book.set_today("2027-03-01", true);
    EXPECT_FALSE(book.is_believed({"T01", "2027-03-01"}));
    DayBook again;  // through a restart
    again.restore(ledger());
    again.restore_state(book.state());
    again.set_today("2027-03-01", true);
    EXPECT_FALSE(again.is_believed({"T01", "2027-03-01"}));
    again.set_today("2027-03-02", true);
    EXPECT_TRUE(again.is_believed({"T01", "2027-03-02"}));
    book.set_today("2026-11-23", true);
    book.set_today("2027-03-02", true);
    EXPECT_FALSE(book.is_believed({"T01", "2027-03-02"})) << "it went back meanwhile";
}

TEST_F(DayTest, OddDatesHaveAFewPlacesOfTheirOwn) {
    book.set_today("2026-11-23", true);
    for (int day = 1; day <= 30; ++day) take(no_sale(january(day)));
    for (int day = 1; day <= 23; ++day)
        take(no_sale(std::string("2026-11-") + (day < 10 ? "0" : "") + std::to_string(day)));
    EXPECT_EQ(book.ledgers().size(), DayBook::days_of_till + DayBook::odd_days_of_till);
    EXPECT_EQ(book.newest("2026-11-23"), "2026-11-23");
    EXPECT_EQ(book.unbelieved().events, 26U);
    EXPECT_EQ(book.unbelieved().named.size(), DayBook::Beyond::most_named);
    take(no_sale(january(4)));
    EXPECT_EQ(book.unbelieved().events, 27U) << "what lost its place is not begun anew";
    EXPECT_EQ(book.sealed_events(), 0U);
    take(no_sale("2026-11-02"));
    EXPECT_EQ(book.sealed_events(), 1U);
    EXPECT_FALSE(book.is_late(*std::get<Event>(intake.parse(no_sale("2026-11-24"))).day)) << "nothing later is sealed";
}

TEST_F(DayTest, ThoseThatSayLeastMakeRoom) {
    book.set_today("1970-01-01", false);
    for (int number = 1; number < 9; ++number) take(no_sale("2026-11-23", "T01", number));
    for (int day = 1; day <= 15; ++day) {
        for (int number = 1; number < 4; ++number) take(no_sale(january(day), "T01", number));
        EXPECT_NE(book.find("T01", "2026-11-23"), nullptr) << day;
    }
}

TEST_F(DayTest, TillsBeyondThoseThatFitGetNone) {
    book.set_today("2026-11-23", true);
    take(no_sale("2026-11-10", "OLD"));
    certify("2026-11-10", "OLD");
    take(no_sale("2026-11-09", "OLDER"));
    take(no_sale(january(1), "ODD"));
    const auto till = [](int number) { return "u" + std::to_string(1000 + number); };
    for (int i = 0; i < 600; ++i) take(no_sale("2026-11-23", till(i)));
    EXPECT_EQ(book.ledgers().size(), DayBook::most_ledgers);
    EXPECT_NE(book.find(till(511), "2026-11-23"), nullptr) << "in the place of the odd and the old ones";
    EXPECT_EQ(book.find(till(512), "2026-11-23"), nullptr);
    EXPECT_EQ(book.unbelieved().named, (std::map<DayBook::Key, std::uint64_t>{{{"ODD", january(1)}, 1}}));
    EXPECT_EQ(book.crowded_out().events, 88U + 1U) << "and the old one of which no certificate tells";
    EXPECT_EQ(book.crowded_out().named.count({"OLDER", "2026-11-09"}), 1U);
    EXPECT_EQ(book.crowded_out().named.count({"OLD", "2026-11-10"}), 0U);
    take(no_sale(january(2), "u1001"));
    EXPECT_EQ(book.find("u1001", january(2)), nullptr);
    take(no_sale("2026-11-25", "NEW"));
    EXPECT_EQ(book.find("NEW", "2026-11-25"), nullptr) << "a date ahead takes no place of today's";
    for (int i = 0; i < 512; ++i) certify("2026-11-23", till(i));
    book.set_today("2026-11-25", true);
    take(no_sale("2026-11-25", "NEW"));
    EXPECT_NE(book.find("NEW", "2026-11-25"), nullptr);
    DayBook again;
    again.restore_state(book.state());
    EXPECT_EQ(again.state(), book.state());
}

TEST_F(DayTest, NamesOfTillsAreNotTakenForStores) {
    for (const auto& [store, till] :
         {std::pair("", "T01"), {"99", "T01"}, {"9/9%", "T\x1f"}, {"", "\x1fT\x1f"}, {"", "99/T01"}}) {
        const TillOfStore of = till_from_text(till_text(store, till));
        EXPECT_EQ(of.store, store);
        EXPECT_EQ(of.till, till);
    }
    EXPECT_EQ(till_text("", "T01"), "T01") << "as it always was";
    EXPECT_NE(till_text("99", "T01"), till_text("", "99/T01"));
}

TEST_F(DayTest, TheNewestDayOfATillIsItsOwn) {
    take(no_sale("2026-11-23"));
    take(no_sale("2026-11-24", "T02"));
    EXPECT_EQ(book.newest("2026-11-24"), "2026-11-24");
    EXPECT_EQ(book.newest("2026-11-24", "T01"), "2026-11-23");
    EXPECT_EQ(book.newest("2026-11-24", "T03"), "");
}

TEST_F(DayTest, TheNewestDayIsNoneThatIsToCome) {
    book.set_today("2026-11-23", true);
    for (const char* date : {"2026-11-21", "2026-11-24", "2026-12-31"}) take(no_sale(date));
    EXPECT_EQ(book.newest("2026-11-23"), "2026-11-21");
    EXPECT_EQ(book.newest("2026-11-24"), "2026-11-24");
    EXPECT_EQ(book.newest("2026-11-20"), "");
}

TEST_F(DayTest, OfADayBeforeTheStartItCannotHaveHeardAll) {
    book.began(WallTime(Millis(1'795'428'930'123)), "2026-11-23");
    take(no_sale("2026-11-22"));
    EXPECT_EQ(certificate_now("2026-11-22")["since"], "2026-11-23T10:15:30.123Z");
    book.began_by("2026-11-25");
    EXPECT_TRUE(certificate_now("2026-11-22").contains("since"));
    book.began_by("2026-11-21");
    EXPECT_FALSE(certificate_now("2026-11-22").contains("since")) << "that clock was ahead";
}

}  // namespace
}  // namespace tillpost::day
