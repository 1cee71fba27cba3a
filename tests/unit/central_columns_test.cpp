// SPDX-License-Identifier: Apache-2.0
// What the receiver's file says beside the lines: which contents count, and files that former releases wrote.
#include <gtest/gtest.h>

#include "agent/central/schema.hpp"
#include "tests/unit/central_file_test.hpp"

namespace tillpost {
namespace {

class CentralColumnsTest : public test::CentralFileTest {
protected:
    /// Of a table, as a later program finds it.
    std::int64_t integer(const std::string& sql) {
        store.reset();
        const auto database = Database::open({path, central_application_id});
        EXPECT_TRUE(database) << database.error().message;
        return (*database)->integer(sql).value();
    }

    void change(const std::string& sql) {
        store.reset();
        const auto database = Database::open({path, central_application_id});
        ASSERT_TRUE(database) << database.error().message;
        ASSERT_TRUE((*database)->execute(sql)) << sql;
    }
};

/// The numbers of the events that the store finds to count wrongly.
std::string wrong_effects(CentralStore& store) {
    std::string found;
    const auto visit = [&found](Epoch, Sequence sequence, const std::string&) {
        found += std::to_string(sequence) + " ";
    };
    EXPECT_TRUE(store.each_wrong_effect(std::nullopt, visit));
    return found;
}

// [once-1] A person releases what is too large once the broker takes it, and a stick with its content is on its way.
TEST_F(CentralColumnsTest, WhatIsReleasedAndFilledInCountsOnce) {
    struct Order {
        bool filled_first;
        const char* counts;  ///< The column of the event and of its copy
    };
    for (const Order& order : {Order{true, "10"}, Order{false, "01"}}) {
        const std::string number = order.filled_first ? "T1-1" : "T1-2";
        const std::string tombstone = maker.tombstone(number);
        const std::string content = maker.filled();
        const Sequence first = maker.sequence();
        const std::string copy = maker.released(number, "{}", event_id(maker.epoch(), first));
        commit({tombstone});
        clock.advance(Millis(5));
        commit({order.filled_first ? content : copy});
        clock.advance(Millis(5));
        commit({order.filled_first ? copy : content});
        commit({content, copy, tombstone});
        std::string effects;
        (void)store->each(std::nullopt, [&](const CentralStore::Row& row) -> Result<void> {
            if (row.sequence >= first) effects += row.effect ? '1' : '0';
            return {};
        });
        EXPECT_EQ(effects, order.counts);
        EXPECT_EQ(wrong_effects(*store), "");
    }
    const std::string other = maker.released("T1-2", "{\"other\":1}", event_id(maker.epoch(), 3));
    commit({other});
    EXPECT_EQ(integer("SELECT sum(effect) FROM event"), 3) << "another content is another record";
    change("UPDATE event SET effect = 0 WHERE position = (1 << 44 | 1)");
    open();
    EXPECT_EQ(wrong_effects(*store), "1 2 ") << "neither counts";
}

TEST_F(CentralColumnsTest, NamesEffectsThatTheRulesDoNotGive) {
    clock.advance(Millis(5));
    const std::string first = maker.sale("T1-7", "{\"a\":1}");
    commit({first, maker.sale("T1-8")});
    clock.advance(Millis(5));
    commit({maker.sale("T1-7", "{\"a\":1}", "possible_repeat"), maker.sale("T1-9", "{\"a\":1}", "possible_repeat")});
    test::LineMaker heir(test::sending_agent.source(), 0xe2);
    commit({heir.reissued(0xe1, 1, 1), heir.body(test::LineMaker::body_in(first))});
    EXPECT_EQ(wrong_effects(*store), "");
    const std::pair<const char*, const char*> edits[] = {
        {"UPDATE event SET effect = 1 WHERE position = (1 << 44 | 3)", "3 "},  // a repeat that counts
        {"UPDATE event SET effect = 0 WHERE position = (1 << 44 | 3)", ""},
        {"UPDATE event SET effect = 0 WHERE position = (1 << 44 | 4)", "4 "},  // no repeat of anything
        {"UPDATE event SET effect = 1 WHERE position = (1 << 44 | 4)", ""},
        {"UPDATE event SET effect = 1 WHERE position = (2 << 44 | 2)", "1 "},  // and its copy
        {"UPDATE event SET effect = 0 WHERE position = (1 << 44 | 1)", ""}};   // the copy alone: which came first?
    for (const auto& [sql, found] : edits) {
        change(sql);
        open();
        EXPECT_EQ(wrong_effects(*store), found) << sql;
    }
}

TEST_F(CentralColumnsTest, NamesWhatCountsBesideItsPossibleRepeat) {
    clock.advance(Millis(5));
    commit({maker.sale("T1-7", "{\"a\":1}", "possible_repeat"), maker.sale("T1-8", "{\"a\":1}")});
    clock.advance(Millis(5));
    commit({maker.sale("T1-7", "{\"a\":1}"), maker.sale("T1-9", "{\"a\":1}")});
    EXPECT_EQ(integer("SELECT effect FROM event WHERE position = (1 << 44 | 3)"), 0);
    open();
    EXPECT_EQ(wrong_effects(*store), "");
    const std::pair<const char*, const char*> edits[] = {
        {"UPDATE event SET effect = 1 WHERE position = (1 << 44 | 3)", "1 "},  // the two of them
        {"UPDATE event SET effect = 0 WHERE position = (1 << 44 | 3)", ""},
        {"UPDATE event SET effect = 0 WHERE position = (1 << 44 | 4)", "4 "},  // no other one says that
        {"UPDATE event SET effect = 1 WHERE position = (1 << 44 | 4)", ""},
        {"UPDATE event SET effect = 0 WHERE position = (1 << 44 | 1)", "1 3 "}};  // neither
    for (const auto& [sql, found] : edits) {
        change(sql);
        open();
        EXPECT_EQ(wrong_effects(*store), found) << sql;
    }
}

// [once-1] What no agent sends behind a salvage costs no more than a look into an index that is empty.
TEST_F(CentralColumnsTest, LooksForPossibleRepeatsInAnIndexOfThemAlone) {
    commit({maker.sale("T1-1"), maker.sale("T1-2", "{}", "possible_repeat"), maker.sale("T1-2", "{}")});
    EXPECT_EQ(integer("SELECT count(*) FROM event INDEXED BY event_doubted WHERE subject IS NOT NULL AND effect = 1 "
                      "AND instr(quality, 'possible_repeat') > 0"),
              1);
}

TEST_F(CentralColumnsTest, WhatAnErasedEventCountedIsNotCounted) {
    clock.advance(Millis(5));
    const std::string first = maker.sale("T1-1", "{\"a\":1}");
    commit({first, maker.body(test::LineMaker::body_in(first))});
    clock.advance(Millis(5));
    commit({maker.sale("T1-1", "{\"a\":1}", "possible_repeat"), maker.sale("T1-4")});
    EXPECT_EQ(wrong_effects(*store), "");
    commit({maker.loss(0xe1, "[[1,1]]", "erased")});
    EXPECT_EQ(wrong_effects(*store), "") << "its copy and its repeat have no effect, and get none";
    change("UPDATE event SET effect = 0 WHERE position = (1 << 44 | 4)");
    open();
    EXPECT_EQ(wrong_effects(*store), "4 ") << "of another content the erased one does not speak";
}

TEST_F(CentralColumnsTest, OfWhatIsErasedNoColumnStays) {
    Event event;
    event.type = "sale";
    event.subject = "T1-2";
    event.data = "{\"open\":";
    commit({maker.next(), maker.body(maker.body_of(event)), maker.loss(0xe1, "[[1,2]]", "erased")});
    EXPECT_EQ(integer("SELECT count(*) FROM event WHERE kind = 1 AND coalesce(rejected, type, time, subject, quality, "
                      "body) IS NULL AND effect = 0"),
              2);
}

TEST_F(CentralColumnsTest, FilesOfFormerReleasesAreTaken) {
    for (int from = 0; from <= central_format; ++from) {
        store.reset();
        path = folder.file("from" + std::to_string(from) + ".db");
        {
            const auto database = Database::open({path, central_application_id});
            ASSERT_TRUE(database) << database.error().message;
            ASSERT_TRUE((*database)->migrate(central_migrations, from));
        }
        open();
        test::LineMaker lines(test::sending_agent.source());
        commit({lines.next(), lines.own("quarantined", R"({"device":"feed","rule":"totals","digest":"aa"})"),
                lines.loss(0xe1, "[[1,1]]", "erased")});
        int open_records = 0;
        EXPECT_TRUE(store->each_quarantine(std::nullopt, [&](const CentralStore::Row&) { ++open_records; }));
        EXPECT_EQ(open_records, 1) << from;
        EXPECT_EQ(integer("PRAGMA user_version"), central_format);
        EXPECT_EQ(integer("SELECT count(*) FROM event WHERE reason = 'erased'"), 1) << from;
        EXPECT_EQ(integer("SELECT count(*) FROM sqlite_schema WHERE name IN ('event_quarantine', 'loss_erased', "
                          "'event_erased')"),
                  3);
    }
}

TEST_F(CentralColumnsTest, AMigrationThatWasInterruptedGoesOnWhereItStood) {
    commit(maker.next(3));
    // As an upgrade leaves it that ended behind step 4: of what comes behind it nothing is there.
    change(
        "DROP VIEW origins; DROP INDEX event_origin; "
        "DROP INDEX event_doubted; DROP INDEX event_erased; DROP VIEW erasures; DROP TABLE erasure; DROP INDEX "
        "event_quarantine; DROP TABLE "
        "day_till; DROP INDEX event_day; CREATE INDEX event_certificate ON "
        "event (position) WHERE type = 'tillpost.day_certificate.v1'; PRAGMA user_version = 4");
    open();
    commit({maker.own("quarantined", R"({"device":"feed","rule":"totals","digest":"aa"})")});
    EXPECT_EQ(integer("SELECT count(*) FROM sqlite_schema WHERE name = 'event_quarantine'"), 1);
    EXPECT_EQ(integer("SELECT count(*) FROM event"), 4);
}

}  // namespace
}  // namespace tillpost
