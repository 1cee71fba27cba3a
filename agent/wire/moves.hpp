// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <utility>
#include <vector>

#include "agent/wire/protocol.hpp"

namespace tillpost {

/// Where an event is that travels again under a new number, by what the `reissued` events say. Pure.
///
/// A `reissued` event may itself be reissued, with the lines behind it: its copy speaks of where it was first.
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
    explicit Moves(std::vector<Move> moves);

    /// Every place where the event of this number was told to be next; not those that follow from them.
    std::vector<Place> next(Place place) const;
    /// How many of these numbers have been given another one.
    Sequence count(Epoch former, Range range) const;
    /// The lowest number of the epoch, from this one on, that has been given another one; one beyond the last if none
    /// has.
    Sequence first_from(Place place) const;

private:
    std::size_t behind(Place place) const;

    std::vector<Move> by_former_;  ///< By (former, range.from)
    std::vector<Sequence> reach_;  ///< How far it, and those before it of the same former epoch, go
};

}  // namespace tillpost
