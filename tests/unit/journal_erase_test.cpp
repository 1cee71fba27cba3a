// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/offline/erase.hpp"

#include "agent/journal/recent_keys.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

class EraseTest : public StoreTest {
protected:
    /// Bytes of the file and what SQLite keeps beside it, with what lies packed there.
    std::string on_disk() const {
        return test::revealed(test::content_of(settings.path)) +
               test::revealed(test::content_of(settings.path + "-wal"));
    }
    const Erasure by{1000, "p-0b11", "a card number in the memo"};
    Result<ErasedContents> erase(const std::vector<std::string>& names) {
        store.reset();
        auto done = erase_contents(settings, clock, names, by);
        return done;
    }
};

TEST_F(EraseTest, TakesContentsOutForGoodAndKeepsTheChain) {  // [privacy-1] [once-1]
    const std::string secret = "4111222233334444";
    add_many(50);
    const Recorded event = add(draft("pos/T1/2026-11-23/7", "{\"x\":\"" + test::filler(9000) + secret + "\"}"));
    const Recorded record = add(rejected("oops " + secret));
    add_many(50);
    maintain();
    ASSERT_NE(on_disk().find(secret), std::string::npos);
    // The event's body goes on in other pages, where nobody can unpack it: its last bytes as they lie there.
    const std::string line = line_at(51);
    const std::string stored(Packer().pack(std::string_view(line).substr(line_prefix_size)));
    const std::string end_of_event = stored.substr(stored.size() - 40);
    ASSERT_NE(on_disk().find(end_of_event), std::string::npos);
    const auto done = erase({event_id(event.epoch, event.sequence), record.quarantine_id});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(on_disk().find(secret), std::string::npos);
    open();
    EXPECT_EQ(on_disk().find(secret), std::string::npos);
    EXPECT_EQ(on_disk().find(end_of_event), std::string::npos);
    const std::vector<std::string> lines = all_lines();  // checks digests and chain
    ASSERT_EQ(lines.size(), 105U);
    EXPECT_EQ(done->count, 2U);
    EXPECT_NE(lines[50].find("\"withheld\":\"erased\""), std::string::npos) << lines[50];
    EXPECT_NE(lines[51].find("\"withheld\":\"erased\""), std::string::npos) << lines[51];
    EXPECT_NE(lines[102].find("\"ranges\":[[51,51]]"), std::string::npos) << lines[102];
    EXPECT_NE(lines[103].find("\"type\":\"tillpost.discarded.v1\""), std::string::npos) << lines[103];
    EXPECT_NE(lines[104].find("\"reason\":\"erased\""), std::string::npos) << lines[104];
    for (const std::size_t told : {102, 104}) {
        EXPECT_NE(
            lines[told].find(R"("erased_by":{"user":1000,"actor":"p-0b11","reason":"a card number in the memo"})"),
            std::string::npos)
            << lines[told];
    }
    for (const std::string& again : {event_id(event.epoch, event.sequence), record.quarantine_id}) {
        const auto once_more = erase({again});
        ASSERT_TRUE(once_more) << "once more is fine";
        EXPECT_EQ(once_more->count, 0U);
    }
    open();
    EXPECT_EQ(store->live().last, 105U) << "and says nothing new";
}

TEST_F(EraseTest, DecidesOnAnOpenRecord) {  // [durable-3]
    const std::string bytes =
        R"({"type":"sale","till":"T01","number":"4111222233334444","business_date":"2026-11-23","x":1})";
    const Recorded record = add(rejected(bytes));
    const Recorded event = add(draft("pos/T1/2026-11-23/7", "{}"));
    ASSERT_TRUE(store->withhold(event.sequence, "larger_than_packet"));
    ASSERT_EQ(store->quarantined(), 2);
    const auto done = erase({record.quarantine_id, event_id(event.epoch, event.sequence)});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->count, 2U);
    open();
    EXPECT_EQ(store->quarantined(), 0) << "nothing of them waits";
    const auto shown = store->quarantine_record(record.quarantine_id);
    ASSERT_TRUE(shown);
    EXPECT_EQ(shown->decision.word, "discarded");
    EXPECT_EQ(shown->decision.actor, "p-0b11");
    const std::string said = line_at(4);
    EXPECT_NE(said.find("\"type\":\"tillpost.discarded.v1\""), std::string::npos) << said;
    EXPECT_NE(said.find("\"record\":\"" + record.quarantine_id + "\""), std::string::npos) << said;
    EXPECT_NE(said.find("\"reason\":\"a card number in the memo\",\"till\":\"T01\",\"business_date\""),
              std::string::npos)
        << said;
    EXPECT_NE(said.find("\"digest\":\"" + to_hex(sha(""))), std::string::npos) << "no hash of it: " << said;
    EXPECT_EQ(on_disk().find(to_hex(sha(bytes))), std::string::npos);
    EXPECT_EQ(on_disk().find(std::string(view(sha(bytes)))), std::string::npos);
    const std::string told = line_at(7);
    EXPECT_NE(told.find("\"type\":\"tillpost.loss.v1\""), std::string::npos) << told;
    EXPECT_NE(told.find("\"ranges\":[[2,2]]"), std::string::npos) << "an export may have taken it out: " << told;
    QuarantineDecision again;
    again.id = record.quarantine_id;
    EXPECT_FALSE(store->decide(std::move(again))) << "a decision is taken once";
}

TEST_F(EraseTest, KeepsNoHashOfARecordThatWasThrownAwayBefore) {
    const std::string bytes = "4111222233334444";
    const Recorded record = add(rejected(bytes));
    QuarantineDecision decision;
    decision.id = record.quarantine_id;
    decision.reason = "a test";
    ASSERT_TRUE(store->decide(std::move(decision)));
    maintain();
    ASSERT_NE(on_disk().find(std::string(view(sha(bytes)))), std::string::npos);
    const auto done = erase({record.quarantine_id});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->count, 1U);
    EXPECT_EQ(on_disk().find(std::string(view(sha(bytes)))), std::string::npos);
    const std::string hex = to_hex(sha(bytes));
    ASSERT_NE(on_disk().find(hex), std::string::npos) << "that of the event that says who decided, ...";
    ASSERT_EQ(done->decisions, std::vector{event_id(record.epoch, record.sequence + 1)}) << "... which is named, ...";
    ASSERT_TRUE(erase(done->decisions));
    EXPECT_EQ(on_disk().find(hex), std::string::npos) << "... until that is erased, too";
    EXPECT_EQ(erase({record.quarantine_id})->count, 0U) << "once";
}

TEST_F(EraseTest, KnowsTheKeyOfWhatItErased) {  // [once-2]
    const Recorded event = add(draft("pos/T1/2026-11-23/7", R"({"x":"4111222233334444"})"));
    add(draft("pos/T1/2026-11-23/8", R"({"x":1})"));
    ASSERT_TRUE(erase({event_id(event.epoch, event.sequence)}));
    open();
    const Recorded again = add(draft("pos/T1/2026-11-23/7", R"({"x":"************4444"})"));
    EXPECT_FALSE(again.repeat);
    EXPECT_EQ(again.quality, "possible_repeat") << "the POS may have sent it again: no second sale in silence";
    EXPECT_TRUE(add(draft("pos/T1/2026-11-23/7", R"({"x":"************4444"})")).repeat);
    EXPECT_EQ(add(draft("pos/T1/2026-11-23/7", R"({"x":"other"})")).quality, "conflict");
    EXPECT_EQ(add(draft("pos/T1/2026-11-23/9", R"({"x":2})")).quality, "ok") << "others are not doubted";
    EXPECT_TRUE(add(draft("pos/T1/2026-11-23/8", R"({"x":1})")).repeat);
}

TEST_F(EraseTest, KeepsNoHashAndNoKeyOfACardNumber) {
    const std::string data = R"({"x":"4111222233334444"})";
    const Recorded event = add(draft("pos/T1/2026-11-23/7", data));
    const Recorded named = add(draft("pos/T1/2026-11-23/4111222233334444", "{}"));
    maintain();
    ASSERT_TRUE(erase({event_id(event.epoch, event.sequence), event_id(named.epoch, named.sequence)}));
    EXPECT_EQ(on_disk().find(content_of(sha, nullptr, "sale", data)), std::string::npos);
    EXPECT_EQ(on_disk().find("4111222233334444"), std::string::npos);
    open();
    EXPECT_EQ(add(draft("pos/T1/2026-11-23/4111222233334444", "{}")).quality, "possible_repeat");
}

TEST_F(EraseTest, RefusesWhatIsNotThere) {
    add_many(3);
    const std::string epoch = to_hex(store->live().epoch);
    for (const std::string& name : {std::string(), std::string("7"), std::string("Q-1"), std::string("Qx-1"),
                                    epoch + "-0", epoch + "-", epoch + "-99999999999999999", std::string("Q1-1x")}) {
        const auto done = erase({epoch + "-0000000000000001", name});
        ASSERT_FALSE(done) << name;
        EXPECT_NE(done.error().message.find("names neither an event"), std::string::npos) << done.error().message;
        EXPECT_TRUE(done.error().message.ends_with("; nothing is erased")) << done.error().message;
    }
    open();
    EXPECT_EQ(line_at(1).find("withheld"), std::string::npos) << "nothing was erased";
    EXPECT_NE(erase({epoch + "-0000000000000009"}).error().message.find("not in this journal"), std::string::npos);
    EXPECT_NE(erase({"0000000000000001-0000000000000001"}).error().message.find("epoch is not"), std::string::npos);
    EXPECT_NE(erase({"Q9-1"}).error().message.find("not in this journal"), std::string::npos);
    settings.path = dir.file("none.db");
    EXPECT_NE(erase({"Q1-1"}).error().message.find("there is no journal"), std::string::npos);
    EXPECT_EQ(test::content_of(settings.path), "") << "and none was made";
}

TEST_F(EraseTest, ErasesAllOfThemOrNone) {
    const std::string secret = "4111222233334444";
    const Recorded event = add(draft("pos/T1/2026-11-23/7", "{\"x\":\"" + secret + "\"}"));
    const Recorded record = add(rejected("oops " + secret));
    const Sequence last = store->live().last;
    const std::string epoch = to_hex(event.epoch);
    for (const std::string& wrong : {epoch + "-0000000000000009", std::string("0000000000000001-0000000000000001"),
                                     std::string("Q9-1"), std::string("what")}) {
        const auto done = erase({event_id(event.epoch, event.sequence), record.quarantine_id, wrong});
        ASSERT_FALSE(done) << wrong;
        EXPECT_TRUE(done.error().message.starts_with(wrong)) << done.error().message;
        EXPECT_TRUE(done.error().message.ends_with("; nothing is erased")) << done.error().message;
        open();
        EXPECT_EQ(store->live().last, last) << "and nothing is said of an erasure";
        EXPECT_NE(line_at(event.sequence).find(secret), std::string::npos) << wrong;
        EXPECT_EQ(store->quarantined(), 1) << wrong;
    }
    const auto done = erase({event_id(event.epoch, event.sequence), record.quarantine_id});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->count, 2U);
}

}  // namespace
}  // namespace tillpost
