// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/value_rules.hpp"

#include <algorithm>
#include <utility>

#include "agent/event/gs1/characters.hpp"
#include "agent/event/gs1/check_digits.hpp"
#include "agent/event/gs1/code_lists.hpp"
#include "agent/event/gs1/coupon.hpp"
#include "agent/event/gs1/dates.hpp"

namespace tillpost::gs1 {
namespace {

using Finding = std::optional<Wrong>;
constexpr std::size_t shortest_prefix = 4;  // of a GS1 Company Prefix

Finding when(bool wrong, std::string_view rule, std::size_t position, std::string text) {
    if (!wrong) return std::nullopt;
    return Wrong{rule, position, std::move(text)};
}

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

bool in_set(Charset set, char c) {
    switch (set) {
        case Charset::digits: return is_digit(c);
        case Charset::set_82: return in_set_82(c);
        case Charset::set_39: return in_set_39(c);
        case Charset::set_64: return in_set_64(c);
    }
    return false;
}

std::string_view name_of(Charset set) {
    switch (set) {
        case Charset::digits: return "a digit";
        case Charset::set_82: return "a character of GS1's set 82";
        case Charset::set_39: return "a character of GS1's set 39";
        case Charset::set_64: return "a character of GS1's set 64";
    }
    return "";
}

/// Base64 may end in one or two "=" that fill it up.
std::string_view without_padding(std::string_view text) {
    const std::size_t end = text.find_last_not_of('=');
    const std::size_t padding = end == std::string_view::npos ? text.size() : text.size() - end - 1;
    const bool whole = text.size() % 3 == 0 || text.size() % 4 == 0;
    return padding >= 1 && padding <= 2 && whole ? text.substr(0, text.size() - padding) : text;
}

Finding wrong_character(Charset set, std::string_view text) {
    if (set == Charset::set_64) text = without_padding(text);
    const auto at = std::find_if(text.begin(), text.end(), [set](char c) { return !in_set(set, c); });
    if (at == text.end()) return std::nullopt;
    return Wrong{"character", static_cast<std::size_t>(at - text.begin()), "is not " + std::string(name_of(set))};
}

Finding wrong_check_digit(std::string_view text) {
    if (check_digit_right(text)) return std::nullopt;
    const char right = check_digit(text.substr(0, text.size() - 1));
    return Wrong{"check_digit", text.size() - 1,
                 std::string("the check digit is ") + text.back() + ", and should be " + right};
}

Finding wrong_check_pair(std::string_view text) {
    if (text.size() < 2) return Wrong{"check_pair", 0, "is too short for its two check characters"};
    const std::string_view given = text.substr(text.size() - 2);
    const auto right = check_pair(text.substr(0, text.size() - 2));
    if (right == given) return std::nullopt;
    return Wrong{"check_pair", text.size() - 2,
                 "the check characters are " + std::string(given) + ", and should be " + right.value_or("others")};
}

Finding wrong_prefix(std::string_view text) {
    const std::string_view start = text.substr(0, shortest_prefix);
    if (start.size() < shortest_prefix) {
        return Wrong{"company_prefix", 0, "is too short to begin with a GS1 Company Prefix"};
    }
    const auto at = std::find_if_not(start.begin(), start.end(), is_digit);
    return when(at != start.end(), "company_prefix", static_cast<std::size_t>(at - start.begin()),
                "does not begin with a GS1 Company Prefix: four digits at least");
}

Finding wrong_date(std::string_view text, int current_year, DayZero day_zero) {
    return when(!parse_date(text, current_year, day_zero), "date", 0,
                std::string(text) + " is no day (YYMMDD)" + (day_zero == DayZero::refused ? "" : ", nor a month"));
}

Finding wrong_importer(std::string_view text) {
    return when(!in_set_64(text[0]), "value", 0, "is no importer index: a letter, a digit, - or _");
}

Finding wrong_percent(std::string_view text) {
    for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3)) {
        const bool right = at + 2 < text.size() && is_hex_digit(text[at + 1]) && is_hex_digit(text[at + 2]);
        if (!right) return Wrong{"percent", at, "% without two hexadecimal digits behind it"};
    }
    return std::nullopt;
}

Finding wrong_sequence(std::string_view text) {
    const bool right = text.size() == 3 && text[1] == '/' && text[0] >= '1' && is_digit(text[0]) && is_digit(text[2]) &&
                       text[0] <= text[2];
    return when(!right, "value", 0, quoted(text) + " is no position of a total such as 1/3");
}

Finding wrong_piece(std::string_view text) {
    const std::string_view piece = text.substr(0, 2);
    const std::string_view total = text.substr(2);
    return when(piece == "00" || total == "00" || piece > total, "value", 0,
                "piece " + std::string(piece) + " of " + std::string(total) + " cannot be");
}

Finding wrong_media(std::string_view text) {
    return when(!((text >= "01" && text <= "10") || text >= "80"), "value", 0,
                std::string(text) + " is no AIDC media type: 01 to 10, 80 to 99");
}

/// ISO 13616: letters are 10 to 35; read from the fifth character on, then the first four, the remainder by 97 is 1.
Finding wrong_iban(std::string_view text) {
    constexpr std::size_t shortest = 11;
    if (text.size() < shortest) return Wrong{"iban", 0, "is too short for an IBAN"};
    if (!is_country_letters(text.substr(0, 2))) return Wrong{"iban", 0, "an IBAN begins with a country's two letters"};
    int remainder = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t at = (i + 4) % text.size();
        const char c = text[at];
        if (!is_digit(c) && !is_upper(c)) return Wrong{"iban", at, "an IBAN has digits and capital letters only"};
        remainder = is_digit(c) ? (remainder * 10 + (c - '0')) % 97 : (remainder * 100 + (c - 'A' + 10)) % 97;
    }
    return when(remainder != 1, "iban", 2, "the check digits of the IBAN are wrong");
}

Finding wrong_currency(std::string_view text) {
    return when(currency_letters(text).empty(), "currency", 0, std::string(text) + " is no currency of ISO 4217");
}

Finding wrong_country(std::string_view text) {
    return when(country_letters(text).empty(), "country", 0, std::string(text) + " is no country of ISO 3166-1");
}

Finding wrong_country_letters(std::string_view text) {
    return when(!is_country_letters(text), "country", 0, quoted(text) + " is no country of ISO 3166-1");
}

/// The rules about keys, dates, times, countries and money.
Finding broken_common(Rule rule, std::string_view text, int current_year) {
    switch (rule) {
        case Rule::check_digit: return wrong_check_digit(text);
        case Rule::check_pair: return wrong_check_pair(text);
        case Rule::company_prefix: return wrong_prefix(text);
        case Rule::date: return wrong_date(text, current_year, DayZero::refused);
        case Rule::date_day_zero: return wrong_date(text, current_year, DayZero::last_of_month);
        case Rule::long_date: return when(!parse_long_date(text), "date", 0, std::string(text) + " is no day");
        case Rule::hour: return when(text > "23", "time", 0, std::string(text) + " is no hour: 00 to 23");
        case Rule::minute_or_second:
            return when(text > "59", "time", 0, std::string(text) + " is no minute or second: 00 to 59");
        case Rule::hour_minute:
            return when(text.substr(0, 2) > "23" || text.substr(2) > "59", "time", 0,
                        std::string(text) + " is no time of the day: 0000 to 2359");
        case Rule::currency: return wrong_currency(text);
        case Rule::country: return wrong_country(text);
        case Rule::country_or_999: return text == "999" ? std::nullopt : wrong_country(text);
        case Rule::country_letters: return wrong_country_letters(text);
        default: return std::nullopt;
    }
}

/// The rules that one or two AIs have.
Finding broken_special(Rule rule, std::string_view text) {
    const bool only_zeros = text.find_first_not_of('0') == std::string_view::npos;
    switch (rule) {
        case Rule::percent_encoded: return wrong_percent(text);
        case Rule::latitude: return when(text > "1800000000", "value", 0, "is no latitude: 0 to 1800000000");
        case Rule::longitude: return when(text > "3600000000", "value", 0, "is no longitude: 0 to 3600000000");
        case Rule::yes_no: return when(text > "1", "value", 0, "is neither 0 nor 1");
        case Rule::minus_sign: return when(text != "-", "value", 0, "only a minus sign may stand here");
        case Rule::importer_index: return wrong_importer(text);
        case Rule::package_type:
            return when(!is_package_type(text), "value", 0,
                        quoted(text) + " is no package type of UN/ECE recommendation 21");
        case Rule::media_type: return wrong_media(text);
        case Rule::sex:
            return when(text != "0" && text != "1" && text != "2" && text != "9", "value", 0, "is not 0, 1, 2 or 9");
        case Rule::birth_sequence: return wrong_sequence(text);
        case Rule::not_zero: return when(only_zeros, "value", 0, "must not be zero");
        case Rule::zero: return when(text != "0", "value", 0, "must be 0");
        case Rule::no_leading_zero: return when(text.size() > 1 && text[0] == '0', "value", 0, "must not begin with 0");
        case Rule::winding:
            return when(text != "0" && text != "1" && text != "9", "value", 0, "is no winding direction: 0, 1, 9");
        case Rule::piece_of_total: return wrong_piece(text);
        case Rule::iban: return wrong_iban(text);
        case Rule::some_non_digit: return when(digits_only(text), "value", 0, "must have a character that is no digit");
        case Rule::coupon: return wrong_coupon(text);
        case Rule::offer_coupon: return wrong_offer_coupon(text);
        default: return std::nullopt;
    }
}

Finding broken_rule(const Component& component, std::string_view text, int current_year) {
    if (auto wrong = wrong_character(component.charset, text)) return wrong;
    for (const Rule rule : component.rules) {
        if (auto wrong = broken_common(rule, text, current_year)) return wrong;
        if (auto wrong = broken_special(rule, text)) return wrong;
    }
    return std::nullopt;
}

std::string characters(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " character" : " characters");
}

std::string length_text(const Definition& definition, std::size_t given) {
    const std::size_t least = definition.shortest();
    const std::size_t most = definition.longest();
    std::string text = "has " + characters(given) + ", and should have " + std::to_string(least);
    if (most != least) text += " to " + std::to_string(most);
    return text;
}

}  // namespace

Finding find_wrong(const Definition& definition, std::string_view value, int current_year) {
    if (value.size() < definition.shortest()) {
        return Wrong{"too_short", value.size(), length_text(definition, value.size())};
    }
    if (value.size() > definition.longest()) {
        return Wrong{"too_long", definition.longest(), length_text(definition, value.size())};
    }
    std::size_t at = 0;
    for (const Component& component : definition.parts()) {
        const std::size_t rest = value.size() - at;
        if (component.optional && rest == 0) break;
        const std::string_view text = value.substr(at, component.most);
        if (text.size() < component.least) {
            return Wrong{"too_short", value.size(),
                         "ends within its last part, which has " + characters(component.least)};
        }
        if (auto wrong = broken_rule(component, text, current_year)) {
            wrong->position += at;
            return wrong;
        }
        at += text.size();
    }
    return when(at != value.size(), "too_long", at, length_text(definition, value.size()));
}

}  // namespace tillpost::gs1
