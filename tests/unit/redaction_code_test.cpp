// SPDX-License-Identifier: Apache-2.0
// [privacy-1] Codes that say that they are GS1 data: one verdict, however a feed writes its scan.
#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "agent/event/identifiers.hpp"
#include "agent/event/redaction/card_number.hpp"
#include "agent/event/redaction/redactor.hpp"
#include "platform/bytes.hpp"

namespace tillpost::test {
namespace {

constexpr std::string_view gs = "\x1d";

/// Numbers of that size that begin so: the same ones in each run.
class CodeNumbers {
public:
    std::string digits(const std::string& prefix, std::size_t size) {
        std::string number = prefix;
        while (number.size() < size) {
            state_ = state_ * 6364136223846793005U + 1442695040888963407U;
            number += static_cast<char>('0' + (state_ >> 33) % 10);
        }
        return number;
    }
    std::string card(const std::string& prefix = "4", std::size_t size = 16) {
        for (;;) {
            std::string number = digits(prefix, size);
            if (!card_brand(number).empty()) return number;
        }
    }
    /// Right as GTIN, GLN or SSCC, and behind `ai` a card number by its digits.
    std::string card_like(const std::string& ai, const std::string& prefix, std::size_t size) {
        for (;;) {
            std::string number = digits(prefix, size);
            if (!card_brand(ai + number).empty() && (is_gtin(number) || is_sscc(number))) return number;
        }
    }

private:
    std::uint64_t state_ = 20'261'126;
};

/// One scan in all the ways that a feed may write it; `aim` stands beside the code.
std::vector<std::string> written_by_feeds(const std::string& code, const std::string& aim) {
    std::string escaped;
    for (const char c : code) escaped += c == '\x1d' ? R"(\u001d)" : std::string(1, c);
    const std::string hidden = aim.empty() ? "" : R"(\u005d)" + aim.substr(1);
    std::string again;  // JSON in a JSON string
    for (const char c : R"({"code":")" + escaped + R"(","aim":")" + aim + R"("})") {
        again += c == '"' || c == '\\' ? std::string(1, '\\') + c : std::string(1, c);
    }
    return {
        R"({"type":"scan","code":")" + escaped + R"(","aim":")" + aim + R"("})",
        R"({"type": "scan", "code": ")" + escaped + R"(", "aim": ")" + aim + R"("})",
        R"({"type":"scan","aim":")" + aim + R"(","code":")" + escaped + R"("})",
        "{\"aim\" :\t\"" + aim + "\" ,\t\"code\" :\t\"" + escaped + "\" }",
        R"({"code":")" + escaped + R"(","device":{"aim":"","x":[1,{"a":2}]},"n":1,"\u0061im":")" + hidden + R"("})",
        R"({"scans":[{"code":"1","aim":"]E0"},{"barcode":")" + escaped + R"(","x":[],"aim":")" + aim + R"("}]})",
        R"({"barcodes":["4711",")" + escaped + R"("],"aim":")" + aim + R"("})",
        R"(oops {"type":"scan","code":")" + escaped + R"(","aim":")" + aim + R"("})",
        R"(oops {"type": "scan", "code": ")" + escaped + R"(", "aim": ")" + aim + R"("})",
        R"(oops {"aim":")" + aim + R"(","type":"scan","code":")" + escaped + R"("})",
        R"({"type":"other","note":")" + again + R"("})",
        "<scan aim='" + aim + "' code='" + escaped + "'/>",
    };
}

/// Those that say in the code itself what it is.
std::vector<std::string> saying_it_themselves(const std::string& code, const std::string& aim) {
    std::string caret = "^" + code;
    for (char& c : caret) c = c == '\x1d' ? '^' : c;
    std::vector<std::string> all;
    for (const std::string& each : {aim + code, caret, aim + caret, std::string(gs) + code}) {
        for (const char* other : {"", "]X0"}) {
            for (std::string& line : written_by_feeds(each, other)) all.push_back(std::move(line));
        }
    }
    return all;
}

std::vector<std::string> all_forms(const std::string& code, const std::string& aim) {
    std::vector<std::string> all = written_by_feeds(code, aim);
    for (std::string& line : saying_it_themselves(code, aim)) all.push_back(std::move(line));
    return all;
}

class RedactionCodeTest : public testing::Test {
protected:
    void expect_cut(const std::string& line, const std::string& card) {
        const Redaction& result = redactor.redact_line(line);
        ASSERT_TRUE(result.changed) << line;
        EXPECT_EQ(result.bytes.find(card), std::string::npos) << result.bytes;
        EXPECT_NE(result.bytes.find("************" + card.substr(card.size() - 4)), std::string::npos) << result.bytes;
        EXPECT_EQ(nlohmann::json::accept(line), nlohmann::json::accept(result.bytes)) << line;
    }
    void expect_kept(const std::string& line) { EXPECT_FALSE(redactor.redact_line(line).changed) << line; }
    Redactor redactor;
    CodeNumbers numbers;
};

TEST_F(RedactionCodeTest, CutsACardNumberBehindAnyIdentifierInAnyOrderOfMembers) {
    for (const char* ai : {"10", "21", "90", "91", "240", "8020", "250", "400", "99"}) {
        for (int i = 0; i < 5; ++i) {
            const std::string card = numbers.card(i % 2 == 0 ? "4" : "5" + std::to_string(1 + i));
            for (const std::string& line : all_forms(ai + card, "]C1")) expect_cut(line, card);
            const std::string second = "0109506000134352" + ("10A" + std::string(gs)) + ai + card;
            for (const std::string& line : all_forms(second, "]d2")) expect_cut(line, card);
        }
    }
}

TEST_F(RedactionCodeTest, KeepsALocationThatLooksLikeACardNumber) {
    for (const char* ai : {"410", "411", "412", "413", "414", "415", "416", "417"}) {
        for (int i = 0; i < 5; ++i) {
            const std::string code = ai + numbers.card_like(ai, i % 2 == 0 ? "40" : "95", 13);
            for (const std::string& line : all_forms(code, "]C1")) expect_kept(line);
            for (const std::string& line : all_forms("10L7" + std::string(gs) + code, "]e0")) expect_kept(line);
            EXPECT_FALSE(redactor.redact_code(code, "]C1").changed) << code;
            EXPECT_FALSE(redactor.redact_code("^" + code, "").changed) << code;
            EXPECT_TRUE(redactor.redact_code(code, "]C0").changed) << "nothing says that it is a location: " << code;
        }
    }
}

// "21" and 16 digits are 18, and one in ten of them has an SSCC's check digit.
TEST_F(RedactionCodeTest, TakesNoElementStringForABareSscc) {
    std::size_t alike = 0;
    for (const char* ai : {"21", "10", "90", "22"}) {
        for (int i = 0; i < 100; ++i) {
            const std::string card = numbers.card();
            alike += is_sscc(ai + card) ? 1 : 0;
            const Redaction& result = redactor.redact_code(ai + card, "]C1");
            ASSERT_TRUE(result.changed) << ai << card;
            EXPECT_EQ(result.bytes, ai + ("************" + card.substr(12)));
            if (is_sscc(ai + card)) {
                for (const std::string& line : all_forms(ai + card, "]d2")) expect_cut(line, card);
            }
        }
    }
    EXPECT_GT(alike, 20U) << "the test would prove nothing";
    for (int i = 0; i < 100; ++i) {
        const std::string sscc = numbers.card_like("", "4", 18);
        for (const char* aim : {"", "]C0", "]E0"}) EXPECT_FALSE(redactor.redact_code(sscc, aim).changed) << sscc;
        expect_kept(R"({"code":")" + sscc + R"(","aim":"]C0"})");
        for (const std::string& line : all_forms("00" + sscc, "]C1")) expect_kept(line);
        for (const std::string& line : written_by_feeds("(00)" + sscc, "]C1")) expect_kept(line);
    }
}

TEST_F(RedactionCodeTest, ReadsWhatAnAimIdentifierInTheCodeSays) {
    const std::string card = "4111111111111111";
    for (const char* aim : {"]C0", "]Q1", "]d1", "]E0", "]I1", "]X0", "]C1"}) {
        EXPECT_EQ(redactor.redact_line(R"({"code":")" + (aim + card) + R"("})").bytes,
                  R"({"code":")" + std::string(aim) + R"(************1111"})");
    }
    for (const std::string& gtin : {std::string("36000000011179"), numbers.card_like("", "38", 14)}) {
        EXPECT_FALSE(redactor.redact_line(R"({"code":"]I1)" + gtin + R"("})").changed) << gtin;
        EXPECT_FALSE(redactor.redact_code(gtin, "]I1").changed) << gtin;
    }
    for (const char* second : {"21", "10", "91"}) {  // what stands above a linear symbol
        const std::string code = "4006381333931|]e0" + (second + numbers.card());
        EXPECT_TRUE(redactor.redact_code(code, "]E0").changed) << code;
        EXPECT_TRUE(redactor.redact_line(R"({"code":")" + code + R"("})").changed) << code;
    }
    EXPECT_FALSE(redactor.redact_code("4006381333931|]e01726013110L7", "]E0").changed);
}

TEST_F(RedactionCodeTest, AnAimIdentifierOfAnotherObjectSaysNothing) {
    const std::string code = "414" + numbers.card_like("414", "40", 13);
    for (const char* line : {R"({"aim":"]C1","scan":{"code":"#"}})", R"({"code":"#","x":{"aim":"]C1"}})",
                             R"({"code":"#","x":[{"aim":"]C1"}]})", R"([{"code":"#"},{"aim":"]C1"}])",
                             R"({"code":"#","name":"]C1","aim":"]C0"})", R"({"code":"#","x":"aim","y":"]C1"})",
                             R"({"code":"#","aim":["]C1"]})", R"({"code":"#","aim":{"a":"]C1"}})"}) {
        const std::string written = std::string(line).replace(std::string_view(line).find('#'), 1, code);
        EXPECT_TRUE(redactor.redact_line(written).changed) << written;
    }
}

TEST_F(RedactionCodeTest, CodesInHexDigitsAreJudgedAsWhatTheyStandFor) {
    const auto hex = [](std::string_view text) {
        return to_hex(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
    };
    const std::string card = numbers.card();
    const std::string mask = "************" + card.substr(12);
    const std::vector<std::array<std::string, 3>> table{
        {card, "", mask},
        {"\xff" + card, "", "\xff" + mask},
        {"a" + card + "\xe4\x80", "", "a" + mask + "\xe4\x80"},
        {"21" + card, "]C1", "21" + mask},
        {"]C121" + card, "", "]C121" + mask},
        {";" + card + "=27121010000012300000?", "", mask},
        {"CVV: 123", "", "CVV: ***"},
        {card + "\xff" + card, "]Q1", mask + "\xff" + mask},
    };
    for (const auto& [code, aim, clean] : table) {
        for (const std::string& line : written_by_feeds("#", aim)) {
            std::string written = line;
            const std::size_t name = written.find(written.find("barcodes") == std::string::npos ? "code" : "barcodes");
            if (written.find("barcode") != std::string::npos || !nlohmann::json::accept(written)) continue;
            if (written.find("note") != std::string::npos) continue;
            written.replace(name, 4, "code_hex");
            written.replace(written.find('#'), 1, hex(code));
            const Redaction& result = redactor.redact_line(written);
            const std::string got = result.bytes;
            EXPECT_NE(got.find('"' + hex(clean) + '"'), std::string::npos) << written << "\n" << got;
            EXPECT_TRUE(nlohmann::json::accept(got)) << got;
            EXPECT_FALSE(redactor.redact_line(got).changed) << "once is enough";
        }
    }
    std::string upper = hex("\xff" + card);
    for (char& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    for (const std::string& written : {upper, hex(card) + "3", R"(\u0033)" + hex(card).substr(1)}) {
        const Redaction& result = redactor.redact_line(R"({"Code-Hex":")" + written + R"("})");
        EXPECT_NE(result.bytes.find(hex(mask)), std::string::npos) << written << " " << result.bytes;
    }
    EXPECT_EQ(redactor.redact_line(R"({"code_hex":")" + card + R"("})").bytes,
              R"({"code_hex":")" + hex(mask) + R"("})");
    EXPECT_EQ(redactor.redact_line(R"({"code_hex":"x)" + card + R"("})").bytes, R"({"code_hex":"x)" + mask + R"("})");
    EXPECT_TRUE(redactor.redact_line(R"({"code_hex":)" + hex(card) + "}").changed);
    EXPECT_TRUE(redactor.redact_line(R"(oops {"code_hex":")" + hex("\xff" + card) + R"("})").changed);
    const std::string sscc = numbers.card_like("", "4", 18);
    expect_kept(R"({"type":"scan","code_hex":")" + hex(sscc) + R"("})");
    for (const std::string& code : {"00" + sscc, std::string("\xe9\x00\xff", 3), std::string("4006381333931"),
                                    "414" + numbers.card_like("414", "40", 13)}) {
        expect_kept(R"({"type":"scan","code_hex":")" + hex(code) + R"(","aim":"]C1"})");
    }
    for (const char* line :
         {R"({"code_hex":""})", R"({"code_hex":null})", R"({"code_hex":"3"})", R"({"code_hex":true})"}) {
        expect_kept(line);
    }
}

// What is too long for a code is searched as the text that it is.
TEST_F(RedactionCodeTest, FindsACardNumberAtEveryPlaceOfALongCodeInAText) {
    for (std::size_t ahead = 980; ahead < 1'080; ++ahead) {
        const std::string code = "10A" + std::string(ahead, 'x') + " 4111111111111111 ";
        expect_cut(R"(oops {"code":")" + code + R"(","aim":"]C1"})", "4111111111111111");
    }
}

TEST_F(RedactionCodeTest, TakesTimeInProportionToTheText) {
    std::string codes = "{\"a\":[0";
    std::string nested;
    std::string labels = "oops ";
    std::string values = R"({"aim":"]C1","code":")";
    while (codes.size() < 1 << 18) codes += R"(],"code":"4111111111111119","x":[1)";
    while (nested.size() < 1 << 18) nested += R"({"code":"4111111111111119","n":)";
    while (labels.size() < 1 << 18) labels += R"("code":"41111111111119" aim=]C0 )";
    while (values.size() < 1 << 18) values += R"(214111111111111111\u001d)";
    for (const std::string& text : {codes, nested, labels, values}) {
        const std::clock_t start = std::clock();
        redactor.redact_line(text);
        EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 20) << text.substr(0, 40);
    }
}

}  // namespace
}  // namespace tillpost::test
