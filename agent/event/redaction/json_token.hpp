// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// The tokens of JSON, leniently: of what may be no JSON at all. Pure.
namespace tillpost {

enum class ByteClass : std::uint8_t { other, quote, space, structure };

namespace redaction_detail {

constexpr std::uint8_t class_bits = 3;
constexpr std::uint8_t digit_bit = 4;
constexpr std::uint8_t label_bit = 8;     // what stands between a label and its value
constexpr std::uint8_t unclear_bit = 16;  // may stand for a digit
constexpr std::uint8_t backslash_bit = 32;
constexpr std::uint8_t letter_bit = 64;

constexpr std::array<std::uint8_t, 256> make_table() {
    std::array<std::uint8_t, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
        const char c = static_cast<char>(i);
        if (c == '"') table[i] = static_cast<std::uint8_t>(ByteClass::quote);
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') table[i] = static_cast<std::uint8_t>(ByteClass::space);
        if (c == '{' || c == '}' || c == '[' || c == ']' || c == ',') {
            table[i] = static_cast<std::uint8_t>(ByteClass::structure);
        }
        if (c == ':') table[i] = static_cast<std::uint8_t>(ByteClass::structure) | label_bit;
        if (c >= '0' && c <= '9') table[i] = digit_bit;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) table[i] = letter_bit;
        if (c == '=' || c == '>') table[i] = label_bit;
        if (i >= 0x80 || c == '%') table[i] = unclear_bit;
        if (c == '\\') table[i] = unclear_bit | backslash_bit;
    }
    return table;
}

constexpr std::array<std::uint8_t, 256> table = make_table();

inline std::uint8_t bits(char c) { return table[static_cast<unsigned char>(c)]; }

}  // namespace redaction_detail

inline ByteClass byte_class(char c) {
    return static_cast<ByteClass>(redaction_detail::bits(c) & redaction_detail::class_bits);
}

inline bool ends_atom(char c) { return byte_class(c) != ByteClass::other; }

struct StringScan {
    std::size_t end;  ///< Where the closing quote is, or the text's end.
    bool suspicious;  ///< Digits enough for a card number, signs that may stand for some, or a label and a few digits.
};

/// From behind the opening quote on.
inline StringScan scan_string(std::string_view text, std::size_t from) {
    namespace detail = redaction_detail;
    constexpr unsigned suspicious_digits = 12;
    constexpr unsigned labelled_digits = 3;
    constexpr unsigned label_letters = 3;  // a time of day has fewer
    unsigned seen = 0;
    unsigned digits = 0;
    unsigned letters = 0;
    std::size_t at = from;
    for (; at < text.size() && text[at] != '"'; ++at) {
        const unsigned bits = detail::table[static_cast<unsigned char>(text[at])];
        seen |= bits;
        digits += (bits & detail::digit_bit) / detail::digit_bit;
        letters += (bits & detail::letter_bit) / detail::letter_bit;
        if ((bits & detail::backslash_bit) != 0 && at + 1 < text.size()) ++at;
    }
    const bool labelled = (seen & detail::label_bit) != 0 && digits >= labelled_digits && letters >= label_letters;
    return {at, digits >= suspicious_digits || (seen & detail::unclear_bit) != 0 || labelled};
}

/// A JSON string's content without its escapes; what is no such content comes back as it is.
std::string decoded_string(std::string_view content);
/// true, false, null
bool is_json_word(std::string_view atom);
/// Of a number's characters alone.
bool is_json_number(std::string_view atom);
inline bool is_json_atom(std::string_view atom) { return is_json_number(atom) || is_json_word(atom); }

}  // namespace tillpost
