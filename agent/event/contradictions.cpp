// SPDX-License-Identifier: Apache-2.0
#include "agent/event/contradictions.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <unordered_set>
#include <vector>

#include "agent/event/common_rules.hpp"
#include "agent/event/identifiers.hpp"
#include "agent/event/number_series.hpp"

namespace tillpost {
namespace {

using Object = Record::Object;

// ISO 4217, the minor units that are not two digits.
constexpr std::array<std::string_view, 17> whole_units{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
                                                       "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::array<std::string_view, 7> thousandths{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};

bool is_among(std::span<const std::string_view> words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

Decimal literal(std::string_view text) { return *Decimal::parse(text); }

Decimal size_of(const Decimal& number) { return number.is_negative() ? number.negated() : number; }

/// How far they are apart; nullopt if that is no number.
std::optional<Decimal> distance(const std::optional<Decimal>& a, const std::optional<Decimal>& b) {
    if (!a || !b) return std::nullopt;
    const auto difference = a->minus(*b);
    return difference ? std::optional(size_of(*difference)) : std::nullopt;
}

bool is_apart(const std::optional<Decimal>& a, const std::optional<Decimal>& b, const Decimal& unit) {
    const auto apart = distance(a, b);
    return apart && *apart >= unit;
}

/// A line, and the discounts that stand in it.
struct PricedLine {
    const Object* line = nullptr;
    Sum discounts;
};

std::string shown(const std::optional<Decimal>& number) { return number ? number->shortest().text() : "too_large"; }

/// By what a unit price is off that a till has worked out of the price of several: 1.67 of "3 for 5.00". Half of its
/// last digit, of each unit. A price that is written shorter than the currency is as exact as that.
Decimal inaccuracy_of_price(const Decimal& price, const Decimal& quantity, const Decimal& unit) {
    static const Decimal half = literal("0.5");
    const auto digit = std::min(price.step(), unit).times(half);
    const auto worth = digit ? digit->times(quantity) : std::nullopt;
    return worth.value_or(Decimal());
}

void judge_amount(const Record& record, const PricedLine& priced, Quality& quality) {
    const auto quantity = decimal_of(record.get(*priced.line, Name::quantity));
    const auto price = decimal_of(record.get(*priced.line, Name::unit_price));
    const auto amount = decimal_of(record.get(*priced.line, Name::amount));
    if (!quantity || !price || !amount || quantity->is_negative() || amount->is_negative()) return;
    const auto whole = quantity->times(*price);
    if (whole == amount) return;  // nearly always
    const Decimal unit = rounding_unit(record.root(Name::currency).text());
    const Decimal rounded = inaccuracy_of_price(*price, *quantity, unit);
    const auto is_off = [&](const std::optional<Decimal>& expected) {
        return is_apart(expected, amount, unit) && *distance(expected, amount) > rounded;
    };
    if (!is_off(whole)) return;  // as where the price has the discounts in it already
    const auto reduced = priced.discounts.taken_from(*whole);
    if (!reduced || !is_off(reduced)) return;
    const std::string expected = reduced == whole ? shown(whole) : shown(whole) + "_or_" + shown(reduced);
    quality.mark("line_amount", record.pointer(*priced.line, Name::amount), not_expected(amount->text(), expected));
}

/// Half of what the last digit of the rate is worth.
Decimal inaccuracy(const Decimal& foreign, const Decimal& rate) {
    static const Decimal half = literal("0.5");
    const auto digit = rate.step().times(half);
    const auto worth = digit ? digit->times(size_of(foreign)) : std::nullopt;
    return worth.value_or(Decimal());
}

void judge_foreign(const Record& record, const Object& foreign, const Decimal& unit, Quality& quality) {
    const Object& tender = record.objects()[foreign.parent];
    const auto amount = decimal_of(record.get(foreign, Name::amount));
    const auto rate = decimal_of(record.get(foreign, Name::rate));
    if (tender.role != Role::tender || !amount || !rate) return;
    const auto worth = amount->times(*rate);
    const auto tolerance = unit.plus(inaccuracy(*amount, *rate));
    if (!worth || !tolerance) return;
    const auto kept = decimal_of(record.get(tender, Name::amount));
    const auto tendered = decimal_of(record.get(tender, Name::tendered));
    const bool is_kept = !kept || !is_apart(worth, kept, *tolerance);
    const bool is_tendered = tendered && !is_apart(worth, tendered, *tolerance);
    if (is_kept || is_tendered) return;
    const std::string paid = tendered ? shown(tendered) + "_or_" + shown(kept) : shown(kept);
    quality.mark("foreign", record.pointer(foreign, Name::amount), not_expected(shown(worth), paid));
}

void judge_change(const Record& record, const Object& tender, Quality& quality) {
    const auto tendered = decimal_of(record.get(tender, Name::tendered));
    const auto change = decimal_or_zero(record.get(tender, Name::change));
    const auto kept = decimal_of(record.get(tender, Name::amount));
    if (!tendered || !change || !kept) return;
    const auto left = tendered->minus(*change);
    if (left == kept) return;
    quality.mark("change", record.pointer(tender, Name::tendered),
                 not_expected(left ? left->text() : "too_large", kept->text()) + "_kept");
}

/// By how much a tax may be off in all, whatever it was rounded by: the document, each line, each piece.
std::optional<Decimal> tax_tolerance(const Record& record) {
    std::optional<Decimal> roundings = Decimal(1);
    for (const Object& object : record.objects()) {
        if (object.role != Role::line) continue;
        const Decimal pieces = decimal_of(record.get(object, Name::quantity)).value_or(Decimal(1));
        roundings = roundings ? roundings->plus(Decimal(1)) : roundings;
        roundings = roundings ? roundings->plus(size_of(pieces)) : roundings;
    }
    return roundings ? roundings->times(rounding_unit(record.root(Name::currency).text())) : roundings;
}

/// Whether an amount is so many hundredths of the base, which are of `whole`: 19 of 100 that are without tax, or of
/// 119.
bool is_tax(const Decimal& amount, const Decimal& hundredths, const Decimal& whole, const Decimal& tolerance) {
    const auto apart = distance(amount.times(whole), hundredths);
    const auto most = tolerance.times(whole);
    return !apart || !most || *apart <= *most;
}

void judge_tax(const Record& record, const Object& tax, const Decimal& tolerance, Quality& quality) {
    const auto rate = decimal_of(record.get(tax, Name::rate));
    const auto base = decimal_of(record.get(tax, Name::base));
    const auto amount = decimal_of(record.get(tax, Name::amount));
    if (!rate || !base || !amount || rate->is_zero() || rate->is_negative()) return;
    if (amount->is_zero()) return;  // exempt, most likely
    const auto hundredths = base->times(*rate);
    const auto with_tax = Decimal(100).plus(*rate);
    if (!hundredths || !with_tax || is_tax(*amount, *hundredths, Decimal(100), tolerance)) return;
    if (is_tax(*amount, *hundredths, *with_tax, tolerance)) return;
    static const Decimal hundredth = literal("0.01");
    quality.mark("taxes", record.pointer(tax, Name::amount),
                 not_expected(amount->text(), shown(hundredths->times(hundredth))));
}

/// Digits without the zeros in front; nullopt for what is no number.
std::optional<std::string_view> digits_of(const Value& value) {
    auto digits = text_or_integer(value);
    if (!digits || digits->empty() || !all_digits(*digits)) return std::nullopt;
    while (digits->size() > 1 && digits->front() == '0') digits->remove_prefix(1);
    return digits;
}

/// A mark is short, whatever a record holds.
std::string shortened(std::string_view digits) {
    constexpr std::size_t most = 20;
    return digits.size() <= most ? std::string(digits) : std::string(digits.substr(0, most)).append("..");
}

bool is_below(std::string_view digits, std::string_view other) {
    return digits.size() != other.size() ? digits.size() < other.size() : digits < other;
}

std::optional<std::uint64_t> short_number(std::string_view digits) {
    std::uint64_t number = 0;
    if (digits.size() > most_number_digits) return std::nullopt;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

/// How many digits a POS writes at least, if it fills up with zeros.
std::size_t width_of(const Value& value) { return value.text().starts_with('0') ? value.text().size() : 0; }

/// Whether the range is that of a POS that began anew behind 999, 9999 …, as far as the record can tell: so it has
/// fewer numbers than from last to first, and as many as `count` says.
bool may_turn(const Record& record, std::string_view first_digits, std::string_view last_digits) {
    const auto first = short_number(first_digits);
    const auto last = short_number(last_digits);
    const std::size_t width =
        std::max(width_of(record.root(Name::first_number)), width_of(record.root(Name::last_number)));
    if (!first || !last || width > most_number_digits) return false;
    const std::uint64_t turned = nines_above(std::max(*first, least_top), width) - *first + 1 + *last;
    const auto said = digits_of(record.root(Name::count));
    const auto count = said ? short_number(*said) : std::nullopt;
    const bool has_so_many = !said || (count && *count <= turned + 1);  // one more, if it has a 0
    return has_so_many && turned < *first - *last + 1;
}

}  // namespace

Decimal rounding_unit(std::string_view currency) {
    static const Decimal hundredth = literal("0.01");
    static const Decimal thousandth = literal("0.001");
    if (is_among(whole_units, currency)) return Decimal(1);
    return is_among(thousandths, currency) ? thousandth : hundredth;
}

void mark_line_numbers(const Record& record, Quality& quality) {
    // Numbers ascend in nearly all records: only where they do not are the earlier ones looked through.
    std::string_view highest;
    std::vector<std::string_view> ascending;
    std::unordered_set<std::string_view> others;
    for (const Object& object : record.objects()) {
        if (object.role != Role::line || !object.names.has(Name::line)) continue;
        const std::string_view number = record.get(object, Name::line).text();
        if (is_below(highest, number) || (ascending.empty() && others.empty())) {
            highest = number;
            ascending.push_back(number);
            continue;
        }
        const bool known = std::binary_search(ascending.begin(), ascending.end(), number, is_below);
        if (known || !others.insert(number).second) quality.mark("line_number", record.pointer(object, Name::line));
    }
}

void mark_line_amounts(const Record& record, Quality& quality) {
    PricedLine priced;
    for (const Object& object : record.objects()) {
        if (object.role == Role::line) {
            if (priced.line != nullptr) judge_amount(record, priced, quality);
            priced = {&object, Sum()};
        } else if (object.role == Role::discount && priced.line != nullptr) {
            // What is in a line comes between it and the next one.
            priced.discounts.add(decimal_of(record.get(object, Name::amount)));
        }
    }
    if (priced.line != nullptr) judge_amount(record, priced, quality);
}

void mark_tenders_paid(const Record& record, Quality& quality) {
    for (const Object& object : record.objects()) {
        if (object.role == Role::tender && object.names.has(Name::tendered)) judge_change(record, object, quality);
        if (object.role == Role::foreign) {
            judge_foreign(record, object, rounding_unit(record.root(Name::currency).text()), quality);
        }
    }
}

void mark_tax_sum(const Record& record, Quality& quality) {
    const Object* const totals = record.child(record.objects().front(), Role::totals);
    if (totals == nullptr) return;
    const auto tax = decimal_of(record.get(*totals, Name::tax));
    Sum sum;
    std::int32_t rates = 0;
    for (const Object& object : record.objects()) {
        if (object.role != Role::tax) continue;
        sum.add(decimal_of(record.get(object, Name::amount)));
        ++rates;
    }
    const auto left = tax && rates > 0 ? sum.taken_from(*tax) : std::nullopt;
    if (!left || left->is_zero()) return;
    const bool exact = rates == 1 || record.root(Name::tax_rounding).text() == "line";
    const auto twice = left->times(Decimal(2));
    const auto most = rounding_unit(record.root(Name::currency).text()).times(Decimal(rates));
    if (!exact && !(twice && most && size_of(*twice) > *most)) return;
    quality.mark("taxes", "/taxes", not_expected(sum.text(), tax->text()));
}

void mark_tax_amounts(const Record& record, Quality& quality) {
    std::optional<Decimal> tolerance;
    for (const Object& object : record.objects()) {
        if (object.role != Role::tax) continue;
        if (!tolerance) tolerance = tax_tolerance(record);
        if (!tolerance) return;
        judge_tax(record, object, *tolerance, quality);
    }
}

void mark_weighed_quantity(const Record& record, const Object& weight, Quality& quality) {
    if (weight.parent == Record::nothing) return;
    const Object& line = record.objects()[weight.parent];
    const std::string_view unit = record.get(weight, Name::unit).text();
    if (line.role != Role::line || unit.empty() || record.get(line, Name::unit).text() != unit) return;
    const auto net = decimal_of(record.get(weight, Name::net));
    const auto quantity = decimal_of(record.get(line, Name::quantity));
    if (!net || !quantity || !is_apart(net, quantity, std::max(net->step(), quantity->step()))) return;
    quality.mark("weight", record.pointer(line, Name::quantity), not_expected(quantity->text(), net->text()));
}

void mark_number_range(const Record& record, Quality& quality) {
    if (used_no_numbers(record)) return;  // a POS names the ones around: 5 to 4
    const auto first = digits_of(record.root(Name::first_number));
    const auto last = digits_of(record.root(Name::last_number));
    if (!first || !last || !is_below(*last, *first) || may_turn(record, *first, *last)) return;
    quality.mark("number_range", "/last_number", shortened(*last) + "_below_" + shortened(*first));
}

}  // namespace tillpost
