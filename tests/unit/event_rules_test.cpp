// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/event_support.hpp"

using namespace tillpost;

namespace {

const std::string sale =
    R"({"type":"sale","till":"T01","number":"4711","business_date":"2026-11-23",)"
    R"("time":"2026-11-23T10:15:30+01:00","operator":"c-17","currency":"EUR",)"
    R"("lines":[{"line":1,"kind":"goods","direction":"sale","gtin":"4006381333931","quantity":"2",)"
    R"("unit":"EA","unit_price":"1.99","amount":"3.98","discounts":[{"amount":"0.20","reason":"p"}],)"
    R"("tax":{"rate":"19"}},{"line":2,"kind":"goods","direction":"return","item":"77","quantity":1,)"
    R"("unit":"EA","amount":1.99,"original":{"number":"399"},"reason":"r"}],)"
    R"("tenders":[{"type":"cash","amount":"2.00","tendered":"10.00","change":"8.00"}],)"
    R"("taxes":[{"rate":"19","base":"1.67","amount":"0.32"}],)"
    R"("totals":{"net":"1.67","tax":"0.32","gross":"2.00","rounding":"0.01"}})";

const std::string receiving = R"({"type":"receiving","document":"GR-1","business_date":"2026-11-23",)"
                              R"("time":"2026-11-23T06:40:00Z","supplier":"4012345000009","purchase_orders":["P1"],)"
                              R"("despatch_advice":"D1","ssccs":["340123450000000017"],"status":"closed",)"
                              R"("lines":[{"line":1,"gtin":"4006381333931","expected":"24","received":"24",)"
                              R"("accepted":"23","rejected":"1","reject_reason":"damaged","unit":"EA","lot":"L",)"
                              R"("expiry":"2027-03-01","serial":"S"}]})";

/// One replacement in a right record, and the marks that it must bring.
struct Change {
    std::string_view from;
    std::string_view to;
    std::string_view quality;
};

void check(const std::string& right, const std::vector<Change>& table) {
    Intake intake(test::of_partial_records());
    for (const Change& row : table) {
        std::string line = right;
        const std::size_t at = line.find(row.from);
        ASSERT_NE(at, std::string::npos) << row.from;
        line.replace(at, row.from.size(), row.to);
        const auto result = intake.parse(line);
        ASSERT_TRUE(std::holds_alternative<Event>(result)) << row.to << " " << std::get<Rejection>(result).detail;
        EXPECT_EQ(std::get<Event>(result).quality.text(), row.quality) << row.from << " -> " << row.to;
        EXPECT_EQ(std::get<Event>(result).data, line);
    }
}

TEST(TransactionRulesTest, MarkWhatIsMissing) {
    check(sale, {
                    {"{", "{", "ok"},
                    {R"("time":"2026-11-23T10:15:30+01:00",)", "", "time:/time"},
                    {R"("currency":"EUR",)", "", "required:/currency"},
                    {R"("currency":"EUR",)", R"("currency":null,)", "required:/currency"},
                    {R"("operator":"c-17",)", "", "ok"},
                    {R"("totals")", R"("x")", "required:/totals"},
                    {R"("tenders")", R"("x")", "required:/tenders"},
                    {R"("lines")", R"("x")", "required:/lines"},
                    {R"("taxes")", R"("x")", "ok"},
                    {R"("line":1,)", "", "required:/lines/0/line"},
                    {R"("kind":"goods",)", "", "required:/lines/0/kind"},
                    {R"("direction":"sale",)", "", "required:/lines/0/direction"},
                    {R"("amount":"3.98",)", "", "required:/lines/0/amount"},
                    {R"("quantity":"2",)", "", "required:/lines/0/quantity"},
                    {R"("unit":"EA",)", "", "required:/lines/0/unit"},
                    {R"("gtin":"4006381333931",)", "", "required:/lines/0/gtin"},
                    {R"("gtin":"4006381333931",)", R"("item":"1",)", "ok"},
                    {R"("amount":"0.20",)", "", "required:/lines/0/discounts/0/amount"},
                    {R"({"rate":"19"}})", "{}}", "required:/lines/0/tax/rate"},
                    {R"({"number":"399"})", R"({"line":1})", "required:/lines/1/original/number"},
                    {R"("type":"cash",)", "", "required:/tenders/0/type"},
                    {R"("base":"1.67",)", "", "required:/taxes/0/base"},
                    {R"("net":"1.67",)", "", "required:/totals/net"},
                    {R"("gross":"2.00",)", "", "required:/totals/gross"},
                });
}

TEST(TransactionRulesTest, MarkWhatIsOfTheWrongType) {
    check(sale, {
                    {R"("operator":"c-17")", R"("operator":17)", "wrong_type:/operator"},
                    {R"("currency":"EUR")", R"("currency":978)", "wrong_type:/currency"},
                    {R"("currency":"EUR")", R"("currency":"EUR","prices_include_tax":"yes")",
                     "wrong_type:/prices_include_tax"},
                    {R"("amount":"3.98")", R"("amount":"3,98")", "wrong_type:/lines/0/amount"},
                    {R"("amount":"3.98")", R"("amount":"")", "wrong_type:/lines/0/amount"},
                    {R"("amount":"3.98")", R"("amount":[3.98])", "wrong_type:/lines/0/amount"},
                    {R"("amount":"3.98")", R"("amount":true)", "wrong_type:/lines/0/amount"},
                    {R"("amount":"3.98")", R"("amount":1e30)", "wrong_type:/lines/0/amount=more_than_18_digits"},
                    {R"("amount":"3.98")", R"("amount":3.98000)", "ok"},
                    {R"("amount":"3.98")", R"("amount":398e-2)", "ok"},
                    {R"("quantity":"2")", R"("quantity":2.0)", "ok"},
                    {R"("line":1,)", R"("line":1.5,)", "wrong_type:/lines/0/line"},
                    {R"("line":1,)", R"("line":"1a",)", "ok"},
                    {R"("gtin":"4006381333931")", R"("gtin":4006381333931)", "wrong_type:/lines/0/gtin"},
                    {R"("kind":"goods")", R"("kind":1)", "wrong_type:/lines/0/kind"},
                    {R"([{"amount":"0.20","reason":"p"}])", R"({"amount":1})", "wrong_type:/lines/0/discounts"},
                    {R"({"amount":"0.20","reason":"p"})", "0.20", "wrong_type:/lines/0/discounts/0"},
                    {R"({"rate":"19"}})", R"([{"rate":"19"}]})", "wrong_type:/lines/0/tax"},
                    {R"({"number":"399"})", R"("399")", "wrong_type:/lines/1/original"},
                    {R"({"type":"cash",)", R"(null,{"type":"cash",)", "wrong_type:/tenders/0"},
                    {R"("lines":[)", R"("lines":["x",)", "wrong_type:/lines/0"},
                    {R"("lines":[)", R"("lines":[[],)", "wrong_type:/lines/0"},
                    {R"("gross":"2.00")", R"("gross":{})", "wrong_type:/totals/gross"},
                    {R"("rounding":"0.01")", R"("rounding":"x")", "wrong_type:/totals/rounding"},
                });
}

TEST(TransactionRulesTest, MarkValuesThatCannotBe) {
    check(sale, {
                    {"4006381333931", "4006381333932", "check_digit:/lines/0/gtin"},
                    {"4006381333931", "4006", "check_digit:/lines/0/gtin"},
                    {"4006381333931", "", "check_digit:/lines/0/gtin"},
                    {R"("EUR")", R"("eur")", "currency:/currency"},
                    {R"("EUR")", R"("EURO")", "currency:/currency"},
                    {R"("kind":"goods")", R"("kind":"Goods")", "kind:/lines/0/kind"},
                    {R"("direction":"sale")", R"("direction":"sold")", "direction:/lines/0/direction"},
                    {R"("quantity":"2")", R"("quantity":"-2")", "negative:/lines/0/quantity"},
                    {R"("amount":"3.98")", R"("amount":"-3.98")",
                     "negative:/lines/0/amount totals:/totals/gross=2.00_not_-5.96_by_lines"},
                    {R"("original":{"number":"399"},)", "", "return_original:/lines/1"},
                    {R"("original":{"number":"399"},)", R"("unlinked":true,)", "ok"},
                    {R"("original":{"number":"399"},)", R"("unlinked":false,)", "return_original:/lines/1"},
                    {R"("original":{"number":"399"},)", R"("original":null,)", "return_original:/lines/1"},
                    {R"({"number":"399"})", R"({"number":399,"business_date":"2026-02-30"})",
                     "invalid_date:/lines/1/original/business_date"},
                    {R"("type":"sale")", R"("type":"return")", "direction:/lines/0/direction"},
                    {R"("kind":"goods","direction":"sale")", R"("kind":"fee","direction":"sale")", "ok"},
                    {"10:15:30+01:00", "10:15:30", "time:/time"},
                });
}

TEST(TransactionRulesTest, BringBackEmptiesWithoutAReceipt) {
    check(
        sale,
        {{R"("kind":"goods","direction":"return","item":"77","quantity":1,"unit":"EA","amount":1.99,"original":{"number":"399"})",
          R"("kind":"deposit_refund","direction":"return","amount":1.99)", "ok"}});
}

TEST(TransactionRulesTest, AddUpToTheLastDigit) {
    check(sale, {
                    {R"("amount":"3.98")", R"("amount":"3.99")", "totals:/totals/gross=2.00_not_2.01_by_lines"},
                    {R"("amount":"3.98")", R"("amount":"4.00")",
                     "line_amount:/lines/0/amount=4.00_not_3.98_or_3.78 totals:/totals/gross=2.00_not_2.02_by_lines"},
                    {R"("amount":"3.98")", R"("amount":"3.980000000000001")",
                     "totals:/totals/gross=2.00_not_2.000000000000001_by_lines"},
                    {R"("amount":"3.98")", R"("amount":"999999999999999999")",
                     "totals:/totals/gross=2.00_not_too_large_by_lines"},  // no sum at all
                    {R"("rounding":"0.01")", R"("rounding":"0.00")",
                     "totals:/totals/gross=2.00_not_1.99_by_lines totals:/totals/gross=2.00_not_1.99_by_net_and_tax"},
                    {R"(,"rounding":"0.01")", "",
                     "totals:/totals/gross=2.00_not_1.99_by_lines totals:/totals/gross=2.00_not_1.99_by_net_and_tax"},
                    {R"("net":"1.67")", R"("net":"1.68")", "ok"},  // the rounding booked in net
                    {R"("net":"1.67")", R"("net":"1.69")", "totals:/totals/gross=2.00_not_2.01_by_net_and_tax"},
                    {R"("tax":"0.32","gross")", R"("tax":"0.23","gross")",
                     "totals:/totals/gross=2.00_not_1.90_by_net_and_tax taxes:/taxes=0.32_not_0.23"},
                    {R"("amount":"2.00")", R"("amount":"10.00")",
                     "tenders:/tenders=10.00_not_2.00 change:/tenders/0/tendered=2.00_not_10.00_kept"},
                    {R"("amount":"2.00")", R"("amount":"-2.00")",
                     "tenders:/tenders=-2.00_not_2.00 change:/tenders/0/tendered=2.00_not_-2.00_kept"},
                    {R"("amount":"2.00","tendered")", R"("amount":"5"},{"type":"card","amount":-3,"tendered")",
                     "change:/tenders/1/tendered=2.00_not_-3_kept"},
                    {R"({"type":"cash","amount":"2.00","tendered":"10.00","change":"8.00"})", "",
                     "tenders:/tenders=0_not_2.00"},
                    {R"("gross":"2.00")", R"("gross":"2.01")",
                     "totals:/totals/gross=2.01_not_2.00_by_lines totals:/totals/gross=2.01_not_1.99_by_net_and_tax "
                     "tenders:/tenders=2.00_not_2.01"},
                });
}

TEST(TransactionRulesTest, AddTaxWherePricesAreWithoutIt) {
    const std::string net_prices = R"({"type":"sale","till":1,"number":1,"business_date":"2026-11-23",)"
                                   R"("time":"2026-11-23T10:15:30Z","currency":"USD","prices_include_tax":false,)"
                                   R"("lines":[{"line":1,"kind":"service","direction":"sale","amount":"10.00"}],)"
                                   R"("tenders":[{"type":"card","amount":"10.83"}],)"
                                   R"("totals":{"net":"10.00","tax":"0.83","gross":"10.83"}})";
    check(net_prices, {{"{", "{", "ok"}, {":false", ":true", "totals:/totals/gross=10.83_not_10.00_by_lines"}});
}

TEST(TransactionRulesTest, StopAfterEightMarks) {
    Intake intake(test::of_partial_records());
    const auto result =
        intake.parse(R"({"type":"sale","till":1,"number":1,"business_date":"2026-11-23","lines":[{},{},{}]})");
    const Quality& quality = std::get<Event>(result).quality;
    EXPECT_EQ(quality.marks().size(), Quality::most_marks + 1);
    EXPECT_EQ(quality.marks().front(), "time:/time");
    EXPECT_EQ(quality.marks().back(), "more");
}

TEST(ReceivingRulesTest, MarkWhatIsWrong) {
    check(receiving,
          {
              {"{", "{", "ok"},
              {R"("supplier":"4012345000009",)", "", "required:/supplier"},
              {"4012345000009", "4012345000008", "gln:/supplier"},
              {R"("supplier":"4012345000009")", R"("supplier":4012345000009)", "wrong_type:/supplier"},
              {R"("status":"closed",)", "", "required:/status"},
              {"340123450000000017", "340123450000000018", "sscc:/ssccs/0"},
              {R"(["340123450000000017"])", R"(["340123450000000017",5,""])", "sscc:/ssccs/1 sscc:/ssccs/2"},
              {R"(["P1"])", R"(["P1",{}])", "wrong_type:/purchase_orders/1"},
              {R"(["P1"])", R"("P1")", "wrong_type:/purchase_orders"},
              {R"("lines")", R"("x")", "required:/lines"},
              {R"("line":1,)", "", "required:/lines/0/line"},
              {"4006381333931", "4006381333930", "check_digit:/lines/0/gtin"},
              {R"("gtin":"4006381333931",)", "", "required:/lines/0/gtin"},
              {R"("accepted":"23")", R"("accepted":"24")", "receiving:/lines/0=24_not_25"},
              {R"("accepted":"23")", R"("accepted":"23.000")", "ok"},
              {R"("rejected":"1",)", "", "receiving:/lines/0=24_not_23"},
              {R"("rejected":"1")", R"("rejected":"one")", "wrong_type:/lines/0/rejected"},
              {R"("received":"24",)", "", "required:/lines/0/received"},
              {R"("received":"24","accepted":"23")", R"("received":"24","accepted":"25")",
               "receiving:/lines/0=24_not_26"},
              {R"("accepted":"23","rejected":"1")", R"("accepted":"25","rejected":"-1")", "negative:/lines/0/rejected"},
              {"2027-03-01", "2027-03-32", "expiry:/lines/0/expiry"},
              {R"("2027-03-01")", "20270301", "wrong_type:/lines/0/expiry"},
          });
}

TEST(ReceivingRulesTest, NoteWhatCameOtherwise) {
    const auto received = [](const std::string& lines) {
        return R"({"type":"receiving","document":"D","business_date":"2026-11-23","time":"2026-11-23T10:00:00Z",)"
               R"("supplier":"4012345000009","status":"open","lines":[)" +
               lines + "]}";
    };
    const auto line = [](const std::string& number, const std::string& came, const std::string& expected) {
        return R"({"line":)" + number + R"(,"item":"7","received":)" + came + R"(,"accepted":)" + came +
               R"(,"unit":"EA")" + (expected.empty() ? "" : R"(,"expected":)" + expected) + "}";
    };
    const struct {
        std::string lines;
        const char* quality;
    } cases[] = {
        {line("1", "24", "24.00"), "ok"},
        {line("1", R"("20")", "24"), "discrepancy:/lines/0/received=short_4_of_24"},
        {line("1", "0", "24"), "discrepancy:/lines/0/received=short_24_of_24"},
        {line("1", "24.5", "24"), "discrepancy:/lines/0/received=over_0.5_of_24"},
        {line("1", "5", "0"), "discrepancy:/lines/0/received=unexpected_5"},
        {line("1", "0", "0"), "ok"},
        {line("1", "5", ""), "ok"},
        {line("1", "5", "5") + "," + line("2", "3", ""), "ok"},
        {line("1", "5", R"("x")"), "wrong_type:/lines/0/expected"},
        {line("1", "5", "-5"), "negative:/lines/0/expected"},
        {line("1", "1", "2") + "," + line("2", "3", "2"),
         "discrepancy:/lines/0/received=short_1_of_2 discrepancy:/lines/1/received=over_1_of_2"},
    };
    for (const auto& each : cases) {
        Intake intake(test::of_partial_records());
        const auto result = intake.parse(received(each.lines));
        const Event& event = std::get<Event>(result);
        EXPECT_EQ(event.quality.text(), each.quality) << each.lines;
        EXPECT_EQ(event.data, received(each.lines)) << "as it came";
        const std::string_view quality = each.quality;
        EXPECT_EQ(speaks_against(quality), quality != "ok" && !quality.starts_with("discrepancy")) << quality;
    }
    std::string many;
    for (int number = 1; number <= 12; ++number)
        many += (many.empty() ? "" : ",") + line(std::to_string(number), "1", "2");
    Intake intake(test::of_partial_records());
    const auto result = intake.parse(received(many));
    EXPECT_EQ(std::get<Event>(result).quality.marks().size(), Quality::most_marks + 1) << "and more";
}

TEST(ReceivingRulesTest, NoteWhatCameOtherwiseOfATransfer) {
    check(
        R"({"type":"transfer_in","document":"D","business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","from":"1",)"
        R"("to":"2","status":"closed","lines":[{"line":1,"item":"7","shipped":"10","received":"10","unit":"EA"}]})",
        {{"{", "{", "ok"},
         {R"("received":"10")", R"("received":"9")", "discrepancy:/lines/0/received=short_1_of_10"},
         {R"("shipped":"10",)", "", "ok"}});
}

TEST(ScanRulesTest, MarkWhatIsWrong) {
    check(R"({"type":"scan","code":"4006381333931","aim":"]E0","gtin":"4006381333931"})",
          {
              {"{", "{", "ok"},
              {R"("code":"4006381333931")", R"("code":"4006381333932")", "check_digit:/code"},
              {R"("code":"4006381333931","aim":"]E0")", R"("code":"4006381333932")", "ok"},
              {R"("code":"4006381333931","aim":"]E0")", R"("code":"4006381333932","aim":"]C0")", "ok"},
              {R"("code":"4006381333931",)", "", "required:/code"},
              {R"("code":"4006381333931")", R"("code":"")", "required:/code"},
              {R"("code":"4006381333931")", R"("code":"","code_hex":"")", "required:/code"},
              {R"("code":"4006381333931")", R"("code":"","code_hex":"31")", "ok"},
              {R"("code":"4006381333931")", R"("code":4006381333931)", "wrong_type:/code"},
              {R"("gtin":"4006381333931")", R"("gtin":"00000000000000")", "check_digit:/gtin"},
              {R"("gtin":"4006381333931")", R"("gtin":"4006381333930")", "check_digit:/gtin"},
              {R"(,"gtin":"4006381333931")", "", "ok"},
              {R"("aim":"]E0")", R"("aim":0)", "wrong_type:/aim"},
          });
}

TEST(QualityTest, KeepsWhatIsMarkedFirstHoweverManyFollow) {
    for (std::size_t count = 0; count < 12; ++count) {
        Quality quality;
        for (std::size_t i = 0; i < count; ++i) quality.mark("rule", "/" + std::to_string(i));
        quality.mark_first("redacted", "/note");
        EXPECT_EQ(quality.marks().front(), "redacted:/note");
        EXPECT_EQ(quality.marks().size(), std::min(count + 1, Quality::most_marks + 1));
        EXPECT_EQ(quality.marks().back() == "more", count >= Quality::most_marks) << count;
    }
}

TEST(QualityTest, KeepsWhatIsMarkedAlwaysHoweverMuchElseIsWrong) {
    for (std::size_t count = 0; count < 20; ++count) {
        SCOPED_TRACE(count);
        Quality quality;
        for (std::size_t i = 0; i < count; ++i) quality.mark("rule", "/" + std::to_string(i));
        quality.mark_always("possible_repeat");
        quality.mark_always("conflict");
        quality.mark_always("conflict");
        quality.mark("return_quantity", "/lines/0");
        quality.mark_first("redacted", "/note");
        quality.note("incomplete", "/seller", "");
        const std::vector<std::string> marks = quality.marks();
        const std::size_t others = std::min(count + 2, Quality::most_marks - 2);
        ASSERT_GE(marks.size(), others + 2);
        EXPECT_EQ(marks.front(), "redacted:/note");
        EXPECT_EQ(marks[others], "possible_repeat");
        EXPECT_EQ(marks[others + 1], "conflict");
        EXPECT_EQ(marks.size(), std::min(count + 5, Quality::most_marks + 1));
        EXPECT_EQ(marks.back(), count + 5 > Quality::most_marks ? "more" : "incomplete:/seller");
    }
}

}  // namespace
