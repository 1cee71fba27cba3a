// SPDX-License-Identifier: Apache-2.0
// What a record lacks that a complete one has: the event catalogue of the retail reference.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/event/severities.hpp"
#include "tests/unit/event_support.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

json complete(const std::string& type) {
    std::ifstream file(std::string(TILLPOST_EXAMPLES) + "/" + type + "/complete.json");
    json document = json::parse(file, nullptr, false);
    EXPECT_TRUE(document.is_object()) << type;
    return document;
}

Event event_of(const json& record, Intake::Settings settings = {}) {
    Intake intake(std::move(settings));
    auto parsed = intake.parse(record.dump());
    if (auto* event = std::get_if<Event>(&parsed)) return std::move(*event);
    ADD_FAILURE() << std::get<Rejection>(parsed).detail;
    return {};
}

json without(json record, const std::vector<const char*>& pointers) {
    for (const char* pointer : pointers) {
        const json::json_pointer at(pointer);
        EXPECT_EQ(record[at.parent_pointer()].erase(at.back()), 1U) << pointer;
    }
    return record;
}

struct LackingRow {
    const char* type;
    std::vector<const char*> removed;
    const char* quality;
};

const LackingRow lacking[] = {
    {"sale", {}, "ok"},
    {"sale", {"/origin"}, "incomplete:/origin"},
    {"sale", {"/offline"}, "incomplete:/offline"},
    {"sale", {"/lines/0/entry_method"}, "incomplete:/lines/0/entry_method"},
    {"sale", {"/lines/3/unit_price"}, "incomplete:/lines/3/unit_price"},
    {"sale", {"/lines/0/tax"}, "incomplete:/lines/0/tax"},
    {"sale", {"/lines/2/unit_price", "/lines/2/tax"}, "ok"},  // a deposit
    {"sale",
     {"/lines/0/entry_method", "/lines/1/entry_method", "/lines/3/entry_method", "/lines/1/tax"},
     "incomplete:/lines/0/entry_method incomplete:/lines/1/tax"},
    {"sale", {"/lines/7/disposition"}, "incomplete:/lines/7/disposition"},
    {"sale", {"/lines/0/discounts/0/reason"}, "ok"},  // its promotion says why
    {"sale", {"/lines/1/discounts/1/reason", "/lines/1/discounts/1/coupon"}, "incomplete:/lines/1/discounts/1/reason"},
    {"sale", {"/tenders/1/authorization"}, "incomplete:/tenders/1/authorization"},
    {"return",
     {"/lines/0/reason", "/lines/0/approver", "/lines/0/refund_tender"},
     "incomplete:/lines/0/reason=and_refund_tender,approver"},
    {"void", {"/approver"}, "incomplete:/approver"},
    {"no_sale", {"/drawer_opened"}, "incomplete:/drawer_opened"},
    {"receiving", {"/purchase_orders"}, "discrepancy:/lines/1/received=over_0.5_of_12 incomplete:/purchase_orders"},
    {"receiving",
     {"/lines/0/reject_reason"},
     "discrepancy:/lines/1/received=over_0.5_of_12 incomplete:/lines/0/reject_reason"},
    {"receiving", {"/lines/0/expected", "/lines/1/expected"}, "incomplete:/lines/0/expected"},
    {"transfer_in", {"/lines/0/shipped"}, "incomplete:/lines/0/shipped"},
    {"markdown", {"/effective_from"}, "incomplete:/effective_from"},
    {"price_change", {"/reason", "/approver"}, "incomplete:/reason=and_approver"},
    {"stock_count", {"/location"}, "incomplete:/location"},
    {"till_close", {"/counts"}, "incomplete:/counts"},
    {"till_close", {"/counts/voids"}, "incomplete:/counts/voids"},
    {"till_close", {"/taxes"}, "incomplete:/taxes"},
    {"till_close", {"/session"}, "incomplete:/session"},
    {"till_close", {"/tenders/0/opening", "/tenders/1/opening"}, "incomplete:/tenders/0/opening"},
    {"payment_batch", {"/origin", "/offline"}, "incomplete:/origin=and_offline"},
};

TEST(CompletenessTest, MarksEachMissingMemberOnce) {
    for (const LackingRow& each : lacking) {
        EXPECT_EQ(event_of(without(complete(each.type), each.removed)).quality.text(), each.quality) << each.type;
    }
}

TEST(CompletenessTest, OfALongRecordThatLacksAllThatItCanTheMarksAreFew) {
    json sale{{"type", "sale"}, {"till", "T"}, {"number", 1}, {"business_date", "2026-11-23"}, {"currency", "EUR"}};
    sale["time"] = "2026-11-23T10:00:00Z";
    for (int line = 1; line <= 500; ++line) {
        sale["lines"].push_back({{"line", line}, {"kind", "goods"}, {"direction", line % 2 == 0 ? "sale" : "return"}});
        sale["lines"].back().update(
            {{"item", "7"}, {"quantity", 1}, {"unit", "EA"}, {"amount", 1}, {"unlinked", true}});
        sale["tenders"].push_back({{"type", "card"}, {"amount", 0}});
    }
    sale["totals"] = {{"net", 0}, {"tax", 0}, {"gross", 0}};
    EXPECT_EQ(event_of(sale).quality.text(),
              "incomplete:/origin=and_offline "
              "incomplete:/lines/0/entry_method=and_unit_price,tax,reason,disposition,refund_tender,approver "
              "incomplete:/tenders/0/scheme=and_last4,authorization");
}

TEST(CompletenessTest, SomeKindsOfLinesReferToSomething) {
    struct Row {
        json line;
        const char* quality;
    };
    const json held{{"reference", "GC-1"}};
    const Row rows[] = {
        {{{"kind", "gift_card"}, {"direction", "sale"}}, "incomplete:/lines/0/gift_card"},
        {{{"kind", "gift_card"}, {"direction", "sale"}, {"gift_card", held}}, "ok"},
        {{{"kind", "prepayment"}, {"direction", "sale"}}, "incomplete:/lines/0/prepayment"},
        {{{"kind", "prepayment"}, {"direction", "sale"}, {"prepayment", held}}, "ok"},
        {{{"kind", "prepayment"}, {"direction", "sale"}, {"layaway", held}}, "ok"},
        {{{"kind", "deposit"}, {"direction", "sale"}}, "incomplete:/lines/0/parent"},
        {{{"kind", "fee"}, {"direction", "sale"}}, "ok"},
    };
    for (const Row& row : rows) {
        json sale = complete("sale");
        for (const char* name : {"promotions", "taxes"}) sale.erase(name);
        sale["lines"] = json::array({row.line});
        sale["lines"][0].update({{"line", 1}, {"amount", "1.00"}});
        sale["tenders"] = {{{"type", "cash"}, {"amount", "1.00"}}};
        sale["totals"] = {{"net", "1.00"}, {"tax", "0"}, {"gross", "1.00"}};
        EXPECT_EQ(event_of(sale).quality.text(), row.quality) << row.line;
    }
}

TEST(CompletenessTest, AnEmptyTextSaysNoMoreThanNone) {
    const json held{{"reference", ""}};
    const auto with = [](const char* pointer, const json& value) {
        json sale = complete("sale");
        sale[json::json_pointer(pointer)] = value;
        return event_of(sale).quality.text();
    };
    EXPECT_EQ(with("/lines/0/override", {{"reason", "damaged"}}), "ok");
    EXPECT_EQ(with("/lines/0/override", {{"reason", ""}}), "incomplete:/lines/0/override/reason");
    EXPECT_EQ(with("/lines/0/gift_card", held), "incomplete:/lines/0/gift_card/reference");
    EXPECT_EQ(with("/lines/0/layaway", held), "incomplete:/lines/0/layaway/reference");
    json given_back = complete("return");
    given_back["lines"][0]["original"]["number"] = "";
    given_back["lines"][0].erase("unlinked");
    EXPECT_EQ(event_of(given_back).quality.text(), "incomplete:/lines/0/original/number");
    json taken_back = complete("void");
    taken_back["original"]["number"] = "";
    EXPECT_EQ(event_of(taken_back).quality.text(), "incomplete:/original/number");
}

TEST(CompletenessTest, NullIsMissingToo) {
    json sale = complete("sale");
    sale["lines"][0]["unit_price"] = nullptr;
    EXPECT_EQ(event_of(sale).quality.text(), "incomplete:/lines/0/unit_price");
}

TEST(CompletenessTest, AsksNothingOfScansWeightsAndOthers) {
    const json records[] = {
        {{"type", "scan"}, {"code", "1"}}, {{"type", "weight"}, {"net", "1"}, {"unit", "KGM"}}, {{"type", "other"}}};
    for (const json& record : records) EXPECT_EQ(event_of(record).quality.text(), "ok") << record;
}

TEST(CompletenessTest, TheOriginIsAsItsSchemaSays) {
    struct Row {
        json origin;
        const char* quality;
    };
    const Row rows[] = {{{{"adapter", "x"}}, "ok"},
                        {{{"adapter", "x"}, {"offset", 7}, {"key", 12}}, "ok"},
                        {json::object(), "required:/origin/adapter"},
                        {"x", "wrong_type:/origin"},
                        {{{"adapter", 7}}, "wrong_type:/origin/adapter"},
                        {{{"adapter", "x"}, {"offset", -1}}, "wrong_type:/origin/offset"}};
    for (const Row& row : rows) {
        json sale = complete("sale");
        sale["origin"] = row.origin;
        EXPECT_EQ(event_of(sale).quality.text(), row.quality) << row.origin;
    }
}

TEST(CompletenessTest, NeverPushesOutAnotherMark) {
    Quality quality;
    for (const char* field : {"/a", "/b", "/c", "/d", "/e"}) quality.note(Quality::incomplete, field, "");
    EXPECT_EQ(quality.marks().size(), 5U);
    for (const char* field : {"/1", "/2", "/3", "/4", "/5", "/6", "/7"}) quality.mark("time", field);
    EXPECT_EQ(quality.text(), "time:/1 time:/2 time:/3 time:/4 time:/5 time:/6 time:/7 incomplete:/a more");
    for (const char* field : {"/8", "/9"}) quality.mark("time", field);
    EXPECT_EQ(quality.text(), "time:/1 time:/2 time:/3 time:/4 time:/5 time:/6 time:/7 time:/8 more");
    EXPECT_EQ(quality.firsts().size(), 2U) << "and a severity still finds it";
    Quality many;
    for (int i = 0; i < 1'000; ++i) many.note(Quality::incomplete, "/" + std::to_string(i), "");
    EXPECT_EQ(many.marks().size(), Quality::most_marks + 1);
}

TEST(CompletenessTest, SaysNothingAgainstWhatIsThere) {
    EXPECT_FALSE(speaks_against("ok"));
    EXPECT_FALSE(speaks_against(""));
    EXPECT_FALSE(speaks_against("incomplete:/origin incomplete:/lines/0/tax=and_unit_price more"));
    EXPECT_TRUE(speaks_against("totals:/totals/gross incomplete:/origin"));
    EXPECT_TRUE(speaks_against("incomplete:/origin conflict"));
    EXPECT_TRUE(speaks_against("redacted:/incomplete"));
}

TEST(CompletenessTest, AShopSaysHowMuchItMatters) {
    const json sale = without(complete("sale"), {"/origin"});
    const Severities off({{"incomplete", {}, Severity::off}, {"incomplete", {"return"}, Severity::note}});
    const auto types = off.types_off("incomplete");
    EXPECT_TRUE(types.contains("sale"));
    EXPECT_FALSE(types.contains("return"));
    EXPECT_TRUE(event_of(sale, {.partial = types}).quality.ok());
    const auto held = Severities({{"incomplete", {"sale"}, Severity::quarantine}}).held_back(event_of(sale));
    ASSERT_TRUE(held);
    EXPECT_EQ(held->rule + held->field, "incomplete/origin");
    EXPECT_FALSE(Severities().held_back(event_of(sale)));
}

}  // namespace
}  // namespace tillpost
