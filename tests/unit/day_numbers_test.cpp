// SPDX-License-Identifier: Apache-2.0
// [complete-1] Which POS numbers were seen, and what is missing.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "agent/day/pos_numbers.hpp"

namespace tillpost::day {
namespace {

using Gaps = std::vector<PosNumbers::Gap>;

PosNumbers numbers(std::initializer_list<const char*> texts) {
    PosNumbers numbers;
    for (const char* text : texts) numbers.add(text);
    return numbers;
}

TEST(PosNumberTest, ReadsWhatPosSoftwareWrites) {
    const struct {
        const char* text;
        const char* prefix;
        std::uint64_t value;
        std::size_t width;
    } cases[] = {{"4711", "", 4711, 0},
                 {"0", "", 0, 0},
                 {"004711", "", 4711, 6},
                 {"T1-0042", "T1-", 42, 4},
                 {"A9B7", "A9B", 7, 0},
                 {"2026/11/5", "2026/11/", 5, 0},
                 {"999999999999999999", "", 999'999'999'999'999'999U, 0}};
    for (const auto& each : cases) {
        const auto number = PosNumber::parse(each.text);
        ASSERT_TRUE(number) << each.text;
        EXPECT_EQ(number->prefix, each.prefix) << each.text;
        EXPECT_EQ(number->value, each.value) << each.text;
        EXPECT_EQ(number->width, each.width) << each.text;
    }
    for (const char* text : {"", "abc", "12a", "1234567890123456789"}) EXPECT_FALSE(PosNumber::parse(text)) << text;
}

TEST(PosNumbersTest, NamesEveryGapAsThePosWouldWriteIt) {
    PosNumbers seen = numbers({"0007", "0003", "0004", "0009"});
    EXPECT_EQ(seen.gaps(10), (Gaps{{"0005", "0006", 2, false}, {"0008", "0008", 1, false}}));
    EXPECT_EQ(seen.missing(), 3U);
    EXPECT_EQ(seen.first(), "0003");
    EXPECT_EQ(seen.last(), "0009");
    EXPECT_EQ(seen.gaps(1).size(), 1U) << "bounded";
    EXPECT_EQ(seen.add("0005"), PosNumbers::Added::fresh) << "filled late";
    EXPECT_EQ(seen.add("0006"), PosNumbers::Added::fresh);
    EXPECT_EQ(seen.add("6"), PosNumbers::Added::repeated);
    EXPECT_EQ(seen.gaps(10), (Gaps{{"0008", "0008", 1, false}}));
}

TEST(PosNumbersTest, TheClosingWidensTheDayAndNamesWhatThePosMisses) {
    PosNumbers seen = numbers({"12", "13", "16"});
    seen.expect("10");
    seen.expect("18");
    seen.name_missing("14");
    EXPECT_EQ(seen.gaps(10),
              (Gaps{{"10", "11", 2, false}, {"14", "14", 1, true}, {"15", "15", 1, false}, {"17", "18", 2, false}}));
    EXPECT_EQ(seen.missing(), 5U);
    EXPECT_EQ(seen.named(), 1U);
    seen.add("14");
    EXPECT_EQ(seen.named(), 0U) << "it came after all";
}

TEST(PosNumbersTest, KeepsSeriesApartAndIsBounded) {
    PosNumbers seen = numbers({"A-1", "A-2", "B-10", "B-12"});
    EXPECT_EQ(seen.gaps(10), (Gaps{{"B-11", "B-11", 1, false}}));
    EXPECT_EQ(seen.add("no number"), PosNumbers::Added::unplaced);
    for (char prefix = 'C'; prefix <= 'H'; ++prefix) seen.add(std::string(1, prefix) + "1");
    EXPECT_EQ(seen.add("Z1"), PosNumbers::Added::unplaced) << "the ninth series";
    EXPECT_EQ(seen.unplaced(), 2U);
    PosNumbers every_second;
    for (std::size_t i = 0; i <= PosNumbers::most_ranges; ++i) every_second.add(std::to_string(2 * i));
    EXPECT_EQ(every_second.unplaced(), 1U) << "counted, not taken for seen";
    EXPECT_FALSE(every_second.has(std::to_string(2 * PosNumbers::most_ranges)));
    EXPECT_EQ(every_second.add("3"), PosNumbers::Added::fresh) << "what joins two ranges finds place";
}

TEST(PosNumbersTest, AgreesWithASetWhateverTheOrder) {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        PosNumbers seen;
        std::set<unsigned> model;
        for (int i = 0; i < 60; ++i) {
            const auto number = static_cast<unsigned>(1 + random() % 50);
            const bool fresh = model.insert(number).second;
            ASSERT_EQ(seen.add(std::to_string(number)) == PosNumbers::Added::fresh, fresh);
        }
        const std::uint64_t span = *model.rbegin() - *model.begin() + 1;
        ASSERT_EQ(seen.seen(), model.size());
        ASSERT_EQ(seen.missing(), span - model.size());
        const auto again = PosNumbers::from_state(seen.state());
        ASSERT_TRUE(again);
        ASSERT_EQ(*again, seen);
    }
}

TEST(PosNumbersTest, TakesNoStateThatItHasNotWritten) {
    for (const char* text :
         {"", "{}", "[]", R"({"series":[],"unplaced":-1})", R"({"series":[["",1,2,0,[[3,1]],[]]],"unplaced":0})",
          R"({"series":[["",1,9,0,[[1,5],[4,9]],[]]],"unplaced":0})"}) {
        EXPECT_FALSE(PosNumbers::from_state(text)) << text;
    }
}

}  // namespace
}  // namespace tillpost::day
