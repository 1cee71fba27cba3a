// SPDX-License-Identifier: Apache-2.0
// Objects over several lines, as `tillpost validate` reads them.
#include "agent/cli/document_cutter.hpp"

#include <gtest/gtest.h>

#include "agent/cli/text_lines.hpp"

namespace tillpost::cli {
namespace {

/// "2:{…} 5:too long !7:why", whatever the parts in which the text comes.
std::string cut(std::string_view text, std::size_t part, std::size_t longest = 100) {
    DocumentCutter cutter(longest);
    std::string found;
    for (std::size_t at = 0; at < text.size(); at += part) {
        std::string_view input = text.substr(at, part);
        while (const auto record = cutter.next(input)) {
            found += std::to_string(record->line) + ":" + (record->too_long ? "too long" : record->text) + " ";
        }
    }
    cutter.end();
    if (const auto& fault = cutter.fault()) found += "!" + std::to_string(fault->line) + ":" + fault->detail;
    return found;
}

struct CutCase {
    std::string_view text, found;
};
const CutCase cut_cases[] = {
    {"", ""},
    {" \n\t\r\n", ""},
    {"{\n}\n", "1:{\n} "},
    {"\n{\"a\":\n[1,{}]}{\n}\n\n{}", "2:{\"a\":\n[1,{}]} 3:{\n} 6:{} "},
    {"[\n{},\n {\n}\n]\n", "2:{} 3:{\n} "},
    {"[]\n[ ]\n{}", "3:{} "},
    {R"({"a":"}\"]{"})", R"(1:{"a":"}\"]{"} )"},
    {R"({"a":"\\"} x)", R"(1:{"a":"\\"} !1:an object or a list is expected, not "x")"},
    {"{\n\"a\":\"", "!1:the object that begins here is not closed by the end of the file"},
    {"\n[\n{}\n", "3:{} !2:the list that begins here is not closed by the end of the file"},
    {"{\n\"a\":\"b\n}\n{}", "!2:a text is not closed at the end of this line"},
    {"{\n\"a\":[}\n", "!2:\"]\" is expected, not \"}\""},
    {"[{}\n{}]", "1:{} !2:\",\" or \"]\" is expected behind an item of the list, not \"{\""},
    {"[{},]", "1:{} !1:an object is expected in the list, not \"]\""},
    {"[1]", "!1:an object is expected in the list, not \"1\""},
    {"[[{}]]", "!1:an object is expected in the list, not \"[\""},
    {"]", "!1:an object or a list is expected, not \"]\""},
    {"{} \xff", "1:{} !1:an object or a list is expected, not another byte"},
};

TEST(DocumentCutterTest, CutsObjectsOutOfAnyText) {
    for (const CutCase& each : cut_cases) {
        for (const std::size_t part : {1U, 2U, 3U, 1000U}) EXPECT_EQ(cut(each.text, part), each.found) << part;
    }
}

TEST(DocumentCutterTest, HoldsNoMoreThanIsAllowed) {
    const std::string long_one = "{\"a\":\n\"" + std::string(200, 'x') + "\"}";
    EXPECT_EQ(cut("[" + long_one + ",\n{}]", 7), "1:too long 3:{} ");
    EXPECT_EQ(cut("{\"a\":" + std::string(1'000'000, '['), 4096), "!1:deeper than 256 levels");
}

TEST(DocumentCutterTest, TheFirstLineSaysWhetherThereAreSeveral) {
    const auto is_one = [](std::string_view text) { return DocumentCutter::is_one(text, 20); };
    for (const char* text : {"[\n", "\n [ {", "[]", "[ \r\n 1]", "{\n", "{ \"a\": 1, \r\n \"", "\n{\"a\":\n",
                             "{\"a\":[\n", "{\"a\":[{},\n{", "{\"a\":\"\\\"]{\",\n\"b"}) {
        EXPECT_EQ(is_one(text), std::optional(true)) << text;
    }
    for (const char* text : {"{}\n", "{\"a\":1}\n{\n", "no json", "{\"a\n", "\xef\xbb\xbf{\n", "                     ",
                             "{\"a\":\"xxxxxxxxxxxxxxxx", "[INFO] x\n", "[ 1,\n", "\n[[", "[                         ",
                             "{\"a\":1,\n{\"a\":1}\n", "{\"a\":[],\n\n{"}) {
        EXPECT_EQ(is_one(text), std::optional(false)) << text;
    }
    for (const char* text : {"", "\n\n", "{", "{\"a\":", "[", "[ \r", "{\"a\":1,\n\n "})
        EXPECT_EQ(is_one(text), std::nullopt) << text;
}

TEST(PlacedTextTest, KnowsTheLineOfAPlace) {
    const PlacedText placed{10, "{\n\"a\": 1,\n\"b\": [\n{\"c\": 2},\n{\n\"c~d\": 3}\n]\n}"};
    EXPECT_EQ(placed.line_of(""), 10U);
    EXPECT_EQ(placed.line_of("/a"), 11U);
    EXPECT_EQ(placed.line_of("/b"), 12U);
    EXPECT_EQ(placed.line_of("/b/0/c"), 13U);
    EXPECT_EQ(placed.line_of("/b/1/c~0d"), 15U);
    EXPECT_EQ(placed.line_of("/b/1/missing"), 14U) << "in what it is missing";
    EXPECT_EQ(placed.line_of("/missing/0/deeper"), 10U);
    const std::vector<std::string> all{"/b/1/c~0d", "", "/b/0/c", "/a", "/b/1/missing", "/b", "/b/0/c"};
    EXPECT_EQ(placed.lines_of(all), (std::vector<std::uint64_t>{15, 10, 13, 11, 14, 12, 13}));
    EXPECT_EQ(placed.line_of_byte(2), 11U);
    EXPECT_EQ(placed.line_of_byte(10'000), 17U);
}

TEST(PlacedTextTest, KnowsTheLineOfAPlaceInAnyText) {
    const PlacedText names{1, "{\"x\": [[], {}, \"a,]}\", 7,\n{\"\\u0061/b\": {}}],\n\"x\": 2,\n\"y\":\n null }"};
    EXPECT_EQ(names.line_of("/x/3"), 1U);
    EXPECT_EQ(names.line_of("/x/4/a~1b"), 2U);
    EXPECT_EQ(names.line_of("/x"), 1U) << "the first of that name";
    EXPECT_EQ(names.line_of("/y"), 5U) << "not its name";
    EXPECT_EQ(names.line_of("/x/5"), 1U);
    const std::string deep = std::string(100, '[') + "\n" + std::string(100, ']');
    for (const char* text : {"\n", "\n\"", "{\n\"", "{\n1", "\n]},:", "{\n\"a\\", "{\n\"a\":", deep.c_str()}) {
        EXPECT_EQ((PlacedText{7, text}.line_of("/a")), 7U) << text;
    }
}

}  // namespace
}  // namespace tillpost::cli
