// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "agent/event/decimal.hpp"

using namespace tillpost;

namespace {

Decimal d(std::string_view text) { return Decimal::parse(text).value(); }

std::string text_of(const std::optional<Decimal>& number) { return number ? number->text() : "none"; }

TEST(DecimalTest, ReadsTheGrammarOfJsonNumbersAndNothingElse) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"0", "0"},
        {"12", "12"},
        {"1.990", "1.990"},
        {"-0.5", "-0.5"},
        {"0.00", "0.00"},
        {"-0", "0"},
        {"-0.00", "0.00"},
        {"1e2", "100"},
        {"1E+2", "100"},
        {"12.5e-3", "0.0125"},
        {"1.50e1", "15.0"},
        {"0e18", "0"},
        {"1e17", "100000000000000000"},
        {"999999999999999999", "999999999999999999"},
        {"-999999999999999999", "-999999999999999999"},
        {"0.000000000000000001", "0.000000000000000001"},
        {"1e-18", "0.000000000000000001"},
        {"10e-19", "none"},
        {"1e18", "none"},
        {"1000000000000000000", "none"},
        {"9999999999999999999", "none"},
        {"9223372036854775808", "none"},
        {"18446744073709551617", "none"},
        {"1.0000000000000000000", "none"},
        {"123456789.1234567891", "none"},
        {"1e19", "none"},
        {"1e-19", "none"},
        {"1e999", "none"},
        {"1e", "none"},
        {"1e+", "none"},
        {"e1", "none"},
        {"", "none"},
        {"-", "none"},
        {"+1", "none"},
        {".5", "none"},
        {"1.", "none"},
        {"-.5", "none"},
        {"007", "none"},
        {"00", "none"},
        {"-01", "none"},
        {" 1", "none"},
        {"1 ", "none"},
        {"1,99", "none"},
        {"1.9.9", "none"},
        {"1'000", "none"},
        {"0x10", "none"},
        {"NaN", "none"},
        {"Infinity", "none"},
        {"--1", "none"},
        {"\xd9\xa1", "none"},  // an Arabic digit
        {std::string_view("1\0", 2), "none"},
    };
    for (const auto& [input, expected] : table) EXPECT_EQ(text_of(Decimal::parse(input)), expected) << input;
}

struct Operation {
    std::string_view a;
    std::string_view b;
    std::string_view result;
};

TEST(DecimalTest, AddsExactly) {
    const Operation table[] = {
        {"0.1", "0.2", "0.3"},
        {"1.99", "0.010", "2.000"},
        {"1", "-1.00", "0.00"},
        {"100000000000000000", "0.00", "100000000000000000"},  // fits only without the zeros
        {"99999999999999999.9", "0.1", "100000000000000000"},
        {"999999999999999999", "1", "none"},
        {"-999999999999999999", "-1", "none"},
        {"999999999999999999", "-999999999999999999", "0"},
        {"100000000000000000", "0.01", "none"},  // 20 digits
        {"9.99999999999999999", "-9.999999999999999", "0.00000000000000099"},
        {"999999999999999999", "0.000000000000000001", "none"},
        {"10.0", "-9.99999999999999999", "0.00000000000000001"},
    };
    for (const auto& [a, b, result] : table) {
        EXPECT_EQ(text_of(d(a).plus(d(b))), result) << a << " + " << b;
        EXPECT_EQ(text_of(d(b).plus(d(a))), result) << b << " + " << a;
        EXPECT_EQ(text_of(d(a).minus(d(b).negated())), result);
    }
}

TEST(DecimalTest, MultipliesExactly) {
    const Operation table[] = {
        {"1.99", "3", "5.97"},
        {"-0.5", "0.5", "-0.25"},
        {"1.000000000", "1.0000000000", "1"},  // 19 decimals as written
        {"999999999", "1000000000", "999999999000000000"},
        {"1000000000", "1000000000", "none"},
        {"999999999999999999", "999999999999999999", "none"},
        {"0.0000000001", "0.000000001", "none"},  // 10^-19
        {"0.000000001", "0.000000001", "0.000000000000000001"},
        {"0", "-999999999999999999", "0"},
        {"0.500000000000000000", "2.00000000000000000", "1.0"},
    };
    for (const auto& [a, b, result] : table) {
        EXPECT_EQ(text_of(d(a).times(d(b))), result) << a << " * " << b;
        EXPECT_EQ(text_of(d(b).times(d(a))), result) << b << " * " << a;
    }
}

TEST(DecimalTest, ComparesValuesNotTexts) {
    const std::string_view ascending[] = {"-999999999999999999",
                                          "-1e17",
                                          "-1.01",
                                          "-1",
                                          "-0.000000000000000001",
                                          "0.00",
                                          "0.000000000000000001",
                                          "0.999999999999999999",
                                          "1.0",
                                          "1.01",
                                          "2",
                                          "999999999999999998",
                                          "999999999999999999"};
    for (std::size_t i = 0; i < std::size(ascending); ++i) {
        for (std::size_t j = 0; j < std::size(ascending); ++j) {
            EXPECT_EQ(d(ascending[i]) <=> d(ascending[j]), i <=> j) << ascending[i] << " " << ascending[j];
        }
    }
    EXPECT_EQ(d("1.990"), d("1.99"));
    EXPECT_EQ(d("0"), d("-0.000"));
    EXPECT_NE(d("1.990"), d("1.991"));
}

TEST(MoneyTest, HasACurrencyAndAddsOnlyItsOwn) {
    const Money euros = Money::parse("1.99", "EUR").value();
    EXPECT_EQ(euros.plus(Money::parse("0.01", "EUR").value()), Money::parse("2", "EUR"));
    EXPECT_EQ(euros.minus(Money::parse("2.00", "EUR").value()), Money::parse("-0.01", "EUR"));
    EXPECT_EQ(euros.plus(Money::parse("0.01", "CHF").value()), std::nullopt);
    EXPECT_EQ(Money::parse("999999999999999999", "EUR")->plus(euros), std::nullopt);
    for (const std::string_view code : {"", "EU", "eur", "EURO", "E1R", "\xc3\x84R"}) {
        EXPECT_EQ(Money::parse("1", code), std::nullopt) << code;
    }
    EXPECT_EQ(Money::parse("1,99", "EUR"), std::nullopt);
}

TEST(QuantityTest, HasAUnitAndAddsOnlyItsOwn) {
    const Quantity kilos = Quantity::parse("1.250", "KGM").value();
    EXPECT_EQ(kilos.plus(Quantity::parse("0.75", "KGM").value()), Quantity::parse("2", "KGM"));
    EXPECT_EQ(kilos.minus(kilos), Quantity::parse("0", "KGM"));
    EXPECT_EQ(kilos.plus(Quantity::parse("1", "EA").value()), std::nullopt);
    EXPECT_EQ(Quantity::parse("1", ""), std::nullopt);
    EXPECT_EQ(Quantity::parse("1", "seventeen letters"), std::nullopt);
    EXPECT_EQ(kilos.unit(), "KGM");
}

}  // namespace
