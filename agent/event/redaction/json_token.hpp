// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/event/redaction/card_finder.hpp"
#include "platform/byte_words.hpp"

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

/// How many of the next eight bytes stand before the first quote or backslash; 0 may mean "look yourself".
inline std::size_t ordinary_bytes(const char* text) {
    const std::uint64_t loaded = bytes::load(text);
    const std::uint64_t found = bytes::equal_to(loaded, '"') | bytes::equal_to(loaded, '\\');
    return found == 0 ? bytes::word : bytes::before(found);
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
        if (at + bytes::word <= text.size()) {
            const std::size_t ordinary = redaction_detail::ordinary_bytes(text.data() + at);
            at += ordinary;
            if (ordinary == bytes::word) continue;
        }
        if (text[at] == '"') break;
        const bool is_escape = text[at] == '\\';
        escaped = escaped || is_escape;
        at += is_escape && at + 1 < text.size() ? 2 : 1;
    }
    return {at, escaped};
}

namespace redaction_detail {

constexpr unsigned suspicious_digits = 12;
constexpr unsigned labelled_digits = 3;

/// The rule itself, byte by byte.
inline bool has_signs_of_digits(std::string_view content) {
    constexpr unsigned label_letters = 3;  // a time of day has fewer
    unsigned seen = 0;
    unsigned digits = 0;
    unsigned letters = 0;
    for (const char c : content) {
        const unsigned found = bits(c);
        seen |= found;
        digits += (found & digit_bit) / digit_bit;
        letters += (found & letter_bit) / letter_bit;
    }
    const bool labelled = (seen & label_bit) != 0 && digits >= labelled_digits && letters >= label_letters;
    return digits >= suspicious_digits || (seen & unclear_bit) != 0 || labelled;
}

/// Not 0 if a byte may be a label's sign or stand for a digit: then the rule itself is asked.
inline std::uint64_t signs(std::uint64_t loaded) {
    const std::uint64_t fours = loaded & ~(bytes::ones * 3);  // "<", "=", ">" and "?" alike
    return bytes::not_ascii(loaded) | bytes::equal_to(loaded, '%') | bytes::equal_to(loaded, '&') |
           bytes::equal_to(loaded, '\\') | bytes::equal_to(loaded, ':') | bytes::equal_to(fours, '<');
}

}  // namespace redaction_detail

/// Digits enough for a card number, signs that may stand for some, or a label and a few digits: worth a look.
inline bool is_suspicious(std::string_view content) {
    namespace detail = redaction_detail;
    constexpr std::size_t shortest = 7;  // "pin=123"
    if (content.size() < shortest) return false;
    std::uint64_t signs = 0;
    std::size_t digits = 0;
    std::size_t at = 0;
    for (; at + bytes::word <= content.size(); at += bytes::word) {
        const std::uint64_t loaded = bytes::load(content.data() + at);
        signs |= detail::signs(loaded);
        digits += bytes::count(bytes::digits(loaded));
    }
    for (; at < content.size(); ++at) {
        const unsigned found = detail::bits(content[at]);
        signs |= found & (detail::unclear_bit | detail::label_bit);
        digits += (found & detail::digit_bit) / detail::digit_bit;
    }
    if (signs != 0) return detail::has_signs_of_digits(content);
    return digits >= detail::suspicious_digits || (digits >= detail::labelled_digits && has_bare_code(content));
}

/// A JSON string's content without its escapes; what is no such content comes back as it is.
std::string decoded_string(std::string_view content);
/// true, false, null
bool is_json_word(std::string_view atom);
/// Of a number's characters alone.
bool is_json_number(std::string_view atom);
inline bool is_json_atom(std::string_view atom) { return is_json_number(atom) || is_json_word(atom); }

}  // namespace tillpost
