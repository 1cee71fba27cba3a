// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/former_numbers.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "agent/wire/json_members.hpp"

namespace tillpost {

bool FormerNumbers::add(Place event, Epoch former, Range range) {
    if (range.from == 0 || range.to < range.from) return true;
    const auto [into, marker] = of(event).back();
    std::vector<Run>& runs = runs_[into];
    const auto at = std::lower_bound(runs.begin(), runs.end(), marker,
                                     [](const Run& run, Sequence number) { return run.marker < number; });
    if (at != runs.end() && at->marker == marker) return true;  // seen at its first place, and again as a copy
    if (runs.size() == most) return false;
    runs.insert(at, {marker, former, range});
    return true;
}

bool FormerNumbers::take(Place event, std::string_view text) {
    const auto data = nlohmann::json::parse(text, nullptr, false);
    const auto former = number_from_hex(text_in(data, "epoch"));
    const auto range = range_named(data);
    return !former || !range || add(event, *former, *range);
}

std::optional<FormerNumbers::Place> FormerNumbers::before(Place place) const {
    const auto runs = runs_.find(place.first);
    if (runs == runs_.end()) return std::nullopt;
    const auto next = std::lower_bound(runs->second.begin(), runs->second.end(), place.second,
                                       [](const Run& run, Sequence number) { return run.marker < number; });
    if (next == runs->second.begin()) return std::nullopt;
    const Run& run = *std::prev(next);
    const Sequence behind = place.second - run.marker - 1;
    if (behind > run.range.to - run.range.from) return std::nullopt;
    return Place(run.former, run.range.from + behind);
}

std::vector<FormerNumbers::Place> FormerNumbers::of(Place place) const {
    std::vector<Place> places{place};
    while (places.size() < most_numbers) {
        const auto former = before(places.back());
        if (!former) break;
        places.push_back(*former);
    }
    return places;
}

}  // namespace tillpost
