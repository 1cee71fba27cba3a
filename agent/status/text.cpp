// SPDX-License-Identifier: Apache-2.0
#include "agent/status/text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "platform/time_text.hpp"

namespace tillpost {
namespace {

template <class... Values>
std::string formatted(const char* format, Values... values) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), format, values...);
    return text.data();
}

/// A character of a text, and how many bytes it takes there.
struct Character {
    std::uint32_t code = 0;
    std::size_t length = 0;  ///< 0: no UTF-8
};

/// How many bytes a character with this first byte has, 0 if none begins so.
std::size_t length_after(unsigned char first) {
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return 2;
    if (first >= 0xe0 && first <= 0xef) return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
Character first_character(std::string_view text) {
    constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t length = length_after(first);
    if (length == 1) return {first, 1};
    if (length == 0 || length > text.size()) return {};
    std::uint32_t code = first & (0x7fU >> length);
    for (const char c : text.substr(1, length - 1)) {
        const auto next = static_cast<unsigned char>(c);
        if ((next & 0xc0U) != 0x80U) return {};
        code = code << 6 | (next & 0x3fU);
    }
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < least[length] || surrogate || code > 0x10ffff ? Character{} : Character{code, length};
}

/// Controls (C0, DEL, C1), zero-width and direction marks, line separators, byte order mark, tags.
bool is_harmful(std::uint32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xe0000 && code <= 0xe0fff);
}

std::string escaped(std::uint32_t code) {
    if (code == '\n') return "\\n";
    if (code == '\r') return "\\r";
    if (code == '\t') return "\\t";
    return code < 0x80 ? formatted("\\x%02x", code) : formatted("\\u{%x}", code);
}

std::string with_unit(std::int64_t number, const char* unit) { return std::to_string(number) + " " + unit; }

std::string two_units(std::int64_t large, const char* large_unit, std::int64_t small, const char* small_unit) {
    return with_unit(large, large_unit) + (small == 0 ? "" : " " + with_unit(small, small_unit));
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const Character next = first_character(text);
        if (next.length == 0) {
            out += formatted("\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(text[0])));
            text.remove_prefix(1);
            continue;
        }
        if (is_harmful(next.code)) {
            out += escaped(next.code);
        } else {
            out += text.substr(0, next.length);
        }
        text.remove_prefix(next.length);
    }
    return out;
}

std::string padded(std::string_view text, std::size_t width, std::size_t gap) {
    std::string column(text);
    column.resize(std::max(text.size() + gap, width), ' ');
    return column;
}

std::string thousands(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, ",");
    }
    return text;
}

std::string byte_size(std::int64_t bytes) {
    if (bytes < 1000) return with_unit(bytes, bytes == 1 ? "byte" : "bytes");
    const std::array<const char*, 4> units{"kB", "MB", "GB", "TB"};
    double size = static_cast<double>(bytes) / 1000;
    std::size_t unit = 0;
    while (size >= 999.95 && unit + 1 < units.size()) {
        size /= 1000;
        ++unit;
    }
    return formatted("%.1f %s", size, units[unit]);
}

std::string duration(std::chrono::seconds time) {
    const std::int64_t s = time.count();
    if (s < 60) return with_unit(s, "s");
    if (s < 3600) return two_units(s / 60, "min", s % 60, "s");
    if (s < 86400) return two_units(s / 3600, "h", s % 3600 / 60, "min");
    return two_units(s / 86400, s < 2 * 86400 ? "day" : "days", s % 86400 / 3600, "h");
}

std::string time_between(std::string_view from, std::string_view to) {
    const auto begin = parse_time(from);
    const auto end = parse_time(to);
    if (!begin || !end || *end < *begin) return "";
    return duration(*end - *begin);
}

std::string counted(std::uint64_t number, const char* one, const char* many) {
    return thousands(number) + " " + (number == 1 ? one : many);
}

std::string milliseconds(double ms) { return formatted("%.1f ms", ms); }

}  // namespace tillpost
