// SPDX-License-Identifier: Apache-2.0
// What waits, what the WAL holds and what memory keeps are bounded in bytes, whatever the lines and the load.
#include <sqlite3.h>

#include <fstream>
#include <future>
#include <iterator>
#include <thread>

#include "tests/unit/journal_storage_fixture.hpp"

namespace tillpost {
namespace {

struct Load {
    const char* name;
    std::size_t bytes;
    int count;
    int waiting;
    bool readable;
};

class JournalLoads : public JournalStorageTest, public ::testing::WithParamInterface<Load> {};

TEST_P(JournalLoads, StaysBelow24Megabytes) {
    const Load& load_of = GetParam();
    open();
    Draft draft = scan_of(load_of.bytes);
    if (!load_of.readable) draft.quarantine = Draft::Quarantine{draft.event.data, "json", "", false};
    if (!load_of.readable) draft.event.data = "{}";
    load(draft, load_of.count, load_of.waiting);
    ASSERT_TRUE(run_until([&] { return answered == load_of.count; }));
    EXPECT_GT(largest, std::uintmax_t{6} << 20) << "the load is enough to show it";
    EXPECT_LE(largest, std::uintmax_t{24} << 20);
    EXPECT_EQ(failure, "");
}

INSTANTIATE_TEST_SUITE_P(Loads, JournalLoads,
                         ::testing::Values(Load{"OneAtATime", 400'000, 100, 1, true},
                                           Load{"ManyAtOnce", 400'000, 100, 20, true},
                                           Load{"Unreadable", 400'000, 100, 4, false},
                                           Load{"Largest", 1'000'000, 60, 30, true},
                                           Load{"Ordinary", 1'600, 20'000, 256, true}),
                         [](const auto& each) { return each.param.name; });

TEST_F(JournalStorageTest, WaitsAMomentForAPredecessorThatIsOnItsWayOut) {
    auto predecessor = Store::open(settings, clock);
    ASSERT_TRUE(predecessor) << predecessor.error().message;
    std::promise<void> never;
    std::thread end([&] {
        (void)never.get_future().wait_for(std::chrono::milliseconds(100));
        predecessor->reset();
    });
    const auto opened = Journal::open(loop.get_executor(), settings, clock);
    end.join();
    EXPECT_TRUE(opened) << opened.error().message;
}

// [durable-1] A wrong journal/path, most likely.
TEST_F(JournalStorageTest, AnotherProgramsDatabaseIsPutAsideAndEventsAreRecorded) {
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(settings.path.c_str(), &other), SQLITE_OK);
    const char* const begin = "CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1); BEGIN IMMEDIATE";
    ASSERT_EQ(sqlite3_exec(other, begin, nullptr, nullptr, nullptr), SQLITE_OK);
    const auto refused = Journal::open(loop.get_executor(), settings, clock);
    ASSERT_FALSE(refused) << "never under its hands";
    EXPECT_EQ(refused.error().code, Errc::rejected) << refused.error().message;
    EXPECT_EQ(sqlite3_close(other), SQLITE_OK);
    open();
    load(scan_of(100), 1, 1);
    ASSERT_TRUE(run_until([&] { return answered == 1; }));
    std::vector<std::string> aside;
    for (const auto& each : std::filesystem::directory_iterator(dir.path())) {
        const std::string name = each.path().filename();
        if (name.starts_with("journal.db.foreign-") && !name.ends_with("-wal")) aside.push_back(each.path());
    }
    ASSERT_EQ(aside.size(), 1U);
    ASSERT_EQ(sqlite3_open(aside[0].c_str(), &other), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(other, "SELECT a FROM theirs", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_close(other), SQLITE_OK);
}

// Somebody may need it under that name.
TEST_F(JournalStorageTest, AFileThatIsNoDatabaseIsLeftWhereItIsWithAdvice) {
    const std::string text(16'000, 'x');
    std::ofstream(settings.path) << text;
    const auto refused = Journal::open(loop.get_executor(), settings, clock);
    ASSERT_FALSE(refused);
    for (const char* words : {"left as it is", "journal/path", "restore the newest copy"}) {
        EXPECT_NE(refused.error().message.find(words), std::string::npos) << refused.error().message;
    }
    EXPECT_EQ(test::content_of(settings.path), text);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1) << "nothing is put beside it";
}

// Checkpoints come more often than upkeep does, and must not put it off.
TEST_F(JournalStorageTest, UpkeepComesUnderLoadAllTheSame) {
    open();
    const Draft draft = scan_of(40'000);
    load(draft, 1, 1);
    ASSERT_TRUE(run_until([&] { return answered == 1; }));
    ASSERT_TRUE(await(journal->confirm_sent(journal->live().epoch, 1)));
    load(draft, 700, 1);
    ASSERT_TRUE(run_until([&] { return answered == 701; }));
    EXPECT_GT(journal->live().first, 1U);
    EXPECT_EQ(failure, "");
}

TEST_F(JournalStorageTest, SaysWhenThereIsNoRoomAndWhenThereIsAgain) {
    settings.most_waiting_bytes = 1'000'000;
    open();
    EXPECT_TRUE(journal->has_room());
    load(scan_of(400'000), 2, 2);
    EXPECT_FALSE(journal->has_room()) << "three quarters are taken";
    load(scan_of(100), 1, 1);  // what cannot wait is not refused
    ASSERT_TRUE(run_until([&] { return answered == 3 && rooms == 1; }));
    EXPECT_TRUE(journal->has_room());
    journal->close();
    EXPECT_TRUE(journal->has_room()) << "what comes now is refused, and must not wait for ever";
}

TEST_F(JournalStorageTest, GivesMemoryBackWhenItIsQuiet) {  // [light-1]
    settings.release_after = Millis(20);
    open();
    load(scan_of(1'000), 2'000, 200);
    ASSERT_TRUE(run_until([&] { return answered == 2'000; }));
    const sqlite3_int64 used = sqlite3_memory_used();
    EXPECT_TRUE(run_until([&] { return sqlite3_memory_used() < used / 2; })) << used << " bytes after the work";
}

// A POS that sends its day again takes as much memory as one that sends a new one.
TEST_F(JournalStorageTest, GivesMemoryBackBehindWorkThatChangesNothing) {  // [light-1]
    settings.release_after = Millis(200);
    open();
    constexpr int many = 2'000;
    const auto send_all = [&] {
        answered = 0;
        for (int i = 0; i < many; ++i) {
            Draft draft = scan_of(1'000);
            draft.event.type = "sale";
            draft.event.subject = "pos/T1/2026-11-23/" + std::to_string(i);
            journal->append(std::move(draft), [this](const Result<Recorded>& recorded) {
                EXPECT_TRUE(recorded);
                ++answered;
            });
        }
        ASSERT_TRUE(run_until([&] { return answered == many; }));
    };
    send_all();
    const sqlite3_int64 busy = sqlite3_memory_used();
    ASSERT_TRUE(run_until([&] { return sqlite3_memory_used() < busy / 2; })) << busy;
    const sqlite3_int64 quiet = sqlite3_memory_used();
    const Sequence last = journal->live().last;
    send_all();
    ASSERT_EQ(journal->live().last, last) << "repeats";
    const sqlite3_int64 used = sqlite3_memory_used();
    ASSERT_GT(used, quiet * 3 / 2) << "it is enough to show it";
    EXPECT_TRUE(run_until([&] { return sqlite3_memory_used() < (quiet + used) / 2; })) << used << " after repeats";
}

}  // namespace
}  // namespace tillpost
