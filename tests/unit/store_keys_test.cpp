// SPDX-License-Identifier: Apache-2.0
// [once-2] Business keys of the newest events are in memory and in the events' bodies alone: whatever happens, a repeat
// gets its first receipt again. Opening the file anew without settle() is what a crash leaves.
#include <sqlite3.h>

#include "agent/journal/recent_keys.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

class StoreKeysTest : public StoreTest {
protected:
    StoreKeysTest() {
        settings.keys_in_memory = 8;
        open();
    }
    Recorded sale(int number, const std::string& content = "{}") {
        return add(draft("pos/T1/2026-11-23/" + std::to_string(number), content));
    }
    std::int64_t keys_in_table() {
        store.reset();
        auto database = Database::open({settings.path, 0x54494c4c});
        const auto count = (*database)->integer("SELECT count(*) FROM business_key");
        database->reset();
        open();
        return count ? *count : -1;
    }
    void expect_all_known(int sales, const Recorded& first) {
        for (int i = 0; i < sales; ++i) {
            const Recorded again = sale(i);
            EXPECT_TRUE(again.repeat) << i;
            EXPECT_EQ(again.epoch, first.epoch) << i;
            EXPECT_EQ(again.sequence, first.sequence + static_cast<Sequence>(i)) << i;
        }
    }
    Recorded sell(int count) {
        const Recorded first = sale(0);
        for (int i = 1; i < count; ++i) sale(i);
        return first;
    }
};

TEST_F(StoreKeysTest, AreKnownAfterACrashWhetherWrittenOrNot) {
    const Recorded first = sell(5);
    EXPECT_EQ(keys_in_table(), 0);
    expect_all_known(5, first);
    for (int i = 5; i < 20; ++i) sale(i);
    maintain();
    EXPECT_EQ(keys_in_table(), 20);
    for (int i = 20; i < 23; ++i) sale(i);
    open();
    expect_all_known(23, first);
}

TEST_F(StoreKeysTest, AStopInGoodOrderWritesThem) {
    sell(5);
    ASSERT_TRUE(store->settle());
    EXPECT_EQ(keys_in_table(), 5);
}

TEST_F(StoreKeysTest, AreWrittenInGoodTimeWithoutUpkeep) {
    const Recorded first = sell(100);
    EXPECT_GE(keys_in_table(), 100 - 4 * 8);
    expect_all_known(100, first);
}

TEST_F(StoreKeysTest, AStartReadsABoundedNumberOfEventsThatHaveNone) {
    sell(2);
    add_many(33);  // 4 times the keys in memory, and one
    maintain();
    EXPECT_EQ(keys_in_table(), 2) << "though these two are few";
}

TEST_F(StoreKeysTest, AConflictPointsToTheFirstAfterACrashToo) {
    const Recorded first = sale(1, R"({"a":1})");
    sale(1, R"({"a":2})");
    open();
    const Recorded third = sale(1, R"({"a":3})");
    EXPECT_TRUE(third.conflict);
    const std::string id = event_id(first.epoch, first.sequence);
    EXPECT_NE(line_at(third.sequence).find("\"correlationid\":\"" + id + "\""), std::string::npos);
    open();
    for (int content = 1; content <= 3; ++content) {
        EXPECT_TRUE(sale(1, "{\"a\":" + std::to_string(content) + "}").repeat) << content;
    }
}

TEST_F(StoreKeysTest, OutliveTheContentOfTheirEvents) {
    const Recorded first = sell(4);
    ASSERT_TRUE(store->withhold(2, "larger_than_packet"));
    open();
    expect_all_known(4, first);
}

TEST_F(StoreKeysTest, OutliveSheddingOfTheirEvents) {
    settings.most_bytes = 64 << 10;
    settings.ballast_bytes = 0;
    open();
    for (int i = 0; i < 60; ++i) {
        Draft count = draft("count/" + std::to_string(i), "{\"x\":\"" + test::filler(1'000) + "\"}");
        count.event.type = "stock_count";
        add(std::move(count));
    }
    maintain();
    ASSERT_GT(store->shed(), 0);
    open();
    for (int i = 0; i < 60; ++i) {
        Draft again = draft("count/" + std::to_string(i), "{\"x\":\"" + test::filler(1'000) + "\"}");
        again.event.type = "stock_count";
        EXPECT_TRUE(add(std::move(again)).repeat) << i;
    }
}

TEST_F(StoreKeysTest, OutliveTheirEvents) {
    const Recorded first = sell(5);
    ASSERT_TRUE(store->confirm(receipt(5)));
    clock.advance(settings.keep + std::chrono::seconds(1));
    maintain();
    ASSERT_EQ(store->live().first, 6U);
    open();
    expect_all_known(5, first);
}

TEST_F(StoreKeysTest, StayThoseOfTheirFirstNumberThroughAFork) {
    const Recorded first = sell(5);
    EpochReceipt other = receipt(3);
    other.hash[0] ^= 1;
    ASSERT_TRUE(store->confirm(other)->forked);
    open();
    reissue();
    open();
    expect_all_known(5, first);
    maintain();
    EXPECT_EQ(keys_in_table(), 5);
}

TEST_F(StoreKeysTest, OfADamagedFileAreTakenFromItsEvents) {
    // What a damaged row said its key was is not believed.
    sell(5);
    tamper("UPDATE event SET body = CAST(replace(unpacked(body), '2026-11-23/3', '2026-11-23/9') AS BLOB)");
    open();
    EXPECT_FALSE(sale(9).repeat);
    EXPECT_TRUE(sale(2).repeat);
}

TEST_F(StoreKeysTest, AFileOfTheFirstFormatHasAllItsKeysInTheTable) {
    const Recorded first = sell(3);
    ASSERT_TRUE(store->settle());
    tamper(
        "DELETE FROM counter WHERE name NOT IN ('quarantined', 'shed', 'lost'); DROP TABLE too_large; DROP TABLE "
        "dictionary; DROP TABLE "
        "waiting; DROP TABLE "
        "key_rules; "
        "DROP TABLE age; DROP TABLE passed; DROP TABLE day; DROP TABLE returned; DROP TABLE corrected; "
        "DROP TABLE quarantine; CREATE TABLE quarantine "
        "(position INTEGER PRIMARY KEY, recorded INTEGER NOT NULL, device TEXT NOT NULL, rule TEXT NOT NULL, "
        "field TEXT NOT NULL, bytes BLOB NOT NULL, about INTEGER) STRICT; PRAGMA user_version=1");
    open();
    expect_all_known(3, first);
    sale(7);
    open();
    EXPECT_TRUE(sale(7).repeat);
}

// A receiver that was put back to an older backup asks for what is deleted here: the POS alone may still have it.
TEST_F(StoreKeysTest, OfWhatIsGoneForGoodAreFreed) {
    for (const bool written : {false, true}) {
        const int begin = written ? 100 : 0;
        const Recorded first = sale(begin);
        for (int i = 1; i < 5; ++i) sale(begin + i);
        EXPECT_TRUE(!written || store->settle());
        const EpochReceipt before = receipt(first.sequence - 1);
        ASSERT_TRUE(store->confirm(receipt(first.sequence + 4)));
        const Recorded held = sale(begin + 50);
        clock.advance(settings.keep + std::chrono::seconds(1));
        maintain();
        ASSERT_EQ(store->live().first, held.sequence);
        EXPECT_EQ(sale(begin + 2).sequence, first.sequence + 2) << "as far as anybody knows it is at the receiver";
        const auto asked = store->confirm(before);
        ASSERT_TRUE(asked) << asked.error().message;
        ASSERT_TRUE(asked->gone);
        open();
        const Recorded again = sale(begin + 2);
        EXPECT_FALSE(again.repeat);
        EXPECT_GT(again.sequence, held.sequence);
        EXPECT_NE(line_at(again.sequence).find("possible_repeat"), std::string::npos) << line_at(again.sequence);
        EXPECT_EQ(sale(begin + 2).sequence, again.sequence);
        EXPECT_TRUE(sale(begin + 50).repeat) << "that one is held";
        ASSERT_TRUE(store->confirm(before));
        EXPECT_EQ(sale(begin + 2).sequence, again.sequence) << "it has been told already";
    }
}

// Its content is nowhere any more, and its receipt would be all that the POS gets for the good bytes.
TEST_F(StoreKeysTest, OfADamagedEventThatCentralHasNotAreFreed) {
    const char* const damages[] = {"body = CAST(replace(unpacked(body), '9.99', '8.88') AS BLOB)",
                                   "body = CAST('x' AS BLOB), digest = zeroblob(32)"};
    int begin = 0;
    for (const bool written : {true, false}) {  // the other one is doubted for a day
        for (const char* const damage : damages) {
            SCOPED_TRACE(std::string(damage) + (written ? ", key in the table" : ", key in the body alone"));
            begin += 100;
            const Recorded first = sale(begin, R"({"total":"1.00"})");
            const Recorded lost = sale(begin + 1, R"({"total":"9.99"})");
            EXPECT_TRUE(!written || store->settle());
            tamper(std::string("UPDATE event SET ") + damage +
                   " WHERE position & 0xffff = " + std::to_string(lost.sequence));
            open();
            const Recorded again = sale(begin + 1, R"({"total":"9.99"})");
            EXPECT_FALSE(again.repeat);
            EXPECT_NE(line_at(again.sequence).find("possible_repeat"), std::string::npos) << line_at(again.sequence);
            EXPECT_EQ(sale(begin + 1, R"({"total":"9.99"})").sequence, again.sequence);
            EXPECT_EQ(sale(begin, R"({"total":"1.00"})").sequence, first.sequence) << "that one is whole";
        }
    }
}

TEST_F(StoreKeysTest, OfADamagedEventThatCentralHasAreKept) {
    const Recorded first = sell(5);
    ASSERT_TRUE(store->confirm(receipt(5)));
    ASSERT_TRUE(store->settle());
    tamper("UPDATE event SET body = CAST('x' AS BLOB) WHERE position & 0xffff = 3");
    open();
    ASSERT_EQ(store->lost(), 1);
    expect_all_known(5, first);
}

/// The key of one sale in the table, or in its index, is not what it was.
class DamagedKeysTest : public StoreKeysTest, public ::testing::WithParamInterface<bool> {
protected:
    /// Statements that the index knows nothing of.
    void behind_the_index(const std::string& sql) {
        const std::string of_index = " FROM sqlite_schema WHERE name = 'business_key_lookup'";
        change("PRAGMA writable_schema = ON; CREATE TABLE kept AS SELECT *" + of_index + "; DELETE" + of_index);
        change(sql);
        change("PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM kept");
        change("DROP TABLE kept");
    }

private:
    /// By a connection of its own that may change the schema's table, as ours may not.
    void change(const std::string& sql) {
        store.reset();
        sqlite3* raw = nullptr;
        ASSERT_EQ(::sqlite3_open(settings.path.c_str(), &raw), SQLITE_OK);
        EXPECT_EQ(::sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << ::sqlite3_errmsg(raw);
        ASSERT_EQ(::sqlite3_close(raw), SQLITE_OK);
    }
};

TEST_P(DamagedKeysTest, AreFoundByTheScrubAndMended) {
    sell(3'000);
    ASSERT_TRUE(store->settle());
    const std::string damage = "UPDATE business_key SET key = 'x' || key WHERE key LIKE '%/77'";
    const std::string undo = "UPDATE business_key SET key = substr(key, 2) WHERE key LIKE 'x%'";
    const bool in_index = GetParam();
    if (in_index) tamper(damage);
    behind_the_index(in_index ? undo : damage);
    open();
    while (*store->scrub()) continue;
    const Recorded again = sale(77);
    EXPECT_EQ(again.repeat, in_index);
    EXPECT_EQ(line_at(again.sequence).find("possible_repeat") == std::string::npos, in_index);
    for (const int other : {0, 76, 78, 2'999}) EXPECT_TRUE(sale(other).repeat) << other;
    EXPECT_NE(line_at(sale(5'000).sequence).find("possible_repeat"), std::string::npos) << "for a day";
    open();
    while (*store->scrub()) continue;
    EXPECT_TRUE(sale(77).repeat);
}

INSTANTIATE_TEST_SUITE_P(In, DamagedKeysTest, ::testing::Bool(),
                         [](const auto& which) { return which.param ? "the_index" : "the_table"; });

// Its records of a day come before that day begins anywhere: by the date alone nothing of it can be forgotten.
TEST_F(StoreKeysTest, WhatATillThatIsDaysAheadMayHaveSentBeforeIsDoubted) {
    settings.remembered_keys = 10;
    open();
    clock.advance(std::chrono::hours(1));  // what happens now cannot come from before the journal's birth
    const auto quality = [this](int number) {
        const std::string date = rfc3339(clock.now().wall + std::chrono::days(2)).substr(0, 10);
        Draft one = draft("pos/T1/" + date + "/" + std::to_string(number), "{}");
        one.event.business_date = date;
        one.event.time = rfc3339(clock.now().wall);
        return add(std::move(one)).quality;
    };
    for (int i = 0; i < 20; ++i) EXPECT_EQ(quality(i), "ok") << i;
    clock.advance(std::chrono::minutes(1));
    maintain();
    EXPECT_EQ(quality(0), "possible_repeat");
    EXPECT_EQ(quality(0), "") << "it is known now";
    clock.advance(std::chrono::days(1));
    EXPECT_EQ(quality(50), "ok") << "nothing of that time is forgotten";
}

TEST_F(StoreKeysTest, WhatMayHaveBeenForgottenIsDoubted) {
    settings.remembered_keys = 10;
    open();
    const auto quality = [this](int number, const std::string& date) {
        Draft one = draft("pos/T1/" + date + "/" + std::to_string(number), "{}");
        one.event.business_date = date;
        return add(std::move(one)).quality;
    };
    const std::string today = rfc3339(clock.now().wall).substr(0, 10);
    const std::string before = rfc3339(clock.now().wall - std::chrono::days(3)).substr(0, 10);
    EXPECT_EQ(quality(0, before), "ok") << "nothing is forgotten yet";
    for (int i = 0; i < 20; ++i) EXPECT_EQ(quality(i, today), "ok");
    clock.advance(std::chrono::days(2));
    const std::string later = rfc3339(clock.now().wall).substr(0, 10);
    maintain();
    EXPECT_EQ(quality(0, before), "possible_repeat") << "it may be the first again";
    EXPECT_EQ(quality(0, before), "") << "which is known now, and gets its receipt again";
    EXPECT_EQ(quality(1, before), "possible_repeat");
    EXPECT_EQ(quality(50, later), "ok") << "of that day nothing is forgotten";
    EXPECT_EQ(quality(50, ""), "ok");
    open();
    EXPECT_EQ(quality(2, before), "possible_repeat") << "after a crash";
    Draft correction = draft("pos/T1/" + before + "/3", "{}");
    correction.event.business_date = before;
    correction.event.corrects = "0123456789abcdef-0000000000000001";
    correction.event.corrects_kind = "replace";
    EXPECT_EQ(add(std::move(correction)).quality, "ok") << "it says itself what it is";
}

// Central counts nothing twice that is marked, whatever else came under its key meanwhile.
TEST_F(StoreKeysTest, WhatMayHaveBeenForgottenIsDoubtedBehindAConflictToo) {
    settings.remembered_keys = 10;
    open();
    const std::string today = rfc3339(clock.now().wall).substr(0, 10);
    const auto quality = [this, &today](int number, const std::string& data) {
        Draft one = draft("pos/T1/" + today + "/" + std::to_string(number), data);
        one.event.business_date = today;
        return add(std::move(one)).quality;
    };
    EXPECT_EQ(quality(0, "{}"), "ok");
    for (int i = 1; i < 6; ++i) quality(i, "{}");
    EXPECT_EQ(quality(0, R"({"a":1})"), "conflict") << "all that came under the key is known";
    for (int i = 6; i < 10; ++i) quality(i, "{}");
    ASSERT_TRUE(store->settle());
    maintain();
    for (const bool restarted : {false, true}) {
        if (restarted) open();
        EXPECT_EQ(quality(0, R"({"a":1})"), "") << "the conflicting one is known";
        EXPECT_EQ(quality(0, restarted ? R"({"b":1})" : "{}"), "possible_repeat conflict") << restarted;
    }
    EXPECT_EQ(quality(9, R"({"a":1})"), "conflict") << "its first one is known";
}

TEST_F(StoreKeysTest, WhatComesUnderAKnownKeyIsNoNewNumber) {
    sell(4);
    sale(1, R"({"a":1})");
    const auto expect_first = [this] {
        EXPECT_EQ(*store->newest_keys(2), (std::vector<std::string>{"pos/T1/2026-11-23/2", "pos/T1/2026-11-23/3"}));
    };
    expect_first();
    ASSERT_TRUE(store->settle());
    expect_first();
}

TEST_F(StoreKeysTest, TheNewestAreToldInTheirOrder) {
    sell(5);
    maintain();
    for (int i = 5; i < 12; ++i) sale(i);
    const auto keys = store->newest_keys(4);
    ASSERT_TRUE(keys);
    EXPECT_EQ(*keys, (std::vector<std::string>{"pos/T1/2026-11-23/8", "pos/T1/2026-11-23/9", "pos/T1/2026-11-23/10",
                                               "pos/T1/2026-11-23/11"}));
    ASSERT_TRUE(store->settle());
    open();
    EXPECT_EQ(*store->newest_keys(4), *keys);
    EXPECT_EQ(store->newest_keys(100)->size(), 12U);
    EXPECT_EQ(store->newest_keys(100)->front(), "pos/T1/2026-11-23/0");
}

TEST(RecentKeysTest, FindsWhatItHoldsAndNothingElse) {
    RecentKeys keys;
    for (int i = 1; i <= 6; ++i) keys.add({i, 100 * i, i % 2 == 0 ? "even" : "odd", std::string(16, 'c'), i});
    const auto positions = [&keys](std::string_view key) {
        std::vector<std::int64_t> found;
        keys.each(key, [&found](const RecentKeys::Row& row) { found.push_back(row.position); });
        std::sort(found.begin(), found.end());
        return found;
    };
    EXPECT_EQ(positions("even"), (std::vector<std::int64_t>{2, 4, 6}));
    keys.drop_behind(5);
    keys.drop_upto(1);
    EXPECT_EQ(keys.forget(2), 200);
    EXPECT_EQ(keys.forget(2), 0);
    EXPECT_EQ(positions("even"), (std::vector<std::int64_t>{4}));
    EXPECT_EQ(positions("odd"), (std::vector<std::int64_t>{3, 5}));
    EXPECT_TRUE(positions("other").empty());
    keys.drop_upto(10);
    EXPECT_TRUE(keys.rows().empty());
}

}  // namespace
}  // namespace tillpost
