// SPDX-License-Identifier: Apache-2.0
// What is given up, and what is refused, where the disk is small or the journal near its limit.
#include <filesystem>

#include "tests/support/packed_text.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/unit/journal_fixture.hpp"

namespace tillpost {
namespace {

/// A real ext4, most of which others have.
class JournalSmallDiskTest : public JournalTest {
protected:
    void begin() {
        close();
        settings.path = disk.path() + "/journal.db";
        open();
        disk.fill_up_to(4 << 20);
    }
    void scan() {
        for (int i = 0; i < 32; ++i) {
            Draft scan = draft();
            scan.event.type = "scan";
            scan.event.data = data;
            ++asked;
            journal->append(std::move(scan), [this](const Result<Recorded>& recorded) {
                if (recorded) told.push_back(recorded->sequence);
                if (!recorded) refused.push_back(recorded.error());
            });
        }
        ASSERT_TRUE(answered(asked));
    }
    /// Until the ballast's place is filled, too.
    void fill() {
        for (int commits = 0; journal->shed() < 512; ++commits) {
            ASSERT_LT(commits, 256) << journal->condition();
            ASSERT_NO_FATAL_FAILURE(scan());
        }
    }
    bool condition_becomes(std::string_view begin) {
        return run_until([this, begin] { return journal->condition().starts_with(begin); });
    }
    test::SmallDisk disk{64, 4096};
    std::string data = "{\"x\":\"" + test::filler(6'000) + "\"}";
    std::size_t asked = 0;
};

TEST_F(JournalSmallDiskTest, SaysThatItGivesCheapEventsUpUntilThereIsRoom) {  // [end-2]
    if (!disk.mounted()) GTEST_SKIP() << disk.why_not();
    ASSERT_NO_FATAL_FAILURE(begin());
    EXPECT_EQ(journal->condition(), "ok");
    ASSERT_NO_FATAL_FAILURE(fill());
    for (int commits = 0; commits < 32; ++commits) {
        ASSERT_NO_FATAL_FAILURE(scan());
        EXPECT_NE(journal->condition(), "ok");
    }
    ASSERT_TRUE(condition_becomes("disk full: ")) << journal->condition();
    disk.make_room();
    ASSERT_NO_FATAL_FAILURE(scan());
    EXPECT_TRUE(condition_becomes("ok")) << journal->condition();
    EXPECT_EQ(failure, std::nullopt);
}

TEST_F(JournalSmallDiskTest, GivesNothingUpAnyMoreWhenCentralHasEverything) {  // [end-2]
    if (!disk.mounted()) GTEST_SKIP() << disk.why_not();
    ASSERT_NO_FATAL_FAILURE(begin());
    ASSERT_NO_FATAL_FAILURE(fill());
    ASSERT_TRUE(condition_becomes("disk full: ")) << journal->condition();
    const auto confirms = [this] {
        EpochReceipt all;
        all.epoch = journal->live().epoch;
        all.upto = journal->live().last;
        all.hash = journal->live().head;
        return static_cast<bool>(await(journal->confirm(all)));
    };
    // The agent itself tells of what it gave up: one receipt may not be all.
    EXPECT_TRUE(run_until([&] { return confirms() && journal->condition() == "ok"; })) << journal->condition();
}

TEST_F(JournalTest, AtItsLimitDearEventsAreRefusedWithTheReason) {  // [end-2]
    settings.most_bytes = 1 << 20;
    close();
    open();
    for (int i = 0; i < 60 && refused.empty(); ++i) {
        append(100);
        ASSERT_TRUE(answered(static_cast<std::size_t>(i + 1) * 100));
    }
    ASSERT_FALSE(refused.empty());
    EXPECT_EQ(refused[0].code, Errc::full);
    EXPECT_NE(refused[0].message.find("journal_full"), std::string::npos);
    EXPECT_EQ(journal->shed(), 0) << "sales are not shed";
    EXPECT_EQ(failure, std::nullopt);
    EXPECT_TRUE(
        journal->condition().starts_with("full: the journal has reached journal/limit_mb, sales, too, are "
                                         "refused since 20"))
        << journal->condition();
    EXPECT_NE(journal->condition().find("(" + std::to_string(refused.size()) + " record"), std::string::npos)
        << journal->condition();

    EpochReceipt receipt;
    receipt.epoch = journal->live().epoch;
    receipt.upto = journal->live().last;
    receipt.hash = journal->live().head;
    std::optional<Confirmation> outcome;
    spawn("confirm", confirm(receipt, outcome));
    EXPECT_TRUE(run_until([&] { return journal->condition() == "ok"; })) << "central is back: " << journal->condition();
    const std::size_t before = told.size();
    append();
    EXPECT_TRUE(run_until([&] { return told.size() == before + 1; }));
}

TEST_F(JournalTest, NearItsLimitMinorEventsAreRefusedAndItSaysSo) {  // [end-2]
    append(500);
    ASSERT_TRUE(answered(500));
    ASSERT_TRUE(run_until([&] { return journal->bytes() > 0; }));
    close();
    open();
    ASSERT_TRUE(run_until([&] { return journal->bytes() > 0; }));
    settings.most_bytes = journal->bytes() / 98 * 100;
    close();
    open();
    ASSERT_TRUE(run_until([&] { return journal->bytes() > 0; }));
    Draft minor = draft();
    minor.event.type = "markdown";
    std::optional<Error> why;
    journal->append(minor, [&](const Result<Recorded>& recorded) {
        if (!recorded) why = recorded.error();
    });
    ASSERT_TRUE(why) << journal->bytes();
    EXPECT_TRUE(why->message.starts_with("journal_full: ")) << why->message;
    EXPECT_TRUE(
        journal->condition().starts_with("nearly full: the journal has reached journal/limit_mb, all but sales"))
        << journal->condition();
    EXPECT_NE(journal->condition().find("(1 record)"), std::string::npos) << journal->condition();
    append();
    EXPECT_TRUE(answered(501)) << "sales are taken";
    EXPECT_TRUE(refused.empty());
}

// As on a full disk: a sale is not refused while anything cheaper is held.
TEST_F(JournalTest, AtItsLimitRoomIsMadeForSalesWhileCheaperContentIsHeld) {  // [end-2]
    settings.most_bytes = 4 << 20;
    settings.ballast_bytes = 0;
    close();
    open();
    int scans = 0;
    int sales = 0;
    std::optional<Error> sale_refused;
    for (int round = 0; round < 60 && !sale_refused; ++round) {
        int open_answers = 0;
        for (int i = 0; i < 60; ++i) {
            Draft each = draft();
            each.event.type = i % 3 == 0 ? "scan" : "sale";
            each.event.data = "{\"x\":\"" + test::filler(5'000) + "\"}";
            const bool is_sale = i % 3 != 0;
            ++open_answers;
            journal->append(each, [&, is_sale](const Result<Recorded>& recorded) {
                --open_answers;
                if (recorded) ++(is_sale ? sales : scans);
                if (!recorded && is_sale) sale_refused = recorded.error();
            });
        }
        ASSERT_TRUE(run_until([&] { return open_answers == 0; }));
        ASSERT_LT(journal->bytes(), settings.most_bytes + (1 << 20)) << "it is a limit";
    }
    ASSERT_TRUE(sale_refused) << "sales alone fill it in the end";
    EXPECT_TRUE(sale_refused->message.starts_with("journal_full: ")) << sale_refused->message;
    EXPECT_GT(scans, 50);
    EXPECT_EQ(journal->shed(), scans) << "a sale was refused while a scan's content was held";
    EXPECT_EQ(failure, std::nullopt);
}

}  // namespace
}  // namespace tillpost
