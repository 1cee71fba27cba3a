// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/moves.hpp"

#include <algorithm>
#include <map>

namespace tillpost {
namespace {

using Move = Moves::Move;
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
    for (const Move& move : by_former_) {
        const bool goes_on = !reach_.empty() && by_former_[reach_.size() - 1].former == move.former;
        reach_.push_back(goes_on ? std::max(reach_.back(), move.range.to) : move.range.to);
    }
}

/// Of those that begin at or before this number, the one behind the last.
std::size_t Moves::behind(Place place) const {
    const auto before = [](Place wanted, const Move& move) { return wanted < Place(move.former, move.range.from); };
    const auto found = std::upper_bound(by_former_.begin(), by_former_.end(), place, before);
    return static_cast<std::size_t>(found - by_former_.begin());
}

std::vector<Moves::Place> Moves::next(Place place) const {
    std::vector<Place> places;
    for (std::size_t i = behind(place); i > 0; --i) {
        const Move& move = by_former_[i - 1];
        if (move.former != place.first || reach_[i - 1] < place.second) break;
        if (place.second > move.range.to) continue;
        places.emplace_back(move.epoch, move.sequence + 1 + place.second - move.range.from);
    }
    std::reverse(places.begin(), places.end());
    return places;
}

Sequence Moves::first_from(Place place) const {
    const std::size_t next = behind(place);
    const auto of_epoch = [&](std::size_t i) { return i < by_former_.size() && by_former_[i].former == place.first; };
    if (next > 0 && of_epoch(next - 1) && reach_[next - 1] >= place.second) return place.second;
    return of_epoch(next) ? by_former_[next].range.from : last_sequence + 1;
}

Sequence Moves::count(Epoch former, Range range) const {
    Sequence sum = 0;
    Sequence at = range.from;
    for (std::size_t i = behind({former, 0}); i < by_former_.size() && by_former_[i].former == former; ++i) {
        const Move& move = by_former_[i];
        if (move.range.from > range.to) break;
        if (move.range.to < at) continue;
        const Sequence to = std::min(move.range.to, range.to);
        sum += to + 1 - std::max(at, move.range.from);
        at = to + 1;
    }
    return sum;
}

}  // namespace tillpost
