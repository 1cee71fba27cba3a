// SPDX-License-Identifier: Apache-2.0
#include "agent/status/text.hpp"

#include <gtest/gtest.h>

#include "agent/cli/line_buffer.hpp"
#include "platform/time_text.hpp"

namespace tillpost::cli {
namespace {

using std::chrono::seconds;

TEST(TextTest, WritesNumbersAsPeopleReadThem) {
    EXPECT_EQ(thousands(0), "0");
    EXPECT_EQ(thousands(999), "999");
    EXPECT_EQ(thousands(1000), "1,000");
    EXPECT_EQ(thousands(1234567), "1,234,567");
    EXPECT_EQ(thousands(UINT64_MAX), "18,446,744,073,709,551,615");
    EXPECT_EQ(byte_size(0), "0 bytes");
    EXPECT_EQ(byte_size(1), "1 byte");
    EXPECT_EQ(byte_size(999), "999 bytes");
    EXPECT_EQ(byte_size(1000), "1.0 kB");
    EXPECT_EQ(byte_size(999'999), "1.0 MB");
    EXPECT_EQ(byte_size(12'345'678), "12.3 MB");
    EXPECT_EQ(byte_size(INT64_MAX), "9223372.0 TB");
    EXPECT_EQ(milliseconds(1.26), "1.3 ms");
}

TEST(TextTest, WritesDurationsInTwoUnits) {
    EXPECT_EQ(duration(seconds(0)), "0 s");
    EXPECT_EQ(duration(seconds(59)), "59 s");
    EXPECT_EQ(duration(seconds(60)), "1 min");
    EXPECT_EQ(duration(seconds(185)), "3 min 5 s");
    EXPECT_EQ(duration(seconds(9000)), "2 h 30 min");
    EXPECT_EQ(duration(seconds(86400 + 3600)), "1 day 1 h");
    EXPECT_EQ(duration(seconds(12 * 86400)), "12 days");
}

TEST(TextTest, ReadsTimesOnlyInTheirOwnForm) {
    const auto time = parse_time("2026-11-23T10:15:30.123Z");
    ASSERT_TRUE(time);
    EXPECT_EQ(time->time_since_epoch(), seconds(1'795'428'930));
    EXPECT_TRUE(parse_time("2024-02-29T23:59:60Z"));
    for (const char* text : {"", "yesterday", "2026-11-23", "2026-11-23T10:15:30", "2026-02-29T10:15:30Z",
                             "2026-11-23T25:00:00Z", "2026-13-01T00:00:00Z"}) {
        EXPECT_FALSE(parse_time(text)) << text;
    }
}

TEST(LineBufferTest, CutsLinesWhereverThePiecesEnd) {
    LineBuffer buffer(100);
    buffer.push("one\ntw");
    EXPECT_EQ(buffer.next(), "one");
    EXPECT_EQ(buffer.next(), std::nullopt);
    buffer.push("o\r");
    EXPECT_EQ(buffer.next(), std::nullopt);
    buffer.push("\n\nrest\r");
    EXPECT_EQ(buffer.next(), "two");
    EXPECT_EQ(buffer.next(), "");
    EXPECT_EQ(buffer.next(), std::nullopt);
    EXPECT_FALSE(buffer.empty());
    EXPECT_EQ(buffer.take_rest(), "rest");
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.take_rest(), "");
}

TEST(LineBufferTest, SaysWhenALineIsTooLongWhereverItStands) {
    LineBuffer buffer(4);
    buffer.push("1234\n12\n1\n");
    EXPECT_FALSE(buffer.overfull()) << "many lines are no long line";
    EXPECT_EQ(buffer.next(), "1234");
    buffer.push("12345");
    EXPECT_FALSE(buffer.overfull()) << "two short lines come first";
    EXPECT_EQ(buffer.next(), "12");
    EXPECT_EQ(buffer.next(), "1");
    EXPECT_TRUE(buffer.overfull());
    buffer.push("\n");
    EXPECT_TRUE(buffer.overfull());
}

TEST(LineBufferTest, KeepsOrderOverManyLines) {
    LineBuffer buffer(100);
    int next = 0;
    for (int i = 0; i < 1000; ++i) {
        buffer.push(std::to_string(i) + "\n");
        if (i % 3 == 0) {
            EXPECT_EQ(buffer.next(), std::to_string(next++));
        }
    }
    while (auto line = buffer.next()) EXPECT_EQ(*line, std::to_string(next++));
    EXPECT_EQ(next, 1000);
}

}  // namespace
}  // namespace tillpost::cli
