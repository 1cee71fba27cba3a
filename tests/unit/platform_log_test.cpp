// SPDX-License-Identifier: Apache-2.0
#include "platform/log.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "platform/journal_stream.hpp"

namespace tillpost::log {
namespace {

struct LogCase {
    const char* name;
    std::string value;
    const char* line;
};

class LogFieldTest : public ::testing::TestWithParam<LogCase> {};

INSTANTIATE_TEST_SUITE_P(
    Values, LogFieldTest,
    ::testing::Values(LogCase{"plain", "till-1", "info m key=till-1"}, LogCase{"empty", "", "info m key=\"\""},
                      LogCase{"spaces", "a b", "info m key=\"a b\""},
                      LogCase{"line_breaks", "a\r\nerror forged", R"(info m key="a\r\nerror forged")"},
                      LogCase{"escape_sequence", "\x1b[31mred", R"(info m key=\x1b[31mred)"},
                      LogCase{"nul_and_delete", std::string("a\0b\x7f", 4), R"(info m key=a\x00b\x7f)"},
                      LogCase{"control_of_two_bytes",
                              "\xc2\x9b"
                              "31mred",
                              R"(info m key=\u{9b}31mred)"},
                      LogCase{"right_to_left", "\xe2\x80\xaegnp", R"(info m key=\u{202e}gnp)"},
                      LogCase{"utf8", "Käse", "info m key=Käse"},
                      LogCase{"quotation_mark", "a\"b", "info m key=\"a\\\"b\""},
                      LogCase{"forged_field", "x\" level=\"y", "info m key=\"x\\\" level=\\\"y\""},
                      LogCase{"backslash_at_the_end", "a b\\", "info m key=\"a b\\\\\""},
                      LogCase{"equals_sign", "a=b", "info m key=\"a=b\""}),
    [](const auto& which) { return which.param.name; });

TEST_P(LogFieldTest, CannotLookLikeAnotherFieldOrLine) {
    EXPECT_EQ(format(Level::info, "m", {{"key", GetParam().value}}), GetParam().line);
}

TEST(LogTest, PutsLevelMessageAndFieldsInOrder) {
    EXPECT_EQ(format(Level::debug, "m", {}), "debug m");
    EXPECT_EQ(format(Level::warn, "two words", {{"a", 1}, {"b", -2}, {"c", "x"}}), "warn two words a=1 b=-2 c=x");
    EXPECT_EQ(format(Level::error, "broken\nline", {}), R"(error broken\nline)");
}

TEST(LogTest, ALineHasItsTimeUnlessTheJournalGivesItOne) {
    ::testing::internal::CaptureStderr();
    warn("m", {{"key", 1}});
    const std::string line = ::testing::internal::GetCapturedStderr();
    ASSERT_EQ(line.size(), std::string("2026-11-26T11:23:12.682Z warn m key=1\n").size()) << line;
    EXPECT_EQ(std::string() + line[4] + line[10] + line[19] + line[23], "-T.Z") << line;
    EXPECT_EQ(line.substr(24), " warn m key=1\n");
}

TEST(LogTest, TheJournalIsWhereItsVariableSays) {
    struct stat of_stdin {};
    ASSERT_EQ(::fstat(STDIN_FILENO, &of_stdin), 0);
    const std::string device = std::to_string(of_stdin.st_dev);
    const std::string inode = std::to_string(of_stdin.st_ino);
    EXPECT_TRUE(leads_to_journal((device + ":" + inode).c_str(), STDIN_FILENO));
    for (const std::string& other :
         {std::string(), std::string("1"), inode + ":" + device + "0", device + ":" + inode + "1", device + ":",
          device + ":" + inode + " ", "x" + device + ":" + inode}) {
        EXPECT_FALSE(leads_to_journal(other.c_str(), STDIN_FILENO)) << other;
    }
    EXPECT_FALSE(leads_to_journal(nullptr, STDIN_FILENO));
    EXPECT_FALSE(leads_to_journal((device + ":" + inode).c_str(), -1));
}

TEST(LogTest, CutsALineAtTwoKibibytes) {
    const std::string line = format(Level::info, std::string(5000, 'x'), {});
    EXPECT_EQ(line.size(), 2048U);
    EXPECT_TRUE(line.ends_with("xxx…"));
    const std::string whole = format(Level::info, std::string(2048 - 5, 'x'), {});
    EXPECT_EQ(whole.size(), 2048U);
    EXPECT_TRUE(whole.ends_with("xxxx"));
}

TEST(LogTest, CutsBetweenCharacters) {
    for (std::size_t before = 0; before < 4; ++before) {
        const std::string text = std::string(before, 'x') + [] {
            std::string umlauts;
            for (int i = 0; i < 2000; ++i) umlauts += "ä";
            return umlauts;
        }();
        std::string line = format(Level::info, text, {});
        EXPECT_LE(line.size(), 2048U);
        ASSERT_TRUE(line.ends_with("ä…")) << before;
    }
}

}  // namespace
}  // namespace tillpost::log
