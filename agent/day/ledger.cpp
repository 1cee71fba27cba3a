// SPDX-License-Identifier: Apache-2.0
#include "agent/day/ledger.hpp"

#include <algorithm>
#include <array>

#include "agent/event/event.hpp"

namespace tillpost::day {
namespace {

bool is_summed(std::string_view mode) { return mode != "training" && mode != "test"; }

/// Whether `mark` is one of the marks of a quality.
bool has_mark(std::string_view quality, std::string_view mark) {
    for (std::size_t at = 0; at <= quality.size();) {
        const std::size_t end = std::min(quality.find(' ', at), quality.size());
        if (quality.substr(at, end - at) == mark) return true;
        at = end + 1;
    }
    return false;
}

/// False if it does not fit.
bool add(DaySum& to, const Decimal& amount, const Decimal& base, std::uint64_t count) {
    const auto sum = to.amount.plus(amount);
    const auto bases = to.base.plus(base);
    if (!sum || !bases) return false;
    to = {*sum, *bases, to.count + count};
    return true;
}

DaySum found_in(const DaySums& sums, std::string_view name) {
    const auto found = sums.find(name);
    return found == sums.end() ? DaySum() : found->second;
}

bool is_group(std::string_view name, std::string_view group) { return name.starts_with(group); }

struct Count {
    std::string_view name;
    std::string_view type;
};
constexpr std::array<Count, 5> counted{{{"count/sales", "sale"},
                                        {"count/returns", "return"},
                                        {"count/voids", "void"},
                                        {"count/no_sales", "no_sale"},
                                        {"count/controls", "control"}}};

/// What all closings in one currency say together.
std::map<std::string, DaySums> closed_sums(const std::vector<DayClosing>& closings) {
    std::map<std::string, DaySums> all;
    for (const DayClosing& closing : closings) {
        DaySums& sums = all[closing.currency];
        for (const auto& [name, sum] : closing.sums) (void)add(sums[name], sum.amount, sum.base, sum.count);
    }
    return all;
}

void compare(std::vector<DayDifference>& found, const std::string& name, const std::string& currency,
             const Decimal& closing, const Decimal& captured) {
    if (closing == captured) return;
    found.push_back({name, currency, closing, captured, closing.minus(captured).value_or(closing)});
}

bool any_of_group(const DaySums& sums, std::string_view group) {
    const auto at = sums.lower_bound(group);
    return at != sums.end() && is_group(at->first, group);
}

}  // namespace

void DayLedger::take(const DayEvent& event) {
    const DayFacts& facts = *event.facts;
    const bool is_close = event.type == "till_close";
    ++events;
    dirty = true;
    if (speaks_against(event.quality)) ++marked;
    if (has_mark(event.quality, "conflict")) ++conflicts;
    if (event.late) ++late;
    late_waits = late_waits || event.late;
    if (!facts.number.empty() && numbers.add(facts.number) == PosNumbers::Added::repeated && !event.corrects) {
        ++repeats;
        if (repeated.size() < most_repeated) repeated.push_back(facts.number);
    }
    if (event.corrects) {
        ++corrected;
        return;
    }
    const bool summed = is_summed(event.mode);
    ++types[std::string(summed ? event.type : event.mode)];
    if (!summed) return;
    if (facts.unreadable) ++unreadable;
    const bool business = !facts.amounts.empty() && !event.late && !closings.empty();
    open_after_close = !is_close && (open_after_close || business);
    if (is_close) {
        take_closing(event);
        return;
    }
    for (const DayFacts::Amount& each : facts.amounts) take_amount(facts.currency, each);
}

void DayLedger::take_amount(const std::string& currency, const DayFacts::Amount& amount) {
    std::size_t names = 0;
    for (const auto& [each, of_currency] : sums) names += of_currency.size();
    DaySums& of_currency = sums[currency];
    const bool fits = of_currency.contains(amount.name) || names < most_sums;
    if (!fits || !add(of_currency[amount.name], amount.amount, amount.base, amount.count)) ++unreadable;
}

/// A second closing under the same key says it anew; one under another key is of another session.
void DayLedger::take_closing(const DayEvent& event) {
    const DayFacts& facts = *event.facts;
    DayClosing closing{std::string(event.subject), facts.currency, {}};
    for (const DayFacts::Amount& each : facts.amounts) {
        (void)add(closing.sums[each.name], each.amount, each.base, each.count);
    }
    const auto same = std::find_if(closings.begin(), closings.end(), [&closing](const DayClosing& other) {
        return !closing.subject.empty() && other.subject == closing.subject;
    });
    if (same != closings.end()) {
        *same = std::move(closing);
    } else if (closings.size() < most_closings) {
        closings.push_back(std::move(closing));
    } else {
        ++unreadable;
    }
    numbers.expect(facts.first_number, facts.last_number);
    for (const std::string& each : facts.missing) numbers.name_missing(each);
    closed_by = event.id;
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
    dirty = false;
    late_waits = false;
    closed_by.clear();
}

bool DayLedger::is_late(std::string_view number) const {
    return revision > 0 && !number.empty() && numbers.covers(number);
}

DaySum DayLedger::captured(const std::string& currency, std::string_view name) const {
    const auto found = sums.find(currency);
    return found == sums.end() ? DaySum() : found_in(found->second, name);
}

/// What the closings say against what was captured.
void DayLedger::compare_said(const std::string& currency, const DaySums& closed, Differences& found) const {
    for (const auto& [name, closing] : closed) {
        if (is_group(name, "expected/")) {
            const Decimal turnover = captured(currency, "tender/" + name.substr(9)).amount;
            const Decimal moved = captured(currency, "movement/" + name.substr(9)).amount;
            compare(found, name, currency, closing.amount, turnover.plus(moved).value_or(turnover));
        } else if (is_group(name, "count/")) {
            compare(found, name, "", closing.amount, Decimal(static_cast<std::int32_t>(count_named(name))));
        } else {
            const DaySum sum = captured(currency, name);
            compare(found, name, currency, closing.amount, sum.amount);
            if (is_group(name, "tax/")) compare(found, name + "/base", currency, closing.base, sum.base);
        }
    }
}

/// What was captured and no closing speaks of.
void DayLedger::compare_unsaid(const std::string& currency, const DaySums& closed, Differences& found) const {
    const auto of_currency = sums.find(currency);
    if (of_currency == sums.end()) return;
    for (const auto& [name, sum] : of_currency->second) {
        const bool tender = is_group(name, "tender/") && !closed.contains("expected/" + name.substr(7));
        const bool tax = is_group(name, "tax/") && any_of_group(closed, "tax/");
        if ((tender || tax) && !closed.contains(name)) compare(found, name, currency, Decimal(), sum.amount);
    }
}

DayLedger::Differences DayLedger::differences() const {
    Differences found;
    if (closings.empty()) return found;
    auto closed = closed_sums(closings);
    for (const auto& [currency, of_currency] : sums) closed[currency];
    for (const auto& [currency, of_currency] : closed) {
        compare_said(currency, of_currency, found);
        compare_unsaid(currency, of_currency, found);
    }
    return found;
}

std::uint64_t DayLedger::count_named(std::string_view name) const {
    for (const Count& each : counted) {
        const auto of_type = each.name == name ? types.find(each.type) : types.end();
        if (of_type != types.end()) return of_type->second;
    }
    return 0;
}

}  // namespace tillpost::day
