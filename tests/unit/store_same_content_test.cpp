// SPDX-License-Identifier: Apache-2.0
// [once-2] A record that a POS or connector writes anew, with other bytes and the same content, is the same event.
#include "agent/event/key_rules.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

const std::string known_key = "pos/T1/2026-11-23/7";
const std::string known_sale = R"({"type":"sale","total":1.50,"lines":[{"line":1,"note":"é"}],"operator":"p-1"})";

class StoreSameContentTest : public StoreTest {
protected:
    Recorded send(const std::string& data) { return add(draft(known_key, data)); }
};

TEST_F(StoreSameContentTest, InOtherWordsItGetsTheFirstReceipt) {
    const Recorded first = send(known_sale);
    const char* others[] = {
        R"({ "type" : "sale", "total" : 1.50, "lines" : [ { "line":1, "note":"é" } ], "operator":"p-1" })",
        R"({"operator":"p-1","lines":[{"note":"é","line":1}],"type":"sale","total":1.50})",
        R"({"type":"sale","total":1.5,"lines":[{"line":1,"note":"\u00e9"}],"operator":"p-1"})",
        R"({"type":"sale","total":1.500,"lines":[{"line":1,"note":"é"}],"operator":"p-1","mode":null})",
        R"({"type":"sale","origin":{"adapter":"x","request":"2"},"total":1.50,"lines":[{"line":1,"note":"é"}],"operator":"p-1"})"};
    for (const char* other : others) {
        const Recorded again = send(other);
        EXPECT_TRUE(again.repeat) << other;
        EXPECT_EQ(again.sequence, first.sequence) << other;
    }
    EXPECT_EQ(store->live().last, first.sequence) << "and nothing was recorded";
    open();
    EXPECT_TRUE(send(others[1]).repeat) << "after a restart, too";
    maintain();
    ASSERT_TRUE(store->settle());
    open();
    EXPECT_TRUE(send(others[1]).repeat) << "and from the table";
}

// One key, so one record: else a POS that writes its numbers otherwise after an update would sell all of it again.
TEST_F(StoreSameContentTest, ANumberIsTheSameAsTheTextInTheKeyAlone) {
    struct Pair {
        const char *type, *subject, *first, *again;
        bool same;
    };
    const Pair pairs[] = {
        {"sale", "pos/1/2026-11-23/1", R"({"till":"1","number":"1","n":1})", R"({"till":1,"number":1,"n":1})", true},
        {"sale", "pos/1/2026-11-23/2", R"({"till":1,"number":2,"n":1})", R"({"till":"1","number":"2","n":1})", true},
        {"sale", "pos/1/2026-11-23/3", R"({"till":"1","number":"3","n":1})", R"({"till":1,"number":3,"n":2})", false},
        {"sale", "pos/1/2026-11-23/4", R"({"till":"1","number":"4","n":1})", R"({"till":1,"number":4,"n":"1"})", false},
        {"sale", "pos/1/2026-11-23/5", R"({"number":"5","lines":[{"number":1}]})",
         R"({"number":5,"lines":[{"number":"1"}]})", false},
        {"till_close", "till_close/1/2026-11-23/1", R"({"till":"1","session":"1"})", R"({"till":1,"session":1})", true},
        {"till_close", "pos/1/2026-11-23/6", R"({"number":"6","session":"1"})", R"({"number":6,"session":1})", false},
        {"receiving", "receiving/7", R"({"document":"7","a":1})", R"({"document":7,"a":1})", true},
        {"payment_batch", "payment_batch/1/2026-11-23/8", R"({"terminal":"1","batch":"8"})",
         R"({"terminal":1,"batch":8})", true}};
    for (const Pair& each : pairs) {
        const auto record = [&each](const char* data) {
            Draft made = draft(each.subject, data);
            made.event.type = each.type;
            return made;
        };
        ASSERT_FALSE(add(record(each.first)).repeat) << each.first;
        const Recorded again = add(record(each.again));
        EXPECT_EQ(again.repeat, each.same) << each.again;
        EXPECT_EQ(again.conflict, !each.same) << each.again;
    }
}

TEST_F(StoreSameContentTest, ANumberIsTheSameAsTheTextInAConfiguredKey) {
    settings.keys = std::make_shared<const KeyRules>(std::vector<KeySetting>{{{"sale"}, {"/a/id"}, {}}});
    open();
    add(draft("sale/7", R"({"a":{"id":"7","n":1},"number":"1"})"));
    EXPECT_TRUE(add(draft("sale/7", R"({"a":{"id":7,"n":1},"number":"1"})")).repeat);
    EXPECT_TRUE(add(draft("sale/7", R"({"a":{"id":7,"n":1},"number":1})")).conflict) << "is no part of that key";
}

// A short key says that the record is of the agent's own store.
TEST_F(StoreSameContentTest, TheOwnStoreIsTheSameHoweverItIsWrittenAndIfItIsNot) {
    settings.keys = std::make_shared<const KeyRules>(KeyRules({}, "0042"));
    open();
    const char* const own[] = {R"({"store":"42","n":1})", R"({"store":"0042","n":1})",
                               R"({"store":42,"n":1})",   R"({"n":1})",
                               R"({"store":null,"n":1})", R"({"n":1,"st\u006fre":"042"})"};
    const Recorded first = send(own[0]);
    for (const char* const each : own) {
        const Recorded again = send(each);
        EXPECT_TRUE(again.repeat) << each;
        EXPECT_EQ(again.sequence, first.sequence) << each;
    }
    const char* const others[] = {R"({"store":"42","n":2})", R"({"store":"420","n":1})", R"({"store":["42"],"n":1})",
                                  R"({"store":"042a","n":1})", R"({"lines":[{"store":"42"}],"n":1})"};
    for (const char* const each : others) EXPECT_TRUE(send(each).conflict) << each;
    settings.keys = nullptr;
    open();
    EXPECT_TRUE(send(R"({"store":"00042","n":1})").conflict) << "where the own one is not known";
}

TEST_F(StoreSameContentTest, OtherContentIsAConflict) {
    send(known_sale);
    const char* others[] = {
        R"({"type":"sale","total":1.51,"lines":[{"line":1,"note":"é"}],"operator":"p-1"})",
        R"({"type":"sale","total":"1.50","lines":[{"line":1,"note":"é"}],"operator":"p-1"})",
        R"({"type":"sale","total":1.50,"lines":[{"line":1,"note":"e"}],"operator":"p-1"})",
        R"({"type":"sale","total":1.50,"lines":[{"line":1,"note":"é"}],"operator":"p-1","more":false})",
        R"({"type":"sale","total":1.50,"lines":[{"line":1,"note":"é"},{}],"operator":"p-1"})"};
    for (const char* other : others) EXPECT_TRUE(send(other).conflict) << other;
    EXPECT_TRUE(send(std::string(" ") + others[0]).repeat) << "of the second content";
}

TEST_F(StoreSameContentTest, WhatIsHeldNoLongerIsComparedByItsBytesAlone) {
    send(known_sale);
    ASSERT_TRUE(store->withhold(1, "larger_than_packet"));
    EXPECT_TRUE(send(known_sale).repeat);
    EXPECT_TRUE(send(" " + known_sale).conflict);
}

TEST_F(StoreSameContentTest, WhatIsDamagedSaysNothing) {
    send(known_sale);
    tamper("UPDATE event SET digest = zeroblob(32)");
    open();
    EXPECT_FALSE(send(" " + known_sale).repeat);
}

TEST_F(StoreSameContentTest, WhatMayChangeIsLeftOutHereToo) {
    settings.keys = std::make_shared<const KeyRules>(std::vector<KeySetting>{{{"sale"}, {}, {"/printed"}}});
    open();
    send(R"({"type":"sale","a":1,"printed":"10:00"})");
    EXPECT_TRUE(send(R"({"printed":"10:05", "a":1, "type":"sale"})").repeat);
    EXPECT_TRUE(send(R"({"printed":"10:05", "a":2, "type":"sale"})").conflict);
}

TEST_F(StoreSameContentTest, ARecordOfAnotherTypeIsAnother) {
    send(known_sale);
    Draft control = draft(known_key, " " + known_sale);
    control.event.type = "control";
    EXPECT_TRUE(add(std::move(control)).conflict);
}

/// What a feed sends that has no business key.
Draft keyless(const std::string& type, const std::string& data, const std::string& entry = "pos") {
    Draft made = draft("", data);
    made.event.type = type;
    made.event.entry = entry;
    return made;
}

TEST_F(StoreSameContentTest, WithoutAKeyTheSameBytesAreTheSameEvent) {
    for (const char* type : {"other", "adjustment", "markdown", "no_sale", "void", "control", "till_open"}) {
        const std::string data = R"({"type":")" + std::string(type) + R"(","reason":"r"})";
        const Recorded first = add(keyless(type, data));
        EXPECT_FALSE(first.repeat) << type;
        const Recorded again = add(keyless(type, data));
        EXPECT_TRUE(again.repeat) << type;
        EXPECT_EQ(again.sequence, first.sequence) << type;
        const Recorded other = add(keyless(type, data + " "));
        EXPECT_FALSE(other.repeat || other.conflict) << type;
        EXPECT_EQ(other.quality, "ok") << type;
    }
}

TEST_F(StoreSameContentTest, WhatSensorsAndTheAgentSayIsNeverMerged) {
    const std::pair<const char*, const char*> others[] = {{"scan", "pos"},   {"weight", "pos"}, {"scan", "station"},
                                                          {"device_up", ""}, {"other", ""},     {"gap", "pos"}};
    for (const auto& [type, entry] : others) {
        const Recorded first = add(keyless(type, "{}", entry));
        const Recorded second = add(keyless(type, "{}", entry));
        EXPECT_FALSE(second.repeat) << type;
        EXPECT_EQ(second.sequence, first.sequence + 1) << type;
    }
}

TEST_F(StoreSameContentTest, WithoutAKeyItIsKnownThroughCrashAndStop) {
    const Recorded first = add(keyless("other", R"({"n":1})"));
    open();
    EXPECT_EQ(add(keyless("other", R"({"n":1})")).sequence, first.sequence) << "from the event's body";
    ASSERT_TRUE(store->settle());
    open();
    EXPECT_TRUE(add(keyless("other", R"({"n":1})")).repeat) << "from the table";
    tamper("UPDATE event SET body = CAST(replace(unpacked(body), '\"n\":1', '\"n\":2') AS BLOB)");
    open();
    EXPECT_FALSE(add(keyless("other", R"({"n":2})")).repeat) << "what a damaged body says is not believed";
}

// Hashes alone would scatter what one commit writes over all pages of the index.
TEST_F(StoreSameContentTest, KeysOfKeylessRecordsStandInTheOrderOfTheirTimes) {
    constexpr int records = 200;
    const auto record = [](int number) {
        Draft made = keyless("other", "{\"n\":" + std::to_string(number) + "}");
        const std::string minute = std::to_string(10 + number / 10);
        if (number < records / 2) made.event.time = "2026-11-23T10:" + minute + ":07+01:00";
        if (number >= records / 2) made.event.business_date = "2026-12-" + minute;
        return made;
    };
    for (int i = 0; i < records; ++i) add(record(i));
    open();
    for (int i = 0; i < records; ++i) EXPECT_TRUE(add(record(i)).repeat) << "from the event's body: " << i;
    ASSERT_TRUE(store->settle());
    open();
    for (int i = 0; i < records; ++i) EXPECT_TRUE(add(record(i)).repeat) << "from the table: " << i;
    store.reset();
    auto database = Database::open({settings.path, 0x54494c4c});
    EXPECT_EQ((*database)
                  ->integer("SELECT count(*) FROM (SELECT position, lag(position, 1, 0) OVER (ORDER BY key) AS before "
                            "FROM business_key) WHERE abs(position - before) >= 20 AND before <> 0")
                  .value(),
              0);
    EXPECT_EQ((*database)->integer("SELECT count(*) FROM business_key WHERE key LIKE '#20%'").value(), records);
}

TEST_F(StoreSameContentTest, WithoutAKeyItIsKnownThoughItsTimeMayChange) {
    settings.keys = std::make_shared<const KeyRules>(std::vector<KeySetting>{{{"other"}, {}, {"/time"}}});
    open();
    const auto record = [](const std::string& time) {
        Draft made = keyless("other", R"({"n":1,"time":")" + time + "\"}");
        made.event.time = time;
        return made;
    };
    add(record("2026-11-23T10:15:30Z"));
    EXPECT_TRUE(add(record("2026-11-24T10:15:30Z")).repeat);
    open();
    EXPECT_TRUE(add(record("2026-11-25T10:15:30Z")).repeat);
}

TEST_F(StoreSameContentTest, WithoutAKeyItIsKnownWithinTheBoundAlone) {
    settings.remembered_keys = 4;
    open();
    add(keyless("other", R"({"n":0})"));
    for (int i = 1; i < 8; ++i) add(keyless("other", "{\"n\":" + std::to_string(i) + "}"));
    maintain();
    EXPECT_TRUE(add(keyless("other", R"({"n":7})")).repeat);
    EXPECT_FALSE(add(keyless("other", R"({"n":0})")).repeat);
}

TEST_F(StoreSameContentTest, WithoutAKeyItsHashGoesWhenItIsErased) {  // [privacy-1]
    add(keyless("other", R"({"n":1})"));
    maintain();
    ASSERT_TRUE(store->settle());
    ASSERT_TRUE(store->erase(1, 1, {}));
    store.reset();
    auto database = Database::open({settings.path, 0x54494c4c});
    EXPECT_EQ((*database)->integer("SELECT count(*) FROM business_key WHERE key LIKE '#%'").value(), 0);
    database->reset();
    open();
    EXPECT_EQ(add(keyless("other", R"({"n":1})")).quality, "possible_repeat");
}

}  // namespace
}  // namespace tillpost
