// SPDX-License-Identifier: Apache-2.0
// [end-2] The journal's limit, and the space kept for draining.
#include <filesystem>

#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

Draft large(const std::string& type, std::size_t bytes = 1'300) {
    Draft draft;
    draft.event.type = type;
    draft.event.data = "{\"x\":\"" + test::filler(bytes) + "\"}";
    return draft;
}

class StoreLimitsTest : public StoreTest {
protected:
    StoreLimitsTest() {
        settings.most_bytes = 2 << 20;
        settings.ballast_bytes = 0;
        open();
    }
    void fill(const std::vector<std::string>& types, int count) {
        std::vector<Draft> drafts;
        for (int i = 0; i < count; ++i) {
            for (const std::string& type : types) drafts.push_back(large(type));
        }
        ASSERT_TRUE(store->append(drafts));
    }
};

TEST_F(StoreLimitsTest, ShedsTheCheapestClassFirstAndNeverACriticalOne) {
    fill({"scan", "markdown", "sale"}, 330);  // some 2.0 MB
    const EpochSummary before = store->live();
    maintain();
    EXPECT_LT(store->bytes(), settings.most_bytes / 10 * 9);
    EXPECT_GT(store->shed(), 0);
    int scans = 0;
    for (Sequence n = 1; n <= before.last; ++n) {
        const std::string text = line_at(n);
        const auto line = parse_line(sha, text);
        ASSERT_TRUE(line);
        if (line->kind == Line::Kind::event) continue;
        EXPECT_EQ(line->reason, "shed");
        EXPECT_EQ((n - 1) % 3, 0U) << "scans are cheaper than markdowns and sales";
        ++scans;
    }
    EXPECT_EQ(scans, store->shed());
    all_lines();
}

TEST_F(StoreLimitsTest, ALossEventSumsUpWhatWasShed) {
    fill({"scan"}, 1'000);
    const Sequence last = store->live().last;
    maintain();
    std::int64_t summed = 0;
    for (Sequence n = last + 1; n <= store->live().last; ++n) {
        const std::string line = line_at(n);
        EXPECT_NE(line.find("tillpost.loss.v1"), std::string::npos) << line;
        EXPECT_NE(line.find(R"("class":"bulk","reason":"shed")"), std::string::npos) << line;
        summed += number_in(line, "count");
    }
    EXPECT_EQ(summed, store->shed());
    EXPECT_GT(summed, 0);
}

TEST_F(StoreLimitsTest, ShedsNormalEventsWhenNoBulkIsLeft) {
    fill({"markdown", "sale"}, 490);
    maintain();
    EXPECT_GT(store->shed(), 0);
    EXPECT_LT(store->bytes(), settings.most_bytes / 10 * 9);
    all_lines();
    for (Sequence n = 2; n <= 980; n += 2) ASSERT_EQ(parse_line(sha, line_at(n))->kind, Line::Kind::event) << n;
}

TEST_F(StoreLimitsTest, ShedsNothingWhileConfirmedEventsCanGo) {
    fill({"scan"}, 1'000);
    ASSERT_TRUE(store->confirm(receipt(990)));
    maintain();
    EXPECT_EQ(store->shed(), 0);
    EXPECT_GT(store->live().first, 1U);
}

TEST_F(StoreLimitsTest, ShedsNothingFarFromItsLimit) {
    fill({"scan"}, 300);
    maintain();
    EXPECT_EQ(store->shed(), 0);
}

TEST_F(StoreLimitsTest, KeepsABallastFileThatTakesRealSpace) {
    std::filesystem::remove(settings.path + ".ballast");
    settings.ballast_bytes = 1 << 20;
    open();
    EXPECT_EQ(std::filesystem::file_size(settings.path + ".ballast"), 1U << 20);
    std::filesystem::remove(settings.path + ".ballast");
    maintain();
    EXPECT_TRUE(std::filesystem::exists(settings.path + ".ballast"));
}

/// Rows of half a megabyte: a slice is bounded by their bytes, too.
class LargeRowsTest : public StoreTest {
protected:
    static constexpr std::size_t bytes_of_row = 500'000;

    void open_with(std::int64_t most_bytes) {
        settings.most_bytes = most_bytes;
        settings.ballast_bytes = 0;
        open();
    }
    void fill(const std::vector<std::string>& types) {
        for (const std::string& type : types) add(large(type, bytes_of_row));
    }
    /// What one slice writes, in a WAL that is new.
    std::int64_t written_by_a_slice() {
        open();
        const auto more = store->maintain();
        EXPECT_TRUE(more) << more.error().message;
        EXPECT_TRUE(more && *more);
        return static_cast<std::int64_t>(std::filesystem::file_size(settings.path + "-wal"));
    }
    std::size_t whole(const std::string& type) {
        std::size_t count = 0;
        const std::string named = "tillpost." + type + ".v";
        for (const std::string& line : all_lines()) count += line.find(named) != std::string::npos ? 1 : 0;
        return count;
    }
};

TEST_F(LargeRowsTest, AreNotMovedWhenASmallOneBesideThemIsGivenUp) {
    open_with(20 << 20);
    add(large("scan", 300));
    fill(std::vector<std::string>(38, "sale"));
    EXPECT_LT(written_by_a_slice(), 1 << 20);
    EXPECT_EQ(store->shed(), 1);
    EXPECT_EQ(whole("sale"), 38U);
}

TEST_F(LargeRowsTest, AreGivenUpAFewAtATime) {
    open_with(20 << 20);
    fill(std::vector<std::string>(20, "scan"));
    fill(std::vector<std::string>(18, "sale"));
    EXPECT_LT(written_by_a_slice(), 1 << 20);
    EXPECT_GT(store->shed(), 1);
    EXPECT_LT(store->shed(), 6);
    maintain();
    EXPECT_LT(store->bytes(), settings.most_bytes / 10 * 9);
    EXPECT_EQ(whole("sale"), 18U);
    EXPECT_EQ(whole("scan") + static_cast<std::size_t>(store->shed()), 20U);
}

TEST_F(LargeRowsTest, AgeAFewAtATime) {
    open_with(1 << 30);
    fill(std::vector<std::string>(20, "sale"));
    ASSERT_TRUE(store->confirm(receipt(20)));
    clock.advance(settings.keep + std::chrono::hours(1));
    ASSERT_TRUE(store->maintain());
    EXPECT_GT(store->live().first, 1U);
    EXPECT_LE(store->live().first, 7U);
    maintain();
    EXPECT_EQ(store->live().first, 21U);
}

TEST_F(LargeRowsTest, AMiddlingRowIsMovedSoThatPagesComeFree) {
    open_with(4 << 20);
    for (int i = 0; i < 350; ++i) {
        add(large("scan", 1'000));
        add(large("sale", 9'000));
    }
    const std::int64_t before = store->bytes();
    maintain();
    EXPECT_LT(store->bytes(), settings.most_bytes / 10 * 9) << "of " << before << ", shed " << store->shed();
    EXPECT_EQ(whole("sale"), 350U);
}

TEST_F(LargeRowsTest, WhatCentralRejectsIsCopiedInCommitsThatAreBounded) {
    open_with(1 << 30);
    fill(std::vector<std::string>(40, "sale"));
    EpochReceipt all = receipt(40);
    for (Sequence n = 1; n <= 40; ++n) all.rejected.push_back({n, "schema"});
    open();
    const auto taken = store->confirm(all);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_LT(std::filesystem::file_size(settings.path + "-wal"), 16U << 20);
    EXPECT_EQ(store->quarantined(), 40);
}

// [end-1] A central that rejects everything neither fills the disk with copies nor has anything deleted without one.
TEST_F(LargeRowsTest, WhatCentralRejectsAndQuarantineHasNoRoomForStaysAnEvent) {
    open_with(16 << 20);
    fill(std::vector<std::string>(20, "sale"));
    EpochReceipt all = receipt(20);
    for (Sequence n = 20; n >= 3; --n) all.rejected.push_back({n, "schema"});
    auto taken = store->confirm(all);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(taken->confirmed, 20U);
    ASSERT_TRUE(taken->kept);
    const Sequence first = *taken->kept;
    EXPECT_EQ(store->quarantined(), static_cast<std::int64_t>(first - 3));
    EXPECT_LT(store->quarantine_bytes(),
              settings.most_quarantined_bytes() + static_cast<std::int64_t>(bytes_of_row) + 4'096);
    clock.advance(settings.keep + std::chrono::hours(1));
    for (const bool restarted : {false, true}) {
        if (restarted) open();
        maintain();
        EXPECT_EQ(store->live().first, first) << "restarted: " << restarted;
        EXPECT_NE(line_at(first).find("tillpost.sale.v1"), std::string::npos);
    }
    std::int64_t held = 0;
    for (int round = 0; round < 10 && taken->kept; ++round) {
        const auto page = store->quarantine_page({QuarantineQuery::Sort::age, 0, 100});
        ASSERT_TRUE(page);
        for (const QuarantineRecord& each : page->records) {
            QuarantineDecision decision;
            decision.kind = QuarantineDecision::Kind::discard;
            decision.id = each.id;
            decision.reason = "test";
            ASSERT_TRUE(store->decide(decision));
            ++held;
        }
        taken = store->confirm(all);
        ASSERT_TRUE(taken) << taken.error().message;
    }
    EXPECT_FALSE(taken->kept);
    EXPECT_EQ(held + store->quarantined(), 18) << "each was there";
    maintain();
    EXPECT_EQ(store->live().first, 21U);
}

}  // namespace
}  // namespace tillpost
