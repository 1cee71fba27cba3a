// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <random>
#include <string>

#include "agent/event/redaction/card_finder.hpp"
#include "agent/event/redaction/card_number.hpp"
#include "agent/event/redaction/redactor.hpp"
#include "tests/unit/redaction_corpus.hpp"

namespace tillpost::test {
namespace {

std::string redacted(std::string_view text) {
    Redactor redactor;
    const Redaction& result = redactor.redact_code(text, "");
    return result.changed ? result.bytes : std::string(text);
}

TEST(CardNumberTest, KnowsBrandsByPrefixLengthAndCheckDigit) {
    const std::vector<std::pair<std::string, std::string>> table{
        {"4111111111111111", "visa"},
        {"4111111111111112", ""},
        {"411111111111116", ""},
        {"4222222222222", ""},
        {"5555555555554444", "mastercard"},
        {"5105105105105100", "mastercard"},
        {"2221000000000009", "mastercard"},
        {"2720990000000007", "mastercard"},
        {"2220990000000001", ""},
        {"2721000000000004", ""},
        {"378282246310005", "amex"},
        {"341111111111111", "amex"},
        {"30569309025904", "diners"},
        {"36227206271667", "diners"},
        {"6011111111111117", "discover"},
        {"6500000000000002", "discover"},
        {"3530111333300000", "jcb"},
        {"213112345678909", ""},
        {"6759649826438453", "debit"},
        {"2200000000000004", "mir"},
        {"1234567890123452", ""},
        {"0000000000000000", ""},
        {"", ""},
        {"41111111111", ""},
        {"41111111111111111111", ""},
    };
    for (const auto& [digits, brand] : table) EXPECT_EQ(card_brand(digits), brand) << digits;
    EXPECT_TRUE(luhn_right("79927398713"));
    EXPECT_FALSE(luhn_right("79927398710"));
}

TEST(RedactionTest, MissesNothingOfTheCorpus) {
    for (const Planted& planted : planted_numbers()) {
        const std::string got = redacted(planted.text);
        EXPECT_EQ(got, planted.clean) << planted.name;
        EXPECT_EQ(redacted(got), got) << planted.name << ": once is enough";
    }
    for (const Planted& planted : planted_labelled()) EXPECT_EQ(redacted(planted.text), planted.clean) << planted.name;
}

TEST(RedactionTest, CodesBehindTheirLabelAreFoundInJsonTextsToo) {
    Redactor redactor;
    const auto in_text = [&redactor](const std::string& text) {
        const std::string line = R"({"type":"other","memo":")" + text + R"(","n":[")" + text + R"("]})";
        const Redaction& result = redactor.redact_line(line);
        return result.changed ? result.bytes : line;
    };
    for (const char* label : {"cvv", "CVV2", "cvc", "Cvc2", "CSC", "CVN", "pin", "PIN", "sicherheitscode",
                              "security code", "card security code", "codice di sicurezza"}) {
        for (const char* between : {" ", "-", "  ", " - "}) {
            for (const char* code : {"123", "1234", "12345678"}) {
                const std::string start = std::string("ok ") + label + between;
                EXPECT_EQ(in_text(start + code), in_text(start + "***")) << start << code;
                EXPECT_EQ(in_text(start + code + " x"), in_text(start + "*** x")) << start << code;
                EXPECT_EQ(redacted("oops " + start + code), "oops " + start + "***");
            }
        }
    }
    for (const char* text :
         {"PIN pad 3",    "PIN pad 123",      "PIN-Pad 4711",        "Lapin 123",    "spin 4711",
          "pins 471",     "pin 12",           "pin 123456789",       "pin 123abc",   "pin 2026-11-26",
          "pin 12.50",    "CVV 123.50",       "cvv 123/456",         "pin 123,45",   "Code 123",
          "cid 123",      "pincode 110001",   "Track 1234",          "tracks 123",   "swipe data 123",
          "de52 123",     "Bio Milch 500 ml", "Store 0042 till 123", "cvv\u00e4123", "item 4711",
          "supplier 123", "PIN: none 471",    "Bluse CVN123",        "pin4711",      "A-123"}) {
        EXPECT_EQ(in_text(text), R"({"type":"other","memo":")" + std::string(text) + R"(","n":[")" + text + R"("]})");
        EXPECT_EQ(redacted(text), text);
    }
}

TEST(RedactionTest, FindsThemInUtf16) {
    for (const bool little_endian : {true, false}) {
        std::string text;
        for (const char c : "card 4111111111111111 ok" + std::string()) {
            if (!little_endian) text += '\0';
            text += c;
            if (little_endian) text += '\0';
        }
        EXPECT_NE(redacted(text).find(mask_1111), std::string::npos) << little_endian;
        EXPECT_EQ(redacted(text).find(std::string("4\0", 2) + "1"), std::string::npos);
    }
}

TEST(RedactionTest, FindsGroupsBetweenSignsOfOlderCodePages) {
    for (const char sign : {'\xa0', '\xff', '\x96', '\x97', '\xad', '\xf0', '\x95', '\xb7', '\xf9', '\xfa'}) {
        const std::string number = std::string("4111") + sign + "1111" + sign + "1111" + sign + "1111";
        for (const std::string& text : {number, "\xe4 " + number + " \xfc", "{\"memo\":\"" + number + "\"}"}) {
            EXPECT_NE(redacted(text).find(mask_1111), std::string::npos) << text;
            EXPECT_EQ(redacted(text).find("4111"), std::string::npos) << text;
        }
    }
    const std::string word =
        "4111\xe4"
        "1111\xf6"
        "1111\xfc"
        "1111";
    EXPECT_EQ(redacted(word), word) << "letters separate";
}

TEST(RedactionTest, LeavesOtherNumbersAlone) {
    for (const char* text : {
             "************4771",
             "411111******1111",
             "EEEEEEEEEEEE4771",
             "XXXX XXXX XXXX 1111",
             "4006381333931",  // EAN-13
             "4711",
             "0123456789",
             "2026-11-23T10:15:30.123+01:00",
             "411111111111111111111111",  // part of something longer
             "14111111111111111111",
             "4111111111111112",    // wrong check digit
             "0.4111111111111111",  // binary floating point
             "-0.4111111111111111",
             "4.369999999999999",
             "4111111111.111111",
             "4111-11-11 x 4.11 12",
             "4111,1111,1111,1111",
             "4111|1111|1111|1111",
             "4111/1111/1111/1111",
             "4111:1111:1111:1111",
             "4111;1111;1111;1111",
             "4111*1111*1111*1111*1234",  // a list of numbers
             "1234*4111*1111*1111*1111",
             "4111*1111*1111*1112",
             "4111*1111#1111*1111",
             "411111*1111*1111*11",
             "4,268,656,355,150,580,1",  // a list of numbers
             "1,4,268,656,355,150,580",
             "4, 268, 656, 355, 150, 580",
             "4,268,656,355,150,581",
             "4268.656355150580",
             "4 268 656.35 5 150.58",
             "2 4 1 1 111 11 111 11111 1",
             "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 5 12/27",  // a list of digits
             "12 5 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
             "12 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 27",
             "41*11*11*11*11*11*11*11",
             "411.11 111.11 111.11 111.1",
             "4111.11 1111.11 1111.11",
             "4111\n1111\n1111\n1111",
             "41111111-1111-1111-1111-11111111111a",  // UUID
             "41111111-1111-1111-1111-a11111111111",
             "a411111111111111-0000000000000011",  // an event's id
             "4111111111a11111-00000fffffffffff",
             "abcdef4111111111111111abcdef0123",  // 32 hex digits
             "aaaaaaaaaaaaa4-1111111111111111",
             "+49 4111 1111 111",
             "12.50 13.70 4.11 11.11 99.99",
             "CVV: ok",
             "pin: 12",
             "Spin: 12345",
             "",
         }) {
        EXPECT_EQ(redacted(text), text);
    }
}

// Amounts, dates, times, quantities and references, with all that stands between them on receipts and in lists.
TEST(RedactionTest, CutsNothingOfOrdinaryTexts) {
    constexpr std::array shapes{
        "d.dd#d.dd#dd.dd#ddd.dd",   "dddd.dd#dddd.dd#dddd.dd",  "2026-11-dd#dd:dd:dd#d.dd",
        "dd.11.2026#dddd.dd#dddd",  "d#x#dddd.dd#=#ddddd.dd",   "4dddd.dd#5dddd.dd",
        "4ddd#5ddd#6ddd",           "EUR#4ddd.dd#EUR#5ddd.dd",  "+49#4dd#dddd#ddd",
        "T0d#2026-11-dd#dddd#d",    "4dd#5dd#6dd#4dd",          "4.ddd.ddd,dd#5.ddd.ddd,dd",
        "20261126#dddddd#4ddd",     "4d#5d#6d#4d#5d#6d",        "V4.dd.ddd#10.4d.5d.6d#5ddd",
        "A4ddd#B5ddd#C4ddd#D6ddd",  "4ddd,5ddd,4ddd,5ddd",      "<td>4ddd</td><td>5ddd</td><td>4ddd</td>",
        "4ddd|5ddd#6ddd|4ddd|5ddd", "4ddd/5ddd/6ddd/4ddd#4.dd", "dd#4#d#d#d#d#d#d#d#d#d#d#dd#d#d#d#dd#dd",
    };
    std::mt19937 random(20'261'126);
    std::size_t texts = 0;
    for (const std::string_view shape : shapes) {
        for (const std::string between :
             {" ", "*", "~", "'", "=", ">", "_", "#", "\\", "][", " * ", " = ", "\"", "-"}) {
            for (int round = 0; round < 200; ++round) {
                std::string text;
                for (const char c : shape) {
                    if (c == '#') {
                        text += between;
                    } else {
                        text += c == 'd' ? static_cast<char>('0' + random() % 10) : c;
                    }
                }
                ASSERT_EQ(redacted(text), text);
                ++texts;
            }
        }
    }
    EXPECT_GT(texts, 50'000U);
}

TEST(RedactionTest, CoversASecurityCodeThatLooksLikeTheNumbersEnd) {
    // 16 digits and 3 more pass Luhn together, too.
    for (int code = 0; code < 1000; ++code) {
        const std::string tail = std::to_string(1000 + code).substr(1);
        const std::string got = redacted("4111 1111 1111 1111 " + tail);
        EXPECT_TRUE(got == mask_1111 || got == mask_1111 + " " + tail) << got;
    }
}

TEST(RedactionTest, KeepsTheFirstSixDigitsIfItIsTold) {
    PrivacySettings settings;
    settings.keep_bin = true;
    Redactor redactor(settings);
    EXPECT_EQ(redactor.redact_code(visa, "").bytes, "411111******1111");
    EXPECT_EQ(redactor.redact_code("30569309025904", "").bytes, "************5904") << "too short";
    EXPECT_FALSE(redactor.redact_code("411111******1111", "").changed);
}

TEST(RedactionTest, FindsGroupsBetweenCharacterReferences) {
    for (const char* reference : {"&shy;", "&amp;shy;", "&nbsp;", "&zwnj;", "&zwj;", "&NoBreak;", "&ensp;", "&thinsp;",
                                  "&ndash;", "&mdash;", "&minus;", "&middot;", "&bull;", "&ZeroWidthSpace;", "&Tab;"}) {
        const std::string text = std::string("4111") + reference + "1111" + reference + "1111" + reference + "1111";
        EXPECT_EQ(redacted(text), mask_1111) << text;
    }
}

TEST(RedactionTest, KnowsANumberByTheCardThatItIsOf) {
    Redactor redactor;
    const std::string maestro = "676396603653";  // of 12 digits: no pattern finds it
    for (const char* const line :
         {R"({"card":{"number":"X"}})", R"({"tenders":[{"card":{"brand":"maestro","number":"X","exp":"12/29"}}]})",
          R"({"cards":[{"no":"X"},{"Number":"X"}]})", R"({"payment_card":{"nr":"X"}})", R"({"panNumber":"X"})",
          R"({"dpan":"X"})", R"({"fpan":"X"})"}) {
        std::string clear(line);
        for (auto at = clear.find('X'); at != std::string::npos; at = clear.find('X')) clear.replace(at, 1, maestro);
        const std::string got = redactor.redact_line(clear).bytes;
        EXPECT_EQ(got.find(maestro), std::string::npos) << line;
        EXPECT_NE(got.find("************3653"), std::string::npos) << line << got;
    }
    for (const char* line : {R"({"card":"visa","number":"676396603653"})", R"({"card":{"brand":"visa","batch":"12"}})",
                             R"({"gift_card":{"number":"676396603653"}})", R"({"type":"sale","number":"4711"})"}) {
        EXPECT_FALSE(redactor.redact_line(line).changed) << line;
    }
    for (const char* name : {"cvn2", "CVN2", "pinblk", "PIN_BLK", "card_cvn2"}) {
        EXPECT_EQ(redactor.redact_line(std::string("{\"") + name + R"(":"7391"})").bytes,
                  std::string("{\"") + name + R"(":null})");
    }
}

TEST(RedactionTest, TakesTimeInProportionToTheText) {
    std::string digits;
    std::string spaced;
    std::string labels;
    std::string tracks;
    while (digits.size() < 1 << 18) digits += "4111111111111111111111";
    while (spaced.size() < 1 << 18) spaced += "41 11 ";
    while (labels.size() < 1 << 18) labels += "cvv=cvv=";
    while (tracks.size() < 1 << 18) tracks += "41111111111111D1=^";
    for (const std::string& text : {digits, spaced, labels, tracks}) {
        const std::clock_t start = std::clock();
        redacted(text);
        // Processor time: others may be busy, too. With the square of the length it would be some minutes.
        EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 20) << text.substr(0, 20);
    }
}

TEST(RedactionTest, FindsANumberAtEveryPlaceOfALongText) {
    for (std::size_t ahead = 4060; ahead < 4120; ++ahead) {  // around the run that is looked at together
        std::string text;
        while (text.size() < ahead * 3) text += "99 ";
        text += "x 4111111111111111";
        EXPECT_NE(redacted(text).find(mask_1111), std::string::npos) << ahead;
        text.replace(ahead * 3, 2, "");
        EXPECT_NE(redacted(text).find(mask_1111), std::string::npos) << ahead;
    }
}

}  // namespace
}  // namespace tillpost::test
