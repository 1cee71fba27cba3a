// SPDX-License-Identifier: Apache-2.0
// What a return says of the sale that it takes back, for the rule return_quantity.
#include <gtest/gtest.h>

#include "agent/event/intake.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/returned_goods.hpp"

namespace tillpost {
namespace {

/// A return with one line of these members.
std::string giving_back(const std::string& line, const std::string& more = "") {
    return R"({"type":"return","till":"T01","number":2,"business_date":"2026-11-23")" + more +
           R"(,"lines":[{"line":1,"kind":"goods","direction":"return",)" + line + "}]}";
}
const std::string named = R"("original":{"till":"T02","business_date":"2026-11-20","number":"399","line":3})";

std::shared_ptr<const ReturnedGoods> taken(const std::string& line, const std::vector<KeySetting>& keys = {}) {
    Intake intake({std::make_shared<const KeyRules>(keys), "0042"});
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
    EXPECT_EQ(line.goods.unit, "KGM");
    EXPECT_EQ(line.quantity.text(), "2.50");
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

TEST(ReturnedGoodsTest, NameTheSaleByTheConfiguredKey) {
    const std::string line = giving_back(R"("quantity":1,)" + named, R"(,"store":"0042")");
    const auto by_store = taken(line, {{{"sale", "return"}, {"/store", "/till", "/business_date", "/number"}, {}}});
    ASSERT_NE(by_store, nullptr);
    EXPECT_EQ(by_store->lines.front().original, "pos/0042/T02/2026-11-20/399");
    EXPECT_EQ(taken(line, {{{"sale"}, {"/receipt"}, {}}}), nullptr) << "a return does not name a receipt";
}

TEST(ReturnedGoodsTest, FindWhatWasSold) {
    const std::string sale =
        R"({"lines":[{"line":1,"direction":"sale","gtin":"4006381333931","quantity":"2","unit":"EA"},)"
        R"({"line":"2","direction":"sale","gtin":"04006381333931","quantity":1},)"
        R"({"line":3,"direction":"return","quantity":9,"unit":"EA"},{"line":4,"direction":"sale"},)"
        R"({"line":5,"direction":"sale","item":"7","quantity":0.5,"unit":"KGM"}]})";
    struct Case {
        ReturnedGoods::Goods goods;
        std::optional<std::string> sold;
    };
    const Case cases[] = {
        {{"1", "", "EA"}, "2"},
        {{"2", "", "EA"}, "1"},
        {{"1", "", "KGM"}, std::nullopt},  // another unit
        {{"3", "", ""}, std::nullopt},     // was returned there
        {{"4", "", ""}, std::nullopt},     // says no quantity
        {{"6", "", ""}, std::nullopt},     // is not there
        {{"", "gtin/4006381333931", "EA"}, "3"},
        {{"", "item/7", "KGM"}, "0.5"},
        {{"", "item/8", ""}, std::nullopt},
    };
    for (const Case& each : cases) {
        const auto sold = sold_quantity(sale, each.goods);
        EXPECT_EQ(sold ? std::optional(sold->text()) : std::nullopt, each.sold)
            << each.goods.line << each.goods.article;
    }
    EXPECT_EQ(sold_quantity("no json", {"1", "", ""}), std::nullopt);
}

}  // namespace
}  // namespace tillpost
