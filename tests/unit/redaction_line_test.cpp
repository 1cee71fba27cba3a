// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "agent/event/identifiers.hpp"
#include "agent/event/json_text.hpp"
#include "agent/event/redaction/card_finder.hpp"
#include "agent/event/redaction/json_token.hpp"
#include "agent/event/redaction/redactor.hpp"
#include "tests/unit/redaction_corpus.hpp"

namespace tillpost::test {
namespace {

struct Row {
    const char* line;
    const char* clean;
    const char* place;
};

class RedactionLineTest : public testing::Test {
protected:
    std::string redacted(std::string_view line) {
        result = redactor.redact_line(line);
        return result.changed ? result.bytes : std::string(line);
    }
    void expect_cut(const std::vector<Row>& rows) {
        for (const Row& row : rows) {
            EXPECT_EQ(redacted(row.line), row.clean);
            EXPECT_TRUE(nlohmann::json::accept(redacted(row.line))) << row.line;
            ASSERT_FALSE(result.places.empty()) << row.line;
            EXPECT_EQ(result.places.front(), row.place) << row.line;
            const std::string once = redacted(row.line);
            EXPECT_EQ(redacted(once), once) << "once is enough";
        }
    }
    Redactor redactor;
    Redaction result;
};

// What is passed eight bytes at a time is judged as byte by byte.
TEST(SuspicionTest, IsTheRulesOwnForAnyText) {
    std::mt19937 random(20'261'123);
    std::size_t suspicious = 0;
    for (int round = 0; round < 300'000; ++round) {
        std::string text;
        const std::size_t size = random() % 40;
        const bool any_bytes = round % 4 == 0;
        constexpr std::string_view usual = "0123456789012345678901234567890123456789aZ -.,/;<?@[`{~";
        constexpr std::string_view signs = ":=>%\\\x80\xff";
        while (text.size() < size) text += any_bytes ? static_cast<char>(random()) : usual[random() % usual.size()];
        if (size > 0 && round % 3 == 0) text[random() % size] = signs[random() % signs.size()];
        const bool judged = is_suspicious(text);
        ASSERT_EQ(judged, size >= 7 && redaction_detail::has_signs_of_digits(text)) << text;
        suspicious += judged ? 1 : 0;
    }
    EXPECT_GT(suspicious, 50'000U);
    EXPECT_LT(suspicious, 250'000U);
}

// They are not looked into: then there must be nothing to find.
TEST(SuspicionTest, ADateTimeOfUsualLengthHoldsNoNumber) {
    std::mt19937 random(20'261'123);
    CardFinder finder;
    std::size_t right = 0;
    for (int round = 0; round < 100'000; ++round) {
        std::string text = "20dd-0d-0dT0d:4d:1d";
        if (round % 3 != 0) text += "." + std::string(1 + random() % 9, 'd');
        text += round % 2 == 0 ? "Z" : (round % 5 == 0 ? "+0d:4d" : "-1d:0d");
        for (char& c : text) {
            if (c == 'd') c = static_cast<char>('0' + random() % 10);
        }
        if (!is_date_time(text) || text.size() > 32) continue;
        ++right;
        ASSERT_TRUE(finder.find(text).empty()) << text;
    }
    EXPECT_GT(right, 20'000U);
}

TEST_F(RedactionLineTest, CutsAndRemovesByNameAndByForm) {
    expect_cut({
        {R"({"note":"4111111111111111"})", R"({"note":"************1111"})", "/note"},
        {R"({ "a" : [ 1 , {"b":"x 4111111111111111 y"} ] })", R"({ "a" : [ 1 , {"b":"x ************1111 y"} ] })",
         "/a/1/b"},
        {R"({"n":4111111111111111})", R"({"n":"************1111"})", "/n"},
        {R"({"n": 4111111111111111.00 ,"m":1})", R"({"n": "************1111" ,"m":1})", "/n"},
        {R"([4111111111111111])", R"(["************1111"])", "/0"},
        {R"({"pan":"4111111111111112"})", R"({"pan":"************1112"})", "/pan"},
        {R"({"PAN":"123456789012"})", R"({"PAN":"************9012"})", "/PAN"},
        {R"({"Card-Number":4111111111111112})", R"({"Card-Number":"************1112"})", "/Card-Number"},
        {R"({"card_number":"411111******1111"})", R"({"card_number":"************1111"})", "/card_number"},
        {R"({"PrimaryAccountNumber":{"value":"4111111111111112","last":[7]}})",
         R"({"PrimaryAccountNumber":{"value":"************1112","last":[null]}})", "/PrimaryAccountNumber/value"},
        {R"({"pan":["4111","1111","1111","1112"]})", R"({"pan":[null,null,null,null]})", "/pan/0"},
        {R"({"card_number":{"a":"4111","b":[1111,{"c":"11 11"}],"d":" 2 "}})",
         R"({"card_number":{"a":null,"b":[null,{"c":null}],"d":null}})", "/card_number/a"},
        {R"({"pan":["411111111111","1112"]})", R"({"pan":["************1111",null]})", "/pan/0"},
        {R"({"pan":[4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2]})",
         R"({"pan":[null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null]})", "/pan/0"},
        {R"({"pan":["411111******1112",null,true,""]})", R"({"pan":["************1112",null,true,""]})", "/pan/0"},
        {R"({"creditcard":{"brand":"MC2","last4":"1112","expiry":"12/27"}})",
         R"({"creditcard":{"brand":"MC2","last4":"1112","expiry":null}})", "/creditcard/expiry"},
        {R"({"T2":"4111111111111112D2712","t1":"B4111111111111112^DOE^2712","cryptogram":"0A1B"})",
         R"({"T2":null,"t1":null,"cryptogram":null})", "/T2"},
        {R"({"T1":{"x":"4111111111111111"},"T2":"12.50"})", R"({"T1":{"x":"************1111"},"T2":"12.50"})", "/T1/x"},
        {R"({"p\u0061n":"4111111111111112"})", R"({"p\u0061n":"************1112"})", "/pan"},
        {R"({"cvv":"123","cvv2":456})", R"({"cvv":null,"cvv2":null})", "/cvv"},
        {R"({"track2":";4111111111111111=2712101?"})", R"({"track2":null})", "/track2"},
        {R"({"tracks":["a","b",{"c":"d"}]})", R"({"tracks":[null,null,{"c":null}]})", "/tracks/0"},
        {R"({"emv":"9F02065A08"})", R"({"emv":null})", "/emv"},
        {R"({"emv":{"aid":"A0000000031010","5A":"4111111111111112"}})",
         R"({"emv":{"aid":"A0000000031010","5A":"************1112"}})", "/emv/5A"},
        {R"({"pin_block":"0412AC89"})", R"({"pin_block":null})", "/pin_block"},
        {R"({"swipe":"%B4111111111111111^DOE/J^2712101?"})", R"({"swipe":"************1111"})", "/swipe"},
        {R"({"4111111111111111":{"x":1}})", R"({"************1111":{"x":1}})", "/*"},
        {R"({"4111111111111111":{"x":"5555555555554444"}})", R"({"************1111":{"x":"************4444"}})", "/*"},
        {R"({"a b":"4111111111111111"})", R"({"a b":"************1111"})", "/*"},
        {R"({"a/b":"4111111111111111"})", R"({"a/b":"************1111"})", "/a~1b"},
    });
}

TEST_F(RedactionLineTest, CutsByTheNamesOfIso8583AndEmvAndListsOfGroups) {
    expect_cut({
        {R"({"parts":["4111","1111","1111","1111"]})", R"({"parts":["************1111"]})", "/parts"},
        {R"({"a":[{"b":[ "3782", "822463", "10005" ]}]})", R"({"a":[{"b":[ "************0005" ]}]})", "/a/0/b"},
        {R"({"memo":"{\"x\":[\"4111\",\"1111\",\"1111\",\"1111\"]}"})", R"({"memo":"{\"x\":[\"************1111\"]}"})",
         "/memo"},
        {R"({"DE002":"4111111111111112"})", R"({"DE002":"************1112"})", "/DE002"},
        {R"({"F002":"4111111111111112"})", R"({"F002":"************1112"})", "/F002"},
        {R"({"F002":4111111111111112})", R"({"F002":"************1112"})", "/F002"},
        {R"({"tag5A":"4111111111111112","emv_5A":"9999"})", R"({"tag5A":"************1112","emv_5A":"9999"})",
         "/tag5A"},
        {R"({"57":"4111111111111112D27122010000000F","F035":"4111111111111112=2712201"})", R"({"57":null,"F035":null})",
         "/57"},
        {R"({"9F6B":"4111111111111112D2712201","Track2EquivalentData":"4111111111111112D2712"})",
         R"({"9F6B":null,"Track2EquivalentData":null})", "/9F6B"},
        {R"({"56":"%B4111111111111112^DOE/J^27122010"})", R"({"56":null})", "/56"},
    });
}

TEST_F(RedactionLineTest, RemovesSecurityCodesByTheNamesThatPosSoftwareGivesThem) {
    for (const char* name : {"cvv_code",
                             "card_cvv",
                             "cardSecCode",
                             "cvv2Code",
                             "CVC-Code",
                             "card_cvc",
                             "cardCsc",
                             "card_cid",
                             "amexCid",
                             "card_verification_number",
                             "cardValidationCode",
                             "csc_code",
                             "cvd",
                             "cvvNumber",
                             "cvvNo",
                             "sicherheitscode",
                             "Kartenprüfnummer",
                             "kartenpruefnummer",
                             "codigo_seguridad",
                             "cryptogramme_visuel",
                             "card_pin",
                             "iCVV"}) {
        const std::string begin = std::string(R"({")") + name + R"(":)";
        EXPECT_EQ(redacted(begin + R"("4491"})"), begin + "null}") << name;
    }
    for (const char* name : {"cid",
                             "customer_cid",
                             "cvs",
                             "cv",
                             "card",
                             "card_code",
                             "card_id",
                             "sec_code",
                             "security_number",
                             "code_card",
                             "pincode",
                             "pin_code",
                             "verification_code",
                             "card_type",
                             "cvr",
                             "cv_url",
                             "dcv",
                             "seccode",
                             "civ",
                             "csv",
                             "card_verification",
                             "card_security"}) {
        const std::string line = std::string(R"({")") + name + R"(":"4491"})";
        EXPECT_EQ(redacted(line), line);
    }
}

TEST_F(RedactionLineTest, LeavesTheRestAsItIs) {
    for (
        const char* line : {
            R"({"57":"4711","56":123456789012,"F035":"4012345678901","9F6B":"D2712201","57":"0001234567890DAY"})",
            R"({"F002":"12.50","f002":"4012345678901 EAN","bmp2":12345678901})",
            R"({"sizes":["4111","1111","1111","1112"],"n":["4111","1111","1111"],"m":["1","4111","1111","1111","1111"]})",
            R"({"n":["4111","1111","1111","1111","1111","1111"],"o":["4111","1111",["1111","1111"]],"p":[["4111"],["1111"]]})",
            R"({"lists":[["4111","1111"],["1111","1111"]],"t":["0001","0002","0003","0004"]})",
            R"({"type":"sale","till":"T01","number":"4711","totals":{"gross":4.369999999999999}})",
            R"({"pan":"************4771","card_number":"EEEEEEEEEEEE4771","cvv":null,"pan_present":true,"pin":""})",
            R"({"msr":true,"track":false,"pin":null,"pan":"","cardnumber":"1111"})",
            R"({"time":"2026-11-23T10:15:30.123+01:00","id":"41111111-1111-4111-8111-111111111111"})",
            "{\"name\":\"\xc3\x84pfel 1 kg\",\"url\":\"https://x.example/a?b=c\"}",
            R"({"pinned":"123456","spanner":"123456789012","trackingnumber":"123456789012"})",
            "{}",
            "",
            "  ",
            "[]",
            "\"",
            "{\"",
            "{\"a\":",
            "\\",
            "{\"a\\",
            "}",
            "null",
        }) {
        EXPECT_EQ(redacted(line), line);
        EXPECT_FALSE(result.changed) << line;
    }
}

TEST_F(RedactionLineTest, MissesNothingOfTheCorpusWhereverItStands) {
    for (const Planted& planted : planted_numbers()) {
        const std::vector<std::string> around{
            R"({"type":"other","note":"#"})",
            R"({"type":"other","deep":{"er":[0,["#"]]}})",
            R"({"#":1})",
            R"({"type":"other","gtin":"#"})",
            R"(broken "#")",
            R"({"note":"#)",
            R"({"a":"b"c","note":"#"})",
            "<x>#</x>",
            "#",
            "{\"a\":1} #",
            "'#'",
        };
        for (const std::string& each : around) {
            const std::size_t place = each.find('#');
            const std::string line = std::string(each).replace(place, 1, planted.text);
            // Digits beside the text are none of it; where the text has quotes of its own, a bare text is cut by them.
            EXPECT_EQ(redacted(line), std::string(each).replace(place, 1, planted.clean)) << planted.name;
        }
    }
}

TEST_F(RedactionLineTest, FindsLabelledOnesInWhatIsNoJson) {
    for (const auto& [line, clean] : std::vector<std::pair<std::string, std::string>>{
             {R"(oops {"cvv":"123","pan":"4111111111111112"})", R"(oops {"cvv":"***","pan":"************1112"})"},
             {R"({'cvv':'123'})", R"({'cvv':'***'})"},
             {R"({cvv:123})", R"({cvv:***})"},
             {"[1, 4111 1111 1111 1111]", "[1, ************1111]"},
             {R"({"a":"1" "cvv":"123")", R"({"a":"1" "cvv":null)"},
             {R"({"cvv":12x,"pin":"4711"})", R"({"cvv":null,"pin":null})"},
             {R"({"cvv":"123)", R"({"cvv":null)"},
             {R"(<sale cvv="123"><Track2>;1=2</Track2></sale>)", R"(<sale cvv="***"><Track2>;1=2</Track2></sale>)"},
         }) {
        EXPECT_EQ(redacted(line), clean);
    }
}

TEST_F(RedactionLineTest, CountsWhatItCut) {
    redacted(R"({"a":"4111111111111111 5555555555554444","b":";4111111111111111=2712101?","cvv":"123"})");
    EXPECT_EQ(result.numbers, 3U);
    EXPECT_EQ(result.secrets, 2U);
    EXPECT_EQ(result.places, (std::vector<std::string>{"/a", "/b", "/cvv"}));
    redacted("{}");
    EXPECT_EQ(result.numbers + result.secrets, 0U) << "of the line before";
}

TEST_F(RedactionLineTest, BoundsDepthAndPlaces) {
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "[";
    EXPECT_EQ(redacted(deep + "\"4111111111111111\",\"cvv\":\"123\""), deep + "\"************1111\",\"cvv\":\"***\"");
    std::string many = "[";
    for (int i = 0; i < 1'000; ++i) many += "\"4111111111111111\",";
    redacted(many + "1]");
    EXPECT_EQ(result.numbers, 1'000U);
    EXPECT_EQ(result.places.size(), Redaction::most_places);
    const std::string name(1000, 'n');
    redacted("{\"a\":{\"" + name + "\":\"4111111111111111\"}}");
    EXPECT_EQ(result.places.front(), "/a");
}

}  // namespace
}  // namespace tillpost::test
