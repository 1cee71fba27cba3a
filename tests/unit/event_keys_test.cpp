// SPDX-License-Identifier: Apache-2.0
// [once-2] Which members make a record's business key, and which its content is not compared by.
#include <gtest/gtest.h>

#include "agent/event/identity.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/json_paths.hpp"
#include "agent/event/key_rules.hpp"

namespace tillpost {
namespace {

struct Without {
    const char* name;
    std::vector<std::string> pointers;
    const char* text;
    const char* left;
};
class JsonPathsWithoutTest : public ::testing::TestWithParam<Without> {};

TEST_P(JsonPathsWithoutTest, LeavesOutWhatStandsThereAndWhiteSpace) {
    EXPECT_EQ(JsonPaths(GetParam().pointers).without(GetParam().text), GetParam().left);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, JsonPathsWithoutTest,
    ::testing::Values(Without{"nothing", {}, R"( { "a" : 1 , "b":[ 1, 2 ] } )", R"({"a":1,"b":[1,2]})"},
                      Without{"the_first", {"/a"}, R"({"a":1,"b":2})", R"({"b":2})"},
                      Without{"the_middle", {"/b"}, R"({"a":1,"b":2,"c":3})", R"({"a":1,"c":3})"},
                      Without{"the_last", {"/b"}, R"({"a":1,"b":2})", R"({"a":1})"},
                      Without{"the_only_one", {"/a"}, R"({"a":1})", "{}"},
                      Without{"two_in_a_row", {"/a", "/b"}, R"({"a":1,"b":2,"c":3})", R"({"c":3})"},
                      Without{"what_is_not_there", {"/x", "/a/b/c"}, R"({"a":1})", R"({"a":1})"},
                      Without{"an_object", {"/a"}, R"({"a":{"x":[1,{"y":2}]},"b":2})", R"({"b":2})"},
                      Without{"a_list", {"/a"}, R"({"b":2,"a":[1,[2],{}]})", R"({"b":2})"},
                      Without{"deep_inside", {"/a/b"}, R"({"a":{"b":1,"c":2},"b":3})", R"({"a":{"c":2},"b":3})"},
                      Without{"of_every_line",
                              {"/l/*/t"},
                              R"({"l":[{"t":1,"q":2},{"q":3,"t":4},{"t":5},7]})",
                              R"({"l":[{"q":2},{"q":3},{},7]})"},
                      Without{"of_one_line", {"/l/1/t"}, R"({"l":[{"t":1},{"t":2}]})", R"({"l":[{"t":1},{}]})"},
                      Without{"items", {"/l/*"}, R"({"l":[1,{"a":2},[3]],"b":4})", R"({"l":[],"b":4})"},
                      Without{"one_item", {"/l/1"}, R"({"l":[1,2,3]})", R"({"l":[1,3]})"},
                      Without{"only_items_are_any", {"/*"}, R"({"a":1,"*":2})", R"({"a":1})"},
                      Without{
                          "escaped_names", {"/a~1b", "/c~0d"}, R"({"a\/b":1,"c~d":2,"\u0065":3})", R"({"\u0065":3})"},
                      Without{"a_written_escape", {"/e"}, R"({"\u0065":3,"f":4})", R"({"f":4})"},
                      Without{"not_in_strings", {"/a"}, R"({"b":"\"a\":1, {","a":1})", R"({"b":"\"a\":1, {"})"},
                      Without{"a_prefix_of_a_name", {"/a"}, R"({"ab":1})", R"({"ab":1})"},
                      Without{"white_space_in_strings_stays", {"/a"}, "{\"b\":\"x  y\", \"a\":1}", R"({"b":"x  y"})"}),
    [](const auto& which) { return which.param.name; });

TEST(JsonPathsTest, GivesTheValuesAsWritten) {
    const JsonPaths paths({"/till", "/a/b", "/none", "/l/1", "/l/*"});
    const auto found = paths.values(R"({"till":"T\u0031","a":{"b": 4711 },"l":[true, {"x":1}]})");
    ASSERT_EQ(found.size(), 5U);
    EXPECT_EQ(found[0], R"("T\u0031")");
    EXPECT_EQ(found[1], "4711");
    EXPECT_EQ(found[2], "");
    EXPECT_EQ(found[3], R"({"x":1})");
    EXPECT_EQ(found[4], "true");
}

TEST(JsonPathsTest, BadTextGivesSomeTextAndNoFault) {
    const JsonPaths paths({"/a", "/b/*"});
    for (const std::string text :
         {"", "}", "]]", ",", ":", "{\"a", "{\"a\"", "{\"a\":", "\"", "{,,}", "[}", "{\"b\":[,"}) {
        (void)paths.without(text);
        (void)paths.values(text);
    }
    (void)paths.without(std::string(100'000, '['));
    EXPECT_EQ(JsonPaths(std::vector<std::string>(40, "/a")).without(R"({"a":1})"), "{}") << "more than fit are left";
}

Intake::Settings keys_with(std::vector<KeySetting> settings) {
    return {std::make_shared<const KeyRules>(settings, "0042")};
}

const std::string keyed_sale =
    R"({"type":"sale","store":"0042","till":"T01","number":4711,"business_date":"2026-11-23","receipt":{"id":"R/1"}})";

std::string key_of(const std::vector<std::string>& pointers, const std::string& line, const char* type = "sale") {
    Intake intake(keys_with({{{type}, pointers, {}}}));
    auto read = intake.parse(line);
    if (const auto* rejection = std::get_if<Rejection>(&read)) return rejection->rule + ":" + rejection->field;
    return std::get<Event>(read).subject;
}

TEST(KeyRulesTest, MakeTheKeyOfTheConfiguredMembers) {
    struct Case {
        std::vector<std::string> pointers;
        const char* key;
    };
    const Case cases[] = {
        {{"/store", "/till", "/business_date", "/number"}, "pos/0042/T01/2026-11-23/4711"},
        {{"/till", "/business_date", "/number"}, "pos/T01/2026-11-23/4711"},
        {{"/receipt/id"}, "sale/R%2F1"},
        {{"/number", "/till"}, "sale/4711/T01"},
        {{"/session"}, "required:/session"},
        {{"/receipt"}, "wrong_type:/receipt"},
    };
    for (const Case& each : cases) EXPECT_EQ(key_of(each.pointers, keyed_sale), each.key);
    std::string long_part = keyed_sale;
    long_part.insert(1, R"("x":")" + std::string(65, 'x') + R"(",)");
    EXPECT_EQ(key_of({"/x"}, long_part), "too_long:/x");
}

TEST(KeyRulesTest, OtherTypesKeepTheirOwn) {
    EXPECT_EQ(key_of({"/receipt/id"}, keyed_sale, "return"), "pos/T01/2026-11-23/4711");
    EXPECT_EQ(key_of({"/a"}, R"({"type":"other","a":true})", "other"), "") << "not needed";
    EXPECT_EQ(key_of({"/a"}, R"({"type":"other","a":7})", "other"), "other/7");
}

TEST(KeyRulesTest, AnotherStoreIsAPartOfTheTypesOwnKeys) {
    struct Case {
        const char *line, *key;
    };
    const Case cases[] = {
        {R"({"type":"sale","store":"0042","till":"T","number":1,"business_date":"2026-11-23"})", "pos/T/2026-11-23/1"},
        {R"({"type":"sale","store":42,"till":"T","number":1,"business_date":"2026-11-23"})", "pos/T/2026-11-23/1"},
        {R"({"type":"sale","store":"","till":"T","number":1,"business_date":"2026-11-23"})", "pos/T/2026-11-23/1"},
        {R"({"type":"sale","store":[7],"till":"T","number":1,"business_date":"2026-11-23"})", "pos/T/2026-11-23/1"},
        {R"({"type":"sale","store":"007","till":"T","number":1,"business_date":"2026-11-23"})", "pos/7/T/2026-11-23/1"},
        {R"({"type":"sale","store":"a/b","till":"T","number":1,"business_date":"2026-11-23"})",
         "pos/a%2Fb/T/2026-11-23/1"},
        {R"({"type":"void","store":7,"till":"T","number":1,"business_date":"2026-11-23"})", "pos/7/T/2026-11-23/1"},
        {R"({"type":"till_close","store":7,"till":"T","session":1,"business_date":"2026-11-23"})",
         "till_close/7/T/2026-11-23/1"},
        {R"({"type":"receiving","store":7,"document":1,"business_date":"2026-11-23"})", "receiving/7/1"},
        {R"({"type":"markdown","store":7,"document":1})", "markdown/7/1"},
        {R"({"type":"payment_batch","store":7,"terminal":1,"batch":2,"business_date":"2026-11-23"})",
         "payment_batch/7/1/2026-11-23/2"},
    };
    Intake here(keys_with({}));
    Intake nowhere;
    for (const Case& each : cases) {
        const auto read = here.parse(each.line);
        ASSERT_TRUE(std::holds_alternative<Event>(read)) << each.line;
        EXPECT_EQ(std::get<Event>(read).subject, each.key) << each.line;
        const auto anywhere = nowhere.parse(each.line);
        EXPECT_EQ(std::get<Event>(anywhere).subject.find("/7/"), std::string::npos) << "no store is known";
    }
}

TEST(KeyRulesTest, AreTheSameAfterTheirText) {
    const KeyRules rules({{{"sale"}, {"/a", "/b~1c"}, {"/d"}}, {{"void"}, {}, {"/\u00e9\xff"}}}, "0042");
    const auto again = KeyRules::from(rules.text());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->text(), rules.text());
    EXPECT_EQ(subject_by(*again, "sale", R"({"a":1,"b/c":"x"})"), "sale/1/x");
    EXPECT_EQ(again->store(), "0042");
    const KeyRules former = rules.without_stores();
    EXPECT_NE(former.text(), rules.text());
    EXPECT_EQ(KeyRules::from(former.text())->text(), former.text());
    for (const char* bad : {"", "[]", "{}", R"({"keys":7,"store":"","names_stores":true})", R"({"keys":[],"store":1})"})
        EXPECT_FALSE(KeyRules::from(bad)) << bad;
}

TEST(KeyRulesTest, AgreeWhereTheyMakeTheSame) {
    const KeyRules own({}, "0042");
    const KeyRules sales({{{"sale"}, {"/a"}, {}}}, "0042");
    EXPECT_FALSE(own.agrees(sales, "sale", "{}"));
    EXPECT_TRUE(own.agrees(sales, "return", "{}"));
    EXPECT_TRUE(own.agrees(own.without_stores(), "sale", R"({"till":"1"})"));
    EXPECT_FALSE(own.agrees(own.without_stores(), "sale", R"({"store":"1"})"));
    EXPECT_FALSE(own.agrees(own.without_stores(), "sale", R"({"st\u006fre":"1"})"));
    EXPECT_TRUE(sales.agrees(sales.without_stores(), "sale", R"({"store":"1"})"));
}

TEST(KeyRulesTest, WhatTheTypeNeedsIsMarkedWhenItIsNotInTheKey) {
    Intake intake(keys_with({{{"sale"}, {"/receipt"}, {}}}));
    const auto read = intake.parse(R"({"type":"sale","receipt":"R1","business_date":"2026-11-23"})");
    const auto* event = std::get_if<Event>(&read);
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->subject, "sale/R1");
    EXPECT_NE(event->quality.text().find("required:/till required:/number"), std::string::npos);
    const auto dateless = intake.parse(R"({"type":"sale","receipt":"R1"})");
    ASSERT_TRUE(std::holds_alternative<Rejection>(dateless));
    EXPECT_EQ(std::get<Rejection>(dateless).field, "/business_date");
}

TEST(KeyRulesTest, CompareWithoutWhatChanges) {
    const KeyRules rules({{{"sale", "return"}, {}, {"/printed", "/lines/*/at"}}});
    EXPECT_EQ(rules.compared("sale", R"({"a": 1,"printed":7,"lines":[{"at":1,"q":2}]})"),
              R"({"a":1,"lines":[{"q":2}]})");
    EXPECT_EQ(rules.compared("void", R"({"printed":7})"), std::nullopt);
    EXPECT_EQ(KeyRules().compared("sale", "{}"), std::nullopt);
    EXPECT_EQ(rules.key_of("sale"), nullptr);
}

}  // namespace
}  // namespace tillpost
