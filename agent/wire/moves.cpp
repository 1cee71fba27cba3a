// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/moves.hpp"

#include <algorithm>
#include <tuple>

#include "agent/wire/former_numbers.hpp"

namespace tillpost {
namespace {

using Move = Moves::Move;
using Place = Moves::Place;

Sequence length(const Range& range) { return range.to - range.from + 1; }

void add(std::vector<Moves::Span>& found, Moves::Span span) {
    const bool known = std::any_of(found.begin(), found.end(), [&span](const Moves::Span& each) {
        return each.epoch == span.epoch && each.range.from <= span.range.from && span.range.to <= each.range.to;
    });
    if (!known) found.push_back(span);
}

}  // namespace

Moves::Moves(const std::vector<Move>& moves) {
    std::vector<std::pair<Place, FormerNumbers::Head>> heads;
    heads.reserve(moves.size());
    for (const Move& move : moves) heads.push_back({{move.epoch, move.sequence}, {move.former, move.range}});
    FormerNumbers numbers;
    (void)numbers.add(heads);
    for (const auto& [epoch, runs] : numbers.runs()) {
        for (const FormerNumbers::Run& run : runs) by_place_.push_back({run.former, run.range, epoch, run.marker});
    }
    by_former_ = by_place_;
    std::sort(by_former_.begin(), by_former_.end(), [](const Move& a, const Move& b) {
        return std::tuple(a.former, a.range.from, a.epoch) < std::tuple(b.former, b.range.from, b.epoch);
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

std::vector<Moves::Span> Moves::everywhere(Epoch epoch, Range range, std::size_t most) const {
    std::vector<Span> found{{epoch, range, 0}};
    for (std::size_t next = 0; next < found.size() && found.size() < most; ++next) {
        const Span of = found[next];
        add_former(of, found);
        add_later(of, found);
    }
    if (found.size() > most) found.resize(most);
    return found;
}

void Moves::add_later(const Span& of, std::vector<Span>& found) const {
    for (std::size_t i = behind({of.epoch, of.range.to}); i > 0; --i) {
        const Move& move = by_former_[i - 1];
        if (move.former != of.epoch || reach_[i - 1] < of.range.from) break;
        if (move.range.to < of.range.from) continue;
        const Sequence from = std::max(of.range.from, move.range.from);
        const Sequence to = std::min(of.range.to, move.range.to);
        const Sequence first = move.sequence + 1 + (from - move.range.from);
        add(found, {move.epoch, {first, first + (to - from)}, of.offset + (from - of.range.from)});
    }
}

/// Copies are behind one event each, in order and side by side.
void Moves::add_former(const Span& of, std::vector<Span>& found) const {
    const auto before = [](Place wanted, const Move& move) { return wanted <= Place(move.epoch, move.sequence); };
    auto at = std::upper_bound(by_place_.begin(), by_place_.end(), Place(of.epoch, of.range.to), before);
    while (at != by_place_.begin()) {
        const Move& move = *--at;
        const Sequence last = move.sequence + length(move.range);
        if (move.epoch != of.epoch || last < of.range.from) break;
        const Sequence from = std::max(of.range.from, move.sequence + 1);
        const Sequence to = std::min(of.range.to, last);
        const Sequence first = move.range.from + (from - move.sequence - 1);
        add(found, {move.former, {first, first + (to - from)}, of.offset + (from - of.range.from)});
    }
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
