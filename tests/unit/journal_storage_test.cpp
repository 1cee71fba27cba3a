// SPDX-License-Identifier: Apache-2.0
// The journal's WAL is bounded in bytes, however large the lines are and however long the load lasts.
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/journal/journal.hpp"
#include "tests/support/fixed_clock.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost {
namespace {

class JournalWalTest : public test::LoopTest {
protected:
    JournalWalTest() {
        settings.path = dir.file("journal.db");
        settings.source = "urn:tillpost:acme:0042:till-01";
        settings.ballast_bytes = 0;
        settings.keep = std::chrono::seconds(-1);  // what is confirmed goes with the next upkeep
        auto opened = Journal::open(loop.get_executor(), settings, clock);
        if (!opened) throw std::runtime_error(opened.error().message);
        journal = std::move(*opened);
        Journal::Events events;
        events.on_failure = [this](const Error& error) { failure = error.message; };
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

    test::TempDir dir;
    test::FixedClock clock;
    JournalSettings settings;
    std::unique_ptr<Journal> journal;
    Draft each;
    int to_give = 0;
    int answered = 0;
    std::uintmax_t largest = 0;
    std::string failure;
};

struct Load {
    const char* name;
    std::size_t bytes;
    int count;
    int waiting;
    bool readable;
};

class JournalWalLoads : public JournalWalTest, public ::testing::WithParamInterface<Load> {};

TEST_P(JournalWalLoads, StaysBelow24Megabytes) {
    const Load& load_of = GetParam();
    Draft draft;
    draft.event.type = "scan";
    draft.event.data = "{\"x\":\"" + std::string(load_of.bytes, 'y') + "\"}";
    if (!load_of.readable) draft.quarantine = Draft::Quarantine{draft.event.data, "json", "", false};
    if (!load_of.readable) draft.event.data = "{}";
    load(draft, load_of.count, load_of.waiting);
    ASSERT_TRUE(run_until([&] { return answered == load_of.count; }));
    EXPECT_GT(largest, std::uintmax_t{6} << 20) << "the load is enough to show it";
    EXPECT_LE(largest, std::uintmax_t{24} << 20);
    EXPECT_EQ(failure, "");
}

INSTANTIATE_TEST_SUITE_P(Loads, JournalWalLoads,
                         ::testing::Values(Load{"OneAtATime", 400'000, 100, 1, true},
                                           Load{"ManyAtOnce", 400'000, 100, 20, true},
                                           Load{"Unreadable", 400'000, 100, 4, false},
                                           Load{"Largest", 1'000'000, 60, 30, true},
                                           Load{"Ordinary", 1'600, 20'000, 256, true}),
                         [](const auto& each) { return each.param.name; });

// Checkpoints come more often than upkeep does, and must not put it off.
TEST_F(JournalWalTest, UpkeepComesUnderLoadAllTheSame) {
    Draft draft;
    draft.event.type = "scan";
    draft.event.data = "{\"x\":\"" + std::string(40'000, 'y') + "\"}";
    load(draft, 1, 1);
    ASSERT_TRUE(run_until([&] { return answered == 1; }));
    ASSERT_TRUE(await(journal->confirm_sent(journal->live().epoch, 1)));
    load(draft, 700, 1);
    ASSERT_TRUE(run_until([&] { return answered == 701; }));
    EXPECT_GT(journal->live().first, 1U);
    EXPECT_EQ(failure, "");
}

}  // namespace
}  // namespace tillpost
