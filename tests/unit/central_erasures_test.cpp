// SPDX-License-Identifier: Apache-2.0
// [privacy-1] What a person erases at central, when the box has deleted the event long ago.
#include <gtest/gtest.h>

#include "tests/unit/central_file_test.hpp"

namespace tillpost {
namespace {

using test::LineMaker;
const std::string late_number = "4111222233334444";
const std::string with_number = "{\"x\":\"" + late_number + "\"}";

class CentralErasuresTest : public test::CentralFileTest {
protected:
    bool is_on_disk() const {
        return (test::content_of(path) + test::content_of(path + "-wal")).find(late_number) != std::string::npos;
    }
    Result<std::size_t> erase(const std::vector<std::string>& names,
                              const std::optional<std::string>& source = std::nullopt) {
        auto erased = store->erase(names, source, {7, "p-2", "found late"});
        if (erased) {
            EXPECT_TRUE(store->compact());
        }
        return erased;
    }
    std::string error_of(const std::vector<std::string>& names) {
        const auto erased = erase(names);
        return erased ? "no error" : erased.error().message;
    }
    static std::string id(Sequence sequence, Epoch epoch = 0xe1) { return event_id(epoch, sequence); }
    /// A letter a line: + effective, - not, x a tombstone.
    std::string held() {
        std::string text;
        (void)store->each(std::nullopt, [&text](const CentralStore::Row& row) -> Result<void> {
            const bool gone = row.held.kind == Line::Kind::withheld;
            if (gone) {
                EXPECT_EQ(row.reason, "erased_at_central");
                EXPECT_TRUE(row.type.empty() && row.subject.empty() && row.body.empty() && !row.effect);
            }
            text += gone ? 'x' : row.effect ? '+' : '-';
            return {};
        });
        return text;
    }
    /// "<number>:<what was asked for>" of each record; 0 is a line that was set aside.
    std::string records() {
        std::string text;
        (void)store->each_erasure(std::nullopt, [&text](const CentralStore::ErasureRow& row) {
            EXPECT_EQ(row.reason, "found late");
            EXPECT_EQ(row.actor, "p-2");
            EXPECT_EQ(row.user, 7);
            EXPECT_EQ(row.is_tombstone, row.sequence != 0);
            text += std::to_string(row.sequence) + ":" + std::string(row.named) + " ";
        });
        return text;
    }
};

TEST_F(CentralErasuresTest, LeavesATombstoneAndNoByte) {
    std::vector<std::string> lines = maker.next(1);
    lines.push_back(maker.sale("T1-2", "{\"x\":\"" + std::string(40'000, 'x') + late_number + "\"}"));
    lines.push_back(maker.sale("T1-" + late_number));
    lines.push_back(maker.next());
    commit(lines);
    ASSERT_TRUE(is_on_disk());
    EXPECT_EQ(erase({id(2), id(3)}).value(), 2U);
    EXPECT_EQ(held(), "+xx+");
    EXPECT_FALSE(is_on_disk()) << "neither in free pages nor in the WAL";
    EXPECT_EQ(records(), "2:" + id(2) + " 3:" + id(3) + " ");
    open();
    EXPECT_EQ(commit(lines).counters.repeats, 4U) << "what comes again fills nothing";
    EXPECT_EQ(held(), "+xx+");
    EXPECT_FALSE(is_on_disk());
    EXPECT_EQ(erase({id(2)}).value(), 0U) << "before";
    EXPECT_EQ(commit({maker.next()}).counters.taken, 1U) << "the chain goes on";
}

TEST_F(CentralErasuresTest, TakesTheCopiesAlongAlsoThoseThatComeLater) {
    std::vector<std::string> lines = maker.next(1);
    lines.push_back(maker.sale("T1-2", with_number));
    commit(lines);
    LineMaker heir{test::sending_agent.source(), 0xe2};
    LineMaker second{test::sending_agent.source(), 0xe3};
    commit({heir.next(), heir.reissued(0xe1, 2, 2), heir.body(LineMaker::body_in(lines[1]))});
    ASSERT_EQ(held(), "++++-");
    EXPECT_EQ(erase({id(2)}).value(), 1U);
    EXPECT_EQ(held(), "+x++x");
    commit({second.next(), second.reissued(0xe2, 3, 3), second.body(LineMaker::body_in(lines[1]))});
    EXPECT_EQ(held(), "+x++x++x");
    EXPECT_EQ(records(), "2:" + id(2) + " 3:" + id(2) + " 3:" + id(2) + " ");
    EXPECT_FALSE(is_on_disk());
}

TEST_F(CentralErasuresTest, TakesWhatWasSetAside) {
    LineMaker fork(test::sending_agent.source(), 0xe1);
    commit(maker.next(2));
    (void)fork.next();
    commit({fork.sale("T1-2", with_number), "no line at all " + late_number});
    ASSERT_TRUE(is_on_disk());
    EXPECT_EQ(erase({id(2)}).value(), 1U);
    ASSERT_TRUE(is_on_disk()) << "the other one";
    Sha256 sha;
    const std::string name = "A" + to_hex(sha("no line at all " + late_number)).substr(0, 16);
    EXPECT_FALSE(erase({name}, "urn:tillpost:acme:0042:another")) << "another agent's";
    EXPECT_EQ(erase({name}).value(), 1U);
    EXPECT_FALSE(is_on_disk());
    EXPECT_EQ(records(), "2:" + id(2) + " 0:" + id(2) + " 0:" + name + " ");
    EXPECT_EQ(erase({name}).value(), 0U) << "once more, when the file could not be written anew";
    commit({"no line at all " + late_number});
    EXPECT_FALSE(is_on_disk()) << "an agent sends it again";
}

TEST_F(CentralErasuresTest, TakesItOutOfTheTableOfTills) {
    commit({maker.sale("T1-1", R"({"till":"4111222233334444","business_date":"2026-11-23"})")});
    ASSERT_TRUE(is_on_disk());
    EXPECT_EQ(erase({id(1)}).value(), 1U);
    EXPECT_FALSE(is_on_disk());
    std::size_t tills = 0;
    (void)store->each_till_of("2026-11-23", [&tills](const auto&) { ++tills; });
    EXPECT_EQ(tills, 0U);
}

TEST_F(CentralErasuresTest, RefusesAllOfItIfOneIsNone) {
    commit({maker.sale("T1-1", with_number), maker.loss(0xe1, "[[9,9]]", "shed"), maker.own("seal", "{}"),
            maker.own("quarantined", R"({"event":"00000000000000e1-0000000000000001","rule":"x"})")});
    const std::pair<std::string, const char*> cases[] = {{"", "names neither an event"},
                                                         {"Q1-42", "names neither an event"},
                                                         {"A0123", "names neither an event"},
                                                         {"Ag123456789abcdef", "names neither an event"},
                                                         {id(9), "is not here"},
                                                         {id(1, 0xe9), "is not here"},
                                                         {"A0123456789abcdef", "is not here"},
                                                         {id(2), "proves others"},
                                                         {id(3), "proves others"},
                                                         {id(4), "proves others"}};
    for (const auto& [name, words] : cases) {
        EXPECT_NE(error_of({id(1), name}).find(words), std::string::npos) << name << ": " << error_of({id(1), name});
        EXPECT_EQ(held().front(), '+') << name;
        EXPECT_EQ(records(), "");
    }
    EXPECT_EQ(erase({id(1)}).value(), 1U);
}

TEST_F(CentralErasuresTest, AsksWhoseEventIsMeant) {
    const AgentName twin{"acme", "s1", "till4"};
    LineMaker others(twin.source(), 0xe1);
    commit({maker.sale("T1-1", with_number)});
    commit({others.sale("T1-1", with_number)}, twin);
    EXPECT_NE(error_of({id(1)}).find("--source"), std::string::npos);
    EXPECT_EQ(erase({id(1)}, twin.source()).value(), 1U);
    EXPECT_EQ(held(), "+x");
}

TEST_F(CentralErasuresTest, GivesTheEventSentAgainItsEffectOnce) {  // [once-2]
    commit({maker.sale("T1-1", with_number)});
    ASSERT_EQ(erase({id(1)}).value(), 1U);
    const std::string cleaned = "{\"x\":\"************4444\"}";
    commit({maker.sale("T1-1", cleaned, "possible_repeat"), maker.sale("T1-1", cleaned, "possible_repeat")});
    EXPECT_EQ(held(), "x+-");
}

}  // namespace
}  // namespace tillpost
