// SPDX-License-Identifier: Apache-2.0
// [end-2] What is too large for the broker takes no more room in quarantine than it took in the stream, and is counted
// from its recording on; whatever bytes a feed hands over, they come back.
#include <filesystem>

#include "agent/journal/position.hpp"
#include "agent/wire/tombstones.hpp"
#include "tests/unit/packed_with.hpp"
#include "tests/unit/salvage_fixture.hpp"

namespace tillpost {
namespace {

TEST(TooLargeTest, CountsFromItsRecordingUntilItIsInQuarantineOrPassed) {
    TooLarge large;
    EXPECT_FALSE(large.holds_back(1 << 30)) << "nobody knows a limit";
    large.line = 1'000;
    EXPECT_FALSE(large.holds_back(1'000));
    EXPECT_TRUE(large.holds_back(1'001));
    large.add(5, 700, 5'000, 0);
    large.add(8, 300, 3'000, 4);
    EXPECT_EQ(large.waiting(7), 1'000);
    EXPECT_EQ(large.waiting(8), 0) << "central has them";
    EXPECT_FALSE(large.has(4)) << "recorded before the limit was known";
    EXPECT_TRUE(large.has(5) && large.has(8) && !large.has(9));
    large.remove(700);
    EXPECT_EQ(large.waiting(4), 300);
    large.remove(400);
    EXPECT_EQ(large.waiting(4), 0);
    EXPECT_FALSE(large.has(8));
    large.add(12, 50, 2'000, 4);
    EXPECT_EQ(large, (TooLarge{1'000, 50, 12, 12, 2'000})) << "counted anew";
}

class StoreTooLargeTest : public StoreSalvageTest {
protected:
    static constexpr int count = 60;

    /// Much alike, as what is so large is: it packs to some hundredth.
    static std::string large(int n) {
        std::string lines;
        while (lines.size() < 150'000) lines += R"({"article":"4012345000009","quantity":"1","net":"1.00"},)";
        return "{\"n\":" + std::to_string(n) + ",\"lines\":[" + lines + "{}]}";
    }
    static Draft sale(int n) { return draft("pos/T1/" + std::to_string(n), large(n)); }
    std::int64_t waiting() const {
        return store->counters().too_large.waiting(position_at(store->live().ordinal, store->live().confirmed));
    }
    static std::string id_of(int n) { return "Q1-" + std::to_string(count + n); }
    void expect_whole(int n) {
        const auto record = store->quarantine_record(id_of(n));
        ASSERT_TRUE(record) << record.error().message;
        EXPECT_FALSE(record->altered);
        EXPECT_EQ(body_data(record->bytes), large(n));
        EXPECT_EQ(record->size, record->bytes.size());
        EXPECT_LT(record->stored, record->size / 10);
    }
};

TEST_F(StoreTooLargeTest, TakesNoMoreRoomInQuarantineThanInTheStream) {
    for (int n = 1; n <= count; ++n) add(sale(n));
    const std::int64_t stream = in_file("SELECT sum(length(body)) FROM event");
    const std::int64_t before = store->bytes();
    for (int n = 1; n <= count; ++n) ASSERT_TRUE(store->withhold(static_cast<Sequence>(n), too_large_reason));
    EXPECT_EQ(store->quarantine_bytes(), stream + count * JournalCounters::bytes_of_record);
    maintain();
    EXPECT_LT(store->bytes(), before + count * 2'048);
    for (const bool killed : {false, true}) {
        SCOPED_TRACE(killed ? "as a kill leaves it" : "after a start");
        const std::string left = dir.file("left.db");
        for (const char* const end : {"", "-wal"}) {
            std::filesystem::copy_file(settings.path + end, left + end,
                                       std::filesystem::copy_options::overwrite_existing);
        }
        if (killed) store.reset();
        if (killed) settings.path = left;
        open();
        EXPECT_EQ(store->quarantined(), count);
        EXPECT_EQ(store->quarantine_bytes(), stream + count * JournalCounters::bytes_of_record);
        for (const int n : {1, 31, count}) expect_whole(n);
        all_lines();
    }
    QuarantineDecision discard;
    discard.id = id_of(1);
    discard.reason = "a test";
    ASSERT_TRUE(store->decide(discard));
    EXPECT_EQ(store->quarantine_bytes(), in_file("SELECT sum(length(bytes) + 512) FROM quarantine"));
    ASSERT_TRUE(store->erase(1, 2, {}));
    EXPECT_EQ(store->quarantine_bytes(), in_file("SELECT sum(length(bytes) + 512) FROM quarantine"));
}

TEST_F(StoreTooLargeTest, ASalvageOfPagesBringsItPackedAsItWas) {
    for (int n = 1; n <= count; ++n) add(sale(n));
    for (int n = 1; n <= count; ++n) ASSERT_TRUE(store->withhold(static_cast<Sequence>(n), too_large_reason));
    const std::int64_t bytes = store->quarantine_bytes();
    settle();
    destroy_page(0);
    salvage();
    EXPECT_EQ(store->quarantined(), count);
    EXPECT_EQ(store->quarantine_bytes(), bytes);
    for (const int n : {1, 31, count}) expect_whole(n);
}

TEST_F(StoreTooLargeTest, IsCountedFromItsRecordingOnAndOverRestarts) {
    add(sale(1));
    EXPECT_EQ(waiting(), 0);
    ASSERT_TRUE(store->note_largest_line(20'000));
    EXPECT_EQ(waiting(), 0) << "what was recorded before the limit was known";
    add(sale(2));
    add(draft("pos/T1/99", "{}"));
    add(sale(3));
    const std::int64_t both = waiting();
    EXPECT_EQ(both, in_file("SELECT sum(length(body) + 512) FROM event WHERE position & 0xff IN (2, 4)"));
    EXPECT_EQ(waiting(), both);
    EXPECT_EQ(store->counters().too_large.line, 20'000);
    ASSERT_TRUE(store->withhold(1, too_large_reason));
    EXPECT_EQ(waiting(), both) << "it was not among them";
    const std::int64_t second = in_file("SELECT length(body) + 512 FROM event WHERE position & 0xff = 2");
    ASSERT_TRUE(store->withhold(2, too_large_reason));
    EXPECT_EQ(waiting(), both - second);
    ASSERT_TRUE(store->confirm(receipt(store->live().last)));
    EXPECT_EQ(waiting(), 0) << "central took it, after all";
    ASSERT_TRUE(store->note_largest_line(0));
    add(sale(4));
    EXPECT_EQ(waiting(), 0);
}

TEST_F(StoreTooLargeTest, CountsNoMoreWhenTheBrokerTakesItAll) {
    int number = 0;
    for (const std::int64_t raised : {std::int64_t(0), std::int64_t(1) << 20}) {
        ASSERT_TRUE(store->note_largest_line(20'000));
        add(sale(++number));
        add(sale(++number));
        const std::int64_t both = waiting();
        EXPECT_GT(both, 0);
        ASSERT_TRUE(store->note_largest_line(30'000));
        EXPECT_EQ(waiting(), both) << "they are larger still";
        open();
        ASSERT_TRUE(store->note_largest_line(raised));
        EXPECT_EQ(waiting(), 0);
        open();
        EXPECT_EQ(waiting(), 0);
        ASSERT_TRUE(store->confirm(receipt(store->live().last)));
    }
}

TEST_F(StoreTooLargeTest, WhatAForkOwesIsCountedUnderItsNewNumber) {
    ASSERT_TRUE(store->note_largest_line(20'000));
    add(sale(1));
    const std::int64_t one = waiting();
    EpochReceipt other = receipt(1);
    other.hash[0] ^= 1;
    clock.advance(std::chrono::hours(1));
    ASSERT_TRUE(store->confirm(other)->forked);
    reissue();
    EXPECT_EQ(waiting(), one);
    open();
    EXPECT_EQ(waiting(), one);
}

/// Bytes of a feed that are what a packed body looks like.
class LikePackedTest : public StoreTooLargeTest, public ::testing::WithParamInterface<std::tuple<bool, char>> {};

TEST_P(LikePackedTest, AFeedsBytesComeBack) {
    const auto [of_the_eleventh_format, dictionary] = GetParam();
    const std::string bytes = test::packed_with(dictionary, large(1));
    ASSERT_EQ(bytes.substr(1, 4), "\x28\xb5\x2f\xfd");
    add(rejected(bytes));
    add(rejected(large(2)));
    if (of_the_eleventh_format) {
        tamper(
            "UPDATE quarantine SET bytes = unpacked(bytes); UPDATE counter SET value = (SELECT sum(length(bytes) + "
            "512) "
            "FROM quarantine) WHERE name = 'quarantine_bytes'; DROP TABLE too_large; DELETE FROM dictionary WHERE "
            "number = "
            "2; ALTER TABLE dictionary DROP COLUMN tables; PRAGMA user_version = 11");
    }
    open();
    for (const auto& [id, content] : {std::pair("Q1-1", bytes), std::pair("Q1-2", large(2))}) {
        const auto record = store->quarantine_record(id);
        ASSERT_TRUE(record) << record.error().message;
        EXPECT_EQ(record->bytes, content);
        EXPECT_FALSE(record->altered);
    }
    EXPECT_EQ(in_file("SELECT length(bytes) > 150000 FROM quarantine WHERE position & 0xff = 2"),
              of_the_eleventh_format ? 1 : 0)
        << "older rows stay as they are";
    EXPECT_EQ(store->quarantine_bytes(), in_file("SELECT sum(length(bytes) + 512) FROM quarantine"));
}

INSTANTIATE_TEST_SUITE_P(Formats, LikePackedTest, ::testing::Combine(::testing::Bool(), ::testing::Values('\1', '\2')));

}  // namespace
}  // namespace tillpost
