// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/measure_template.hpp"

#include <gtest/gtest.h>

#include "agent/event/gs1/check_digits.hpp"

using namespace tillpost::gs1;

namespace {

std::string ean(std::string digits) { return digits + check_digit(digits); }

/// "00123 price 2.99 EUR"
std::string told(const std::optional<Measure>& measure) {
    if (!measure) return "none";
    const std::string text =
        measure->item + " " + std::string(name_of(measure->kind)) + " " + measure->value.text() + " " + measure->unit;
    return measure->check_ok ? text : text + " wrong";
}

struct Row {
    std::string pattern;
    std::string digits;  ///< Without the check digit
    std::string_view told;
};

TEST(Gs1MeasureTemplateTest, ReadsPricesWeightsAndCounts) {
    const Row table[] = {
        {"22IIIIIKPP.PPC EUR", "220012392875", "00123 price 28.75 EUR"},
        {"22IIIIIKPP.PPC EUR", "220012382875", "00123 price 28.75 EUR wrong"},
        {"2IIIIIKPPP.PPC USD", "212345614685", "12345 price 146.85 USD"},
        {"2IIIIIKPPP.PPC USD", "212345514685", "12345 price 146.85 USD wrong"},
        {"28IIIIIWW.WWWC KGM", "281234501235", "12345 weight 1.235 KGM"},
        {"28IIIIIWWWWWC GRM", "281234501235", "12345 weight 1235 GRM"},
        {"28IIIIIWWWWWC GRM", "281234500000", "12345 weight 0 GRM"},
        {"28IIIIIWW.WWWC KGM", "281234500000", "12345 weight 0.000 KGM"},
        {"28IIIIIWW.WWWC KGM", "281234500005", "12345 weight 0.005 KGM"},
        {"29IIIIIINNNNC", "291234560012", "123456 count 12 EA"},
        {"29IIIIIINNNNC PR", "291234560012", "123456 count 12 PR"},
        {"29IIIIIINN.NNC MTR", "291234560150", "123456 count 1.50 MTR"},
        {"27PP.PPIIIIIIC EUR", "270299123456", "123456 price 2.99 EUR"},
        {"20XXIIIIPP.PPC EUR", "209912340299", "1234 price 2.99 EUR"},
        {"02IIIIIPPP.PPC EUR", "021234501299", "12345 price 12.99 EUR"},
        {"2IIIIIKPP.PPC USD", "021234592875", "12345 price 28.75 USD"},  // UPC-A, as EAN-13
        {"2IIIIIKPP.PPC USD", "21234592875", "12345 price 28.75 USD"},
        {"22IIIIIKPP.PPC EUR", "230012392875", "none"},
        {"22IIIIIKPP.PPC EUR", "400638133393", "none"},
    };
    for (const Row& row : table) {
        const auto pattern = MeasureTemplate::parse(row.pattern);
        ASSERT_TRUE(pattern) << row.pattern << ": " << pattern.error().message;
        EXPECT_EQ(pattern->text(), row.pattern);
        EXPECT_EQ(told(measure_of(ean(row.digits), {&*pattern, 1})), row.told) << row.pattern << " " << row.digits;
    }
}

TEST(Gs1MeasureTemplateTest, TakesNumbersWithTheRightCheckDigitOnly) {
    const auto pattern = MeasureTemplate::parse("28IIIIIWW.WWWC KGM");
    ASSERT_TRUE(pattern);
    const std::string right = ean("281234501235");
    EXPECT_NE(told(measure_of(right, {&*pattern, 1})), "none");
    for (char digit = '0'; digit <= '9'; ++digit) {
        const std::string text = right.substr(0, 12) + digit;
        EXPECT_EQ(measure_of(text, {&*pattern, 1}).has_value(), text == right) << text;
    }
    for (const std::string_view text : {"", "28", "28123450123", "2812345012356", "281234501235X", "28123450123599"}) {
        EXPECT_FALSE(measure_of(text, {&*pattern, 1})) << text;
    }
    EXPECT_FALSE(measure_of(right, {}));
}

TEST(Gs1MeasureTemplateTest, SaysWhatIsWrongWithATemplate) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"", "has 0 digits"},
        {"22IIIIIKPPPPC", "needs a currency"},
        {"22IIIIIKPPPPC eur", "needs a currency"},
        {"22IIIIIKPPPPC  EUR", "needs a currency"},
        {"22IIIIIKPPPPC EURO", "needs a currency"},
        {"22IIIIIKPPPPC XYZ", "needs a currency"},
        {"22IIIIIKPPPPC XXX", "needs a currency"},
        {"28IIIIIWWWWWC", "needs a unit"},
        {"28IIIIIWWWWWC KGN", "needs a unit"},
        {"28IIIIIWWWWWC EA", "needs a unit"},
        {"29IIIIIINNNNC XYZ", "has a unit"},
        {"28IIIIIWWWWWC kg", "needs a unit"},
        {"29IIIIIINNNNC x", "has a unit"},
        {"22IIIIIKPPPP EUR", "ends in C"},
        {"22IIIIIKPPPPCC EUR", "has 14 digits"},
        {"22IIIICKPPPPC EUR", "ends in C"},
        {"22IIIIIKPPPPX EUR", "ends in C"},
        {"40IIIIIKPPPPC EUR", "begins with no in-store prefix"},
        {"0IIIIIIKPPPPC EUR", "begins with no in-store prefix"},
        {"IIIIIIIKPPPPC EUR", "begins with no in-store prefix"},
        {"3IIIIIKPPPPC EUR", "begins with no in-store prefix"},
        {"22XXXXXKPPPPC EUR", "has no item digits"},
        {"22IIXIIKPPPPC EUR", "item digits (I) in two places"},
        {"22IIIIIXXXXXC EUR", "has neither price"},
        {"22IIIIIPPPWWC EUR", "has two of price"},
        {"22IIIIIPPXPPC EUR", "has its P in two places"},
        {"22IIIIKKPPPPC EUR", "more than one check digit"},
        {"22IIIIKPPPPPPC EUR", "has 14 digits"},
        {"2IIIIKPPPPPPC EUR", "only a value of four or five digits"},
        {"22IIIIIIKPPPC EUR", "only a value of four or five digits"},
        {"22IIIIIK.PPPPC EUR", "a point that is not within"},
        {"22IIIIIKPPPP.C EUR", "a point that is not within"},
        {"22I.IIIIKPPPPC EUR", "a point that is not within"},
        {"22IIIIIKP.P.PPC EUR", "a point that is not within"},
        {"22iiiiiKPPPPC EUR", "the sign 'i' means nothing"},
        {"22IIIIIKPP1PC EUR", "the sign '1' means nothing"},
        {"22IIIII PPPPPC EUR", "has 7 digits"},
    };
    for (const auto& [text, what] : table) {
        const auto pattern = MeasureTemplate::parse(text);
        ASSERT_FALSE(pattern) << text;
        EXPECT_NE(pattern.error().message.find(what), std::string::npos) << text << ": " << pattern.error().message;
        EXPECT_NE(pattern.error().message.find("\"" + std::string(text) + "\""), std::string::npos);
    }
}

TEST(Gs1MeasureTemplateTest, TheLongestPrefixWins) {
    const std::vector<std::string> texts{"2IIIIIIPPP.PPC EUR", "28IIIIIWW.WWWC KGM", "281IIIINNNNNC"};
    const auto templates = parse_templates(texts);
    ASSERT_TRUE(templates);
    EXPECT_EQ(told(measure_of(ean("212345601299"), *templates)), "123456 price 12.99 EUR");
    EXPECT_EQ(told(measure_of(ean("282345601299"), *templates)), "23456 weight 1.299 KGM");
    EXPECT_EQ(told(measure_of(ean("281345600012"), *templates)), "3456 count 12 EA");
    const std::vector<std::string> same{"28IIIIIWW.WWWC KGM", "28IIIIIIPP.PPC EUR"};
    EXPECT_FALSE(parse_templates(same));
    EXPECT_TRUE(parse_templates({})->empty());
}

}  // namespace
