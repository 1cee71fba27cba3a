// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/journal/journal.hpp"
#include "tests/support/fault_vfs.hpp"
#include "tests/support/fixed_clock.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/packed_text.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost {

using test::Faults;

inline Draft draft(const std::string& subject = "") {
    Draft draft;
    draft.event.type = "sale";
    draft.event.subject = subject;
    draft.event.data = "{}";
    return draft;
}

class JournalTest : public test::LoopTest {
protected:
    JournalTest() {
        settings.path = dir.file("journal.db");
        settings.source = "urn:tillpost:acme:0042:till-01";
        open();
    }
    ~JournalTest() override { faults.stop(); }

    void open() {
        auto opened = Journal::open(loop.get_executor(), settings, clock);
        ASSERT_TRUE(opened) << opened.error().message;
        journal = std::move(*opened);
        Journal::Events events;
        events.on_change = [this] { ++changes; };
        events.on_failure = [this](const Error& error) { failure = error; };
        journal->set_events(std::move(events));
        spawn("journal", journal->run());
    }
    void close() {
        journal->close();
        ASSERT_TRUE(run_until([this] { return tasks.idle(); }));
        journal.reset();
    }
    void TearDown() override {
        stop_tasks();
        journal.reset();
    }
    void append(int count = 1) {
        for (int i = 0; i < count; ++i) {
            journal->append(draft(), [this](const Result<Recorded>& recorded) {
                if (recorded) told.push_back(recorded->sequence);
                if (!recorded) refused.push_back(recorded.error());
            });
        }
    }
    bool answered(std::size_t count) {
        return run_until([this, count] { return told.size() + refused.size() == count; });
    }

    asio::awaitable<void> confirm(EpochReceipt receipt, std::optional<Confirmation>& outcome);
    asio::awaitable<void> salvage(bool& ended);

    Faults& faults = test::install_fault_vfs();
    test::TempDir dir;
    test::FixedClock clock;
    JournalSettings settings;
    std::unique_ptr<Journal> journal;
    std::vector<Sequence> told;
    std::vector<Error> refused;
    std::optional<Error> failure;
    int changes = 0;
};

}  // namespace tillpost
