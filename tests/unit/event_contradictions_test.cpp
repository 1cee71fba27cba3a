// SPDX-License-Identifier: Apache-2.0
// What a record says against itself: to the last digit where it was added up, to a rounding unit where it was computed.
#include <gtest/gtest.h>

#include <string>

#include "agent/event/contradictions.hpp"
#include "tests/unit/event_support.hpp"

namespace tillpost {
namespace {

std::string quality_of(const std::string& line) {
    Intake intake(test::of_partial_records());
    auto parsed = intake.parse(line);
    const auto* event = std::get_if<Event>(&parsed);
    return event != nullptr ? event->quality.text() : std::get<Rejection>(parsed).detail;
}

std::string pos_transaction(const std::string& more, const std::string& currency = "EUR") {
    return R"({"type":"sale","till":"T","number":1,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z",)"
           R"("currency":")" +
           currency + "\"" + more + "}";
}

/// A sale of one line with these members, whose sums are right.
std::string line_with(const std::string& members, const std::string& amount, const std::string& currency = "EUR") {
    return pos_transaction(
        R"(,"lines":[{"line":1,"kind":"goods","direction":"sale","item":"7","unit":"EA","amount":")" + amount + "\"," +
            members + R"(}],"tenders":[{"type":"cash","amount":")" + amount + R"("}],"totals":{"net":")" + amount +
            R"(","tax":"0","gross":")" + amount + "\"}",
        currency);
}

std::string tender_with(const std::string& members, const std::string& amount, const std::string& currency = "EUR") {
    return pos_transaction(R"(,"lines":[{"line":1,"kind":"fee","direction":"sale","amount":")" + amount +
                               R"("}],"tenders":[{"type":"cash","amount":")" + amount + "\"," + members +
                               R"(}],"totals":{"net":")" + amount + R"(","tax":"0","gross":")" + amount + "\"}",
                           currency);
}

std::string taxes_with(const std::string& tax, const std::string& rows, const std::string& more = "") {
    const std::string net = Decimal(10).minus(*Decimal::parse(tax))->text();
    return pos_transaction(more + R"(,"lines":[{"line":1,"kind":"fee","direction":"sale","amount":"10"}],)" +
                           R"("tenders":[{"type":"cash","amount":"10"}],"taxes":[)" + rows + R"(],"totals":{"net":")" +
                           net + R"(","tax":")" + tax + R"(","gross":"10"})");
}

std::string tax_row(const std::string& amount) { return R"({"rate":"0","base":"1","amount":")" + amount + "\"}"; }

std::string lines_numbered(const std::vector<std::string>& numbers) {
    std::string lines;
    for (const std::string& number : numbers) {
        lines += lines.empty() ? "" : ",";
        lines += R"({"line":)" + number + R"(,"kind":"fee","direction":"sale","amount":"0"})";
    }
    return pos_transaction(R"(,"lines":[)" + lines + R"(],"tenders":[],"totals":{"net":"0","tax":"0","gross":"0"})");
}

struct ContradictionRow {
    std::string line;
    const char* quality;
};

void expect_each(const std::vector<ContradictionRow>& cases) {
    for (const ContradictionRow& each : cases) EXPECT_EQ(quality_of(each.line), each.quality) << each.line;
}

/// A sale of some lines with one tax row, whose sums are right.
std::string taxed(const std::string& row, const std::string& amount, int lines = 1, const std::string& quantity = "1",
                  const std::string& currency = "EUR") {
    std::string all;
    for (int line = 1; line <= lines; ++line) {
        all.append(line == 1 ? "" : ",").append(R"({"line":)").append(std::to_string(line));
        all.append(R"(,"kind":"fee","direction":"sale","amount":"0","quantity":)").append(quantity).append("}");
    }
    return pos_transaction(R"(,"prices_include_tax":false,"lines":[)" + all +
                               R"(],"tenders":[{"type":"cash","amount":")" + amount + R"("}],"taxes":[{)" + row +
                               R"(,"amount":")" + amount + R"("}],"totals":{"net":"0","tax":")" + amount +
                               R"(","gross":")" + amount + "\"}",
                           currency);
}

TEST(ContradictionsTest, ATaxIsItsRateOfItsBase) {
    const std::string at_19 = R"("rate":"19","base":"5.00")";
    expect_each({
        {taxed(at_19, "0.95"), "ok"},
        {taxed(at_19, "0.80"), "ok"},  // of a base with the tax in it
        {taxed(at_19, "0.19"), "taxes:/taxes/0/amount=0.19_not_0.95"},
        {taxed(at_19, "-0.95"), "taxes:/taxes/0/amount=-0.95_not_0.95"},
        {taxed(R"("rate":"19","base":"-5.00")", "-0.95"), "ok"},
        {taxed(R"("rate":"7","base":"1.00")", "0.19"), "taxes:/taxes/0/amount=0.19_not_0.07"},
        {taxed(R"("rate":"0.19","base":"5.00")", "0.95"), "taxes:/taxes/0/amount=0.95_not_0.0095"},
        {taxed(at_19, "0"), "ok"},                             // exempt
        {taxed(R"("rate":"0","base":"5.00")", "0.60"), "ok"},  // a tax by the piece
        {taxed(at_19, "0.98"), "ok"},                          // as rounded by line and piece
        {taxed(at_19, "0.99"), "taxes:/taxes/0/amount=0.99_not_0.95"},
        {taxed(at_19, "0.99", 2), "ok"},
        {taxed(at_19, "1.06", 1, "9"), "ok"},
        {taxed(at_19, "1.07", 1, "9"), "taxes:/taxes/0/amount=1.07_not_0.95"},
        {taxed(R"("rate":"8.875","base":"113.37")", "10.06"), "ok"},
        {taxed(R"("rate":"10","base":"505")", "51", 1, "1", "JPY"), "ok"},
        {taxed(R"("rate":"10","base":"505")", "54", 1, "1", "JPY"), "taxes:/taxes/0/amount=54_not_50.5"},
        {taxed(R"("rate":"10","base":"999999999999999999")", "1"), "ok"},  // too much for a number
    });
}

TEST(ContradictionsTest, WhatIsWeighedIsSoldByItsNetWeight) {
    const auto weighed = [](const std::string& quantity, const std::string& net, const std::string& of = "KGM",
                            const std::string& unit = "KGM") {
        return pos_transaction(R"(,"lines":[{"line":1,"kind":"goods","direction":"sale","item":"7","unit":")" + unit +
                               R"(","amount":"1","quantity":)" + quantity + R"(,"weight":{"net":)" + net +
                               R"(,"unit":")" + of +
                               R"("}}],"tenders":[{"type":"cash","amount":1}],"totals":{"net":1,"tax":0,"gross":1})");
    };
    expect_each({{weighed("\"0.500\"", "\"0.500\""), "ok"},
                 {weighed("\"0.700\"", "\"0.500\""), "weight:/lines/0/quantity=0.700_not_0.500"},
                 {weighed("0.5", "0.500"), "ok"},
                 {weighed("0.5", "0.545"), "ok"},
                 {weighed("\"0.50\"", "\"0.545\""), "weight:/lines/0/quantity=0.50_not_0.545"},
                 {weighed("1", "0.500"), "ok"},  // by the kilogram begun
                 {weighed("500", "0.500", "KGM", "GRM"), "ok"},
                 {weighed("1", "0.500", "KGM", "EA"), "ok"}});
}

TEST(ContradictionsTest, AnAmountIsQuantityTimesPrice) {
    const std::string weighed = R"("quantity":"0.458","unit_price":"3.49")";  // 1.59842
    const std::pair<std::string, const char*> cases[] = {
        {line_with(R"("quantity":"2","unit_price":"1.99")", "3.98"), nullptr},
        {line_with(R"("quantity":"1","unit_price":"1.99")", "2.00"), "2.00_not_1.99"},
        {line_with(R"("quantity":"2","unit_price":"1.990")", "3.99"), "3.99_not_3.98"},
        {line_with(R"("quantity":"2","unit_price":"1.99")", "39.8"), "39.8_not_3.98"},
        {line_with(weighed, "1.60"), nullptr},
        {line_with(weighed, "1.59"), nullptr},  // cut off: as usual in some countries
        {line_with(weighed, "1.61"), "1.61_not_1.59842"},
        {line_with(weighed, "2", "JPY"), nullptr},
        {line_with(weighed, "3", "JPY"), "3_not_1.59842"},
        {line_with(weighed, "1.598", "KWD"), nullptr},
        {line_with(weighed, "1.60", "KWD"), "1.60_not_1.59842"},
        {line_with(R"("quantity":"2","unit_price":"2.09","discounts":[{"amount":"0.20"}])", "3.98"), nullptr},
        {line_with(R"("quantity":"2","unit_price":"1.99","discounts":[{"amount":"0.20"}])", "3.98"), nullptr},
        {line_with(R"("quantity":"2","unit_price":"2.09","discounts":[{"amount":"0.15"},{"amount":"0.05"}])", "3.98"),
         nullptr},
        {line_with(R"("quantity":"2","unit_price":"2.09","discounts":[{"amount":"0.10"}])", "3.98"),
         "3.98_not_4.18_or_4.08"},
        {line_with(R"("quantity":"2")", "3.98"), nullptr},
        {line_with(R"("quantity":"999999999","unit_price":"999999999999.99")", "1"), nullptr},  // beyond 18 digits
    };
    for (const auto& [line, compared] : cases) {
        const std::string mark = "line_amount:/lines/0/amount=" + std::string(compared == nullptr ? "" : compared);
        EXPECT_EQ(quality_of(line), compared == nullptr ? "ok" : mark) << line;
    }
}

TEST(ContradictionsTest, AUnitPriceIsAsExactAsItIsWritten) {
    expect_each(
        {{line_with(R"("quantity":"3","unit_price":"1.67")", "5.00"), "ok"},  // 3 for 5.00
         {line_with(R"("quantity":"2","unit_price":"2.00")", "3.99"), "ok"},
         {line_with(R"("quantity":"7","unit_price":"0.71")", "5.00"), "ok"},
         {line_with(R"("quantity":"7","unit_price":"0.71")", "5.01"), "line_amount:/lines/0/amount=5.01_not_4.97"},
         {line_with(R"("quantity":"3","unit_price":"1.667")", "5.02"), "line_amount:/lines/0/amount=5.02_not_5.001"},
         {line_with(R"("quantity":"3","unit_price":5)", "14.00"), "line_amount:/lines/0/amount=14.00_not_15"},
         {line_with(R"("quantity":"3","unit_price":"167")", "500", "JPY"), "ok"},
         {line_with(R"("quantity":"3","unit_price":"167")", "499", "JPY"), "line_amount:/lines/0/amount=499_not_501"}});
}

TEST(ContradictionsTest, ChangeIsTakenOffWhatWasTendered) {
    expect_each(
        {{tender_with(R"("tendered":"10.00","change":"8.50")", "1.50"), "ok"},
         {tender_with(R"("tendered":"10","change":"8.49")", "1.50"), "change:/tenders/0/tendered=1.51_not_1.50_kept"},
         {tender_with(R"("tendered":"1.50")", "1.50"), "ok"},
         {tender_with(R"("tendered":"2.00")", "1.50"), "change:/tenders/0/tendered=2.00_not_1.50_kept"},
         {tender_with(R"("change":"8.50")", "1.50"), "ok"}});
}

TEST(ContradictionsTest, AForeignAmountTimesItsRateIsWhatWasPaid) {
    const auto paid = [](const std::string& amount, const std::string& rate, const std::string& more = "") {
        return more + R"("foreign":{"currency":"CHF","amount":")" + amount + R"(","rate":")" + rate + "\"}";
    };
    expect_each(
        {{tender_with(paid("56.40", "1.0638"), "60.00"), "ok"},  // 59.99832
         {tender_with(paid("56.40", "1.0638", R"("tendered":"60.00","change":"40.00",)"), "20.00"), "ok"},
         {tender_with(paid("56.40", "1.0638", R"("tendered":"70.00","change":"50.00",)"), "20.00"),
          "foreign:/tenders/0/foreign/amount=59.99832_not_70_or_20"},
         {tender_with(paid("56.40", "1.0638"), "60.02"), "foreign:/tenders/0/foreign/amount=59.99832_not_60.02"},
         {tender_with(paid("56.40", "0.9400"), "60.00"),
          "foreign:/tenders/0/foreign/amount=53.016_not_60"},    // the other way round
         {tender_with(paid("10000", "0.0061"), "61.40"), "ok"},  // the rate is no more exact than 0.5 of it
         {tender_with(paid("10000", "0.0061"), "62.00"), "foreign:/tenders/0/foreign/amount=61_not_62"},
         {tender_with(paid("10000", "0.006140"), "61.50"), "foreign:/tenders/0/foreign/amount=61.4_not_61.5"}});
}

TEST(ContradictionsTest, TaxesAddUp) {
    const std::string line = R"(,"tax_rounding":"line")";
    const std::string document = R"(,"tax_rounding":"document")";
    const std::string two = tax_row("0.50") + "," + tax_row("0.31");
    expect_each({{taxes_with("0.81", two), "ok"},
                 {taxes_with("0.82", two), "ok"},
                 {taxes_with("0.82", two, document), "ok"},
                 {taxes_with("0.82", two, line), "taxes:/taxes=0.81_not_0.82"},
                 {taxes_with("0.83", two, document), "taxes:/taxes=0.81_not_0.83"},
                 {taxes_with("0.51", tax_row("0.50"), document), "taxes:/taxes=0.50_not_0.51"},
                 {taxes_with("0.50", tax_row("0.50"), line), "ok"},
                 {taxes_with("0.50", ""), "ok"}});
    const std::string close = R"({"type":"till_close","till":"T","business_date":"2026-11-23",)"
                              R"("time":"2026-11-23T10:00:00Z","currency":"EUR","first_number":"1","last_number":"2",)"
                              R"("tenders":[],"totals":{"net":"1","tax":"0.50","gross":"1.50"},"taxes":[)";
    EXPECT_EQ(quality_of(close + tax_row("0.50") + "]}"), "ok");
    EXPECT_EQ(quality_of(close + tax_row("0.40") + "]}"), "taxes:/taxes=0.40_not_0.50");
}

TEST(ContradictionsTest, LinesHaveNumbersOfTheirOwn) {
    expect_each({{lines_numbered({"1", "2", "10", "11"}), "ok"},
                 {lines_numbered({"3", "1", "2"}), "ok"},
                 {lines_numbered({"\"a\"", "\"b\"", "1"}), "ok"},
                 {lines_numbered({"1", "2", "1"}), "line_number:/lines/2/line"},
                 {lines_numbered({"1", "\"1\""}), "line_number:/lines/1/line"},
                 {lines_numbered({"3", "1", "1", "3"}), "line_number:/lines/2/line line_number:/lines/3/line"}});
    std::vector<std::string> many;
    for (int i = 9'000; i > 0; --i) many.push_back(std::to_string(i));
    EXPECT_EQ(quality_of(lines_numbered(many)), "ok") << "and in no time, though none ascends";
    many.emplace_back("4711");
    EXPECT_EQ(quality_of(lines_numbered(many)), "line_number:/lines/9000/line");
    const std::string received =
        R"({"type":"receiving","document":"D","business_date":"2026-11-23",)"
        R"("time":"2026-11-23T10:00:00Z","supplier":"4012345000009","status":"open","lines":[)";
    const std::string line = R"({"line":1,"item":"7","received":"1","accepted":"1","unit":"EA"})";
    EXPECT_EQ(quality_of(received + line + "," + line + "]}"), "line_number:/lines/1/line");
}

TEST(ContradictionsTest, AReturnNamesItsSaleOrHasNone) {
    const auto back = [](const std::string& more) {
        return pos_transaction(R"(,"lines":[{"line":1,"kind":"fee","direction":"return","amount":"0",)" + more +
                               R"(}],"tenders":[],"totals":{"net":"0","tax":"0","gross":"0"})");
    };
    expect_each({{back(R"("original":{"number":1})"), "ok"},
                 {back(R"("unlinked":true)"), "ok"},
                 {back(R"("original":{"number":1},"unlinked":false)"), "ok"},
                 {back(R"("original":{"number":1},"unlinked":true)"), "return_original:/lines/0"}});
}

TEST(ContradictionsTest, CodesAreOnesThatThereAre) {
    expect_each({{line_with(R"("quantity":"1")", "1", "EUR"), "ok"},
                 {line_with(R"("quantity":"1")", "1", "XTS"), "ok"},
                 {line_with(R"("quantity":"1")", "1", "EUO"), "currency:/currency"},
                 {line_with(R"("quantity":"1")", "1", "DEM"), "currency:/currency"},
                 {tender_with(R"("last4":"1234")", "1"), "ok"},
                 {tender_with(R"("last4":"123456")", "1"), "last4:/tenders/0/last4"},
                 {tender_with(R"("last4":"12")", "1"), "last4:/tenders/0/last4"},
                 {tender_with(R"("last4":"x234")", "1"), "last4:/tenders/0/last4"},
                 {tender_with(R"("last4":1234)", "1"), "wrong_type:/tenders/0/last4"}});
}

TEST(ContradictionsTest, ARangeOfNumbersAscends) {
    const auto close = [](const std::string& first, const std::string& last) {
        return R"({"type":"till_close","till":"T","business_date":"2026-11-23","time":"2026-11-23T10:00:00Z",)"
               R"("currency":"EUR","tenders":[],"first_number":)" +
               first + R"(,"last_number":)" + last + "}";
    };
    expect_each(
        {{close("1", "1"), "ok"},
         {close("\"0099\"", "100"), "ok"},
         {close("100", "99"), "number_range:/last_number=99_below_100"},
         {close("\"100\"", "\"0099\""), "number_range:/last_number=99_below_100"},
         {close("\"" + std::string(5000, '9') + "\"", "1"), "number_range:/last_number=1_below_99999999999999999999.."},
         {close("5", "4,\"count\":0"), "ok"},
         {close("5", "4,\"count\":\"00\""), "ok"},
         {close("5", "4,\"count\":7"), "number_range:/last_number=4_below_5"},
         {close("9998", "3"), "ok"},  // the POS began anew behind 9999
         {close("9998", "0"), "ok"},
         {close("998", "\"003\""), "ok"},
         {close("999999999999999999", "1"), "ok"},
         {close("9998", "3,\"count\":5"), "ok"},
         {close("9998", "3,\"count\":4"), "ok"},
         {close("9998", "3,\"count\":70"), "number_range:/last_number=3_below_9998"},
         {close("\"0998\"", "\"0003\""), "number_range:/last_number=3_below_998"},  // of four digits
         {close("98", "3"), "number_range:/last_number=3_below_98"},                // nothing begins anew behind 99
         {close("4700", "4699"), "number_range:/last_number=4699_below_4700"},
         {close("1999999999999999999", "1"), "number_range:/last_number=1_below_1999999999999999999"},
         {close("18446744073709551615", "\"18446744073709551616\""), "ok"},
         {close("\"A7\"", "\"A1\""), "ok"},
         {R"({"type":"control","till":"T","business_date":"2026-11-23","time":"2026-11-23T10:00:00Z",)"
          R"("action":"end_of_day","first_number":12,"last_number":7})",
          "number_range:/last_number=7_below_12"}});
}

TEST(NumbersTest, ANumberThatIsTooLongSaysSo) {
    const char* too_long = "wrong_type:/lines/0/amount=more_than_18_digits";
    const char* other = "wrong_type:/lines/0/amount";
    const std::pair<const char*, const char*> cases[] = {
        {"1234567890123456789", too_long},
        {"-0.1234567890123456789e-3", too_long},
        {"1e18", too_long},
        {"\"1234567890.123456789\"", too_long},
        {"\"01234567890123456789\"", other},
        {"\"1234567890123456789.\"", other},
        {"\"1e\"", other},
        {"\"\"", other},
        {"\"3,98\"", other},
        {"true", other},
    };
    for (const auto& [amount, quality] : cases) {
        const std::string line =
            R"({"type":"sale","till":"T","number":1,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","currency":"EUR",)"
            R"("lines":[{"line":1,"kind":"fee","direction":"sale","amount":)" +
            std::string(amount) + R"(}],"tenders":[],"totals":{"net":"0","tax":"0","gross":"0"}})";
        EXPECT_EQ(quality_of(line), quality) << amount;
    }
}

TEST(CurrenciesTest, ACurrencyIsOne) {
    for (const char* code : {"XXX", "eur", "EU", "ABC"}) {
        const std::string line =
            R"({"type":"sale","till":"T","number":1,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","currency":")" +
            std::string(code) + R"(","lines":[],"tenders":[],"totals":{"net":"0","tax":"0","gross":"0"}})";
        EXPECT_EQ(quality_of(line), "currency:/currency") << code;
    }
}

}  // namespace
}  // namespace tillpost
