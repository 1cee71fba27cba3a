// SPDX-License-Identifier: Apache-2.0
// [once-2] What was recorded before business keys were made another way is still the same when it comes again.
#include "agent/event/intake.hpp"
#include "agent/event/key_rules.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

const std::vector<std::string> by_store{"/store", "/till", "/business_date", "/number"};

class StoreFormerKeysTest : public StoreTest {
protected:
    void make_keys(KeyRules rules) {
        settings.keys = std::make_shared<const KeyRules>(std::move(rules));
        open();
    }
    void key_sales(std::vector<std::string> key, std::vector<std::string> changing = {}) {
        make_keys(KeyRules({{{"sale"}, std::move(key), std::move(changing)}}, "0042"));
    }
    void key_as_usual() { make_keys(KeyRules({}, "0042")); }
    Recorded send(const std::string& line) {
        auto parsed = Intake({settings.keys}).parse(line);
        Draft made;
        made.device = "feed";
        if (auto* event = std::get_if<Event>(&parsed)) {
            made.event = std::move(*event);
        } else {
            const Rejection& why = std::get<Rejection>(parsed);
            made = rejected(line);
            made.quarantine = Draft::Quarantine{line, why.rule, why.field, true};
        }
        made.event.quality = Quality();
        return add(std::move(made));
    }
    std::string subject_at(Sequence sequence) {
        const std::string line = line_at(sequence);
        const auto at = line.find("\"subject\":\"");
        return at == std::string::npos ? "" : line.substr(at + 11, line.find('"', at + 11) - at - 11);
    }
    std::int64_t kept_rules() {
        tamper(
            "CREATE TABLE IF NOT EXISTS looked (n); DELETE FROM looked; "
            "INSERT INTO looked SELECT count(*) FROM key_rules");
        auto database = Database::open({settings.path, 0x54494c4c});
        return *(*database)->integer("SELECT n FROM looked");
    }
};

std::string sale_of(const std::string& store, int number, const std::string& more = "") {
    const std::string named = store.empty() ? "" : R"("store":")" + store + "\",";
    return R"({"type":"sale",)" + named + R"("till":"T1","business_date":"2026-11-23","number":)" +
           std::to_string(number) + more + "}";
}

TEST_F(StoreFormerKeysTest, AfterAChangeOfTheKeyARepeatGetsTheFirstReceipt) {
    for (const bool written : {false, true}) {  // read from the body again, and from the table
        key_as_usual();
        const Recorded first = send(sale_of("0042", written ? 2 : 1));
        if (written) {
            ASSERT_TRUE(store->settle());
        }
        key_sales(by_store);
        for (int round = 0; round < 2; ++round) {
            const Recorded again = send(sale_of("0042", written ? 2 : 1));
            EXPECT_TRUE(again.repeat) << written << round;
            EXPECT_EQ(again.sequence, first.sequence) << written << round;
            open();
        }
        key_sales({"/receipt"});
        EXPECT_EQ(send(sale_of("0042", written ? 2 : 1, R"(,"receipt":"R1")")).quality, written ? "conflict" : "ok");
        key_sales({"/number"});
        EXPECT_TRUE(send(sale_of("0042", written ? 2 : 1)).repeat) << "through several changes";
    }
}

TEST_F(StoreFormerKeysTest, ARepeatThatLacksAPartOfTheNewKeyGetsTheFirstReceipt) {
    const char* const receipts[] = {"", R"(,"receipt":{"id":""})", R"(,"receipt":{"id":[7]})"};
    std::vector<Recorded> firsts;
    key_as_usual();
    for (int number = 0; number < 3; ++number) firsts.push_back(send(sale_of("", number, receipts[number])));
    for (const bool written : {false, true}) {  // read from the body again, and from the table
        key_sales({"/receipt/id"});
        for (int number = 0; number < 3; ++number) {
            for (const std::string& line : {sale_of("", number, receipts[number]),
                                            sale_of("", number, std::string(" ") + receipts[number] + " ")}) {
                const Recorded again = send(line);
                EXPECT_TRUE(again.repeat) << line;
                EXPECT_EQ(again.sequence, firsts[number].sequence) << line;
                EXPECT_EQ(again.quarantine_id, "") << line;
            }
        }
        key_sales({"/receipt/serial"});
        EXPECT_EQ(send(sale_of("", 0)).sequence, firsts[0].sequence) << "through several changes";
        if (!written) {
            ASSERT_TRUE(store->settle());
        }
    }
}

TEST_F(StoreFormerKeysTest, WhatIsNewAndLacksAPartOfTheNewKeyIsHeldBack) {
    key_as_usual();
    send(sale_of("", 1));
    key_sales({"/receipt/id"});
    const Recorded other = send(sale_of("", 2));
    EXPECT_FALSE(other.quarantine_id.empty());
    EXPECT_FALSE(other.repeat);
    EXPECT_FALSE(send(sale_of("", 1, R"(,"more":1)")).quarantine_id.empty()) << "with another content, too";
    EXPECT_FALSE(send("no JSON").quarantine_id.empty());
    open();
    const Recorded again = send(sale_of("", 2));
    EXPECT_TRUE(again.repeat);
    EXPECT_EQ(again.quarantine_id, other.quarantine_id);
    key_as_usual();
    EXPECT_EQ(send(sale_of("", 2)).quarantine_id, "") << "by the usual key it is an event";
}

TEST_F(StoreFormerKeysTest, ARepeatThatLacksAPartOfTheUsualKeyGetsTheFirstReceipt) {
    const std::string line = R"({"type":"sale","till":"T1","business_date":"2026-11-23","receipt":"R1"})";
    key_sales({"/receipt"});
    const Recorded first = send(line);
    ASSERT_EQ(first.quarantine_id, "");
    key_as_usual();
    EXPECT_EQ(send(line).sequence, first.sequence);
    EXPECT_FALSE(
        send(R"({"type":"sale","till":"T1","business_date":"2026-11-23","receipt":"R2"})").quarantine_id.empty());
}

TEST_F(StoreFormerKeysTest, BackToTheUsualKey) {
    key_sales({"/receipt"});
    const Recorded first = send(sale_of("", 1, R"(,"receipt":"R1")"));
    key_as_usual();
    EXPECT_EQ(send(sale_of("", 1, R"(,"receipt":"R1")")).sequence, first.sequence);
    EXPECT_TRUE(send(sale_of("", 1, R"( , "receipt":"R1")")).repeat) << "in other words";
    const Recorded other = send(sale_of("", 1, R"(,"receipt":"R1","more":1)"));
    EXPECT_TRUE(other.conflict) << "and it is known to have this key, too";
    EXPECT_EQ(other.quality, "conflict");
    EXPECT_EQ(send(sale_of("", 2, R"(,"receipt":"R1")")).quality, "ok") << "that would be another one now";
}

TEST_F(StoreFormerKeysTest, WhatIsAnotherRecordByThePresentKeyIsOne) {
    key_as_usual();
    send(sale_of("0042", 1));
    key_sales(by_store);
    const Recorded other = send(sale_of("7", 1));
    EXPECT_EQ(other.quality, "ok");
    EXPECT_FALSE(other.conflict);
    EXPECT_EQ(send(sale_of("0042", 1, R"(,"more":1)")).quality, "conflict");
}

TEST_F(StoreFormerKeysTest, WhatIsHeldNoLongerIsKnownByItsBytesAndElseDoubted) {
    key_as_usual();
    send(sale_of("0042", 1));
    ASSERT_TRUE(store->withhold(1, "larger_than_packet"));
    key_sales(by_store);
    EXPECT_TRUE(send(sale_of("0042", 1)).repeat);
    EXPECT_EQ(send(sale_of("0042", 1, R"(,"more":1)")).quality, "possible_repeat");
}

TEST_F(StoreFormerKeysTest, WhatMayChangeIsComparedAsItWasThen) {
    key_sales({}, {"/printed"});
    send(sale_of("", 1, R"(,"printed":1,"at":1)"));
    ASSERT_TRUE(store->withhold(1, "larger_than_packet"));
    key_sales({}, {"/at"});
    EXPECT_TRUE(send(sale_of("", 1, R"(,"printed":2,"at":1)")).repeat);
    EXPECT_TRUE(send(sale_of("", 1, R"(,"printed":1,"at":2)")).conflict) << "that may change since today only";
}

TEST_F(StoreFormerKeysTest, AKeyInTheStoreOfAnEarlierVersionIsKnown) {
    make_keys(KeyRules({}, "0042").without_stores());
    const Recorded foreign = send(sale_of("7", 1));
    EXPECT_EQ(subject_at(foreign.sequence), "pos/T1/2026-11-23/1");
    tamper("DELETE FROM key_rules");  // as of a journal that has just got its table
    key_as_usual();
    EXPECT_EQ(send(sale_of("7", 1)).sequence, foreign.sequence);
    EXPECT_EQ(subject_at(send(sale_of("007", 2)).sequence), "pos/7/T1/2026-11-23/2");
    const Recorded own = send(sale_of("0042", 2));
    EXPECT_EQ(own.quality, "ok") << "the same number of another store";
    EXPECT_EQ(subject_at(own.sequence), "pos/T1/2026-11-23/2");
}

TEST_F(StoreFormerKeysTest, WithAndWithoutAKey) {
    const std::string line = R"({"type":"other","time":"2026-11-23T10:15:30Z","slip":7})";
    key_as_usual();
    const Recorded first = send(line);
    make_keys(KeyRules({{{"other"}, {"/slip"}, {}}}));
    EXPECT_EQ(send(line).sequence, first.sequence);
    const Recorded keyed = send(R"({"type":"other","time":"2026-11-23T10:15:30Z","slip":8})");
    key_as_usual();
    EXPECT_EQ(send(R"({"type":"other","time":"2026-11-23T10:15:30Z","slip":8})").sequence, keyed.sequence);
}

TEST_F(StoreFormerKeysTest, AreForgottenWithTheKeysThatTheyMade) {
    key_as_usual();
    send(sale_of("0042", 1));
    key_sales(by_store);
    key_sales({"/number"});
    EXPECT_EQ(kept_rules(), 3);
    open();
    clock.advance(settings.remember_keys + std::chrono::seconds(1));
    maintain();
    key_as_usual();
    EXPECT_EQ(kept_rules(), 1);
    store.reset();
    settings.keys = nullptr;
    open();
    EXPECT_EQ(kept_rules(), 1) << "a tool that does not say how changes nothing";
}

TEST_F(StoreFormerKeysTest, OfAFileThatWasSetAsideAreTakenForTheUsualOnes) {
    store.reset();
    settings.path = dir.file("new.db");
    settings.keys = std::make_shared<const KeyRules>(KeyRules({{{"sale"}, by_store, {}}}, "0042"));
    ASSERT_TRUE(Store::open(settings, clock, 2));
    EXPECT_EQ(kept_rules(), 3);
}

TEST_F(StoreFormerKeysTest, UnreadableRulesHinderNothing) {
    key_as_usual();
    send(sale_of("0042", 1));
    tamper(R"(UPDATE key_rules SET rules = '{"keys":[{"types":7}]}')");
    key_as_usual();
    EXPECT_TRUE(send(sale_of("0042", 1)).repeat);
}

}  // namespace
}  // namespace tillpost
