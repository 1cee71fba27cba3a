// SPDX-License-Identifier: Apache-2.0
// What a return says of the sale that it takes back, for the rule return_quantity.
#include <gtest/gtest.h>

#include "agent/event/intake.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/returned_goods.hpp"
#include "agent/event/sold_goods.hpp"

namespace tillpost {
namespace {

/// A return with one line of these members.
std::string giving_back(const std::string& line, const std::string& more = "") {
    return R"({"type":"return","till":"T01","number":2,"business_date":"2026-11-23")" + more +
           R"(,"lines":[{"line":1,"kind":"goods","direction":"return",)" + line + "}]}";
}
const std::string named = R"("original":{"till":"T02","business_date":"2026-11-20","number":"399","line":3})";

std::shared_ptr<const ReturnedGoods> taken(const std::string& line, const std::vector<KeySetting>& keys = {}) {
    Intake intake({std::make_shared<const KeyRules>(keys, "0042")});
    const auto read = intake.parse(line);
    const auto* event = std::get_if<Event>(&read);
    EXPECT_NE(event, nullptr) << line;
    return event == nullptr ? nullptr : event->returned;
}

TEST(ReturnedGoodsTest, SayWhichLineOfWhichSale) {
    const auto goods = taken(giving_back(R"("quantity":"2.50","unit":"KGM","gtin":"04006381333931",)" + named));
    ASSERT_NE(goods, nullptr);
    ASSERT_EQ(goods->lines.size(), 1U);
    const ReturnedGoods::Line& line = goods->lines.front();
    EXPECT_EQ(line.field, "/lines/0/quantity");
    EXPECT_EQ(line.original, "pos/T02/2026-11-20/399");
    EXPECT_EQ(line.goods.line, "3");
    EXPECT_EQ(line.goods.article, "gtin/4006381333931");
    EXPECT_EQ(line.goods.item, "");
    EXPECT_EQ(line.goods.unit, "KGM");
    EXPECT_EQ(line.quantity.text(), "2.50");
}

TEST(ReturnedGoodsTest, SayBothNamesOfTheArticle) {
    const auto goods = taken(giving_back(R"("quantity":1,"gtin":"96385074","item":"7",)" + named));
    ASSERT_NE(goods, nullptr);
    EXPECT_EQ(goods->lines.front().goods.article, "gtin/96385074");
    EXPECT_EQ(goods->lines.front().goods.item, "item/7");
}

TEST(ReturnedGoodsTest, AreNoneWhereTheSaleIsNotNamedOrOfAnotherStore) {
    const std::string place = R"("till":"T02","business_date":"2026-11-20","number":399)";
    const std::string lines[] = {
        giving_back(R"("quantity":1,"unlinked":true)"),
        giving_back(R"("quantity":1,"original":{"number":399,"line":3})"),
        giving_back(R"("quantity":1,"original":{"till":"T02","number":399,"line":3})"),
        giving_back(R"("quantity":1,"original":{)" + place + "}"),  // no line, no article
        giving_back(R"("quantity":"x","original":{)" + place + R"(,"line":3})"),
        giving_back(R"("original":{)" + place + R"(,"line":3})"),
        giving_back(R"("quantity":1,"original":{"store":"0815",)" + place + R"(,"line":3})"),
        giving_back(R"("quantity":1,"original":{"store":"0042",)" + place + R"(,"line":3})", R"(,"store":"7")"),
        R"({"type":"sale","till":"T01","number":2,"business_date":"2026-11-23","original":{)" + place +
            R"(,"line":3}})",
        R"({"type":"sale","till":"T01","number":2,"business_date":"2026-11-23","lines":[{"direction":"sale","quantity":1,)" +
            named + "}]}",
    };
    for (const std::string& line : lines) EXPECT_EQ(taken(line), nullptr) << line;
    EXPECT_NE(taken(giving_back(R"("quantity":1,"original":{"store":42,)" + place + R"(,"line":3})")), nullptr);
    EXPECT_NE(taken(giving_back(R"("quantity":1,"item":"7","original":{)" + place + "}")), nullptr);
}

TEST(ReturnedGoodsTest, NameTheSaleOfAnotherStoreThatTheirRecordIsOf) {
    const auto goods = taken(giving_back(R"("quantity":1,)" + named, R"(,"store":"7")"));
    ASSERT_NE(goods, nullptr);
    EXPECT_EQ(goods->lines.front().original, "pos/7/T02/2026-11-20/399");
}

TEST(ReturnedGoodsTest, NameTheSaleByTheConfiguredKey) {
    const std::string line = giving_back(R"("quantity":1,)" + named, R"(,"store":"0042")");
    const auto by_store = taken(line, {{{"sale", "return"}, {"/store", "/till", "/business_date", "/number"}, {}}});
    ASSERT_NE(by_store, nullptr);
    EXPECT_EQ(by_store->lines.front().original, "pos/0042/T02/2026-11-20/399");
    EXPECT_EQ(taken(line, {{{"sale"}, {"/receipt"}, {}}}), nullptr) << "a return does not name a receipt";
}

ReturnedGoods::Line back(const std::string& line, const std::string& article, const std::string& quantity,
                         const std::string& unit = "") {
    ReturnedGoods::Line made;
    made.goods = {line, article, unit};
    made.quantity = *Decimal::parse(quantity);
    return made;
}

std::string told(const std::optional<SoldGoods::Balance>& balance) {
    return balance ? balance->given_back.text() + " of " + balance->sold.text() : "nothing";
}

TEST(SoldGoodsTest, FindWhatWasSold) {
    const SoldGoods sale(R"({"lines":[{"line":1,"direction":"sale","gtin":"4006381333931","quantity":"2","unit":"EA"},)"
                         R"({"line":"2","direction":"sale","gtin":"04006381333931","quantity":1},)"
                         R"({"line":3,"direction":"return","quantity":9,"unit":"EA"},{"line":4,"direction":"sale"},)"
                         R"({"line":5,"direction":"sale","item":"7","quantity":0.5,"unit":"KGM"}]})");
    struct Case {
        ReturnedGoods::Goods goods;
        const char* told;
    };
    const Case cases[] = {
        {{"1", "", "EA"}, "0 of 2"},
        {{"2", "", "EA"}, "0 of 1"},
        {{"1", "", "KGM"}, "nothing"},  // another unit
        {{"3", "", ""}, "nothing"},     // was returned there
        {{"4", "", ""}, "nothing"},     // says no quantity
        {{"6", "", ""}, "0 of 0"},      // is not there
        {{"", "gtin/4006381333931", "EA"}, "0 of 3"},
        {{"", "item/7", "KGM"}, "0 of 0.5"},
        {{"", "item/8", ""}, "nothing"},
    };
    for (const Case& each : cases) {
        const auto line = back(each.goods.line, each.goods.article, "0", each.goods.unit);
        EXPECT_EQ(told(sale.balance(line, {})), each.told) << each.goods.line << each.goods.article;
    }
    EXPECT_EQ(told(SoldGoods("no json").balance(back("1", "", "1"), {})), "nothing");
    EXPECT_EQ(told(sale.balance(back("1", "", "1e18"), std::vector{back("1", "", "1e-18")})), "nothing")
        << "too much for a number";
}

TEST(SoldGoodsTest, SayWhatTheSaleDidNotContainWhereThatIsCertain) {
    const std::string a =
        R"({"line":1,"kind":"goods","direction":"sale","gtin":"4006381333931","item":"7","quantity":2})";
    const std::string b =
        R"({"line":"02","kind":"goods","direction":"sale","gtin":"4012345000009","item":"8","quantity":1})";
    const std::string only_item = R"({"line":3,"kind":"goods","direction":"sale","item":"9","quantity":1})";
    const std::string only_gtin = R"({"line":3,"kind":"goods","direction":"sale","gtin":"96385074","quantity":1})";
    const std::string deposit = R"({"line":4,"kind":"deposit","direction":"sale","quantity":1,"amount":1})";
    const std::string service = R"({"line":4,"kind":"service","direction":"sale","quantity":1,"amount":1})";
    const std::string carton = R"({"line":5,"kind":"goods","direction":"sale","gtin":"14006381333938","quantity":1})";
    const std::string weighed = R"({"line":5,"kind":"goods","direction":"sale","gtin":"2812345004999","quantity":1})";
    const std::string misread = R"({"line":5,"kind":"goods","direction":"sale","gtin":"4006381333930","quantity":1})";
    const std::string unnumbered = R"({"kind":"goods","direction":"sale","gtin":"96385074","quantity":1})";
    const std::string given_back =
        R"({"line":9,"kind":"goods","direction":"return","gtin":"4000000000006","quantity":1})";
    const std::string third = "gtin/4000000000006";
    struct Case {
        std::vector<std::string> sold;
        ReturnedGoods::Goods goods;
        const char* told;
    };
    const Case cases[] = {
        {{a, b}, {"", third, "EA"}, "1 of 0"},
        {{a, b}, {"", third, "EA", "item/5"}, "1 of 0"},
        {{a, b}, {"", third, "EA", "item/07"}, "nothing"},  // its GTIN was changed since, or that of the sale is wrong
        {{a, only_gtin}, {"", third, "EA", "item/5"}, "1 of 0"},
        {{a, b}, {"", "item/5", ""}, "1 of 0"},
        {{a, b}, {"", "item/008", ""}, "nothing"},     // perhaps the same number
        {{a, only_item}, {"", third, ""}, "nothing"},  // 9 may be it
        {{a, only_gtin}, {"", "item/5", ""}, "nothing"},
        {{a, deposit}, {"", third, ""}, "1 of 0"},
        {{a, service}, {"", third, ""}, "nothing"},
        {{a, carton}, {"", third, ""}, "nothing"},  // of a carton one piece may come back
        {{a, b}, {"", "gtin/14006381333938", ""}, "nothing"},
        {{a, weighed}, {"", third, ""}, "1 of 0"},
        {{a, weighed}, {"", "gtin/2812345009994", ""}, "nothing"},  // the price or weight is in the number
        {{a, misread}, {"", third, ""}, "nothing"},
        {{a, b}, {"", "gtin/4000000000007", ""}, "nothing"},  // is no GTIN
        {{a, b}, {"9", "", ""}, "1 of 0"},
        {{a, b}, {"9", "gtin/4006381333931", ""}, "1 of 0"},
        {{a, b}, {"2", "", ""}, "1 of 1"},
        {{a, b}, {"001", "", ""}, "1 of 2"},
        {{a, unnumbered}, {"9", "", ""}, "nothing"},
        {{a, given_back}, {"9", "", ""}, "nothing"},
        {{a, given_back}, {"", third, ""}, "nothing"},
        {{given_back}, {"1", "", ""}, "nothing"},  // a return is no sale
        {{}, {"1", "", ""}, "nothing"},
    };
    for (const Case& each : cases) {
        std::string lines;
        for (const std::string& line : each.sold) lines.append(lines.empty() ? "" : ",").append(line);
        ReturnedGoods::Line line;
        line.goods = each.goods;
        line.quantity = Decimal(1);
        EXPECT_EQ(told(SoldGoods("{\"lines\":[" + lines + "]}").balance(line, {})), each.told) << &each - cases;
    }
}

TEST(SoldGoodsTest, CountAllReturnsOfWhatTheSaleDidNotContain) {
    const SoldGoods sale(R"({"lines":[{"line":1,"gtin":"4006381333931","quantity":2}]})");
    const std::vector<ReturnedGoods::Line> before{back("9", "", "2"), back("1", "", "1"), back("09", "", "3")};
    EXPECT_EQ(told(sale.balance(back("9", "", "1"), before)), "6 of 0");
}

TEST(SoldGoodsTest, CountReturnsTogetherHoweverTheyNameTheGoods) {
    const SoldGoods sale(R"({"lines":[{"line":1,"gtin":"4006381333931","item":"A","quantity":2},)"
                         R"({"line":2,"gtin":"4006381333931","item":"B","quantity":3},)"
                         R"({"line":3,"gtin":"96385074","item":"B","quantity":4}]})");
    const std::string gtin = "gtin/4006381333931";
    struct Case {
        std::vector<ReturnedGoods::Line> before;
        ReturnedGoods::Line line;
        const char* told;
    };
    const Case cases[] = {
        {{back("", gtin, "5")}, back("1", "", "1"), "6 of 5"},
        {{back("1", "", "2"), back("2", "", "3")}, back("", gtin, "1"), "6 of 5"},
        {{back("1", "", "2")}, back("", gtin, "3"), "5 of 5"},
        {{back("", gtin, "3")}, back("1", "", "2"), "2 of 2"},
        {{back("", gtin, "4")}, back("1", "", "2"), "6 of 5"},
        {{back("1", "item/other", "2")}, back("", "item/A", "1"), "3 of 2"},  // the sale knows which article it was
        {{back("", "item/A", "2")}, back("", gtin, "4"), "6 of 5"},
        {{back("", "item/B", "6"), back("", gtin, "3")}, back("2", "", "1"), "1 of 3"},  // 6 may be of 2 and 3
        {{back("", "item/B", "6"), back("3", "", "1")}, back("", "gtin/96385074", "1"), "8 of 7"},
        {{back("1", "", "9")}, back("", gtin, "3"), "5 of 5"},  // 7 too many are of line 1, and marked there
        {{back("1", "", "9")}, back("2", "", "3"), "3 of 3"},
        {{back("9", "", "9"), back("", "item/C", "9")}, back("1", "", "2"), "2 of 2"},  // of nothing that was sold
    };
    for (const Case& each : cases) EXPECT_EQ(told(sale.balance(each.line, each.before)), each.told) << &each - cases;
}

}  // namespace
}  // namespace tillpost
