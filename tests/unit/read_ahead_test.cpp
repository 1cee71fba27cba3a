// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/read_ahead.hpp"

#include <gtest/gtest.h>

namespace tillpost {
namespace {

/// Lines of ten bytes.
StoredLines lines(Sequence first, Sequence last) {
    StoredLines made;
    made.first = first;
    for (Sequence n = first; n <= last; ++n) {
        std::string digits = std::to_string(n);
        made.text += std::string(9 - digits.size(), '0') + digits + "\n";
        made.ends.push_back(made.text.size());
    }
    return made;
}

TEST(ReadAheadTest, GivesWhatFitsAndAtLeastOneLine) {
    struct Case {
        Range range;
        std::uint64_t bytes;
        Range given;
    };
    for (const Case& each :
         {Case{{11, 20}, 1'000, {11, 20}}, Case{{11, 20}, 35, {11, 13}}, Case{{11, 12}, 1'000, {11, 12}},
          Case{{11, 20}, 1, {11, 11}}, Case{{15, 99}, 1'000, {15, 20}}, Case{{15, 99}, 20, {15, 16}}}) {
        ReadAhead read;
        read.put(lines(11, 20));
        const auto taken = read.take(each.range, each.bytes);
        ASSERT_TRUE(taken);
        EXPECT_EQ(taken->range, each.given);
        EXPECT_EQ(taken->text, lines(each.given.from, each.given.to).text);
    }
}

TEST(ReadAheadTest, GivesAChunkInPieces) {
    ReadAhead read;
    read.put(lines(1, 10));
    EXPECT_EQ(read.take({1, 10}, 40)->range, (Range{1, 4}));
    EXPECT_EQ(read.take({5, 10}, 40)->range, (Range{5, 8}));
    EXPECT_EQ(read.take({9, 10}, 40)->text, lines(9, 10).text);
    EXPECT_FALSE(read.take({9, 10}, 40)) << "it is gone";
    EXPECT_FALSE(read.take({11, 20}, 40));
}

TEST(ReadAheadTest, SaysWhatIsToBeReadNext) {
    ReadAhead read;
    EXPECT_EQ(read.missing({1, 50}), (Range{1, 50}));
    read.put(lines(11, 20));
    read.put(lines(1, 10));
    EXPECT_EQ(read.missing({1, 50}), (Range{21, 50}));
    EXPECT_EQ(read.missing({5, 15}), std::nullopt);
    EXPECT_EQ(read.missing({30, 50}), (Range{30, 50}));
}

TEST(ReadAheadTest, HoldsAFewChunksOnly) {
    ReadAhead read;
    for (Sequence n = 0; n < 3; ++n) {
        EXPECT_TRUE(read.wants_more()) << n;
        read.put(lines(n * 10 + 1, n * 10 + 10));
    }
    EXPECT_FALSE(read.wants_more()) << "one place is left for a live event";
    read.put(lines(100, 100));
    read.put(lines(101, 101));
    EXPECT_FALSE(read.take({1, 1}, 10)) << "the oldest made room";
    EXPECT_TRUE(read.take({101, 101}, 10));
    read.put(StoredLines());
    read.clear();
    EXPECT_FALSE(read.take({11, 11}, 10));
}

}  // namespace
}  // namespace tillpost
