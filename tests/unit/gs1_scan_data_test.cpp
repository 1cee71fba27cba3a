// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/scan_data.hpp"

#include <gtest/gtest.h>

#include "agent/event/gs1/element_string.hpp"
#include "agent/event/gs1/meaning.hpp"
#include "agent/event/gs1/upce.hpp"
#include "gs1_support.hpp"

using namespace tillpost::gs1;

namespace {

std::string_view name_of(Form form) {
    switch (form) {
        case Form::plain: return "plain";
        case Form::element_string: return "elements";
        case Form::gtin: return "gtin";
        case Form::digital_link: return "link";
        case Form::add_on: return "add_on";
        case Form::bracketed: return "bracketed";
    }
    return "";
}

/// "gtin 4006381333931+52: 01=04006381333931"
std::string told(const ScanData& scan) {
    std::string out(name_of(scan.form));
    if (!scan.gtin.empty()) out += " " + scan.gtin;
    if (!scan.add_on.empty()) out += "+" + scan.add_on;
    const std::string message = told(scan.message);
    return message.empty() ? out : out + ": " + message;
}

struct Row {
    std::string_view aim;
    std::string_view code;
    std::string_view told;
};

void expect_scans(std::initializer_list<Row> table) {
    for (const Row& row : table) {
        EXPECT_EQ(told(read_scan(with_gs(row.code), row.aim, test_year)), row.told) << row.aim << row.code;
    }
}

TEST(Gs1ScanTest, Gs1SymbolsHoldElementStrings) {
    for (const std::string_view aim : {"]C1", "]e0", "]e1", "]d2", "]Q3", "]J1"}) {
        expect_scans({{aim, "010950600013435210ABC^21S", "elements 9506000134352: 01=09506000134352 10=ABC 21=S"},
                      {aim, "^0109506000134352", "elements 9506000134352: 01=09506000134352 separator@0"},
                      {aim, "0109506000134353", "elements: check_digit@15(01)"},
                      {aim, "", "elements: empty@0"},
                      {aim, "https://id.gs1.org/01/09506000134352", "elements: unknown_ai@0"}});
        EXPECT_NE(symbol_name(aim), "");
    }
}

TEST(Gs1ScanTest, EanAndUpc) {
    expect_scans({
        {"]E0", "4006381333931", "gtin 4006381333931: 01=04006381333931"},
        {"]E0", "0036000291452", "gtin 0036000291452: 01=00036000291452"},
        {"]E0", "036000291452", "gtin 036000291452: 01=00036000291452"},
        {"]E0", "4006381333932", "gtin: check_digit@12(01)"},
        {"]E0", "400638133393", "gtin: check_digit@11(01)"},
        {"]E0", "40063813339310", "gtin: gtin_length@0(01)"},
        {"]E0", "14006381333938", "gtin: gtin_length@0(01)"},
        {"]E0", "96385074", "gtin 96385074: 01=00000096385074"},
        {"]E0", "400638133393X", "gtin: character@12(01)"},
        {"]E0", "40063813339", "gtin: gtin_length@0(01)"},
        {"]E0", "", "gtin: gtin_length@0(01)"},
        {"]E0", "04252614", "gtin 042100005264: 01=00042100005264"},
        {"]E4", "96385074", "gtin 96385074: 01=00000096385074"},
        {"]E4", "4006381333931", "gtin: gtin_length@0(01)"},
        {"]E4", "96385075", "gtin: check_digit@7(01)"},
        {"]E4", "04252614", "gtin: check_digit@7(01)"},
        {"]E3", "400638133393152", "gtin 4006381333931+52: 01=04006381333931"},
        {"]E3", "400638133393151234", "gtin 4006381333931+51234: 01=04006381333931"},
        {"]E3", "4006381333931", "gtin 4006381333931: 01=04006381333931"},
        {"]E3", "036000291452", "gtin: gtin_length@0(01)"},
        {"]E3", "4006381333931123", "gtin 4006381333931: 01=04006381333931 add_on@13"},
        {"]E3", "400638133393252", "gtin+52: check_digit@12(01)"},
        {"]E1", "52", "add_on+52"},
        {"]E2", "51234", "add_on+51234"},
        {"]E1", "5", "add_on: add_on@0"},
        {"]I1", "14006381333938", "gtin 14006381333938: 01=14006381333938"},
        {"]I1", "14006381333939", "plain"},
        {"]I0", "96385074", "plain"},
    });
}

TEST(Gs1ScanTest, CompositesAreReadTogether) {
    expect_scans({
        {"]E0", "9506000134352|]e010ABC^21S", "gtin 9506000134352: 01=09506000134352 10=ABC 21=S"},
        {"]E4", "96385074|]e017260131", "gtin 96385074: 01=00000096385074 17=260131"},
        {"]E0", "9506000134352|]e017260132", "gtin 9506000134352: 01=09506000134352 date@19(17)"},
        {"]E0", "9506000134352|]e0", "gtin 9506000134352: 01=09506000134352 empty@17"},
        {"]E0", "9506000134352|]e0010950600013435", "gtin 9506000134352: 01=09506000134352 too_short@32(01)"},
        {"]e0", "0109506000134352|]e010ABC", "elements 9506000134352: 01=09506000134352 10=ABC"},
        {"]E0", "9506000134352|10ABC", "gtin: character@13(01)"},
        {"]Q1", "9506000134352|]e010ABC", "plain"},
    });
}

TEST(Gs1ScanTest, PlainSymbolsMayHoldDigitalLinks) {
    for (const std::string_view aim : {"]d1", "]Q1", "]C0", "]J0", ""}) {
        expect_scans({
            {aim, "https://id.gs1.org/01/09506000134352/10/ABC", "link 9506000134352: 01=09506000134352 10=ABC"},
            {aim, "HTTP://EXAMPLE.COM/01/09506000134353", "link: check_digit@35(01)"},
            {aim, "https://example.com/menu?table=5", "plain"},
            {aim, "https://example.com/gtin/09506000134352", "link: short_name@20"},
            {aim, "WIFI:S:shop;T:WPA;P:secret;;", "plain"},
            {aim, "", "plain"},
        });
    }
}

TEST(Gs1ScanTest, WithoutAnIdentifierOnlyWhatIsSureIsRead) {
    expect_scans({
        {"", "4006381333931", "gtin 4006381333931: 01=04006381333931"},
        {"", "4006381333932", "plain"},
        {"", "96385074", "gtin 96385074: 01=00000096385074"},
        {"", "036000291452", "gtin 036000291452: 01=00036000291452"},
        {"", "14006381333938", "gtin 14006381333938: 01=14006381333938"},
        {"", "04252614", "plain"},
        {"", "^0109506000134352", "elements 9506000134352: 01=09506000134352"},
        {"", "010950600013435210ABC^21S", "elements 9506000134352: 01=09506000134352 10=ABC 21=S"},
        {"", "010950600013435210ABC", "plain"},
        {"", "A^B", "plain"},
        {"]C0", "4006381333931", "plain"},
        {"]A0", "4006381333931", "plain"},
        {"]x9", "4006381333931", "plain"},
        {"nonsense", "4006381333931", "plain"},
    });
}

TEST(Gs1TextTest, TakesWhatPeopleGive) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"]C1010950600013435210ABC", "elements 9506000134352: 01=09506000134352 10=ABC"},
        {"]C10109506000134353", "elements: check_digit@18(01)"},
        {"]E09506000134352", "gtin 9506000134352: 01=09506000134352"},
        {"]Q1https://a.b/01/09506000134352", "link 9506000134352: 01=09506000134352"},
        {"]Q1hello", "plain: no_gs1_data@0"},
        {"]A0HELLO", "plain: no_gs1_data@0"},
        {"(01)09506000134352(10)ABC", "bracketed 9506000134352: 01=09506000134352 10=ABC"},
        {"^010950600013435210ABC^21S", "elements 9506000134352: 01=09506000134352 10=ABC 21=S"},
        {"010950600013435210ABC", "elements 9506000134352: 01=09506000134352 10=ABC"},
        {"https://a.b/01/09506000134352", "link 9506000134352: 01=09506000134352"},
        {"https://a.b/c", "link: no_key@12"},
        {"4006381333931", "gtin 4006381333931: 01=04006381333931"},
        {"4006381333932", "gtin: check_digit@12(01)"},
        {"14006381333938", "gtin 14006381333938: 01=14006381333938"},
        {"96385074", "gtin 96385074: 01=00000096385074"},
        {"04252614", "gtin 042100005264: 01=00042100005264"},
        {"0425261", "gtin 042100005264: 01=00042100005264"},
        {"425261", "gtin 042100005264: 01=00042100005264"},
        {"17260132", "gtin: check_digit@7(01)"},
        {"17260131", "elements: 17=260131 required@0(17)"},
        {"4006381", "elements: 400=6381"},
        {"hello", "elements: unknown_ai@0"},
        {"", "elements: empty@0"},
    };
    for (const auto& [text, expected] : table) {
        EXPECT_EQ(told(read_text(text, test_year)), expected) << text;
    }
}

TEST(Gs1UpcETest, ExpandsAllNumberSystemsAndLengths) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"04252614", "042100005264"}, {"01234505", "012000003455"}, {"01234514", "012100003454"},
        {"01234523", "012200003453"}, {"01234531", "012300000451"}, {"01234543", "012340000053"},
        {"01234558", "012345000058"}, {"01234565", "012345000065"}, {"0123456", "012345000065"},
        {"123456", "012345000065"},   {"1234565", "123456000056"},  {"11234562", "112345000062"},
        {"24252614", "none"},         {"04252615", "none"},         {"12345", "none"},
        {"042526149", "none"},        {"0425261x", "none"},         {"", "none"},
    };
    for (const auto& [digits, gtin] : table) {
        EXPECT_EQ(gtin_of_upce(digits).value_or("none"), gtin) << digits;
    }
}

TEST(Gs1MeaningTest, FindsTheGtinsOwnLength) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"04006381333931", "4006381333931"}, {"14006381333938", "14006381333938"}, {"00036000291452", "036000291452"},
        {"00000096385074", "96385074"},      {"00000000000000", "00000000"},       {"00000100000009", "000100000009"}};
    for (const auto& [field, gtin] : table) {
        EXPECT_EQ(native_gtin(field), gtin);
        EXPECT_EQ(padded_gtin(gtin), field);
    }
}

TEST(Gs1MeaningTest, CountsDecimals) {
    const std::pair<std::string_view, std::string_view> table[] = {{"(3103)000195", "0.195 KGM"},
                                                                   {"(3100)000195", "195 KGM"},
                                                                   {"(3105)000195", "0.00195 KGM"},
                                                                   {"(3105)123456", "1.23456 KGM"},
                                                                   {"(3202)001250", "12.50 LBR"},
                                                                   {"(3922)0299", "2.99"},
                                                                   {"(3922)5", "0.05"},
                                                                   {"(3920)00", "0"},
                                                                   {"(3909)1", "0.000000001"},
                                                                   {"(3932)9780199", "1.99 EUR"},
                                                                   {"(3910)756000123456789012345", "none"},
                                                                   {"(3912)7561", "0.01 CHF"},
                                                                   {"(3941)0125", "12.5"},
                                                                   {"(3953)000199", "0.199"},
                                                                   {"(37)12", "none"},
                                                                   {"(10)12", "none"}};
    for (const auto& [text, expected] : table) {
        const Message message = parse_bracketed(text, test_year);
        std::string told = "none";
        if (!message.elements.empty()) {
            if (const auto amount = amount_of(message.elements[0])) {
                told = amount->value.text();
                for (const std::string_view word : {amount->unit, amount->currency}) {
                    if (!word.empty()) told.append(" ").append(word);
                }
            }
        }
        EXPECT_EQ(told, expected) << text;
    }
}

TEST(Gs1MeaningTest, FindsDates) {
    const std::pair<std::string_view, std::string_view> table[] = {{"(17)260200", "2026-02-28"},
                                                                   {"(11)991231", "1999-12-31"},
                                                                   {"(7003)2601311200", "2026-01-31"},
                                                                   {"(7007)260131260203", "2026-01-31"},
                                                                   {"(8008)26013112", "2026-01-31"},
                                                                   {"(7250)19991231", "1999-12-31"},
                                                                   {"(4326)260131", "2026-01-31"},
                                                                   {"(20)01", "none"},
                                                                   {"(10)260131", "none"}};
    for (const auto& [text, expected] : table) {
        const Message message = parse_bracketed(text, test_year);
        ASSERT_EQ(message.elements.size(), 1U) << text;
        const auto date = date_of(message.elements[0], test_year);
        EXPECT_EQ(date ? date->text() : "none", expected) << text;
    }
}

TEST(Gs1MeaningTest, FindsTimesAndRanges) {
    const std::pair<std::string_view, std::string_view> table[] = {{"(7003)2601312359", "23:59"},
                                                                   {"(7011)2601310630", "06:30"},
                                                                   {"(7011)260131", ""},
                                                                   {"(8008)26013107", "07"},
                                                                   {"(8008)2601310708", "07:08"},
                                                                   {"(8008)260131070809", "07:08:09"},
                                                                   {"(4324)2601000000", "00:00"},
                                                                   {"(7251)199912312345", "23:45"},
                                                                   {"(17)260131", ""},
                                                                   {"(7007)260131260203", ""},
                                                                   {"(10)260131", ""}};
    for (const auto& [text, expected] : table) {
        const Message message = parse_bracketed(text, test_year);
        ASSERT_EQ(message.elements.size(), 1U) << text;
        EXPECT_EQ(time_of(message.elements[0]), expected) << text;
        const auto last = last_date_of(message.elements[0], test_year);
        EXPECT_EQ(last ? last->text() : "", text == "(7007)260131260203" ? "2026-02-03" : "") << text;
    }
    EXPECT_FALSE(last_date_of(parse_bracketed("(7007)260131", test_year).elements[0], test_year));
}

}  // namespace
