// SPDX-License-Identifier: Apache-2.0
// Which days a correction, or a record that is mapped again, changes. config/README.md, "What counts", is the rule.
#include <algorithm>

#include "agent/day/book.hpp"

namespace tillpost::day {
namespace {

constexpr int most_links = 16;  ///< From one ledger to the next, that a former release kept of one place

}  // namespace

/// Where the original counts, or what stands in its place, whichever till and day that is of. One that is not held may
/// be known on the day of what corrects it.
DayLedger* DayBook::ledger_of_original(const DayEvent& event) {
    const DayOriginal& original = *event.original;
    const DayFacts& of = original.facts ? *original.facts : *event.facts;
    const auto own = ledgers_.find({of.till_key, of.business_date});
    if (own != ledgers_.end() && own->second.has_place_of(original)) return &own->second;
    const auto found = std::find_if(ledgers_.begin(), ledgers_.end(),
                                    [&original](auto& each) { return each.second.has_place_of(original); });
    if (found != ledgers_.end()) return &found->second;
    return own == ledgers_.end() ? nullptr : &own->second;
}

void DayBook::link_places() {
    bool found = true;
    for (int i = 0; found && i < most_links; ++i) {
        found = false;
        for (const auto& [key, from] : ledgers_) {
            for (const auto& [id, left] : from.standing) {
                if (left.elsewhere) found = link_place(left) || found;
            }
        }
    }
}

/// Whether what stands now, where `left` has gone, did not know what was there first.
bool DayBook::link_place(const DayStanding& left) {
    for (auto& [key, ledger] : ledgers_) {
        const auto at = ledger.standing.find(left.by);
        if (at == ledger.standing.end() || at->second.first == left.first) continue;
        at->second.first = left.first;
        return true;
    }
    return false;
}

/// Why the event could not be applied to what it corrects; "" if it was.
std::string_view DayBook::apply(const DayEvent& event) {
    DayLedger* const day = ledger_of_original(event);
    const std::string_view why = apply_correction(event, day, own_day_of(*event.facts));
    if (why.empty() && day != nullptr) changed_.insert(day->key());
    return why;
}

void DayBook::correct(const DayEvent& event) {
    const std::string_view why = apply(event);
    if (why.empty()) return;
    own_day_of(*event.facts).cannot_apply({event.id, event.original->id, std::string(why)});
}

/// The record is what it was: what it takes back it has taken back already, unless it was not understood until now. It
/// counts where it counted, by what it says now.
void DayBook::map_again(const DayEvent& event) {
    DayLedger& own_day = own_day_of(*event.facts);
    if (event.before != nullptr) {
        const std::string_view why = say_anew(event);
        if (!why.empty()) own_day.cannot_apply({event.id, event.before->id, std::string(why)});
    }
    if (event.original == nullptr) return;
    DayLedger* const day = ledger_of_original(event);
    if (day != nullptr && !day->knows(*event.original) && apply(event).empty()) own_day.applied(event.record());
}

/// What the record says as a closing, on the day on which it was one and on its own.
void DayBook::exchange_closing(const DayEvent& event, DayLedger& day, bool stands) {
    DayLedger& own_day = own_day_of(*event.facts);
    const bool is_closing = event.type == "till_close" && is_summed(event.mode);
    const bool same_day = &day == &own_day;
    const bool says_on = is_closing && same_day && (stands || event.before->type == event.type);
    day.say_closing_anew(*event.before, says_on ? &event : nullptr);
    if (is_closing && !same_day && stands) own_day.hear_closing(event);
}

/// Why that could not be done; "" if it was, or if the record counts nothing.
std::string_view DayBook::say_anew(const DayEvent& event) {
    const DayOriginal& before = *event.before;
    const DayFacts& own = *event.facts;
    if (before.type.empty()) return "not_held";
    const DayFacts& was_of = before.facts ? *before.facts : own;
    const auto found = ledgers_.find({was_of.till_key, was_of.business_date});
    if (found == ledgers_.end()) return "of_a_sealed_day";
    DayLedger& day = found->second;
    DayLedger& own_day = own_day_of(own);
    const bool same_day = &day == &own_day;
    DayStanding* known = day.standing_of(before);
    // Another record stands in its place, or it is a correction that was not applied. What a void says counts always.
    const bool is_passed = before.type != "void" && (day.knows(before) || before.is_correction);
    if (known == nullptr && is_passed) return {};

    const bool counted = before.facts && before.is_summed;
    const bool counts = is_summed(event.mode);
    const DayFigures now = counts ? figures_of(event.type, own) : DayFigures();
    DayFigures was = counted ? figures_of(before.type, *before.facts) : DayFigures();
    if (counted && before.facts->unreadable && day.unreadable > 0) --day.unreadable;
    if (counts && own.unreadable) ++own_day.unreadable;
    changed_.insert(found->first);
    exchange_closing(event, day, known == nullptr || known->taken.types.empty());
    if (known != nullptr) {
        if (!same_day) known = &(own_day.standing[event.record()] = day.give_away(before));
        was = known->figures;
        const bool is_out = !known->taken.types.empty();
        (is_out ? known->taken : known->figures) = now;
        if (is_out) return {};
    }
    day.exchange(was, same_day ? now : DayFigures());
    if (!same_day) own_day.exchange({}, now);
    return {};
}

}  // namespace tillpost::day
