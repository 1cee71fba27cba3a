// SPDX-License-Identifier: Apache-2.0
#include "agent/event/redaction/plain_text.hpp"

#include <algorithm>
#include <array>

#include "agent/event/redaction/card_number.hpp"

namespace tillpost {
namespace {

using Point = std::uint32_t;

constexpr std::size_t kept_bytes = 64 * 1024;  // what an ordinary line takes is kept for the next one
constexpr Point meaningless = 0x10ffff;
constexpr Point no_width = 0;

struct Read {
    Point point = meaningless;
    std::size_t size = 0;  ///< Bytes; 0: nothing of that kind stands there.
};

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// "u0034" behind its backslashes.
Read unicode_escape(std::string_view text) {
    if (text.size() < 5 || text[0] != 'u') return {};
    Point point = 0;
    for (const char c : text.substr(1, 4)) {
        const int value = hex_value(c);
        if (value < 0) return {};
        point = point * 16 + static_cast<Point>(value);
    }
    return {point, 5};
}

std::size_t backslashes(std::string_view text) { return std::min(text.find_first_not_of('\\'), text.size()); }

/// From one or more backslashes on.
Read escape(std::string_view text) {
    const std::size_t slashes = backslashes(text);
    const std::string_view rest = text.substr(slashes);
    if (const Read first = unicode_escape(rest); first.size > 0) {
        const std::string_view next = rest.substr(first.size);
        const std::size_t more = backslashes(next);
        const Read second = more > 0 ? unicode_escape(next.substr(more)) : Read();
        const bool pair = first.point >> 10 == 0xd800 >> 10 && second.size > 0 && second.point >> 10 == 0xdc00 >> 10;
        if (!pair) return {first.point, slashes + first.size};
        const Point point = 0x10000 + ((first.point & 0x3ff) << 10) + (second.point & 0x3ff);
        return {point, slashes + first.size + more + second.size};
    }
    if (rest.starts_with('t')) return {' ', slashes + 1};
    if (!rest.empty() && std::string_view("nrbf").find(rest[0]) != std::string_view::npos) return {'\n', slashes + 1};
    if (!rest.empty() && (rest[0] == '"' || rest[0] == '/')) return {static_cast<Point>(rest[0]), slashes + 1};
    return {'\\', slashes};
}

/// "%3D": of signs only, nothing escapes letters and digits. Not in "%2221…" where the digits are a card's own.
Read percent(std::string_view text) {
    if (text.size() < 3) return {};
    const int high = hex_value(text[1]);
    const int low = hex_value(text[2]);
    if (high < 0 || low < 0) return {};
    const auto point = static_cast<Point>(high * 16 + low);
    const bool is_sign = (point >= 0x20 && point < 0x30) || (point > 0x39 && point < 0x41) ||
                         (point > 0x5a && point < 0x60) || (point > 0x7a && point < 0x7f);
    if (!is_sign) return {};
    const std::string_view digits = text.substr(1, text.find_first_not_of("0123456789", 1) - 1);
    if (!card_brand(digits).empty()) return {};
    return {point, 3};
}

/// RFC 3629, leniently: overlong forms are no danger here.
Read utf8(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t size = first >= 0xf0 ? 4 : (first >= 0xe0 ? 3 : 2);
    if (first < 0xc2 || first > 0xf4 || text.size() < size) {
        return {first == 0xa0 ? Point{' '} : meaningless, 1};  // Latin-1's hard space
    }
    Point point = first & (0xffU >> (size + 1));
    for (const char c : text.substr(1, size - 1)) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xc0U) != 0x80U) return {meaningless, 1};
        point = point << 6 | (byte & 0x3fU);
    }
    return {point, size};
}

struct Range {
    Point first;
    Point last;
};

template <std::size_t Count>
bool in_any(Point point, const std::array<Range, Count>& ranges) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [point](Range range) { return point >= range.first && point <= range.last; });
}

constexpr std::array spaces{Range{0xa0, 0xa0},     Range{0x1680, 0x1680}, Range{0x2000, 0x200a},
                            Range{0x202f, 0x202f}, Range{0x205f, 0x205f}, Range{0x3000, 0x3000}};
constexpr std::array dashes{Range{0x2010, 0x2015}, Range{0x2212, 0x2212}, Range{0xfe58, 0xfe58}, Range{0xfe63, 0xfe63}};
constexpr std::array dots{Range{0xb7, 0xb7}, Range{0x2022, 0x2024}, Range{0x2219, 0x2219}, Range{0x22c5, 0x22c5}};
constexpr std::array widthless{Range{0xad, 0xad}, Range{0x200b, 0x200f}, Range{0x2060, 0x2064}, Range{0xfe00, 0xfe0f},
                               Range{0xfeff, 0xfeff}};
// Each begins with its zero and goes on in tens.
constexpr std::array digit_ranges{Range{0x660, 0x669},   Range{0x6f0, 0x6f9},    Range{0x7c0, 0x7c9},
                                  Range{0x966, 0x96f},   Range{0x9e6, 0x9ef},    Range{0xe50, 0xe59},
                                  Range{0xff10, 0xff19}, Range{0x1d7ce, 0x1d7ff}};

/// The one byte that stands for it, no_width if nothing does.
char plain(Point point) {
    if (point < 0x20) return point == '\t' ? ' ' : '\n';
    if (point < 0x7f) return static_cast<char>(point);
    for (const Range range : digit_ranges) {
        if (point >= range.first && point <= range.last) return static_cast<char>('0' + (point - range.first) % 10);
    }
    if (point >= 0xff01 && point <= 0xff5e) return static_cast<char>(point - 0xfee0);
    if (in_any(point, spaces)) return ' ';
    if (in_any(point, dashes)) return '-';
    if (in_any(point, dots)) return '.';
    if (in_any(point, widthless)) return no_width;
    return PlainText::other;
}

}  // namespace

void PlainText::assign(std::string_view source) {
    if (text_.capacity() > kept_bytes) forget();
    text_.clear();
    at_.clear();
    for (std::size_t at = 0; at < source.size();) {
        const Character character = read(source, at);
        add(character.point, at);
        at = character.end;
    }
    at_.push_back(static_cast<std::uint32_t>(source.size()));
}

void PlainText::forget() {
    std::fill(text_.begin(), text_.end(), '\0');
    text_ = std::string();
    at_ = std::vector<std::uint32_t>();
}

PlainText::Character PlainText::read(std::string_view source, std::size_t at) const {
    const char c = source[at];
    const std::string_view rest = source.substr(at);
    Read got{static_cast<Point>(static_cast<unsigned char>(c)), 1};
    if (c == '\\') got = escape(rest);
    if (static_cast<unsigned char>(c) >= 0x80) got = utf8(rest);
    if (c == '%') {
        if (const Read sign = percent(rest); sign.size > 0) got = sign;
    }
    if (c == '\0') {
        // A single one belongs to a UTF-16 character; several are the void between two texts.
        const bool alone = (at == 0 || source[at - 1] != '\0') && (rest.size() == 1 || rest[1] != '\0');
        got.point = alone ? 0x200b : '\n';
    }
    return {got.point, at + got.size};
}

void PlainText::add(Point point, std::size_t begin) {
    const char c = plain(point);
    if (c == no_width) return;
    text_ += c;
    at_.push_back(static_cast<std::uint32_t>(begin));
}

}  // namespace tillpost
