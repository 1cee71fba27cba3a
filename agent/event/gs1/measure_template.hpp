// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/decimal.hpp"
#include "platform/error.hpp"

/// In-store numbers that hold a price, weight or count: what a shop's scales print as EAN-13 or UPC-A. Each country and
/// chain builds them in its own way (GS1 General Specifications, section 2.1.11), so a template says how. Pure.
namespace tillpost::gs1 {

/// What one number says.
struct Measure {
    enum class Kind : std::uint8_t { price, weight, count };
    Kind kind = Kind::price;
    std::string item;      ///< The item's digits, "00123".
    Decimal value;         ///< With the template's decimals.
    std::string unit;      ///< Price: currency, "EUR". Else UN/ECE recommendation 20: "KGM", "EA".
    bool check_ok = true;  ///< The check digit of the value is right, or the template has none.
};

/// How one kind of in-store number is built, as text: "22IIIIIKPP.PPC EUR".
///
/// One sign a digit, 13 for EAN-13 or 12 for UPC-A: digits at the beginning are the prefix (02, 04, 20 to 29; UPC-A: 2,
/// 4), I the item, P a price, W a weight or N a count (one of the three, with a point where the decimals begin), K the
/// check digit of a price or weight of four or five digits, X a digit of no interest, C at the end the number's own
/// check digit. Behind a blank: the currency of a price, the unit of a weight; a count may have one, too ("EA" if not).
class MeasureTemplate {
public:
    /// Errc::invalid with what is wrong and what is wanted.
    static Result<MeasureTemplate> parse(std::string_view text);

    /// Whether a number of 13 digits begins as this template says.
    bool takes(std::string_view thirteen_digits) const { return thirteen_digits.starts_with(prefix_); }
    /// `thirteen_digits`: with the right check digit, and taken by this template.
    Measure read(std::string_view thirteen_digits) const;

    const std::string& prefix() const { return prefix_; }
    const std::string& text() const { return text_; }

private:
    MeasureTemplate() = default;
    std::string digits_of(char sign, std::string_view number) const;

    std::string text_;
    std::string signs_;   ///< 13, without the point
    std::string prefix_;  ///< Of 13 digits: UPC-A has a zero before it.
    Measure::Kind kind_ = Measure::Kind::price;
    char sign_ = 'P';
    std::size_t decimals_ = 0;
    std::string unit_;
};

/// All of them; Errc::invalid also for two with the same prefix.
Result<std::vector<MeasureTemplate>> parse_templates(std::span<const std::string> texts);

/// What a number of 12 or 13 digits with the right check digit says by the template with the longest prefix; nullopt if
/// none takes it.
std::optional<Measure> measure_of(std::string_view number, std::span<const MeasureTemplate> templates);

/// "price", "weight", "count"
std::string_view name_of(Measure::Kind kind);

}  // namespace tillpost::gs1
