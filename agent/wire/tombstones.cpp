// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/tombstones.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace tillpost {
namespace {

constexpr std::size_t most_reasons = 255;  ///< The product has a handful.
constexpr std::uint8_t no_reason = 255;    ///< Of those beyond: nothing tells of them.
constexpr std::uint8_t unexplained = 0;    ///< These two are known from the start.
constexpr std::uint8_t damaged = 1;

}  // namespace

Tombstones::Reason Tombstones::reason_of(std::string_view text) {
    const auto found = std::find(reasons_.begin(), reasons_.end(), text);
    if (found != reasons_.end()) return static_cast<Reason>(found - reasons_.begin());
    if (reasons_.size() == most_reasons) return no_reason;
    reasons_.emplace_back(text.substr(0, 64));
    return static_cast<Reason>(reasons_.size() - 1);
}

bool Tombstones::add(Place at, Epoch epoch, std::string_view reason, bool lost) {
    const Reason number = reason_of(reason);
    if (!stones_.empty()) {
        Stone& before = stones_.back();
        const bool next = before.epoch == epoch && before.at.index == at.index && before.last + 1 == at.sequence;
        if (next && before.reason == number && before.lost == lost) return ++before.last, true;
    }
    if (stones_.size() == most_followed) return false;
    stones_.push_back({at, epoch, at.sequence, number, lost});
    return true;
}

bool Tombstones::tell(Place by, Epoch epoch, Range range, std::string_view reason) {
    if (told_.size() == most_followed) return false;
    told_.push_back({epoch, reason_of(reason), range, by});
    return true;
}

void Tombstones::note_unreadable(Epoch epoch, Sequence sequence) {
    Sequence& highest = unreadable_[epoch];
    highest = std::max(highest, sequence);
}

/// Sorted, and without overlaps: then one look finds what holds a number.
void Tombstones::put_in_order(std::vector<Told>& told) {
    std::sort(told.begin(), told.end(), [](const Told& a, const Told& b) {
        return std::tuple(a.epoch, a.reason, a.range.from) < std::tuple(b.epoch, b.reason, b.range.from);
    });
    std::size_t kept = 0;
    for (const Told& each : told) {
        const bool joins = kept > 0 && told[kept - 1].epoch == each.epoch && told[kept - 1].reason == each.reason &&
                           each.range.from <= told[kept - 1].range.to + 1;
        if (!joins) {
            told[kept++] = each;
            continue;
        }
        told[kept - 1].range.to = std::max(told[kept - 1].range.to, each.range.to);
    }
    told.resize(kept);
}

bool Tombstones::told_in(const std::vector<Told>& ordered, Epoch epoch, Sequence sequence, Reason reason) {
    const auto before = [](const std::tuple<Epoch, Reason, Sequence>& wanted, const Told& each) {
        return wanted < std::tuple(each.epoch, each.reason, each.range.from);
    };
    const auto next = std::upper_bound(ordered.begin(), ordered.end(), std::tuple(epoch, reason, sequence), before);
    if (next == ordered.begin()) return false;
    const Told& told = *std::prev(next);
    return told.epoch == epoch && told.reason == reason && sequence <= told.range.to;
}

void Tombstones::put_copies_in_order() {
    for (const auto& [into, runs] : former_.runs()) {
        for (const FormerNumbers::Run& each : runs) copies_[each.former].push_back({each.range, into, each.marker});
    }
    for (auto& [former, copies] : copies_) {
        std::sort(copies.begin(), copies.end(),
                  [](const Copies& a, const Copies& b) { return a.range.from < b.range.from; });
    }
}

/// The event's former number, and its later ones.
void Tombstones::add_others(FormerNumbers::Place place, Numbers& numbers) const {
    const auto add = [&numbers](FormerNumbers::Place other) {
        const bool known = std::find(numbers.begin(), numbers.end(), other) != numbers.end();
        if (!known && numbers.size() < FormerNumbers::most_numbers) numbers.push_back(other);
    };
    const auto [epoch, sequence] = place;
    if (const auto before = former_.before(place)) add(*before);
    const auto copies = copies_.find(epoch);
    if (copies == copies_.end()) return;
    const auto behind = [](Sequence number, const Copies& each) { return number < each.range.from; };
    auto next = std::upper_bound(copies->second.begin(), copies->second.end(), sequence, behind);
    // Ranges of one epoch overlap where it was reissued more than once.
    for (std::size_t looked = 0; looked < FormerNumbers::most_numbers && next != copies->second.begin(); ++looked) {
        const Copies& each = *--next;
        if (sequence <= each.range.to) add({each.into, each.marker + 1 + (sequence - each.range.from)});
    }
}

Tombstones::Standing Tombstones::standing_of(Epoch epoch, Sequence sequence, Reason reason) const {
    bool told = false;
    bool found_so = false;
    bool unreadable = false;
    Numbers numbers{{epoch, sequence}};
    for (std::size_t i = 0; i < numbers.size() && reason != no_reason; ++i) {
        const auto [where, number] = numbers[i];
        if (told_in(sealed_told_, where, number, reason)) {
            return reason == unexplained ? Standing::disowned : Standing::told;
        }
        told = told || told_in(told_, where, number, reason);
        found_so =
            found_so || told_in(sealed_told_, where, number, unexplained) || told_in(told_, where, number, unexplained);
        const auto highest = unreadable_.find(where);
        unreadable = unreadable || (highest != unreadable_.end() && highest->second > number);
        add_others({where, number}, numbers);
    }
    if (found_so) return Standing::disowned;
    if (told) return Standing::unsealed;
    return unreadable ? Standing::unreadable : Standing::untold;
}

/// What the disk took may have told of others before it. Only if it is told of itself: what somebody made so excuses
/// nothing.
void Tombstones::note_damaged() {
    for (const Stone& stone : stones_) {
        if (!stone.lost && stone.reason != damaged) continue;
        for (Sequence sequence = stone.last; sequence >= stone.at.sequence; --sequence) {
            const Standing standing = standing_of(stone.epoch, sequence, stone.reason);
            if (standing != Standing::told && standing != Standing::unsealed) continue;
            note_unreadable(stone.epoch, sequence);
            break;
        }
    }
}

void Tombstones::settle(const std::function<bool(Place)>& sealed, const std::function<void(const Finding&)>& visit) {
    const auto in_tail =
        std::stable_partition(told_.begin(), told_.end(), [&](const Told& each) { return !sealed(each.by); });
    sealed_told_.assign(in_tail, told_.end());
    told_.erase(in_tail, told_.end());
    put_in_order(told_);
    put_in_order(sealed_told_);
    put_copies_in_order();
    note_damaged();
    for (const Stone& stone : stones_) visit_runs(stone, sealed, visit);
}

void Tombstones::visit_runs(const Stone& stone, const std::function<bool(Place)>& sealed,
                            const std::function<void(const Finding&)>& visit) const {
    const std::string reason = stone.reason == no_reason ? "" : reasons_[stone.reason];
    Finding run;
    for (Sequence sequence = stone.at.sequence; sequence <= stone.last; ++sequence) {
        const Place at{stone.at.index, sequence};
        Standing standing = standing_of(stone.epoch, sequence, stone.reason);
        // In the tail nothing is proven yet, what tells of it no less than the line itself.
        if (standing == Standing::unsealed && !sealed(at)) standing = Standing::told;
        const bool goes_on = run.last != 0 && run.standing == standing;
        if (!goes_on && run.last != 0) visit(run);
        if (!goes_on) run = {at, sequence, stone.epoch, reason, stone.lost, standing};
        run.last = sequence;
    }
    visit(run);
}

}  // namespace tillpost
