// SPDX-License-Identifier: Apache-2.0
// [privacy-1] What an agent has erased is erased at the receiver, too.
#include <gtest/gtest.h>

#include "agent/central/schema.hpp"
#include "tests/unit/central_file_test.hpp"

namespace tillpost {
namespace {

using test::LineMaker;
const std::string secret = "4111222233334444";
constexpr Epoch old_epoch = 0xe1;
constexpr Epoch new_epoch = 0xe2;

class CentralEraseTest : public test::CentralFileTest {
protected:
    std::string on_disk() const {
        return test::content_of(folder.file("central.db")) + test::content_of(folder.file("central.db-wal"));
    }
    bool is_on_disk() const { return on_disk().find(secret) != std::string::npos; }
    /// A letter a line of the agent, in order: + effective, - not, x a tombstone. Checks that each is a line as it
    /// came.
    std::string held(const AgentName& of = test::sending_agent) {
        std::string text;
        (void)store->each(of.source(), [&](const CentralStore::Row& row) -> Result<void> {
            const std::string line = row.line();
            const auto parsed = parse_line(sha, line);
            EXPECT_TRUE(parsed) << parsed.error().message << line;
            if (row.held.kind == Line::Kind::withheld) {
                EXPECT_NE(line.find("\"withheld\":\"erased\""), std::string::npos) << line;
                EXPECT_TRUE(row.type.empty() && row.subject.empty() && row.body.empty() && !row.effect) << line;
                text += 'x';
            } else {
                text += row.effect ? '+' : '-';
            }
            return {};
        });
        return text;
    }
    Sequence upto(Epoch epoch = old_epoch) {
        Hello hello;
        hello.number = "00000000000000ab";
        hello.epochs.push_back({epoch, 1, 1, 0, {}, {}, 0});
        auto made = store->receipt(test::sending_agent, hello, {}, CentralStore::Scope::all);
        EXPECT_TRUE(made) << made.error().message;
        return made->epochs.at(0).upto;
    }

    LineMaker heir{test::sending_agent.source(), new_epoch};
    Sha256 sha;
};

TEST_F(CentralEraseTest, MakesItsCopyATombstoneThatNoReplayFills) {
    std::vector<std::string> lines = maker.next(1);
    lines.push_back(maker.sale("T1-2", "{\"x\":\"" + std::string(40'000, 'x') + secret + "\"}"));
    lines.push_back(maker.sale("T1-" + secret));
    lines.push_back(maker.next());
    commit(lines);
    ASSERT_EQ(held(), "++++");
    ASSERT_TRUE(is_on_disk());
    commit({maker.loss(old_epoch, "[[2,3]]", "erased")});
    EXPECT_EQ(held(), "+xx++");
    EXPECT_FALSE(is_on_disk()) << "neither in free pages nor in the WAL";
    EXPECT_EQ(upto(), 5U);
    EXPECT_EQ(commit(lines).counters.repeats, 4U);
    open();
    EXPECT_EQ(commit(lines).counters.repeats, 4U) << "after a restart, too";
    commit({maker.next()});
    EXPECT_EQ(held(), "+xx+++") << "and the chain goes on";
    EXPECT_FALSE(is_on_disk());
    EXPECT_EQ(upto(), 6U);
}

TEST_F(CentralEraseTest, LeavesAloneWhatIsLostForOtherReasonsOrNamedByOthers) {
    const auto lines = maker.next(3);
    commit(lines);
    commit({maker.loss(old_epoch, "[[1,2]]", "shed")});
    EXPECT_EQ(held(), "++++") << "shed there: here it is held";
    const AgentName other{"acme", "s1", "till4"};
    LineMaker others(other.source(), new_epoch);
    commit({others.loss(old_epoch, "[[1,3]]", "erased")}, other);
    EXPECT_EQ(held(), "++++");
}

TEST_F(CentralEraseTest, TakesNoContentThatComesBehindTheErasure) {
    const auto first = maker.next();
    const auto late = maker.sale("T1-2", "{\"x\":\"" + secret + "\"}");
    const auto third = maker.next();
    commit({first, third, maker.loss(old_epoch, "[[2,2]]", "erased")});
    open();
    commit({late});
    EXPECT_EQ(held(), "+x++");
    EXPECT_EQ(upto(), 4U);
    EXPECT_FALSE(is_on_disk());
}

TEST_F(CentralEraseTest, FindsTheCopiesUnderOtherNumbers) {
    std::vector<std::string> lines = maker.next(2);
    lines.push_back(maker.sale("T1-3", "{\"x\":\"" + secret + "\"}"));
    commit(lines);
    std::vector<std::string> copies{heir.next(), heir.reissued(old_epoch, 2, 3)};
    for (const std::size_t i : {1U, 2U}) copies.push_back(heir.body(LineMaker::body_in(lines[i])));
    commit(copies);
    ASSERT_EQ(held(),
              "++++"
              "+--");
    commit({heir.loss(new_epoch, "[[4,4]]", "erased")});
    EXPECT_EQ(held(),
              "++x"
              "++-x+");
    EXPECT_FALSE(is_on_disk());
    commit(lines);
    EXPECT_EQ(held(),
              "++x"
              "++-x+");
}

// The second epoch was never seen: what it says of the first comes among the lines of the third, in two runs.
TEST_F(CentralEraseTest, FindsTheCopiesOfCopies) {
    std::vector<std::string> lines = maker.next(8);
    commit(lines);
    LineMaker between{test::sending_agent.source(), 0xe3};
    std::vector<std::string> moved{between.reissued(old_epoch, 1, 8)};
    for (const std::string& line : lines) moved.push_back(between.body(LineMaker::body_in(line)));
    std::vector<std::string> copies;
    const auto move_on = [&](Sequence from, Sequence to) {
        copies.push_back(heir.reissued(0xe3, from, to));
        for (Sequence n = from; n <= to; ++n) copies.push_back(heir.body(LineMaker::body_in(moved[n - 1])));
    };
    move_on(1, 4);
    move_on(5, 9);
    copies.push_back(heir.loss(new_epoch, "[[4,4],[11,11]]", "erased"));
    commit(copies);
    // The second sale, and the eighth, which is in the second run.
    EXPECT_EQ(held(),
              "+x+++++x"
              "++-x-+----x+");
}

// A box that is restored from an image of before the erasure knows nothing of it, and forks.
TEST_F(CentralEraseTest, TakesNoCopyThatComesUnderANumberOfALaterEpoch) {
    std::vector<std::string> lines = maker.next(2);
    lines.push_back(maker.sale("T1-3", "{\"x\":\"" + secret + "\"}"));
    lines.push_back(maker.next());
    commit(lines);
    commit({maker.loss(old_epoch, "[[3,3]]", "erased")});
    ASSERT_EQ(held(), "++x++");
    const std::string copy = heir.body(LineMaker::body_in(lines[2]));  // in front of what says that it is one
    commit({copy});
    EXPECT_EQ(held(), "++x++x");
    commit({heir.reissued(old_epoch, 3, 3), heir.body(LineMaker::body_in(lines[2])), heir.next()});
    EXPECT_EQ(held(), "++x++x+x+");
    EXPECT_FALSE(is_on_disk());
    EXPECT_EQ(upto(new_epoch), 4U) << "the chain goes on";
    open();
    EXPECT_EQ(commit({copy}).counters.repeats, 1U);
    EXPECT_EQ(held(), "++x++x+x+");
    const AgentName other{"acme", "s1", "till4"};
    LineMaker others(other.source(), 0xe4);
    commit({others.body(LineMaker::body_in(lines[2]))}, other);
    EXPECT_EQ(held(other), "-") << "of what another one sends it says nothing: without effect, as it is not its own";
}

TEST_F(CentralEraseTest, FindsErasedContentByAnIndex) {
    commit({maker.sale("T1-1"), maker.loss(old_epoch, "[[1,1]]", "erased")});
    store.reset();
    const auto database = Database::open({path, central_application_id});
    ASSERT_TRUE(database) << database.error().message;
    auto plan = (*database)->prepare(
        "EXPLAIN QUERY PLAN SELECT 1 FROM event CROSS JOIN epoch ON epoch.id = position >> 44 "
        "WHERE event.digest = x'00' AND event.reason = 'erased' AND kind = 1 AND agent = 1 LIMIT 1");
    ASSERT_TRUE(plan) << plan.error().message;
    Statement& rows = *plan;
    rows.begin();
    ASSERT_TRUE(rows.step().value());
    EXPECT_NE(rows.bytes(3).find("USING INDEX event_erased (digest=?)"), std::string_view::npos) << rows.bytes(3);
    ASSERT_TRUE(rows.step().value());
    EXPECT_NE(rows.bytes(3).find("USING INTEGER PRIMARY KEY"), std::string_view::npos) << rows.bytes(3);
}

TEST_F(CentralEraseTest, GivesTheEventSentAgainItsEffectOnce) {  // [once-2]
    commit({maker.sale("T1-1", "{\"x\":\"" + secret + "\"}"), maker.loss(old_epoch, "[[1,1]]", "erased")});
    commit({maker.sale("T1-1", "{\"x\":\"************4444\"}", "possible_repeat")});
    commit({maker.sale("T1-1", "{\"x\":\"************4444\"}", "possible_repeat")});
    EXPECT_EQ(held(), "x++-");
}

TEST_F(CentralEraseTest, ForgetsWhatWasSetAside) {
    LineMaker fork(test::sending_agent.source(), old_epoch);
    commit(maker.next(2));
    (void)fork.next();
    commit({fork.sale("T1-2", "{\"x\":\"" + secret + "\"}")});
    ASSERT_TRUE(is_on_disk());
    commit({maker.loss(old_epoch, "[[2,2]]", "erased")});
    EXPECT_EQ(held(), "+x+");
    EXPECT_FALSE(is_on_disk());
}

}  // namespace
}  // namespace tillpost
