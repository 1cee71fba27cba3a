// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// The GS1 Application Identifiers (AI): what may stand behind each, and with which others it goes. Pure tables.
///
/// Sources: GS1 General Specifications, section 3 (formats, titles), figure 7.8.4-2 (predefined lengths), section 4.13
/// (AIs that need or exclude others); GS1 Digital Link URI Syntax (primary keys and qualifiers).
namespace tillpost::gs1 {

enum class Charset : std::uint8_t { digits, set_82, set_39, set_64 };

/// What the characters of a component must be, beyond their set and number.
enum class Rule : std::uint8_t {
    none,
    check_digit,       ///< The last digit is the modulo 10 check digit of those before it.
    check_pair,        ///< The last two characters are the check characters of those before them.
    company_prefix,    ///< Begins with a GS1 Company Prefix, so with four digits at least.
    date,              ///< YYMMDD
    date_day_zero,     ///< YYMMDD, day 00 allowed: the last one of the month.
    long_date,         ///< YYYYMMDD
    hour,              ///< 00 to 23
    minute_or_second,  ///< 00 to 59
    hour_minute,       ///< 0000 to 2359
    currency,          ///< ISO 4217, three digits
    country,           ///< ISO 3166-1, three digits
    country_or_999,    ///< The same, or 999 for several
    country_letters,   ///< ISO 3166-1, two letters
    percent_encoded,   ///< % only before two hexadecimal digits
    latitude,          ///< 0 to 1800000000
    longitude,         ///< 0 to 3600000000
    yes_no,            ///< 0 or 1
    minus_sign,        ///< -
    importer_index,    ///< A character of set 64
    package_type,      ///< UN/ECE recommendation 21 and GS1's own
    media_type,        ///< 01 to 10, 80 to 99
    sex,               ///< ISO/IEC 5218: 0, 1, 2, 9
    birth_sequence,    ///< "1/3"
    not_zero,
    zero,
    no_leading_zero,  ///< Unless it is 0 alone
    winding,          ///< 0, 1, 9
    piece_of_total,   ///< PPTT, 0 < PP <= TT
    iban,             ///< ISO 13616
    some_non_digit,
    coupon,        ///< North American coupon code, AI 8110
    offer_coupon,  ///< North American positive offer file coupon code, AI 8112
};

struct Component {
    Charset charset = Charset::digits;
    std::uint8_t least = 0;  ///< Characters
    std::uint8_t most = 0;
    bool optional = false;
    std::array<Rule, 3> rules{};
};

/// One AI, or several with the same rules that differ in their last digit (3100 to 3105).
struct Definition {
    std::string_view first;
    std::string_view last;
    std::string_view title;  ///< The standard's data title: "BATCH/LOT"
    std::array<Component, 5> components{};
    std::uint8_t component_count = 0;
    bool predefined_length = false;  ///< No separator is needed behind it.
    bool link_attribute = true;      ///< May be a query parameter of a Digital Link URI.
    std::uint8_t amount = 0;         ///< 1 + index of the component whose decimals the last digit of the AI counts.
    std::string_view needs;          ///< Alternatives by comma, "+" within one: "01+21,8006"; "n" is any digit.
    std::string_view excludes;       ///< By comma
    std::string_view unit;           ///< UN/ECE recommendation 20 code of its amount: "KGM"
    std::optional<std::string_view> qualifiers{};  ///< Digital Link primary key: "22,10,21|235" in this order, "" none.

    constexpr std::span<const Component> parts() const { return {components.data(), component_count}; }
    std::size_t shortest() const;
    std::size_t longest() const;
};

/// All of them, ordered by AI.
std::span<const Definition> definitions();

/// The definition of an AI such as "3103"; nullptr if there is none.
const Definition* find_definition(std::string_view ai);

/// How many digits the AIs that begin with these two digits have: 2, 3 or 4; 0 if there is none.
std::size_t ai_length(std::string_view two_digits);

/// Characters of an element (AI and value) whose AI begins with these two digits, if that is predefined; 0 if not.
/// Holds for AIs that are not assigned, too.
std::size_t predefined_length(std::string_view two_digits);

/// Whether the AI is named in a list by comma, where "n" stands for any digit: "31nn".
bool matches_any(std::string_view ai, std::string_view list);
bool matches(std::string_view ai, std::string_view pattern);

}  // namespace tillpost::gs1
