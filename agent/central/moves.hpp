// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <utility>
#include <vector>

#include "agent/central/store.hpp"

namespace tillpost {

/// Where an event is that travels again under a new number, by what the `reissued` events say. Pure.
///
/// A `reissued` event may itself be reissued, with the lines behind it: its copy speaks of where it was first.
class Moves {
public:
    using Place = std::pair<Epoch, Sequence>;
    explicit Moves(std::vector<CentralStore::Statements::Move> moves);

    /// Every place where the event of this number was told to be next; not those that follow from them.
    std::vector<Place> next(Place place) const;

private:
    using Move = CentralStore::Statements::Move;
    std::vector<Move> by_former_;  ///< By (former, range.from)
};

}  // namespace tillpost
