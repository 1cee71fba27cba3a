// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>

#include "drivers/simulator/sold_goods.hpp"
#include "drivers/simulator/store_clock.hpp"

namespace tillpost::simulator {
namespace {

TEST(StoreClockTest, OpensAtEightClosesAtTwentyAndKnowsTheCalendar) {
    StoreClock clock(*parse_day("2028-02-28"));
    EXPECT_EQ(clock.time(), "2028-02-28T08:00:00.000+01:00");
    clock.advance(std::chrono::hours(12) - std::chrono::milliseconds(1));
    EXPECT_EQ(clock.time(), "2028-02-28T19:59:59.999+01:00");
    clock.advance(std::chrono::milliseconds(1));
    EXPECT_EQ(clock.time(), "2028-02-29T08:00:00.000+01:00");
    clock.advance(std::chrono::hours(12));
    EXPECT_EQ(clock.date(), "2028-03-01");
}

TEST(StoreClockTest, ReadsDaysOfTheCalendarOnly) {
    EXPECT_TRUE(parse_day("2026-11-23"));
    for (const char* text : {"", "2026-1-23", "2026-02-29", "2026-13-01", "26-11-23", "2026-11-2x", "2026-11--3",
                             "2026/11/23", "2026-11-230", "1969-12-31"}) {
        EXPECT_FALSE(parse_day(text)) << text;
    }
}

TEST(CheckDigitTest, IsThatOfTheStandardsExamples) {
    EXPECT_EQ(check_digit("400638133393"), '1');       // GTIN-13
    EXPECT_EQ(check_digit("629104150021"), '3');       // GS1 General Specifications, 7.9
    EXPECT_EQ(check_digit("37610425002123456"), '9');  // … SSCC
    EXPECT_EQ(check_digit("000000000000"), '0');
}

TEST(BasketTest, RoundsTheTaxOfReturnsAsThatOfSales) {
    for (std::size_t tax = 0; tax < tax_rates.size(); ++tax) {
        Article article{"4006381333931", 0, false, tax};
        for (Cents amount = 0; amount < 500; ++amount) {
            Item item;
            item.article = &article;
            item.amount = amount;
            const Cents sold = total({item}).tax;
            item.returned = true;
            ASSERT_EQ(total({item}).tax, -sold) << amount;
            const std::int64_t rate = tax_rates[tax];
            ASSERT_LE(2 * std::abs(sold * (100 + rate) - amount * rate), 100 + rate) << amount;
        }
    }
}

TEST(SoldGoodsTest, ForgetsTheOldestSaleWhenItIsFull) {
    const Article article{"4006381333931", 100, false, 0};
    Item item;
    item.article = &article;
    item.quantity = 1000;
    SoldGoods sold(2);
    Random random(1);
    EXPECT_TRUE(sold.take_back(random, 3).empty());
    for (const char* number : {"1", "2", "3"}) sold.add({"T01", "2026-11-23", number}, {item});
    std::set<std::string> numbers;
    for (int i = 0; i < 50; ++i) {
        for (const Item& back : sold.take_back(random, 3)) EXPECT_TRUE(numbers.insert(back.origin->sale.number).second);
    }
    EXPECT_EQ(numbers, (std::set<std::string>{"2", "3"}));
}

}  // namespace
}  // namespace tillpost::simulator
