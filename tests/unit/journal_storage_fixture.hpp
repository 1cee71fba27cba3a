// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/journal/journal.hpp"
#include "tests/support/fixed_clock.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/packed_text.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost {

/// A journal without a ballast, which deletes at once what is confirmed.
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

inline Draft scan_of(std::size_t bytes) {
    Draft draft;
    draft.event.type = "scan";
    draft.event.data = "{\"x\":\"" + test::filler(bytes).substr(0, bytes) + "\"}";
    return draft;
}

}  // namespace tillpost
