// SPDX-License-Identifier: Apache-2.0
// What waits, what the WAL holds and what memory keeps are bounded in bytes, whatever the lines and the load.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <thread>

#include "agent/event/intake.hpp"
#include "agent/journal/journal.hpp"
#include "tests/support/fixed_clock.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/packed_text.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost {
namespace {

class JournalStorageTest : public test::LoopTest {
protected:
    JournalStorageTest() {
        settings.path = dir.file("journal.db");
        settings.source = "urn:tillpost:acme:0042:till-01";
        settings.ballast_bytes = 0;
        settings.keep = std::chrono::seconds(-1);  // what is confirmed goes with the next upkeep
    }
    void open() {
        auto opened = Journal::open(loop.get_executor(), settings, clock);
        ASSERT_TRUE(opened) << opened.error().message;
        journal = std::move(*opened);
        Journal::Events events;
        events.on_failure = [this](const Error& error) { failure = error.message; };
        events.on_room = [this] { ++rooms; };
        journal->set_events(std::move(events));
        spawn("journal", journal->run());
    }
    void TearDown() override {
        stop_tasks();
        journal.reset();
    }

    /// Keeps `waiting` drafts under way until `left` are given; each answer gives the next.
    void load(Draft draft, int left, int waiting) {
        each = std::move(draft);
        to_give = left;
        for (int i = 0; i < waiting; ++i) give();
    }
    void give() {
        if (to_give == 0) return;
        --to_give;
        journal->append(each, [this](const Result<Recorded>& recorded) {
            EXPECT_TRUE(recorded);
            std::error_code none;
            largest = std::max(largest, std::filesystem::file_size(settings.path + "-wal", none));
            ++answered;
            give();
        });
    }
    /// Gives one, and waits for its answer.
    Result<Recorded> record(Draft draft) {
        std::optional<Result<Recorded>> told;
        journal->append(std::move(draft), [&told](const Result<Recorded>& recorded) { told = recorded; });
        EXPECT_TRUE(run_until([&told] { return told.has_value(); }));
        return told.value_or(Error{Errc::cancelled, "no answer"});
    }

    test::TempDir dir;
    test::FixedClock clock;
    JournalSettings settings;
    std::unique_ptr<Journal> journal;
    Draft each;
    int to_give = 0;
    int answered = 0;
    std::uintmax_t largest = 0;
    std::string failure;
    int rooms = 0;
};

Draft scan_of(std::size_t bytes) {
    Draft draft;
    draft.event.type = "scan";
    draft.event.data = "{\"x\":\"" + test::filler(bytes).substr(0, bytes) + "\"}";
    return draft;
}

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

// What nobody can read has a quarter; sales are recorded all the same, and what is thrown away makes room.
TEST_F(JournalStorageTest, QuarantineDoesNotKeepSalesOut) {
    settings.most_bytes = 4 << 20;
    open();
    Draft bad = scan_of(0);
    std::string first;
    for (char each = 'a'; each <= 'c'; ++each) {
        bad.quarantine = Draft::Quarantine{each + test::filler(400'000), "not_json", "", true};
        const Result<Recorded> held = record(bad);
        ASSERT_TRUE(held) << each;
        if (each == 'a') first = held->quarantine_id;
    }
    bad.quarantine->bytes[0] = 'd';
    const Result<Recorded> refused = record(bad);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().message.starts_with("quarantine_full: "));
    EXPECT_TRUE(journal->condition().starts_with("quarantine full: ")) << journal->condition();
    Draft sale;
    sale.event.type = "sale";
    sale.event.data = "{}";
    EXPECT_TRUE(record(sale));
    QuarantineDecision decision;
    decision.kind = QuarantineDecision::Kind::discard;
    decision.id = first;
    decision.reason = "test";
    ASSERT_TRUE(await(journal->decide(std::move(decision))));
    EXPECT_TRUE(record(sale));
    EXPECT_EQ(journal->condition(), "ok");
    EXPECT_TRUE(record(bad)) << "there is room again";
}

// [end-2] Only the journal can tell that a return gives back too much: it has no more room than the others.
TEST_F(JournalStorageTest, QuarantineIsBoundedForReturnsToo) {
    settings.most_bytes = 4 << 20;
    open();
    const auto ask = [&](const std::string& line) {
        auto parsed = Intake().parse(line);
        Draft draft;
        draft.device = "feed";
        draft.event = std::move(std::get<Event>(parsed));
        draft.holds_over_return = true;
        return record(std::move(draft));
    };
    const auto transaction = [](const char* type, int number, int quantity, const std::string& more) {
        return R"({"type":")" + std::string(type) + R"(","till":"T1","business_date":"2026-11-23","number":)" +
               std::to_string(number) + R"(,"lines":[{"line":1,"direction":")" + type + R"(","item":"7","quantity":)" +
               std::to_string(quantity) + more + "}]}";
    };
    const auto give_back = [&](int number, int quantity) {
        return ask(
            transaction("return", number, quantity,
                        R"(,"original":{"till":"T1","business_date":"2026-11-23","number":1,"line":1},"text":")" +
                            test::filler(200'000) + "\""));
    };
    ASSERT_TRUE(ask(transaction("sale", 1, 3, "")));
    const auto first = give_back(2, 4);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->rule, "return_quantity");
    int held = 1;
    Result<Recorded> last = *first;
    while (held < 100 && (last = give_back(held + 2, 4))) ++held;
    ASSERT_FALSE(last) << held;
    EXPECT_TRUE(last.error().message.starts_with("quarantine_full: ")) << last.error().message;
    EXPECT_LE(held * 200'000, 2 << 20);
    const auto again = give_back(2, 4);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->quarantine_id, first->quarantine_id) << "whoever lost the answer sends it again";
    const auto right = give_back(500, 1);
    ASSERT_TRUE(right) << right.error().message;
    EXPECT_EQ(right->quarantine_id, "") << "nothing holds this one back";
}

// [end-2] Nor what is too large for the broker: at the bound it is refused itself.
class TooLargeAtIntakeTest : public JournalStorageTest {
protected:
    TooLargeAtIntakeTest() {
        settings.most_bytes = 4 << 20;
        settings.keep = std::chrono::hours(24);
        open();
    }
    void know(std::uint64_t limit) {
        journal->note_largest_line(limit);
        ASSERT_TRUE(run_until([&] { return journal->largest_line() == limit; }));
    }
    /// A sale of so many bytes; "": it is recorded, else why not.
    std::string sell(std::size_t bytes) {
        Draft sale = scan_of(bytes);
        sale.event.type = "sale";
        sale.event.data.insert(1, "\"n\":" + std::to_string(++sold) + ",");
        const Result<Recorded> told = record(std::move(sale));
        return told ? std::string() : told.error().message;
    }
    /// Gives how many were taken.
    Sequence fill() {
        Sequence taken = 0;
        while (taken < 100 && sell(100'000).empty()) ++taken;
        return taken;
    }
    void expect_bounded(const char* when) {
        SCOPED_TRACE(when);
        const std::string refused = sell(100'000);
        EXPECT_TRUE(refused.starts_with("too_large: ")) << refused;
        EXPECT_NE(refused.find("tillpost journal export"), std::string::npos);
        EXPECT_LT(refused.size(), 512U) << "as much as an answer may have";
        EXPECT_TRUE(journal->condition().starts_with("quarantine full: ")) << journal->condition();
        EXPECT_EQ(sell(50'000), "");
    }
    int sold = 0;
};

TEST_F(TooLargeAtIntakeTest, IsRefusedBeforeItKeepsOthersOut) {
    know(60'000);
    const Sequence taken = fill();
    EXPECT_GT(taken, 5U);
    EXPECT_LT(taken, 16U) << "a quarter of the limit";
    expect_bounded("while they wait");
    journal->close();
    ASSERT_TRUE(run_until([this] { return tasks.idle(); }));
    journal.reset();
    open();
    expect_bounded("after a restart, without a connection");
    for (Sequence n = 1; n <= taken; ++n) ASSERT_TRUE(await(journal->withhold(n, "larger_than_packet")));
    expect_bounded("when they are in quarantine");
    know(0);
    for (int n = 0; n < 15; ++n) EXPECT_EQ(sell(100'000), "") << "nobody knows a limit: what is captured is kept";
}

// [once-2] Whoever lost the answer sends it again.
TEST_F(TooLargeAtIntakeTest, WhatIsKnownGetsItsFirstAnswerThoughThereIsNoRoomForMore) {
    const auto ask = [&](Draft draft) { return record(std::move(draft)); };
    const auto keyed = [](int number, bool held) {
        Draft draft = scan_of(100'000);
        draft.event.type = "sale";
        draft.event.subject = "pos/T1/2026-11-23/" + std::to_string(number);
        draft.event.data.insert(1, "\"number\":" + std::to_string(number) + ",");
        if (held) draft.held_for = Rejection{"totals", "/totals", ""};
        return draft;
    };
    know(60'000);
    const auto first = ask(keyed(1, false));
    const auto held = ask(keyed(2, true));
    ASSERT_TRUE(first && held);
    EXPECT_NE(held->quarantine_id, "");
    fill();
    const Sequence last = journal->live().last;
    for (const bool is_held : {false, true}) {
        const auto again = ask(keyed(is_held ? 2 : 1, is_held));
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(again->sequence, is_held ? held->sequence : first->sequence);
        EXPECT_EQ(again->quarantine_id, is_held ? held->quarantine_id : "");
        const auto another = ask(keyed(3, is_held));
        ASSERT_FALSE(another);
        EXPECT_TRUE(another.error().message.starts_with(is_held ? "quarantine_full: " : "too_large: "))
            << another.error().message;
    }
    EXPECT_EQ(journal->live().last, last) << "nothing new";
}

TEST_F(TooLargeAtIntakeTest, IsTakenAgainWhenPeopleHaveDecided) {
    know(60'000);
    const Sequence taken = fill();
    for (Sequence n = 1; n <= taken; ++n) ASSERT_TRUE(await(journal->withhold(n, "larger_than_packet")));
    const auto page = await(journal->quarantine_page({QuarantineQuery::Sort::age, 0, 3}));
    ASSERT_TRUE(page);
    QuarantineDecision again;
    again.kind = QuarantineDecision::Kind::release;
    again.id = page->records[0].id;
    again.draft = scan_of(100'000);
    again.draft->event.type = "sale";
    const auto released = await(journal->decide(again));
    ASSERT_FALSE(released) << "it would be there once more";
    EXPECT_NE(released.error().message.find("maximum raised first"), std::string::npos) << released.error().message;
    know(0);
    ASSERT_TRUE(await(journal->decide(again)));
    know(60'000);
    EXPECT_EQ(sell(100'000), "") << "what is decided on goes by itself, and nobody waits for it";
    for (std::size_t i = 1; i < page->records.size(); ++i) {
        QuarantineDecision decision;
        decision.id = page->records[i].id;
        decision.reason = "test";
        ASSERT_TRUE(await(journal->decide(std::move(decision))));
    }
    EXPECT_EQ(sell(100'000), "") << "there is room again";
    EXPECT_EQ(journal->condition(), "ok");
}

TEST_F(JournalStorageTest, SaysWhenItIsQuarantineThatFillsIt) {
    settings.most_bytes = 8 << 20;
    open();
    Draft bad = scan_of(0);
    for (char each = 'a'; each <= 'd'; ++each) {
        bad.quarantine = Draft::Quarantine{each + test::filler(400'000), "not_json", "", true};
        ASSERT_TRUE(record(bad)) << each;
    }
    journal->close();
    ASSERT_TRUE(run_until([this] { return tasks.idle(); }));
    journal.reset();
    settings.most_bytes = 1 << 20;
    open();
    Draft sale;
    sale.event.type = "sale";
    sale.event.data = "{}";
    Result<Recorded> told = record(sale);
    for (int tries = 0; told && tries < 100; ++tries) told = record(sale);  // what is cheap makes room first
    ASSERT_FALSE(told);
    EXPECT_NE(told.error().message.find("tillpost quarantine"), std::string::npos) << told.error().message;
    EXPECT_NE(journal->condition().find("most of it with what waits in quarantine"), std::string::npos)
        << journal->condition();
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
