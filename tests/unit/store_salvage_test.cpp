// SPDX-License-Identifier: Apache-2.0
// A damaged journal: set aside, read as far as it can be read, taken over.
#include <filesystem>
#include <fstream>
#include <set>

#include "platform/files.hpp"
#include "tests/unit/salvage_fixture.hpp"

namespace tillpost {
namespace {

TEST_F(StoreSalvageTest, AHealthyFileIsTakenOverWhole) {
    add_many(500);
    ASSERT_TRUE(store->confirm(receipt(100)));
    ASSERT_TRUE(store->settle());
    const Epoch before = store->live().epoch;
    salvage();
    EXPECT_NE(store->live().epoch, before);
    EXPECT_EQ(store->live().ordinal, 2U);
    const std::vector<int> found = numbers();
    ASSERT_EQ(found.size(), 400U) << "what is confirmed is not owed";
    EXPECT_EQ(found.front(), 100);
    EXPECT_EQ(found.back(), 499);
    EXPECT_EQ(store->lost(), 0);
}

TEST_F(StoreSalvageTest, TheWalBelongsToTheFile) {
    add_many(50);
    ASSERT_TRUE(fs::exists(settings.path + "-wal"));
    // A killed process leaves its WAL; closing would have emptied it.
    fs::copy_file(settings.path, dir.file("copy.db"));
    fs::copy_file(settings.path + "-wal", dir.file("copy.db-wal"));
    store.reset();
    fs::rename(dir.file("copy.db"), settings.path);
    fs::rename(dir.file("copy.db-wal"), settings.path + "-wal");
    salvage();
    EXPECT_EQ(numbers().size(), 50U);
}

TEST_F(StoreSalvageTest, ADamagedPageCostsItsOwnRowsAndNoOthers) {
    add_many(3'000);
    settle();
    const std::size_t size = pages();
    destroy_page(size / 2);
    destroy_page(size / 2 + 7);
    salvage();
    const auto found = static_cast<std::int64_t>(numbers().size());
    EXPECT_GT(found, 2'900);
    EXPECT_LT(found, 3'000);
    EXPECT_EQ(found + said_lost(), 3'000) << "each one is either there or named";
    EXPECT_EQ(store->lost(), said_lost());
}

// Every page in turn, the root pages too: never a crash, never an invented row, and the sum is right where the highest
// number is known.
TEST_F(StoreSalvageTest, WhicheverPageIsDestroyedWhatIsReadIsTrue) {
    add_many(400);
    const EpochSummary epoch = store->live();
    settle();
    const std::string whole = dir.file("whole.db");
    fs::copy_file(settings.path, whole);
    for (std::size_t number = 1; number < fs::file_size(whole) / page; ++number) {
        SCOPED_TRACE("page " + std::to_string(number));
        store.reset();
        for (const std::string& file : files_beginning_with(settings.path)) fs::remove(file);
        fs::copy_file(whole, settings.path);
        destroy_page(number);
        const auto file = set_aside(settings.path, clock.now().wall);
        ASSERT_TRUE(file);
        const auto damaged = Salvage::open(*file, DamageNote{epoch, ""});
        if (!damaged) continue;  // the schema is gone: nothing can be read, and it says so
        std::int64_t at = 0;
        std::int64_t sum = 0;
        for (;;) {
            const auto rows = (*damaged)->rows(at);
            ASSERT_TRUE(rows);
            if (!*rows) break;
            at = (*rows)->upto;
            for (const StoredRow& row : (*rows)->rows) {
                EXPECT_NE(row.body.find("{\"n\":" + std::to_string(row.sequence - 1) + "}"), std::string::npos);
                ++sum;
            }
            for (const Range& lost : (*rows)->lost) sum += static_cast<std::int64_t>(lost.to - lost.from + 1);
        }
        EXPECT_EQ(sum, 400);
    }
}

TEST_F(StoreSalvageTest, KeysMoveAndThoseOfLostEventsAreFree) {  // [once-2]
    for (int i = 0; i < 300; ++i) add(draft("k" + std::to_string(i), "{\"n\":" + std::to_string(i) + "}"));
    const Epoch former = store->live().epoch;
    tamper("UPDATE event SET body = CAST('x' AS BLOB) WHERE position & 0xffff = 8");
    salvage();
    const Recorded again = add(draft("k6", R"({"n":6})"));
    EXPECT_TRUE(again.repeat);
    EXPECT_EQ(again.epoch, former);
    EXPECT_EQ(again.sequence, 7U);
    const Recorded lost = add(draft("k7", R"({"n":7})"));
    EXPECT_FALSE(lost.repeat);
    EXPECT_EQ(lost.quality, "possible_repeat");
    EXPECT_TRUE(add(draft("k7", R"({"n":7})")).repeat) << "from now on it is known again";
}

TEST_F(StoreSalvageTest, WhileItGoesOnAnUnknownKeyIsAPossibleRepeat) {
    store->set_salvaging(true);
    EXPECT_EQ(add(draft("k", "{}")).quality, "possible_repeat");
    EXPECT_EQ(add(draft("", "{}")).quality, "ok") << "a scan has no key";
}

TEST_F(StoreSalvageTest, QuarantinedRecordsMoveWithWhatWasDecided) {
    add(rejected("broken"));
    add(rejected("thrown"));
    QuarantineDecision decision;
    decision.id = "Q1-2";
    decision.user = 1000;
    decision.reason = "a test";
    ASSERT_TRUE(store->decide(decision));
    salvage();
    EXPECT_EQ(store->quarantined(), 1);
    const auto again = store->decide(decision);
    ASSERT_FALSE(again);
    EXPECT_NE(again.error().message.find("Q1-2 was discarded already"), std::string::npos) << again.error().message;
    decision.id = "Q1-1";
    const auto first = store->decide(decision);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(store->quarantine_record("Q1-1")->decision.user, 1000);
}

TEST_F(StoreSalvageTest, QuarantinedRecordsOfAFormerFormatMove) {
    add(rejected("broken"));
    tamper(
        "DROP TABLE too_large; DROP TABLE dictionary; DROP TABLE waiting; DELETE FROM counter WHERE name IN "
        "('waiting', 'quarantine_bytes');"
        "DROP TABLE key_rules; DROP TABLE age; DROP TABLE passed; DROP TABLE day; DROP TABLE returned; DROP TABLE "
        "corrected; DELETE FROM "
        "counter WHERE name = 'day_upto';"
        "DROP TABLE quarantine; CREATE TABLE quarantine (position INTEGER PRIMARY KEY, recorded INTEGER NOT NULL, "
        "device TEXT NOT NULL, rule TEXT NOT NULL, field TEXT NOT NULL, bytes BLOB NOT NULL, about INTEGER) STRICT; "
        "INSERT INTO quarantine VALUES ((1 << 44) + 1, 5, 'feed', 'not_json', '', x'7b', NULL); PRAGMA user_version=2");
    const auto file = set_aside(settings.path, clock.now().wall);
    ASSERT_TRUE(file) << file.error().message;
    auto damaged = Salvage::open(*file, damage_noted(*file));
    ASSERT_TRUE(damaged) << damaged.error().message;
    const auto records = (*damaged)->quarantine(0);
    ASSERT_TRUE(records && *records);
    ASSERT_EQ((*records)->rows.size(), 1U);
    EXPECT_EQ((*records)->rows[0].bytes, "{");
    EXPECT_EQ((*records)->rows[0].decision, "");
}

TEST_F(StoreSalvageTest, SettingAsideIsFinishedAfterAPowerCutInBetween) {
    add_many(5);
    store.reset();
    std::ofstream(settings.path + "-wal") << "its log";
    { std::ofstream(settings.path + ".set-aside") << settings.path + ".damaged-1"; }
    fs::rename(settings.path + "-wal", settings.path + ".damaged-1-wal");
    EXPECT_TRUE(set_aside_begun(settings.path));
    const auto file = set_aside(settings.path, clock.now().wall);
    ASSERT_TRUE(file);
    EXPECT_EQ(*file, settings.path + ".damaged-1");
    EXPECT_TRUE(fs::exists(settings.path + ".damaged-1"));
    EXPECT_FALSE(set_aside_begun(settings.path));
    EXPECT_EQ(files_set_aside(settings.path), std::vector<std::string>{*file});
}

// A flipped bit of its number puts a row far behind the others: nothing is lost in between.
TEST_F(StoreSalvageTest, ARowFarAwayIsNoEvidenceOfWhatLiesBetween) {
    for (const char* witness : {"kept", "gone"}) {
        SCOPED_TRACE(witness);
        add_many(300);
        const std::string ordinal = std::to_string(store->live().ordinal) + " << 44";
        tamper("UPDATE event SET position = position + (1 << 34) WHERE position = (" + ordinal + ") + 120");
        tamper("UPDATE event SET position = position + (1 << 14) WHERE position = (" + ordinal + ") + 130");
        if (witness == std::string("gone")) fs::remove(settings.path + ".witness");
        salvage();
        EXPECT_LE(said_lost(), 4) << "two are not where they were";
        EXPECT_GE(numbers().size(), 298U);
    }
}

TEST_F(StoreSalvageTest, WhatAForkHasMovedIsNotLostWhereItWas) {
    add_many(400);
    EpochReceipt other = receipt(400);
    other.upto += 7;
    ASSERT_TRUE(store->confirm(other));
    const Result<bool> more = store->reissue();
    ASSERT_TRUE(more && *more) << "some are moved, and not all";
    salvage();
    EXPECT_EQ(said_lost(), 0);
    const std::vector<int> found = numbers();
    EXPECT_EQ(found.size(), 400U);
    EXPECT_EQ(std::set<int>(found.begin(), found.end()).size(), 400U);
}

TEST_F(StoreSalvageTest, OnlyOurOwnFilesAreOurs) {
    EXPECT_TRUE(was_ours(settings.path));
    std::ofstream(dir.file("notes.txt")) << std::string(200, 'x');
    EXPECT_FALSE(was_ours(dir.file("notes.txt")));
    EXPECT_FALSE(was_ours(dir.file("missing")));
    // A cheap disk that lost its power may leave zeros where the file was; its ballast lies beside it.
    std::ofstream(dir.file("zeros.db")) << std::string(200, '\0');
    EXPECT_FALSE(was_ours(dir.file("zeros.db")));
    std::ofstream(dir.file("zeros.db.ballast")) << "x";
    EXPECT_TRUE(was_ours(dir.file("zeros.db")));
}

}  // namespace
}  // namespace tillpost
