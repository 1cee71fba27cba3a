// SPDX-License-Identifier: Apache-2.0
// [complete-1] The receiver knows of which tills it holds events of a business date, without a look at every event.
#include <gtest/gtest.h>

#include "agent/central/schema.hpp"
#include "agent/event/event_types.hpp"
#include "tests/unit/central_file_test.hpp"

namespace tillpost {
namespace {

class CentralTillDaysTest : public test::CentralFileTest {
protected:
    static std::string data(const std::string& till, const std::string& date = "\"2026-11-23\"") {
        return R"({"lines":[{"till":"X","business_date":"2026-11-23"}],"till":)" + till + R"(,"business_date":)" +
               date + R"(,"origin":{"till":"Y"}})";
    }
    std::string event(const std::string& type, const std::string& of, bool caused = false, bool correlated = false,
                      const std::string& mark = "") {
        Event made;
        made.type = type;
        made.data = of;
        if (caused) made.causation = "61d74ee1b6d5dc04-0000000000000001";
        if (correlated) made.correlation = "61d74ee1b6d5dc04-0000000000000002";
        if (!mark.empty()) made.quality.mark(mark);
        return maker.body(maker.body_of(made));
    }
    /// "T01 2 at 3; ", of another store "7/T01 2 at 3; ", in the order of stores and tills: events, and the sequence of
    /// the newest.
    std::string tills(const std::string& date = "2026-11-23") {
        std::string text;
        const auto done = store->each_till_of(date, [&text](const CentralStore::TillOfDay& till) {
            EXPECT_EQ(till.source, test::sending_agent.source());
            if (!till.store.empty()) text.append(till.store).append("/");
            text += std::string(till.till) + " " + std::to_string(till.events) + " at " +
                    std::to_string(till.last & ((std::int64_t{1} << 44) - 1)) + "; ";
        });
        EXPECT_TRUE(done) << done.error().message;
        return text;
    }
    /// As the release before this table left the file.
    void without_table() {
        store.reset();
        {
            const auto database = Database::open({path, central_application_id});
            ASSERT_TRUE(database) << database.error().message;
            const auto done = (*database)->execute(
                "DROP VIEW origins; DROP INDEX event_origin; "
                "DROP INDEX event_doubted; DROP INDEX event_erased; DROP VIEW erasures; DROP TABLE erasure; DROP TABLE "
                "day_till; DROP INDEX "
                "event_day; "
                "CREATE INDEX event_certificate ON event (position) "
                "WHERE type = 'tillpost.day_certificate.v1'; PRAGMA user_version = 5");
            ASSERT_TRUE(done) << done.error().message;
        }
        open();
    }
};

TEST_F(CentralTillDaysTest, CountsWhatCountsOnADayAndAnOldFileGetsTheSame) {
    commit({event("sale", data("\"T01\"")), event("sale", data("\"T01\"")), event("return", data("7"))});
    commit({event("sale", data("\"T01\"", "\"2026-11-24\"")), event("control", data("\"K\\u00e4se\""))});
    for (const char* const none : {"\"\"", "null", "true", "1.5", "[\"T9\"]", "{\"till\":\"T9\"}"}) {
        commit({event("sale", data(none))});
    }
    commit({event("sale", data("\"" + std::string(65, 'x') + "\"")), event("sale", "{\"open\":"), event("sale", "[]")});
    for (const char* const none : {"\"23.11.2026\"", "null", "20261123", "\"2026-11-23T10:00:00Z\""}) {
        commit({event("sale", data("\"T9\"", none))});
    }
    commit({event("sale", data("\"T8\""), true, true), event("sale", data("\"T7\""), true, true, "conflict"),
            event("sale", data("\"T6\""), true)});
    const std::string expected = "7 1 at 3; Käse 1 at 5; T01 2 at 2; T6 1 at 21; T7 1 at 20; ";
    EXPECT_EQ(tills(), expected);
    EXPECT_EQ(tills("2026-11-24"), "T01 1 at 4; ");
    std::string since;
    EXPECT_TRUE(store->each_till_ever([&since](const CentralStore::TillOfDay& till) {
        since.append(till.till).append(" ").append(till.date.substr(5)).append("; ");
    }));
    EXPECT_EQ(since, "7 11-23; Käse 11-23; T01 11-23; T6 11-23; T7 11-23; ");
    open();
    EXPECT_EQ(tills(), expected);
    without_table();
    EXPECT_EQ(tills(), expected) << "made of the events that are there";
    EXPECT_EQ(tills("2026-11-24"), "T01 1 at 4; ");
    commit({event("sale", data("\"T01\""))});
    EXPECT_EQ(tills(), "7 1 at 3; Käse 1 at 5; T01 3 at 22; T6 1 at 21; T7 1 at 20; ");
}

TEST_F(CentralTillDaysTest, TakesTheTypesThatTheBoxCountsNowAndInAnOldFile) {
    std::string expected;
    Sequence sequence = 0;
    for (const EventType& type : event_types()) {
        ++sequence;
        using Key = BusinessKey;
        const bool counts = type.key == Key::transaction || type.key == Key::till || type.key == Key::session ||
                            type.key == Key::any_number;
        if (counts) expected += std::string(type.name) + " 1 at " + std::to_string(sequence) + "; ";
        commit({event(std::string(type.name), data("\"" + std::string(type.name) + "\""))});
    }
    EXPECT_EQ(tills(), expected);
    without_table();
    EXPECT_EQ(tills(), expected);
}

// As the agent's certificates name stores: without zeros in front, and its own not at all.
TEST_F(CentralTillDaysTest, TillsOfSeveralStoresAreApartNowAndInAnOldFile) {
    const auto at_store = [](const std::string& store) {
        return R"({"store":)" + store + R"(,"till":"T9","business_date":"2026-11-23","x":[{"store":"5"}]})";
    };
    const std::string source = test::sending_agent.source();
    const std::string tail = source.substr(0, source.rfind(':'));
    const std::string own = tail.substr(tail.rfind(':') + 1);
    const std::string longest(64, 'x');
    std::string expected;
    for (const std::string& none :
         {'"' + own + '"', "\"0" + own + '"', std::string("\"\""), std::string("null"), std::string("true"),
          std::string("1.5"), std::string("[\"7\"]"), std::string("{\"store\":\"7\"}"), '"' + longest + "x\""}) {
        commit({event("sale", at_store(none))});
    }
    commit({event("sale", data("\"T9\""))});
    for (const char* const other : {"\"7\"", "7", "\"007\"", "0", "\"000\"", "\"08\"", "\"K\\u00e4se\""}) {
        commit({event("sale", at_store(other))});
    }
    commit({event("sale", at_store('"' + longest + '"'))});
    expected = "T9 10 at 10; 0/T9 2 at 15; 7/T9 3 at 13; 8/T9 1 at 16; Käse/T9 1 at 17; " + longest + "/T9 1 at 18; ";
    EXPECT_EQ(tills(), expected);
    without_table();
    EXPECT_EQ(tills(), expected);
    commit({event("sale", at_store("\"07\"")), maker.loss(0xe1, "[[1,9],[13,13]]", "erased")});
    expected = "T9 1 at 10; 0/T9 2 at 15; 7/T9 3 at 19; 8/T9 1 at 16; Käse/T9 1 at 17; " + longest + "/T9 1 at 18; ";
    EXPECT_EQ(tills(), expected);
}

TEST_F(CentralTillDaysTest, WhatComesAgainIsNoOtherEvent) {
    const std::string first = event("sale", data("\"T01\""));
    commit({first, event("sale", data("\"T02\""))});
    commit({first});
    commit({maker.reissued(0xe1, 1, 1), maker.body(test::LineMaker::body_in(first))});
    EXPECT_EQ(tills(), "T01 1 at 1; T02 1 at 2; ");
    without_table();
    EXPECT_EQ(tills(), "T01 1 at 1; T02 1 at 2; ");
}

TEST_F(CentralTillDaysTest, OfWhatIsErasedNoTillStays) {  // [privacy-1]
    const std::string secret = "4111222233334444";
    commit({event("sale", data("\"T01\"")), event("sale", data("\"T01\"")), event("sale", data("\"" + secret + "\"")),
            maker.loss(0xe1, "[[2,3]]", "erased")});
    EXPECT_EQ(tills(), "T01 1 at 2; ");
    commit({event("sale", data("\"" + secret + "\""))});
    commit({event("sale", data("\"T01\"")), maker.loss(0xe1, "[[5,5]]", "erased")});
    EXPECT_EQ(tills(), "T01 2 at 6; ");
    const std::string disk = test::content_of(path) + test::content_of(path + "-wal");
    EXPECT_EQ(disk.find(secret), std::string::npos);
}

}  // namespace
}  // namespace tillpost
