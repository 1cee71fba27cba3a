// SPDX-License-Identifier: Apache-2.0
// [complete-1] What business days need of quarantine is kept without the content, and is what the content says.
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

using Kind = QuarantineDecision::Kind;

/// "id till/business_date/number recorded", as many as are asked for, and how many more there are.
struct Waiting {
    std::vector<std::string> records;
    std::uint64_t more = 0;
};

class StoreWaitingTest : public StoreTest {
protected:
    Waiting waiting(std::size_t most = 100) {
        Waiting found;
        const auto more = store->each_waiting_record(most, [&found](const QuarantineRecord& each) {
            found.records.push_back(each.id + " " + each.till + "/" + each.business_date + "/" + each.number + " " +
                                    std::to_string(each.recorded));
        });
        EXPECT_TRUE(more) << more.error().message;
        found.more = more ? *more : 0;
        return found;
    }
    std::string at(const std::string& id, const std::string& says) {
        return id + " " + says + " " + std::to_string(clock.now().wall.time_since_epoch().count());
    }
    Result<Decided> decide(Kind kind, const std::string& id) {
        QuarantineDecision decision;
        decision.kind = kind;
        decision.id = id;
        decision.reason = "a test";
        if (kind != Kind::discard) decision.draft = draft("", "{}");
        return store->decide(std::move(decision));
    }
    /// What is counted is what is there.
    void expect_counted() {
        const std::int64_t counted = store->quarantine_bytes();
        EXPECT_EQ(counted, in_file("SELECT coalesce(sum(length(bytes) + 512), 0) FROM quarantine"));
        EXPECT_EQ(store->quarantine_bytes(), counted) << "after a start";
        const std::int64_t decided = store->counters().decided_bytes;
        EXPECT_EQ(decided,
                  in_file("SELECT coalesce(sum(length(bytes) + 512), 0) FROM quarantine WHERE decision IS NOT NULL"));
        EXPECT_EQ(in_file("SELECT count(*) - (SELECT value FROM counter WHERE name = 'waiting') FROM waiting"), 0);
    }
    const std::string whole = R"({"type":"sale","till":"T01","number":17,"business_date":"2026-11-23"})";
    const std::string no_date = R"({"till":"T\u00e4 \"1\"","number":"0017","business_date":"yesterday"})";
    const std::string formerly =
        "UPDATE quarantine SET bytes = unpacked(bytes); DROP TABLE too_large; DROP TABLE dictionary; DROP TABLE "
        "waiting; DELETE FROM counter WHERE name IN "
        "('waiting', 'quarantine_bytes');"
        "PRAGMA user_version = 9";
};

TEST_F(StoreWaitingTest, AreThoseThatBecameNoEventUntilTheyAreDecided) {
    for (const std::string& each : {whole, no_date, std::string("bad"), std::string("\xff"), whole})
        add(rejected(each));
    add_many(1);
    ASSERT_TRUE(store->withhold(6, "larger_than_packet"));
    const std::vector<std::string> all{at("Q1-1", "T01/2026-11-23/17"), at("Q1-2", "T\u00e4 \"1\"//0017"),
                                       at("Q1-3", "//"), at("Q1-4", "//"), at("Q1-5", "T01/2026-11-23/17")};
    EXPECT_EQ(waiting().records, all);
    EXPECT_EQ(waiting().more, 0U);
    expect_counted();
    EXPECT_EQ(waiting(2).records, std::vector<std::string>(all.begin(), all.begin() + 2));
    EXPECT_EQ(waiting(2).more, 3U);
    ASSERT_TRUE(decide(Kind::discard, "Q1-1"));
    ASSERT_TRUE(decide(Kind::correct, "Q1-3"));
    ASSERT_TRUE(decide(Kind::release, "Q1-7")) << "the event that was withheld waits, too, but not for its day";
    expect_counted();
    EXPECT_EQ(waiting().records, (std::vector<std::string>{all[1], all[3], all[4]}));
    EXPECT_EQ(waiting(1).more, 2U);
}

TEST_F(StoreWaitingTest, AFileOfAFormerFormatIsLookedAtOnce) {
    add(rejected(whole));
    add(rejected(no_date));
    ASSERT_TRUE(decide(Kind::discard, "Q1-2"));
    add(rejected("bad"));
    const std::vector<std::string> all{at("Q1-1", "T01/2026-11-23/17"), at("Q1-4", "//")};
    tamper(formerly);
    open();
    EXPECT_EQ(waiting(1).records, std::vector<std::string>(all.begin(), all.begin() + 1));
    EXPECT_EQ(waiting(1).more, 1U);
    expect_counted();
    EXPECT_EQ(in_file("SELECT count(*) FROM waiting WHERE says IS NULL"), 1) << "those behind the first are not read";
    EXPECT_EQ(waiting().records, all);
    tamper("UPDATE quarantine SET bytes = x''");
    open();
    EXPECT_EQ(waiting().records, all) << "the content is not read again";
}

TEST_F(StoreWaitingTest, WhatIsErasedWaitsNoLonger) {
    add(rejected(whole));
    add(rejected("bad"));
    ASSERT_TRUE(store->erase(1, 1, {}));
    EXPECT_EQ(waiting().records, std::vector<std::string>{at("Q1-2", "//")}) << "it is decided";
    ASSERT_TRUE(decide(Kind::release, "Q1-2"));
    ASSERT_TRUE(store->erase(1, 2, {}));
    EXPECT_EQ(store->quarantine_bytes(), 2 * 512) << "a decided one's content goes, too";
    expect_counted();
}

TEST_F(StoreWaitingTest, DecidedRecordsThatArePrunedAreCountedOut) {
    settings.keep = std::chrono::seconds(0);
    open();
    add(rejected(whole));
    add(rejected("bad"));
    ASSERT_TRUE(decide(Kind::correct, "Q1-1"));
    ASSERT_TRUE(store->confirm(receipt(store->live().last)));
    clock.advance(std::chrono::hours(1));
    maintain();
    EXPECT_EQ(store->quarantine_bytes(), 512 + 3);
    expect_counted();
}

}  // namespace
}  // namespace tillpost
