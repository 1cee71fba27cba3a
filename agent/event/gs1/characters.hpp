// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <string_view>

/// The character sets of GS1 General Specifications, section 7.11. Pure.
namespace tillpost::gs1 {

/// FNC1 as a reader transmits it between two elements: ASCII group separator.
constexpr char separator = '\x1d';

/// An object, so that an algorithm to which it is given has it inline.
inline constexpr auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_hex_digit(char c) { return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); }

/// Character set 82, type X: ISO/IEC 646 without # $ @ [ \ ] ^ ` { | } ~ and the space.
constexpr bool in_set_82(char c) {
    return is_digit(c) || is_upper(c) || is_lower(c) ||
           std::string_view("!\"%&'()*+,-./:;<=>?_").find(c) != std::string_view::npos;
}

/// Character set 39, type Y, of component and part identifiers.
constexpr bool in_set_39(char c) { return is_digit(c) || is_upper(c) || c == '#' || c == '-' || c == '/'; }

/// Character set 64, type Z: base64 that is safe in file names and URIs, without its padding.
constexpr bool in_set_64(char c) { return is_digit(c) || is_upper(c) || is_lower(c) || c == '-' || c == '_'; }

/// What separates words for people; no value has any.
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

constexpr bool digits_only(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

}  // namespace tillpost::gs1
