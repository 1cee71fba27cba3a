// SPDX-License-Identifier: Apache-2.0
#include "agent/central/store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "agent/central/check.hpp"
#include "agent/central/schema.hpp"
#include "tests/support/process.hpp"
#include "tests/unit/central_file_test.hpp"

namespace tillpost {
namespace {

class CentralStoreTest : public test::CentralFileTest {
protected:
    EpochReceipt receipt(EpochSummary wanted = {0xe1, 1, 1, 1000, {}, {}, 0}) {
        Hello hello;
        hello.number = "00000000000000ab";
        hello.epochs.push_back(wanted);
        auto made = store->receipt(test::sending_agent, hello, {}, CentralStore::Scope::all);
        EXPECT_TRUE(made) << made.error().message;
        return made->epochs.at(0);
    }
    std::vector<std::string> stored() {
        std::vector<std::string> lines;
        auto done = store->each(std::nullopt, [&lines](const CentralStore::Row& row) -> Result<void> {
            lines.push_back(row.line());
            return {};
        });
        EXPECT_TRUE(done) << done.error().message;
        return lines;
    }
    /// A 1 for each line that has an effect, a 0 for each other one.
    std::string with_effect() {
        std::string effect;
        (void)store->each(std::nullopt, [&effect](const CentralStore::Row& row) -> Result<void> {
            effect += row.effect ? '1' : '0';
            return {};
        });
        return effect;
    }
    std::int64_t effects() {
        const std::string each = with_effect();
        return std::count(each.begin(), each.end(), '1');
    }
};

TEST_F(CentralStoreTest, CommitsLinesAndKeepsThemToTheByte) {
    const auto lines = maker.next(5);
    const Committed committed = commit(lines);
    EXPECT_EQ(committed.counters.taken, 5U);
    ASSERT_EQ(committed.taken.size(), 5U);
    EXPECT_EQ(committed.taken[1].type, "tillpost.sale.v1");
    EXPECT_EQ(committed.taken[1].subject, "T1-2");
    EXPECT_EQ(committed.taken[1].quality, "ok");
    EXPECT_EQ(committed.agents.at(test::sending_agent).epochs, std::set<Epoch>{0xe1});
    EXPECT_EQ(stored(), lines);
    EXPECT_EQ(receipt().upto, 5U);
    EXPECT_EQ(receipt().hash, maker.chain());
}

TEST_F(CentralStoreTest, GoesOnWhereItWasAfterReopening) {
    const auto lines = maker.next(9);
    commit({lines[0], lines[1], lines[4], lines[5]});
    const std::string receiver = store->receiver();
    EXPECT_EQ(receiver.size(), 32U);
    open();
    EXPECT_EQ(store->receiver(), receiver);
    EXPECT_EQ(receipt().upto, 2U);
    EXPECT_EQ(receipt().also.at(0).range, (Range{5, 6}));
    EXPECT_EQ(receipt().need.at(0), (Range{3, 4}));
    const Committed again = commit(lines);
    EXPECT_EQ(again.counters.taken, 5U);
    EXPECT_EQ(again.counters.repeats, 4U);
    EXPECT_EQ(receipt().upto, 9U);
    EXPECT_EQ(stored(), lines);
}

TEST_F(CentralStoreTest, TakesAnyOrderInAnyBatches) {
    auto lines = maker.next(100);
    auto shuffled = lines;
    std::mt19937 random(7);
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    for (std::size_t i = 0; i < shuffled.size(); i += 9) {
        commit({shuffled.begin() + i, shuffled.begin() + std::min(i + 9, shuffled.size())});
        if (i % 27 == 0) open();
    }
    EXPECT_EQ(receipt().upto, 100U);
    EXPECT_EQ(stored(), lines);
}

TEST_F(CentralStoreTest, AnswersForAnEpochItHasNeverSeen) {
    const EpochReceipt nothing = receipt({0xbeef, 1, 4, 9, {}, {}, 6});
    Sha256 sha;
    EXPECT_EQ(nothing.upto, 0U);
    EXPECT_EQ(nothing.hash, chain_start(sha, test::sending_agent.source(), 0xbeef));
    ASSERT_EQ(nothing.need.size(), 1U) << "what the agent believes confirmed";
    EXPECT_EQ(nothing.need[0], (Range{1, 6})) << "what it has pruned of it, it answers with `gone`";
}

TEST_F(CentralStoreTest, AsksForWhatTheAgentHasPrunedToo) {
    const auto lines = maker.next(9);
    commit({lines[8]});
    EXPECT_EQ(receipt({0xe1, 1, 7, 9, {}, {}, 0}).need.at(0), (Range{1, 8}));
}

TEST_F(CentralStoreTest, SetsBadLinesAsideAndCountsThem) {
    const auto lines = maker.next(2);
    std::string flipped = lines[1];
    flipped[flipped.size() - 5] ^= 1;
    const Committed committed =
        commit({"garbage", lines[0], "", flipped, std::string("\0\xff", 2), std::string(10'000, 'x')});
    EXPECT_EQ(committed.counters.taken, 1U);
    EXPECT_EQ(committed.counters.malformed, 4U);
    EXPECT_EQ(committed.counters.broken, 1U);
    EXPECT_EQ(receipt().upto, 1U);
    EXPECT_FALSE(receipt().fork) << "damage is no second history";
    commit({lines[1]});
    EXPECT_EQ(receipt().upto, 2U);
    open();
    EXPECT_EQ(store->counters()->malformed, 4U);
}

TEST_F(CentralStoreTest, BoundsWhatIsSetAside) {
    const int most = static_cast<int>(CentralStore::most_set_aside);
    std::vector<std::string> lines;
    for (int i = 0; i < most + 10; ++i) lines.push_back("bad " + std::to_string(i));
    Committed committed = commit(lines);
    EXPECT_EQ(committed.counters.malformed, most + 10U);
    EXPECT_EQ(committed.counters.dropped, 10U);
    open();
    committed = commit({"bad 0", "bad 0", "one more"});
    EXPECT_EQ(committed.counters.dropped, 1U) << "the same line again needs no room";
}

TEST_F(CentralStoreTest, AnswersForkForASecondHistoryAndKeepsTheFirst) {
    const auto lines = maker.next(3);
    test::LineMaker copy = maker.clone();
    commit(lines);
    const auto first = maker.next(2);
    commit(first);
    const auto second = copy.next(3);
    const Committed committed = commit({second[1], second[0], second[2]});
    EXPECT_EQ(committed.counters.divergent, 2U);
    EXPECT_EQ(committed.counters.broken, 1U);
    EXPECT_EQ(committed.alarms.size(), 2U) << "the second history, and that lines are set aside";
    EXPECT_EQ(receipt().fork, 4U);
    EXPECT_EQ(receipt().upto, 5U);
    EXPECT_EQ(effects(), 5);
    open();
    EXPECT_EQ(receipt().fork, 4U);
}

TEST_F(CentralStoreTest, GivesAnEventUnderANewNumberNoSecondEffect) {
    Event event;
    event.type = "sale";
    event.subject = "T1-7";
    event.data = "{}";
    const std::string body = maker.body_of(event);
    test::LineMaker reissued(test::sending_agent.source(), 0xe2);
    commit({maker.body(body)});
    commit({reissued.body(body), reissued.sale("T1-8")});
    EXPECT_EQ(stored().size(), 3U);
    EXPECT_EQ(effects(), 2);
}

TEST_F(CentralStoreTest, MatchesAPossibleRepeatByKeyAndContent) {
    commit({maker.sale("T1-7", "{\"a\":1}"), maker.sale("T1-7", "{\"a\":1}", "possible_repeat"),
            maker.sale("T1-7", "{\"a\":2}", "possible_repeat"), maker.sale("T1-9", "{\"a\":1}", "possible_repeat"),
            maker.sale("T1-7", "{\"a\":1}", "conflict")});
    EXPECT_EQ(with_effect(), "10111");
    // The same subject at another till is another sale.
    const AgentName other{"acme", "s1", "till4"};
    test::LineMaker there(other.source(), 0xe4);
    ASSERT_TRUE(store->commit({{other, there.sale("T1-7", "{\"a\":1}", "possible_repeat")}}, false));
    EXPECT_EQ(effects(), 5);
}

// [once-2] Behind a salvage what the POS sends again comes first, and what it repeats under another number later.
TEST_F(CentralStoreTest, MatchesAnEventThatComesBehindItsPossibleRepeat) {
    test::LineMaker heir(test::sending_agent.source(), 0xe2);
    commit({maker.sale("T1-7", "{\"a\":1}", "possible_repeat"), maker.sale("T1-8", "{\"a\":1}")});
    commit({heir.sale("T1-7", "{\"a\":1}"),              // the original
            heir.sale("T1-7", "{\"a\":1}", "conflict"),  // a third one
            heir.sale("T1-7", "{\"a\":1}", "possible_repeat"), heir.sale("T1-7", "{\"a\":2}"),
            heir.sale("T1-8", "{\"a\":1}"), heir.sale("T1-9", "{\"a\":1}")});
    open();
    commit({heir.sale("T1-7", "{\"a\":1}")});
    EXPECT_EQ(with_effect(), "110001110") << "of two that nobody doubts each is one";
    const AgentName other{"acme", "s1", "till4"};
    test::LineMaker there(other.source(), 0xe4);
    ASSERT_TRUE(store->commit({{other, there.sale("T1-7", "{\"a\":1}")}}, false));
    EXPECT_EQ(effects(), 6) << "the same subject at another till is another sale";
}

TEST_F(CentralStoreTest, AMarkThatOnlyContainsTheWordDoubtsNothing) {
    commit({maker.sale("T1-7", "{\"a\":1}", "schema:/possible_repeat"), maker.sale("T1-7", "{\"a\":1}")});
    EXPECT_EQ(with_effect(), "11");
}

TEST_F(CentralStoreTest, LetsContentFillATombstoneOnce) {
    const std::string before = maker.next();
    const std::string tombstone = maker.tombstone("T1-2");
    const std::string content = maker.filled();
    commit({before, tombstone});
    EXPECT_EQ(effects(), 1);
    EXPECT_EQ(stored().at(1), tombstone);
    commit({content});
    EXPECT_EQ(effects(), 2);
    commit({tombstone, content});
    EXPECT_EQ(effects(), 2);
    EXPECT_EQ(stored().at(1), content);
    const std::string lost = maker.lost();
    const std::string after = maker.next();
    commit({after, lost});
    EXPECT_EQ(stored(), (std::vector{before, content, lost, after}));
    open();
    EXPECT_EQ(receipt().upto, 4U);
}

TEST_F(CentralStoreTest, RejectsUnacceptableContentWithoutHoldingUpTheStream) {
    Event event;
    event.type = "sale";
    event.subject = "T1-2";
    event.data = "{\"open\":";
    const std::string first = maker.next();
    const std::string broken_json = maker.body(maker.body_of(event));
    test::LineMaker other("urn:tillpost:acme:s1:till9", 0xe1);
    event.data = "{}";
    const std::string wrong_source = maker.body(other.body_of(event));
    const std::string no_type = maker.body("\"source\":\"" + test::sending_agent.source() + "\",\"data\":{}}");
    commit({first, broken_json, wrong_source, no_type, maker.next()});
    EXPECT_EQ(receipt().upto, 5U);
    const auto rejected = receipt().rejected;
    ASSERT_EQ(rejected.size(), 3U);
    EXPECT_EQ(rejected[0].sequence, 2U);
    EXPECT_EQ(rejected[0].code, "not_json");
    EXPECT_EQ(rejected[1].code, "source");
    EXPECT_EQ(rejected[2].code, "type");
    EXPECT_EQ(effects(), 2);
    EXPECT_EQ(receipt({0xe1, 1, 4, 5, {}, {}, 5}).rejected.size(), 1U) << "what the agent no longer holds is settled";
}

TEST_F(CentralStoreTest, BoundsTheEpochsOfAnAgent) {
    std::string payload;
    for (Epoch epoch = 1; epoch <= CentralStore::most_epochs + 5; ++epoch) {
        payload += test::LineMaker(test::sending_agent.source(), epoch).next() + "\n";
    }
    const Committed committed = commit_payload(payload);
    EXPECT_EQ(committed.counters.taken, CentralStore::most_epochs);
    EXPECT_EQ(committed.counters.crowded, 5U);
    ASSERT_EQ(committed.alarms.size(), 1U) << "one for all of them, while there is time";
    EXPECT_NE(committed.alarms[0].find("has 896 epochs here"), std::string::npos) << committed.alarms[0];
    const std::string more = test::LineMaker(test::sending_agent.source(), 0xffff).next() + "\n";
    EXPECT_TRUE(commit_payload(more).alarms.empty()) << "not with each message";
    clock.advance(std::chrono::hours(1));
    const Committed later = commit_payload(more);
    ASSERT_EQ(later.alarms.size(), 1U);
    EXPECT_NE(later.alarms[0].find("has 1024 epochs here"), std::string::npos) << later.alarms[0];
    EXPECT_NE(later.alarms[0].find("000000000000ffff"), std::string::npos) << later.alarms[0];
    const auto report = check(*store, {});
    ASSERT_TRUE(report);
    EXPECT_EQ(report->counters.crowded, 7U);
    ASSERT_FALSE(report->findings.empty());
    EXPECT_NE(report->findings[0].find("change the box's agent/node"), std::string::npos);
}

TEST_F(CentralStoreTest, KeepsTheLargestReceiptWithinWhatAgentsAccept) {
    Hello hello;
    hello.number = "00000000000000ab";
    std::string payload;
    for (Epoch epoch = 1; epoch <= 1024; ++epoch) {
        test::LineMaker lines(test::sending_agent.source(), epoch);
        const auto made = lines.next(9);
        payload += test::joined({made[0], made[2], made[4], made[6], made[8]});
        hello.epochs.push_back({epoch, 1, 1, 9, {}, {}, 9});
    }
    commit_payload(payload);
    const auto made = store->receipt(test::sending_agent, hello, {}, CentralStore::Scope::all);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->epochs.size(), 1024U);
    const auto read = decode_receipt(encode(*made));
    EXPECT_TRUE(read) << read.error().message;
}

TEST_F(CentralStoreTest, AnswersForTouchedEpochsThatTheHelloDoesNotName) {
    commit(maker.next(2));
    Hello hello;
    hello.number = "00000000000000ab";
    hello.epochs.push_back({0xaa, 1, 1, 0, {}, {}, 0});
    const auto all = store->receipt(test::sending_agent, hello, {0xe1}, CentralStore::Scope::all);
    ASSERT_EQ(all->epochs.size(), 2U);
    EXPECT_EQ(all->epochs[1].upto, 2U);
    const auto some = store->receipt(test::sending_agent, hello, {0xe1}, CentralStore::Scope::besides_only);
    ASSERT_EQ(some->epochs.size(), 1U);
    EXPECT_EQ(some->epochs[0].epoch, 0xe1U);
}

TEST_F(CentralStoreTest, RefusesASecondOpenerInPlainWords) {
    const std::string holder = "in use by another process: process " + std::to_string(::getpid()) + " (";
    test::Process second([this, holder] {
        const auto opened = CentralStore::open(path, CentralStore::Missing::refuse, clock);
        const bool refused = !opened && opened.error().code == Errc::rejected &&
                             opened.error().message.find(holder) != std::string::npos;
        _exit(refused ? 0 : 1);
    });
    EXPECT_EQ(second.wait(), 0);
}

TEST_F(CentralStoreTest, CreatesNoFileWhenItIsToReadOne) {
    const auto opened = CentralStore::open(folder.file("none.db"), CentralStore::Missing::refuse, clock);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::invalid);
    EXPECT_FALSE(std::ifstream(folder.file("none.db")).good());
}

TEST_F(CentralStoreTest, RefusesAnotherProgramsFile) {
    store.reset();
    auto journal = Database::open({folder.file("journal.db"), 0x54494c4c});
    ASSERT_TRUE(journal);
    ASSERT_TRUE((*journal)->execute("CREATE TABLE a (b)"));
    journal->reset();
    const auto opened = CentralStore::open(folder.file("journal.db"), CentralStore::Missing::refuse, clock);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::corrupt);
}

TEST_F(CentralStoreTest, SaysWhatToDoWithADamagedFile) {
    store.reset();
    std::fstream file(folder.file("central.db"), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);  // the head of the table of tables
    file << std::string(8, '\xff') << std::flush;
    ASSERT_TRUE(file);
    const auto opened = CentralStore::open(folder.file("central.db"), CentralStore::Missing::refuse, clock);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::corrupt);
    for (const char* said : {"open ", "central.db", "malformed", "keep it", "newest backup"}) {
        EXPECT_NE(opened.error().message.find(said), std::string::npos) << opened.error().message;
    }
}

/// The child: commits batch after batch and writes each receipt's upto to its standard output.
void commit_for_ever(const std::string& path) {
    SystemClock clock;
    auto store = CentralStore::open(path, CentralStore::Missing::create, clock);
    if (!store) _exit(2);
    test::LineMaker maker(test::sending_agent.source());
    Hello hello;
    hello.epochs.push_back({0xe1, 1, 1, 1, {}, {}, 0});
    for (;;) {
        if (!(*store)->commit({{test::sending_agent, test::joined(maker.next(17))}}, false)) _exit(3);
        const auto receipt = (*store)->receipt(test::sending_agent, hello, {}, CentralStore::Scope::all);
        const std::string line = std::to_string(receipt->epochs.at(0).upto) + "\n";
        if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(4);
    }
}

TEST_F(CentralStoreTest, HoldsWhatItReceiptedAfterBeingKilledAtAnyMoment) {
    for (std::size_t round = 0; round < 5; ++round) {
        path = folder.file("killed" + std::to_string(round) + ".db");
        std::string output;
        {
            test::Process child([this] { commit_for_ever(path); });
            const auto enough = [&] { return std::ranges::count(child.output(), '\n') > 7 * static_cast<long>(round); };
            ASSERT_TRUE(test::wait_until(enough)) << child.errors();
            child.kill(SIGKILL);
            child.wait();
            output = child.output();
        }
        output.resize(output.rfind('\n'));
        const Sequence receipted = std::stoull(output.substr(output.rfind('\n') + 1));

        open();
        const Sequence upto = receipt().upto;
        EXPECT_GE(upto, receipted);
        EXPECT_EQ(stored().size(), upto) << "the ranges say what is there";
        test::LineMaker again(test::sending_agent.source());
        const Committed committed = commit(again.next(static_cast<int>(upto) + 3));
        EXPECT_EQ(committed.counters.repeats, upto);
        EXPECT_EQ(committed.counters.taken, 3U);
    }
}

}  // namespace
}  // namespace tillpost
