// SPDX-License-Identifier: Apache-2.0
#include "agent/central/ledger.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/central_line_maker.hpp"

namespace tillpost {
namespace {

constexpr const char* source = "urn:tillpost:acme:s1:till3";

class LedgerTest : public ::testing::Test {
protected:
    struct Known {
        Sequence sequence;
        Held held;
    };
    Known know(const std::string& text) {
        const Result<Line> line = parse_line(sha, text);
        EXPECT_TRUE(line) << line.error().message;
        return {line->sequence, Held::of(*line)};
    }
    std::vector<Known> make(int count) {
        std::vector<Known> known;
        for (int i = 0; i < count; ++i) known.push_back(know(maker.next()));
        return known;
    }
    Verdict offer(const Known& known) {
        const auto same = kept.find(known.sequence);
        EXPECT_EQ(ledger.holds(known.sequence), same != kept.end());
        const Verdict verdict = ledger.judge(known.sequence, known.held, same == kept.end() ? nullptr : &same->second);
        if (verdict == Verdict::fresh) ledger.add(known.sequence, known.held);
        if (verdict == Verdict::fresh || verdict == Verdict::fills) kept[known.sequence] = known.held;
        return verdict;
    }
    std::string ranges() const {
        std::string text;
        for (const auto& [first, span] : ledger.spans()) {
            text += std::to_string(first) + "-" + std::to_string(span.last) + " ";
        }
        return text;
    }
    static std::string text_of(const std::vector<Range>& list) {
        std::string text;
        for (const Range& range : list) text += std::to_string(range.from) + "-" + std::to_string(range.to) + " ";
        return text;
    }

    Sha256 sha;
    test::LineMaker maker{source};
    Ledger ledger{sha, source, 0xe1};
    std::map<Sequence, Held> kept;
};

TEST_F(LedgerTest, StartsWithNothingAndTheHashOfTheEpochsStart) {
    EXPECT_EQ(ledger.upto(), 0U);
    EXPECT_EQ(ledger.hash_of_upto(), chain_start(sha, source, 0xe1));
    EXPECT_TRUE(ledger.also(1, 64).empty());
}

TEST_F(LedgerTest, FollowsLinesInOrder) {
    for (const Known& line : make(20)) EXPECT_EQ(offer(line), Verdict::fresh);
    EXPECT_EQ(ledger.upto(), 20U);
    EXPECT_EQ(ledger.hash_of_upto(), maker.chain());
    EXPECT_EQ(ranges(), "1-20 ");
}

TEST_F(LedgerTest, TakesLinesInReverse) {
    auto lines = make(20);
    std::reverse(lines.begin(), lines.end());
    for (const Known& line : lines) {
        EXPECT_EQ(ledger.upto(), 0U);
        EXPECT_EQ(offer(line), Verdict::fresh);
    }
    EXPECT_EQ(ranges(), "1-20 ");
}

TEST_F(LedgerTest, MergesAnyOrderIntoOneRangeAndTellsRepeats) {
    const auto lines = make(200);
    for (unsigned seed = 0; seed < 20; ++seed) {
        ledger = Ledger(sha, source, 0xe1);
        kept.clear();
        auto shuffled = lines;
        std::mt19937 random(seed);
        std::shuffle(shuffled.begin(), shuffled.end(), random);
        for (const Known& line : shuffled) {
            EXPECT_EQ(offer(line), Verdict::fresh);
            EXPECT_EQ(offer(line), Verdict::repeat);
        }
        EXPECT_EQ(ranges(), "1-200 ") << "seed " << seed;
        EXPECT_EQ(ledger.hash_of_upto(), maker.chain());
    }
}

TEST_F(LedgerTest, NamesWhatIsHeldAboveTheGap) {
    const auto lines = make(12);
    for (const std::size_t i : {0, 1, 4, 5, 8, 11}) offer(lines[i]);
    EXPECT_EQ(ranges(), "1-2 5-6 9-9 12-12 ");
    EXPECT_EQ(ledger.upto(), 2U);
    const auto also = ledger.also(1, 2);
    ASSERT_EQ(also.size(), 2U);
    EXPECT_EQ(also[0].range, (Range{5, 6}));
    EXPECT_EQ(also[0].hash, lines[5].held.chain);
    EXPECT_EQ(also[1].range, (Range{9, 9}));
}

TEST_F(LedgerTest, NamesNothingThatEndsBeforeWhatTheAgentHolds) {
    const auto lines = make(12);
    for (const std::size_t i : {0, 2, 4, 5, 8, 11}) offer(lines[i]);
    EXPECT_EQ(ranges(), "1-1 3-3 5-6 9-9 12-12 ");
    struct Case {
        Sequence held;
        std::string named;
    };
    for (const Case& each : {Case{1, "3-3 5-6 "}, Case{3, "3-3 5-6 "}, Case{4, "5-6 9-9 "}, Case{6, "5-6 9-9 "},
                             Case{7, "9-9 12-12 "}, Case{12, "12-12 "}, Case{13, ""}}) {
        std::string named;
        for (const RangeWithHash& also : ledger.also(each.held, 2)) {
            named += std::to_string(also.range.from) + '-' + std::to_string(also.range.to) + ' ';
        }
        EXPECT_EQ(named, each.named) << "held from " << each.held;
    }
}

TEST_F(LedgerTest, NamesWhatIsMissing) {
    const auto lines = make(12);
    for (const std::size_t i : {0, 1, 4, 5, 8}) offer(lines[i]);  // 1-2 5-6 9
    struct Case {
        Range within;
        Sequence believed;
        std::size_t most;
        const char* expected;
    };
    for (const Case& each : {Case{{1, 12}, 0, 64, "3-4 7-8 "}, Case{{1, 12}, 2, 64, "3-4 7-8 "},
                             Case{{1, 12}, 11, 64, "3-4 7-8 10-11 "}, Case{{4, 12}, 0, 64, "4-4 7-8 "},
                             Case{{5, 12}, 0, 64, "7-8 "}, Case{{1, 12}, 0, 1, "3-4 "}, Case{{1, 7}, 0, 64, "3-4 7-7 "},
                             Case{{13, 12}, 0, 64, ""}, Case{{10, 12}, 12, 64, "10-12 "}, Case{{1, 0}, 0, 64, ""}}) {
        EXPECT_EQ(text_of(ledger.missing(each.within, each.believed, each.most)), each.expected);
    }
    Ledger nothing(sha, source, 0xe1);
    EXPECT_EQ(text_of(nothing.missing({3, 9}, 7, 64)), "3-7 ");
    EXPECT_EQ(text_of(nothing.missing({3, 9}, 2, 64)), "");
}

TEST_F(LedgerTest, SetsOtherContentUnderAHeldNumberAside) {
    const auto lines = make(3);
    for (const Known& line : lines) offer(line);
    Known other = lines[1];
    other.held.digest[0] ^= 1;
    EXPECT_EQ(offer(other), Verdict::divergent);
    other = lines[1];
    other.held.chain[0] ^= 1;
    EXPECT_EQ(offer(other), Verdict::divergent);
    EXPECT_EQ(ranges(), "1-3 ");
}

TEST_F(LedgerTest, TellsASecondHistoryFromDamage) {
    const auto lines = make(2);
    test::LineMaker copy = maker.clone();
    const Known third = know(maker.next());
    const Known second_third = know(copy.next());
    const Known second_fourth = know(copy.next());
    for (const Known& line : {lines[0], lines[1], third}) offer(line);
    EXPECT_EQ(offer(second_third), Verdict::divergent);
    EXPECT_TRUE(ledger.proves_fork(3, second_third.held, &lines[1].held));
    EXPECT_EQ(offer(second_fourth), Verdict::broken);
    EXPECT_FALSE(ledger.proves_fork(4, second_fourth.held, &third.held));
    Known damaged = third;
    damaged.held.digest[5] ^= 4;
    EXPECT_FALSE(ledger.proves_fork(3, damaged.held, &lines[1].held));
    EXPECT_FALSE(ledger.proves_fork(3, second_third.held, nullptr));
    EXPECT_TRUE(ledger.proves_fork(1, lines[0].held, nullptr));
}

TEST_F(LedgerTest, RefusesALineThatDoesNotFollowTheHeldOneBeforeIt) {
    const auto lines = make(3);
    Known wrong = lines[0];
    wrong.held.chain[31] ^= 1;
    EXPECT_EQ(offer(wrong), Verdict::broken) << "against chain(0)";
    offer(lines[0]);
    wrong = lines[1];
    wrong.held.chain[31] ^= 1;
    EXPECT_EQ(offer(wrong), Verdict::broken);
    EXPECT_EQ(ranges(), "1-1 ");
}

TEST_F(LedgerTest, VerifiesTheJunctionWhenTheGapCloses) {
    make(2);
    test::LineMaker copy = maker.clone();
    make(1);
    const Known fourth = know(maker.next());
    const Known other_third = know(copy.next());
    ledger = Ledger(sha, source, 0xe1);
    offer(fourth);
    EXPECT_EQ(offer(other_third), Verdict::broken);
    EXPECT_EQ(ranges(), "4-4 ");
}

TEST_F(LedgerTest, TakesAnIsolatedLineAtItsWordUntilItHasNeighbours) {
    auto lines = make(5);
    lines[2].held.chain[0] ^= 1;
    EXPECT_EQ(offer(lines[2]), Verdict::fresh);
    EXPECT_EQ(offer(lines[3]), Verdict::broken);
    EXPECT_EQ(offer(lines[1]), Verdict::broken);
    EXPECT_EQ(ranges(), "3-3 ");
}

TEST_F(LedgerTest, FillsATombstoneOnceAndNeverEmptiesIt) {
    offer(know(maker.next()));
    const Known tombstone = know(maker.tombstone("T1-2"));
    const Known content = know(maker.filled());
    EXPECT_EQ(offer(tombstone), Verdict::fresh);
    EXPECT_EQ(offer(tombstone), Verdict::repeat);
    EXPECT_EQ(offer(content), Verdict::fills);
    EXPECT_EQ(offer(content), Verdict::repeat);
    EXPECT_EQ(offer(tombstone), Verdict::repeat);
    EXPECT_EQ(offer(know(maker.next())), Verdict::fresh);
    EXPECT_EQ(ranges(), "1-3 ");
}

TEST_F(LedgerTest, StartsTheChainAnewBehindALostLine) {
    const Known first = know(maker.next());
    const Known lost = know(maker.lost());
    const Known third = know(maker.next());
    for (const auto& order : {std::vector{first, lost, third}, std::vector{third, lost, first},
                              std::vector{third, first, lost}, std::vector{first, third, lost}}) {
        ledger = Ledger(sha, source, 0xe1);
        kept.clear();
        for (const Known& line : order) EXPECT_EQ(offer(line), Verdict::fresh);
        EXPECT_EQ(ranges(), "1-3 ");
    }
    EXPECT_EQ(offer(lost), Verdict::repeat);
    EXPECT_FALSE(ledger.proves_fork(3, third.held, &lost.held));
}

TEST_F(LedgerTest, TakesLostForContentItHasAsARepeat) {
    const Known first = know(maker.next());
    offer(first);
    Known lost = first;
    lost.held.kind = Line::Kind::lost;
    lost.held.digest = {};
    EXPECT_EQ(offer(lost), Verdict::repeat);
}

TEST_F(LedgerTest, BoundsTheNumberOfGaps) {
    const auto lines = make(2 * static_cast<int>(Ledger::most_spans) + 4);
    for (std::size_t i = 0; i < Ledger::most_spans; ++i) EXPECT_EQ(offer(lines[2 * i + 1]), Verdict::fresh);
    EXPECT_EQ(offer(lines.back()), Verdict::crowded);
    EXPECT_EQ(offer(lines[0]), Verdict::fresh) << "what joins a range is always taken";
    for (std::size_t i = 0; i < lines.size(); ++i) offer(lines[i]);
    EXPECT_EQ(ledger.upto(), lines.size());
}

TEST_F(LedgerTest, GoesOnFromRestoredRanges) {
    const auto lines = make(9);
    for (const std::size_t i : {0, 1, 4, 5}) offer(lines[i]);
    Ledger restored(sha, source, 0xe1);
    for (const auto& [first, span] : ledger.spans()) restored.restore(first, span);
    ledger = restored;
    for (const std::size_t i : {2, 3, 6}) EXPECT_EQ(offer(lines[i]), Verdict::fresh);
    EXPECT_EQ(ranges(), "1-7 ");
    EXPECT_EQ(ledger.hash_of_upto(), lines[6].held.chain);
}

}  // namespace
}  // namespace tillpost
