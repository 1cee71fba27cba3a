// SPDX-License-Identifier: Apache-2.0
// [audit-1] Content that is not here is told of by a sealed event, or named.
#include "agent/audit/tombstones.hpp"
#include "tests/unit/audit_fixture.hpp"

namespace tillpost::test {
namespace {

constexpr Epoch old_epoch = 0xe1;
constexpr Epoch young_epoch = 0xe2;

/// "3 untold, 7 unsealed, "; places up to `sealed` are covered by a seal.
std::string findings(Tombstones& stones, Sequence sealed = 100) {
    const char* const names[] = {"told", "untold", "unsealed", "unreadable"};
    std::string text;
    stones.settle([sealed](Tombstones::Place at) { return at.sequence <= sealed; },
                  [&](const Tombstones::Finding& each) {
                      text += std::to_string(each.at.sequence) + " " + names[static_cast<int>(each.standing)] + ", ";
                  });
    return text;
}

TEST(TombstonesTest, AreToldOfByNumberAndReason) {
    Tombstones stones;
    for (const Sequence each : {3U, 4U, 5U, 9U, 12U}) EXPECT_TRUE(stones.add({0, each}, old_epoch, "shed"));
    EXPECT_TRUE(stones.add({0, 13}, old_epoch, "erased"));
    EXPECT_TRUE(stones.tell({0, 20}, old_epoch, {3, 4}, "shed"));
    EXPECT_TRUE(stones.tell({0, 21}, old_epoch, {4, 5}, "shed"));
    EXPECT_TRUE(stones.tell({0, 22}, young_epoch, {9, 9}, "shed"));
    EXPECT_TRUE(stones.tell({0, 23}, old_epoch, {10, 13}, "shed"));
    EXPECT_EQ(findings(stones), "9 untold, 13 untold, ");
}

TEST(TombstonesTest, WhatTellsBehindTheLastSealDoesNotCountForWhatIsSealed) {
    Tombstones stones;
    stones.add({0, 3}, old_epoch, "shed");
    stones.add({0, 11}, old_epoch, "shed");
    stones.add({0, 12}, old_epoch, "shed");
    stones.tell({0, 14}, old_epoch, {3, 3}, "shed");
    stones.tell({0, 15}, old_epoch, {11, 11}, "shed");
    EXPECT_EQ(findings(stones, 10), "3 unsealed, 12 untold, ");
}

TEST(TombstonesTest, CopiesAreToldOfUnderTheirFormerNumbers) {
    Tombstones stones;
    // 3..6 of the first epoch stand behind 4 of the second, whose 2..6 stand behind 10 of the third.
    stones.note_moved(young_epoch, 4, old_epoch, {3, 6});
    stones.note_moved(0xe3, 10, young_epoch, {2, 6});
    stones.note_moved(0xe3, 13, old_epoch, {3, 6});  // the copy of the marker 4
    stones.add({1, 6}, young_epoch, "shed");         // 4 of the first
    stones.add({2, 14}, 0xe3, "shed");               // 3 of the first
    stones.add({2, 15}, 0xe3, "shed");               // 4 of the first
    stones.add({2, 16}, 0xe3, "shed");               // none
    stones.tell({1, 30}, old_epoch, {4, 4}, "shed");
    EXPECT_EQ(findings(stones), "14 untold, 16 untold, ");
}

TEST(TombstonesTest, WhatMayHaveToldOfThemMayBeLost) {
    Tombstones stones;
    stones.add({0, 3}, old_epoch, "shed");
    stones.add({0, 9}, old_epoch, "shed");
    stones.note_unreadable(old_epoch, 7);
    stones.note_unreadable(old_epoch, 5);
    EXPECT_EQ(findings(stones), "3 unreadable, 9 untold, ");
}

TEST(TombstonesTest, AreBounded) {
    Tombstones stones;
    for (Sequence i = 1; i <= Tombstones::most_followed; ++i) ASSERT_TRUE(stones.add({0, 2 * i}, old_epoch, "shed"));
    EXPECT_FALSE(stones.add({0, 4 * Tombstones::most_followed}, old_epoch, "shed"));
    Tombstones reasons;
    for (Sequence i = 1; i < 300; ++i) {
        reasons.add({0, i}, old_epoch, "r" + std::to_string(i));
        reasons.tell({0, 400}, old_epoch, {i, i}, "r" + std::to_string(i));
    }
    EXPECT_TRUE(findings(reasons, 1'000).starts_with("256 untold, 257 untold, "));
}

TEST_F(AuditTest, WhatTheAgentTakesOutIsProvenBehindTheNextSeal) {
    ASSERT_TRUE(store->withhold(2, "larger_than_packet"));
    const AuditReport open_end = audit_journal();
    EXPECT_EQ(open_end.verdict(), AuditReport::Verdict::not_checked) << first_of(open_end);
    EXPECT_EQ(open_end.tombstones_unproven, 1U);
    EXPECT_NE(audit_table(open_end).find("behind the last seal"), std::string::npos) << audit_table(open_end);
    open();
    ASSERT_TRUE(store->erase(1, 3));
    ASSERT_TRUE(store->withhold(16, "larger_than_packet"));
    ASSERT_TRUE(store->seal("stop"));
    deliver();
    const AuditReport sealed = audit_journal();
    EXPECT_EQ(sealed.verdict(), AuditReport::Verdict::proven) << first_of(sealed) << audit_table(sealed);
    EXPECT_EQ(sealed.tombstones, 4U);
    EXPECT_EQ(audit_central().verdict(), AuditReport::Verdict::proven) << first_of(audit_central());
}

TEST_F(AuditTest, WhatProvesOthersIsNotErased) {
    for (const Sequence seal : {6U, 11U, 15U}) {
        const auto done = store->erase(1, seal);
        ASSERT_FALSE(done) << seal;
        EXPECT_NE(done.error().message.find("proves its others"), std::string::npos) << done.error().message;
    }
    ASSERT_TRUE(store->erase(1, 10)) << "the record's bytes, and not the event that tells of 8";
    EXPECT_EQ(type_at(10), "quarantined");
    ASSERT_TRUE(store->seal("stop"));
    EXPECT_EQ(audit_journal().verdict(), AuditReport::Verdict::proven);
}

}  // namespace
}  // namespace tillpost::test
