// SPDX-License-Identifier: Apache-2.0
// What the POS's closings say against what was captured.
#include <algorithm>
#include <array>

#include "agent/day/ledger.hpp"

namespace tillpost::day {
namespace {

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
        for (const auto& [name, sum] : closing.sums) (void)add(sums[name], sum);
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

}  // namespace

std::vector<DayDifference> compare(const std::vector<DayClosing>& closings, const DayFigures& figures,
                                   const DayFigures& as_captured) {
    std::vector<DayDifference> found;
    if (closings.empty()) return found;
    auto closed = closed_sums(closings);
    for (const auto& [currency, of_currency] : figures.sums) closed[currency];
    for (const auto& [currency, of_currency] : closed) {
        compare_said(currency, of_currency, figures, as_captured, found);
        compare_unsaid(currency, of_currency, figures, found);
    }
    return found;
}

DayLedger::Fit DayLedger::closings_fit() const {
    if (closings.empty()) return Fit::no_closing;
    if (compare(closings, corrected_figures(), captured).empty()) return Fit::corrected;
    return is_corrected() && compare(closings, captured, captured).empty() ? Fit::captured : Fit::none;
}

DayLedger::Differences DayLedger::differences() const {
    return closings_fit() == Fit::none ? compare(closings, corrected_figures(), captured) : Differences();
}

}  // namespace tillpost::day
