// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/check_digits.hpp"

#include <gtest/gtest.h>

#include "agent/event/gs1/code_lists.hpp"
#include "agent/event/gs1/dates.hpp"

using namespace tillpost::gs1;

namespace {

TEST(Gs1CheckDigitTest, FollowsTheStandardsExamples) {
    for (const std::string_view right :
         {"96385074", "036000291452", "4006381333931", "09506000134352", "106141412345678908", "376104250021234569",
          "6291041500213", "9501101531000", "00000000", "24012345678905"}) {
        EXPECT_TRUE(check_digit_right(right)) << right;
        EXPECT_EQ(check_digit(right.substr(0, right.size() - 1)), right.back());
    }
    for (const std::string_view wrong : {"", "1", "96385075", "4006381333930", "400638133393X", "X", "9638507 "}) {
        EXPECT_FALSE(check_digit_right(wrong)) << wrong;
    }
}

TEST(Gs1CheckDigitTest, FindsEachWrongDigitAndMostExchangedOnes) {
    const std::string right = "376104250021234569";
    for (std::size_t at = 0; at < right.size(); ++at) {
        for (char digit = '0'; digit <= '9'; ++digit) {
            std::string text = right;
            text[at] = digit;
            EXPECT_EQ(check_digit_right(text), text == right) << text;
        }
    }
    EXPECT_FALSE(check_digit_right("376104250021234659"));
}

// 1987654Ad4X4bL5ttr2310c2K is the standard's example of a Global Model Number.
TEST(Gs1CheckPairTest, FollowsTheStandardsExample) {
    EXPECT_EQ(check_pair("1987654Ad4X4bL5ttr2310c"), "2K");
    EXPECT_EQ(check_pair("12345678901234567890123"), "NT");
    EXPECT_EQ(check_pair("12345_ABCDEFGHIJKLM"), "CP");
    EXPECT_EQ(check_pair("12345_nopqrstuvwxyz"), "P2");
    EXPECT_EQ(check_pair("12345_!\"%&'()*+,-./"), "LC");
    EXPECT_EQ(check_pair("12345_0123456789:;<=>?"), "62");
    EXPECT_EQ(check_pair(""), "22");
    EXPECT_EQ(check_pair("12 45"), std::nullopt);
    EXPECT_EQ(check_pair(std::string(97, '1')).has_value(), true);
    EXPECT_EQ(check_pair(std::string(98, '1')), std::nullopt);
}

// 2875 and 14685 are the standard's examples.
TEST(Gs1PriceCheckDigitTest, HasFourOrFiveDigits) {
    const std::pair<std::string_view, std::optional<char>> table[] = {{"2875", '9'},
                                                                      {"14685", '6'},
                                                                      {"0000", '0'},
                                                                      {"00000", '0'},
                                                                      {"0001", '5'},
                                                                      {"0010", '9'},
                                                                      {"0100", '6'},
                                                                      {"1000", '6'},
                                                                      {"10000", '1'},
                                                                      {"01000", '4'},
                                                                      {"", std::nullopt},
                                                                      {"123", std::nullopt},
                                                                      {"123456", std::nullopt},
                                                                      {"12a4", std::nullopt}};
    for (const auto& [field, digit] : table) EXPECT_EQ(price_check_digit(field), digit) << field;
}

// A price check digit is there to find every single wrong digit.
TEST(Gs1PriceCheckDigitTest, FindsEachWrongDigit) {
    for (const std::string field : {"2875", "0000", "9999", "14685", "00000", "99999", "50505"}) {
        for (std::size_t at = 0; at < field.size(); ++at) {
            for (char digit = '0'; digit <= '9'; ++digit) {
                std::string other = field;
                other[at] = digit;
                EXPECT_EQ(price_check_digit(other) == price_check_digit(field), other == field) << other;
            }
        }
    }
}

TEST(Gs1DateTest, TheCenturyIs49YearsBackTo50Ahead) {
    struct Row {
        int two_digits, now, year;
    };
    for (const Row& row : {Row{26, 2026, 2026},
                           {76, 2026, 2076},
                           {77, 2026, 1977},
                           {99, 2026, 1999},
                           {0, 2026, 2000},
                           {0, 2050, 2100},
                           {1, 2050, 2001},
                           {0, 2049, 2000},
                           {99, 2050, 2099},
                           {49, 1999, 2049},
                           {50, 1999, 1950},
                           {0, 1950, 2000},
                           {99, 2000, 1999},
                           {50, 2000, 2050},
                           {51, 2000, 1951},
                           {49, 2099, 2149},
                           {50, 2099, 2050}}) {
        EXPECT_EQ(full_year(row.two_digits, row.now), row.year) << row.two_digits << " in " << row.now;
    }
}

TEST(Gs1DateTest, DayZeroIsTheLastOfTheMonth) {
    const std::pair<std::string_view, std::string_view> table[] = {{"260100", "2026-01-31"}, {"260200", "2026-02-28"},
                                                                   {"280200", "2028-02-29"}, {"000200", "2000-02-29"},
                                                                   {"260400", "2026-04-30"}, {"261200", "2026-12-31"}};
    for (const auto& [text, day] : table) {
        const auto date = parse_date(text, 2026, DayZero::last_of_month);
        ASSERT_TRUE(date) << text;
        EXPECT_EQ(date->text(), day);
        EXPECT_TRUE(date->day_unknown);
        EXPECT_FALSE(parse_date(text, 2026, DayZero::refused)) << text;
    }
}

TEST(Gs1DateTest, KnowsTheCalendar) {
    const std::pair<std::string_view, std::string_view> table[] = {{"260131", "2026-01-31"},
                                                                   {"280229", "2028-02-29"},
                                                                   {"000229", "2000-02-29"},
                                                                   {"991231", "1999-12-31"},
                                                                   {"770101", "1977-01-01"},
                                                                   {"761231", "2076-12-31"},
                                                                   {"260229", ""},
                                                                   {"260230", ""},
                                                                   {"261301", ""},
                                                                   {"260001", ""},
                                                                   {"260431", ""},
                                                                   {"260132", ""},
                                                                   {"26013", ""},
                                                                   {"2601311", ""},
                                                                   {"26O131", ""},
                                                                   {"", ""}};
    for (const auto& [text, day] : table) {
        const auto date = parse_date(text, 2026, DayZero::last_of_month);
        EXPECT_EQ(date ? date->text() : "", day) << text;
        EXPECT_FALSE(date && date->day_unknown) << text;
    }
    EXPECT_FALSE(parse_date("000229", 2050, DayZero::refused));  // 2100 is no leap year
    EXPECT_EQ(parse_long_date("19000228")->text(), "1900-02-28");
    EXPECT_FALSE(parse_long_date("19000229"));
    EXPECT_FALSE(parse_long_date("20260100"));
    EXPECT_FALSE(parse_long_date("260131"));
}

TEST(Gs1CodeListTest, KnowsCurrenciesCountriesAndPackages) {
    EXPECT_EQ(currency_letters("978"), "EUR");
    EXPECT_EQ(currency_letters("008"), "ALL");
    EXPECT_EQ(currency_letters("999"), "XXX");
    EXPECT_EQ(currency_letters("000"), "");
    EXPECT_EQ(currency_letters(""), "");
    EXPECT_EQ(country_letters("276"), "DE");
    EXPECT_EQ(country_letters("894"), "ZM");
    EXPECT_EQ(country_letters("999"), "");
    EXPECT_TRUE(is_country_letters("CH"));
    EXPECT_FALSE(is_country_letters("ch"));
    EXPECT_FALSE(is_country_letters("EU"));
    EXPECT_FALSE(is_country_letters("H0"));  // the end of one entry and the beginning of the next
    EXPECT_TRUE(is_package_type("1A"));
    EXPECT_TRUE(is_package_type("9"));
    EXPECT_TRUE(is_package_type("ZZ"));
    EXPECT_FALSE(is_package_type("1"));
    EXPECT_FALSE(is_package_type(""));
    EXPECT_FALSE(is_package_type("1A 1B"));
}

}  // namespace
