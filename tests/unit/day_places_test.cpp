// SPDX-License-Identifier: Apache-2.0
// [complete-1] Corrections that are booked on another till or day than what they correct: config/README.md, "What
// counts", rules 1 to 3.
#include <algorithm>

#include "agent/day/calendar.hpp"
#include "agent/day/ledger_state.hpp"
#include "tests/unit/day_support.hpp"

namespace tillpost::day {
namespace {

using nlohmann::json;

/// One step on a till: "sale", "replace", "reverse" of an earlier step by its place in the list, "void" of one.
struct PlacedStep {
    const char* till;
    const char* what;
    const char* amount;
    int of = 0;
};

struct PlaceCase {
    const char* name;
    std::vector<PlacedStep> steps;
    const char* first;   ///< What counts of till T01 …
    const char* second;  ///< … and of T02
    const char* why = "";
};
void PrintTo(const PlaceCase& each, std::ostream* out) { *out << each.name; }

class DayPlaceTest : public DayTest, public ::testing::WithParamInterface<PlaceCase> {
protected:
    static std::string corrects(const std::string& id, const std::string& kind) {
        return R"(,"corrects":")" + id + R"(","corrects_kind":")" + kind + R"(","reason":"r","actor":"a")";
    }
    static std::string on(std::string line, const std::string& till, const std::string& date = "2026-11-23") {
        line.replace(line.find("2026-11-23"), 10, date);
        return line.replace(line.find("T01"), 3, till);
    }
    std::string run(const PlacedStep& step) {
        const std::string what = step.what;
        const std::string number = std::to_string(ids.size() + 1);
        std::string more;
        if (step.of > 0 && what != "void") more = corrects(ids[static_cast<std::size_t>(step.of) - 1], what);
        std::string line = on(sale(number, step.amount, "EUR", more), step.till);
        if (what == "void") {
            const std::string& of = tills[static_cast<std::size_t>(step.of) - 1];
            line = on(record("void", number,
                             R"(,"scope":"post","reason":"r","amount":"1","currency":"EUR","original":{"till":")" + of +
                                 R"(","number":")" + std::to_string(step.of) + "\"}"),
                      step.till);
        }
        tills.emplace_back(step.till);
        ids.push_back(take(line));
        return ids.back();
    }
    json said(const std::string& till, const std::string& date = "2026-11-23") {
        return book.find(till, date) == nullptr ? json() : certificate_of(ledger(date, till));
    }
    static std::string gross(const json& certificate) {
        if (!certificate.is_object()) return "";
        const json& sums = certificate.contains("corrected_sums") ? certificate["corrected_sums"] : certificate["sums"];
        return sums.empty() ? "" : sums[0]["totals"]["gross"].get<std::string>();
    }
    /// As a start finds it.
    void read_again(bool from_former = false) {
        DayBook again;
        again.restore_state(book.state());
        for (const auto& [key, each] : book.ledgers()) {
            json state = json::parse(state_of(each));
            if (from_former) state.erase("standing_first");
            auto read = ledger_from(state.dump());
            ASSERT_TRUE(read) << state;
            again.restore(std::move(*read));
        }
        again.link_places();
        book = std::move(again);
    }

    std::vector<std::string> ids;
    std::vector<std::string> tills;
};

TEST_P(DayPlaceTest, HasOneThatCountsWhateverTillCorrectsIt) {
    for (const bool again : {false, true}) {
        SCOPED_TRACE(again ? "read again between the steps" : "");
        book = DayBook();
        first_of_key.clear();
        ids.clear();
        tills.clear();
        for (const PlacedStep& step : GetParam().steps) {
            run(step);
            if (again) read_again();
        }
        EXPECT_EQ(gross(said("T01")), GetParam().first) << said("T01");
        EXPECT_EQ(gross(said("T02")), GetParam().second) << said("T02");
        std::string why;
        for (const char* const till : {"T01", "T02"}) {
            const json certificate = said(till);
            for (const json& each : certificate.value("unapplied", json::array())) why += each["why"];
        }
        EXPECT_EQ(why, GetParam().why);
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, DayPlaceTest,
    ::testing::Values(
        PlaceCase{"a_replacement_there_is_reversed_by_the_first_record",
                  {{"T01", "sale", "1.99"}, {"T02", "replace", "10.00", 1}, {"T01", "reverse", "1.99", 1}},
                  "0.00",
                  "0.00"},
        PlaceCase{"a_replacement_there_is_replaced_by_the_first_record",
                  {{"T01", "sale", "1.99"}, {"T02", "replace", "10.00", 1}, {"T01", "replace", "3.00", 1}},
                  "3.00",
                  "0.00"},
        PlaceCase{"a_replacement_there_is_voided_by_the_number_of_the_first_record",
                  {{"T01", "sale", "1.99"}, {"T02", "replace", "10.00", 1}, {"T02", "void", "1", 1}},
                  "0.00",
                  "0.00"},
        PlaceCase{"a_replacement_there_is_taken_back_and_put_back",
                  {{"T01", "sale", "1.99"},
                   {"T02", "replace", "10.00", 1},
                   {"T01", "reverse", "1.99", 1},
                   {"T01", "reverse", "1.99", 3}},
                  "0.00",
                  "10.00"},
        PlaceCase{"a_reversal_there_is_reversed_here",
                  {{"T01", "sale", "1.00"}, {"T02", "reverse", "1.00", 1}, {"T01", "reverse", "1.00", 2}},
                  "1.00",
                  ""},
        PlaceCase{"a_reversal_there_is_reversed_there",
                  {{"T01", "sale", "1.00"}, {"T02", "reverse", "1.00", 1}, {"T02", "reverse", "1.00", 2}},
                  "1.00",
                  ""},
        PlaceCase{"a_reversal_there_is_voided",
                  {{"T01", "sale", "1.00"}, {"T02", "reverse", "1.00", 1}, {"T01", "void", "1", 2}},
                  "1.00",
                  ""},
        PlaceCase{"a_reversal_there_is_replaced_there",
                  {{"T01", "sale", "1.00"}, {"T02", "reverse", "1.00", 1}, {"T02", "replace", "3.00", 2}},
                  "0.00",
                  "3.00"},
        PlaceCase{"there_and_back_and_reversed_by_the_first_record",
                  {{"T01", "sale", "1.99"},
                   {"T02", "replace", "10.00", 1},
                   {"T01", "replace", "3.00", 2},
                   {"T02", "reverse", "1.99", 1}},
                  "0.00",
                  "0.00"},
        PlaceCase{"there_and_back_and_there_again",
                  {{"T01", "sale", "1.99"},
                   {"T02", "replace", "10.00", 1},
                   {"T01", "replace", "3.00", 1},
                   {"T02", "replace", "4.00", 1}},
                  "0.00",
                  "4.00"},
        PlaceCase{"what_was_superseded_there_is_not_corrected",
                  {{"T01", "sale", "1.99"},
                   {"T02", "replace", "10.00", 1},
                   {"T01", "replace", "3.00", 1},
                   {"T02", "reverse", "10.00", 2}},
                  "3.00",
                  "0.00",
                  "of_what_does_not_count"},
        PlaceCase{"what_was_superseded_where_it_stood_is_not_corrected",
                  {{"T01", "sale", "1.99"},
                   {"T02", "replace", "10.00", 1},
                   {"T02", "replace", "3.00", 2},
                   {"T02", "reverse", "10.00", 2}},
                  "0.00",
                  "3.00",
                  "of_what_does_not_count"},
        PlaceCase{"a_superseded_reversal_there_is_not_corrected",
                  {{"T01", "sale", "1.00"},
                   {"T02", "reverse", "1.00", 1},
                   {"T01", "reverse", "1.00", 1},
                   {"T02", "reverse", "1.00", 2}},
                  "0.00",
                  "",
                  "of_what_does_not_count"}),
    [](const auto& which) { return which.param.name; });

class DayPlacesTest : public DayPlaceTest {};

TEST_F(DayPlacesTest, TheTillThatLosesWhatStandsThereGetsANewRevision) {
    const std::string first = take(sale("1", "1.99"));
    take(on(sale("1", "10.00", "EUR", corrects(first, "replace")), "T02"));
    take(on(close("1", "1", "10.00"), "T02"));
    EXPECT_EQ(said("T02")["complete"], true);
    certify("2026-11-23", "T02");
    (void)book.take_changes();
    take(sale("2", "1.99", "EUR", corrects(first, "reverse")));
    EXPECT_EQ(gross(said("T02")), "0.00");
    const auto late = book.late();
    const auto is_second = [](const auto& each) { return each.key.first == "T02"; };
    EXPECT_TRUE(std::any_of(late.begin(), late.end(), is_second));
    const auto changes = book.take_changes();
    EXPECT_TRUE(std::any_of(changes.begin(), changes.end(), [](const auto& each) { return each.first.first == "T02"; }))
        << "it is kept";
}

TEST_F(DayPlacesTest, TwoTillsThatCorrectInTurnTakeOnePlaceEach) {
    std::string newest = take(sale("1", "1.00"));
    for (std::size_t i = 0; i < 2 * DayLedger::most_corrections + 10; ++i) {
        newest = take(on(sale("1", "2.00", "EUR", corrects(newest, "replace")), i % 2 == 0 ? "T02" : "T01"));
    }
    EXPECT_EQ(gross(said("T01")), "2.00");
    EXPECT_EQ(gross(said("T02")), "0.00");
    EXPECT_EQ(said("T01")["counts"]["unapplied"], 0);
    EXPECT_EQ(ledger().standing.size(), 1U);
}

TEST_F(DayPlacesTest, WhatFindsNoRoomToStandIsNamedAndTheOtherTillStaysAsItIs) {
    const std::string first = take(sale("1", "1.00"));
    for (std::size_t i = 0; i < DayLedger::most_corrections; ++i) {
        const std::string number = std::to_string(i + 2);
        const std::string other = take(on(sale(number, "1.00"), "T02"));
        take(on(sale(number, "2.00", "EUR", corrects(other, "replace")), "T02"));
    }
    take(on(sale("1", "5.00", "EUR", corrects(first, "replace")), "T02"));
    EXPECT_EQ(gross(said("T01")), "1.00");
    EXPECT_EQ(gross(said("T02")), "512.00");
    ASSERT_EQ(said("T02")["unapplied"].size(), 1U);
    EXPECT_EQ(said("T02")["unapplied"][0]["why"], "too_many");
    take(sale("1", "3.00", "EUR", corrects(first, "replace")));
    EXPECT_EQ(gross(said("T01")), "3.00");
}

// [evolve-1] It did not keep what was there first.
TEST_F(DayPlacesTest, WhatAFormerReleaseKeptIsFollowed) {
    const std::string first = take(sale("1", "1.99"));
    const std::string second = take(on(sale("1", "10.00", "EUR", corrects(first, "replace")), "T02"));
    const std::string third = take(on(sale("1", "3.00", "EUR", corrects(second, "replace")), "A03"));
    take(on(sale("1", "4.00", "EUR", corrects(third, "replace")), "T04"));
    read_again(true);
    EXPECT_EQ(gross(said("T04")), "4.00");
    take(on(sale("2", "10.00", "EUR", corrects(second, "reverse")), "T02"));
    EXPECT_EQ(gross(said("T04")), "4.00") << "it was superseded";
    take(sale("2", "1.99", "EUR", corrects(first, "reverse")));
    EXPECT_EQ(gross(said("T04")), "0.00") << said("T04");
}

// Days of a till that are not kept any more.
TEST_F(DayPlacesTest, WhatStandsIsFoundByTheFirstRecordWhenItsDayIsGone) {
    const std::string first = take(sale("1", "1.99"));
    take(on(sale("1", "10.00", "EUR", corrects(first, "replace")), "T02"));
    certify();
    for (int day = 1; day <= static_cast<int>(DayBook::days_of_till); ++day) {
        take(on(sale("1", "1.00"), "T01", date_after("2026-11-23", day)));
    }
    ASSERT_EQ(book.find("T01", "2026-11-23"), nullptr);
    take(on(sale("2", "1.99", "EUR", corrects(first, "reverse")), "T02"));
    EXPECT_EQ(gross(said("T02")), "0.00") << said("T02");
}

TEST_F(DayPlacesTest, WhatStandsOnADayThatIsGoneIsNamed) {
    const std::string first = take(sale("1", "1.99"));
    take(on(sale("1", "10.00", "EUR", corrects(first, "replace")), "T02"));
    certify("2026-11-23", "T02");
    for (int day = 1; day <= static_cast<int>(DayBook::days_of_till); ++day) {
        take(on(sale("1", "1.00"), "T02", date_after("2026-11-23", day)));
    }
    ASSERT_EQ(book.find("T02", "2026-11-23"), nullptr);
    take(sale("2", "1.99", "EUR", corrects(first, "reverse")));
    EXPECT_EQ(gross(said("T01")), "0.00");
    EXPECT_EQ(said("T01")["unapplied"][0]["why"], "counts_on_another_day") << said("T01");
}

}  // namespace
}  // namespace tillpost::day
