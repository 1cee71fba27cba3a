// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/journal.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <thread>

#include "agent/journal/damage.hpp"
#include "tests/unit/journal_fixture.hpp"

namespace tillpost {
namespace {

using test::Faults;
using namespace std::chrono_literals;

TEST_F(JournalTest, AnswersEachEventInOrderAfterItsCommit) {
    append(1'500);
    EXPECT_TRUE(told.empty()) << "nothing is answered before a commit";
    ASSERT_TRUE(answered(1'500));
    for (Sequence n = 1; n <= 1'500; ++n) ASSERT_EQ(told[n - 1], n);
    EXPECT_LT(changes, 20) << "events are committed in groups";
    EXPECT_EQ(journal->live().last, 1'500U);
}

// An event a turn of the loop, so that there are always some for the next commit; and then an answer that lasts until
// that one is on the disk.
TEST_F(JournalTest, TheStorageHasItsNextWorkBeforeAnswersAreGiven) {
    constexpr int many = 1'000'000;
    append();
    ASSERT_TRUE(answered(1));
    faults.fail(Faults::Kind::io_error, many, false, Faults::sync);
    const int before = changes;
    std::optional<int> missing;
    const auto answer = [&](const Result<Recorded>& recorded) {
        const int commits = changes - before;  // that are answered
        if (!recorded || missing || commits < 3) return;
        const int syncs = commits + 2;  // theirs, this one's, and the next one's
        const SteadyTime deadline = steady_now() + 5s;
        while (many - faults.countdown < syncs && steady_now() < deadline) std::this_thread::yield();
        missing = syncs - (many - faults.countdown);
    };
    std::function<void()> go_on = [&] {
        if (missing) return;
        journal->append(draft(), answer);
        asio::post(loop, go_on);
    };
    go_on();
    ASSERT_TRUE(run_until([&] { return missing.has_value(); }));
    EXPECT_LE(*missing, 0);
    close();  // all are answered, while what the answers need is there
}

// The scrub begins with the keys, at once; where there is nothing at all its round is over with that.
TEST_F(JournalTest, AnEmptyOneDoesNothing) {
    run_for(Millis(100));
    loop.restart();
    EXPECT_LT(loop.run_for(200ms), 50U) << "turns of the loop";
}

TEST_F(JournalTest, WhatWasAnsweredIsThereAfterReopening) {
    append(10);
    ASSERT_TRUE(answered(10));
    close();
    open();
    EXPECT_EQ(journal->live().last, 10U);
}

TEST_F(JournalTest, CloseFinishesWhatIsWaitingAndRefusesWhatComesAfter) {
    append(100);
    journal->close();
    append(1);
    ASSERT_TRUE(run_until([this] { return tasks.idle(); }));
    EXPECT_EQ(told.size(), 100U);
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_NE(refused[0].message.find("shutdown"), std::string::npos);
}

TEST_F(JournalTest, RefusesBeyondItsBoundAndServesTheRest) {
    settings.most_waiting = 50;
    close();
    open();
    append(80);
    ASSERT_TRUE(answered(80));
    EXPECT_EQ(told.size(), 50U);
    EXPECT_EQ(refused.size(), 30U);
    EXPECT_EQ(refused[0].code, Errc::rejected);
    append(10);
    ASSERT_TRUE(answered(90));
    EXPECT_EQ(told.size(), 60U);
}

TEST_F(JournalTest, ReadsAndConfirmsBetweenCommits) {
    append(2'000);
    const auto lines = await(journal->read({1, 3}, 1 << 20));
    ASSERT_TRUE(lines);
    EXPECT_EQ(lines->size(), 3U);
    EpochReceipt receipt;
    receipt.epoch = journal->live().epoch;
    Sha256 sha;
    receipt.upto = 3;
    receipt.hash = parse_line(sha, lines->line(2))->chain;
    const auto confirmed = await(journal->confirm(receipt));
    ASSERT_TRUE(confirmed);
    EXPECT_EQ(confirmed->confirmed, 3U);
    EXPECT_EQ(journal->live().confirmed, 3U);
    ASSERT_TRUE(answered(2'000));
}

TEST_F(JournalTest, TheConfirmedMarkIsWrittenWhenItIsQuiet) {
    append(5);
    ASSERT_TRUE(answered(5));
    EpochReceipt receipt;
    receipt.epoch = journal->live().epoch;
    receipt.upto = 5;
    receipt.hash = journal->live().head;
    ASSERT_TRUE(await(journal->confirm(receipt)));
    close();
    open();
    EXPECT_EQ(journal->live().confirmed, 5U);
}

TEST_F(JournalTest, AFullDiskRefusesAndRecoversByItself) {
    append(1);
    ASSERT_TRUE(answered(1));
    faults.fail(Faults::Kind::full, 0, true);
    append(3);
    ASSERT_TRUE(answered(4));
    ASSERT_EQ(refused.size(), 3U);
    EXPECT_EQ(refused[0].code, Errc::full);
    EXPECT_EQ(refused[0].message.substr(0, 10), "disk_full:");
    EXPECT_EQ(journal->condition(), "full");
    EXPECT_FALSE(failure);
    faults.stop();
    append(2);
    ASSERT_TRUE(answered(6));
    EXPECT_EQ(told, (std::vector<Sequence>{1, 2, 3})) << "the refused events took no numbers";
    EXPECT_TRUE(run_until([this] { return journal->condition() == "ok"; })) << journal->condition();
}

std::size_t count_of(const std::string& what, const std::string& text) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++found;
    return found;
}

// Small commits find a place while larger ones do not.
TEST_F(JournalTest, TheLogSaysThatAFullDiskHasSpaceWhenThatLasts) {
    const auto refuse_one = [this] {
        const std::size_t before = told.size() + refused.size();
        faults.fail(Faults::Kind::full, 0, true);
        append(1);
        ASSERT_TRUE(answered(before + 1));
        faults.stop();
        append(1);
        ASSERT_TRUE(answered(before + 2));
        ASSERT_TRUE(run_until([this] { return journal->condition() == "ok"; })) << journal->condition();
    };
    for (const bool lasts : {false, true}) {
        close();
        settings.space_lasts = lasts ? Millis(0) : Millis(3'600'000);
        open();
        ::testing::internal::CaptureStderr();
        for (int times = 0; times < 3; ++times) ASSERT_NO_FATAL_FAILURE(refuse_one());
        const std::string log = ::testing::internal::GetCapturedStderr();
        EXPECT_EQ(count_of("error no space for events", log), lasts ? 3U : 1U) << log;
        EXPECT_EQ(count_of("info there is space again", log), lasts ? 3U : 0U) << log;
    }
}

TEST_F(JournalTest, AnIoErrorStopsAcknowledgingForGood) {
    append(1);
    ASSERT_TRUE(answered(1));
    faults.fail(Faults::Kind::io_error, 0, false);
    append(2);
    ASSERT_TRUE(answered(3));
    ASSERT_EQ(refused.size(), 2U);
    for (const Error& each : refused) {  // those of the failed commit, too: it may be durable
        EXPECT_TRUE(each.message.starts_with("storage_failed: it is unknown whether this was recorded; send again ("))
            << each.message;
    }
    ASSERT_TRUE(failure);
    append(1);
    EXPECT_EQ(refused.size(), 3U) << "though the disk works again: the state is unknown until a restart";
}

/// [durable-1] Whichever write or sync fails, once or for ever: what was told durable is there after a restart, with
/// its chain, and nothing is there twice.
class NthFaultTest : public JournalTest, public ::testing::WithParamInterface<std::pair<Faults::Kind, bool>> {};

TEST_P(NthFaultTest, WhatWasToldIsThereWhicheverOperationFails) {
    for (int n = 0;; ++n) {
        faults.fail(GetParam().first, n, GetParam().second);
        for (int i = 0; i < 8; ++i) {
            const std::size_t before = told.size() + refused.size();
            append(3);
            ASSERT_TRUE(answered(before + 3));
        }
        const bool met = faults.injected > 0;
        faults.stop();
        const Sequence most = told.empty() ? 0 : told.back();
        close();
        failure.reset();
        open();
        ASSERT_GE(journal->live().last, most) << "operation " << n;
        const auto lines = await(journal->read({most == 0 ? 1 : most, most == 0 ? 1 : most}, 1));
        ASSERT_TRUE(lines) << "operation " << n;
        ASSERT_EQ(std::set<Sequence>(told.begin(), told.end()).size(), told.size()) << "a number was given twice";
        if (!met) break;
        ASSERT_LT(n, 500);
    }
}

INSTANTIATE_TEST_SUITE_P(Kinds, NthFaultTest,
                         ::testing::Values(std::pair{Faults::Kind::full, false}, std::pair{Faults::Kind::full, true},
                                           std::pair{Faults::Kind::io_error, false},
                                           std::pair{Faults::Kind::io_error, true}));

// [fork-1] What is owed follows between commits, by itself.
TEST_F(JournalTest, AForkedEpochIsReissuedWhileCaptureGoesOn) {
    append(1'000);
    ASSERT_TRUE(answered(1'000));
    const Epoch former = journal->live().epoch;
    EpochReceipt ahead;
    ahead.epoch = former;
    ahead.upto = 2'000;
    std::optional<Confirmation> outcome;
    spawn("confirm", confirm(ahead, outcome));
    ASSERT_TRUE(run_until([&] { return outcome.has_value(); }));
    EXPECT_TRUE(outcome->forked);
    append(10);
    ASSERT_TRUE(answered(1'010));
    ASSERT_TRUE(run_until([&] { return journal->live().last >= 1'000 + 10 + 1 + 8; }));
    EXPECT_NE(journal->live().epoch, former);
    EXPECT_EQ(failure, std::nullopt);
}

// As at a stop that takes too long: salvage waits for its jobs, and would for ever.
TEST_F(JournalTest, WhoAwaitsAJobEndsWhenTheLoopIsCancelledWhereverThatIs) {
    close();
    for (int steps = 0; steps < 40; ++steps) {
        auto opened = Journal::open(loop.get_executor(), settings, clock);
        ASSERT_TRUE(opened) << opened.error().message;
        const auto failed = [](const std::string& task, const std::string& what) { ADD_FAILURE() << task << what; };
        TaskGroup group(loop.get_executor(), failed);
        group.spawn("journal", (*opened)->run());
        for (int job = 0; job < 4; ++job) group.spawn("seal", (*opened)->seal("test"));
        for (int step = 0; step < steps; ++step) loop.run_one_for(Millis(10));
        group.request_stop();
        EXPECT_TRUE(run_until([&group] { return group.idle(); })) << "after " << steps << " steps";
    }
}

TEST_F(JournalTest, ADamagedFileIsSetAsideAndSalvagedWhileCaptureGoesOn) {
    append(2'000);
    ASSERT_TRUE(answered(2'000));
    close();
    {
        auto database = Database::open({settings.path, 0x54494c4c});
        ASSERT_TRUE((*database)->execute("DELETE FROM event WHERE position & 0xffff BETWEEN 1990 AND 1993"));
    }
    open();
    spawn("salvage", journal->run_salvage());
    append(5);
    ASSERT_TRUE(answered(2'005));
    ASSERT_TRUE(run_until([&] { return files_set_aside(settings.path).empty(); }));
    EXPECT_EQ(journal->lost(), 4);
    EXPECT_GE(journal->live().last, 1'996U + 5U);
    EXPECT_EQ(journal->live().ordinal, 2U);
    EXPECT_EQ(failure, std::nullopt);
    close();
    open();
    EXPECT_EQ(journal->live().ordinal, 2U) << "done is done";
}

// The power may go between the last slice and the other name; here that name is taken.
TEST_F(JournalTest, AFileThatCouldNotBeRenamedIsNotTakenOverTwice) {
    append(500);
    ASSERT_TRUE(answered(500));
    close();
    {
        auto database = Database::open({settings.path, 0x54494c4c});
        ASSERT_TRUE((*database)->execute("DELETE FROM event WHERE position & 0xffff = 490"));
    }
    open();
    const std::vector<std::string> aside = files_set_aside(settings.path);
    ASSERT_EQ(aside.size(), 1U);
    std::string taken = aside[0];
    taken.replace(taken.rfind(".damaged-"), 9, ".salvaged-");
    std::filesystem::create_directories(taken + "/something");
    Sequence last = 0;
    for (const bool renamed : {false, true}) {
        bool ended = false;
        spawn("salvage", salvage(ended));
        ASSERT_TRUE(run_until([&] { return ended; }));
        EXPECT_EQ(files_set_aside(settings.path).empty(), renamed);
        EXPECT_GT(journal->live().last, 499U);
        if (renamed) {
            EXPECT_EQ(journal->live().last, last) << "nothing twice";
        }
        last = journal->live().last;
        EXPECT_EQ(journal->lost(), 1);
        close();
        if (!renamed) std::filesystem::remove_all(taken);
        open();
    }
}

struct Removal {
    const char* name;
    void (*carry_out)(const std::string& journal);
};
class RemovedFileTest : public JournalTest, public ::testing::WithParamInterface<Removal> {};

// What is committed to a file that nobody finds again is not kept.
TEST_P(RemovedFileTest, IsNoticedBehindTheNextCommits) {
    append(10);
    ASSERT_TRUE(answered(10));
    GetParam().carry_out(settings.path);
    append(10);
    ASSERT_TRUE(run_until([&] { return failure.has_value(); }));
    EXPECT_EQ(failure->code, Errc::io);
    EXPECT_NE(failure->message.find("removed, moved or replaced"), std::string::npos) << failure->message;
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, RemovedFileTest,
    ::testing::Values(
        Removal{"removed", [](const std::string& journal) { std::filesystem::remove(journal); }},
        Removal{"moved", [](const std::string& journal) { std::filesystem::rename(journal, journal + ".away"); }},
        Removal{"replaced",
                [](const std::string& journal) {
                    std::filesystem::copy_file(journal, journal + ".other");
                    std::filesystem::rename(journal + ".other", journal);
                }},
        Removal{"its_log_removed", [](const std::string& journal) { std::filesystem::remove(journal + "-wal"); }}),
    [](const auto& which) { return std::string(which.param.name); });

}  // namespace
}  // namespace tillpost
