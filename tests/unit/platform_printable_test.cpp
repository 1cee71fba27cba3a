// SPDX-License-Identifier: Apache-2.0
#include "platform/printable.hpp"

#include <gtest/gtest.h>

namespace tillpost {
namespace {

struct Shown {
    std::string text;
    const char* expected;
};

TEST(PrintableTest, LeavesOrdinaryTextAlone) {
    for (const char* text : {"", "pos/T01/2026-11-23/0007", "Grüße, 東京, 🙂", "a b\\c"})
        EXPECT_EQ(printable(text), text);
}

TEST(PrintableTest, TakesThePowerFromEverythingThatCommandsATerminal) {
    const Shown cases[] = {
        {"\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"},
        {"a\nb\r\tc", "a\\nb\\r\\tc"},
        {std::string("nul\0x", 5), "nul\\x00x"},
        {"\x7f", "\\x7f"},
        {"\xc2\x9b"
         "31m",
         "\\u{9b}31m"},  // CSI as one C1 character
        {"\xe2\x80\xae"
         "gnp.exe",
         "\\u{202e}gnp.exe"},  // right-to-left override
        {"a\xe2\x80\x8b"
         "b",
         "a\\u{200b}b"},
        {"\xef\xbb\xbf", "\\u{feff}"},
        {"\xf3\xa0\x81\x81", "\\u{e0041}"},
        {"\xff\xc0\x80", "\\xff\\xc0\\x80"},
        {"\xc3", "\\xc3"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"\xc3\xa9\xc3", "\xc3\xa9\\xc3"},
    };
    for (const Shown& each : cases) EXPECT_EQ(printable(each.text), each.expected);
}

TEST(PrintableTest, KeepsTheLinesOfATextThatHasSeveral) {
    EXPECT_EQ(printable_lines(""), "");
    EXPECT_EQ(printable_lines("a\x1b\n\n\xe2\x80\xae\n"), "a\\x1b\n\n\\u{202e}\n");
    EXPECT_EQ(printable_lines("a\r\nb"), "a\\r\nb");
}

}  // namespace
}  // namespace tillpost
