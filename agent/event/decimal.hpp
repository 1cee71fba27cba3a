// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tillpost {

/// An exact decimal number of at most 18 significant digits, at most 18 of them behind the point. Pure values.
///
/// Arithmetic is exact: a result that does not fit is nullopt, never a rounded or wrapped one. 1.990 and 1.99 are
/// equal; who needs the text as it was written keeps the text.
class Decimal {
public:
    Decimal() = default;
    constexpr explicit Decimal(std::int32_t whole) : digits_(whole) {}

    /// The grammar of JSON numbers ("1.990", "-0.5", "12", "1e2"; no "+1", ".5", "1.", "007"); exponents from -18
    /// to 18. nullopt if the text is not such a number or does not fit.
    static std::optional<Decimal> parse(std::string_view text);

    std::optional<Decimal> plus(const Decimal& other) const;
    std::optional<Decimal> minus(const Decimal& other) const { return plus(other.negated()); }
    std::optional<Decimal> times(const Decimal& other) const;
    Decimal negated() const { return {-digits_, scale_}; }

    bool is_negative() const { return digits_ < 0; }
    bool is_zero() const { return digits_ == 0; }
    /// One of its last digit, as it was written: 0.01 of 1.90.
    Decimal step() const { return {1, scale_}; }
    /// The same value without zeros at the end of the fraction.
    Decimal shortest() const;
    /// Plain notation: "-0.50". Zeros at the end of a fraction stay while 18 digits can say them.
    std::string text() const;

    friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
    friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == std::strong_ordering::equal; }

    static constexpr int most_digits = 18;
    static constexpr int most_scale = 18;

private:
    constexpr Decimal(std::int64_t digits, int scale) : digits_(digits), scale_(scale) {}
    static std::optional<Decimal> fitting(std::int64_t digits, int scale);

    std::int64_t digits_ = 0;  ///< Value times 10^scale_; always below 10^18 in magnitude.
    int scale_ = 0;            ///< 0 … most_scale
};

/// An amount with its currency (ISO 4217, three capital letters).
class Money {
public:
    static std::optional<Money> parse(std::string_view amount, std::string_view currency);

    /// nullopt if the currencies differ or the sum does not fit.
    std::optional<Money> plus(const Money& other) const;
    std::optional<Money> minus(const Money& other) const;
    const Decimal& amount() const { return amount_; }
    const std::string& currency() const { return currency_; }
    friend bool operator==(const Money&, const Money&) = default;

private:
    Money(Decimal amount, std::string currency) : amount_(amount), currency_(std::move(currency)) {}
    Decimal amount_;
    std::string currency_;
};

/// A number of units: "EA", "KGM" (UN/ECE recommendation 20), or what the feed calls them; 1 to 16 bytes.
class Quantity {
public:
    static std::optional<Quantity> parse(std::string_view value, std::string_view unit);

    /// nullopt if the units differ (nothing is converted) or the sum does not fit.
    std::optional<Quantity> plus(const Quantity& other) const;
    std::optional<Quantity> minus(const Quantity& other) const;
    const Decimal& value() const { return value_; }
    const std::string& unit() const { return unit_; }
    friend bool operator==(const Quantity&, const Quantity&) = default;

private:
    Quantity(Decimal value, std::string unit) : value_(value), unit_(std::move(unit)) {}
    Decimal value_;
    std::string unit_;
};

/// Three capital letters. Which of them are assigned changes, so that is not checked here.
bool is_currency(std::string_view text);

}  // namespace tillpost
