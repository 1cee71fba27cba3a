// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/event/identifiers.hpp"
#include "agent/event/redaction/card_number.hpp"
#include "agent/event/redaction/redactor.hpp"

namespace tillpost::test {
namespace {

/// `count` different numbers of that size that begin so, with GS1's check digit.
std::vector<std::string> numbers(const std::string& prefix, std::size_t size, std::size_t count) {
    std::vector<std::string> all;
    std::uint64_t state = 4711;
    while (all.size() < count) {
        std::string number = prefix;
        while (number.size() + 1 < size) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            number += static_cast<char>('0' + (state >> 33) % 10);
        }
        int sum = 0;
        int weight = 3;
        for (auto digit = number.rbegin(); digit != number.rend(); ++digit, weight = 4 - weight) {
            sum += (*digit - '0') * weight;
        }
        number += static_cast<char>('0' + (10 - sum % 10) % 10);
        all.push_back(std::move(number));
    }
    return all;
}

/// How many of them would be taken for card numbers by their digits alone.
std::size_t card_like(const std::vector<std::string>& all) {
    std::size_t found = 0;
    for (const std::string& number : all) found += card_brand(number).empty() ? 0 : 1;
    return found;
}

class RedactionGs1Test : public testing::Test {
protected:
    void expect_kept(const std::string& line) { EXPECT_FALSE(redactor.redact_line(line).changed) << line; }
    Redactor redactor;
};

TEST_F(RedactionGs1Test, CutsNoGtinSsccOrGlnOfATypedField) {
    constexpr std::size_t each = 10'000;
    std::size_t alike = 0;
    for (const char* prefix : {"4", "5", "34", "37", "6", "36", "300", "2131"}) {
        for (const std::size_t size : {8U, 12U, 13U, 14U}) {
            for (const std::string& gtin : numbers(prefix, size, each)) {
                expect_kept(R"({"type":"scan","code":")" + gtin + R"(","gtin":")" + gtin + R"("})");
                expect_kept(R"({"lines":[{"gtin":)" + gtin + R"(,"item":")" + gtin + R"("}]})");
            }
            alike += card_like(numbers(prefix, size, each));
        }
        const std::vector<std::string> ssccs = numbers(prefix, 18, each);
        alike += card_like(ssccs);
        for (const std::string& sscc : ssccs) {
            expect_kept(R"({"ssccs":[")" + sscc + R"(",")" + sscc + R"("],"code":"00)" + sscc + R"("})");
            expect_kept(R"({"sscc":")" + sscc + R"(","code":"(00))" + sscc + R"("})");
        }
        for (const std::string& gln : numbers(prefix, 13, each)) expect_kept(R"({"supplier":")" + gln + R"("})");
    }
    EXPECT_GT(alike, 2'000U) << "the test would prove nothing";
}

TEST_F(RedactionGs1Test, KeepsElementStringsOfGs1Symbols) {
    for (const std::string& gln : numbers("4", 13, 10'000)) {
        EXPECT_FALSE(redactor.redact_code("414" + gln, "]C1").changed) << gln;
    }
    for (const std::string& sscc : numbers("4", 18, 10'000)) {
        EXPECT_FALSE(redactor.redact_code("00" + sscc, "]C1").changed) << sscc;
        EXPECT_FALSE(redactor.redact_code(sscc, "").changed) << sscc;
    }
    EXPECT_FALSE(redactor
                     .redact_code("0104006381333931\x1d"
                                  "10LOT1\x1d"
                                  "17271231",
                                  "]d2")
                     .changed);
}

TEST_F(RedactionGs1Test, KeepsTypedElementsBehindTheFirst) {
    std::size_t alike = 0;
    for (const std::string& sscc : numbers("4", 18, 3'000)) {
        alike += card_brand(sscc).empty() ? 0 : 1;
        for (const std::string& code : {"0104006381333931"
                                        "17271231"
                                        "00" +
                                            sscc,
                                        "0104006381333931"
                                        "10LOT1\x1d"
                                        "00" +
                                            sscc,
                                        "10LOT1\x1d"
                                        "00" +
                                            sscc +
                                            "3103001234"
                                            "00" +
                                            sscc}) {
            ASSERT_FALSE(redactor.redact_code(code, "]C1").changed) << code;
        }
    }
    for (const std::string& gln : numbers("4", 13, 3'000)) {
        const std::string code =
            "0104006381333931"
            "21S1\x1d"
            "414" +
            gln +
            "\x1d"
            "02"
            "04006381333931"
            "37"
            "12";
        ASSERT_FALSE(redactor.redact_code(code, "]d2").changed) << code;
    }
    EXPECT_GT(alike, 150U) << "the test would prove nothing";
}

TEST_F(RedactionGs1Test, CutsCardDataBetweenTypedElements) {
    const std::string gtin = "0104006381333931";
    const std::string sscc = "00" + numbers("4", 18, 1).front();
    for (const char* planted : {"90PAN 4111111111111111", "91%B4111111111111111^DOE/JOHN^2512101?", "92 cvv=123",
                                "93;4111111111111111=25121010000?",
                                "10A\x1d"
                                "90 4111 1111 1111 1111"}) {
        for (const std::string& code :
             {gtin + planted + "\x1d" + sscc, gtin + sscc + planted, planted + ("\x1d" + sscc)}) {
            const Redaction& result = redactor.redact_code(code, "]C1");
            ASSERT_TRUE(result.found_card_data()) << code;
            EXPECT_EQ(result.bytes.find("4111111111111111"), std::string::npos) << result.bytes;
            EXPECT_NE(result.bytes.find(sscc), std::string::npos) << result.bytes;
        }
    }
}

TEST_F(RedactionGs1Test, CutsACardNumberInATypedField) {
    for (const char* name : {"gtin", "item", "code", "ssccs", "supplier", "sku"}) {
        const std::string begin = std::string(R"({")") + name + R"(":)";
        EXPECT_EQ(redactor.redact_line(begin + R"("4111111111111111"})").bytes, begin + R"("************1111"})");
        EXPECT_EQ(redactor.redact_line(begin + R"(["4111 1111 1111 1111"]})").bytes,
                  begin + R"(["************1111"]})");
        EXPECT_EQ(redactor.redact_line(begin + R"(378282246310005})").bytes, begin + R"("************0005"})");
    }
    EXPECT_TRUE(redactor.redact_code("4111111111111111", "]E0").changed);
    EXPECT_EQ(redactor.redact_code("01040063813339314111111111111111", "]C0").bytes,
              "0104006381333931************1111");
    EXPECT_TRUE(redactor
                    .redact_code("0104006381333931\x1d"
                                 "4111111111111111",
                                 "]C1")
                    .changed);
}

TEST_F(RedactionGs1Test, KnowsGs1NumbersByTheirIdentifier) {
    ASSERT_EQ(card_brand("417722108407491061"), "visa");
    expect_kept(R"({"gs1":{"00":"417722108407491061"}})");
    for (const std::string& key : numbers("4", 18, 2'000)) {
        expect_kept(R"({"gs1":{"00":")" + key + R"(","21":"S1"}})");
        expect_kept(R"({"gs1":{"8018":")" + key + R"("}})");
        expect_kept(R"({"gs1":[{"00":[")" + key + R"("]}]})");
        expect_kept(R"({"code":"https:\/\/x.example\/00\/)" + key + R"("})");
        expect_kept(R"({"code":"0104006381333931\u001d00)" + key + R"("})");
        EXPECT_FALSE(redactor.redact_code("(10)L1(00)" + key, "").changed) << key;
    }
    for (const std::string& gtin : numbers("36", 14, 2'000)) {
        expect_kept(R"({"gs1":{"01":")" + gtin + R"("},"substitute_for":")" + gtin + R"("})");
        EXPECT_FALSE(redactor.redact_code("https://id.gs1.org/01/" + gtin + "/10/A", "]Q1").changed) << gtin;
        EXPECT_FALSE(redactor
                         .redact_code("10LOT1\x1d"
                                      "01" +
                                          gtin,
                                      "]C1")
                         .changed)
            << gtin;
    }
    for (const std::string& gln : numbers("4", 13, 2'000)) {
        EXPECT_FALSE(redactor
                         .redact_code("10LOT1\x1d"
                                      "414" +
                                          gln,
                                      "]C1")
                         .changed)
            << gln;
        expect_kept(R"({"code":"414)" + gln + R"(","aim":"]C1"})");
        expect_kept(R"(oops {"code":"414)" + gln + R"(","aim":"]d2"})");
        expect_kept(R"({"gs1":{"414":")" + gln + R"(","8003":"0)" + gln + R"(4111"}})");
    }
}

TEST_F(RedactionGs1Test, CutsACardNumberThatIsASerialOrABatch) {
    const std::string card = "4682880319016988";
    const std::string mask = "************6988";
    for (const char* front : {"010950600013435221", "010950600013435210", "01095060001343521726013121", "240", "91",
                              "00106141411234567897"
                              "21",
                              "800309506000134352", "2539506000134352"}) {
        const std::string code = front + card;
        EXPECT_EQ(redactor.redact_code(code, "]C1").bytes, front + mask) << code;
        EXPECT_EQ(redactor
                      .redact_code(code + "\x1d"
                                          "10L1",
                                   "]d2")
                      .bytes,
                  front + mask +
                      "\x1d"
                      "10L1")
            << code;
    }
    EXPECT_EQ(redactor
                  .redact_code("17/" + card +
                                   "\x1d"
                                   "21" +
                                   card,
                               "]C1")
                  .bytes,
              "17/" + mask +
                  "\x1d"
                  "21" +
                  mask)
        << "elements that cut the first one in two";
    EXPECT_EQ(redactor.redact_code("]C1010950600013435221" + card, "").bytes, "]C1010950600013435221" + mask);
    EXPECT_EQ(redactor.redact_code("(01)09506000134352(21)" + card, "").bytes, "(01)09506000134352(21)" + mask);
    EXPECT_EQ(redactor.redact_code("https://x.example/01/09506000134352/21/" + card, "]Q1").bytes,
              "https://x.example/01/09506000134352/21/" + mask);
    for (const char* ai : {"21", "10", "240", "250", "00", "01", "99"}) {
        const std::string begin = std::string(R"({"gs1":{")") + ai + R"(":")";
        EXPECT_EQ(redactor.redact_line(begin + card + R"("},"serial":")" + card + R"("})").bytes,
                  begin + mask + R"("},"serial":")" + mask + R"("})");
    }
    // Right as a GTIN, but no GTIN's place.
    ASSERT_TRUE(is_gtin("36000000011179"));
    EXPECT_TRUE(redactor.redact_line(R"({"gs1":{"21":"36000000011179"}})").changed);
    EXPECT_FALSE(redactor.redact_line(R"({"gs1":{"01":"36000000011179"}})").changed);
    EXPECT_EQ(redactor.redact_line(R"({"code":"010950600013435221)" + card + R"(\u001d10L"})").bytes,
              R"({"code":"010950600013435221)" + mask + R"(\u001d10L"})");
    EXPECT_EQ(redactor.redact_line(R"({"gs1":{"pan":"4111111111111112"}})").bytes,
              R"({"gs1":{"pan":"************1112"}})");
}

TEST_F(RedactionGs1Test, KnowsUsualNamesBeyondTheSchemaByTheLengthThatTheySay) {
    struct Row {
        std::vector<const char*> names;
        const char* first;
        std::size_t digits;
    };
    const Row rows[] = {
        {{"gtin14", "GTIN-14", "ean14", "item_gtin", "itemGtin", "parent_gtin", "case-gtin"}, "36", 14},
        {{"sscc18", "SSCC-18", "pallet_sscc", "containerSscc"}, "4", 18},
        {{"GTIN-13", "gtin_13", "item_gtin", "ship_to", "shipTo", "gln_ship_to", "supplier_gln"}, "4", 13},
    };
    for (const Row& row : rows) {
        for (const std::string& number : numbers(row.first, row.digits, 100)) {
            for (const char* name : row.names) {
                const std::string member = std::string("\"") + name + "\":\"" + number + "\"";
                expect_kept(R"({"type":"other","x":{)" + member + "}}");
                expect_kept("oops {" + member);
            }
        }
    }
    Redactor redactor;
    const std::string diners = "36910237409543";  // right as a GTIN-14 and as a card, but not of that length
    EXPECT_FALSE(redactor.redact_line("{\"gtin14\":\"" + diners + "\"}").changed);
    for (const char* name : {"gtin13", "sscc18", "ship_to", "gtin8", "upc_a"}) {
        const std::string line = std::string("{\"") + name + "\":\"" + diners + "\"}";
        EXPECT_TRUE(redactor.redact_line(line).changed) << line;
    }
    for (const char* name : {"gtin14", "item_gtin", "sscc18", "ship_to"}) {
        const std::string line = std::string("{\"") + name + R"(":"4111111111111111"})";
        EXPECT_TRUE(redactor.redact_line(line).changed) << "a card number in a typed field: " << line;
    }
}

TEST_F(RedactionGs1Test, KeepsThemInLinesThatAreNoJson) {
    for (const std::string& sscc : numbers("4", 18, 1'000)) {
        expect_kept("oops {\"type\":\"receiving\",\"ssccs\":[\"" + sscc + "\",\"" + sscc + "\"]");
        expect_kept("<sscc>" + sscc + "</sscc>");
        expect_kept("sscc=" + sscc);
        expect_kept("oops {\"gs1\":{\"10\":\"L\",\"00\":\"" + sscc + "\"}");
    }
}

}  // namespace
}  // namespace tillpost::test
