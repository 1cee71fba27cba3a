// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/meaning.hpp"

#include <algorithm>

#include "agent/event/gs1/code_lists.hpp"

namespace tillpost::gs1 {
namespace {

Rule first_rule(const Element& element) { return element.definition->components[0].rules[0]; }

/// Digits with a point before the last `decimals`: "000195", 3 → "0.195". No zeros at the beginning, as JSON wants it.
std::string with_point(std::string_view digits, std::size_t decimals) {
    std::string whole(digits.size() > decimals ? digits.substr(0, digits.size() - decimals) : std::string_view());
    std::string fraction(digits.substr(digits.size() - std::min(decimals, digits.size())));
    fraction.insert(0, decimals - fraction.size(), '0');
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
    if (whole.empty()) whole = "0";
    return decimals == 0 ? whole : whole + "." + fraction;
}

}  // namespace

std::optional<Date> date_of(const Element& element, int current_year) {
    const std::string_view value = element.value;
    switch (first_rule(element)) {
        case Rule::date: return parse_date(value.substr(0, 6), current_year, DayZero::refused);
        case Rule::date_day_zero: return parse_date(value.substr(0, 6), current_year, DayZero::last_of_month);
        case Rule::long_date: return parse_long_date(value.substr(0, 8));
        default: return std::nullopt;
    }
}

std::optional<Date> last_date_of(const Element& element, int current_year) {
    constexpr std::size_t one_date = 6;
    const bool range = element.definition->components[1].rules[0] == Rule::date && element.value.size() > one_date;
    return range ? parse_date(std::string_view(element.value).substr(one_date), current_year, DayZero::refused)
                 : std::nullopt;
}

std::string time_of(const Element& element) {
    const Rule rule = element.definition->components[1].rules[0];
    if (rule != Rule::hour && rule != Rule::hour_minute) return {};
    std::string out;
    const std::size_t date = element.definition->components[0].most;
    for (std::size_t at = date; at + 2 <= element.value.size(); at += 2) {
        if (!out.empty()) out += ':';
        out.append(element.value, at, 2);
    }
    return out;
}

std::optional<Amount> amount_of(const Element& element) {
    const Definition& definition = *element.definition;
    if (definition.amount == 0) return std::nullopt;
    const bool has_currency = first_rule(element) == Rule::currency;
    const std::string_view value = element.value;
    const auto decimals = static_cast<std::size_t>(element.ai.back() - '0');
    const auto number = Decimal::parse(with_point(value.substr(has_currency ? 3 : 0), decimals));
    if (!number) return std::nullopt;
    return Amount{*number, definition.unit, has_currency ? currency_letters(value.substr(0, 3)) : std::string_view()};
}

std::string_view native_gtin(std::string_view fourteen_digits) {
    for (const std::size_t length : {std::size_t{8}, std::size_t{12}, std::size_t{13}}) {
        const std::size_t filling = fourteen_digits.size() - length;
        if (fourteen_digits.find_first_not_of('0') >= filling) return fourteen_digits.substr(filling);
    }
    return fourteen_digits;
}

std::string padded_gtin(std::string_view gtin) {
    constexpr std::size_t length = 14;
    std::string out(gtin.size() < length ? length - gtin.size() : 0, '0');
    return out.append(gtin);
}

}  // namespace tillpost::gs1
