// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/associations.hpp"

#include <gtest/gtest.h>

#include "agent/event/gs1/element_string.hpp"

using namespace tillpost::gs1;

namespace {

struct Row {
    std::string_view text;
    std::string_view faults;  ///< "rule(ai)" by blank
};

std::string faults_of(std::string_view text) {
    std::string out;
    for (const Fault& fault : parse_bracketed(text, 2026).faults) {
        out.append(out.empty() ? "" : " ").append(fault.rule).append("(").append(fault.ai).append(")");
        EXPECT_TRUE(fault.association) << text;
    }
    return out;
}

constexpr std::string_view gtin = "(01)99506000134300";

TEST(Gs1AssociationTest, WhatNeedsAnother) {
    const Row table[] = {
        {"(10)A", "required(10)"},
        {"(00)106141412345678908(02)99506000134300(37)1(10)A", ""},
        {"(8006)095060001343520102(10)A", ""},
        {"(02)99506000134300", "required(02)"},
        {"(02)99506000134300(37)1", "required(37)"},
        {"(00)106141412345678908(02)99506000134300", "required(02)"},
        {"(00)106141412345678908(37)1", "required(37)"},
        {"(00)106141412345678908", ""},
        {"(12)260131", "required(12)"},
        {"(17)260131(255)9506000134352", ""},
        {"(11)260131(255)9506000134352", "required(11)"},
        {"(20)01", "required(20)"},
        {"(21)A", "required(21)"},
        {"(22)A", "required(22)"},
        {"(235)A", "required(235)"},
        {"(250)A(21)B(01)99506000134300", ""},
        {"(250)A(01)99506000134300", "required(250)"},
        {"(254)A", "required(254)"},
        {"(414)9506000134352(254)A", ""},
        {"(30)1", "required(30)"},
        {"(3103)000195", "required(3103)"},
        {"(3303)000195", "required(3303)"},
        {"(00)106141412345678908(3303)000195", ""},
        {"(00)106141412345678908(3103)000195", "required(3103)"},
        {"(3370)000195", "required(3370)"},
        {"(3902)199", "required(3902)"},
        {"(8020)A(415)9506000134352(3902)199", ""},
        {"(8020)A(415)9506000134352(3912)978199", ""},
        {"(3922)199(01)99506000134300", "required(3922)"},
        {"(3922)199(01)99506000134300(3103)000195", ""},
        {"(3922)199(01)99506000134300(30)2", ""},
        {"(3922)199(01)99506000134300(3303)000195", "required(3922)"},
        {"(3932)978199(01)99506000134300", "required(3932)"},
        {"(3942)0010", "required(3942)"},
        {"(255)9506000134352(3942)0010", ""},
        {"(403)A", "required(403)"},
        {"(415)9506000134352", "required(415)"},
        {"(8020)A", "required(8020)"},
        {"(427)BY(01)99506000134300", "required(427)"},
        {"(427)BY(01)99506000134300(422)276", ""},
        {"(4303)A(00)106141412345678908", "required(4303)"},
        {"(7004)12(01)99506000134300", "required(7004)"},
        {"(7004)12(01)99506000134300(10)A", ""},
        {"(7020)A(01)99506000134300", "required(7020)"},
        {"(7240)A", "required(7240)"},
        {"(8011)1", "required(8011)"},
        {"(8019)1", "required(8019)"},
        {"(8026)095060001343520102", "required(8026)"},
        {"(8030)YWJj(01)99506000134300", "required(8030)"},
        {"(8030)YWJj(01)99506000134300(21)A", ""},
        {"(8041)123456789012345(01)99506000134300(21)A", "required(8041)"},
        {"(8111)0100", "required(8111)"},
        {"(8200)http://a", "required(8200)"},
        {"(400)A(410)9506000134352(420)1(253)9506000134352(8002)1(8003)09506000134352(90)A(99)B", ""},
    };
    for (const Row& row : table) EXPECT_EQ(faults_of(row.text), row.faults) << row.text;
}

TEST(Gs1AssociationTest, WhatMustNotStandTogether) {
    const Row table[] = {
        {"(01)99506000134300(02)99506000134300(37)1(00)106141412345678908", "excluded(02) excluded(37)"},
        {"(01)99506000134300(255)9506000134352", "excluded(255)"},
        {"(01)99506000134300(37)1", "required(37) excluded(37)"},
        {"(01)99506000134300(03)99506000134300", "excluded(03)"},
        {"(01)99506000134300(21)A(235)B", "excluded(235)"},
        {"(01)99506000134300(3103)000195(3102)000195", "excluded(3102)"},
        {"(01)99506000134300(3103)000195(3202)000195", ""},
        {"(8020)A(415)9506000134352(3902)199(3912)978199", "excluded(3912)"},
        {"(8020)A(415)9506000134352(3912)978199(3902)199", "excluded(3902)"},
        {"(01)99506000134300(30)1(3922)199(3932)978199", "excluded(3932)"},
        {"(255)9506000134352(3942)0010(3902)10", "excluded(3902)"},
        {"(255)9506000134352(3942)0010(8111)0010", "excluded(8111)"},
        {"(255)9506000134352(3902)10(8111)0010", "excluded(8111)"},
        {"(01)99506000134300(30)1(3952)000199(8005)000199", "excluded(8005)"},
        {"(420)1(421)2761", "excluded(421)"},
        {"(421)2761(4307)DE(00)106141412345678908", "excluded(4307)"},
        {"(01)99506000134300(422)276(426)276", "excluded(426)"},
        {"(00)106141412345678908(4330)001200(4331)001200", "excluded(4331)"},
        {"(8006)095060001343520102(01)99506000134300", "excluded(01)"},
        {"(8017)950600013430000009(8018)950600013430000009", "excluded(8018)"},
    };
    for (const Row& row : table) EXPECT_EQ(faults_of(row.text), row.faults) << row.text;
}

TEST(Gs1AssociationTest, TheSameIdentifierTwice) {
    EXPECT_EQ(faults_of("(01)99506000134300(10)A(10)A"), "");
    EXPECT_EQ(faults_of("(01)99506000134300(10)A(10)B"), "conflict(10)");
    EXPECT_EQ(faults_of("(10)A(10)A"), "required(10)");
    EXPECT_EQ(faults_of("(01)99506000134300(01)09506000134352"), "conflict(01)");
}

// That a faulty GTIN is missing need not be said as well.
TEST(Gs1AssociationTest, AFaultyElementIsThere) {
    const Message message = parse_bracketed("(01)99506000134301(10)A", 2026);
    ASSERT_EQ(message.faults.size(), 1U);
    EXPECT_EQ(message.faults[0].rule, "check_digit");
    EXPECT_FALSE(message.syntax_ok());
    EXPECT_TRUE(parse_bracketed("(10)A", 2026).syntax_ok());
}

// Every AI that is named in the table's rules is there.
TEST(Gs1TableTest, NamesOnlyWhatThereIs) {
    std::size_t identifiers = 0;
    for (const Definition& row : definitions()) {
        identifiers +=
            static_cast<std::size_t>(std::stoi(std::string(row.last)) - std::stoi(std::string(row.first)) + 1);
        EXPECT_LE(row.longest(), 90U) << row.first;
        const std::size_t length = row.predefined_length ? row.longest() + row.first.size() : 0;
        EXPECT_EQ(length, predefined_length(row.first)) << row.first;
        const std::string lists =
            std::string(row.needs) + "," + std::string(row.excludes) + "," + std::string(row.qualifiers.value_or(""));
        std::size_t at = 0;
        while (at < lists.size()) {
            const std::size_t end = std::min(lists.find_first_of(",+|", at), lists.size());
            const std::string name = lists.substr(at, end - at);
            const auto named = [&](const Definition& other) { return matches(other.first, name); };
            EXPECT_TRUE(name.empty() || std::any_of(definitions().begin(), definitions().end(), named)) << name;
            at = end + 1;
        }
    }
    EXPECT_GT(identifiers, 500U);
    EXPECT_NE(find_definition("95"), nullptr);
    EXPECT_EQ(find_definition("95"), find_definition("91"));
    EXPECT_EQ(find_definition("3106"), nullptr);
    EXPECT_EQ(find_definition("310"), nullptr);
    EXPECT_EQ(find_definition(""), nullptr);
    EXPECT_EQ(find_definition("x1"), nullptr);
}

}  // namespace
