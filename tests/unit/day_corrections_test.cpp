// SPDX-License-Identifier: Apache-2.0
// [complete-1] What corrections and post-voids change in a day's sums, and which of them a closing fits.
#include <algorithm>

#include "agent/day/ledger_state.hpp"
#include "tests/unit/day_support.hpp"

namespace tillpost::day {
namespace {

using nlohmann::json;

/// One step: "sale 1.99", "sale_training 1.99", "replace 1.99" and "reverse" of an earlier step by its place in the
/// list, "void" of the sale with that number, "close 1.99".
struct Step {
    const char* what;
    const char* amount;
    int of = 0;
};

struct CorrectionCase {
    const char* name;
    std::vector<Step> steps;
    const char* captured;   ///< Cash, "" for none
    const char* corrected;  ///< Cash; "" if nothing was corrected
    const char* fits;       ///< "-": not closed
    int unapplied = 0;
};
void PrintTo(const CorrectionCase& each, std::ostream* out) { *out << each.name; }

class DayCorrectionTest : public DayTest, public ::testing::WithParamInterface<CorrectionCase> {
protected:
    static std::string corrects(const std::string& id, const std::string& kind) {
        return R"(,"corrects":")" + id + R"(","corrects_kind":")" + kind + R"(","reason":"r","actor":"a")";
    }
    static std::string post_void(const std::string& number, const std::string& of, const std::string& amount,
                                 const std::string& more = "") {
        return record("void", number,
                      R"(,"scope":"post","reason":"r","amount":")" + amount +
                          R"(","currency":"EUR","original":{"number":")" + of + "\"}" + more);
    }
    void run(const Step& step) {
        const std::string what = step.what;
        const std::string number = std::to_string(ids.size() + 1);
        const std::string of = std::to_string(step.of);
        const std::string id = step.of > 0 && static_cast<std::size_t>(step.of) <= ids.size()
                                   ? ids[static_cast<std::size_t>(step.of) - 1]
                                   : "ffffffffffffffff-0000000000000001";
        std::string line = sale(number, step.amount);
        if (what == "training_replace" || what == "training_reverse") {
            line = sale(of, step.amount, "EUR", corrects(id, what.substr(9)) + R"(,"mode":"training")");
        }
        if (what == "training_void") line = post_void(number, of, step.amount, R"(,"mode":"training")");
        if (what == "sale_training") line = sale(number, step.amount, "EUR", R"(,"mode":"training")");
        if (what == "replace" || what == "reverse" || what == "supplement") {
            line = sale(of, step.amount, "EUR", corrects(id, what));
        }
        if (what == "void") line = post_void(number, of, step.amount);
        if (what == "close") line = close("", "", step.amount);
        ids.push_back(take(line));
    }
    static std::string cash(const json& sums) {
        for (const json& each : sums.is_array() && !sums.empty() ? sums[0].value("tenders", json::array()) : json()) {
            return each["amount"];
        }
        return "";
    }

    std::vector<std::string> ids;
};

TEST_P(DayCorrectionTest, KeepsBothSumsAndSaysWhichTheClosingFits) {
    for (const Step& step : GetParam().steps) run(step);
    const json said = certificate_now();
    EXPECT_EQ(cash(said["sums"]), GetParam().captured) << said;
    EXPECT_EQ(cash(said.value("corrected_sums", json())), GetParam().corrected) << said;
    EXPECT_EQ(said.value("closings_fit", "-"), GetParam().fits) << said;
    EXPECT_EQ(said["counts"]["unapplied"], GetParam().unapplied);
    EXPECT_EQ(said.value("unapplied", json::array()).size(), static_cast<std::size_t>(GetParam().unapplied));
    const bool differs = std::string(GetParam().fits) == "none";
    EXPECT_EQ(!said["differences"].empty(), differs) << said;
    EXPECT_EQ(std::count(said["reasons"].begin(), said["reasons"].end(), "differs"), differs ? 1 : 0);
    const auto again = ledger_from(state_of(ledger()));
    ASSERT_TRUE(again);
    EXPECT_EQ(certificate_of(*again), said);
}

INSTANTIATE_TEST_SUITE_P(
    All, DayCorrectionTest,
    ::testing::Values(
        CorrectionCase{"nothing", {{"sale", "1.99"}, {"close", "1.99"}}, "1.99", "", "corrected"},
        CorrectionCase{
            "replaced", {{"sale", "1.99"}, {"replace", "2.49", 1}, {"close", "2.49"}}, "1.99", "2.49", "corrected"},
        CorrectionCase{"replaced_behind_the_closing",
                       {{"sale", "1.99"}, {"close", "1.99"}, {"replace", "2.49", 1}},
                       "1.99",
                       "2.49",
                       "captured"},
        CorrectionCase{"replaced_and_closed_as_neither",
                       {{"sale", "1.99"}, {"replace", "2.49", 1}, {"close", "3.00"}},
                       "1.99",
                       "2.49",
                       "none"},
        CorrectionCase{"reversed",
                       {{"sale", "1.99"}, {"sale", "5"}, {"reverse", "1.99", 1}, {"close", "5.00"}},
                       "6.99",
                       "5.00",
                       "corrected"},
        CorrectionCase{
            "supplemented", {{"sale", "1.99"}, {"supplement", "9", 1}, {"close", "1.99"}}, "1.99", "", "corrected"},
        CorrectionCase{
            "voided", {{"sale", "1.99"}, {"void", "1.99", 1}, {"close", "0.00"}}, "1.99", "0.00", "corrected"},
        CorrectionCase{"voided_and_closed_without",
                       {{"sale", "1.99"}, {"void", "1.99", 1}, {"close", "1.99"}},
                       "1.99",
                       "0.00",
                       "captured"},
        CorrectionCase{"voided_twice",
                       {{"sale", "1.99"}, {"sale", "5"}, {"void", "1.99", 1}, {"void", "1.99", 1}, {"close", "5"}},
                       "6.99",
                       "5.00",
                       "corrected"},
        CorrectionCase{"a_correction_is_replaced",
                       {{"sale", "1.99"}, {"replace", "2.49", 1}, {"replace", "3.49", 2}, {"close", "3.49"}},
                       "1.99",
                       "3.49",
                       "corrected"},
        CorrectionCase{"the_newest_correction_counts",
                       {{"sale", "1.99"}, {"replace", "2.49", 1}, {"replace", "3.49", 1}, {"close", "3.49"}},
                       "1.99",
                       "3.49",
                       "corrected"},
        CorrectionCase{"a_correction_is_reversed",
                       {{"sale", "1.99"}, {"replace", "2.49", 1}, {"reverse", "2.49", 2}, {"close", "0"}},
                       "1.99",
                       "0.00",
                       "corrected"},
        CorrectionCase{
            "a_reversal_is_reversed",
            {{"sale", "1.99"}, {"sale", "5"}, {"reverse", "1.99", 1}, {"reverse", "1.99", 3}, {"close", "6.99"}},
            "6.99",
            "6.99",
            "corrected"},
        CorrectionCase{"a_reversal_of_what_was_replaced_is_reversed",
                       {{"sale", "1.99"}, {"replace", "2.49", 1}, {"reverse", "2.49", 1}, {"reverse", "2.49", 3}},
                       "1.99",
                       "2.49",
                       "-"},
        CorrectionCase{"a_reversal_is_reversed_and_that_reversal_too",
                       {{"sale", "1.99"}, {"reverse", "1.99", 1}, {"reverse", "1.99", 2}, {"reverse", "1.99", 3}},
                       "1.99",
                       "0.00",
                       "-"},
        CorrectionCase{"what_was_taken_back_twice_comes_again",
                       {{"sale", "1.99"}, {"reverse", "1.99", 1}, {"reverse", "1.99", 1}, {"reverse", "1.99", 3}},
                       "1.99",
                       "1.99",
                       "-"},
        CorrectionCase{"a_reversal_that_does_not_count_any_more_is_reversed",
                       {{"sale", "1.99"}, {"reverse", "1.99", 1}, {"replace", "2.49", 1}, {"reverse", "1.99", 2}},
                       "1.99",
                       "2.49",
                       "-",
                       1},
        CorrectionCase{"a_reversal_is_replaced",
                       {{"sale", "1.99"}, {"reverse", "1.99", 1}, {"replace", "2.49", 2}, {"reverse", "2.49", 3}},
                       "1.99",
                       "0.00",
                       "-"},
        CorrectionCase{"what_was_replaced_is_voided",
                       {{"sale", "1.99"}, {"replace", "2.49", 1}, {"void", "2.49", 1}, {"close", "0"}},
                       "1.99",
                       "0.00",
                       "corrected"},
        CorrectionCase{"of_an_event_that_is_gone",
                       {{"sale", "1.99"}, {"reverse", "9", 99}, {"close", "1.99"}},
                       "1.99",
                       "",
                       "corrected",
                       1},
        CorrectionCase{"a_void_of_nothing_known",
                       {{"sale", "1.99"}, {"void", "9", 77}, {"close", "1.99"}},
                       "1.99",
                       "",
                       "corrected",
                       1},
        CorrectionCase{"of_a_training_sale",
                       {{"sale", "1.99"}, {"sale_training", "9"}, {"reverse", "9", 2}, {"close", "1.99"}},
                       "1.99",
                       "",
                       "corrected"},
        CorrectionCase{"a_void_is_taken_back",
                       {{"sale", "1.99"}, {"void", "1.99", 1}, {"reverse", "1.99", 2}, {"close", "0"}},
                       "1.99",
                       "0.00",
                       "corrected",
                       1},
        CorrectionCase{"reversed_in_training", {{"sale", "1.99"}, {"training_reverse", "1.99", 1}}, "1.99", "", "-", 1},
        CorrectionCase{"replaced_in_training", {{"sale", "1.99"}, {"training_replace", "9", 1}}, "1.99", "", "-", 1},
        CorrectionCase{"voided_in_training",
                       {{"sale", "1.99"}, {"training_void", "1.99", 1}, {"close", "1.99"}},
                       "1.99",
                       "",
                       "corrected",
                       1},
        CorrectionCase{"a_reversal_is_reversed_in_training",
                       {{"sale", "1.99"}, {"sale", "5"}, {"reverse", "1.99", 1}, {"training_reverse", "1.99", 3}},
                       "6.99",
                       "5.00",
                       "-",
                       1},
        CorrectionCase{
            "training_of_training",
            {{"sale", "1.99"}, {"sale_training", "9"}, {"training_reverse", "9", 2}, {"training_void", "9", 2}},
            "1.99",
            "",
            "-"},
        CorrectionCase{"a_supplement_is_replaced",
                       {{"sale", "1.99"}, {"supplement", "9", 1}, {"replace", "7", 2}, {"close", "1.99"}},
                       "1.99",
                       "",
                       "corrected",
                       1},
        CorrectionCase{"voided_before_the_closing_and_replaced_behind_it",
                       {{"sale", "1.19"},
                        {"sale", "1.19"},
                        {"sale", "1.19"},
                        {"void", "1.19", 1},
                        {"close", "2.38"},
                        {"replace", "1.00", 2}},
                       "3.57",
                       "2.19",
                       "as_closed"},
        CorrectionCase{"replaced_before_the_closing_and_again_behind_it",
                       {{"sale", "1.99"}, {"replace", "2.49", 1}, {"close", "2.49"}, {"replace", "3.49", 1}},
                       "1.99",
                       "3.49",
                       "as_closed"},
        CorrectionCase{"reversed_before_the_closing_and_that_behind_it",
                       {{"sale", "1.99"},
                        {"sale", "5"},
                        {"reverse", "5", 2},
                        {"close", "1.99"},
                        {"reverse", "1.99", 1},
                        {"reverse", "1.99", 5},
                        {"replace", "2", 1}},
                       "6.99",
                       "2.00",
                       "as_closed"},
        CorrectionCase{
            "closed_anew_between_two_corrections",
            {{"sale", "1.99"}, {"close", "1.99"}, {"replace", "2.49", 1}, {"close", "2.49"}, {"replace", "3", 1}},
            "1.99",
            "3.00",
            "as_closed"},
        CorrectionCase{"corrected_behind_the_closing_that_is_none_of_its_states",
                       {{"sale", "1.99"}, {"replace", "2.49", 1}, {"close", "2.99"}, {"replace", "3.49", 1}},
                       "1.99",
                       "3.49",
                       "none"},
        CorrectionCase{"not_closed", {{"sale", "1.99"}, {"reverse", "1.99", 1}}, "1.99", "0.00", "-"}),
    [](const auto& which) { return which.param.name; });

class DaysCorrectionTest : public DayCorrectionTest {};

TEST_F(DaysCorrectionTest, ACorrectionOfAnEarlierDayGivesThatDayANewRevision) {
    const auto on = [](std::string line, const std::string& date) {
        return line.replace(line.find("2026-11-23"), 10, date);
    };
    const std::string first = take(on(sale("1", "1.99"), "2026-11-22"));
    take(on(close("1", "1", "2.49"), "2026-11-22"));
    certify("2026-11-22");
    take(sale("9", "5"));
    EXPECT_TRUE(book.late().empty());
    take(on(sale("1", "2.49", "EUR", corrects(first, "replace")), "2026-11-22"));
    EXPECT_EQ(certificate_now("2026-11-22")["closings_fit"], "corrected");
    certify("2026-11-22");
    const std::string moved = take(sale("1", "3.00", "EUR", corrects(first, "replace")));
    ASSERT_EQ(book.late().size(), 1U);
    EXPECT_EQ(book.late()[0].key.second, "2026-11-22");
    EXPECT_EQ(cash(certificate_now("2026-11-22")["corrected_sums"]), "0.00") << "it counts on its own day";
    EXPECT_EQ(cash(certificate_now()["corrected_sums"]), "8.00");
    take(sale("1", "4.00", "EUR", corrects(moved, "replace")));
    EXPECT_EQ(cash(certificate_now()["corrected_sums"]), "9.00");
    take(sale("1", "7.00", "EUR", corrects(first, "replace")));
    EXPECT_EQ(cash(certificate_now()["corrected_sums"]), "12.00") << "whatever day the first record is of";
    EXPECT_EQ(certificate_now()["counts"]["unapplied"], 0);
    take(on(sale("1", "6.00", "EUR", corrects(first, "replace")), "2026-11-22"));
    EXPECT_EQ(cash(certificate_now("2026-11-22")["corrected_sums"]), "6.00");
    EXPECT_EQ(cash(certificate_now()["corrected_sums"]), "5.00");
}

// A second session knows nothing of what was corrected in the first one behind its closing.
TEST_F(DaysCorrectionTest, SessionsAddUpAsTheyWereClosed) {
    const auto second = [](std::string line) {
        return line.replace(line.find(R"("session":1)"), 11, R"("session":2)");
    };
    const std::string first = take(sale("1", "1.19"));
    take(sale("2", "1.19"));
    take(post_void("3", "2", "1.19"));
    take(close("1", "3", "1.19"));
    take(sale("1", "1.00", "EUR", corrects(first, "replace")));
    EXPECT_EQ(certificate_now()["closings_fit"], "as_closed") << certificate_now();
    take(sale("4", "5"));
    EXPECT_EQ(certificate_now()["reasons"], json({"open", "differs"}));
    take(second(close("4", "4", "5")));
    const json said = certificate_now();
    EXPECT_EQ(said["complete"], true) << said;
    EXPECT_EQ(said["closings_fit"], "as_closed");
    EXPECT_EQ(cash(said["corrected_sums"]), "6.00");
}

TEST_F(DaysCorrectionTest, ACountOfVoidsFitsAsItWasClosed) {
    for (const auto& [voids, fits] : {std::pair("1", "as_closed"), {"0", "as_closed"}, {"2", "none"}}) {
        book = DayBook();
        first_of_key.clear();
        take(sale("1", "1.99"));
        take(sale("2", "5"));
        take(post_void("3", "1", "1.99"));
        take(close("1", "4", "5", R"(,"counts":{"voids":)" + std::string(voids) + "}"));
        take(record("void", "4", R"(,"scope":"post","reason":"r","original":{"number":"2"})"));
        EXPECT_EQ(certificate_now()["closings_fit"], fits) << voids << certificate_now();
        const auto again = ledger_from(state_of(ledger()));
        ASSERT_TRUE(again);
        EXPECT_EQ(certificate_of(*again), certificate_now());
    }
}

// [evolve-1] What a former release kept says nothing of what came behind a closing.
TEST_F(DaysCorrectionTest, AStateOfAFormerReleaseIsRead) {
    const std::string first = take(sale("1", "1.99"));
    take(close("1", "1", "1.99"));
    take(sale("1", "2.49", "EUR", corrects(first, "replace")));
    json state = json::parse(state_of(ledger()));
    EXPECT_EQ(state.erase("behind_out") + state.erase("behind_in"), 2U);
    const auto again = ledger_from(state.dump());
    ASSERT_TRUE(again);
    EXPECT_EQ(certificate_of(*again), certificate_now()) << "it fits what was captured";
    state["behind_out"] = 7;
    EXPECT_FALSE(ledger_from(state.dump()));
}

TEST_F(DaysCorrectionTest, ACountFitsWithAndWithoutWhatWasVoided) {
    for (const auto& [sales, fits] : {std::pair("2", "corrected"), {"1", "corrected"}, {"0", "none"}, {"3", "none"}}) {
        book = DayBook();
        first_of_key.clear();
        take(sale("1", "1.99"));
        take(sale("2", "5"));
        take(post_void("3", "1", "1.99"));
        take(close("1", "3", "5", R"(,"counts":{"sales":)" + std::string(sales) + "}"));
        EXPECT_EQ(certificate_now()["closings_fit"], fits) << sales << certificate_now();
    }
}

TEST_F(DaysCorrectionTest, ACountOfVoidsFitsWithAndWithoutThoseBehindASale) {
    for (const auto& [voids, fits] : {std::pair("1", "corrected"), {"0", "corrected"}, {"2", "none"}}) {
        book = DayBook();
        first_of_key.clear();
        take(sale("1", "1.99"));
        take(post_void("2", "1", "1.99"));
        take(close("1", "2", "0", R"(,"counts":{"voids":)" + std::string(voids) + "}"));
        EXPECT_EQ(certificate_now()["closings_fit"], fits) << voids << certificate_now();
        if (std::string(fits) == "none") {
            EXPECT_EQ(certificate_now()["differences"][0]["captured"], "1");
        }
    }
}

TEST_F(DaysCorrectionTest, WhatIsNotAppliedKeepsADayFromBeingCompleteUnlessItIsRightSo) {
    struct Case {
        std::string why;
        bool complete;
        std::string correction;
        std::string before{};
    };
    const std::string gone = "ffffffffffffffff-0000000000000001";
    const std::string first = "0123456789abcdef-0000000000000001";
    const std::string second = "0123456789abcdef-0000000000000002";
    const std::string of_first = sale("1", "1", "EUR", corrects(first, "supplement"));
    const std::string training = R"(,"mode":"training")";
    for (const Case& each :
         {Case{"not_held", false, sale("1", "1", "EUR", corrects(gone, "reverse"))},
          Case{"of_a_void", false, sale("1", "1", "EUR", corrects(second, "reverse")),
               record("void", "", R"(,"scope":"line","reason":"r")")},
          Case{"is_training", true, sale("1", "1", "EUR", corrects(first, "reverse") + training)},
          Case{"of_a_supplement", true, sale("1", "1", "EUR", corrects(second, "reverse")), of_first}}) {
        book = DayBook();
        first_of_key.clear();
        journal.clear();
        sequence = 0;
        take(sale("1", "1"));
        if (!each.before.empty()) take(each.before);
        take(each.correction);
        take(close("1", "1", "1"));
        const json said = certificate_now();
        ASSERT_EQ(said["unapplied"].size(), 1U) << said;
        EXPECT_EQ(said["unapplied"][0]["why"], each.why);
        EXPECT_EQ(said["reasons"], each.complete ? json::array() : json({"unapplied"})) << said;
        EXPECT_EQ(said["complete"], each.complete);
        const auto again = ledger_from(state_of(ledger()));
        ASSERT_TRUE(again);
        EXPECT_EQ(certificate_of(*again), said);
    }
}

TEST_F(DaysCorrectionTest, CorrectionsAreBounded) {
    std::vector<std::string> sales;
    for (std::size_t i = 0; i <= DayLedger::most_corrections + DayLedger::most_unapplied; ++i) {
        sales.push_back(take(sale(std::to_string(i + 1), "1")));
    }
    for (const std::string& id : sales) take(sale("1", "1", "EUR", corrects(id, "reverse")));
    const json said = certificate_now();
    EXPECT_EQ(cash(said["sums"]), "321");
    EXPECT_EQ(cash(said["corrected_sums"]), "65");
    EXPECT_EQ(said["counts"]["unapplied"], 65);
    EXPECT_EQ(said["unapplied"].size(), DayLedger::most_unapplied);
    EXPECT_EQ(said["unapplied"][0]["why"], "too_many");
}

}  // namespace
}  // namespace tillpost::day
