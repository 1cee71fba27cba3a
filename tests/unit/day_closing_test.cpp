// SPDX-License-Identifier: Apache-2.0
// [complete-1] What a closing says besides sums: how many numbers and payments there were, and the terminals' batches.
#include "agent/day/ledger_state.hpp"
#include "tests/unit/day_support.hpp"

namespace tillpost::day {
namespace {

using nlohmann::json;

struct ClosingCase {
    const char* name;
    std::vector<const char*> seen;  ///< Numbers of cash sales of 1.00
    std::vector<const char*> closings;
    const char* differs;  ///< "of closing/captured", each; "": it fits
    const char* reasons = "";
};
void PrintTo(const ClosingCase& each, std::ostream* out) { *out << each.name; }

/// As one line: first to last, `more` members, cash turnover.
std::string closing_of(int session, const std::string& first, const std::string& last, const std::string& cash,
                       const std::string& more) {
    return R"({"type":"till_close","till":"T01","business_date":"2026-11-23","time":"2026-11-23T20:00:00Z","session":)" +
           std::to_string(session) + R"(,"currency":"EUR","first_number":")" + first + R"(","last_number":")" + last +
           R"(","tenders":[{"type":"cash","amount":")" + cash + R"(","expected":"0","counted":"0"}])" + more + "}";
}

class ClosingCountTest : public DayTest, public ::testing::WithParamInterface<ClosingCase> {
protected:
    std::string differences() {
        std::string text;
        for (const json all = certificate_now(); const json& each : all["differences"]) {
            text += (text.empty() ? "" : "; ") + each["of"].get<std::string>() + " " +
                    each["closing"].get<std::string>() + "/" + each["captured"].get<std::string>();
        }
        return text;
    }
};

TEST_P(ClosingCountTest, IsHeldAgainstWhatWasSeen) {
    for (const char* const number : GetParam().seen) take(sale(number, "1.00"));
    for (const char* const closing : GetParam().closings) take(closing);
    EXPECT_EQ(differences(), GetParam().differs);
    std::string reasons;
    for (const json all = certificate_now(); const json& each : all["reasons"]) {
        reasons += (reasons.empty() ? "" : " ") + each.get<std::string>();
    }
    const std::string expected = GetParam().reasons;
    EXPECT_EQ(reasons, *GetParam().differs != '\0' && expected.empty() ? "differs" : expected);
    const auto kept = ledger_from(state_of(ledger()));
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->closings, ledger().closings) << "through a restart";
}

/// Sessions of which the first is 1, and so on; `text` lives as long as the program.
const char* close_line(int session, const char* first, const char* last, const char* cash, const char* more) {
    static std::vector<std::unique_ptr<std::string>> lines;
    lines.push_back(std::make_unique<std::string>(closing_of(session, first, last, cash, more)));
    return lines.back()->c_str();
}

INSTANTIATE_TEST_SUITE_P(
    Numbers, ClosingCountTest,
    ::testing::Values(
        ClosingCase{"as_many", {"1", "2"}, {close_line(1, "1", "2", "2.00", R"(,"count":2)")}, ""},
        ClosingCase{"as_text", {"1", "2"}, {close_line(1, "1", "2", "2.00", R"(,"count":"2")")}, ""},
        ClosingCase{"more", {"1", "2"}, {close_line(1, "1", "2", "2.00", R"(,"count":10)")}, "count/numbers 10/2"},
        ClosingCase{"fewer", {"1", "2"}, {close_line(1, "1", "2", "2.00", R"(,"count":1)")}, "count/numbers 1/2"},
        ClosingCase{"a_gap_that_was_used",
                    {"1", "3"},
                    {close_line(1, "1", "3", "2.00", R"(,"count":3)")},
                    "count/numbers 3/2",
                    "missing_numbers differs"},
        ClosingCase{"a_gap_that_the_pos_names_and_counts",
                    {"1", "3"},
                    {close_line(1, "1", "3", "2.00", R"(,"count":3,"missing":["2"])")},
                    ""},
        ClosingCase{"a_gap_that_the_pos_names_and_does_not_count",
                    {"1", "3"},
                    {close_line(1, "1", "3", "2.00", R"(,"count":2,"missing":["2"])")},
                    ""},
        ClosingCase{
            "over_a_turn", {"9998", "9999", "1", "2"}, {close_line(1, "9998", "2", "4.00", R"(,"count":4)")}, ""},
        ClosingCase{"over_a_turn_fewer",
                    {"9998", "9999", "1", "2"},
                    {close_line(1, "9998", "2", "4.00", R"(,"count":3)")},
                    "count/numbers 3/4"},
        ClosingCase{
            "each_session_by_itself",
            {"1", "2", "3"},
            {close_line(1, "1", "2", "2.00", R"(,"count":2)"), close_line(2, "3", "3", "1.00", R"(,"count":1)")},
            ""},
        ClosingCase{"one_session_says_none",
                    {"1", "2", "3"},
                    {close_line(1, "1", "2", "2.00", ""), close_line(2, "3", "3", "1.00", R"(,"count":2)")},
                    "count/numbers 2/1"},
        ClosingCase{
            "none_used_but_sold", {"1", "2"}, {close_line(1, "", "", "2.00", R"(,"count":0)")}, "count/numbers 0/2"},
        ClosingCase{"none_used", {}, {close_line(1, "", "", "0.00", R"(,"count":0)")}, ""},
        ClosingCase{"an_unused_session_behind_another_one",
                    {"1", "2"},
                    {close_line(1, "1", "2", "2.00", ""), close_line(2, "", "", "0.00", R"(,"count":0)")},
                    ""}),
    [](const auto& which) { return which.param.name; });

/// Tenders in the place of the usual one.
std::string tender_closing(const std::string& tenders, const std::string& more = "") {
    return R"({"type":"till_close","till":"T01","business_date":"2026-11-23","time":"2026-11-23T20:00:00Z","session":1,)"
           R"("currency":"EUR","first_number":"1","last_number":"3","tenders":[)" +
           tenders + "]" + more + "}";
}

struct PaymentCase {
    const char* name;
    const char* tenders;
    const char* more;
    const char* differs;
};
void PrintTo(const PaymentCase& each, std::ostream* out) { *out << each.name; }

class PaymentCountTest : public DayTest, public ::testing::WithParamInterface<PaymentCase> {};

/// One sale in cash, two by card, of one of which 0.50 goes back.
TEST_P(PaymentCountTest, IsHeldAgainstWhatWasCaptured) {
    const auto by_card = [](const char* type, const char* number, const std::string& amount) {
        return record(type, number,
                      R"(,"currency":"EUR","lines":[],"tenders":[{"type":"card","amount":")" + amount +
                          R"("}],"totals":{"net":")" + amount + R"(","tax":"0","gross":")" + amount + R"("})");
    };
    take(sale("1", "1.00"));
    take(by_card("sale", "2", "5.00"));
    take(by_card("return", "3", "-0.50"));
    take(tender_closing(GetParam().tenders, GetParam().more));
    std::string text;
    for (const json all = certificate_now(); const json& each : all["differences"]) {
        text += (text.empty() ? "" : "; ") + each["of"].get<std::string>() + " " + each["closing"].get<std::string>() +
                "/" + each["captured"].get<std::string>();
    }
    EXPECT_EQ(text, GetParam().differs);
    EXPECT_EQ(certificate_now()["complete"], *GetParam().differs == '\0');
    EXPECT_EQ(certificate_now()["sums"][0]["cashless"], json::parse(R"({"amount":"5.00","count":1})"));
}

constexpr const char* usual = R"({"type":"cash","amount":"1.00","expected":"0","counted":"0"},)"
                              R"({"type":"card","amount":"4.50","expected":"0","counted":"0"})";

INSTANTIATE_TEST_SUITE_P(
    Payments, PaymentCountTest,
    ::testing::Values(
        PaymentCase{"none_said", usual, "", ""},
        PaymentCase{"as_many",
                    R"({"type":"cash","amount":"1.00","expected":"0","counted":"0","count":1},)"
                    R"({"type":"card","amount":"4.50","expected":"0","counted":"0","count":2})",
                    "", ""},
        PaymentCase{"more",
                    R"({"type":"cash","amount":"1.00","expected":"0","counted":"0","count":7},)"
                    R"({"type":"card","amount":"4.50","expected":"0","counted":"0","count":2})",
                    "", "count/tender/cash 7/1"},
        PaymentCase{"of_a_drawer",
                    R"({"type":"cash","expected":"101.00","opening":"100.00","counted":"0","count":2},)"
                    R"({"type":"card","amount":"4.50","expected":"0","counted":"0"})",
                    "", "count/tender/cash 2/1"},
        PaymentCase{"batches_of_all", usual, R"(,"batches":[{"terminal":"1","batch":"2","amount":"4.50"}])", ""},
        PaymentCase{"batches_of_a_part", usual, R"(,"batches":[{"terminal":"1","batch":"2","amount":"1.00"}])", ""},
        PaymentCase{"batches_before_what_went_back", usual,
                    R"(,"batches":[{"terminal":"1","batch":"2","amount":"5.00"}])", ""},
        PaymentCase{"batches_that_hold_more", usual,
                    R"(,"batches":[{"terminal":"1","batch":"2","amount":"4.00"},)"
                    R"({"terminal":"2","batch":"9","amount":"5.99"}])",
                    "batches 9.99/5.00"}),
    [](const auto& which) { return which.param.name; });

struct CurrenciesCase {
    const char* name;
    const char* euros;  ///< `counts` of the session in EUR, in which there were two sales
    const char* dollars;
    const char* differs;
};

class ClosedCurrenciesTest : public ClosingCountTest {
protected:
    static std::string in_dollars(std::string line) { return line.replace(line.find("EUR"), 3, "USD"); }
};

TEST_F(ClosedCurrenciesTest, CountsOfAllSessionsAddUp) {
    for (const CurrenciesCase& each :
         {CurrenciesCase{"each_its_own", R"({"sales":2})", R"({"sales":1})", ""},
          CurrenciesCase{"one_all_of_them", R"({"sales":3})", R"({"sales":0})", ""},
          CurrenciesCase{"one_alone_says_it", R"({"sales":3})", "{}", ""},
          CurrenciesCase{"both_all_of_them", R"({"sales":3})", R"({"sales":3})", "count/sales 6/3"},
          CurrenciesCase{"too_few", R"({"sales":1})", R"({"sales":1})", "count/sales 2/3"},
          CurrenciesCase{"of_two_types", R"({"sales":2,"returns":0})", R"({"sales":1,"returns":1})",
                         "count/returns 1/0"}}) {
        SCOPED_TRACE(each.name);
        book = DayBook();
        take(sale("1", "1.00"));
        take(sale("2", "1.00"));
        take(sale("3", "5.00", "USD"));
        const auto counts = [](const char* said) { return std::string(R"(,"counts":)") + said; };
        take(closing_of(1, "1", "2", "2.00", counts(each.euros)));
        take(in_dollars(closing_of(2, "3", "3", "5.00", counts(each.dollars))));
        EXPECT_EQ(differences(), each.differs);
        EXPECT_EQ(certificate_now()["complete"], *each.differs == '\0') << certificate_now();
    }
}

struct PartlyCase {
    const char* name;
    const char* members;
    bool readable;
};
void PrintTo(const PartlyCase& each, std::ostream* out) { *out << each.name; }

class PartlySaidTest : public DayTest, public ::testing::WithParamInterface<PartlyCase> {};

TEST_P(PartlySaidTest, IsNotSummedSilently) {
    take(record("sale", "1", std::string(R"(,"currency":"EUR")") + GetParam().members));
    EXPECT_EQ(certificate_now()["counts"]["unreadable"], GetParam().readable ? 0 : 1);
}

INSTANTIATE_TEST_SUITE_P(
    Sales, PartlySaidTest,
    ::testing::Values(
        PartlyCase{"whole", R"(,"lines":[],"tenders":[],"totals":{"net":0,"tax":0,"gross":0})", true},
        PartlyCase{"nothing", "", false}, PartlyCase{"no_totals", R"(,"lines":[],"tenders":[])", false},
        PartlyCase{"totals_without_gross", R"(,"lines":[],"tenders":[],"totals":{"net":0,"tax":0})", false},
        PartlyCase{"no_tenders", R"(,"lines":[],"totals":{"net":0,"tax":0,"gross":0})", false},
        PartlyCase{"null_for_lines", R"(,"lines":null,"tenders":[],"totals":{"net":0,"tax":0,"gross":0})", false},
        PartlyCase{"training", R"(,"mode":"training")", true}),
    [](const auto& which) { return which.param.name; });

}  // namespace
}  // namespace tillpost::day
