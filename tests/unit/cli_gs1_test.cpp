// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/cli/gs1_report.hpp"

namespace tillpost::cli {
namespace {

Gs1Options options(bool json) {
    Gs1Options result;
    result.json = json;
    result.year = 2026;
    return result;
}

TEST(Gs1ReportTest, ShowsPeopleTitlesDatesAndAmounts) {
    const Gs1Report report = report_gs1("]d2019950600013430017260200310300019510L7^39329780299", options(false));
    EXPECT_TRUE(report.ok);
    EXPECT_EQ(report.text,
              "]d2019950600013430017260200310300019510L7^39329780299\n"
              "  element_string in GS1 DataMatrix, GTIN-14 99506000134300\n"
              "  01   GTIN                     99506000134300\n"
              "  17   USE BY or EXPIRY         260200  2026-02-28 (day 00: the last of the month)\n"
              "  3103 NET WEIGHT (kg)          000195  0.195 KGM\n"
              "  10   BATCH/LOT                L7\n"
              "  3932 PRICE                    9780299  2.99 EUR\n");
}

TEST(Gs1ReportTest, ShowsPeopleFaultsHarmlessly) {
    const Gs1Report report = report_gs1("]C10109506000134353\x1b", options(false));
    EXPECT_FALSE(report.ok);
    EXPECT_EQ(report.text,
              "]C10109506000134353\\x1b\n"
              "  element_string in GS1-128\n"
              "  fault check_digit at byte 18, AI 01: the check digit is 3, and should be 2\n"
              "  fault unknown_ai at byte 19: \"\\x1b\" is too short for an AI: an AI has two to four digits\n");
    EXPECT_EQ(report_gs1("]E3400638133393152", options(false)).text,
              "]E3400638133393152\n  gtin in EAN/UPC with add-on, GTIN-13 4006381333931, add-on 52\n"
              "  01   GTIN                     04006381333931\n");
}

TEST(Gs1ReportTest, TellsTimesAndRanges) {
    const std::string code = "(01)09506000134352(7007)260131260203(8008)260131070809";
    const auto json = nlohmann::json::parse(report_gs1(code, options(true)).text);
    EXPECT_EQ(json["elements"][1]["date"], "2026-01-31");
    EXPECT_EQ(json["elements"][1]["last_date"], "2026-02-03");
    EXPECT_EQ(json["elements"][2]["time"], "07:08:09");
    const std::string text = report_gs1(code, options(false)).text;
    EXPECT_NE(text.find("260131260203  2026-01-31 to 2026-02-03\n"), std::string::npos) << text;
    EXPECT_NE(text.find("260131070809  2026-01-31 07:08:09\n"), std::string::npos) << text;
}

TEST(Gs1ReportTest, GivesProgramsOneLine) {
    const Gs1Report report = report_gs1("(01)09506000134352(17)260200(10)A/B", options(true));
    EXPECT_TRUE(report.ok);
    EXPECT_EQ(report.text.find('\n'), report.text.size() - 1);
    const auto json = nlohmann::json::parse(report.text);
    EXPECT_EQ(json["ok"], true);
    EXPECT_EQ(json["form"], "bracketed");
    EXPECT_EQ(json["gtin"], "9506000134352");
    EXPECT_EQ(json["elements"].size(), 3U);
    EXPECT_EQ(json["elements"][1]["title"], "USE BY or EXPIRY");
    EXPECT_EQ(json["elements"][1]["date"], "2026-02-28");
    EXPECT_EQ(json["elements"][1]["day_unknown"], true);
    EXPECT_EQ(json["elements"][2]["offset"], 28);
    EXPECT_EQ(json["faults"].size(), 0U);
    EXPECT_EQ(json["element_string"], "01095060001343521726020010A/B");
    EXPECT_EQ(json["bracketed"], "(01)09506000134352(17)260200(10)A/B");
    EXPECT_EQ(json["digital_link"], "https://id.gs1.org/01/09506000134352/10/A%2FB?17=260200");
}

TEST(Gs1ReportTest, GivesProgramsFaultsOfBothKinds) {
    const auto wrong = nlohmann::json::parse(report_gs1("]C117260231^10A", options(true)).text);
    EXPECT_EQ(wrong["ok"], false);
    EXPECT_EQ(wrong["symbol"], "GS1-128");
    ASSERT_EQ(wrong["faults"].size(), 2U);
    EXPECT_EQ(wrong["faults"][0]["rule"], "date");
    EXPECT_EQ(wrong["faults"][0]["kind"], "syntax");
    EXPECT_EQ(wrong["faults"][0]["ai"], "17");
    EXPECT_EQ(wrong["faults"][0]["offset"], 5);
    EXPECT_EQ(wrong["faults"][1]["rule"], "required");
    EXPECT_EQ(wrong["faults"][1]["kind"], "association");
    EXPECT_FALSE(wrong.contains("element_string"));
    Gs1Options no_pairs = options(true);
    no_pairs.pairs = false;
    EXPECT_FALSE(report_gs1("]C110A", options(true)).ok);
    EXPECT_TRUE(report_gs1("]C110A", no_pairs).ok);
}

// Two values for one AI are wrong however the others go together, and no URI can say both.
TEST(Gs1ReportTest, ADoubtfulElementMakesNoUri) {
    Gs1Options no_pairs = options(true);
    no_pairs.pairs = false;
    for (const Gs1Options& each : {options(true), no_pairs}) {
        const auto json = nlohmann::json::parse(report_gs1("(01)09506000134352(10)A(10)B", each).text);
        EXPECT_EQ(json["ok"], false);
        EXPECT_EQ(json["faults"][0]["rule"], "conflict");
        EXPECT_FALSE(json.contains("digital_link"));
    }
    EXPECT_TRUE(report_gs1("(01)09506000134352(10)A(10)A", no_pairs).ok);
}

TEST(Gs1ReportTest, MarksRestrictedNumbers) {
    for (const std::string_view code : {"2012345012356", "]E02012345012356", "(01)02012345012356"}) {
        const auto json = nlohmann::json::parse(report_gs1(code, options(true)).text);
        EXPECT_EQ(json["ok"], true) << code;
        EXPECT_EQ(json["restricted"], "RCN-13") << code;
        EXPECT_FALSE(json.contains("digital_link")) << code;
        EXPECT_NE(report_gs1(code, options(false)).text.find(", RCN-13 2012345012356\n"), std::string::npos) << code;
    }
    EXPECT_FALSE(nlohmann::json::parse(report_gs1("4006381333931", options(true)).text).contains("restricted"));
}

TEST(Gs1ReportTest, ReadsInStoreNumbersByTemplates) {
    Gs1Options with = options(true);
    with.templates.push_back(*gs1::MeasureTemplate::parse("22IIIIIKPP.PPC EUR"));
    with.templates.push_back(*gs1::MeasureTemplate::parse("28IIIIIWW.WWWC KGM"));
    const auto price = nlohmann::json::parse(report_gs1("2200123928757", with).text);
    EXPECT_EQ(price["variable_measure"].dump(), R"({"currency":"EUR","item":"00123","price":"28.75"})");
    const auto weight = nlohmann::json::parse(report_gs1("]E02812345012352", with).text);
    EXPECT_EQ(weight["variable_measure"].dump(), R"({"item":"12345","unit":"KGM","weight":"1.235"})");
    const Gs1Report wrong = report_gs1("2200123828750", with);
    EXPECT_FALSE(wrong.ok);
    EXPECT_EQ(nlohmann::json::parse(wrong.text)["faults"][0]["rule"], "price_check_digit");
    EXPECT_EQ(nlohmann::json::parse(wrong.text)["variable_measure"].dump(), R"({"item":"00123"})");
    const std::string for_people = report_gs1("2200123828750",
                                              [&] {
                                                  Gs1Options plain = with;
                                                  plain.json = false;
                                                  return plain;
                                              }())
                                       .text;
    EXPECT_NE(for_people.find("item 00123\n"), std::string::npos) << for_people;
    EXPECT_EQ(for_people.find("28.75"), std::string::npos) << for_people;
    with.templates.push_back(*gs1::MeasureTemplate::parse("2IIIIIKPPP.PC USD"));
    for (const auto& [code, at] : std::initializer_list<std::pair<std::string_view, int>>{{"2200123828750", 7},
                                                                                          {"]E02200123828750", 10},
                                                                                          {"]E3220012382875052", 10},
                                                                                          {"]I102200123828750", 11},
                                                                                          {"212345314685", 6},
                                                                                          {"0212345314685", 7},
                                                                                          {"]E00212345314685", 10}}) {
        const auto json = nlohmann::json::parse(report_gs1(code, with).text);
        ASSERT_EQ(json["faults"].size(), 1U) << code;
        EXPECT_EQ(json["faults"][0]["rule"], "price_check_digit") << code;
        EXPECT_EQ(json["faults"][0]["offset"], at) << code;
    }
    EXPECT_TRUE(report_gs1("4006381333931", with).ok);
}

TEST(Gs1ReportTest, TakesWrittenSeparators) {
    EXPECT_EQ(with_separators("]C110A^21B"),
              "]C110A\x1d"
              "21B");
    EXPECT_EQ(with_separators("10A\\x1d21B\\x1D"),
              "10A\x1d"
              "21B\x1d");
    EXPECT_EQ(with_separators("10A\\u001d^"), "10A\x1d\x1d");
    EXPECT_EQ(with_separators("10A{GS}21B{FNC1}\xe2\x90\x9d{gs}"), std::string("10A\x1d") + "21B\x1d\x1d\x1d");
    EXPECT_EQ(with_separators("10A<GS>21B<gs>{Fnc1}<GT>"), std::string("10A\x1d") + "21B\x1d\x1d<GT>");
    EXPECT_EQ(with_separators("(10)A\\(21)"), "(10)A\\(21)");
    EXPECT_EQ(with_separators("https://a/?x=^"), "https://a/?x=^");
    EXPECT_EQ(with_separators("]Q1https://a/?x=^"), "]Q1https://a/?x=^");
    EXPECT_EQ(with_separators("]"), "]");
    EXPECT_EQ(with_separators(""), "");
}

TEST(Gs1ReportTest, SaysThatEightDigitsCanBeReadInTwoWays) {
    EXPECT_EQ(report_gs1("01234565", options(false)).text,
              "01234565\n  gtin, GTIN-12 012345000065 from UPC-E, or GTIN-8 01234565 if it is no UPC-E\n"
              "  01   GTIN                     00012345000065\n");
    const auto both = nlohmann::json::parse(report_gs1("01234565", options(true)).text);
    EXPECT_EQ(both["gtin"], "012345000065");
    EXPECT_EQ(both["from_upce"], true);
    EXPECT_EQ(both["other_gtin"], "01234565");
    const auto sure = nlohmann::json::parse(report_gs1("]E001234565", options(true)).text);
    EXPECT_EQ(sure["from_upce"], true);
    EXPECT_FALSE(sure.contains("other_gtin"));
    EXPECT_FALSE(nlohmann::json::parse(report_gs1("96385074", options(true)).text).contains("from_upce"));
}

// Whatever is given, a program gets one line of JSON.
TEST(Gs1ReportTest, AnyBytesGiveOneLineOfJson) {
    for (int byte = 0; byte < 256; ++byte) {
        for (const std::string start : {"", "]C1", "(01)", "https://a/01/", "0109506000134352"}) {
            const Gs1Report report = report_gs1(start + static_cast<char>(byte), options(true));
            EXPECT_EQ(report.text.find('\n'), report.text.size() - 1);
            EXPECT_FALSE(nlohmann::json::parse(report.text, nullptr, false).is_discarded()) << report.text;
        }
    }
}

}  // namespace
}  // namespace tillpost::cli
