// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "agent/event/canonical.hpp"

namespace tillpost {
namespace {

struct NotationPair {
    const char* one;
    const char* other;
    bool same;
};

const NotationPair pairs[] = {
    {R"({"a":1,"b":2})", R"({"b":2,"a":1})", true},
    {R"({"a":1,"b":[1,2]})", " {\t\"b\" : [ 1 , 2 ] , \"a\":1}\r\n", true},
    {R"({"a":[1,2]})", R"({"a":[2,1]})", false},
    {R"({"a":{"x":1,"y":{"p":1,"q":2}}})", R"({"a":{"y":{"q":2,"p":1},"x":1}})", true},
    {R"({"a":"Aé\"/"})", R"({"\u0061":"\u0041\u00e9\u0022\/"})", true},
    {R"({"a":1.0})", R"({"a":1.00})", true},
    {R"({"a":1.50})", R"({"a":1.5})", true},
    {R"({"a":1.0})", R"({"a":1})", true},
    {R"({"a":-0.0})", R"({"a":0})", true},
    {R"({"a":10})", R"({"a":1})", false},
    {R"({"a":100})", R"({"a":1e2})", false},
    {R"({"a":1.10e1})", R"({"a":1.1e1})", false},
    {R"({"a":1.0})", R"({"a":"1.0"})", false},
    {R"({"a":"1.0"})", R"({"a":"1.00"})", false},
    {R"({"a":0.1})", R"({"a":0.10000000000000001})", false},
    {R"({"a":9007199254740993.0})", R"({"a":9007199254740992.0})", false},
    {R"({"a":123456789012345678901})", R"({"a":123456789012345678902})", false},
    {R"({"a":null,"b":1})", R"({"b":1})", true},
    {R"({"a":[null]})", R"({"a":[]})", false},
    {R"({"a":true})", R"({"a":"true"})", false},
    {R"({"a":{}})", R"({"a":[]})", false},
    {R"({"a":"x\",\"b\":\"y"})", R"({"a":"x","b":"y"})", false},
};

TEST(CanonicalJsonTest, IsTheSameForWhatSaysTheSame) {
    for (const NotationPair& each : pairs) {
        const auto one = canonical_json(each.one);
        const auto other = canonical_json(each.other);
        ASSERT_TRUE(one && other) << each.one;
        EXPECT_EQ(*one == *other, each.same) << *one << " " << *other;
    }
}

TEST(CanonicalJsonTest, IsItsOwnCanonicalForm) {
    for (const NotationPair& each : pairs) {
        const auto one = canonical_json(each.one);
        EXPECT_EQ(canonical_json(*one), one);
    }
}

TEST(CanonicalJsonTest, IsNothingForWhatIsNoRecord) {
    for (const char* text :
         {"", "{", R"({"a":1)", R"({"a":1}x)", R"({"a":01})", R"({"a":1e999})", "{\"a\":\"\xff\"}"}) {
        EXPECT_FALSE(canonical_json(text)) << text;
    }
    std::string deep;
    for (int i = 0; i < 40; ++i) deep += "[";
    EXPECT_FALSE(canonical_json(deep + std::string(40, ']')));
}

}  // namespace
}  // namespace tillpost
