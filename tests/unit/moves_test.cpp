// SPDX-License-Identifier: Apache-2.0
// [complete-1] Where events are that forks have moved, and where they were: an epoch's lines travel again in runs
// behind a `reissued` event each, own events of the later epoch between them, and among them the `reissued` events that
// brought them there before.
#include "agent/wire/moves.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "agent/wire/former_numbers.hpp"

namespace tillpost {
namespace {

using Place = Moves::Place;

/// A stream and its forks, as a journal makes them.
class Streams {
public:
    explicit Streams(unsigned seed) : random_(seed) { epochs_.push_back({id_of(0), {}}); }

    void record(std::size_t count) {
        for (; count > 0; --count) add({next_event_++, std::nullopt});
    }
    /// What stands behind `kept` in the live epoch is owed, and another one begins.
    void fork(std::size_t kept) {
        const Stream& live = epochs_.back();
        owed_.push_back({live.id, kept, {live.rows.begin() + static_cast<std::ptrdiff_t>(kept), live.rows.end()}});
        epochs_.push_back({id_of(epochs_.size()), {}});
    }
    /// Moves at most so many runs of what is owed into the live epoch: the oldest epoch's lines first.
    void reissue(std::size_t runs) {
        for (; runs > 0 && !owed_.empty(); --runs) {
            record(upto(2));
            Owed& from = owed_.front();
            const std::size_t count = std::min(from.rows.size(), 1 + upto(12));
            if (count > 0) add({next_event_++, Head{from.epoch, {from.kept + 1, from.kept + count}}});
            for (std::size_t i = 0; i < count; ++i) add(from.rows[i]);
            from.rows.erase(from.rows.begin(), from.rows.begin() + static_cast<std::ptrdiff_t>(count));
            from.kept += count;
            if (from.rows.empty()) owed_.erase(owed_.begin());
        }
    }
    std::size_t upto(std::size_t most) { return random_() % (most + 1); }
    std::size_t length() const { return epochs_.back().rows.size(); }
    std::size_t epochs() const { return epochs_.size(); }
    Epoch epoch(std::size_t index) const { return epochs_[index].id; }

    void each_head(std::size_t index, const std::function<void(Place, Epoch, Range)>& visit) const {
        for (std::size_t i = 0; i < epochs_[index].rows.size(); ++i) {
            const auto& head = epochs_[index].rows[i].head;
            if (head) visit({epochs_[index].id, i + 1}, head->former, head->range);
        }
    }
    /// Where the event of that place was, the first place first.
    const std::vector<Place>& places_of(std::size_t index, Sequence sequence) const {
        return places_.at(epochs_[index].rows[sequence - 1].event);
    }
    std::size_t length_of(std::size_t index) const { return epochs_[index].rows.size(); }

private:
    struct Head {
        Epoch former;
        Range range;
    };
    struct Row {
        int event;
        std::optional<Head> head;
    };
    struct Stream {
        Epoch id;
        std::vector<Row> rows;
    };
    struct Owed {
        Epoch epoch;
        std::size_t kept;  ///< So many of its lines have not to travel again
        std::vector<Row> rows;
    };
    /// Epochs are random numbers.
    static Epoch id_of(std::size_t ordinal) { return 0x9e3779b97f4a7c15U * (ordinal + 1); }
    void add(const Row& row) {
        epochs_.back().rows.push_back(row);
        places_[row.event].emplace_back(epochs_.back().id, epochs_.back().rows.size());
    }

    std::mt19937 random_;
    std::vector<Stream> epochs_;
    std::vector<Owed> owed_;  ///< The oldest first
    std::map<int, std::vector<Place>> places_;
    int next_event_ = 0;
};

constexpr std::size_t all = 1'000'000;  // runs

/// Every other fork comes before what the one before it has moved has all travelled.
Streams forked(unsigned seed, bool everything) {
    Streams streams(seed);
    const std::size_t forks = 1 + streams.upto(4);
    streams.record(1 + streams.upto(30));
    for (std::size_t i = 0; i < forks; ++i) {
        streams.fork(everything ? 0 : streams.upto(streams.length()));
        streams.reissue(streams.upto(1) == 0 ? streams.upto(3) : all);
        streams.record(streams.upto(9));
    }
    streams.reissue(all);
    return streams;
}

std::vector<Place> newest_first(std::vector<Place> places, Place from) {
    places.erase(std::find(places.begin(), places.end(), from) + 1, places.end());
    std::reverse(places.begin(), places.end());
    return places;
}

constexpr unsigned seeds = 1000;

TEST(FormerNumbersTest, AreKnownByTheLiveEpochAlone) {
    for (unsigned seed = 0; seed < seeds; ++seed) {
        const Streams streams = forked(seed, true);
        const std::size_t live = streams.epochs() - 1;
        FormerNumbers numbers;
        streams.each_head(live, [&](Place at, Epoch former, Range range) {
            ASSERT_TRUE(numbers.add(at, {former, range}));
        });
        for (Sequence n = 1; n <= streams.length_of(live); ++n) {
            const Place place(streams.epoch(live), n);
            ASSERT_EQ(numbers.of(place), newest_first(streams.places_of(live, n), place))
                << "seed " << seed << ", " << n;
        }
    }
}

TEST(FormerNumbersTest, AreKnownByAllEpochsInTheirOrder) {
    for (unsigned seed = 0; seed < seeds; ++seed) {
        const Streams streams = forked(seed, false);
        FormerNumbers numbers;
        for (std::size_t epoch = 0; epoch < streams.epochs(); ++epoch) {
            streams.each_head(epoch, [&](Place at, Epoch former, Range range) {
                ASSERT_TRUE(numbers.add(at, {former, range}));
            });
            for (Sequence n = 1; n <= streams.length_of(epoch); ++n) {
                const Place place(streams.epoch(epoch), n);
                ASSERT_EQ(numbers.of(place), newest_first(streams.places_of(epoch, n), place))
                    << "seed " << seed << ", epoch " << epoch << ", " << n;
            }
        }
    }
}

TEST(FormerNumbersTest, WhatLiesAboutItselfEnds) {
    FormerNumbers numbers;
    EXPECT_TRUE(numbers.add({1, 5}, {2, {1, 100}}));
    EXPECT_TRUE(numbers.add({2, 1}, {1, {1, 100}}));
    EXPECT_LE(numbers.of({1, 50}).size(), FormerNumbers::most_numbers);
    EXPECT_TRUE(numbers.add({1, 8}, {1, {1, 4}}));
    EXPECT_TRUE(numbers.add({3, 1}, {3, {9, 1}})) << "says nothing";
    EXPECT_EQ(numbers.of({3, 2}), (std::vector<Place>{{3, 2}}));
}

std::set<Place> numbers_of(const std::vector<Moves::Span>& spans, Sequence offset) {
    std::set<Place> found;
    for (const Moves::Span& each : spans) {
        const Sequence length = each.range.to - each.range.from;
        if (offset >= each.offset && offset - each.offset <= length) {
            found.emplace(each.epoch, each.range.from + (offset - each.offset));
        }
    }
    return found;
}

// Whichever epochs were seen: the newest one tells of all.
TEST(MovesTest, FindAnEventEverywhere) {
    for (unsigned seed = 0; seed < seeds; ++seed) {
        Streams streams = forked(seed, true);
        const std::size_t live = streams.epochs() - 1;
        std::vector<Moves::Move> seen;
        for (std::size_t epoch = 0; epoch <= live; ++epoch) {
            if (epoch != live && streams.upto(1) == 0) continue;
            streams.each_head(epoch, [&](Place at, Epoch former, Range range) {
                seen.push_back({former, range, at.first, at.second});
            });
        }
        const Moves moves(std::move(seen));
        for (std::size_t epoch = 0; epoch <= live; ++epoch) {
            if (streams.length_of(epoch) == 0) continue;
            const auto first = static_cast<Sequence>(1 + streams.upto(streams.length_of(epoch) - 1));
            const auto last = static_cast<Sequence>(first + streams.upto(streams.length_of(epoch) - first));
            const auto spans = moves.everywhere(streams.epoch(epoch), {first, last}, 100'000);
            for (Sequence n = first; n <= last; ++n) {
                const auto& places = streams.places_of(epoch, n);
                ASSERT_EQ(numbers_of(spans, n - first), std::set<Place>(places.begin(), places.end()))
                    << "seed " << seed << ", epoch " << epoch << ", " << n;
                for (std::size_t i = 0; i + 1 < places.size(); ++i) {
                    ASSERT_EQ(moves.next(places[i]), std::vector<Place>{places[i + 1]}) << "seed " << seed;
                }
            }
        }
    }
}

TEST(MovesTest, GiveNoMoreThanIsAskedFor) {
    std::vector<Moves::Move> lies;
    for (Epoch epoch = 1; epoch < 50; ++epoch) lies.push_back({epoch, {1, 1000}, epoch + 1, 1});
    lies.push_back({50, {1, 1000}, 1, 1});
    EXPECT_EQ(Moves(lies).everywhere(1, {2, 900}, 8).size(), 8U);
}

}  // namespace
}  // namespace tillpost
