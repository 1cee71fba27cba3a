// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "agent/event/gs1/ai_table.hpp"
#include "agent/event/gs1/characters.hpp"

/// Reads the table's notation of formats while it is compiled: a mistake in the table does not compile.
///
/// A format is components by blank. One is a type (n digits, x set 82, y set 39, z set 64), its number of characters
/// ("6", or "..20" for 1 to 20) and rules behind colons; brackets make it optional: "n13:check [x..17]".
namespace tillpost::gs1 {

constexpr std::array<std::pair<std::string_view, Rule>, 32> rule_names{{
    {"check", Rule::check_digit},
    {"pair", Rule::check_pair},
    {"prefix", Rule::company_prefix},
    {"date", Rule::date},
    {"date0", Rule::date_day_zero},
    {"longdate", Rule::long_date},
    {"hour", Rule::hour},
    {"sixty", Rule::minute_or_second},
    {"time", Rule::hour_minute},
    {"currency", Rule::currency},
    {"country", Rule::country},
    {"country999", Rule::country_or_999},
    {"letters", Rule::country_letters},
    {"percent", Rule::percent_encoded},
    {"latitude", Rule::latitude},
    {"longitude", Rule::longitude},
    {"yesno", Rule::yes_no},
    {"minus", Rule::minus_sign},
    {"importer", Rule::importer_index},
    {"package", Rule::package_type},
    {"media", Rule::media_type},
    {"sex", Rule::sex},
    {"sequence", Rule::birth_sequence},
    {"notzero", Rule::not_zero},
    {"zero", Rule::zero},
    {"nolead0", Rule::no_leading_zero},
    {"winding", Rule::winding},
    {"piece", Rule::piece_of_total},
    {"iban", Rule::iban},
    {"nondigit", Rule::some_non_digit},
    {"coupon", Rule::coupon},
    {"offer", Rule::offer_coupon},
}};

constexpr Rule rule_named(std::string_view name) {
    for (const auto& [text, rule] : rule_names) {
        if (text == name) return rule;
    }
    throw std::logic_error("no such rule");
}

/// Takes what stands before `end` (or all) off the text.
constexpr std::string_view take_until(std::string_view& text, char end) {
    const std::size_t at = text.find(end);
    const std::string_view taken = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
    return taken;
}

constexpr Charset charset_named(char letter) {
    switch (letter) {
        case 'n': return Charset::digits;
        case 'x': return Charset::set_82;
        case 'y': return Charset::set_39;
        case 'z': return Charset::set_64;
        default: throw std::logic_error("no such type");
    }
}

constexpr Component component(std::string_view text) {
    Component result;
    if (text.front() == '[') {
        result.optional = true;
        text = text.substr(1, text.size() - 2);
    }
    result.charset = charset_named(text.front());
    std::string_view rules = text.substr(1);
    std::string_view length = take_until(rules, ':');
    const bool variable = length.substr(0, 2) == "..";
    if (variable) length.remove_prefix(2);
    for (const char digit : length) {
        if (!is_digit(digit)) throw std::logic_error("no length");
        result.most = static_cast<std::uint8_t>(result.most * 10 + (digit - '0'));
    }
    result.least = variable ? std::uint8_t{1} : result.most;
    for (std::size_t i = 0; !rules.empty(); ++i) result.rules.at(i) = rule_named(take_until(rules, ':'));
    return result;
}

constexpr Definition definition(std::string_view first, std::string_view last, std::string_view title,
                                std::string_view format) {
    Definition result;
    result.first = first;
    result.last = last;
    result.title = title;
    while (!format.empty()) result.components.at(result.component_count++) = component(take_until(format, ' '));
    return result;
}

}  // namespace tillpost::gs1
