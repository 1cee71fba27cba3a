// SPDX-License-Identifier: Apache-2.0
// The shortened input against the whole text: the library takes both or neither, and reads the same from them.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/json_input.hpp"
#include "agent/event/json_plain.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

/// Writes down what the library reads.
class Reader {
public:
    explicit Reader(const JsonInput* input = nullptr) : input_(input) {}
    bool null() { return note("null"); }
    bool boolean(bool value) { return note(value ? "true" : "false"); }
    bool number_integer(json::number_integer_t value) { return note(std::to_string(value)); }
    bool number_unsigned(json::number_unsigned_t value) { return note(std::to_string(value)); }
    bool number_float(json::number_float_t, const std::string& text) { return note(text); }
    bool string(const std::string& text) { return note("string " + content(text)); }
    bool binary(const json::binary_t&) { return false; }
    bool start_object(std::size_t) { return note("{"); }
    bool key(const std::string& name) { return note("key " + content(name)); }
    bool end_object() { return note("}"); }
    bool start_array(std::size_t) { return note("["); }
    bool end_array() { return note("]"); }
    bool parse_error(std::size_t, const std::string&, const json::exception&) { return false; }

    std::vector<std::string> read;
    std::size_t skipped = 0;

private:
    bool note(std::string what) {
        read.push_back(std::move(what));
        return true;
    }
    std::string content(const std::string& text) {
        if (input_ == nullptr || !input_->is_skipped()) return text;
        EXPECT_EQ(text, "") << "the library has read what was skipped";
        ++skipped;
        return std::string(input_->skipped());
    }
    const JsonInput* input_;
};

/// How many strings were skipped.
std::size_t expect_same(const std::string& text) {
    Reader whole;
    const bool taken = json::sax_parse(text.data(), text.data() + text.size(), &whole);
    JsonInput input(text);
    Reader quick(&input);
    const bool taken_short = json::sax_parse(JsonInput::Iterator(input), JsonInput::Iterator(), &quick);
    EXPECT_EQ(taken_short, taken) << text;
    EXPECT_EQ(quick.read, whole.read) << text;
    return quick.skipped;
}

TEST(JsonInputTest, ReadsWhatTheWholeTextSays) {
    const std::vector<std::string> texts{
        R"({})",
        R"([])",
        R"("")",
        R"("a")",
        R"({"type":"sale","lines":[{"line":1,"amount":"1.99","ok":true,"no":null,"x":-1.5e3}],"to":{"a":"b"}})",
        R"({"a":"with \"quotes\" in it","b":"c"})",
        R"({"a\"":"\\","\\":"\\\"","c":"d"})",
        R"({"a":"\u0041\n","b":"\ud83d\ude00"})",
        R"({"caf)"
        "\xc3\xa9"
        R"(":"cr)"
        "\xc3\xa8"
        R"(me br)"
        "\xc3\xbb"
        R"(l)"
        "\xc3\xa9"
        R"(e, long enough"})",
        " \t\r\n{ \"a\" : \"b\" , \"c\" : [ \"d\" , \"e\" ] } \n",
    };
    for (const std::string& text : texts) {
        EXPECT_TRUE(json::accept(text)) << text;
        (void)expect_same(text);
    }
    EXPECT_EQ(expect_same(texts[4]), 12U) << "plain strings are not read byte by byte";
    EXPECT_EQ(expect_same(texts[8]), 2U) << "nor are umlauts";
}

TEST(JsonInputTest, RefusesWhatTheLibraryRefuses) {
    const std::vector<std::string> texts{
        "",
        "{",
        "\"",
        "\"\\",
        "\"abc",
        "\"abcdefgh\\\"",
        R"({"a")",
        R"({"a":"b)",
        R"({"a":"b\)",
        R"({"a":"b\")",
        R"({"a":"\x"})",
        R"({"a":"\ud800"})",
        R"({"a":"b""c":"d"})",
        R"({"a" "b"})",
        R"({"a":tru"e"})",
        R"({"a":1"b"})",
        R"("a"b")",
        R"("a""b")",
        R"(['a'])",
        "{\"a\":\"line\nbreak\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\x1f\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc3\"}",
        "{\"a\":\"\xc0\xaf\"}",
        "{\"a\":\"\xed\xa0\x80\"}",
        "{\"a\":\"\xf4\x90\x80\x80\"}",
        "{\"\xe2\x82\":\"b\"}",
    };
    for (const std::string& text : texts) {
        EXPECT_FALSE(json::accept(text)) << text;
        (void)expect_same(text);
    }
}

// The content is looked at eight bytes at a time.
TEST(JsonInputTest, FindsWhatIsSpecialAtEachPlace) {
    const std::vector<std::string> specials{"\\\"", "\\\\", "\\n",      "\"",   "\x01",
                                            "\x1f", "\x7f", "\xc3\xa9", "\x80", " "};
    for (std::size_t size = 0; size < 40; ++size) {
        for (const std::string& special : specials) {
            for (std::size_t at = 0; at <= size; ++at) {
                std::string content(size, 'x');
                content.insert(at, special);
                (void)expect_same(R"({"a":")" + content + R"(","b":"c"})");
                (void)expect_same(R"({")" + content + R"(":1})");
            }
        }
    }
}

TEST(JsonInputTest, NoMixtureOfBytesMakesADifference) {
    const std::vector<std::string> pieces{"\"",   "\"",   "\"",   "\\",   "{", "}",         "[", "]",
                                          ":",    ",",    "a",    "1",    "-", "tru",       "e", "null",
                                          "\x01", "\xc3", "\xa9", "\\\"", " ", "plain text"};
    std::mt19937 random(20'261'123);
    for (int round = 0; round < 100'000; ++round) {
        std::string text = random() % 2 == 0 ? R"({"a":")" : "";
        const std::size_t count = random() % 12;
        for (std::size_t i = 0; i < count; ++i) text += pieces[random() % pieces.size()];
        if (random() % 2 == 0) text += R"("})";
        (void)expect_same(text);
        if (::testing::Test::HasFailure()) return;
    }
}

TEST(JsonTextTest, APlainPrefixEndsAtTheFirstByteThatMeansSomethingElse) {
    for (std::size_t size = 0; size < 30; ++size) {
        EXPECT_EQ(plain_prefix(std::string(size, '~')), size);
        for (int byte = 0; byte < 256; ++byte) {
            const bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
            std::string text(size, ' ');
            text += static_cast<char>(byte);
            text += "\x01 and more, so that whole words are read";
            EXPECT_EQ(plain_prefix(text), size + (plain ? 1 : 0)) << byte;
        }
    }
}

}  // namespace
}  // namespace tillpost
