// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/measure_template.hpp"

#include <algorithm>

#include "agent/event/gs1/characters.hpp"
#include "agent/event/gs1/check_digits.hpp"
#include "agent/event/gs1/code_lists.hpp"

namespace tillpost::gs1 {
namespace {

constexpr std::size_t ean_digits = 13;
constexpr std::size_t upc_digits = 12;

Error fault(std::string_view text, const std::string& what) {
    return {Errc::invalid, "variable-measure template \"" + std::string(text) + "\": " + what};
}

bool is_value_sign(char c) { return c == 'P' || c == 'W' || c == 'N'; }

/// All of this sign stand side by side.
bool in_one_piece(std::string_view signs, char sign) {
    const std::size_t first = signs.find(sign);
    if (first == std::string_view::npos) return true;
    const std::size_t behind = std::min(signs.find_first_not_of(sign, first), signs.size());
    return signs.find(sign, behind) == std::string_view::npos;
}

/// What is wrong with the signs, the point taken out; "" if nothing is.
std::string wrong_signs(std::string_view signs) {
    constexpr std::string_view known = "IPWNKXC";
    const std::size_t prefix = std::min(signs.find_first_not_of("0123456789"), signs.size());
    const std::size_t strange = signs.find_first_not_of(known, prefix);
    if (strange != std::string_view::npos) {
        return std::string("the sign '") + signs[strange] +
               "' means nothing: digits at the beginning, then I, P, W, N, K, X, C";
    }
    if (signs.size() != ean_digits && signs.size() != upc_digits) {
        return "has " + std::to_string(signs.size()) + " digits: 13 for EAN-13, 12 for UPC-A";
    }
    const std::size_t check = signs.find('C');
    if (check != signs.size() - 1) return "ends in C, the number's own check digit, and has no other";
    const std::string ean = signs.size() == upc_digits ? "0" + std::string(signs) : std::string(signs);
    const bool in_store = ean.starts_with('2') || ean.starts_with("02") || ean.starts_with("04");
    if (!in_store) return "begins with no in-store prefix: 02, 04 or 20 to 29 (UPC-A: 2 or 4)";
    if (signs.find('I') == std::string_view::npos) return "has no item digits (I)";
    if (!in_one_piece(signs, 'I')) return "has item digits (I) in two places";
    return "";
}

/// What is wrong with the field of the price, weight or count.
std::string wrong_value(std::string_view signs) {
    const auto value = std::find_if(signs.begin(), signs.end(), is_value_sign);
    if (value == signs.end()) return "has neither price (P), weight (W) nor count (N)";
    const auto is_other = [&](char c) { return is_value_sign(c) && c != *value; };
    if (std::any_of(signs.begin(), signs.end(), is_other)) return "has two of price (P), weight (W) and count (N)";
    if (!in_one_piece(signs, *value)) return std::string("has its ") + *value + " in two places";
    const auto checks = std::count(signs.begin(), signs.end(), 'K');
    if (checks > 1) return "has more than one check digit of the value (K)";
    const auto digits = std::count(signs.begin(), signs.end(), *value);
    if (checks == 1 && digits != 4 && digits != 5) return "has a K, which only a value of four or five digits can have";
    return "";
}

std::string wrong_point(std::string_view written) {
    const std::size_t point = written.find('.');
    if (point == std::string_view::npos) return "";
    const bool within = point > 0 && point + 1 < written.size() && is_value_sign(written[point - 1]) &&
                        is_value_sign(written[point + 1]);
    return within && written.find('.', point + 1) == std::string_view::npos
               ? ""
               : "has a point that is not within the value";
}

std::string wrong_unit(char sign, std::string_view unit) {
    const bool is_currency = is_currency_letters(unit) && unit != no_currency;
    if (sign == 'P' && !is_currency) return "needs a currency of ISO 4217 behind a blank: EUR";
    if (sign == 'W' && !is_weight_unit(unit)) {
        return "needs a unit of UN/ECE recommendation 20 for a weight behind a blank: KGM, GRM, LBR, ONZ";
    }
    if (sign == 'N' && !unit.empty() && !is_unit(unit)) {
        return "has a unit that is none of UN/ECE recommendation 20 for goods: EA, PR, DZN, MTR, LTR";
    }
    return "";
}

Measure::Kind kind_of(char sign) {
    if (sign == 'P') return Measure::Kind::price;
    return sign == 'W' ? Measure::Kind::weight : Measure::Kind::count;
}

}  // namespace

Result<MeasureTemplate> MeasureTemplate::parse(std::string_view text) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    const std::string_view written = text.substr(0, blank);
    const std::string_view unit = blank < text.size() ? text.substr(blank + 1) : std::string_view();
    std::string signs(written);
    signs.erase(std::remove(signs.begin(), signs.end(), '.'), signs.end());
    std::string wrong = wrong_signs(signs);
    if (wrong.empty()) wrong = wrong_value(signs);
    if (wrong.empty()) wrong = wrong_point(written);
    if (!wrong.empty()) return fault(text, wrong);
    MeasureTemplate result;
    result.sign_ = *std::find_if(signs.begin(), signs.end(), is_value_sign);
    if (wrong = wrong_unit(result.sign_, unit); !wrong.empty()) return fault(text, wrong);
    result.text_ = text;
    result.signs_ = signs.size() == upc_digits ? "0" + signs : signs;
    result.prefix_ = result.signs_.substr(0, result.signs_.find_first_not_of("0123456789"));
    result.kind_ = kind_of(result.sign_);
    if (const std::size_t point = written.find('.'); point != std::string_view::npos) {
        result.decimals_ = written.find_first_not_of(result.sign_, point + 1) - point - 1;
    }
    result.unit_ = unit.empty() ? "EA" : unit;
    return result;
}

std::string MeasureTemplate::digits_of(char sign, std::string_view number) const {
    std::string digits;
    for (std::size_t i = 0; i < signs_.size() && i < number.size(); ++i) {
        if (signs_[i] == sign) digits += number[i];
    }
    return digits;
}

Measure MeasureTemplate::read(std::string_view thirteen_digits) const {
    Measure result;
    result.kind = kind_;
    result.unit = unit_;
    result.item = digits_of('I', thirteen_digits);
    const std::string digits = digits_of(sign_, thirteen_digits);
    std::string number = digits;
    if (decimals_ > 0) number.insert(number.size() - decimals_, 1, '.');
    number.erase(0, std::min(number.find_first_not_of('0'), digits.size() - decimals_ - 1));
    result.value = Decimal::parse(number).value_or(Decimal());
    const std::string check = digits_of('K', thirteen_digits);
    result.check_at = check.empty() ? 0 : signs_.find('K');
    result.check_ok = check.empty() || price_check_digit(digits) == check[0];
    return result;
}

Result<std::vector<MeasureTemplate>> parse_templates(std::span<const std::string> texts) {
    std::vector<MeasureTemplate> result;
    for (const std::string& text : texts) {
        auto parsed = MeasureTemplate::parse(text);
        if (!parsed) return parsed.error();
        const auto same = std::find_if(result.begin(), result.end(), [&](const MeasureTemplate& other) {
            return other.prefix() == parsed->prefix();
        });
        if (same != result.end()) return fault(text, "has the same prefix as \"" + same->text() + "\"");
        result.push_back(std::move(*parsed));
    }
    return result;
}

std::optional<Measure> measure_of(std::string_view number, std::span<const MeasureTemplate> templates) {
    const std::string ean = number.size() == upc_digits ? "0" + std::string(number) : std::string(number);
    if (ean.size() != ean_digits || !check_digit_right(ean)) return std::nullopt;
    const MeasureTemplate* best = nullptr;
    for (const MeasureTemplate& candidate : templates) {
        const bool longer = best == nullptr || candidate.prefix().size() > best->prefix().size();
        if (candidate.takes(ean) && longer) best = &candidate;
    }
    if (best == nullptr) return std::nullopt;
    return best->read(ean);
}

std::string_view name_of(Measure::Kind kind) {
    switch (kind) {
        case Measure::Kind::price: return "price";
        case Measure::Kind::weight: return "weight";
        case Measure::Kind::count: return "count";
    }
    return "";
}

}  // namespace tillpost::gs1
