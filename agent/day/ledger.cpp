// SPDX-License-Identifier: Apache-2.0
#include "agent/day/ledger.hpp"

#include <algorithm>

#include "agent/event/event.hpp"

namespace tillpost::day {
namespace {

/// Whether `mark` is one of the marks of a quality.
bool has_mark(std::string_view quality, std::string_view mark) {
    for (std::size_t at = 0; at <= quality.size();) {
        const std::size_t end = std::min(quality.find(' ', at), quality.size());
        if (quality.substr(at, end - at) == mark) return true;
        at = end + 1;
    }
    return false;
}

}  // namespace

bool is_summed(std::string_view mode) { return mode != "training" && mode != "test"; }

bool add(DaySum& to, const DaySum& sum) {
    const auto amount = to.amount.plus(sum.amount);
    const auto base = to.base.plus(sum.base);
    if (!amount || !base) return false;
    to = {*amount, *base, to.count + sum.count};
    return true;
}

void DayLedger::take(const DayEvent& event) {
    const DayFacts& facts = *event.facts;
    const bool is_close = event.type == "till_close";
    ++events;
    dirty = true;
    if (speaks_against(event.quality)) ++marked;
    if (has_mark(event.quality, "conflict")) ++conflicts;
    const bool is_record = event.maps_again.empty() && is_summed(event.mode);
    if (is_record && has_mark(event.quality, "possible_repeat")) ++possible_repeats;
    if (event.late) ++late;
    late_waits = late_waits || event.late;
    if (!facts.number.empty() && numbers.add(facts.number) == PosNumbers::Added::repeated && !event.corrects) {
        ++repeats;
        if (repeated.size() < most_repeated) repeated.push_back(facts.number);
    }
    if (event.corrects) {
        ++corrected;
        if (event.replaces && event.maps_again.empty() && facts.unreadable && is_summed(event.mode)) ++unreadable;
        return;
    }
    const bool summed = is_summed(event.mode);
    ++captured.types[std::string(summed ? event.type : event.mode)];
    if (!summed) return;
    if (facts.unreadable) ++unreadable;
    if (is_close) {
        hear_closing(event);
        return;
    }
    if (!facts.amounts.empty() && !event.late) {
        ++business;
        open_after_close = open_after_close || !closings.empty();
    }
    for (const DayFacts::Amount& each : facts.amounts) {
        if (!add_amount(captured, facts.currency, each.name, {each.amount, each.base, each.count})) ++unreadable;
    }
}

bool DayLedger::add_amount(DayFigures& to, const std::string& currency, const std::string& name, const DaySum& sum) {
    std::size_t names = 0;
    for (const auto& [each, of_currency] : to.sums) names += of_currency.size();
    DaySums& of_currency = to.sums[currency];
    const bool fits = of_currency.contains(name) || names < most_sums;
    return fits && add(of_currency[name], sum);
}

void DayLedger::down(WallTime from, WallTime to) {
    if (down_spans.size() == most_down_spans) {
        down_spans.back().to = to;
    } else {
        down_spans.push_back({from, to});
    }
}

void DayLedger::decided(const std::string& missing, bool was_discarded) {
    ++(was_discarded ? discarded : released);
    if (!missing.empty()) numbers.name_discarded(missing);
    dirty = true;
    late_waits = late_waits || revision > 0;
}

// What is read again at a start is known already: what came meanwhile is still to be certified.
void DayLedger::certify(const Certified& now) {
    if (now.revision <= revision) return;
    revision = now.revision;
    quarantined = now.quarantined;
    cause = now.cause;
    certified = now.at.time_since_epoch().count();
    said_complete = now.complete;
    dirty = false;
    late_waits = false;
    end_waits = false;
    closed_by.clear();
}

bool DayLedger::is_late(std::string_view number) const {
    return revision > 0 && !number.empty() && numbers.covers(number);
}

}  // namespace tillpost::day
