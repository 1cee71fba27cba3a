// SPDX-License-Identifier: Apache-2.0
// [fork-1] One epoch is live; what a closed one owes is reissued into it.
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

std::string body_of(const std::string& line) { return line.substr(line_prefix_size); }

class StoreEpochsTest : public StoreTest {
protected:
    /// A receipt for the live epoch from a receiver that knows more of it than we.
    EpochReceipt ahead() {
        EpochReceipt other = receipt(store->live().last);
        other.upto += 7;
        other.hash[0] ^= 1;
        return other;
    }
    /// Closes the live epoch and moves what it owes.
    void fork() {
        const auto outcome = store->confirm(ahead());
        ASSERT_TRUE(outcome) << outcome.error().message;
        EXPECT_TRUE(outcome->forked);
        EXPECT_TRUE(outcome->alarm);
        reissue();
    }
};

struct Cause {
    const char* name;
    EpochReceipt (*from)(EpochReceipt fitting);
};

class ForkCauseTest : public StoreEpochsTest, public ::testing::WithParamInterface<Cause> {};

TEST_P(ForkCauseTest, ClosesTheEpochAndOpensTheNext) {
    add_many(9);
    ASSERT_TRUE(store->confirm(receipt(4)));
    const EpochSummary before = store->live();
    const auto outcome = store->confirm(GetParam().from(receipt(9)));
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->forked);
    EXPECT_NE(store->live().epoch, before.epoch);
    EXPECT_EQ(store->live().ordinal, before.ordinal + 1);
    EXPECT_EQ(outcome->confirmed, 0U) << "of the new epoch";
}

INSTANTIATE_TEST_SUITE_P(Receipts, ForkCauseTest,
                         ::testing::Values(Cause{"ahead_of_our_last_event",
                                                 [](EpochReceipt receipt) {
                                                     receipt.upto = 12;
                                                     return receipt;
                                                 }},
                                           Cause{"another_hash",
                                                 [](EpochReceipt receipt) {
                                                     receipt.hash[5] ^= 1;
                                                     return receipt;
                                                 }},
                                           Cause{"central_says_fork",
                                                 [](EpochReceipt receipt) {
                                                     receipt.fork = 6;
                                                     return receipt;
                                                 }}),
                         [](const auto& which) { return std::string(which.param.name); });

// Confirmed ones, too: the receiver may have taken another life's event under their numbers.
TEST_F(StoreEpochsTest, AllThatIsHeldFollowsWithTheSameBytes) {
    add_many(400);
    ASSERT_TRUE(store->confirm(receipt(57)));
    std::vector<std::string> owed;
    for (Sequence n = 1; n <= 400; ++n) owed.push_back(body_of(line_at(n)));
    fork();
    const std::vector<std::string> lines = all_lines();
    EXPECT_NE(lines[0].find(R"("from":1,"to":0,"count":0,"cause":"fork")"), std::string::npos) << lines[0];
    std::vector<std::string> moved;
    for (std::size_t i = 1; i < lines.size();) {
        const auto count = number_in(lines[i], "count");
        ASSERT_GT(count, 0) << lines[i];
        EXPECT_EQ(number_in(lines[i], "from"), 1 + static_cast<long long>(moved.size()));
        for (long long k = 1; k <= count; ++k) moved.push_back(body_of(lines.at(i + static_cast<std::size_t>(k))));
        i += static_cast<std::size_t>(count) + 1;
    }
    EXPECT_EQ(moved, owed);
}

TEST_F(StoreEpochsTest, AReceiverThatNeverFitsDoesNotMakeItForkAgainAndAgain) {
    add_many(5);
    fork();
    const Epoch second = store->live().epoch;
    const auto again = store->confirm(ahead());
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->forked);
    EXPECT_TRUE(again->alarm);
    EXPECT_EQ(store->live().epoch, second);
    clock.advance(std::chrono::minutes(11));
    EXPECT_TRUE(store->confirm(ahead())->forked);
}

TEST_F(StoreEpochsTest, AReissueThatWasInterruptedGoesOnAfterReopening) {
    add_many(700);
    const auto outcome = store->confirm(ahead());
    ASSERT_TRUE(outcome && outcome->forked);
    ASSERT_TRUE(*store->reissue());
    const Sequence after_one_slice = store->live().last;
    open();
    EXPECT_EQ(store->live().last, after_one_slice);
    add(draft("", R"({"while":"reissuing"})"));
    reissue();
    std::size_t events = 0;
    for (const std::string& line : all_lines()) events += line.find("\"n\":") != std::string::npos ? 1 : 0;
    EXPECT_EQ(events, 700U);
    EXPECT_FALSE(*store->reissue());
}

TEST_F(StoreEpochsTest, GivesTheFirstReceiptOfTheFormerEpochForARepeat) {
    const Recorded first = add(draft("k", "{}"));
    fork();
    open();
    const Recorded again = add(draft("k", "{}"));
    EXPECT_TRUE(again.repeat);
    EXPECT_EQ(again.epoch, first.epoch);
    EXPECT_EQ(again.sequence, first.sequence);
    const Recorded other = add(draft("k", R"({"other":1})"));
    EXPECT_TRUE(other.conflict);
    EXPECT_NE(line_at(other.sequence).find(event_id(first.epoch, first.sequence)), std::string::npos);
}

TEST_F(StoreEpochsTest, RemembersKeysOverEpochsByTheirNumber) {
    settings.remembered_keys = 100;
    open();
    for (int i = 0; i < 80; ++i) add(draft("a" + std::to_string(i), "{}"));
    ASSERT_TRUE(store->confirm(receipt(80)));
    fork();
    for (int i = 0; i < 49; ++i) add(draft("b" + std::to_string(i), "{}"));
    maintain();
    EXPECT_TRUE(add(draft("a79", "{}")).repeat);
    EXPECT_TRUE(add(draft("a30", "{}")).repeat);
    EXPECT_FALSE(add(draft("a20", "{}")).repeat);
}

TEST_F(StoreEpochsTest, AReceiptForAClosedEpochFreesNothing) {
    add_many(9);
    ASSERT_TRUE(store->confirm(receipt(4)));
    EpochReceipt old = receipt(9);
    EpochReceipt wrong = receipt(4);
    wrong.hash[0] ^= 1;
    fork();
    const EpochSummary live = store->live();
    EXPECT_FALSE(store->confirm(old)->alarm);
    EXPECT_FALSE(store->confirm(wrong)->forked);
    EXPECT_EQ(store->live().epoch, live.epoch) << "once per cause";
    EXPECT_EQ(store->live().confirmed, live.confirmed);
}

// [end-1]
TEST_F(StoreEpochsTest, TellsWhatIsGoneOnceWhileTheEventThatSaysSoIsHeld) {
    add_many(10);
    const Digest start = chain_at(0);
    const Digest after = chain_at(10);
    ASSERT_TRUE(store->confirm(receipt(10)));
    clock.advance(settings.keep + std::chrono::seconds(1));
    maintain();
    ASSERT_EQ(store->live().first, 11U);
    EpochReceipt nothing;
    nothing.epoch = store->live().epoch;
    nothing.hash = start;
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(store->confirm(nothing));
    EXPECT_EQ(store->live().last, 11U);
    const std::string gone = line_at(11);
    EXPECT_NE(gone.find(R"("from":1,"to":10,"before":")" + to_hex(start) + R"(","after":")" + to_hex(after)),
              std::string::npos)
        << gone;
    // As two receivers do that answer in turn: it goes to each of them in its turn.
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(store->confirm(receipt(11)));
        ASSERT_TRUE(store->confirm(nothing));
    }
    EXPECT_EQ(store->live().last, 11U);
    ASSERT_TRUE(store->confirm(receipt(11)));
    clock.advance(settings.keep + std::chrono::seconds(1));
    maintain();
    ASSERT_EQ(store->live().first, 12U);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(store->confirm(nothing));
    EXPECT_EQ(store->live().last, 12U) << "it is deleted, too";
    EXPECT_NE(line_at(12).find(R"("from":1,"to":11,)"), std::string::npos) << line_at(12);
}

// [end-1] A receiver that has more than another lacks less: the larger range is said for the other.
TEST_F(StoreEpochsTest, TellsALargerRangeThatIsGoneThanTheOneThatWasTold) {
    add_many(10);
    const Digest start = chain_at(0);
    ASSERT_TRUE(store->confirm(receipt(10)));
    const EpochReceipt some = receipt(4);
    clock.advance(settings.keep + std::chrono::seconds(1));
    maintain();
    ASSERT_TRUE(store->confirm(some));
    EXPECT_NE(line_at(11).find(R"("from":5,"to":10,)"), std::string::npos) << line_at(11);
    EpochReceipt nothing;
    nothing.epoch = store->live().epoch;
    nothing.hash = start;
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(store->confirm(nothing));
        ASSERT_TRUE(store->confirm(some));
    }
    EXPECT_EQ(store->live().last, 12U);
    EXPECT_NE(line_at(12).find(R"("from":1,"to":10,)"), std::string::npos) << line_at(12);
}

// [end-1] Below its own mark a receiver may ask for single events: no hash before them is left but the first.
TEST_F(StoreEpochsTest, TellsWhatIsGoneOfWhatAReceiverAsksForBelowItsMark) {
    add_many(10);
    const Digest start = chain_at(0);
    const Digest after = chain_at(10);
    ASSERT_TRUE(store->confirm(receipt(10)));
    clock.advance(settings.keep + std::chrono::seconds(1));
    maintain();
    add_many(2);
    EpochReceipt asking = receipt(12);
    asking.need = {{11, 12}, {9, 8}};
    ASSERT_TRUE(store->confirm(asking));
    EXPECT_EQ(store->live().last, 12U) << "held: it is sent again";
    asking.need = {{3, 11}};
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(store->confirm(asking));
    EXPECT_EQ(store->live().last, 13U) << "once";
    EXPECT_EQ(store->live().confirmed, 12U);
    const std::string gone = line_at(13);
    EXPECT_NE(gone.find(R"("from":1,"to":10,"before":")" + to_hex(start) + R"(","after":")" + to_hex(after)),
              std::string::npos)
        << gone;
}

TEST_F(StoreEpochsTest, ARejectedEventGoesToQuarantineOnceAndAnEventNamesIt) {
    add_many(5);
    EpochReceipt rejecting = receipt(5);
    rejecting.rejected = {{2, "schema"}, {99, "schema"}};
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(store->confirm(rejecting));
    const std::vector<OwnRecorded> own = store->take_own();
    ASSERT_EQ(own.size(), 1U);
    EXPECT_EQ(own[0].epoch, store->live().epoch);
    EXPECT_EQ(own[0].sequence, 6U);
    EXPECT_EQ(own[0].type + " " + own[0].rule, "quarantined rejected_by_central");
    EXPECT_TRUE(store->take_own().empty()) << "told once";
    EXPECT_EQ(store->live().confirmed, 5U) << "`upto` passes it";
    EXPECT_EQ(store->live().last, 6U);
    EXPECT_EQ(store->quarantined(), 1);
    const std::string named = line_at(6);
    EXPECT_NE(named.find("tillpost.quarantined.v1"), std::string::npos);
    EXPECT_NE(named.find("rejected_by_central"), std::string::npos);
    EXPECT_NE(named.find(event_id(store->live().epoch, 2)), std::string::npos);
    all_lines();
}

// [privacy-1] What central says why is a text of another party.
TEST_F(StoreEpochsTest, TheReasonOfARejectionIsRedactedPrintableAndBounded) {
    const std::string words = "too many words to be a reason, which a reason of central's own never has in it";
    const std::vector<std::pair<std::string, std::string>> table{
        {"schema", "schema"},
        {"schema 4111111111111111", "schema ************1111"},
        {"4111 1111 1111 1111: cvv=123", "************1111: cvv=***"},
        {"a\nb\x1b[31m\xc3\xa4", "a?b?[31m??"},
        {words + " 4111111111111111", (words + " ************1111").substr(0, 80)},
        {"", ""},
    };
    add_many(static_cast<int>(table.size()));
    EpochReceipt rejecting = receipt(table.size());
    for (std::size_t i = 0; i < table.size(); ++i) rejecting.rejected.push_back({i + 1, table[i].first});
    ASSERT_TRUE(store->confirm(rejecting));
    for (std::size_t i = 0; i < table.size(); ++i) {
        const std::string named = line_at(table.size() + i + 1);
        EXPECT_NE(named.find(R"("detail":")" + table[i].second + R"(",)"), std::string::npos) << named;
    }
}

TEST_F(StoreEpochsTest, AWithheldEventTravelsAsATombstoneAndItsContentIsKept) {
    add_many(3);
    const std::string body = body_of(line_at(2));
    const Digest digest = parse_line(sha, line_at(2))->digest;
    ASSERT_TRUE(store->withhold(2, "larger_than_packet"));
    ASSERT_TRUE(store->withhold(2, "larger_than_packet")) << "once";
    const std::string text = line_at(2);
    const auto line = parse_line(sha, text);
    EXPECT_EQ(line->kind, Line::Kind::withheld);
    EXPECT_EQ(line->reason, "larger_than_packet");
    EXPECT_EQ(line->digest, digest);
    EXPECT_EQ(store->live().last, 4U);
    all_lines();
    store.reset();
    auto database = Database::open({settings.path, 0x54494c4c});
    ASSERT_TRUE(define_packing(**database));
    auto query = (*database)->prepare("SELECT unpacked(bytes) FROM quarantine");
    ASSERT_TRUE(*query->step());
    EXPECT_EQ(query->bytes(0), body);
}

TEST_F(StoreEpochsTest, AnotherNameBeginsAnEpochOnceNothingWaitsUnderTheOld) {
    add_many(3);
    settings.source = "urn:tillpost:acme:0042:till-02";
    store.reset();
    const auto refused = Store::open(settings, clock);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid);
    EXPECT_NE(refused.error().message.find("till-01"), std::string::npos) << refused.error().message;
    settings.source = source;
    open();
    ASSERT_TRUE(store->confirm(receipt(3)));
    ASSERT_TRUE(store->settle());
    settings.source = "urn:tillpost:acme:0042:till-02";
    open();
    EXPECT_EQ(store->live().ordinal, 2U);
    EXPECT_EQ(store->live().before, chain_start(sha, settings.source, store->live().epoch));
    EXPECT_NE(line_at(1).find(R"("cause":"renamed")"), std::string::npos);
    reissue();
    EXPECT_EQ(store->live().last, 1U) << "nothing of the old name goes under the new one";
    clock.advance(settings.keep + std::chrono::seconds(1));
    maintain();
    open();
    EXPECT_EQ(store->live().ordinal, 2U);
}

// The broker acknowledged an event of the former epoch: nobody has that number of this one.
TEST_F(StoreEpochsTest, AnAcknowledgementOfAFormerEpochMovesNoMark) {
    add_many(9);
    const Epoch former = store->live().epoch;
    EXPECT_EQ(store->confirm_sent(former, 4).confirmed, 4U);
    fork();
    EXPECT_EQ(store->confirm_sent(former, 6).confirmed, 0U);
    EXPECT_EQ(store->live().confirmed, 0U);
    EXPECT_EQ(store->confirm_sent(store->live().epoch, 2).confirmed, 2U);
}

}  // namespace
}  // namespace tillpost
