// SPDX-License-Identifier: Apache-2.0
// What the receiver makes of the events in which an agent speaks of its own stream.
#include <gtest/gtest.h>

#include <algorithm>

#include "agent/wire/moves.hpp"
#include "tests/unit/central_file_test.hpp"

namespace tillpost {
namespace {

using test::LineMaker;
constexpr Epoch first_epoch = 0xe1;
constexpr Epoch second_epoch = 0xe2;

class OwnEventTest : public test::CentralFileTest {
protected:
    EpochReceipt receipt(Epoch epoch = first_epoch, Sequence first = 1, Sequence last = 0, Sequence confirmed = 0) {
        Hello hello;
        hello.number = "00000000000000ab";
        hello.epochs.push_back({epoch, epoch == first_epoch ? 1U : 2U, first, last, {}, {}, confirmed});
        auto made = store->receipt(test::sending_agent, hello, {}, CentralStore::Scope::all);
        EXPECT_TRUE(made) << made.error().message;
        return made->epochs.at(0);
    }
    std::string effects() {
        std::string text;
        (void)store->each(std::nullopt, [&text](const CentralStore::Row& row) -> Result<void> {
            text += row.effect ? '1' : '0';
            return {};
        });
        return text;
    }
    CentralStore::AgentRow row() {
        CentralStore::AgentRow found;
        const auto done = store->each_agent([&found](const CentralStore::AgentRow& one) -> Result<void> {
            found = one;
            return {};
        });
        EXPECT_TRUE(done) << done.error().message;
        return found;
    }

    LineMaker heir{test::sending_agent.source(), second_epoch};
    Sha256 sha;
};

TEST_F(OwnEventTest, CountsAForkThatOnlyTheAgentSaw) {
    commit(maker.next(3));
    EXPECT_EQ(row().forks, 0);
    std::vector<std::string> slices{heir.reissued(first_epoch, 2, 2), heir.reissued(first_epoch, 3, 3)};
    commit(slices);
    EXPECT_EQ(row().forks, 1) << "of one epoch, in two slices";
    commit({heir.reissued(first_epoch, 1, 1, "salvage")});
    EXPECT_EQ(row().forks, 1);
}

// An epoch may be closed with nothing to be sent again: what is documented is no fault.
TEST_F(OwnEventTest, TakesAnEpochThatIsClosedWithNothingToReissue) {
    const std::string data = R"({"epoch":"00000000000000e1","ordinal":1,"from":4,"to":3,"count":0,"cause":"renamed"})";
    const auto read = read_own_event("tillpost.reissued.v1", data);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(std::holds_alternative<std::monostate>(*read));
    EXPECT_FALSE(read_own_event("tillpost.reissued.v1", R"({"count":0,"cause":"renamed"})"));
    EXPECT_FALSE(read_own_event("tillpost.reissued.v1",
                                R"({"epoch":"00000000000000e1","from":4,"to":3,"count":1,"cause":"x"})"));
}

TEST_F(OwnEventTest, GivesCopiesNoSecondEffectInAnyOrder) {  // [once-1]
    const auto lines = maker.next(6);
    std::vector<std::string> copies{heir.reissued(first_epoch, 3, 6)};
    for (int i = 2; i < 6; ++i) copies.push_back(heir.body(LineMaker::body_in(lines[i])));
    // The copies overtake the originals, some of which come late.
    commit({lines[0], lines[1], lines[2]});
    commit({copies[4], copies[3], copies[2], copies[1], copies[0]});
    commit({lines[5], lines[4], lines[3]});
    EXPECT_EQ(effects(),
              "111000"
              "10111")
        << "each event once, the `reissued` one too";
    const auto statements = store->statements();
    ASSERT_EQ(statements->moves.size(), 1U);
    EXPECT_EQ(statements->moves[0].former, first_epoch);
    EXPECT_EQ(statements->moves[0].range, (Range{3, 6}));
    EXPECT_EQ(statements->moves[0].epoch, second_epoch);
    EXPECT_EQ(statements->moves[0].sequence, 1U);
}

TEST_F(OwnEventTest, KeepsOnceThroughTwoClonesThatBothReissue) {  // [once-1]
    const auto lines = maker.next(4);
    LineMaker third(test::sending_agent.source(), 0xe3);
    commit({lines[0], lines[1]});
    std::vector<std::string> one{heir.reissued(first_epoch, 2, 4)};
    std::vector<std::string> two{third.reissued(first_epoch, 2, 4)};
    for (int i = 1; i < 4; ++i) {
        one.push_back(heir.body(LineMaker::body_in(lines[i])));
        two.push_back(third.body(LineMaker::body_in(lines[i])));
    }
    commit({one[0], two[0], one[1], two[1], two[2], one[2], two[3], one[3], lines[2], lines[3]});
    open();
    commit({one[0], two[0], lines[3]});
    EXPECT_EQ(effects(),
              "1100"
              "1000"
              "1011")
        << "each of the four once; the line that came late, not";
}

TEST_F(OwnEventTest, TellsEqualEventsOfDifferentTimesAndTillsApart) {
    Event event;
    event.type = "scan";
    event.data = "{}";
    const AgentName other{"acme", "s1", "till4"};
    LineMaker there(other.source(), first_epoch);
    commit({maker.body(maker.body_of(event)), maker.body(maker.body_of(event))});
    ASSERT_TRUE(store->commit({{other, there.body(there.body_of(event))}}, false));
    EXPECT_EQ(effects(), "111") << "the salt makes them three";
}

TEST_F(OwnEventTest, LetsUptoPassWhatIsGoneAndGoesOnBehindIt) {  // [end-1]
    const auto lines = maker.next(9);
    commit({lines[7], lines[8]});
    ASSERT_EQ(receipt(first_epoch, 6, 9).need.at(0), (Range{1, 7}));
    const Digest start = chain_start(sha, test::sending_agent.source(), first_epoch);
    const std::string gone = maker.gone(first_epoch, {1, 5}, start, LineMaker::chain_in(lines[4]));
    Committed committed = commit({gone});
    ASSERT_EQ(committed.alarms.size(), 1U);
    EXPECT_NE(committed.alarms[0].find(": 5 events (" + event_id(first_epoch, 1) + " to " + event_id(first_epoch, 5) +
                                       ") will never come"),
              std::string::npos)
        << committed.alarms[0];
    EXPECT_EQ(row().gone, 5);
    EXPECT_TRUE(commit({gone}).alarms.empty()) << "said once";
    EXPECT_EQ(receipt().upto, 5U);
    EXPECT_EQ(receipt().hash, LineMaker::chain_in(lines[4]));
    EXPECT_EQ(receipt(first_epoch, 6, 9).need.at(0), (Range{6, 7}));
    open();
    EXPECT_EQ(receipt().upto, 5U);
    commit({lines[5], lines[6]});
    EXPECT_EQ(receipt().upto, 10U);
    EXPECT_EQ(row().gaps, 0);
    // What was given up turns up after all: taken, and checked where something is there to check it against.
    LineMaker stranger(test::sending_agent.source(), first_epoch);
    (void)stranger.next();
    committed = commit({lines[4], lines[3], stranger.sale("T1-99")});
    EXPECT_EQ(committed.counters.taken, 3U);
    EXPECT_EQ(row().gone, 2);
    EXPECT_EQ(commit({lines[4], lines[3]}).counters.repeats, 2U);
    EXPECT_EQ(commit({lines[2]}).counters.broken, 1U) << "it does not follow from the stranger's line";
    EXPECT_EQ(receipt().upto, 10U);
}

TEST_F(OwnEventTest, ChainsRangesThatAreGoneInWhateverOrderTheyCome) {
    const auto lines = maker.next(6);
    const auto chain = [&](int n) { return LineMaker::chain_in(lines.at(n - 1)); };
    const Digest start = chain_start(sha, test::sending_agent.source(), first_epoch);
    commit({heir.gone(first_epoch, {3, 4}, chain(2), chain(4)), heir.gone(first_epoch, {5, 6}, chain(4), chain(6))});
    EXPECT_EQ(receipt().upto, 0U);
    commit({heir.gone(first_epoch, {1, 2}, start, chain(2))});
    EXPECT_EQ(receipt().upto, 6U);
    EXPECT_EQ(receipt().hash, chain(6));
    EXPECT_EQ(row().gone, 6);
}

struct Claim {
    const char* name;
    Range range;
    int before;  ///< Which chain it says, of the nine lines; -1: a wrong one
    int after;
};
void PrintTo(const Claim& claim, std::ostream* out) { *out << claim.name; }

/// 1, 2, 5 and 9 are held.
class GoneTest : public OwnEventTest, public ::testing::WithParamInterface<Claim> {
protected:
    GoneTest() { commit({lines[0], lines[1], lines[4], lines[8]}); }
    Committed claim() {
        const Claim& said = GetParam();
        return commit({heir.gone(first_epoch, said.range, chain(said.before), chain(said.after))});
    }
    Digest chain(int n) {
        if (n == 0) return chain_start(sha, test::sending_agent.source(), first_epoch);
        return n < 0 ? Digest{} : LineMaker::chain_in(lines.at(n - 1));
    }

    const std::vector<std::string> lines = maker.next(9);
};

class FalseGoneTest : public GoneTest {};
TEST_P(FalseGoneTest, IsASecondHistoryAndPassesNothing) {  // [fork-1]
    const Committed committed = claim();
    EXPECT_EQ(committed.alarms.size(), 1U);
    EXPECT_EQ(receipt().upto, 2U);
    EXPECT_EQ(receipt().fork, std::optional<Sequence>(GetParam().range.from)) << "neither could go on otherwise";
    EXPECT_EQ(receipt(first_epoch, 1, 9).need.at(0), (Range{3, 4}));
    EXPECT_EQ(receipt(second_epoch).upto, 1U) << "the event itself is committed";
    EXPECT_FALSE(receipt(second_epoch).fork);
    open();
    EXPECT_EQ(receipt().fork, std::optional<Sequence>(GetParam().range.from));
}
INSTANTIATE_TEST_SUITE_P(Claims, FalseGoneTest,
                         ::testing::Values(Claim{"wrong_before", {3, 4}, -1, 4}, Claim{"wrong_after", {3, 4}, 2, -1},
                                           Claim{"wrong_after_over_a_held_line", {3, 8}, 2, -1},
                                           Claim{"wrong_before_over_a_held_line", {3, 8}, -1, 8},
                                           Claim{"wrong_after_from_a_held_line", {2, 4}, 1, 3}),
                         [](const auto& which) { return which.param.name; });

/// What is held within the range came late, or again: what is missing around it is passed.
class PartlyGoneTest : public GoneTest {};
TEST_P(PartlyGoneTest, PassesWhatIsMissing) {  // [end-1]
    const std::vector<std::string> alarms = claim().alarms;
    const Sequence upto = GetParam().range.to == 4 ? 5 : 9;
    ASSERT_EQ(alarms.size(), 1U);
    const int missing = upto == 5 ? 2 : 5;  // what is held is not lost
    EXPECT_NE(alarms[0].find(": " + std::to_string(missing) + " events ("), std::string::npos) << alarms[0];
    EXPECT_EQ(row().gone, missing);
    EXPECT_EQ(receipt().upto, upto);
    EXPECT_EQ(receipt().hash, chain(static_cast<int>(upto)));
    EXPECT_FALSE(receipt().fork);
    open();
    EXPECT_EQ(receipt().upto, upto);
    EXPECT_EQ(receipt().hash, chain(static_cast<int>(upto)));
    // And what was given up is taken if it turns up, in any order.
    const Committed late = commit({lines[3], lines[2]});
    EXPECT_EQ(late.counters.taken, 2U);
    EXPECT_EQ(commit({lines[4]}).counters.repeats, 1U);
    EXPECT_EQ(row().gaps, upto == 9 ? 0 : 1);
}
INSTANTIATE_TEST_SUITE_P(Claims, PartlyGoneTest,
                         ::testing::Values(Claim{"over_a_held_line", {3, 8}, 2, 8},
                                           Claim{"from_a_held_line", {2, 4}, 1, 4},
                                           Claim{"from_the_first", {1, 4}, 0, 4},
                                           Claim{"up_to_a_held_line", {3, 9}, 2, 9}),
                         [](const auto& which) { return which.param.name; });

TEST_F(OwnEventTest, TakesARangeThatIsHeldForNoAlarm) {
    const auto lines = maker.next(3);
    commit(lines);
    const Digest start = chain_start(sha, test::sending_agent.source(), first_epoch);
    EXPECT_TRUE(commit({heir.gone(first_epoch, {1, 2}, start, LineMaker::chain_in(lines[1]))}).alarms.empty());
    EXPECT_EQ(receipt().upto, 3U);
}

TEST_F(OwnEventTest, ListsARejectedEventUntilTheAgentNamesIt) {
    commit({maker.next(), maker.body("\"no json}"), maker.next()});
    ASSERT_EQ(receipt(first_epoch, 1, 3).rejected.size(), 1U);
    const std::string id = event_id(first_epoch, 2);
    commit({heir.own("quarantined", "{\"rule\":\"rejected_by_central\",\"event\":\"" + id + "\"}")});
    EXPECT_TRUE(receipt(first_epoch, 1, 3).rejected.empty());
    EXPECT_EQ(receipt().upto, 3U);
}

TEST_F(OwnEventTest, RaisesAnAlarmForWhatItCannotUnderstand) {
    for (const auto& [type, data] : std::vector<std::pair<std::string, std::string>>{
             {"reissued", "{\"epoch\":\"00000000000000e1\",\"from\":1,\"to\":4,\"count\":3,\"cause\":\"fork\"}"},
             {"reissued", "{\"epoch\":7,\"from\":1,\"to\":4,\"count\":4,\"cause\":\"fork\"}"},
             {"loss", "{\"epoch\":\"00000000000000e1\",\"ranges\":[[2]],\"class\":\"bulk\",\"reason\":\"shed\"}"},
             {"loss", "{\"epoch\":\"00000000000000e1\",\"ranges\":[[3,2]],\"class\":\"bulk\",\"reason\":\"shed\"}"},
             {"gone", "{\"epoch\":\"00000000000000e1\",\"from\":1,\"to\":4,\"before\":\"00\",\"after\":\"00\"}"},
             {"quarantined", "{\"event\":\"00000000000000e1-x\",\"rule\":\"r\"}"},
             {"gone", "[]"}}) {
        EXPECT_EQ(commit({maker.own(type, data)}).alarms.size(), 1U) << type << " " << data;
    }
    EXPECT_TRUE(commit({maker.own("quarantined", "{\"rule\":\"not_json\",\"bytes\":3}")}).alarms.empty());
    EXPECT_EQ(receipt().upto, 8U);
}

TEST_F(OwnEventTest, SuspectsACloneWhenTwoEpochsAlternate) {
    Committed committed = commit({maker.next(), maker.next(), heir.next()});
    EXPECT_TRUE(committed.alarms.empty());
    committed = commit({maker.next(), heir.next()});
    EXPECT_TRUE(committed.alarms.empty()) << "late messages of the former epoch may do that";
    open();
    committed = commit({maker.next()});
    EXPECT_EQ(committed.alarms.size(), 1U);
    EXPECT_EQ(row().returns, 2);
    commit({heir.next()});
    EXPECT_EQ(row().live, to_hex(second_epoch));
    EXPECT_EQ(row().epochs, 2);
    EXPECT_EQ(row().upto, 3U);
}

TEST_F(OwnEventTest, HasViewsForPeople) {
    const auto lines = maker.next(5);
    commit({lines[0], lines[3], heir.reissued(first_epoch, 3, 3), heir.loss(first_epoch, "[[2,2],[3,3]]")});
    (void)receipt();
    commit({lines[4]});
    EXPECT_EQ(row().losses, 2);
    EXPECT_EQ(row().gaps, 1);
    store.reset();
    auto database = Database::open({folder.file("central.db"), 0x54494c43});
    ASSERT_TRUE(database);
    for (const char* holds :
         {"SELECT count(*) = 1 FROM gaps WHERE epoch = '00000000000000e1' AND first = 2 AND last = 2",
          "SELECT count(*) = 1 FROM reissues WHERE former = '00000000000000e1' AND first = 3 AND copies_from = 2",
          "SELECT count(*) = 2 FROM losses WHERE class = 'unknown' AND reason = 'unreadable'",
          "SELECT count(*) = 1 FROM epochs WHERE ordinal = 1 AND upto = 1 AND highest = 5 AND gaps = 1 AND "
          "closed_by = '00000000000000e2-1'",
          "SELECT count(*) = 0 FROM clones"}) {
        const auto found = (*database)->integer(holds);
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_EQ(*found, 1) << holds;
    }
}

TEST_F(OwnEventTest, WhatHasALaterNumberIsNoGap) {
    const auto lines = maker.next(12);
    const auto gaps = [this] {
        store.reset();
        std::string found;
        {
            auto database = Database::open({folder.file("central.db"), 0x54494c43});
            auto rows = (*database)->prepare("SELECT coalesce(group_concat(first || '-' || last), '') FROM gaps");
            EXPECT_TRUE(rows) << rows.error().message;
            EXPECT_TRUE(rows->begin().step().value());
            found = rows->bytes(0);
        }
        open();
        EXPECT_EQ(row().gaps, found.empty() ? 0 : 1 + std::count(found.begin(), found.end(), ','));
        return found;
    };
    commit({lines[2], lines[6], lines[9]});
    EXPECT_EQ(gaps(), "1-2,4-6,8-9");
    commit({heir.reissued(first_epoch, 5, 8)});
    EXPECT_EQ(gaps(), "1-2,4-4,9-9") << "what it covers in part stays a gap for the rest";
    commit({heir.reissued(first_epoch, 1, 4), heir.reissued(first_epoch, 9, 12)});
    EXPECT_EQ(gaps(), "") << "nor is it one behind the last that is held";
}

TEST(MovesTest, CountsWhatHasALaterNumber) {
    const Moves moves({{0xe1, {5, 8}, 0xe2, 1}, {0xe1, {2, 6}, 0xe3, 1}, {0xe1, {12, 12}, 0xe2, 6}});
    EXPECT_EQ(moves.next({0xe1, 6}), (std::vector<Moves::Place>{{0xe3, 6}, {0xe2, 3}}));
    EXPECT_EQ(moves.next({0xe1, 8}), (std::vector<Moves::Place>{{0xe2, 5}}));
    EXPECT_EQ(moves.count(0xe1, {1, 20}), 8U);
    EXPECT_EQ(moves.count(0xe1, {6, 7}), 2U);
    EXPECT_EQ(moves.count(0xe1, {9, 11}), 0U);
    EXPECT_EQ(moves.count(0xe2, {1, 20}), 0U);
    EXPECT_EQ(moves.first_from({0xe1, 1}), 2U);
    EXPECT_EQ(moves.first_from({0xe1, 8}), 8U);
    EXPECT_EQ(moves.first_from({0xe1, 9}), 12U);
    EXPECT_GT(moves.first_from({0xe1, 13}), last_sequence);
}

TEST(MovesTest, FollowsCopiesOfReissuedEventsToWhereTheyWereFirst) {
    // e1:5..8 went to e2:2..5 behind e2:1; all of e2 went to e3 in two slices, with the first event in the first.
    const Moves moves({{0xe1, {5, 8}, 0xe3, 2}, {0xe2, {1, 3}, 0xe3, 1}, {0xe2, {4, 5}, 0xe3, 5}});
    EXPECT_EQ(moves.next({0xe1, 6}), (std::vector<Moves::Place>{{0xe2, 3}}));
    EXPECT_EQ(moves.next({0xe2, 3}), (std::vector<Moves::Place>{{0xe3, 4}}));
    EXPECT_EQ(moves.next({0xe1, 8}), (std::vector<Moves::Place>{{0xe2, 5}}));
    EXPECT_EQ(moves.next({0xe2, 5}), (std::vector<Moves::Place>{{0xe3, 7}}));
    EXPECT_TRUE(moves.next({0xe1, 9}).empty());
    EXPECT_TRUE(moves.next({0xe9, 1}).empty());
}

}  // namespace
}  // namespace tillpost
