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

/// The escape of one byte: "%3D"; `again` that of an escape, "%253D". Nothing of it is looked at but its form.
Read percent_byte(std::string_view text, bool again) {
    std::size_t at = 1;
    while (again && text.substr(at).starts_with("25") && text.size() >= at + 4) at += 2;
    if (!text.starts_with('%') || text.size() < at + 2) return {};
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return {};
    return {static_cast<Point>(high * 16 + low), at + 2};
}

/// Of signs and digits; nothing escapes letters. Not in "%2221…" where the digits are a card's own, and a digit only
/// beside another escape: "10 %3782…" is a percentage.
bool is_percent_escape(Read read, std::string_view text, bool behind_escape) {
    if (read.size == 0) return false;
    const Point point = read.point;
    if (point >= '0' && point <= '9') {
        const std::string_view next = text.substr(read.size);
        return behind_escape || (next.starts_with('%') && percent_byte(next, false).size > 0);
    }
    const bool is_sign = (point >= 0x20 && point < 0x30) || (point > 0x39 && point < 0x41) ||
                         (point > 0x5a && point < 0x60) || (point > 0x7a && point < 0x7f);
    const std::size_t code = read.size - 2;
    return is_sign && card_brand(text.substr(code, text.find_first_not_of("0123456789", code) - code)).empty();
}

Read percent(std::string_view text, bool behind_escape) {
    for (const bool again : {true, false}) {
        const Read read = percent_byte(text, again);
        if (is_percent_escape(read, text, behind_escape)) return read;
    }
    return {};
}

struct Named {
    std::string_view name;
    Point point;
};
// What separates digits, and what stands around a label and its value.
constexpr std::array named_references{
    Named{"nbsp;", 0xa0},    Named{"quot;", '"'},      Named{"apos;", '\''},     Named{"lt;", '<'},
    Named{"gt;", '>'},       Named{"amp;", '&'},       Named{"shy;", 0xad},      Named{"zwnj;", 0x200c},
    Named{"zwj;", 0x200d},   Named{"lrm;", 0x200e},    Named{"rlm;", 0x200f},    Named{"NoBreak;", 0x2060},
    Named{"ensp;", 0x2002},  Named{"emsp;", 0x2003},   Named{"thinsp;", 0x2009}, Named{"hairsp;", 0x200a},
    Named{"numsp;", 0x2007}, Named{"puncsp;", 0x2008}, Named{"ndash;", 0x2013},  Named{"mdash;", 0x2014},
    Named{"minus;", 0x2212}, Named{"hyphen;", 0x2010}, Named{"dash;", 0x2010},   Named{"horbar;", 0x2015},
    Named{"middot;", 0xb7},  Named{"bull;", 0x2022},   Named{"sdot;", 0x22c5},   Named{"ZeroWidthSpace;", 0x200b},
    Named{"Tab;", '\t'},     Named{"period;", '.'},    Named{"plus;", '+'},      Named{"colon;", ':'},
    Named{"equals;", '='},   Named{"nbsp", 0xa0},      Named{"shy", 0xad}};  // HTML reads the last two so, too

/// "&#52;", "&#x34;", "&nbsp;" (HTML), also with its "&" written as "&amp;".
Read reference(std::string_view text) {
    constexpr std::size_t most_digits = 7;
    std::size_t at = 1;
    while (text.substr(at).starts_with("amp;")) at += 4;
    const std::string_view rest = text.substr(at);
    for (const Named& each : named_references) {
        if (rest.starts_with(each.name)) return {each.point, at + each.name.size()};
    }
    if (!rest.starts_with('#')) return at > 1 ? Read{'&', at} : Read();
    const bool hex = rest.size() > 1 && (rest[1] == 'x' || rest[1] == 'X');
    const std::size_t first = hex ? 2 : 1;
    std::size_t last = first;
    Point point = 0;
    for (; last < rest.size() && last - first <= most_digits; ++last) {
        const int value = hex_value(rest[last]);
        if (value < 0 || (!hex && value > 9)) break;
        point = point * (hex ? 16 : 10) + static_cast<Point>(value);
    }
    if (last == first || last - first > most_digits || point > meaningless) return {};
    if (last < rest.size() && rest[last] == ';') ++last;
    return {point, at + last};
}

/// Of a byte that is no UTF-8: what may stand between the digits of a number in Windows-1252, ISO 8859-1 or code page
/// 850, which older tills write.
Point by_code_page(unsigned char byte) {
    switch (byte) {
        case 0xa0:
        case 0xff: return ' ';  // hard spaces
        case 0x96:
        case 0x97: return '-';  // dashes
        case 0xad:
        case 0xf0: return 0xad;  // soft hyphens
        case 0x95:
        case 0xb7:
        case 0xf9:
        case 0xfa: return 0xb7;  // dots in the middle
        default: return meaningless;
    }
}

/// RFC 3629, leniently: overlong forms are no danger here.
Read utf8(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t size = first >= 0xf0 ? 4 : (first >= 0xe0 ? 3 : 2);
    if (first < 0xc2 || first > 0xf4 || text.size() < size) return {by_code_page(first), 1};
    Point point = first & (0xffU >> (size + 1));
    for (const char c : text.substr(1, size - 1)) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xc0U) != 0x80U) return {by_code_page(first), 1};
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
// With what is written above, below or around the character before it: accents, the box of a key.
constexpr std::array widthless{Range{0xad, 0xad},     Range{0x300, 0x36f},   Range{0x20d0, 0x20f0},
                               Range{0x200b, 0x200f}, Range{0x2060, 0x2064}, Range{0xfe00, 0xfe0f},
                               Range{0xfeff, 0xfeff}};
// Decimal digits (Nd) of Unicode 14.0.0. Each range begins with its zero and goes on in tens.
constexpr std::array digit_ranges{
    Range{0x660, 0x669},     Range{0x6f0, 0x6f9},     Range{0x7c0, 0x7c9},     Range{0x966, 0x96f},
    Range{0x9e6, 0x9ef},     Range{0xa66, 0xa6f},     Range{0xae6, 0xaef},     Range{0xb66, 0xb6f},
    Range{0xbe6, 0xbef},     Range{0xc66, 0xc6f},     Range{0xce6, 0xcef},     Range{0xd66, 0xd6f},
    Range{0xde6, 0xdef},     Range{0xe50, 0xe59},     Range{0xed0, 0xed9},     Range{0xf20, 0xf29},
    Range{0x1040, 0x1049},   Range{0x1090, 0x1099},   Range{0x17e0, 0x17e9},   Range{0x1810, 0x1819},
    Range{0x1946, 0x194f},   Range{0x19d0, 0x19d9},   Range{0x1a80, 0x1a89},   Range{0x1a90, 0x1a99},
    Range{0x1b50, 0x1b59},   Range{0x1bb0, 0x1bb9},   Range{0x1c40, 0x1c49},   Range{0x1c50, 0x1c59},
    Range{0xa620, 0xa629},   Range{0xa8d0, 0xa8d9},   Range{0xa900, 0xa909},   Range{0xa9d0, 0xa9d9},
    Range{0xa9f0, 0xa9f9},   Range{0xaa50, 0xaa59},   Range{0xabf0, 0xabf9},   Range{0xff10, 0xff19},
    Range{0x104a0, 0x104a9}, Range{0x10d30, 0x10d39}, Range{0x11066, 0x1106f}, Range{0x110f0, 0x110f9},
    Range{0x11136, 0x1113f}, Range{0x111d0, 0x111d9}, Range{0x112f0, 0x112f9}, Range{0x11450, 0x11459},
    Range{0x114d0, 0x114d9}, Range{0x11650, 0x11659}, Range{0x116c0, 0x116c9}, Range{0x11730, 0x11739},
    Range{0x118e0, 0x118e9}, Range{0x11950, 0x11959}, Range{0x11c50, 0x11c59}, Range{0x11d50, 0x11d59},
    Range{0x11da0, 0x11da9}, Range{0x16a60, 0x16a69}, Range{0x16ac0, 0x16ac9}, Range{0x16b50, 0x16b59},
    Range{0x1d7ce, 0x1d7ff}, Range{0x1e140, 0x1e149}, Range{0x1e2f0, 0x1e2f9}, Range{0x1e950, 0x1e959},
    Range{0x1fbf0, 0x1fbf9}};

/// Of a superscript or subscript digit its value as ASCII, '\0' of any other character.
char raised(Point point) {
    if (point == 0xb9) return '1';
    if (point == 0xb2 || point == 0xb3) return static_cast<char>('2' + (point - 0xb2));
    if (point == 0x2070 || (point >= 0x2074 && point <= 0x2079)) return static_cast<char>('0' + (point - 0x2070));
    if (point >= 0x2080 && point <= 0x2089) return static_cast<char>('0' + (point - 0x2080));
    return '\0';
}

/// The one byte that stands for it, no_width if nothing does.
char plain(Point point) {
    if (point == '\t' || point == '\v') return ' ';
    if (point < 0x20) return point < PlainText::parting ? '\n' : PlainText::parting;
    if (point < 0x7f) return static_cast<char>(point);
    for (const Range range : digit_ranges) {
        if (point >= range.first && point <= range.last) return static_cast<char>('0' + (point - range.first) % 10);
    }
    if (point == 0x24ea) return '0';  // in circles
    if (point >= 0x2460 && point <= 0x2468) return static_cast<char>('1' + (point - 0x2460));
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
    raised_ = false;
    behind_escape_ = false;
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

PlainText::Character PlainText::read(std::string_view source, std::size_t at) {
    const char c = source[at];
    const std::string_view rest = source.substr(at);
    Read got{static_cast<Point>(static_cast<unsigned char>(c)), 1};
    if (c == '\\') got = escape(rest);
    if (c == '\\' && got.point == 0) got.point = 0x200b;  // UTF-16 again
    if (static_cast<unsigned char>(c) >= 0x80) got = utf8(rest);
    if (c == '%') {
        const Read sign = percent(rest, behind_escape_);
        behind_escape_ = sign.size > 0;
        if (behind_escape_) got = sign;
    } else {
        behind_escape_ = false;
    }
    if (c == '&') {
        if (const Read sign = reference(rest); sign.size > 0) got = sign;
    }
    if (c == '\0') {
        // A single one belongs to a UTF-16 character; several are the void between two texts.
        const bool alone = (at == 0 || source[at - 1] != '\0') && (rest.size() == 1 || rest[1] != '\0');
        got.point = alone ? 0x200b : '\n';
    }
    return {got.point, at + got.size};
}

void PlainText::add(Point point, std::size_t begin) {
    const char digit = raised(point);
    const char c = digit == '\0' ? plain(point) : raised_digit(digit);
    if (c == no_width) return;
    raised_ = digit != '\0';
    text_ += c;
    at_.push_back(static_cast<std::uint32_t>(begin));
}

/// Behind ordinary digits it is a footnote's mark or an exponent, no digit of theirs.
char PlainText::raised_digit(char digit) const {
    if (text_.empty()) return digit;
    const char last = text_.back();
    const bool is_mark = raised_ ? last == other : last >= '0' && last <= '9';
    return is_mark ? other : digit;
}

}  // namespace tillpost
