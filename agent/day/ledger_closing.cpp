// SPDX-License-Identifier: Apache-2.0
// What the POS's closings say against what was captured.
#include <algorithm>
#include <array>
#include <set>

#include "agent/day/ledger.hpp"

namespace tillpost::day {
namespace {

DaySum found_in(const DaySums& sums, std::string_view name) {
    const auto found = sums.find(name);
    return found == sums.end() ? DaySum() : found->second;
}

bool is_group(std::string_view name, std::string_view group) { return name.starts_with(group); }

constexpr std::string_view tender_counts = "count/tender/";

struct Count {
    std::string_view name;
    std::string_view type;
};
constexpr std::array<Count, 5> counted{{{"count/sales", "sale"},
                                        {"count/returns", "return"},
                                        {"count/voids", "void"},
                                        {"count/no_sales", "no_sale"},
                                        {"count/controls", "control"}}};

/// What all closings together say: amounts by currency, how many of something under "".
std::map<std::string, DaySums> closed_sums(const std::vector<DayClosing>& closings) {
    std::map<std::string, DaySums> all;
    for (const DayClosing& closing : closings) {
        DaySums& amounts = all[closing.currency];
        for (const auto& [name, sum] : closing.sums) {
            DaySums& sums = is_group(name, "count/") ? all[""] : amounts;
            (void)add(sums[name], sum);
        }
    }
    return all;
}

void note(std::vector<DayDifference>& found, const std::string& name, const std::string& currency,
          const Decimal& closing, const Decimal& captured) {
    if (closing == captured) return;
    found.push_back({name, currency, closing, captured, closing.minus(captured).value_or(closing)});
}

bool any_of_group(const DaySums& sums, std::string_view group) {
    const auto at = sums.lower_bound(group);
    return at != sums.end() && is_group(at->first, group);
}

/// Of a currency and name; zero if there is none.
DaySum sum_of(const DayFigures& figures, const std::string& currency, std::string_view name) {
    const auto found = figures.sums.find(currency);
    return found == figures.sums.end() ? DaySum() : found_in(found->second, name);
}

Decimal count_named(const DayFigures& figures, std::string_view name) {
    for (const Count& each : counted) {
        const auto of_type = each.name == name ? figures.types.find(each.type) : figures.types.end();
        if (of_type != figures.types.end()) return Decimal(static_cast<std::int32_t>(of_type->second));
    }
    return {};
}

/// What the closings say.
void compare_said(const std::string& currency, const DaySums& closed, const DayFigures& figures,
                  const DayFigures& as_captured, std::vector<DayDifference>& found) {
    for (const auto& [name, closing] : closed) {
        if (is_group(name, "expected/")) {
            const Decimal turnover = sum_of(figures, currency, "tender/" + name.substr(9)).amount;
            const Decimal moved = sum_of(figures, currency, "movement/" + name.substr(9)).amount;
            note(found, name, currency, closing.amount, turnover.plus(moved).value_or(turnover));
        } else if (is_group(name, "count/")) {
            const bool fits = closing.amount == count_named(figures, name);
            if (!fits) note(found, name, "", closing.amount, count_named(as_captured, name));
        } else {
            const DaySum sum = sum_of(figures, currency, name);
            note(found, name, currency, closing.amount, sum.amount);
            if (is_group(name, "tax/")) note(found, name + "/base", currency, closing.base, sum.base);
        }
    }
}

/// What is there and no closing speaks of.
void compare_unsaid(const std::string& currency, const DaySums& closed, const DayFigures& figures,
                    std::vector<DayDifference>& found) {
    const auto of_currency = figures.sums.find(currency);
    if (of_currency == figures.sums.end()) return;
    for (const auto& [name, sum] : of_currency->second) {
        const bool tender = is_group(name, "tender/") && !closed.contains("expected/" + name.substr(7));
        const bool tax = is_group(name, "tax/") && any_of_group(closed, "tax/");
        if ((tender || tax) && !closed.contains(name)) note(found, name, currency, Decimal(), sum.amount);
    }
}

/// Of a number: no currency, and either is right.
void compare_count(const std::string& name, const Decimal& closing, std::uint64_t corrected, std::uint64_t captured,
                   std::vector<DayDifference>& found) {
    if (closing == Decimal(static_cast<std::int32_t>(corrected))) return;
    note(found, name, "", closing, Decimal(static_cast<std::int32_t>(captured)));
}

/// How many payments each tender has. Where a session does not say it of its own, nothing is compared.
void compare_tender_counts(const DayLedger& ledger, const std::string& currency, const DayFigures& figures,
                           std::vector<DayDifference>& found) {
    std::map<std::string, DaySum> counts;
    std::set<std::string> uncounted;
    for (const DayClosing& closing : ledger.closings) {
        if (closing.currency != currency) continue;
        for (const auto& [name, sum] : closing.beside) {
            if (is_group(name, tender_counts)) (void)add(counts[name], sum);
        }
        for (const auto& [name, sum] : closing.sums) {
            const bool tender = is_group(name, "tender/") || is_group(name, "expected/");
            const std::string count = std::string(tender_counts) + name.substr(name.find('/') + 1);
            if (tender && !closing.beside.contains(count)) uncounted.insert(count);
        }
    }
    for (const auto& [name, sum] : counts) {
        if (uncounted.contains(name)) continue;
        const std::string tender = name.substr(name.find('/') + 1);
        compare_count(name, sum.amount, sum_of(figures, currency, tender).count,
                      sum_of(ledger.captured, currency, tender).count, found);
    }
}

/// The batches of the payment terminals may be of a part of the day: more than customers paid without cash they cannot
/// hold, whatever was given back.
void compare_batches(const DayLedger& ledger, const std::string& currency, const DayFigures& figures,
                     std::vector<DayDifference>& found) {
    DaySum batches;
    for (const DayClosing& closing : ledger.closings) {
        if (closing.currency == currency) (void)add(batches, found_in(closing.beside, "batches"));
    }
    const Decimal paid = sum_of(figures, currency, "cashless").amount;
    const auto more = batches.amount.minus(paid);
    if (!more || (!more->is_negative() && *more != Decimal())) note(found, "batches", currency, batches.amount, paid);
}

/// How many numbers each session used. Those that the POS itself, or a person, says are gone it may have counted.
void compare_numbers(const DayLedger& ledger, const DayFigures& figures, std::vector<DayDifference>& found) {
    bool all_unused = true;
    for (const DayClosing& closing : ledger.closings) {
        const auto said = closing.beside.find("count/numbers");
        const bool unused = said != closing.beside.end() && said->second.amount == Decimal();
        all_unused = all_unused && unused;
        if (said == closing.beside.end() || unused) continue;
        const auto has = ledger.numbers.between(closing.first, closing.last);
        if (!has) continue;
        const Decimal least(static_cast<std::int32_t>(has->seen));
        const Decimal most(static_cast<std::int32_t>(has->seen + has->named));
        const Decimal& count = said->second.amount;
        const auto above = count.minus(least);
        const auto below = most.minus(count);
        const bool fits = above && below && !above->is_negative() && !below->is_negative();
        if (!fits) note(found, "count/numbers", "", count, least);
    }
    if (!all_unused) return;
    const auto sold = [](const DayFigures& of) {
        std::uint64_t records = 0;
        for (const char* const type : {"sale", "return"}) {
            const auto has = of.types.find(type);
            if (has != of.types.end()) records += has->second;
        }
        return records;
    };
    compare_count("count/numbers", Decimal(), sold(figures), sold(ledger.captured), found);
}

}  // namespace

std::vector<DayDifference> compare(const DayLedger& ledger, const DayFigures& figures, const DayFigures& as_captured) {
    std::vector<DayDifference> found;
    if (ledger.closings.empty()) return found;
    auto closed = closed_sums(ledger.closings);
    for (const auto& [currency, of_currency] : figures.sums) closed[currency];
    for (const auto& [currency, of_currency] : closed) {
        compare_said(currency, of_currency, figures, as_captured, found);
        compare_unsaid(currency, of_currency, figures, found);
        compare_tender_counts(ledger, currency, figures, found);
        compare_batches(ledger, currency, figures, found);
    }
    compare_numbers(ledger, figures, found);
    return found;
}

// A post-void is captured itself: of one behind the closings these cannot know.
DayLedger::Fit DayLedger::closings_fit() const {
    if (closings.empty()) return Fit::no_closing;
    if (compare(*this, corrected_figures(), captured).empty()) return Fit::corrected;
    if (is_corrected() && compare(*this, captured, captured).empty()) return Fit::captured;
    if (behind_out.types.empty() && behind_in.types.empty()) return Fit::none;
    DayFigures captured_by_then = captured;
    const auto voids = behind_in.types.find("void");
    if (voids != behind_in.types.end()) {
        std::uint64_t& count = captured_by_then.types["void"];
        count -= std::min(count, voids->second);
    }
    return compare(*this, figures_as_closed(), captured_by_then).empty() ? Fit::as_closed : Fit::none;
}

DayLedger::Differences DayLedger::differences() const {
    return closings_fit() == Fit::none ? compare(*this, corrected_figures(), captured) : Differences();
}

}  // namespace tillpost::day
