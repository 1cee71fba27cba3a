// SPDX-License-Identifier: Apache-2.0
// [once-2] Records without a business key that a person released: central counts each once, however often and by
// whatever way it comes.
#include <gtest/gtest.h>

#include "agent/central/check.hpp"
#include "agent/central/quarantine_queue.hpp"
#include "agent/central/schema.hpp"
#include "tests/unit/central_file_test.hpp"

namespace tillpost {
namespace {

using test::LineMaker;

constexpr const char* content = R"({"type":"other","text":"\u00e4, \"data\":","amount":"5.00"})";

class CentralKeylessTest : public test::CentralFileTest {
protected:
    /// A record without a key; `origin`: the event that it was, `cause`: the `quarantined` one.
    static std::string record(LineMaker& by, const std::string& data, const std::string& cause = "",
                              const std::string& origin = "", const std::string& type = "other") {
        Event event;
        event.type = type;
        event.data = data;
        event.causation = cause;
        event.correlation = origin;
        return by.body(by.body_of(event));
    }
    static std::string held(LineMaker& by, const std::string& digest) {
        return by.own("quarantined", R"({"device":"feed","rule":"totals","digest":")" + digest + "\"}");
    }
    static std::string decision(LineMaker& by, const std::string& quarantined, const std::string& digest) {
        return by.own("released", R"({"record":"Q1-1","quarantined":")" + quarantined + R"(","digest":")" + digest +
                                      R"(","event":"00000000000000e1-0000000000000001"})");
    }
    std::string name(Sequence sequence) const { return event_id(maker.epoch(), sequence); }
    /// Which records count: epoch, number.
    std::string effects() {
        std::string found;
        EXPECT_TRUE(store->each(std::nullopt, [&found](const CentralStore::Row& row) -> Result<void> {
            const bool counts = row.effect && (row.type == "tillpost.other.v1" || row.type == "tillpost.scan.v1");
            if (counts) found += to_hex(row.epoch).substr(14) + "-" + std::to_string(row.sequence) + " ";
            return {};
        }));
        return found;
    }
    /// What `check` and an audit find of effects: "<doubled> <numbers>".
    std::string findings() {
        const auto report = check(*store, {}, false);
        EXPECT_TRUE(report) << report.error().message;
        std::string found = std::to_string(report->doubled);
        EXPECT_TRUE(store->each_wrong_effect(std::nullopt, [&found](Epoch, Sequence sequence, const std::string&) {
            found += " " + std::to_string(sequence);
        }));
        return found;
    }
    void change(const std::string& sql) {
        store.reset();
        {
            const auto database = Database::open({path, central_application_id});
            ASSERT_TRUE(database) << database.error().message;
            ASSERT_TRUE((*database)->execute(sql)) << sql;
        }
        open();
    }
    /// A file of its own.
    void begin(const std::string& file) {
        path = folder.file(file);
        open();
    }
    LineMaker later{test::sending_agent.source(), 0xe2};
};

// A person releases what is too large once the broker takes it, and a stick with its content is on its way.
TEST_F(CentralKeylessTest, WhatIsReleasedAndFilledInCountsOnce) {
    const std::string whole = record(maker, content);
    const std::string tombstone =
        whole.substr(0, line_prefix_size) + withheld_ending(Sha256()(LineMaker::body_in(whole)), "larger_than_packet");
    const std::string quarantined = maker.own("quarantined", R"({"event":")" + name(1) + R"(","rule":"x"})");
    const std::string copy = record(maker, content, name(2), name(1));
    const std::string again = record(maker, content, name(2), name(1));  // in another life of the journal
    const std::pair<std::vector<std::string>, const char*> orders[] = {
        {{tombstone, quarantined, copy, whole, again}, "e1-3 "},
        {{tombstone, quarantined, whole, copy, again}, "e1-1 "},
        {{whole, quarantined, again, copy}, "e1-1 "},
        {{again, whole, quarantined, copy}, "e1-4 "},
        {{tombstone, quarantined, again, copy}, "e1-4 "}};
    int file = 0;
    for (const auto& [lines, counts] : orders) {
        begin(std::to_string(++file));
        for (const std::string& line : lines) commit({line});
        commit({whole, copy, again, tombstone});
        EXPECT_EQ(effects(), counts);
        EXPECT_EQ(findings(), "0") << counts;
    }
    begin("batch");
    commit({tombstone, quarantined, copy, again, whole});
    EXPECT_EQ(effects(), "e1-3 ");
}

// The stick is of a restored image, or central of another life: the event has another number by now.
TEST_F(CentralKeylessTest, UnderANumberThatAForkGaveItCountsOnce) {
    const std::string whole = record(maker, content);
    const std::string body = LineMaker::body_in(whole);
    const std::string tombstone =
        whole.substr(0, line_prefix_size) + withheld_ending(Sha256()(body), "larger_than_packet");
    const std::string quarantined = maker.own("quarantined", R"({"event":")" + name(1) + R"(","rule":"x"})");
    const std::string moved = later.reissued(0xe1, 1, 2);
    const std::string moved_whole = later.body(body);
    const std::string moved_quarantined = later.body(LineMaker::body_in(quarantined));
    const std::string by_old_name = record(later, content, name(2), name(1));
    const std::string by_new_name = record(later, content, event_id(0xe2, 3), event_id(0xe2, 2));
    LineMaker last(test::sending_agent.source(), 0xe3);
    const std::string moved_again = last.reissued(0xe2, 4, 4);
    const std::string copy_moved = last.body(LineMaker::body_in(by_old_name));
    const std::pair<std::vector<std::string>, const char*> orders[] = {
        {{moved, by_old_name, moved_whole}, "e2-4 "},
        {{moved, moved_whole, by_old_name}, "e2-2 "},
        {{tombstone, quarantined, moved, by_new_name, whole, moved_whole}, "e2-5 "},
        {{whole, quarantined, moved, moved_whole, moved_quarantined, by_new_name, by_old_name}, "e1-1 "},
        {{moved, by_old_name, by_new_name, whole}, "e2-4 "},
        {{tombstone, moved_again, copy_moved, by_old_name, whole}, "e3-2 "},
        {{moved_again, copy_moved, moved, moved_whole, by_new_name}, "e3-2 "}};
    int file = 0;
    for (const auto& [lines, counts] : orders) {
        begin(std::to_string(++file));
        for (const std::string& line : lines) commit({line});
        EXPECT_EQ(effects(), counts);
        EXPECT_EQ(findings(), "0") << counts;
    }
}

// A record that became no event: an image of before the decision is restored, and it is released, or mapped, once more.
TEST_F(CentralKeylessTest, ReleasedInTwoLivesOfAJournalItCountsOnce) {
    commit({held(maker, "aa"), held(maker, "aa"), record(maker, content, name(1)), decision(maker, name(1), "aa")});
    commit({later.reissued(0xe1, 5, 6), record(later, content, name(1)), decision(later, name(1), "aa")});
    EXPECT_EQ(effects(), "e1-3 ");
    commit({record(later, content, name(2))});
    EXPECT_EQ(effects(), "e1-3 e2-4 ") << "two scans of one code are two";
    commit({record(later, "{}", name(1)), record(later, content, name(1), "", "scan")});
    EXPECT_EQ(effects(), "e1-3 e2-4 e2-5 e2-6 ") << "corrected, it says something else";
    commit({record(later, content), record(later, content), record(later, content, "", name(1))});
    EXPECT_EQ(effects(), "e1-3 e2-4 e2-5 e2-6 e2-7 e2-8 e2-9 ") << "what nobody released is what it is";
    commit({record(later, content, "of its own"), record(later, content, "of its own"),
            record(later, content, "00000000000000ff-0000000000000007"),
            record(later, content, "00000000000000ff-0000000000000007")});
    EXPECT_EQ(effects(), "e1-3 e2-4 e2-5 e2-6 e2-7 e2-8 e2-9 e2-10 e2-11 e2-12 ") << "of an epoch that never came";
    EXPECT_EQ(findings(), "0");
    change("UPDATE event SET effect = 0 WHERE position = (1 << 44 | 3)");
    EXPECT_EQ(findings(), "0 3 2") << "neither counts";
    change("UPDATE event SET effect = 1 WHERE position IN (1 << 44 | 3, 2 << 44 | 2)");
    EXPECT_EQ(findings(), "2") << "both count";
}

// What the data say of themselves is none of the event's attributes.
TEST_F(CentralKeylessTest, NamesInTheDataNameNothing) {
    const std::string data = R"({"a":1,"correlationid":"x","causationid":")" + name(1) + "\"}";
    commit({held(maker, "aa"), record(maker, data), record(maker, data), record(maker, data, name(1))});
    EXPECT_EQ(effects(), "e1-2 e1-3 e1-4 ");
    commit({record(later, data, name(1))});
    EXPECT_EQ(effects(), "e1-2 e1-3 e1-4 ");
    EXPECT_EQ(findings(), "0");
}

TEST_F(CentralKeylessTest, AnotherAgentsRecordIsAnother) {
    const AgentName other{"acme", "s1", "till4"};
    LineMaker its(other.source(), 0xe1);
    commit({record(maker, content), record(maker, content, name(1))});
    commit({record(its, content), record(its, content, name(1))}, other);
    EXPECT_EQ(effects(), "e1-1 e1-1 ") << "a cause alone is named, too";
}

// Two records have one number: what was recorded behind a restored image, before it knew of the first history.
TEST_F(CentralKeylessTest, OfANumberThatWasGivenTwiceEachCounts) {
    LineMaker second = maker.clone();
    commit({held(maker, "aa"), record(maker, content, name(1)), decision(maker, name(1), "aa")});
    const std::vector<std::string> lines{held(second, "aa"), record(second, content, name(1)),
                                         decision(second, name(1), "aa")};
    commit(lines);  // set aside
    EXPECT_EQ(effects(), "e1-2 ");
    commit({later.reissued(0xe1, 1, 3)});
    for (const std::string& line : lines) commit({later.body(LineMaker::body_in(line))});
    EXPECT_EQ(effects(), "e1-2 e2-3 ");
    commit({record(later, content, name(1)), record(maker, content, name(1))});
    EXPECT_EQ(effects(), "e1-2 e2-3 ") << "and each once";
    EXPECT_EQ(findings(), "0");
    QuarantineQueue queue(Moves(store->statements()->moves));
    EXPECT_TRUE(store->each_quarantine(std::nullopt, [&queue](const CentralStore::Row& row) {
        queue.take(row.source, row.epoch, row.sequence, row.body);
    }));
    queue.settle();
    EXPECT_EQ(queue.open(QuarantineQueue::Sort::age).size(), 0U);
    EXPECT_EQ(queue.decided(QuarantineQueue::Sort::age).size(), 2U);
}

TEST_F(CentralKeylessTest, OfWhatIsErasedNothingIsMissed) {
    commit({held(maker, "aa"), record(maker, content, name(1)), record(maker, content, name(1))});
    commit({maker.loss(0xe1, "[[2,2]]", "erased")});
    EXPECT_EQ(findings(), "0") << "the other one has no effect, and gets none";
}

}  // namespace
}  // namespace tillpost
