// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/former_numbers.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "agent/wire/json_members.hpp"

namespace tillpost {
namespace {

using Head = FormerNumbers::Head;
using Run = FormerNumbers::Run;

bool says_nothing(const Head& head) { return head.range.from == 0 || head.range.to < head.range.from; }

/// The first with this marker or a higher one.
template <typename Runs>
auto first_at(Runs& runs, Sequence marker) {
    return std::lower_bound(runs.begin(), runs.end(), marker,
                            [](const Run& run, Sequence number) { return run.marker < number; });
}

/// One that no other one's heads speak of; any if they go round in a circle, as lies may.
Epoch newest(const std::map<Epoch, std::map<Sequence, Head>>& heads) {
    std::set<Epoch> formers;
    for (const auto& [epoch, of_epoch] : heads) {
        for (const auto& [marker, head] : of_epoch) {
            if (head.former != epoch) formers.insert(head.former);
        }
    }
    const auto found =
        std::find_if(heads.begin(), heads.end(), [&](const auto& each) { return formers.count(each.first) == 0; });
    return found == heads.end() ? heads.begin()->first : found->first;
}

}  // namespace

bool FormerNumbers::add(Place event, const Head& head) {
    if (!note(event, head)) return false;
    if (!append(event, head)) settle();
    return true;
}

bool FormerNumbers::add(const std::vector<std::pair<Place, Head>>& heads) {
    const bool noted =
        std::all_of(heads.begin(), heads.end(), [this](const auto& each) { return note(each.first, each.second); });
    settle();
    return noted;
}

/// False: there are too many.
bool FormerNumbers::note(Place event, const Head& head) {
    if (says_nothing(head)) return true;
    std::map<Sequence, Head>& heads = heads_[event.first];
    if (heads.size() == most && heads.count(event.second) == 0) return false;
    heads.emplace(event.second, head);
    return true;
}

/// Puts one more behind those that are known. False: others are among its copies, so that they have to be looked at
/// again.
bool FormerNumbers::append(Place event, const Head& head) {
    if (says_nothing(head)) return true;
    const auto [into, marker] = of(event).back();
    std::vector<Run>& runs = runs_[into];
    const auto at = first_at(runs, marker);
    if (at != runs.end() && at->marker == marker) return true;  // seen at its first place, and again as a copy
    if (at != runs.end() && at->marker - marker - 1 <= head.range.to - head.range.from) return false;
    runs.insert(at, {marker, head.former, head.range});
    return true;
}

/// From the newest epoch back: there a head behind no other one is where it was first, and one behind another was in
/// the epoch that the other speaks of.
void FormerNumbers::settle() {
    runs_.clear();
    Heads heads = heads_;
    while (!heads.empty()) {
        const Epoch into = newest(heads);
        std::vector<Run>& runs = runs_[into];
        const auto taken = heads.extract(into);
        for (const auto& [marker, head] : taken.mapped()) {
            const auto former = before({into, marker});
            if (!former) runs.push_back({marker, head.former, head.range});
            if (former && runs_.count(former->first) == 0) heads[former->first].emplace(former->second, head);
        }
    }
}

bool FormerNumbers::take(Place event, std::string_view text) {
    const auto data = nlohmann::json::parse(text, nullptr, false);
    const auto former = number_from_hex(text_in(data, "epoch"));
    const auto range = range_named(data);
    return !former || !range || add(event, {*former, *range});
}

std::optional<FormerNumbers::Place> FormerNumbers::before(Place place) const {
    const auto runs = runs_.find(place.first);
    if (runs == runs_.end()) return std::nullopt;
    const auto next = first_at(runs->second, place.second);
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
