// SPDX-License-Identifier: Apache-2.0
// What corrections and post-voids change in a day that was captured.
#include <algorithm>

#include "agent/day/ledger.hpp"

namespace tillpost::day {
namespace {

/// Less `sum`; what does not fit stays as it is: it has been counted as unreadable where it was added.
void take_from(DaySum& of, const DaySum& sum) {
    const auto amount = of.amount.minus(sum.amount);
    const auto base = of.base.minus(sum.base);
    if (amount && base) of = {*amount, *base, of.count - std::min(of.count, sum.count)};
}

/// Puts `in` into the figures, and takes `out` from them.
void shift(DayFigures& figures, const DayFigures& in, const DayFigures& out) {
    for (const auto& [type, count] : in.types) figures.types[type] += count;
    for (const auto& [type, count] : out.types) figures.types[type] -= std::min(figures.types[type], count);
    for (const auto& [currency, sums] : in.sums) {
        for (const auto& [name, sum] : sums) (void)add(figures.sums[currency][name], sum);
    }
    for (const auto& [currency, sums] : out.sums) {
        for (const auto& [name, sum] : sums) take_from(figures.sums[currency][name], sum);
    }
}

/// Why a correction was not applied says that it is right so: nobody has to look.
bool is_settled(std::string_view why) { return why == "is_training" || why == "of_a_supplement"; }

}  // namespace

DayFigures figures_of(std::string_view type, const DayFacts& facts) {
    DayFigures figures;
    figures.types[std::string(type)] = 1;
    if (type == "till_close") return figures;
    DaySums& sums = figures.sums[facts.currency];
    for (const DayFacts::Amount& each : facts.amounts) {
        (void)add(sums[each.name], {each.amount, each.base, each.count});
    }
    if (sums.empty()) figures.sums.clear();
    return figures;
}

std::uint64_t DayLedger::add_figures(DayFigures& to, const DayFigures& figures) {
    std::uint64_t without_place = 0;
    for (const auto& [type, count] : figures.types) to.types[type] += count;
    for (const auto& [currency, sums] : figures.sums) {
        for (const auto& [name, sum] : sums) without_place += add_amount(to, currency, name, sum) ? 0 : 1;
    }
    return without_place;
}

void DayLedger::take_out(const DayFigures& figures) {
    unreadable += add_figures(taken_out, figures);
    if (is_closed()) (void)add_figures(behind_out, figures);
}

void DayLedger::put_back(const DayFigures& figures) {
    unreadable += add_figures(put_in, figures);
    if (is_closed()) (void)add_figures(behind_in, figures);
}

void DayLedger::count_out(std::string_view type) {
    ++taken_out.types[std::string(type)];
    if (is_closed()) ++behind_in.types[std::string(type)];
}

/// By the record that was there first, or by its newest correction. What has left this ledger is known by the first.
DayLedger::Standing::iterator DayLedger::standing_for(const DayOriginal& record) {
    const auto here = standing_here(record);
    if (here != standing.end()) return here;
    return std::find_if(standing.begin(), standing.end(),
                        [&record](const auto& each) { return record.is(each.second.first); });
}

DayLedger::Standing::iterator DayLedger::standing_here(const DayOriginal& record) {
    return std::find_if(standing.begin(), standing.end(), [&record](const auto& each) {
        const DayStanding& place = each.second;
        return !place.elsewhere && (record.is(place.first) || record.is(place.by));
    });
}

DayLedger::Standing::iterator DayLedger::left_place(const std::string& first) {
    return std::find_if(standing.begin(), standing.end(),
                        [&first](const auto& each) { return each.second.elsewhere && each.second.first == first; });
}

bool DayLedger::can_stand(const std::string& first) {
    return standing.size() < most_corrections || left_place(first) != standing.end();
}

bool DayLedger::has_place_of(const DayOriginal& record) { return standing_here(record) != standing.end(); }

std::string DayLedger::first_in_place_of(const DayOriginal& record) {
    const auto found = standing_for(record);
    return found == standing.end() ? record.id : found->second.first;
}

DayStanding* DayLedger::standing_of(const DayOriginal& record) {
    const auto found = std::find_if(standing.begin(), standing.end(), [&record](const auto& each) {
        return record.is(each.second.of) && !each.second.elsewhere;
    });
    return found == standing.end() ? nullptr : &found->second;
}

// Whoever takes a post-void back would have to have the sale again: that is for people.
std::string_view DayLedger::correct(const DayOriginal& original, DayStanding now) {
    if (original.type == "void") return "of_a_void";
    if (original.is_supplement) return "of_a_supplement";
    const bool takes_back = now.figures.types.empty() && !now.elsewhere;
    auto at = standing_for(original);
    if (at == standing.end()) {
        if (original.type.empty()) return "not_held";
        if (original.is_correction) return "of_what_does_not_count";
        const bool counts = original.is_summed && original.facts;
        if (!counts && takes_back) return {};
        if (counts && original.facts->unreadable) return "unreadable";
        if (standing.size() >= most_corrections) return "too_many";
        DayStanding captured_so{{}, false, counts ? figures_of(original.type, *original.facts) : DayFigures()};
        captured_so.of = captured_so.first = original.id;
        const auto closing = closing_for(original);
        if (closing != said_closings.end()) closing->record = original.id;
        at = standing.emplace(original.id, std::move(captured_so)).first;
    }
    DayStanding& before = at->second;
    if (before.elsewhere) return "counts_on_another_day";
    take_out(before.figures);
    if (!before.figures.types.empty()) let_stand(before.of, false);
    const bool of_a_reversal = original.is(before.by) && !before.taken.types.empty();
    now.first = before.first;
    if (takes_back) now.of = before.of;
    if (takes_back && of_a_reversal) {
        now.figures = std::move(before.taken);
        let_stand(now.of, true);
    } else if (takes_back) {
        now.taken = std::move(before.figures.types.empty() ? before.taken : before.figures);
    }
    put_back(now.figures);
    at->second = std::move(now);
    dirty = true;
    late_waits = late_waits || revision > 0;
    return {};
}

void DayLedger::stand_in(DayStanding now) {
    put_back(now.figures);
    const auto left = left_place(now.first);
    (left != standing.end() ? left->second : standing[now.of]) = std::move(now);
}

void DayLedger::exchange(const DayFigures& was, const DayFigures& now) {
    if (was == now) return;
    take_out(was);
    put_back(now);
    dirty = true;
    late_waits = late_waits || revision > 0;
}

DayStanding DayLedger::give_away(const DayOriginal& record) {
    const auto at = std::find_if(standing.begin(), standing.end(), [&record](const auto& each) {
        return record.is(each.second.of) && !each.second.elsewhere;
    });
    DayStanding given = at->second;
    if (record.is(at->first)) {
        standing.erase(at);
    } else {
        at->second = DayStanding{given.by, true};
        at->second.first = given.first;
    }
    return given;
}

void DayLedger::cannot_apply(DayUnapplied what) {
    ++not_applied;
    if (is_settled(what.why)) ++settled;
    if (unapplied.size() < most_unapplied) unapplied.push_back(std::move(what));
}

void DayLedger::applied(const std::string& event) {
    std::erase_if(unapplied, [this, &event](const DayUnapplied& each) {
        if (each.event != event) return false;
        --not_applied;
        if (is_settled(each.why)) --settled;
        return true;
    });
}

std::string_view apply_correction(const DayEvent& event, DayLedger* of, DayLedger& own) {
    if (!is_summed(event.mode)) {
        const bool of_money = event.original->type.empty() || event.original->is_summed;
        return of_money ? "is_training" : "";
    }
    if (of == nullptr) return "of_a_sealed_day";
    const bool same_day = of == &own;
    const bool stands_in = event.replaces && event.maps_again.empty();
    const std::string first = of->first_in_place_of(*event.original);
    if (stands_in && !same_day && !own.can_stand(first)) return "too_many";
    DayStanding now{event.record(), stands_in && !same_day, {}};
    now.of = now.by;
    if (stands_in && same_day) now.figures = figures_of(event.type, *event.facts);
    const std::string_view why = of->correct(*event.original, std::move(now));
    if (!why.empty()) return why;
    if (event.type == "void") own.count_out(event.type);
    if (stands_in && !same_day) {
        own.stand_in({event.record(), false, figures_of(event.type, *event.facts), {}, event.record(), first});
    }
    if (stands_in && event.type == "till_close") own.hear_closing(event);
    return why;
}

DayFigures DayLedger::corrected_figures() const {
    DayFigures figures = captured;
    shift(figures, put_in, taken_out);
    return figures;
}

DayFigures DayLedger::figures_as_closed() const {
    DayFigures figures = corrected_figures();
    shift(figures, behind_out, behind_in);
    return figures;
}

}  // namespace tillpost::day
