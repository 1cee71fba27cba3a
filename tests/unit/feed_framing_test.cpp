// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "drivers/feed/http_line.hpp"
#include "drivers/feed/line_framer.hpp"

namespace tillpost {
namespace {

using Strings = std::vector<std::string>;
constexpr std::size_t longest = 8;
const std::string too_long = "<too long>";

/// Everything that comes out when the input arrives in these pieces.
Strings lines_of(LineFramer& framer, const Strings& pieces) {
    Strings lines;
    for (const std::string& piece : pieces) {
        std::string_view input = piece;
        for (;;) {
            const auto line = framer.next(input);
            if (!line) break;
            lines.push_back(line->too_long ? too_long : std::string(line->bytes));
        }
        EXPECT_TRUE(input.empty());
    }
    return lines;
}

Strings lines_of(const Strings& pieces) {
    LineFramer framer(longest);
    return lines_of(framer, pieces);
}

struct Case {
    const char* name;
    Strings pieces;
    Strings lines;
    bool incomplete = false;
};

class LineFramerTest : public ::testing::TestWithParam<Case> {};

TEST_P(LineFramerTest, CutsTheStream) {
    LineFramer framer(longest);
    EXPECT_EQ(lines_of(framer, GetParam().pieces), GetParam().lines);
    EXPECT_EQ(framer.incomplete(), GetParam().incomplete);
}

INSTANTIATE_TEST_SUITE_P(
    Streams, LineFramerTest,
    ::testing::Values(Case{"nothing", {""}, {}}, Case{"one_line", {"123\n"}, {"123"}},
                      Case{"two_lines_in_one_piece", {"12\n34\n"}, {"12", "34"}},
                      Case{"bytes_after_the_last_break_wait", {"12\n34"}, {"12"}, true},
                      Case{"a_line_in_three_pieces", {"1", "2", "3\n"}, {"123"}},
                      Case{"the_break_comes_alone", {"123", "\n"}, {"123"}},
                      Case{"carriage_return_belongs_to_the_break", {"123\r\n4\r", "\n"}, {"123", "4"}},
                      Case{"carriage_return_inside_stays", {"1\r2\n"}, {"1\r2"}},
                      Case{"only_one_carriage_return_goes", {"1\r\r\n"}, {"1\r"}},
                      Case{"empty_lines_are_left_out", {"\n\n1\n\r\n\n2\n"}, {"1", "2"}},
                      Case{"lines_of_blanks_are_left_out", {" \n\t \r\n1\n  ", " \n 2\n"}, {"1", " 2"}},
                      Case{"nul_and_odd_bytes_pass", {std::string("\0\xff\xc3\n", 4)}, {std::string("\0\xff\xc3", 3)}},
                      Case{"as_long_as_allowed", {"12345678\n"}, {"12345678"}},
                      Case{"as_long_as_allowed_with_crlf", {"12345678\r\n"}, {"12345678"}},
                      Case{"as_long_as_allowed_with_crlf_in_pieces", {"12345678", "\r", "\n"}, {"12345678"}},
                      Case{"one_byte_longer", {"123456789\n1\n"}, {too_long, "1"}},
                      Case{"one_byte_longer_in_pieces", {"12345678", "9", "\n1\n"}, {too_long, "1"}},
                      Case{"one_byte_longer_with_crlf", {"123456789\r", "\n1\n"}, {too_long, "1"}},
                      Case{"much_longer_in_pieces", {"123456789", "0123456789", "0\n1\n"}, {too_long, "1"}},
                      Case{"much_longer_without_end", {"123456789", "0123456789"}, {}, true},
                      Case{"two_long_ones", {"123456789\n1234567890\n1\n"}, {too_long, too_long, "1"}}),
    [](const auto& which) { return which.param.name; });

const std::string stream = "12\n345678901234\r\n\n1\r\n12345678\r\n123456789\n\r\nx\n";
const Strings stream_lines{"12", too_long, "1", "12345678", too_long, "x"};

TEST(LineFramerSplitTest, GivesTheSameLinesForEverySplitIntoThree) {
    for (std::size_t first = 0; first <= stream.size(); ++first) {
        for (std::size_t second = first; second <= stream.size(); ++second) {
            const Strings pieces{stream.substr(0, first), stream.substr(first, second - first), stream.substr(second)};
            ASSERT_EQ(lines_of(pieces), stream_lines) << first << ", " << second;
        }
    }
}

TEST(LineFramerSplitTest, GivesTheSameLinesForRandomStreamsInRandomPieces) {
    const std::string alphabet("\n\r\0ab", 5);
    for (unsigned seed = 0; seed < 500; ++seed) {
        std::mt19937 random(seed);
        std::string bytes;
        for (int i = 0; i < 200; ++i) bytes.push_back(alphabet[random() % (random() % 8 == 0 ? 2 : alphabet.size())]);
        Strings pieces;
        for (std::size_t at = 0; at < bytes.size();) {
            const std::size_t length = random() % 12;
            pieces.push_back(bytes.substr(at, length));
            at += length;
        }
        ASSERT_EQ(lines_of(pieces), lines_of({bytes})) << "seed " << seed;
    }
}

TEST(LineFramerSplitTest, NeverGivesMoreThanTheLongestLineWhateverComes) {
    LineFramer framer(longest);
    const std::string noise(100'000, 'x');
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(lines_of(framer, {noise}).empty());
    EXPECT_EQ(lines_of(framer, {"\nok\n"}), (Strings{too_long, "ok"}));
}

TEST(LineFramerSplitTest, LeavesWhatFollowsInTheInput) {
    LineFramer framer(longest);
    std::string_view input = "1\n2\n3";
    ASSERT_TRUE(framer.next(input));
    EXPECT_EQ(input, "2\n3");
}

TEST(HttpLineTest, KnowsHowARequestBegins) {
    for (const char* line : {"GET / HTTP/1.1", "POST /a b HTTP/1.0", "OPTIONS * HTTP/1.1", "PRI * HTTP/2.0", "POST /",
                             "post x", "Host: till", "hOsT:x", "CONNECT a:1 HTTP/1.1"}) {
        EXPECT_TRUE(is_http(line)) << line;
    }
    for (const char* line : {"", "{", "{\"a\":\" HTTP/1.1\"}", "[1]", " HTTP/1.1", "get / HTTP/1.1", "GET /",
                             "GET /HTTP/1.1", "G3T / HTTP/1.1", "hos", "hostile", "POST", "4006381333931"}) {
        EXPECT_FALSE(is_http(line)) << line;
    }
}

}  // namespace
}  // namespace tillpost
