// SPDX-License-Identifier: Apache-2.0
// [audit-1] When seals are made, and what they say.
#include <algorithm>
#include <functional>

#include "tests/unit/seal_fixture.hpp"

namespace tillpost::test {
namespace {

class FailingSigner final : public MessageSigner {
public:
    Result<std::string> sign(std::string_view) const override { return Error{Errc::io, "the key is gone"}; }
    const std::string& certificate() const override { return certificate_; }

private:
    std::string certificate_ = "none";
};

TEST_F(SealTest, EverySoManyEventsOneSealSaysWhatIsBehindTheLast) {
    sell(9);
    EXPECT_EQ(store->live().last, 11U);
    const Seal first = seal_at(6);
    EXPECT_EQ(first.first, 1U);
    EXPECT_EQ(first.last, 5U);
    EXPECT_EQ(first.head, chain_at(5));
    EXPECT_EQ(first.before, chain_at(0));
    EXPECT_EQ(first.cause, "count");
    EXPECT_EQ(first.totals, (TypeCounts{{"sale", 5}}));
    EXPECT_EQ(first.time, "2026-11-23T10:15:30.123Z");
    EXPECT_TRUE(first.synced);
    const Seal second = seal_at(11);
    EXPECT_EQ(std::pair(second.first, second.last), std::pair(Sequence{6}, Sequence{10}));
    EXPECT_EQ(second.before, chain_at(5));
    EXPECT_EQ(second.totals, (TypeCounts{{"sale", 4}, {"seal", 1}}));
    for (const Seal& seal : {first, second}) {
        EXPECT_TRUE(verify_message(seal.certificate, sealed_message(seal, source), seal.signature));
    }
}

TEST_F(SealTest, ATillClosingIsSealedBehindItsCommitAndOnRequestWhatIsNotSealed) {
    sell(2);
    EXPECT_EQ(store->seal_due(), "");
    add(draft_of("till_close", "{}"));
    EXPECT_EQ(store->seal_due(), "till_close");
    seal_if_due();
    EXPECT_EQ(seal_at(4).cause, "till_close");
    const auto again = store->seal("day_end");
    ASSERT_TRUE(again);
    EXPECT_FALSE(*again) << "a seal of a seal alone";
    sell(1);
    const auto day_end = store->seal("day_end");
    ASSERT_TRUE(day_end);
    EXPECT_TRUE(*day_end);
    EXPECT_EQ(seal_at(6).cause, "day_end");
}

TEST_F(SealTest, AfterAKillTheNextSealGoesOnWhereTheLastOneWas) {
    sell(8);
    open();
    sell(1);
    const Seal seal = seal_at(11);
    EXPECT_EQ(std::pair(seal.first, seal.last), std::pair(Sequence{6}, Sequence{10}));
    EXPECT_EQ(seal.totals, (TypeCounts{{"sale", 4}, {"seal", 1}}));
    EXPECT_EQ(seal.before, chain_at(5));
}

TEST_F(SealTest, AStartKnowsSinceWhenNothingIsSealed) {
    EXPECT_FALSE(store->unsealed_since()) << "of nothing";
    const WallTime first = clock.now().wall;
    sell(2);
    clock.advance(Millis(60'000));
    sell(1);
    open();
    EXPECT_EQ(store->unsealed_since(), first) << "the oldest event that has none";
    clock.advance(Millis(60'000));
    ASSERT_TRUE(store->seal("day_end"));
    const WallTime sealed = clock.now().wall;
    clock.advance(Millis(60'000));
    sell(1);
    open();
    EXPECT_EQ(store->unsealed_since(), sealed) << "the seal";
}

TEST_F(SealTest, AKeyThatDoesNotSignHoldsNothingBackAndIsTriedAgain) {
    auto good = settings.signer;
    settings.signer = std::make_shared<FailingSigner>();
    open();
    sell(7);
    EXPECT_EQ(store->live().last, 7U);
    EXPECT_EQ(store->sealing(), "the key is gone");
    EXPECT_EQ(store->seal_due(), "count");
    settings.signer = good;
    open();
    sell(1);
    EXPECT_EQ(store->sealing(), "ok");
    EXPECT_EQ(seal_at(9).count(), 8U);
}

TEST_F(SealTest, WhereNoSealIsNearTheNextOneBeginsAtTheBound) {
    settings.signer = nullptr;
    open();
    std::vector<Draft> drafts;
    for (int i = 0; i < 5'000; ++i) drafts.push_back(draft_of("scan", "{}"));
    ASSERT_TRUE(store->append(drafts));
    settings.signer = make_signer(dir, "till");
    open();
    ASSERT_TRUE(store->seal("day_end"));
    const Seal seal = seal_at(5'001);
    EXPECT_EQ(seal.last, 5'000U);
    EXPECT_EQ(seal.count(), 4'096U + 5U);
    EXPECT_EQ(seal.before, chain_at(seal.first - 1));
}

TEST_F(SealTest, AClosedEpochsLastSealStandsInTheNewOne) {
    sell(3);
    const Epoch former = store->live().epoch;
    const Digest head = store->live().head;
    EpochReceipt receipt = this->receipt(2);
    receipt.fork = 3;
    const auto outcome = store->confirm(receipt);
    ASSERT_TRUE(outcome);
    ASSERT_TRUE(outcome->forked);
    const Seal seal = seal_at(2);
    EXPECT_EQ(seal.epoch, former);
    EXPECT_EQ(seal.cause, "fork");
    EXPECT_EQ(std::pair(seal.first, seal.last), std::pair(Sequence{1}, Sequence{3}));
    EXPECT_EQ(seal.head, head);
    reissue();
    open();
    ASSERT_TRUE(store->seal("stop"));
    const Seal own = seal_at(store->live().last);
    EXPECT_EQ(own.epoch, store->live().epoch);
    EXPECT_EQ(own.first, 1U) << "the former epoch's seal is not one of this epoch";
    EXPECT_EQ(own.ordinal, 2U);
}

TEST_F(SealTest, ALostEventIsVouchedForInTheSameCommit) {
    sell(3);
    const Digest before = chain_at(1);
    const Digest after = chain_at(2);
    tamper("UPDATE event SET body = x'00', digest = zeroblob(32) WHERE position & 17592186044415 = 2");
    open();
    const Seal seal = seal_at(store->live().last);
    EXPECT_EQ(seal.cause, "damage");
    ASSERT_EQ(seal.anchors.size(), 1U);
    EXPECT_EQ(seal.anchors[0].sequence, 2U);
    EXPECT_EQ(seal.anchors[0].before, before);
    EXPECT_EQ(seal.anchors[0].after, after);
}

struct ClockCase {
    const char* name;
    Millis wall;    ///< The clock is set by so much …
    Millis passed;  ///< … and so much time passes, as with a suspended machine.
    bool was_synced;
    bool is_synced;
    bool told;
};

class ClockStepTest : public SealTest, public ::testing::WithParamInterface<ClockCase> {};

TEST_P(ClockStepTest, IsToldBeforeTheEventWhoseTimeItExplains) {
    const ClockCase& step = GetParam();
    clock.set_synced(step.was_synced);
    sell(1);
    clock.advance(step.passed);
    clock.set_wall(clock.now().wall + step.wall);
    clock.set_synced(step.is_synced);
    sell(1);
    ASSERT_EQ(store->live().last, step.told ? 3U : 2U);
    if (!step.told) return;
    EXPECT_EQ(type_at(2), "clock_step");
    const std::string data = data_at(2);
    EXPECT_EQ(number_in(data, "step_ms"), step.wall.count());
    EXPECT_EQ(number_in(data, "offset_after_ms") - number_in(data, "offset_before_ms"), step.wall.count());
    EXPECT_NE(data.find(step.is_synced ? R"("clock_after":"synced")" : R"("clock_after":"unsynced")"),
              std::string::npos);
    EXPECT_EQ(type_at(3), "sale");
}

INSTANTIATE_TEST_SUITE_P(
    All, ClockStepTest,
    ::testing::Values(ClockCase{"forward", Millis(3'600'000), Millis(10), true, true, true},
                      ClockCase{"back", Millis(-86'400'000), Millis(10), true, true, true},
                      ClockCase{"just_over_the_limit", Millis(2'001), Millis(10), true, true, true},
                      ClockCase{"at_the_limit", Millis(2'000), Millis(10), true, true, false},
                      ClockCase{"little_back", Millis(-1'999), Millis(10), true, true, false},
                      ClockCase{"suspended_for_a_night", Millis(0), Millis(40'000'000), true, true, false},
                      ClockCase{"becomes_synced", Millis(500), Millis(10), false, true, true},
                      ClockCase{"loses_its_source", Millis(0), Millis(10), true, false, false},
                      ClockCase{"set_while_unsynced", Millis(9'000), Millis(10), false, false, true}),
    [](const auto& which) { return std::string(which.param.name); });

TEST_F(SealTest, AStepAcrossARestartIsToldWithinABootAndNotAcrossBoots) {
    sell(1);
    clock.set_wall(clock.now().wall + Millis(60'000));
    open();
    sell(1);
    EXPECT_EQ(type_at(2), "clock_step");
    clock.reboot("ffffffffffffffffffffffffffffffff", Millis(5'000));
    clock.set_wall(clock.now().wall - Millis(900'000'000));
    open();
    sell(1);
    EXPECT_EQ(store->live().last, 4U);
    EXPECT_EQ(type_at(4), "sale");
}

// A seal that says "synced" first would leave the unsynchronised stretch behind it without an end.
TEST_F(SealTest, ASealComesBehindTheStepOfItsClock) {
    clock.set_synced(false);
    sell(1);
    clock.set_synced(true);
    ASSERT_TRUE(store->seal("stop"));
    open();
    sell(1);
    ASSERT_EQ(store->live().last, 4U);
    EXPECT_EQ(type_at(1) + type_at(2) + type_at(3) + type_at(4), "saleclock_stepsealsale");
    EXPECT_EQ(std::pair(seal_at(3).first, seal_at(3).last), std::pair(Sequence{1}, Sequence{2}));
    EXPECT_NE(data_at(2).find(R"("clock_before":"unsynced","clock_after":"synced")"), std::string::npos) << data_at(2);
}

TEST_F(SealTest, SoDoesWhatTheAgentSaysOfItself) {
    const auto erase = [this] { return store->erase(1, 1, {}).has_value(); };
    const auto withhold = [this] { return store->withhold(2, "larger_than_packet").has_value(); };
    const auto restart = [this] {
        tamper("UPDATE event SET state = 2, reason = 'unreadable', body = NULL WHERE position & 17592186044415 = 3");
        open();
        return true;
    };
    sell(4);
    for (const std::function<bool()>& work : {std::function<bool()>(erase), {withhold}, {restart}}) {
        const Sequence before = store->live().last;
        clock.set_wall(clock.now().wall + Millis(60'000));
        ASSERT_TRUE(work());
        ASSERT_GT(store->live().last, before + 1);
        EXPECT_EQ(type_at(before + 1), "clock_step");
        EXPECT_NE(type_at(before + 2), "clock_step");
    }
}

TEST_F(SealTest, AStartSealsWhatTellsOfContentThatIsGone) {  // [audit-1]
    sell(6);
    ASSERT_TRUE(store->erase(1, 3, {}));
    EXPECT_EQ(store->seal_due(), "");
    open();
    EXPECT_EQ(store->seal_due(), "loss");
    seal_if_due();
    EXPECT_EQ(seal_at(store->live().last).cause, "loss");
    open();
    EXPECT_EQ(store->seal_due(), "") << "once";
}

TEST_F(SealTest, AClockThatIsSetWhileNothingHappensIsToldAtOnce) {
    sell(1);
    ASSERT_TRUE(store->check_clock());
    EXPECT_EQ(store->live().last, 1U);
    clock.set_wall(clock.now().wall + Millis(60'000));
    ASSERT_TRUE(store->check_clock());
    EXPECT_EQ(type_at(2), "clock_step");
    ASSERT_TRUE(store->check_clock());
    EXPECT_EQ(store->live().last, 2U) << "once";
}

}  // namespace
}  // namespace tillpost::test
