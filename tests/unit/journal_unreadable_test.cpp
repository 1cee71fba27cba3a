// SPDX-License-Identifier: Apache-2.0
// What the loop's side does about a disk that cannot read now, and about a file that was cut short.
#include <filesystem>
#include <utility>

#include "agent/journal/damage.hpp"
#include "tests/unit/journal_fixture.hpp"

namespace tillpost {
namespace {

// A second of read errors while a healthy journal that was set aside is read: it is left, and tried again.
TEST_F(JournalTest, AJournalSetAsideThatCannotBeReadNowIsTriedAgainAndNothingIsLost) {  // [durable-2]
    append(500);
    ASSERT_TRUE(answered(500));
    close();
    ASSERT_TRUE(set_aside(settings.path, clock.now().wall));
    settings.read_again = {Millis(0)};
    settings.salvage_again = {Millis(1), Millis(1), Millis(1), Millis(60'000)};
    open();
    faults.fail(Faults::Kind::io_error, 0, true, Faults::read);
    bool ended = false;
    spawn("salvage", salvage(ended));
    ASSERT_TRUE(run_until([&] { return !journal->salvage_trouble().empty(); }));
    EXPECT_NE(journal->salvage_trouble().find("tried again"), std::string::npos) << journal->salvage_trouble();
    EXPECT_EQ(files_set_aside(settings.path).size(), 1U);
    faults.stop();
    ASSERT_TRUE(run_until([&] { return ended; }));
    EXPECT_EQ(journal->salvage_trouble(), "");
    EXPECT_TRUE(files_set_aside(settings.path).empty());
    EXPECT_EQ(journal->lost(), 0);
    EXPECT_GE(journal->live().last, 500U);
    EXPECT_EQ(failure, std::nullopt);
}

// One read error at the start, or some that pass: the file is read again, and is what it was.
TEST_F(JournalTest, AReadErrorAtTheStartThatPassesIsNoDamage) {  // [durable-2]
    append(300);
    ASSERT_TRUE(answered(300));
    close();
    settings.read_again = {Millis(0), Millis(0), Millis(0)};
    int met = 0;
    for (int n = 0;; ++n) {
        SCOPED_TRACE("read " + std::to_string(n) + " of the start fails");
        faults.fail(Faults::Kind::io_error, n, false, Faults::read);
        open();
        const bool hit = faults.injected > 0;
        faults.stop();
        ASSERT_TRUE(journal);
        EXPECT_EQ(files_set_aside(settings.path).size(), 0U);
        EXPECT_EQ(journal->live().ordinal, 1U);
        EXPECT_EQ(journal->live().last, 300U);
        close();
        met += hit ? 1 : 0;
        if (!hit || HasFailure()) break;
    }
    EXPECT_GT(met, 10);
}

// A dead sector in the live file stops the agent at each reading: after some of that it is set aside, and salvaged.
TEST_F(JournalTest, AFileThatTheDiskCannotReadAgainAndAgainIsSetAside) {  // [durable-2]
    append(300);
    ASSERT_TRUE(answered(300));
    close();
    settings.read_again.clear();
    for (int stop = 0; stop < 3; ++stop) {
        EXPECT_EQ(files_set_aside(settings.path).size(), 0U);
        note_unreadable(settings.path, "test");
        open();
        close();
    }
    EXPECT_EQ(files_set_aside(settings.path).size(), 1U);
    open();
    bool ended = false;
    spawn("salvage", salvage(ended));
    EXPECT_TRUE(run_until([&] { return ended; }));
    EXPECT_TRUE(files_set_aside(settings.path).empty());
    EXPECT_EQ(journal->lost(), 0);
    EXPECT_EQ(times_unreadable(settings.path), 0) << "the new one is not the old one";
}

TEST_F(JournalTest, OfAFileThatWasCutShortTheLogSaysSo) {  // [durable-2]
    append(500);
    ASSERT_TRUE(answered(500));
    close();
    std::filesystem::remove(settings.path + ".witness");
    std::filesystem::resize_file(settings.path, 30 * 4096);
    ASSERT_TRUE(set_aside(settings.path, clock.now().wall));
    open();
    bool ended = false;
    ::testing::internal::CaptureStderr();
    spawn("salvage", salvage(ended));
    const bool done = run_until([&] { return ended; });
    const std::string said = ::testing::internal::GetCapturedStderr();
    ASSERT_TRUE(done);
    EXPECT_NE(said.find("the damaged journal ends before its last page"), std::string::npos) << said;
    EXPECT_NE(said.find(" pages=30 "), std::string::npos) << said;
    EXPECT_NE(said.find("salvage is done"), std::string::npos) << said;
}

// A start that ends a salvage says what all starts before found lost in that file.
TEST_F(JournalTest, TheLastWordOnAFileSaysAllThatIsLostThoughItTookTwoStarts) {  // [end-2]
    append(500);
    ASSERT_TRUE(answered(500));
    close();
    {
        auto database = Database::open({settings.path, 0x54494c4c});
        ASSERT_TRUE(database) << database.error().message;
        ASSERT_TRUE((*database)->execute("DELETE FROM event WHERE position & 0xffff IN (5, 7, 8)"));
    }
    ASSERT_TRUE(set_aside(settings.path, clock.now().wall));
    open();
    bool begun = false;
    Journal::Events events;
    events.on_salvaged = [&](const HeldEvent&) {
        if (!std::exchange(begun, true)) journal->close();
    };
    journal->set_events(std::move(events));
    bool ended = false;
    spawn("salvage", salvage(ended));
    ASSERT_TRUE(run_until([this] { return tasks.idle(); }));
    ASSERT_TRUE(begun);
    ASSERT_EQ(files_set_aside(settings.path).size(), 1U) << "it was interrupted";
    journal.reset();
    open();
    ended = false;
    ::testing::internal::CaptureStderr();
    spawn("salvage", salvage(ended));
    const bool done = run_until([&] { return ended; });
    const std::string said = ::testing::internal::GetCapturedStderr();
    ASSERT_TRUE(done);
    EXPECT_EQ(journal->lost(), 3);
    EXPECT_NE(said.find("error salvage is done: events that cannot be read are lost"), std::string::npos) << said;
    EXPECT_NE(said.find(" lost=3 "), std::string::npos) << said;
}

}  // namespace
}  // namespace tillpost
