// SPDX-License-Identifier: Apache-2.0
// [durable-2] What was acknowledged and is not there any more is found at the start, before anything is written.
#include <algorithm>
#include <set>

#include "agent/journal/page_rows.hpp"
#include "agent/journal/witness.hpp"
#include "platform/files.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/salvage_fixture.hpp"

namespace tillpost {
namespace {

/// What lies on the disk; nullopt: nothing of that name.
struct WitnessedFiles {
    std::optional<std::string> database, log, witness;
};

class WitnessTest : public StoreSalvageTest {
protected:
    void add_from_to(int from, int to) {
        for (int n = from; n < to; ++n) add(draft("", "{\"n\":" + std::to_string(n) + "}"));
    }
    static std::optional<std::string> held(const std::string& path) {
        return fs::exists(path) ? std::optional(test::content_of(path)) : std::nullopt;
    }
    /// As a killed process leaves it.
    WitnessedFiles files() const {
        return {held(settings.path), held(settings.path + "-wal"), held(Witness::beside(settings.path))};
    }
    static void write(const std::string& path, const std::optional<std::string>& content) {
        if (content) std::ofstream(path, std::ios::binary) << *content;
    }
    void put(const WitnessedFiles& files) {
        store.reset();
        for (const std::string& file : files_beginning_with(settings.path)) fs::remove(file);
        write(settings.path, files.database);
        write(settings.path + "-wal", files.log);
        write(Witness::beside(settings.path), files.witness);
    }
    /// The open that refuses changes nothing (of a file that SQLite itself finds damaged, later, it may complete the
    /// checkpoint); then the files are salvaged, and each of the events is there or named.
    void refuse_and_salvage(int count, bool untouched = true) {
        const WitnessedFiles before = files();
        const auto opened = Store::open(settings, clock);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, Errc::corrupt) << opened.error().message;
        if (untouched) {
            EXPECT_TRUE(files().database == before.database);
            EXPECT_TRUE(files().log.value_or("") == before.log.value_or(""));
        }
        EXPECT_TRUE(was_ours(settings.path));
        salvage();
        const std::vector<int> found = numbers();
        EXPECT_EQ(std::set<int>(found.begin(), found.end()).size(), found.size());
        EXPECT_EQ(static_cast<int>(found.size() + static_cast<std::size_t>(said_lost())), count);
    }
    std::string line_of_loss() {
        for (const std::string& line : all_lines()) {
            if (line.find("tillpost.loss.v1") != std::string::npos) return line;
        }
        return {};
    }
};

struct AtRest {
    const char* name;
    int at_least;  ///< Events that are saved, of 400; 150 of them were in the database before
    void (*inflict)(WitnessedFiles& now, const WitnessedFiles& older);
};

const AtRest damages_at_rest[] = {
    {"a_flipped_bit", 395, [](auto& now, const auto&) { (*now.log)[now.log->size() / 3] ^= 4; }},
    {"a_flipped_bit_in_the_first_frame", 395, [](auto& now, const auto&) { (*now.log)[32 + 24 + 4'000] ^= 1; }},
    {"a_flipped_bit_in_the_header", 400, [](auto& now, const auto&) { (*now.log)[9] ^= 1; }},
    {"a_flipped_bit_in_the_salts", 400, [](auto& now, const auto&) { (*now.log)[17] ^= 1; }},
    {"a_log_cut_short", 200, [](auto& now, const auto&) { now.log->resize(now.log->size() / 2); }},
    {"an_empty_log", 150, [](auto& now, const auto&) { now.log->clear(); }},
    {"no_log", 150, [](auto& now, const auto&) { now.log.reset(); }},
    {"zeros_for_the_log", 150, [](auto& now, const auto&) { now.log->assign(now.log->size(), '\0'); }},
    {"noise_for_the_log", 150, [](auto& now, const auto&) { now.log->assign(now.log->size(), '\x5a'); }},
    {"no_database", 249, [](auto& now, const auto&) { now.database.reset(); }},
    {"an_empty_database", 249, [](auto& now, const auto&) { now.database->clear(); }},
    {"a_database_cut_short", 249, [](auto& now, const auto&) { now.database->resize(3 * page); }},
    {"a_database_cut_short_and_no_log", 0,
     [](auto& now, const auto&) {
         now.database->resize(now.database->size() / 2 / page * page);
         now.log.reset();
     }},
    {"neither_database_nor_log", 0,
     [](auto& now, const auto&) {
         now.database.reset();
         now.log.reset();
     }},
    {"an_older_copy", 150,
     [](auto& now, const auto& older) {
         now = {older.database, older.log, now.witness};
     }},
    {"an_older_copy_of_the_database", 150,
     [](auto& now, const auto& older) {
         now = {older.database, std::nullopt, now.witness};
     }},
};

class DamageAtRestTest : public WitnessTest, public ::testing::WithParamInterface<AtRest> {};

TEST_P(DamageAtRestTest, IsFoundAndWhatCanBeReadIsSaved) {
    add_from_to(0, 150);
    if (std::string_view(GetParam().name) == "an_older_copy_of_the_database") settle();
    if (!store) open();
    const WitnessedFiles older = files();
    open();  // all in the database
    add_from_to(150, 400);
    const EpochSummary before = store->live();
    WitnessedFiles now = files();
    ASSERT_TRUE(now.database && now.log && now.witness);
    GetParam().inflict(now, older);
    put(now);
    refuse_and_salvage(400, std::string_view(GetParam().name) != "a_database_cut_short");
    EXPECT_GE(numbers().size(), static_cast<std::size_t>(GetParam().at_least));
    EXPECT_NE(store->live().epoch, before.epoch);
    EXPECT_GT(store->live().ordinal, before.ordinal);
}

INSTANTIATE_TEST_SUITE_P(Damages, DamageAtRestTest, ::testing::ValuesIn(damages_at_rest),
                         [](const auto& which) { return std::string(which.param.name); });

// Wherever the bit is: the journal holds all of it, or it is set aside and says what is missing.
TEST_F(WitnessTest, NoFlippedBitInTheLogIsPassedOver) {
    add_from_to(0, 40);
    const WitnessedFiles whole = files();
    const EpochSummary live = store->live();
    int found = 0;
    for (std::size_t at = 0; at < whole.log->size(); at += test::sanitized ? 12'011 : 2'003) {
        SCOPED_TRACE("byte " + std::to_string(at));
        WitnessedFiles flipped = whole;
        (*flipped.log)[at] ^= static_cast<char>(1 << at % 8);
        put(flipped);
        auto opened = Store::open(settings, clock);
        if (opened) {
            store = std::move(*opened);
            EXPECT_EQ(store->live().head, live.head);
            EXPECT_EQ(numbers().size(), 40U);
            continue;
        }
        ++found;
        refuse_and_salvage(40);
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(found, test::sanitized ? 2 : 10);
}

// In the log a row's number is part of a frame's checksum, so that SQLite does not see the row; its page shows it.
TEST_F(WitnessTest, ARowInTheLogWhoseNumberHasFlippedIsTakenOverOnce) {
    constexpr std::size_t header = 32, frame_header = 24;
    add_from_to(0, 40);
    const WitnessedFiles whole = files();
    int found = 0;
    for (std::size_t at = header + frame_header; at + page <= whole.log->size(); at += 5 * (frame_header + page)) {
        const std::vector<PageCell> cells = cells_of(std::string_view(*whole.log).substr(at, page));
        if (cells.empty()) continue;
        for (const std::size_t back : {1, 3}) {
            SCOPED_TRACE("frame at " + std::to_string(at) + ", byte " + std::to_string(back));
            WitnessedFiles flipped = whole;
            (*flipped.log)[at + cells[cells.size() / 2].at - back] ^= 4;
            put(flipped);
            refuse_and_salvage(40);
            if (HasFatalFailure()) return;
            ++found;
        }
    }
    EXPECT_GT(found, 10);
}

// Before the first checkpoint the tables themselves are in the log alone: without them it is no fault of the disk's,
// for which salvage would wait.
TEST_F(WitnessTest, AYoungJournalWithoutItsTablesIsSalvagedAtOnce) {
    for (const bool gone : {false, true}) {
        SCOPED_TRACE(gone ? "no log" : "its first frame has a flipped bit");
        if (!store) open();
        add_from_to(0, 40);
        WitnessedFiles damaged = files();
        ASSERT_EQ(damaged.database->size(), page);
        const EpochSummary live = store->live();
        (*damaged.log)[32 + 24 + 200] ^= 1;
        if (gone) damaged.log.reset();
        put(damaged);
        note_damage(settings.path, live, "test");
        const auto file = set_aside(settings.path, clock.now().wall);
        ASSERT_TRUE(file);
        const auto salvage = Salvage::open(*file, known_of(*file), settings.source, {{}, false});
        ASSERT_TRUE(salvage) << salvage.error().message;
        const auto rows = (*salvage)->rows(0);
        ASSERT_TRUE(rows && *rows) << "what is missing is told";
        EXPECT_GE((*rows)->rows.size(), gone ? 0U : 39U);
        for (const std::string& each : files_beginning_with(settings.path)) fs::remove(each);
    }
}

TEST_F(WitnessTest, OneOfItsTwoPartsIsEnough) {
    add_from_to(0, 40);
    const WitnessedFiles whole = files();
    for (const std::size_t slot : {std::size_t{0}, std::size_t{512}}) {
        for (std::size_t at = slot; at < slot + Witness::slot_size; ++at) {
            WitnessedFiles damaged = whole;
            (*damaged.witness)[at] ^= 1;
            put(damaged);
            const auto said = Witness::of(settings.path);
            ASSERT_TRUE(said) << at;
            EXPECT_GE(said->last, 39U) << at;
            EXPECT_LE(said->last, 40U) << at;
        }
    }
    WitnessedFiles damaged = whole;
    (*damaged.witness)[520] ^= 1;
    damaged.log.reset();
    put(damaged);
    EXPECT_FALSE(Store::open(settings, clock));
}

// A first start of this release, or a damage that has met only the witness.
TEST_F(WitnessTest, WithoutItTheJournalOpensAndHasOneAgain) {
    add_from_to(0, 40);
    const WitnessedFiles whole = files();
    for (const std::optional<std::string>& witness :
         {std::optional<std::string>(), std::optional<std::string>(""), std::optional(std::string(1'024, '\x5a'))}) {
        WitnessedFiles now = whole;
        now.witness = witness;
        put(now);
        ::testing::internal::CaptureStderr();
        open();
        const std::string log = ::testing::internal::GetCapturedStderr();
        const bool is_gone = !witness || witness->empty();
        EXPECT_NE(log.find(is_gone ? "the journal's witness is gone" : "witness cannot be read"), std::string::npos)
            << log;
        EXPECT_EQ(numbers().size(), 40U);
        ASSERT_TRUE(Witness::of(settings.path));
        EXPECT_EQ(Witness::of(settings.path)->last, 40U);
    }
}

// It holds nothing that could be missing, or is of a release that kept none.
TEST_F(WitnessTest, IsNotMissedWhereThereWasNone) {
    const auto said_by_start = [this] {
        ::testing::internal::CaptureStderr();
        open();
        return ::testing::internal::GetCapturedStderr();
    };
    WitnessedFiles now = files();
    now.witness.reset();
    put(now);
    EXPECT_EQ(said_by_start().find("witness"), std::string::npos);
    add_from_to(0, 3);
    EXPECT_EQ(said_by_start().find("witness"), std::string::npos);
}

// [fork-1] Central finds that out.
TEST_F(WitnessTest, AnOlderCopyOfEverythingOpens) {
    add_from_to(0, 40);
    const WitnessedFiles older = files();
    add_from_to(40, 50);
    put(older);
    open();
    EXPECT_EQ(store->live().last, 40U);
}

TEST_F(WitnessTest, FollowsThroughForksPruningAndErasing) {
    add_from_to(0, 40);
    ASSERT_TRUE(store->confirm(receipt(40)));
    clock.advance(settings.keep + std::chrono::seconds(1));
    maintain();
    ASSERT_EQ(store->live().first, 41U);
    open();
    EXPECT_EQ(store->live().last, 40U) << "nothing is held, and that is known";
    EpochReceipt other;
    other.epoch = store->live().epoch;
    other.upto = 47;
    ASSERT_TRUE(store->confirm(other)->forked);
    const EpochSummary forked = store->live();
    const WitnessedFiles killed = files();
    put(killed);
    open();
    EXPECT_EQ(store->live().epoch, forked.epoch);
    EXPECT_EQ(Witness::of(settings.path)->ordinal, forked.ordinal);
    const Recorded sale = add(draft("", R"({"n":1})"));
    ASSERT_TRUE(store->erase(forked.ordinal, sale.sequence, {}));
    ASSERT_TRUE(store->compact());
    open();
    EXPECT_EQ(store->live().last, Witness::of(settings.path)->last);
}

// Of an epoch that only the witness knows at least the numbers can be told.
TEST_F(WitnessTest, AnOlderCopyFromBeforeAForkNamesWhatCameBehindIt) {
    add_from_to(0, 20);
    WitnessedFiles older = files();
    EpochReceipt other = receipt(20);
    other.upto += 7;
    ASSERT_TRUE(store->confirm(other)->forked);
    reissue();
    add_from_to(20, 30);
    const EpochSummary forked = store->live();
    older.witness = files().witness;
    put(older);
    refuse_and_salvage(20 + static_cast<int>(forked.last));
    EXPECT_GT(store->live().ordinal, forked.ordinal);
    EXPECT_NE(line_of_loss().find(to_hex(forked.epoch)), std::string::npos);
}

// Central has it, and its number says so: it is neither sent again nor called lost.
TEST_F(WitnessTest, WhatCentralHasIsNotCalledLost) {
    for (int n = 0; n < 20; ++n) add(draft("k" + std::to_string(n), "{\"n\":" + std::to_string(n) + "}"));
    WitnessedFiles older = files();
    add_from_to(20, 60);
    ASSERT_TRUE(store->confirm(receipt(50)));
    ASSERT_TRUE(store->settle());
    older.witness = files().witness;
    put(older);
    ASSERT_FALSE(Store::open(settings, clock));
    salvage();
    EXPECT_EQ(numbers().size(), 20U) << "of an older copy it is not known what was confirmed later";
    EXPECT_EQ(said_lost(), 10) << line_of_loss();
    EXPECT_NE(line_of_loss().find("[[51,60]]"), std::string::npos) << line_of_loss();
    EXPECT_EQ(add(draft("new", "{}")).quality, "possible_repeat") << "a later key may have been given";
}

// Nothing is left but what the process itself knows.
TEST_F(WitnessTest, AllThatIsRemovedWhileItIsOpenIsNamed) {
    add_from_to(0, 40);
    ASSERT_TRUE(store->confirm(receipt(10)));
    for (const std::string& file : files_beginning_with(settings.path)) fs::remove(file);
    ASSERT_FALSE(store->maintain());
    store.reset();
    for (const char* file : {"", "-wal", ".witness"}) fs::remove(settings.path + file);
    salvage();
    EXPECT_EQ(said_lost(), 30) << line_of_loss();
}

// It is not held against a journal that is ahead of it: it is written behind the commit.
TEST_F(WitnessTest, IsForItsOwnerAlone) {
    for (const char* file : {"", ".witness"}) {
        EXPECT_EQ(fs::status(settings.path + file).permissions(), fs::perms(0600)) << file;
    }
}

TEST_F(WitnessTest, MayBeBehind) {
    add_from_to(0, 40);
    const WitnessedFiles before = files();
    add_from_to(40, 90);
    WitnessedFiles now = files();
    now.witness = before.witness;
    put(now);
    open();
    EXPECT_EQ(store->live().last, 90U);
}

}  // namespace
}  // namespace tillpost
