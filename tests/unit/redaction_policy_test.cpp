// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "agent/event/redaction/redactor.hpp"

namespace tillpost::test {
namespace {

using Policy = PrivacySettings::Policy;

std::string redacted_by(const PrivacySettings& settings, std::string_view line) {
    Redactor redactor(settings);
    const Redaction& result = redactor.redact_line(line);
    return result.changed ? result.bytes : std::string(line);
}

// printf c-17 | openssl mac -digest SHA256 -macopt key:0123456789abcdef0123456789abcdef HMAC
const std::string key = "0123456789abcdef0123456789abcdef";

TEST(RedactionPolicyTest, AppliesToNamesAndPlaces) {
    PrivacySettings settings;
    settings.key = key;
    settings.fields = {{"operator", "", Policy::drop},        {"", "/customer/id", Policy::pseudonym},
                       {"", "/lines/*/seller", Policy::drop}, {"", "/lines/1/note", Policy::drop},
                       {"loyalty", "", Policy::identifier},   {"keep", "", Policy::keep}};
    const std::string p = pseudonym(key, "c-17");
    const std::vector<std::pair<std::string, std::string>> table{
        {R"({"operator":"Ann","a":{"operator":7}})", R"({"operator":null,"a":{"operator":null}})"},
        {R"({"operator":null,"operator_id":"Ann","operator":""})",
         R"({"operator":null,"operator_id":"Ann","operator":""})"},
        {R"({"operator":{"first":"Ann","ids":[1,"b"],"is":true}})",
         R"({"operator":{"first":null,"ids":[null,null],"is":true}})"},
        {R"({"customer":{"id":"c-17"},"id":"c-17"})", R"({"customer":{"id":")" + p + R"("},"id":"c-17"})"},
        {R"({"customer":{"id":"\u0063-17"}})", R"({"customer":{"id":")" + p + R"("}})"},
        {R"({"lines":[{"seller":"A"},{"seller":"B","note":"x"},{"note":"y"}],"seller":"C"})",
         R"({"lines":[{"seller":null},{"seller":null,"note":null},{"note":"y"}],"seller":"C"})"},
        {R"({"loyalty":"4111111111111111","loyalty_text":"4111111111111111"})",
         R"({"loyalty":"4111111111111111","loyalty_text":"************1111"})"},
        {R"({"loyalty":"4111 1111 1111 1111"})", R"({"loyalty":"************1111"})"},
        {R"({"keep":"4111111111111111"})", R"({"keep":"************1111"})"},
    };
    for (const auto& [line, clean] : table) EXPECT_EQ(redacted_by(settings, line), clean);
}

TEST(RedactionPolicyTest, DropsFreeTextIfItIsTold) {
    PrivacySettings settings;
    settings.free_text = Policy::drop;
    settings.fields = {{"memo", "", Policy::keep}};
    EXPECT_EQ(redacted_by(settings, R"({"note":"Mrs Miller called","comments":["a"],"memo":"b","text":"c"})"),
              R"({"note":null,"comments":[null],"memo":"b","text":"c"})");
    EXPECT_EQ(redacted_by({}, R"({"note":"Mrs Miller called"})"), R"({"note":"Mrs Miller called"})");
}

TEST(RedactionPolicyTest, ReachesIntoObjects) {
    PrivacySettings settings;
    settings.key = key;
    settings.free_text = Policy::drop;
    settings.fields = {{"memo", "", Policy::keep}, {"buyer", "", Policy::pseudonym}};
    const std::string p = '"' + pseudonym(key, "Ann") + '"';
    const std::vector<std::pair<std::string, std::string>> table{
        {R"({"comment":{"text":"a","more":["b",{"c":"d","n":5}],"item":"x"},"item":"x"})",
         R"({"comment":{"text":null,"more":[null,{"c":null,"n":null}],"item":null},"item":"x"})"},
        {R"({"notes":["a",{"b":["c"],"d":true}],"x":"y"})", R"({"notes":[null,{"b":[null],"d":true}],"x":"y"})"},
        {R"({"comment":{"pan":"4111111111111112","cvv":"123"}})",
         R"({"comment":{"pan":"************1112","cvv":null}})"},
        {R"({"memo":{"text":"a","note":"b"}})", R"({"memo":{"text":"a","note":"b"}})"},
        {R"({"buyer":["Ann",{"x":"Ann","y":[{"z":"Ann"}]}]})",
         R"({"buyer":[)" + p + R"(,{"x":)" + p + R"(,"y":[{"z":)" + p + "}]}]}"},
    };
    for (const auto& [line, clean] : table) EXPECT_EQ(redacted_by(settings, line), clean);
    EXPECT_EQ(redacted_by({}, R"({"comment":{"item":"36000000011179"}})"), R"({"comment":{"item":"36000000011179"}})");
}

TEST(RedactionPolicyTest, ComparesNamesAsItDoesForCardData) {
    PrivacySettings settings;
    settings.fields = {{"operator", "", Policy::drop},
                       {"birth_date", "", Policy::drop},
                       {"", "/customer/id", Policy::drop},
                       {"Stra\xc3\x9f"
                        "e",
                        "", Policy::drop}};
    for (const char* name :
         {"operator", "OPERATOR", "Operator", "birthDate", "Birth-Date", "BIRTHDATE", "birth_date", "o\\u0070erator",
          "stra\xc3\x9f"
          "e"}) {
        const std::string begin = std::string(R"({")") + name + R"(":)";
        EXPECT_EQ(redacted_by(settings, begin + R"("Ann"})"), begin + "null}") << name;
    }
    EXPECT_EQ(redacted_by(settings, R"({"Customer":{"ID":"c-17"}})"), R"({"Customer":{"ID":null}})");
    for (const char* name : {"operators", "operato", "operator2", "birth",
                             "stra\xc3\xa4"
                             "e",
                             "", "_"}) {
        const std::string line = std::string(R"({")") + name + R"(":"Ann"})";
        EXPECT_EQ(redacted_by(settings, line), line);
    }
}

TEST(RedactionPolicyTest, MakesThePseudonymThatOpensslMakes) {
    EXPECT_EQ(pseudonym(key, "c-17"), "p:e0fdb3743409d8184899f0d95a641a73");
    EXPECT_NE(pseudonym(key, "c-17"), pseudonym("another key of 32 bytes or more .", "c-17"));
}

TEST(RedactionPolicyTest, NeverHashesACardNumber) {
    PrivacySettings settings;
    settings.key = key;
    settings.fields = {
        {"customer", "", Policy::pseudonym}, {"pan", "", Policy::pseudonym}, {"track2", "", Policy::identifier}};
    EXPECT_EQ(redacted_by(settings, R"({"customer":"4111111111111111"})"),
              R"({"customer":")" + pseudonym(key, "************1111") + R"("})");
    EXPECT_EQ(redacted_by(settings, R"({"pan":"4111111111111112","track2":"123456789012"})"),
              R"({"pan":"************1112","track2":null})");
}

TEST(RedactionPolicyTest, CutsCardNumbersThatTheConfigurationNames) {
    PrivacySettings settings;
    settings.card_numbers = {{"1", 15}, {"7055", 14}};
    const std::string uatp = "122012345678906";
    const std::string own = "70551234123419";
    for (const std::string& card : {uatp, own}) {
        const std::string mask = "************" + card.substr(card.size() - 4);
        for (const char* around : {R"({"note":"#"})", R"({"note":"paid #."})", R"({"#":1})", "oops #", R"({"n":["#"]})",
                                   R"({"code":"21#","aim":"]C1"})", R"(oops {"code":"21#", "aim":"]C1"})"}) {
            const std::size_t place = std::string_view(around).find('#');
            const auto with = [&](const std::string& text) { return std::string(around).replace(place, 1, text); };
            EXPECT_EQ(redacted_by(settings, with(card)), with(mask));
            EXPECT_EQ(redacted_by({}, with(card)), with(card)) << "not by itself";
        }
        EXPECT_EQ(redacted_by(settings, R"({"note":")" + card + R"(=27121010000012300000"})"),
                  R"({"note":")" + mask + R"("})");
        std::string wrong = card;
        wrong.back() = wrong.back() == '9' ? '0' : static_cast<char>(wrong.back() + 1);
        const std::string line = R"({"note":")" + wrong + " " + card + R"(1"})";
        EXPECT_EQ(redacted_by(settings, line), line) << "its check digit, its length";
    }
}

// Said in the README, "What is not found".
TEST(RedactionPolicyTest, ReachesMembersAndNotWhatIsNoJson) {
    PrivacySettings settings;
    settings.fields = {{"operator", "", Policy::drop}};
    Redactor redactor(settings);
    for (const char* line :
         {"operator=Ms Fink", "operator;Ms Fink", "<operator>Ms Fink</operator>", "{'operator':'Ms Fink'}",
          R"({operator:"Ms Fink"})", "sale by operator Ms Fink", R"({"x":"","operator":"Ms Fink"})"}) {
        const bool is_reached = std::string_view(line).find(R"("operator":)") != std::string_view::npos;
        EXPECT_EQ(redactor.redact_line(line).changed, is_reached) << line;
    }
    EXPECT_EQ(redactor.redact_line(R"({"type":"sale","operator":"Ms Fink","lines":[{"li)").bytes,
              R"({"type":"sale","operator":null,"lines":[{"li)")
        << "a line that was cut off";
    EXPECT_FALSE(redactor.redact_line(R"({"note":"a"b","operator":"Ms Fink"})").changed) << "a quote too many";
}

}  // namespace
}  // namespace tillpost::test
