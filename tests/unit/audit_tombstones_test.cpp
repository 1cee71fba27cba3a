// SPDX-License-Identifier: Apache-2.0
// [audit-1] Content that is not here is told of by a sealed event, or named.
#include "agent/wire/tombstones.hpp"

#include <algorithm>

#include "tests/unit/audit_fixture.hpp"

namespace tillpost::test {
namespace {

constexpr Epoch old_epoch = 0xe1;
constexpr Epoch young_epoch = 0xe2;

void move(Tombstones& stones, FormerNumbers::Place event, Epoch former, Range range) {
    const std::string data = "{\"epoch\":\"" + to_hex(former) + "\",\"from\":" + std::to_string(range.from) +
                             ",\"to\":" + std::to_string(range.to) + "}";
    EXPECT_TRUE(stones.take({0, event.second}, event.first, "reissued", data));
}

/// "3 untold, 7 unsealed, ": what is told of is left out; places up to `sealed` are covered by a seal.
std::string findings(Tombstones& stones, Sequence sealed = 100) {
    const char* const names[] = {"told", "disowned", "untold", "unsealed", "unreadable"};
    std::string text;
    stones.settle([sealed](Tombstones::Place at) { return at.sequence <= sealed; },
                  [&](const Tombstones::Finding& each) {
                      if (each.standing == Tombstones::Standing::told) return;
                      const std::string last = each.last == each.at.sequence ? "" : "-" + std::to_string(each.last);
                      text +=
                          std::to_string(each.at.sequence) + last + " " + names[static_cast<int>(each.standing)] + ", ";
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
    move(stones, {young_epoch, 4}, old_epoch, {3, 6});
    move(stones, {0xe3, 10}, young_epoch, {2, 6});
    move(stones, {0xe3, 13}, old_epoch, {3, 6});  // the copy of the marker 4
    stones.add({1, 6}, young_epoch, "shed");      // 4 of the first
    stones.add({2, 14}, 0xe3, "shed");            // 3 of the first
    stones.add({2, 15}, 0xe3, "shed");            // 4 of the first
    stones.add({2, 16}, 0xe3, "shed");            // none
    stones.tell({1, 30}, old_epoch, {4, 4}, "shed");
    EXPECT_EQ(findings(stones), "14 untold, 16 untold, ");
}

TEST(TombstonesTest, CopiesOfCopiesAreToldOfByTheLastEpochAlone) {
    Tombstones stones;
    // 5..6 of the first stood behind 3 of the second: before and behind the end of a run of the third.
    move(stones, {0xe3, 1}, young_epoch, {1, 4});
    move(stones, {0xe3, 4}, old_epoch, {5, 6});
    move(stones, {0xe3, 6}, young_epoch, {5, 8});
    for (const Sequence each : {5U, 7U, 8U}) stones.add({2, each}, 0xe3, "shed");
    stones.tell({1, 30}, old_epoch, {5, 6}, "shed");
    EXPECT_EQ(findings(stones), "8 untold, ");
}

TEST(TombstonesTest, WhatIsToldOfOneNumberHoldsForAllOfTheEvent) {
    Tombstones stones;
    // 3..6 of the first epoch stand behind 4 of the second and, as that one was a fork, behind 1 of the third.
    move(stones, {young_epoch, 4}, old_epoch, {3, 6});
    move(stones, {0xe3, 1}, old_epoch, {2, 6});
    for (const Sequence each : {3U, 4U, 5U}) stones.add({0, each}, old_epoch, "erased");
    stones.add({1, 5}, young_epoch, "erased");  // 3 of the first
    stones.add({2, 3}, 0xe3, "erased");         // 3 of the first
    stones.add({2, 2}, 0xe3, "erased");         // 2 of the first
    stones.tell({1, 30}, young_epoch, {5, 5}, "erased");
    stones.tell({2, 30}, 0xe3, {5, 5}, "erased");  // 5 of the first
    stones.tell({1, 31}, young_epoch, {6, 6}, "shed");
    EXPECT_EQ(findings(stones), "4 untold, 2 untold, ");
}

TEST(TombstonesTest, WhatMayHaveToldOfThemMayBeLost) {
    Tombstones stones;
    stones.add({0, 3}, old_epoch, "shed");
    stones.add({0, 9}, old_epoch, "shed");
    stones.note_unreadable(old_epoch, 7);
    stones.note_unreadable(old_epoch, 5);
    EXPECT_EQ(findings(stones), "3 unreadable, 9 untold, ");
}

TEST(TombstonesTest, WhatNobodyTellsOfExcusesNothing) {
    Tombstones stones;
    for (const Sequence each : {3U, 4U, 5U, 9U}) stones.add({0, each}, old_epoch, "unreadable", true);
    stones.add({0, 7}, old_epoch, "damaged_on_disk");
    stones.add({0, 12}, old_epoch, "damaged_on_disk", true);
    EXPECT_EQ(findings(stones), "3-5 untold, 9 untold, 7 untold, 12 untold, ");
    Tombstones told;
    for (const Sequence each : {3U, 4U, 5U, 9U}) told.add({0, each}, old_epoch, "damaged_on_disk", true);
    told.tell({0, 10}, old_epoch, {5, 5}, "damaged_on_disk");
    EXPECT_EQ(findings(told), "3-4 unreadable, 9 untold, ");
}

TEST(TombstonesTest, WhatTheAgentFoundLostIsDisownedWhateverItsReasonSays) {
    Tombstones stones;
    stones.add({0, 3}, old_epoch, "unreadable", true);
    stones.add({0, 4}, old_epoch, "unexplained", true);
    stones.tell({0, 9}, old_epoch, {3, 4}, "unexplained");
    EXPECT_EQ(findings(stones, 5), "3 disowned, 4 disowned, ");
    Tombstones sealed;
    sealed.add({0, 4}, old_epoch, "unexplained", true);
    sealed.tell({0, 9}, old_epoch, {4, 4}, "unexplained");
    EXPECT_EQ(findings(sealed), "4 disowned, ");
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
    EXPECT_TRUE(findings(reasons, 1'000).starts_with("254-299 untold, "));
}

TEST_F(AuditTest, WhatTheAgentTakesOutIsProvenBehindTheNextSeal) {
    ASSERT_TRUE(store->withhold(2, "larger_than_packet"));
    const AuditReport open_end = audit_journal();
    EXPECT_EQ(open_end.verdict(), AuditReport::Verdict::not_checked) << first_of(open_end);
    EXPECT_EQ(open_end.tombstones_unproven, 1U);
    EXPECT_NE(audit_table(open_end).find("behind the last seal"), std::string::npos) << audit_table(open_end);
    open();
    ASSERT_TRUE(store->erase(1, 3, {}));
    ASSERT_TRUE(store->withhold(16, "larger_than_packet"));
    ASSERT_TRUE(store->seal("stop"));
    deliver();
    const AuditReport sealed = audit_journal();
    EXPECT_EQ(sealed.verdict(), AuditReport::Verdict::proven) << first_of(sealed) << audit_table(sealed);
    EXPECT_EQ(sealed.tombstones, 4U);
    EXPECT_EQ(audit_central().verdict(), AuditReport::Verdict::proven) << first_of(audit_central());
}

TEST_F(AuditTest, WhatTheAgentErasedIsNoTamperingAtCentral) {
    deliver();
    EpochReceipt receipt = this->receipt(2);
    receipt.fork = 3;
    ASSERT_TRUE(store->confirm(receipt));
    reissue();
    ASSERT_EQ(type_at(4), "sale");
    ASSERT_TRUE(store->erase(store->live().ordinal, 4, {})) << "central has it under its former number, too";
    ASSERT_TRUE(store->seal("stop"));
    deliver();
    const AuditReport erased = audit_central();
    EXPECT_EQ(erased.verdict(), AuditReport::Verdict::proven) << first_of(erased) << audit_table(erased);
    EXPECT_EQ(erased.tombstones, 4U) << "two events, each twice";
    tamper_central(
        "UPDATE event SET kind = 1, effect = 0, type = NULL, time = NULL, quality = NULL, body = NULL, "
        "reason = 'erased' WHERE position = (1 << 44 | 5)");
    const std::string first = first_of(audit_central());
    EXPECT_NE(first.find(event_id(epoch, 5) + " is without content (\"erased\")"), std::string::npos) << first;
}

TEST_F(AuditTest, AJournalThatKnowsLessThanItsWitnessIsNamed) {
    expected.clear();
    EXPECT_EQ(audit_journal().verdict(), AuditReport::Verdict::proven);
    tamper(
        "DELETE FROM event WHERE position & 17592186044415 > 15; DELETE FROM business_key; DELETE FROM quarantine "
        "WHERE position & 17592186044415 > 15");
    const std::string first = first_of(audit_journal());
    EXPECT_NE(first.find(event_id(epoch, 16) + " to " + event_id(epoch, 16) + " are missing at the end"),
              std::string::npos)
        << first;
    EXPECT_NE(first.find("the journal's witness has seen them"), std::string::npos) << first;
    tamper("UPDATE epoch SET epoch = x'00000000000000e9'");
    const AuditReport other = audit_journal();
    EXPECT_TRUE(std::any_of(other.faults.begin(), other.faults.end(), [](const auto& each) {
        return each.what.find("it does not know that epoch, but 16 events") != std::string::npos;
    })) << audit_table(other);
}

TEST_F(AuditTest, WhatProvesOthersIsNotErased) {
    for (const Sequence seal : {6U, 11U, 15U}) {
        const auto done = store->erase(1, seal, {});
        ASSERT_FALSE(done) << seal;
        EXPECT_NE(done.error().message.find("proves its others"), std::string::npos) << done.error().message;
    }
    ASSERT_TRUE(store->erase(1, 10, {})) << "the record's bytes, and not the event that tells of 8";
    EXPECT_EQ(type_at(10), "quarantined");
    ASSERT_TRUE(store->seal("stop"));
    EXPECT_EQ(audit_journal().verdict(), AuditReport::Verdict::proven);
}

}  // namespace
}  // namespace tillpost::test
