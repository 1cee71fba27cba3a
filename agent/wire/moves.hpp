// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <utility>
#include <vector>

#include "agent/wire/protocol.hpp"

namespace tillpost {

/// Where an event is that travels again under a new number, by what the `reissued` events say. Pure.
///
/// A `reissued` event may itself be reissued: FormerNumbers.
class Moves {
public:
    /// What one `reissued` event says.
    struct Move {
        Epoch former = 0;
        Range range;
        Epoch epoch = 0;        ///< Where the event is …
        Sequence sequence = 0;  ///< … and its number: the copies are directly behind it.
    };
    using Place = std::pair<Epoch, Sequence>;
    explicit Moves(const std::vector<Move>& moves);

    /// Every place where the event of this number was told to be next; not those that follow from them.
    std::vector<Place> next(Place place) const;
    /// Consecutive events under one of their numbers each; the first of them is the `offset`-th of those asked for.
    struct Span {
        Epoch epoch = 0;
        Range range;
        Sequence offset = 0;
    };
    /// The same events under all their numbers, those that are asked for among them; not more than `most` spans.
    std::vector<Span> everywhere(Epoch epoch, Range range, std::size_t most) const;
    /// How many of these numbers have been given another one.
    Sequence count(Epoch former, Range range) const;
    /// The lowest number of the epoch, from this one on, that has been given another one; one beyond the last if none
    /// has.
    Sequence first_from(Place place) const;

private:
    std::size_t behind(Place place) const;
    void add_later(const Span& of, std::vector<Span>& found) const;
    void add_former(const Span& of, std::vector<Span>& found) const;

    std::vector<Move> by_place_;   ///< By (epoch, sequence), where the events were first
    std::vector<Move> by_former_;  ///< The same by (former, range.from)
    std::vector<Sequence> reach_;  ///< How far it, and those before it of the same former epoch, go
};

}  // namespace tillpost
