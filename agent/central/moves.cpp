// SPDX-License-Identifier: Apache-2.0
#include "agent/central/moves.hpp"

#include <algorithm>
#include <map>

namespace tillpost {
namespace {

using Move = CentralStore::Statements::Move;
using Place = Moves::Place;

Sequence length(const Range& range) { return range.to - range.from + 1; }

/// The `reissued` events that are no copies themselves, by their place.
using Heads = std::map<Place, const Move*>;

/// The event whose copies cover this place, or nullptr.
const Move* head_of(const Heads& heads, Place place) {
    auto at = heads.lower_bound(place);
    if (at == heads.begin()) return nullptr;
    const Move& head = *(--at)->second;
    return head.epoch == place.first && place.second <= head.sequence + length(head.range) ? &head : nullptr;
}

}  // namespace

Moves::Moves(std::vector<Move> moves) : by_former_(std::move(moves)) {
    std::sort(by_former_.begin(), by_former_.end(),
              [](const Move& a, const Move& b) { return Place(a.epoch, a.sequence) < Place(b.epoch, b.sequence); });
    const std::vector<Move> as_seen = by_former_;
    Heads heads;
    for (const Move& move : as_seen) {
        const Place place(move.epoch, move.sequence);
        if (head_of(heads, place) == nullptr) heads.emplace(place, &move);
    }
    for (Move& move : by_former_) {
        // Epochs follow one another, so this ends; the bound is for events that lie.
        for (std::size_t steps = 0; steps < as_seen.size(); ++steps) {
            const Move* head = head_of(heads, {move.epoch, move.sequence});
            if (head == nullptr) break;
            move.sequence = head->range.from + (move.sequence - head->sequence - 1);
            move.epoch = head->former;
        }
    }
    std::sort(by_former_.begin(), by_former_.end(), [](const Move& a, const Move& b) {
        return Place(a.former, a.range.from) < Place(b.former, b.range.from);
    });
}

std::vector<Moves::Place> Moves::next(Place place) const {
    std::vector<Place> places;
    const auto before = [](const Move& move, Epoch epoch) { return move.former < epoch; };
    auto move = std::lower_bound(by_former_.begin(), by_former_.end(), place.first, before);
    for (; move != by_former_.end() && move->former == place.first && move->range.from <= place.second; ++move) {
        if (place.second > move->range.to) continue;
        places.emplace_back(move->epoch, move->sequence + 1 + place.second - move->range.from);
    }
    return places;
}

}  // namespace tillpost
