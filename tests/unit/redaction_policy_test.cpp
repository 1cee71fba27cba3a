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

}  // namespace
}  // namespace tillpost::test
