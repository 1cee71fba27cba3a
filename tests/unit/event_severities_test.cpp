// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "agent/event/glance.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/json_text.hpp"
#include "agent/event/severities.hpp"

namespace tillpost {
namespace {

constexpr Severity note = Severity::note;
constexpr Severity hold = Severity::quarantine;

/// The catalogue's word on which types a rule can be broken in.
bool looks_at(const std::string& name, const std::string& type) {
    const auto rule = std::find_if(known_rules().begin(), known_rules().end(),
                                   [&name](const KnownRule& each) { return each.name == name; });
    return rule != known_rules().end() &&
           (rule->types.empty() || std::find(rule->types.begin(), rule->types.end(), type) != rule->types.end());
}

Event broken(const std::string& type, std::initializer_list<std::pair<const char*, const char*>> marks) {
    Event event;
    event.type = type;
    for (const auto& [rule, field] : marks) event.quality.mark(rule, field);
    return event;
}

struct Case {
    const char* name;
    std::vector<RuleSetting> rules;
    Event event;
    const char* rule;  ///< That holds it back, nullptr: it travels.
    const char* field = "";
};

class SeveritiesTest : public ::testing::TestWithParam<Case> {};

TEST_P(SeveritiesTest, HoldsBackWhatTheConfigurationSaysAndNothingElse) {
    const auto held = Severities(GetParam().rules).held_back(GetParam().event);
    ASSERT_EQ(held.has_value(), GetParam().rule != nullptr);
    if (!held) return;
    EXPECT_EQ(held->rule, GetParam().rule);
    EXPECT_EQ(held->field, GetParam().field);
    EXPECT_NE(held->detail.find("/rules"), std::string::npos) << "and says where that is configured";
}

INSTANTIATE_TEST_SUITE_P(
    Rules, SeveritiesTest,
    ::testing::Values(
        Case{"without_configuration_all_travels", {}, broken("sale", {{"totals", "/totals/gross"}}), nullptr},
        Case{"a_note_travels", {{"totals", {}, note}}, broken("sale", {{"totals", ""}}), nullptr},
        Case{"whole_events_travel", {{"totals", {}, hold}}, broken("sale", {}), nullptr},
        Case{"of_that_type", {{"totals", {"sale"}, hold}}, broken("sale", {{"totals", "/t"}}), "totals", "/t"},
        Case{"of_any_type", {{"time", {}, hold}}, broken("void", {{"time", "/time"}}), "time", "/time"},
        Case{"not_of_another_type", {{"totals", {"sale"}, hold}}, broken("return", {{"totals", ""}}), nullptr},
        Case{"not_another_rule", {{"totals", {}, hold}}, broken("sale", {{"total", ""}, {"tenders", ""}}), nullptr},
        Case{"the_first_place",
             {{"negative", {}, hold}},
             broken("sale", {{"negative", "/a"}, {"negative", "/b"}}),
             "negative",
             "/a"},
        Case{"an_exception_behind_the_rule",
             {{"totals", {}, hold}, {"totals", {"return"}, note}},
             broken("return", {{"totals", ""}}),
             nullptr},
        Case{"the_last_one_counts",
             {{"totals", {"return"}, note}, {"totals", {}, hold}},
             broken("return", {{"totals", "/t"}}),
             "totals",
             "/t"},
        Case{"beyond_the_last_mark",
             {{"totals", {}, hold}},
             broken("sale", {{"a", ""},
                             {"b", ""},
                             {"c", ""},
                             {"d", ""},
                             {"e", ""},
                             {"f", ""},
                             {"g", ""},
                             {"h", ""},
                             {"i", ""},
                             {"totals", "/t"}}),
             "totals",
             "/t"}),
    [](const auto& which) { return which.param.name; });

TEST(KnownRulesTest, KnowEveryMarkOfARecordThatBreaksMuch) {
    // Many of the rules at once; what a mark says must be among what `tillpost rules` lists.
    const char* lines[] = {
        R"({"type":"sale","till":"T","number":1,"business_date":"2026-11-23","mode":"x","lines":[{"kind":"x","direction":"x","gtin":"1","amount":-1,"expiry":"x","parent":3,"age_check":{"outcome":"x"},"weight":{"net":"1","tare":"1","gross":"3"}},{"line":1,"kind":"goods","direction":"return","amount":1}],"tenders":[{"amount":3}],"totals":{"gross":1},"promotions":[{"promotion":1,"amount":9}],"tax_rounding":"x","currency":"e"})",
        R"({"type":"receiving","document":"D","business_date":"2026-11-23","supplier":"1","ssccs":["1"],"lines":[{"received":2,"accepted":1,"expected":3}]})",
        R"({"type":"void","corrects":"x","corrects_kind":"x","scope":"x","original":{"business_date":"x"}})",
        R"({"type":"till_close","tenders":[{"expected":1,"counted":2,"difference":2}]})",
        R"({"type":"never_heard"})",
        R"({"type":"control","first_number":2,"last_number":1})",
        R"({"type":"sale","till":"T","number":3,"business_date":"2026-11-23","lines":[{"line":1,"quantity":2,"unit_price":3,"amount":7},{"line":1}],"taxes":[{"amount":1}],"totals":{"tax":2},"tenders":[{"last4":"1","amount":1,"tendered":3,"change":1,"foreign":{"amount":2,"rate":3}}]})",
        R"({"type":"sale","till":"T","number":2,"business_date":"2026-11-23","offline":"x","lines":[{"line":1,"direction":"sale","amount":1}],"totals":{"gross":2}})"};
    std::set<std::string, std::less<>> known;
    for (const KnownRule& rule : known_rules()) known.emplace(rule.name);
    Intake intake;
    std::set<std::string> met;
    for (const char* line : lines) {
        const auto parsed = intake.parse(line);
        ASSERT_TRUE(std::holds_alternative<Event>(parsed)) << line;
        for (const Quality::First& each : std::get<Event>(parsed).quality.firsts()) {
            EXPECT_TRUE(known.contains(each.rule)) << each.rule;
            EXPECT_TRUE(looks_at(each.rule, std::get<Event>(parsed).type)) << each.rule << line;
            met.insert(each.rule);
        }
    }
    std::vector<std::string> others;
    std::set_difference(known.begin(), known.end(), met.begin(), met.end(), std::back_inserter(others));
    const std::vector<std::string> by_others{
        "business_date",   "conflict",          "gs1",      "gs1_pairs",      "number_gap", "number_repeat",
        "possible_repeat", "price_check_digit", "redacted", "return_quantity"};
    EXPECT_EQ(others, by_others) << "what capture, scanners and the journal add";
}

TEST(RulesTest, WhatALineIsRejectedByIsKnown) {
    const std::string key = R"({"type":"sale","till":"T","number":1,"business_date")";
    std::string many;
    for (int i = 0; i < 70'000; ++i) many += "1,";
    const std::string lines[] = {
        "",
        "{\"a\":\"\xff\"}",
        R"({"a":1e999})",
        "[]",
        R"({"a":)" + std::string(40, '['),
        R"({"a":[)" + many + "1]}",
        R"({"a":1,"a":1})",
        "{}",
        R"({"type":7})",
        key + R"(:"2026-02-30"})",
        R"({"type":"sale","business_date":"2026-11-23","number":1,"till":")" + std::string(65, 'T') + "\"}"};
    std::set<std::string, std::less<>> met;
    for (const std::string& line : lines) {
        const auto parsed = Intake().parse(line);
        ASSERT_TRUE(std::holds_alternative<Rejection>(parsed)) << line.substr(0, 100);
        met.insert(std::get<Rejection>(parsed).rule);
    }
    const auto rejecting = rejecting_rules();
    for (const std::string_view rule : rejecting) EXPECT_TRUE(met.contains(rule)) << rule;
    for (const std::string& rule : met) {
        const bool is_listed = std::find(rejecting.begin(), rejecting.end(), rule) != rejecting.end();
        EXPECT_NE(is_listed, find_rule(rule) != nullptr) << rule;
    }
}

TEST(GlanceTest, TellsTypeAndAmountOfWhatCanBeRead) {
    struct Line {
        const char* bytes;
        const char* type;
        const char* amount;
    };
    const Line lines[] = {
        {"", "", ""},
        {"no json", "", ""},
        {"[1]", "", ""},
        {R"({"type":"sale","totals":{"gross":"9.90"}})", "sale", "9.90"},
        {R"({"type":"sale","totals":{"gross":-12.5}})", "sale", "-12.5"},
        {R"({"type":"sale","totals":{"gross":"much"}})", "sale", ""},
        {R"({"type":"sale","totals":{},"amount":"1"})", "sale", ""},
        {R"({"type":"payment_batch","amount":"1204.00"})", "payment_batch", "1204.00"},
        {R"({"type":"unheard","amount":true})", "", ""},
        {R"({"type":7,"amount":"1"})", "", "1"},
        {R"({"type":"sale","totals":{"gross":"9.90"})", "", ""},
    };
    for (const Line& line : lines) {
        const Glance glance = glance_at(line.bytes);
        EXPECT_EQ(glance.type, line.type) << line.bytes;
        EXPECT_EQ(glance.amount, line.amount) << line.bytes;
    }
}

TEST(GlanceTest, TellsNothingOfWhatIsThereTwice) {
    struct Line {
        const char* bytes;
        const char* told;  ///< type, till, number, date, amount
    };
    const Line lines[] = {
        {R"({"type":"sale","till":"T01","number":7,"number":7,"business_date":"2026-11-23","totals":{"gross":"1"}})",
         "sale T01  2026-11-23 1"},
        {R"({"type":"sale","type":"void","till":"T01","till":"T02","number":7,"x":1,"x":2,"amount":"2"})", "  7  2"},
        {R"({"till":"T01","number":7,"totals":{"gross":1,"gross":2},"lines":[{"line":1,"line":2}]})", " T01 7  "},
        {R"({"number":7,"totals":{"gross":1},"totals":{"gross":1}})", "  7  "},
        {R"({"number":7,"amount":1,"amount":2,"original":{"number":1,"number":2}})", "  7  "},
    };
    for (const Line& line : lines) {
        const Glance glance = glance_at(line.bytes);
        EXPECT_EQ(
            glance.type + " " + glance.till + " " + glance.number + " " + glance.business_date + " " + glance.amount,
            line.told)
            << line.bytes;
    }
}

TEST(GlanceTest, TellsWhereARecordBelongsAsFarAsItSaysSo) {
    struct Line {
        const char* bytes;
        const char* members;
    };
    const Line lines[] = {
        {"no json", "{}"},
        {R"({"type":"sale","till":"T01","number":7,"business_date":"2026-11-23","currency":"EUR","totals":{"gross":"9.90"}})",
         R"({"record_type":"sale","class":"critical","till":"T01","number":"7","business_date":"2026-11-23","amount":"9.90","currency":"EUR"})"},
        {R"({"till":"T\u001b[2J","number":true,"business_date":"2026-11-31","currency":"eur"})", "{}"},
        {R"({"till":null,"number":7.5,"business_date":20261123,"currency":"EURO"})", "{}"}};
    for (const Line& line : lines) {
        JsonObject object;
        add_members(object, glance_at(line.bytes));
        EXPECT_EQ(object.close(), line.members) << line.bytes;
    }
    JsonObject object;
    add_members(object, glance_at("{\"till\":\"" + std::string(65, 'T') + "\"}"));
    EXPECT_EQ(object.close(), "{}");
}

}  // namespace
}  // namespace tillpost
