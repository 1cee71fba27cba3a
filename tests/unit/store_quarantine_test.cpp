// SPDX-License-Identifier: Apache-2.0
// [durable-3] What people decide of quarantine: once, in one transaction, with an event that says who and when.
#include <filesystem>

#include "agent/event/glance.hpp"
#include "agent/journal/own_events.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

using Kind = QuarantineDecision::Kind;
using namespace std::chrono_literals;

Draft rejected_sale(const std::string& amount, const std::string& type = "sale") {
    Draft draft = rejected("{\"type\":\"" + type + "\",\"totals\":{\"gross\":\"" + amount + "\"}}");
    draft.quarantine->rule = "required";
    draft.quarantine->field = "/till";
    return draft;
}

class StoreQuarantineTest : public StoreTest {
protected:
    static QuarantineDecision decision(Kind kind, const std::string& id, std::optional<Draft> event = {}) {
        QuarantineDecision decision;
        decision.kind = kind;
        decision.id = id;
        decision.user = 1000;
        decision.actor = "p-0b11";
        decision.reason = "typing error";
        decision.draft = std::move(event);
        return decision;
    }
    std::vector<std::string> ids(QuarantineQuery::Sort sort, std::size_t offset = 0, std::size_t most = 100) {
        const auto page = store->quarantine_page({sort, offset, most});
        EXPECT_TRUE(page);
        std::vector<std::string> found;
        for (const QuarantineRecord& each : page->records) found.push_back(each.id);
        return found;
    }
    void expect_gone(const std::string& id) {
        const auto record = store->quarantine_record(id);
        ASSERT_FALSE(record);
        EXPECT_NE(record.error().message.find("there is no record"), std::string::npos) << record.error().message;
    }
    void expect_refused(const Result<Decided>& decided, const std::string& reason) {
        ASSERT_FALSE(decided);
        EXPECT_EQ(decided.error().code, Errc::rejected);
        EXPECT_NE(decided.error().message.find(reason), std::string::npos) << decided.error().message;
    }
};

TEST_F(StoreQuarantineTest, TheSameRecordAgainGetsTheFirstAnswer) {  // [once-2]
    const auto held = [](const std::string& bytes) {
        Draft draft = rejected(bytes);
        draft.quarantine->once = true;
        return draft;
    };
    const std::string first = add(held("{\"a\":1}")).quarantine_id;
    EXPECT_EQ(first, "Q1-1");
    EXPECT_EQ(add(held("{\"a\":2}")).quarantine_id, "Q1-2") << "another content is another record";
    const auto again = [&] {
        const Recorded repeat = add(held("{\"a\":1}"));
        EXPECT_TRUE(repeat.repeat);
        EXPECT_EQ(repeat.sequence, 1U);
        EXPECT_EQ(repeat.epoch, store->live().epoch);
        return repeat.quarantine_id;
    };
    EXPECT_EQ(again(), first);
    open();  // as after a crash: nothing was written late
    EXPECT_EQ(again(), first);
    ASSERT_TRUE(store->decide(decision(Kind::release, first, draft("pos/T01/7", "{\"a\":1}"))));
    EXPECT_EQ(again(), first) << "released";
    open();
    EXPECT_EQ(again(), first) << "released, after a start";
    EXPECT_EQ(store->live().last, 4U);
    EXPECT_EQ(store->quarantined(), 1);
    ASSERT_TRUE(store->decide(decision(Kind::discard, "Q1-2")));
    EXPECT_EQ(add(held("{\"a\":2}")).quarantine_id, "Q1-6") << "what was thrown away is looked at again";
    EXPECT_NE(line_at(6).find("\"correlationid\":\"" + event_id(store->live().epoch, 2)), std::string::npos)
        << line_at(6);
    EXPECT_EQ(add(held("{\"a\":2}")).quarantine_id, "Q1-6");
    EXPECT_EQ(add(rejected("{\"a\":2}")).quarantine_id, "Q1-7") << "two scans of one code are two";
}

TEST_F(StoreQuarantineTest, RepeatsAreKnownWithinTheBoundOfTheKeys) {  // [once-2]
    settings.remembered_keys = 10;
    open();
    Draft one = rejected("{\"a\":1}");
    one.quarantine->once = true;
    ASSERT_EQ(add(one).quarantine_id, "Q1-1");
    add_many(20);
    while (store->maintain().value()) {
    }
    EXPECT_EQ(add(one).quarantine_id, "Q1-22");
}

TEST_F(StoreQuarantineTest, AReleasedRecordTravelsAndAnEventSaysWhoDecided) {
    add(rejected("{oops"));
    clock.advance(Millis(1000));
    const auto decided = store->decide(decision(Kind::release, "Q1-1", draft("pos/T01/7", "{\"a\":1}")));
    ASSERT_TRUE(decided) << decided.error().message;
    const std::string epoch = to_hex(store->live().epoch);
    EXPECT_EQ(decided->became, epoch + "-0000000000000002");
    EXPECT_EQ(decided->told, epoch + "-0000000000000003");
    const auto lines = all_lines();
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_NE(lines[1].find("\"causationid\":\"" + epoch + "-0000000000000001\""), std::string::npos) << lines[1];
    const std::string said = R"("data":{"record":"Q1-1","quarantined":")" + epoch + R"(-0000000000000001","event":")" +
                             epoch +
                             R"(-0000000000000002","rule":"not_json","user":1000,"actor":"p-0b11",)"
                             R"("reason":"typing error","waited_ms":1000,"digest":")" +
                             to_hex(sha("{oops")) + "\"}}";
    EXPECT_TRUE(lines[2].ends_with(said)) << lines[2];
    EXPECT_NE(lines[2].find("tillpost.released.v1"), std::string::npos);
    EXPECT_EQ(store->quarantined(), 0);
    const auto record = store->quarantine_record("Q1-1");
    EXPECT_EQ(record->bytes, "{oops") << "until it has been delivered";
    EXPECT_EQ(record->decision.word, "released");
    EXPECT_EQ(record->decision.became, decided->became);
}

TEST_F(StoreQuarantineTest, ADecisionIsTakenOnce) {
    struct Case {
        Kind first;
        const char* word;
    };
    int number = 0;
    for (const Case& each :
         {Case{Kind::release, "released"}, Case{Kind::correct, "corrected"}, Case{Kind::discard, "discarded"}}) {
        const std::string id = add(rejected("x" + std::to_string(++number))).quarantine_id;
        const auto event = [&] { return each.first == Kind::discard ? std::optional<Draft>() : draft("", "{}"); };
        ASSERT_TRUE(store->decide(decision(each.first, id, event())));
        open();  // as after a kill: the decision is there
        const Sequence last = store->live().last;
        for (const Kind second : {Kind::release, Kind::correct, Kind::discard}) {
            const std::string when =
                std::string("was ") + each.word + " already, at 2026-11-23T10:15:30.123Z by user " + "1000 (p-0b11)";
            expect_refused(store->decide(decision(second, id, draft("", "{}"))), when);
        }
        EXPECT_EQ(store->live().last, last);
        EXPECT_EQ(store->quarantined(), 0);
    }
}

TEST_F(StoreQuarantineTest, DiscardedBytesAreGoneWithTheEventThatSaysSo) {
    const std::string id = add(rejected("secret")).quarantine_id;
    const auto decided = store->decide(decision(Kind::discard, id));
    ASSERT_TRUE(decided);
    EXPECT_EQ(decided->became, "");
    EXPECT_NE(line_at(2).find("tillpost.discarded.v1"), std::string::npos);
    EXPECT_NE(line_at(2).find(to_hex(sha("secret"))), std::string::npos) << "which bytes it was can be proven";
    const auto record = store->quarantine_record(id);
    EXPECT_EQ(record->bytes, "");
    EXPECT_EQ(record->size, 0U);
}

TEST_F(StoreQuarantineTest, ACorrectionNamesBothContents) {
    const std::string id = add(rejected("{bad")).quarantine_id;
    ASSERT_TRUE(store->decide(decision(Kind::correct, id, draft("pos/T01/8", "{\"good\":1}"))));
    const std::string line = line_at(3);
    EXPECT_NE(line.find("\"digest\":\"" + to_hex(sha("{bad")) + "\""), std::string::npos) << line;
    EXPECT_NE(line.find("\"corrected_digest\":\"" + to_hex(sha("{\"good\":1}")) + "\""), std::string::npos) << line;
    EXPECT_TRUE(add(draft("pos/T01/8", "{\"good\":1}")).repeat) << "the till may send the corrected one, too";
}

TEST_F(StoreQuarantineTest, WhatTheTillHasSentAgainMeanwhileIsNotCountedTwice) {
    const std::string id = add(rejected("{bad")).quarantine_id;
    const Recorded again = add(draft("pos/T01/8", "{\"good\":1}"));
    const auto decided = store->decide(decision(Kind::correct, id, draft("pos/T01/8", "{\"good\":1}")));
    ASSERT_TRUE(decided);
    EXPECT_TRUE(decided->repeat);
    EXPECT_EQ(decided->became, event_id(again.epoch, again.sequence));
    EXPECT_EQ(store->live().last, 3U) << "and the event that says so";
}

TEST_F(StoreQuarantineTest, WhatCentralRejectsTravelsAgainUnderANewNumber) {
    add(draft("pos/T01/8", R"({"type":"sale","totals":{"gross":"9.99"}})"));
    EpochReceipt said = receipt(1);
    said.rejected = {{1, "schema"}};
    ASSERT_TRUE(store->confirm(said));
    ASSERT_EQ(ids(QuarantineQuery::Sort::age), (std::vector<std::string>{"Q1-2"}));
    const auto record = store->quarantine_record("Q1-2");
    EXPECT_EQ(record->type, "sale");
    EXPECT_EQ(record->amount, "9.99");
    EXPECT_EQ(record->about, event_id(store->live().epoch, 1));
    const auto decided = store->decide(
        decision(Kind::release, "Q1-2", draft("pos/T01/8", R"({"type":"sale","totals":{"gross":"9.99"}})")));
    ASSERT_TRUE(decided);
    EXPECT_FALSE(decided->repeat);
    EXPECT_EQ(decided->became, event_id(store->live().epoch, 3));
    EXPECT_NE(line_at(3).find("\"correlationid\":\"" + record->about + "\""), std::string::npos) << line_at(3);
    EXPECT_NE(line_at(3).find("\"quality\":\"ok\""), std::string::npos) << line_at(3);
}

TEST_F(StoreQuarantineTest, ACorrectionOfARejectedEventIsNoConflictAndKnownFromThenOn) {
    add(draft("pos/T01/8", "{\"bad\":1}"));
    EpochReceipt said = receipt(1);
    said.rejected = {{1, "schema"}};
    ASSERT_TRUE(store->confirm(said));
    Draft good = draft("pos/T01/8", "{\"good\":1}");
    good.event.corrects = event_id(store->live().epoch, 1);
    good.event.corrects_kind = "replace";
    ASSERT_TRUE(store->decide(decision(Kind::correct, "Q1-2", good)));
    EXPECT_NE(line_at(3).find("\"corrects\":\"" + good.event.corrects), std::string::npos) << line_at(3);
    EXPECT_NE(line_at(3).find("\"quality\":\"ok\""), std::string::npos) << line_at(3);
    EXPECT_TRUE(add(draft("pos/T01/8", "{\"good\":1}")).repeat);
    EXPECT_TRUE(add(draft("pos/T01/8", "{\"bad\":1}")).repeat);
}

TEST_F(StoreQuarantineTest, ListsByAgeAmountAndClass) {
    for (const char* amount : {"5.00", "-120", "bad", "7.5e1"}) add(rejected_sale(amount));
    add(rejected_sale("6", "scan"));
    add(rejected("{oops"));
    using Sort = QuarantineQuery::Sort;
    EXPECT_EQ(ids(Sort::age), (std::vector<std::string>{"Q1-1", "Q1-2", "Q1-3", "Q1-4", "Q1-5", "Q1-6"}));
    EXPECT_EQ(ids(Sort::amount), (std::vector<std::string>{"Q1-2", "Q1-4", "Q1-5", "Q1-1", "Q1-3", "Q1-6"}));
    EXPECT_EQ(ids(Sort::record_class), (std::vector<std::string>{"Q1-1", "Q1-2", "Q1-3", "Q1-4", "Q1-5", "Q1-6"}));
    EXPECT_EQ(ids(Sort::amount, 1, 2), (std::vector<std::string>{"Q1-4", "Q1-5"}));
    EXPECT_TRUE(ids(Sort::amount, 6, 2).empty());
    ASSERT_TRUE(store->decide(decision(Kind::discard, "Q1-2")));
    EXPECT_EQ(ids(Sort::amount, 0, 1), (std::vector<std::string>{"Q1-4"})) << "decided ones are not listed";
    EXPECT_EQ(store->quarantine_page({Sort::age, 0, 1})->open, 5U);
}

TEST_F(StoreQuarantineTest, AmountsAreComparedWithinTheirCurrency) {
    const std::pair<const char*, const char*> sales[] = {{"9", "EUR"},   {"500", "JPY"}, {"11", "EUR"},
                                                         {"900", "JPY"}, {"700", ""},    {"x", "EUR"}};
    for (const auto& [amount, currency] : sales) {
        Draft draft = rejected(R"({"type":"sale","currency":")" + std::string(currency) + R"(","totals":{"gross":")" +
                               amount + "\"}}");
        const std::string bytes = draft.quarantine->bytes;
        draft.event = own::held_back("feed", {"a_rule", "", ""}, bytes, glance_at(bytes));
        add(std::move(draft));
    }
    using Sort = QuarantineQuery::Sort;
    EXPECT_EQ(ids(Sort::amount), (std::vector<std::string>{"Q1-3", "Q1-1", "Q1-4", "Q1-2", "Q1-5", "Q1-6"}));
}

TEST_F(StoreQuarantineTest, RefusesIdsOfNoRecord) {
    add(rejected("{oops"));
    const char* ids[] = {
        "",      "Q",    "Q1",    "Q1-",    "1-1",  "Q1-2",          "Q2-1",      "Q-1-1",
        "Q1-1 ", "q1-1", "Q1--1", "Q1-1-1", "Qx-1", "Q4294967295-1", "Q524288-1", "Q1-99999999999999999999"};
    for (const char* id : ids) {
        expect_refused(store->decide(decision(Kind::discard, id)), "quarantine");
        EXPECT_EQ(store->live().last, 1U) << id;
    }
}

TEST_F(StoreQuarantineTest, AFileOfTheSecondFormatKeepsItsRecords) {
    add(rejected("{oops"));
    tamper(
        "DROP TABLE too_large; DROP TABLE dictionary; DROP TABLE waiting; DELETE FROM counter WHERE name IN "
        "('waiting', 'quarantine_bytes');"
        "DROP TABLE key_rules; DROP TABLE age; DROP TABLE passed; DROP TABLE day; DROP TABLE returned; DROP TABLE "
        "corrected; DELETE FROM "
        "counter WHERE name = 'day_upto';"
        "DROP INDEX quarantine_open; DROP INDEX quarantine_told; ALTER TABLE quarantine DROP COLUMN told;"
        "ALTER TABLE quarantine DROP COLUMN digest;"
        "ALTER TABLE quarantine DROP COLUMN type; ALTER TABLE quarantine DROP COLUMN "
        "amount;"
        "ALTER TABLE quarantine DROP COLUMN decision; ALTER TABLE quarantine DROP COLUMN decided;"
        "ALTER TABLE quarantine DROP COLUMN user; ALTER TABLE quarantine DROP COLUMN actor;"
        "ALTER TABLE quarantine DROP COLUMN became; PRAGMA user_version=2");
    open();
    EXPECT_EQ(store->quarantined(), 1);
    EXPECT_EQ(store->quarantine_record("Q1-1")->bytes, "{oops");
    EXPECT_TRUE(store->decide(decision(Kind::discard, "Q1-1")));
}

TEST_F(StoreQuarantineTest, WhatWasDecidedInTheFifthFormatGoesOnceAllOfItIsConfirmed) {
    const std::string id = add(rejected("{oops")).quarantine_id;
    ASSERT_TRUE(store->decide(decision(Kind::discard, id)));
    tamper(
        "DROP TABLE too_large; DROP TABLE dictionary; DROP TABLE waiting; DELETE FROM counter WHERE name IN "
        "('waiting', 'quarantine_bytes');"
        "DROP TABLE key_rules; DROP TABLE age; DROP TABLE passed; DROP INDEX quarantine_told; ALTER TABLE quarantine "
        "DROP COLUMN told; "
        "ALTER TABLE quarantine DROP COLUMN digest; PRAGMA user_version=5");
    open();
    clock.advance(settings.keep + 1h);
    maintain();
    EXPECT_TRUE(store->quarantine_record(id));
    ASSERT_TRUE(store->confirm(receipt(store->live().last)));
    maintain();
    expect_gone(id);
}

TEST_F(StoreQuarantineTest, ADecidedRecordGoesWithTimeOnceCentralHasTheDecision) {
    add(rejected("open"));
    const std::string decided = add(rejected("decided")).quarantine_id;
    ASSERT_TRUE(store->decide(decision(Kind::release, decided, draft("", "{}"))));
    clock.advance(settings.keep + 1h);
    maintain();
    EXPECT_TRUE(store->quarantine_record(decided)) << "central has not heard of the decision";
    ASSERT_TRUE(store->confirm(receipt(store->live().last - 1)));
    maintain();
    EXPECT_TRUE(store->quarantine_record(decided)) << "nor now";
    ASSERT_TRUE(store->confirm(receipt(store->live().last)));
    maintain();
    expect_gone(decided);
    EXPECT_EQ(ids(QuarantineQuery::Sort::age), std::vector<std::string>{"Q1-1"}) << "an open one stays for ever";
    clock.advance(10 * settings.keep);
    maintain();
    open();
    maintain();
    EXPECT_EQ(store->quarantine_record("Q1-1")->bytes, "open");
}

TEST_F(StoreQuarantineTest, WhatComesAgainWhenItsRecordHasGoneIsAskedAgainAndCountsOnce) {  // [once-2]
    const auto held = [] {
        Draft draft = rejected("{\"a\":1}");
        draft.quarantine->once = true;
        return draft;
    };
    const auto release = [](const std::string& id) {
        return decision(Kind::release, id, draft("pos/T01/7", "{\"a\":1}"));
    };
    const std::string first = add(held()).quarantine_id;
    const auto sold = store->decide(release(first));
    ASSERT_TRUE(sold) << sold.error().message;
    ASSERT_TRUE(store->confirm(receipt(store->live().last)));
    clock.advance(settings.keep + 1h);
    maintain();
    expect_gone(first);
    const Recorded again = add(held());
    EXPECT_FALSE(again.repeat) << "what is not here any more answers for nothing";
    const auto known = store->decide(release(again.quarantine_id));
    ASSERT_TRUE(known) << known.error().message;
    EXPECT_TRUE(known->repeat);
    EXPECT_EQ(known->became, sold->became);
}

TEST_F(StoreQuarantineTest, ADecidedRecordStaysForItsAge) {
    const std::string id = add(rejected("decided")).quarantine_id;
    clock.advance(settings.keep + 1h);
    ASSERT_TRUE(store->decide(decision(Kind::discard, id)));
    ASSERT_TRUE(store->confirm(receipt(store->live().last)));
    clock.advance(settings.keep - 1h);
    maintain();
    EXPECT_TRUE(store->quarantine_record(id)) << "by the time of its decision, not of its record";
    clock.advance(2h);
    maintain();
    expect_gone(id);
}

TEST_F(StoreQuarantineTest, ManyDecidedOnesGoInSlicesAlsoAfterAFork) {
    for (int i = 0; i < 200; ++i) {
        const std::string id = add(rejected(std::to_string(i))).quarantine_id;
        if (i % 10 == 0) continue;
        ASSERT_TRUE(store->decide(decision(Kind::release, id, draft("", std::to_string(i)))));
    }
    EpochReceipt ahead = receipt(store->live().last);
    ahead.upto += 7;
    ASSERT_TRUE(store->confirm(ahead)->forked);
    reissue();
    clock.advance(settings.keep + 1h);
    maintain();
    EXPECT_TRUE(store->quarantine_record("Q1-2")) << "the decisions were moved, and are at nobody's";
    ASSERT_TRUE(store->confirm(receipt(store->live().last)));
    maintain();
    EXPECT_EQ(ids(QuarantineQuery::Sort::age, 0, 1'000).size(), 20U);
    EXPECT_EQ(store->quarantined(), 20);
    store.reset();
    auto database = Database::open({settings.path, 0x54494c4c});
    EXPECT_EQ((*database)->integer("SELECT count(*) FROM quarantine").value(), 20);
}

}  // namespace
}  // namespace tillpost
