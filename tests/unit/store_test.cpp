// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/store_fixture.hpp"

#include <fstream>

#include "agent/journal/damage.hpp"

namespace tillpost {
namespace {

TEST_F(StoreTest, NumbersEventsWithoutGapsAndChainsThem) {
    std::vector<Draft> drafts;
    for (int i = 0; i < 5; ++i) drafts.push_back(draft("", "{}"));
    const auto all = store->append(drafts);
    ASSERT_TRUE(all);
    const auto lines = store->read({1, 5}, 1 << 20);
    ASSERT_EQ(lines->size(), 5U);
    Digest chain = chain_start(sha, source, store->live().epoch);
    for (Sequence n = 1; n <= 5; ++n) {
        EXPECT_EQ((*all)[n - 1].sequence, n);
        const auto line = parse_line(sha, lines->line(n - 1));
        ASSERT_TRUE(line) << line.error().message;
        chain = chain_next(sha, chain, store->live().epoch, n, line->digest);
        EXPECT_EQ(line->chain, chain);
    }
    EXPECT_EQ(store->live().head, chain);
}

TEST_F(StoreTest, EqualScansHaveUnequalDigests) {
    add(draft("", "{}"));
    add(draft("", "{}"));
    const auto lines = store->read({1, 2}, 1 << 20);
    EXPECT_NE(parse_line(sha, lines->line(0))->digest, parse_line(sha, lines->line(1))->digest);
}

TEST_F(StoreTest, GoesOnBehindItsLastEventAfterReopening) {
    add_many(3);
    const EpochSummary before = store->live();
    open();
    EXPECT_EQ(store->live().epoch, before.epoch);
    EXPECT_EQ(store->live().last, 3U);
    EXPECT_EQ(store->live().head, before.head);
    EXPECT_EQ(add(draft("", "{}")).sequence, 4U);
}

TEST_F(StoreTest, GivesTheFirstReceiptAgainForTheSameKeyAndContent) {
    const Recorded first = add(draft("pos/T1/2026-11-23/1", R"({"a":1})"));
    add_many(2);
    open();
    const Recorded again = add(draft("pos/T1/2026-11-23/1", R"({"a":1})"));
    EXPECT_TRUE(again.repeat);
    EXPECT_EQ(again.sequence, first.sequence);
    EXPECT_EQ(store->live().last, 3U);
}

TEST_F(StoreTest, RecognisesARepeatInTheSameTransaction) {
    std::vector<Draft> drafts;
    for (int i = 0; i < 3; ++i) drafts.push_back(draft("k", "{}"));
    const auto all = store->append(drafts);
    EXPECT_FALSE((*all)[0].repeat);
    EXPECT_TRUE((*all)[1].repeat);
    EXPECT_EQ((*all)[2].sequence, 1U);
}

TEST_F(StoreTest, ACorrectionUnderAKnownKeyIsNoConflict) {
    const Recorded first = add(draft("k", R"({"a":1})"));
    Draft correction = draft("k", R"({"a":2})");
    correction.event.corrects = event_id(store->live().epoch, first.sequence);
    correction.event.corrects_kind = "replace";
    const Recorded second = add(correction);
    EXPECT_FALSE(second.conflict);
    EXPECT_EQ(second.quality, "ok");
    const std::string line(store->read({second.sequence, second.sequence}, 1 << 20)->line(0));
    EXPECT_NE(line.find("\"correlationid\":\"" + correction.event.corrects + "\",\"corrects\":\"" +
                        correction.event.corrects + "\",\"correctskind\":\"replace\""),
              std::string::npos)
        << line;
    EXPECT_EQ(add(correction).sequence, second.sequence) << "sent again, it is the same one";
    EXPECT_TRUE(add(draft("k", R"({"a":3})")).conflict);
}

TEST_F(StoreTest, OtherContentUnderAKnownKeyTravelsMarkedAndPointsToTheFirst) {
    add(draft("k", R"({"a":1})"));
    const Recorded second = add(draft("k", R"({"a":2})"));
    const Recorded third = add(draft("k", R"({"a":3})"));
    EXPECT_TRUE(second.conflict);
    EXPECT_FALSE(second.repeat);
    EXPECT_EQ(second.quality, "conflict");
    for (const Recorded& each : {second, third}) {
        const auto lines = store->read({each.sequence, each.sequence}, 1 << 20);
        const std::string line(lines->line(0));
        EXPECT_NE(line.find("\"correlationid\":\"" + event_id(store->live().epoch, 1) + "\""), std::string::npos)
            << line;
    }
    EXPECT_EQ(add(draft("k", R"({"a":2})")).sequence, second.sequence) << "the conflicting one is known, too";
}

TEST_F(StoreTest, KeepsTheBytesOfAQuarantinedRecord) {
    const std::string bytes("{\0\xff\"", 4);
    const Recorded recorded = add(rejected(bytes));
    EXPECT_EQ(recorded.quarantine_id, "Q1-1");
    EXPECT_EQ(store->quarantined(), 1);
    open();
    EXPECT_EQ(store->quarantined(), 1);
    store.reset();
    auto database = Database::open({settings.path, 0x54494c4c});
    auto query = (*database)->prepare("SELECT rule, bytes FROM quarantine");
    ASSERT_TRUE(*query->step());
    EXPECT_EQ(query->bytes(0), "not_json");
    EXPECT_EQ(query->bytes(1), bytes);
}

TEST_F(StoreTest, ReadsNoMoreThanAskedButAtLeastOneLine) {
    add_many(10);
    EXPECT_EQ(store->read({1, 10}, 1)->size(), 1U);
    EXPECT_EQ(store->read({3, 4}, 1 << 20)->size(), 2U);
    const std::size_t one = store->read({1, 1}, 1)->text.size();
    EXPECT_EQ(store->read({1, 10}, 3 * one)->size(), 3U);
    EXPECT_TRUE(store->read({11, 20}, 1 << 20)->empty());
}

// [intact-1] [once-1] The chain still proves the digest: a tombstone travels.
TEST_F(StoreTest, AFlippedBitIsFoundBeforeItIsSentAndATombstoneTravels) {
    add(draft("", R"({"total":"100.00"})"));
    add_many(300);
    tamper(
        "UPDATE event SET body = CAST(replace(unpacked(body), '100.00', '900.00') AS BLOB) WHERE position & 0xffff = "
        "1");
    open();
    const std::string text = line_at(1);
    const auto line = parse_line(sha, text);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->kind, Line::Kind::withheld);
    EXPECT_EQ(line->reason, "damaged_on_disk");
    EXPECT_EQ(all_lines().size(), 302U) << "and an event says that its bytes are in quarantine";
    EXPECT_NE(line_at(302).find(event_id(store->live().epoch, 1)), std::string::npos) << line_at(302);
    EXPECT_EQ(store->quarantined(), 1);
    EXPECT_EQ(store->lost(), 1);
}

TEST_F(StoreTest, WhereTheDigestIsDamagedTooALostLineTravels) {
    add_many(3);
    tamper("UPDATE event SET digest = zeroblob(32), body = CAST('x' AS BLOB) WHERE position & 0xffff = 2");
    open();
    const std::string text = line_at(2);
    const auto line = parse_line(sha, text);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->kind, Line::Kind::lost);
    EXPECT_EQ(all_lines().size(), 4U);
}

TEST_F(StoreTest, ScrubbingFindsWhatNobodyReads) {
    add_many(1'000);
    tamper("UPDATE event SET body = CAST('x' AS BLOB) WHERE position & 0xffff = 17");
    open();
    EXPECT_EQ(store->lost(), 0) << "only the newest rows are checked at the start";
    int slices = 0;
    while (*store->scrub()) ++slices;
    EXPECT_EQ(store->lost(), 1);
    EXPECT_GT(slices, 3);
    EXPECT_TRUE(*store->scrub()) << "and from the start again";
}

TEST_F(StoreTest, RefusesToStartWhenTheNewestEventsAreMissing) {
    add_many(5);
    tamper("DELETE FROM event WHERE position & 0xffff = 3");
    const auto opened = Store::open(settings, clock);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::corrupt);
    EXPECT_TRUE(damage_noted(settings.path)) << "the next start sets the file aside";
}

TEST_F(StoreTest, ConfirmsOnlyWithItsOwnHash) {
    add_many(5);
    EpochReceipt wrong = receipt(3);
    wrong.also = {{{4, 5}, wrong.hash}};
    EXPECT_TRUE(store->confirm(wrong)->also.empty());
    const auto taken = store->confirm(receipt(3));
    EXPECT_FALSE(taken->alarm);
    EXPECT_EQ(taken->confirmed, 3U);
}

TEST_F(StoreTest, IgnoresAReceiptOfAnotherEpoch) {
    add_many(2);
    EpochReceipt other = receipt(2);
    other.epoch ^= 1;
    EXPECT_TRUE(store->confirm(other)->alarm);
    EXPECT_EQ(store->live().confirmed, 0U);
}

TEST_F(StoreTest, TakesOnlyThoseAlsoRangesWhoseHashIsItsOwn) {
    add_many(9);
    EpochReceipt also = receipt(2);
    also.also = {{{4, 5}, chain_at(5)}, {{7, 8}, chain_at(3)}, {{9, 12}, chain_at(9)}};
    const auto taken = store->confirm(also);
    EXPECT_EQ(taken->also, (std::vector<Range>{{4, 5}}));
    EXPECT_EQ(taken->confirmed, 2U);
    ASSERT_TRUE(taken->unfit);
    EXPECT_NE(taken->unfit->find("events 7 to 8 with another chain hash"), std::string::npos) << *taken->unfit;
    also.also.resize(1);
    EXPECT_FALSE(store->confirm(also)->unfit);
}

// [fork-1] What comes with the next events decides whether it is a second history; until then it is said.
TEST_F(StoreTest, SaysThatAnAlsoRangeGoesBeyondItsLastEvent) {
    add_many(9);
    EpochReceipt also = receipt(2);
    also.also = {{{4, 5}, chain_at(5)}, {{9, 12}, chain_at(9)}};
    const auto taken = store->confirm(also);
    EXPECT_EQ(taken->also, (std::vector<Range>{{4, 5}}));
    EXPECT_EQ(taken->confirmed, 2U);
    EXPECT_FALSE(taken->alarm);
    ASSERT_TRUE(taken->unfit);
    EXPECT_NE(taken->unfit->find("events 9 to 12 as arrived, beyond our last event 9"), std::string::npos);
}

TEST_F(StoreTest, ALowerReceiptLowersTheMark) {
    add_many(5);
    ASSERT_TRUE(store->confirm(receipt(5)));
    EXPECT_EQ(store->confirm(receipt(0))->confirmed, 0U);
}

TEST_F(StoreTest, TheMarkIsWrittenLateBecauseAReceiptComesAgain) {
    settings.mark_lag = 3;
    open();
    clock.advance(settings.mark_age / 2);
    add_many(9);
    ASSERT_TRUE(store->confirm(receipt(3)));
    add_many(1);
    open();
    EXPECT_EQ(store->live().confirmed, 0U);
    ASSERT_TRUE(store->confirm(receipt(4)));
    maintain();
    open();
    EXPECT_EQ(store->live().confirmed, 4U) << "enough events behind";
    ASSERT_TRUE(store->confirm(receipt(2)));
    add_many(1);
    open();
    EXPECT_EQ(store->live().confirmed, 2U) << "a lower one at once";
    ASSERT_TRUE(store->confirm(receipt(3)));
    clock.advance(settings.mark_age + std::chrono::seconds(1));
    maintain();
    open();
    EXPECT_EQ(store->live().confirmed, 3U) << "long enough behind";
    ASSERT_TRUE(store->confirm(receipt(5)));
    ASSERT_TRUE(store->settle());
    open();
    EXPECT_EQ(store->live().confirmed, 5U) << "a stop in good order";
}

TEST_F(StoreTest, NothingIsDeletedByAMarkThatIsNotWritten) {
    add_many(20);
    ASSERT_TRUE(store->confirm(receipt(10)));
    clock.advance(settings.keep + std::chrono::seconds(1));
    maintain();
    open();
    EXPECT_EQ(store->live().first, 11U);
    EXPECT_EQ(store->live().confirmed, 10U);
}

TEST_F(StoreTest, PrunesOnlyWhatIsConfirmedAndOldAndKeepsTheLastChain) {
    add_many(600);
    const EpochReceipt upto_500 = receipt(500);
    const Digest chain = upto_500.hash;
    ASSERT_TRUE(store->confirm(upto_500));
    maintain();
    EXPECT_EQ(store->live().first, 1U) << "not old yet";
    clock.advance(settings.keep + std::chrono::seconds(1));
    maintain();
    EXPECT_EQ(store->live().first, 501U);
    EXPECT_EQ(store->live().before, chain);
    open();
    EXPECT_EQ(store->live().first, 501U);
    EXPECT_EQ(store->live().before, chain);
    EXPECT_EQ(store->live().last, 600U);
    EXPECT_EQ(store->read({501, 600}, 1 << 30)->size(), 100U);
    EXPECT_FALSE(store->confirm(upto_500)->alarm) << "the last pruned hash is known";
}

TEST_F(StoreTest, GoesOnNumberingWhenEverythingIsPruned) {
    add_many(10);
    ASSERT_TRUE(store->confirm(receipt(10)));
    const Digest head = store->live().head;
    clock.advance(settings.keep + std::chrono::seconds(1));
    maintain();
    open();
    EXPECT_EQ(store->live().first, 11U);
    EXPECT_EQ(store->live().last, 10U);
    EXPECT_EQ(store->live().head, head);
    EXPECT_EQ(add(draft("", "{}")).sequence, 11U);
}

TEST_F(StoreTest, PrunesConfirmedEventsEarlierWhenTheFileIsTooLarge) {
    settings.keep_bytes = 1 << 20;
    open();
    std::vector<Draft> drafts;
    for (int i = 0; i < 2'000; ++i) drafts.push_back(draft("", "{\"x\":\"" + test::filler(1'000) + "\"}"));
    ASSERT_TRUE(store->append(drafts));
    ASSERT_TRUE(store->confirm(receipt(2'000)));
    maintain();
    EXPECT_LE(store->bytes(), (1 << 20) + 300'000);
    EXPECT_GT(store->live().first, 1U);
    EXPECT_LT(store->live().first, 2'000U) << "what fits is kept for a replay";
}

TEST_F(StoreTest, RemembersNoMoreKeysThanItsBound) {
    settings.remembered_keys = 100;
    open();
    for (int i = 0; i < 400; ++i) add(draft("k" + std::to_string(i), "{}"));
    maintain();
    EXPECT_TRUE(add(draft("k399", "{}")).repeat);
    EXPECT_TRUE(add(draft("k301", "{}")).repeat);
    EXPECT_FALSE(add(draft("k299", "{}")).repeat);
}

TEST_F(StoreTest, ForgetsKeysByAge) {
    add(draft("old", "{}"));
    clock.advance(settings.remember_keys + std::chrono::seconds(1));
    add(draft("new", "{}"));
    maintain();
    EXPECT_FALSE(add(draft("old", "{}")).repeat);
    EXPECT_TRUE(add(draft("new", "{}")).repeat);
}

TEST_F(StoreTest, KeepsWhoFirstConfirmedSomething) {  // [end-1]
    const std::string first = "00112233445566778899aabbccddeeff", second = "ffeeddccbbaa99887766554433221100";
    add_many(3);
    ASSERT_TRUE(store->confirm(receipt(0), second));
    EXPECT_EQ(store->receiver(), "") << "it has confirmed nothing";
    EpochReceipt unknown = receipt(2);
    unknown.epoch ^= 1;
    ASSERT_TRUE(store->confirm(unknown, second));
    EXPECT_EQ(store->receiver(), "") << "that was an alarm";
    ASSERT_TRUE(store->confirm(receipt(2), first));
    EXPECT_EQ(store->receiver(), first);
    open();
    EXPECT_EQ(store->receiver(), first);
    settings.receiver = second;
    open();
    EXPECT_EQ(store->receiver(), second) << "the settings have the last word";
    ASSERT_TRUE(store->confirm(receipt(3), second));
    settings.receiver.clear();
    open();
    EXPECT_EQ(store->receiver(), second);
}

TEST_F(StoreTest, ASecondOpenerIsRefused) {
    const auto second = Store::open(settings, clock);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::rejected) << second.error().message;
}

TEST_F(StoreTest, LeavesAForeignFileAsItIs) {
    store.reset();
    settings.path = dir.file("notes.txt");
    { std::ofstream(settings.path) << "my shopping list, 100 bytes of it: " << std::string(100, 'x'); }
    const auto opened = Store::open(settings, clock);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::corrupt) << opened.error().message;
    EXPECT_EQ(test::content_of(settings.path).substr(0, 16), "my shopping list");
}

TEST_F(StoreTest, AScrubGoesOnWhereItWasBeforeARestart) {  // [intact-1]
    add_many(700);
    ASSERT_TRUE(*store->scrub());
    ASSERT_TRUE(*store->scrub());
    ASSERT_TRUE(store->settle());
    tamper("UPDATE event SET body = x'00' WHERE position & 0xfffff = 10");
    open();
    const auto slices_of_a_round = [this] {
        int slices = 0;
        while (*store->scrub()) ++slices;
        return slices;
    };
    EXPECT_EQ(slices_of_a_round(), 1);
    EXPECT_EQ(store->lost(), 0);
    EXPECT_EQ(slices_of_a_round(), 4);
    EXPECT_EQ(store->lost(), 1) << "the next round begins at the first event";
}

}  // namespace
}  // namespace tillpost
