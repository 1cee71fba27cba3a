// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "drivers/scanner/code_framer.hpp"

namespace tillpost {
namespace {

using Fault = CodeFramer::Fault;
using Items = std::vector<CodeFramer::Item>;
using Strings = std::vector<std::string>;

/// "]E0 4006381333931", "4006381333931", "<gap>": short enough for tables.
Strings shown(const Items& items) {
    static const char* const faults[] = {"", "<too_long>", "<gap>", "<noise>", "<no_prefix>", "<empty>"};
    Strings all;
    for (const auto& item : items) {
        const std::string aim = item.aim.empty() ? "" : item.aim + " ";
        all.push_back(item.fault == Fault::none ? aim + item.code : faults[static_cast<int>(item.fault)]);
    }
    return all;
}

SerialScannerSettings settings(std::string prefix = "", std::string suffix = "\r") {
    SerialScannerSettings settings;
    settings.prefix = std::move(prefix);
    settings.suffix = std::move(suffix);
    settings.longest_code = 16;
    settings.longest_gap = Millis(2000);
    return settings;
}

struct Case {
    const char* name;
    SerialScannerSettings settings;
    std::string bytes;
    Strings items;
};

SerialScannerSettings without_aim() {
    SerialScannerSettings result = settings();
    result.aim = false;
    return result;
}

std::vector<Case> cases() {
    const std::string nul(1, '\0');
    const std::string stx = "\x02", etx = "\x03";
    return {
        {"nothing", settings(), "", {}},
        {"plain_code", settings(), "4006381333931\r", {"4006381333931"}},
        {"aim_is_split_off", settings(), "]E04006381333931\r", {"]E0 4006381333931"}},
        {"aim_with_a_letter_for_options", settings(), "]XaABC\r", {"]Xa ABC"}},
        {"aim_stays_when_not_configured", without_aim(), "]E0400638\r", {"]E0400638"}},
        {"a_bracket_that_is_no_aim", settings(), "]0E1\r]E\r]E-1\r", {"]0E1", "]E", "]E-1"}},
        {"only_the_first_aim", settings(), "]e0]e0A\r", {"]e0 ]e0A"}},
        {"aim_without_a_code", settings(), "]E0\r1\r", {"<empty>", "1"}},
        {"group_separator_passes",
         settings(),
         "]C10112\x1D"
         "99A\r",
         {"]C1 0112\x1D"
          "99A"}},
        {"bytes_beyond_ascii_pass", settings(), "\xff\x80\x01\r", {"\xff\x80\x01"}},
        {"two_codes_at_once", settings(), "1\r2\r", {"1", "2"}},
        {"a_code_under_way", settings(), "1\r2", {"1"}},
        {"suffix_alone_says_nothing", settings(), "\r\r1\r\r", {"1"}},
        {"crlf_where_cr_is_configured", settings(), "1\r\n2\r\n", {"1", "2"}},
        {"suffix_of_two_bytes", settings("", "\r\n"), "1\r\n2\n3\r4\r\n", {"1", "2\n3\r4"}},
        {"tab", settings("", "\t"), "1\t2\t", {"1", "2"}},
        {"stx_etx", settings(stx, etx), stx + "]E01" + etx + stx + "2" + etx, {"]E0 1", "2"}},
        {"stx_etx_and_crlf_between", settings(stx, etx), stx + "1" + etx + "\r\n" + stx + "2" + etx, {"1", "2"}},
        {"without_the_prefix", settings(stx, etx), "1" + etx + stx + "2" + etx, {"<no_prefix>", "2"}},
        {"prefix_cut_short", settings("SC:"), "SC\rSC:1\r", {"<no_prefix>", "1"}},
        {"prefix_without_a_code", settings("SC:"), "SC:\r", {"<empty>"}},
        {"nul_between_codes", settings(), nul + nul + "1\r" + nul + "2\r", {"1", "2"}},
        {"nul_inside", settings(), "12" + nul + "34\r5\r", {"<noise>", "5"}},
        {"longest", settings(), "1234567890123456\r", {"1234567890123456"}},
        {"longest_with_aim", settings(), "]E01234567890123456\r", {"]E0 1234567890123456"}},
        {"one_longer", settings(), "12345678901234567\r1\r", {"<too_long>", "1"}},
        {"much_longer", settings(), std::string(5000, 'x') + "\r1\r", {"<too_long>", "1"}},
        {"much_longer_with_two_byte_suffix",
         settings("", "\r\n"),
         std::string(99, 'x') + "\r\n1\r\n",
         {"<too_long>", "1"}},
        {"long_noise_without_end", settings(), std::string(5000, 'x'), {"<too_long>"}},
    };
}

class CodeFramerTest : public ::testing::TestWithParam<Case> {};

TEST_P(CodeFramerTest, CutsTheStreamAtEverySplit) {
    const std::string& bytes = GetParam().bytes;
    const std::size_t step = bytes.size() > 200 ? 97 : 1;
    for (std::size_t at = 0; at <= bytes.size(); at += step) {
        CodeFramer framer(GetParam().settings);
        Items items;
        framer.push(std::string_view(bytes).substr(0, at), SteadyTime{}, items);
        framer.push(std::string_view(bytes).substr(at), SteadyTime{} + Millis(1999), items);
        ASSERT_EQ(shown(items), GetParam().items) << "split at " << at;
    }
}

INSTANTIATE_TEST_SUITE_P(Streams, CodeFramerTest, ::testing::ValuesIn(cases()),
                         [](const auto& which) { return which.param.name; });

TEST(CodeFramerSplitTest, GivesTheSameItemsForRandomStreamsInRandomPieces) {
    const std::string alphabet("\r\n\0]E1", 6);
    for (unsigned seed = 0; seed < 500; ++seed) {
        std::mt19937 random(seed);
        std::string bytes;
        for (int i = 0; i < 200; ++i) bytes.push_back(alphabet[random() % (random() % 8 != 0 ? alphabet.size() : 3)]);
        CodeFramer whole(settings());
        CodeFramer parts(settings());
        Items expected;
        Items items;
        whole.push(bytes, SteadyTime{}, expected);
        for (std::size_t at = 0; at < bytes.size();) {
            const std::size_t length = random() % 9;
            parts.push(std::string_view(bytes).substr(at, length), SteadyTime{}, items);
            at += length;
        }
        ASSERT_EQ(shown(items), shown(expected)) << "seed " << seed;
    }
}

class CodeFramerTimeTest : public ::testing::Test {
protected:
    void push(std::string_view bytes, int at) { framer.push(bytes, SteadyTime{} + Millis(at), items); }
    void expire(int at) { framer.expire(SteadyTime{} + Millis(at), items); }

    CodeFramer framer{settings()};
    Items items;
};

TEST_F(CodeFramerTimeTest, GivesUpACodeThatStopsHalfWay) {
    push("123", 0);
    ASSERT_TRUE(framer.deadline());
    EXPECT_EQ(*framer.deadline(), SteadyTime{} + Millis(2000));
    expire(1999);
    EXPECT_TRUE(items.empty());
    expire(2000);
    EXPECT_EQ(shown(items), (Strings{"<gap>"}));
    EXPECT_FALSE(framer.deadline());
    push("456\r", 2001);
    EXPECT_EQ(shown(items), (Strings{"<gap>", "456"}));
}

TEST_F(CodeFramerTimeTest, NeverJoinsTwoHalvesAcrossAGap) {
    push("123", 0);
    push("456\r", 5000);
    EXPECT_EQ(shown(items), (Strings{"<gap>", "456"}));
}

TEST_F(CodeFramerTimeTest, LetsASlowScannerGoOnByteByByte) {
    int now = 0;
    for (const char byte : std::string("12345\r")) push(std::string_view(&byte, 1), now += 1900);
    EXPECT_EQ(shown(items), (Strings{"12345"}));
}

TEST_F(CodeFramerTimeTest, ReportsLongNoiseOnceAndIsReadyAfterTheGap) {
    push(std::string(100, 'x'), 0);
    push(std::string(100, 'x'), 100);
    expire(2100);
    push("1\r", 2200);
    EXPECT_EQ(shown(items), (Strings{"<too_long>", "1"}));
}

TEST_F(CodeFramerTimeTest, WaitsForNothingBetweenCodes) {
    EXPECT_FALSE(framer.deadline());
    push(std::string("1\r\n\0", 4), 0);
    EXPECT_FALSE(framer.deadline());
    expire(100'000);
    EXPECT_EQ(shown(items), (Strings{"1"}));
}

TEST_F(CodeFramerTimeTest, ReportsTheHalfCodeOfADeviceThatVanishes) {
    push("12", 0);
    framer.reset(items);
    framer.reset(items);
    EXPECT_EQ(shown(items), (Strings{"<gap>"}));
}

TEST(CodeFramerFaultTest, ExplainsEveryFaultToPeople) {
    for (const Fault fault : {Fault::too_long, Fault::gap, Fault::noise, Fault::no_prefix, Fault::empty})
        EXPECT_GT(std::string(describe(fault)).size(), 10U);
}

}  // namespace
}  // namespace tillpost
