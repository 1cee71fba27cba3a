// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
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
        if (c == '=' || c == '>' || c == '&') table[i] = label_bit;
        if (i >= 0x80 || c == '%') table[i] = unclear_bit;
        if (c == '\\') table[i] = unclear_bit;
    }
    return table;
}

constexpr std::array<std::uint8_t, 256> table = make_table();

constexpr std::size_t word = 8;

/// A bit in the top of the first byte that is c, none if there is none; bytes behind it may have one, too.
inline std::uint64_t first_equal(std::uint64_t bytes, char c) {
    constexpr std::uint64_t ones = 0x0101010101010101U;
    const std::uint64_t difference = bytes ^ (ones * static_cast<unsigned char>(c));
    return (difference - ones) & ~difference & (ones << 7);
}

/// How many of the next eight bytes stand before the first quote or backslash; 0 may mean "look yourself".
inline std::size_t ordinary_bytes(const char* text) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text, word);
    const std::uint64_t found = first_equal(bytes, '"') | first_equal(bytes, '\\');
    if (found == 0) return word;
    if constexpr (std::endian::native != std::endian::little) return 0;
    return static_cast<std::size_t>(std::countr_zero(found)) / 8;
}

inline std::uint8_t bits(char c) { return table[static_cast<unsigned char>(c)]; }

}  // namespace redaction_detail

inline ByteClass byte_class(char c) {
    return static_cast<ByteClass>(redaction_detail::bits(c) & redaction_detail::class_bits);
}

inline bool ends_atom(char c) { return byte_class(c) != ByteClass::other; }

struct StringScan {
    std::size_t end;  ///< Where the closing quote is, or the text's end.
    bool escaped;     ///< There are backslashes in it.
};

/// From behind the opening quote on. Eight bytes at a time: the most of a line are strings.
inline StringScan scan_string(std::string_view text, std::size_t from) {
    bool escaped = false;
    std::size_t at = from;
    while (at < text.size()) {
        if (at + redaction_detail::word <= text.size()) {
            const std::size_t ordinary = redaction_detail::ordinary_bytes(text.data() + at);
            at += ordinary;
            if (ordinary == redaction_detail::word) continue;
        }
        if (text[at] == '"') break;
        const bool is_escape = text[at] == '\\';
        escaped = escaped || is_escape;
        at += is_escape && at + 1 < text.size() ? 2 : 1;
    }
    return {at, escaped};
}

/// Digits enough for a card number, signs that may stand for some, or a label and a few digits: worth a look.
inline bool is_suspicious(std::string_view content) {
    namespace detail = redaction_detail;
    constexpr std::size_t shortest = 7;  // "pin=123"
    constexpr unsigned suspicious_digits = 12;
    constexpr unsigned labelled_digits = 3;
    constexpr unsigned label_letters = 3;  // a time of day has fewer
    if (content.size() < shortest) return false;
    unsigned seen = 0;
    unsigned digits = 0;
    unsigned letters = 0;
    for (const char c : content) {
        const unsigned bits = detail::bits(c);
        seen |= bits;
        digits += (bits & detail::digit_bit) / detail::digit_bit;
        letters += (bits & detail::letter_bit) / detail::letter_bit;
    }
    const bool labelled = (seen & detail::label_bit) != 0 && digits >= labelled_digits && letters >= label_letters;
    return digits >= suspicious_digits || (seen & detail::unclear_bit) != 0 || labelled;
}

/// A JSON string's content without its escapes; what is no such content comes back as it is.
std::string decoded_string(std::string_view content);
/// true, false, null
bool is_json_word(std::string_view atom);
/// Of a number's characters alone.
bool is_json_number(std::string_view atom);
inline bool is_json_atom(std::string_view atom) { return is_json_number(atom) || is_json_word(atom); }

}  // namespace tillpost
