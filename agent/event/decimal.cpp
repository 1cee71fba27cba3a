// SPDX-License-Identifier: Apache-2.0
#include "agent/event/decimal.hpp"

#include <algorithm>

#include "agent/event/gs1/characters.hpp"

namespace tillpost {
namespace {

constexpr std::int64_t limit = 1'000'000'000'000'000'000;  // 10^18: one more than 18 digits can say
constexpr std::size_t longest_unit = 16;

using gs1::is_digit;

/// digits times 10^steps, nullopt if that leaves 64 bits.
std::optional<std::int64_t> shifted(std::int64_t digits, int steps) {
    if (digits == 0) return 0;
    for (; steps > 0; --steps) {
        if (__builtin_mul_overflow(digits, std::int64_t{10}, &digits)) return std::nullopt;
    }
    return digits;
}

/// Reads numbers from the front of a text.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}
    bool done() const { return rest_.empty(); }

    bool take(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::string_view take_digits() {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
        const std::string_view digits = rest_.substr(0, end - rest_.begin());
        rest_.remove_prefix(digits.size());
        return digits;
    }

    /// What follows an "e": sign and one or two digits; nullopt if it is anything else or above 18.
    std::optional<int> take_exponent() {
        const bool negative = take('-');
        if (!negative) take('+');
        const std::string_view digits = take_digits();
        if (digits.empty() || digits.size() > 2) return std::nullopt;
        int exponent = 0;
        for (const char c : digits) exponent = exponent * 10 + (c - '0');
        if (exponent > Decimal::most_scale) return std::nullopt;
        return negative ? -exponent : exponent;
    }

private:
    std::string_view rest_;
};

/// Appends digits to number; false if it would reach the limit.
bool accumulate(std::int64_t& number, std::string_view digits) {
    for (const char c : digits) {
        if (number >= limit / 10) return false;
        number = number * 10 + (c - '0');
    }
    return true;
}

}  // namespace

std::optional<Decimal> Decimal::fitting(std::int64_t digits, int scale) {
    const Decimal number(digits, scale);
    if (digits > -limit && digits < limit && scale <= most_scale) return number;
    const Decimal shorter = number.shortest();
    const bool fits = shorter.digits_ > -limit && shorter.digits_ < limit && shorter.scale_ <= most_scale;
    return fits ? std::optional(shorter) : std::nullopt;
}

Decimal Decimal::shortest() const {
    Decimal number = *this;
    while (number.scale_ > 0 && number.digits_ % 10 == 0) {
        number.digits_ /= 10;
        --number.scale_;
    }
    return number;
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
    Reader reader(text);
    const bool negative = reader.take('-');
    const std::string_view whole = reader.take_digits();
    if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return std::nullopt;
    std::string_view fraction;
    if (reader.take('.')) {
        fraction = reader.take_digits();
        if (fraction.empty() || fraction.size() > most_scale) return std::nullopt;
    }
    std::int64_t digits = 0;
    if (!accumulate(digits, whole) || !accumulate(digits, fraction)) return std::nullopt;
    if (negative) digits = -digits;
    int scale = static_cast<int>(fraction.size());
    if (reader.take('e') || reader.take('E')) {
        const std::optional<int> exponent = reader.take_exponent();
        if (!exponent) return std::nullopt;
        scale -= *exponent;
    }
    if (!reader.done()) return std::nullopt;
    if (scale >= 0) return fitting(digits, scale);
    const std::optional<std::int64_t> larger = shifted(digits, -scale);
    return larger ? fitting(*larger, 0) : std::nullopt;
}

// Without zeros at the end, the sum needs exactly the larger scale, and an operand that leaves 64 bits in it cannot
// be brought back below 10^18 by one that fits: so nullopt means that the sum itself does not fit.
std::optional<Decimal> Decimal::plus(const Decimal& other) const {
    for (const bool shorten : {false, true}) {
        const Decimal a = shorten ? shortest() : *this;
        const Decimal b = shorten ? other.shortest() : other;
        const int scale = std::max(a.scale_, b.scale_);
        const auto left = shifted(a.digits_, scale - a.scale_);
        const auto right = shifted(b.digits_, scale - b.scale_);
        std::int64_t sum = 0;
        if (left && right && !__builtin_add_overflow(*left, *right, &sum)) return fitting(sum, scale);
    }
    return std::nullopt;
}

std::optional<Decimal> Decimal::times(const Decimal& other) const {
    std::int64_t product = 0;
    if (!__builtin_mul_overflow(digits_, other.digits_, &product)) return fitting(product, scale_ + other.scale_);
    const Decimal a = shortest();
    const Decimal b = other.shortest();
    if (__builtin_mul_overflow(a.digits_, b.digits_, &product)) return std::nullopt;
    return fitting(product, a.scale_ + b.scale_);
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
    const int scale = std::max(a.scale_, b.scale_);
    const auto left = shifted(a.digits_, scale - a.scale_);
    const auto right = shifted(b.digits_, scale - b.scale_);
    if (left && right) return *left <=> *right;
    // Only one of them was shifted; having left 64 bits it is beyond the other one, to the side of its sign.
    return left ? 0 <=> b.digits_ : a.digits_ <=> 0;
}

std::string Decimal::text() const {
    std::string text = std::to_string(digits_ < 0 ? -digits_ : digits_);
    const auto scale = static_cast<std::size_t>(scale_);
    if (text.size() <= scale) text.insert(0, scale + 1 - text.size(), '0');
    if (scale > 0) text.insert(text.size() - scale, 1, '.');
    if (digits_ < 0) text.insert(0, 1, '-');
    return text;
}

bool is_currency(std::string_view text) {
    return text.size() == 3 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::optional<Money> Money::parse(std::string_view amount, std::string_view currency) {
    const std::optional<Decimal> number = Decimal::parse(amount);
    if (!number || !is_currency(currency)) return std::nullopt;
    return Money(*number, std::string(currency));
}

std::optional<Money> Money::plus(const Money& other) const {
    if (currency_ != other.currency_) return std::nullopt;
    const std::optional<Decimal> sum = amount_.plus(other.amount_);
    return sum ? std::optional(Money(*sum, currency_)) : std::nullopt;
}

std::optional<Money> Money::minus(const Money& other) const {
    return plus(Money(other.amount_.negated(), other.currency_));
}

std::optional<Quantity> Quantity::parse(std::string_view value, std::string_view unit) {
    const std::optional<Decimal> number = Decimal::parse(value);
    if (!number || unit.empty() || unit.size() > longest_unit) return std::nullopt;
    return Quantity(*number, std::string(unit));
}

std::optional<Quantity> Quantity::plus(const Quantity& other) const {
    if (unit_ != other.unit_) return std::nullopt;
    const std::optional<Decimal> sum = value_.plus(other.value_);
    return sum ? std::optional(Quantity(*sum, unit_)) : std::nullopt;
}

std::optional<Quantity> Quantity::minus(const Quantity& other) const {
    return plus(Quantity(other.value_.negated(), other.unit_));
}

}  // namespace tillpost
