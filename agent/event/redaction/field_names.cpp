// SPDX-License-Identifier: Apache-2.0
#include "agent/event/redaction/field_names.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "agent/event/identifiers.hpp"
#include "agent/event/redaction/card_finder.hpp"
#include "agent/event/redaction/card_number.hpp"
#include "agent/event/redaction/field_table.hpp"

namespace tillpost {
namespace {

static_assert(std::is_sorted(std::begin(known_fields), std::end(known_fields),
                             [](KnownField a, KnownField b) { return a.name < b.name; }));

constexpr std::size_t longest_field_name = 32;

constexpr char folded(char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) return c;
    return '\0';
}

constexpr std::size_t ends_slot(char first, char last) {
    return (static_cast<std::size_t>(first) & 63U) * 64 + (static_cast<std::size_t>(last) & 63U);
}

/// Which first and last letters the names above have: most of a sale's names are told apart by them alone.
constexpr std::array<bool, 64 * 64> known_ends = [] {
    std::array<bool, 64 * 64> made{};
    for (const KnownField& entry : known_fields) made[ends_slot(entry.name.front(), entry.name.back())] = true;
    return made;
}();

constexpr std::uint32_t empty_hash = 2166136261U;  // FNV-1a
constexpr std::uint32_t hash_with(std::uint32_t hash, char c) {
    return (hash ^ static_cast<unsigned char>(c)) * 16777619U;
}

constexpr std::size_t name_slots = 1024;
constexpr std::size_t name_slot(std::uint32_t hash) { return (hash ^ hash >> 16U) % name_slots; }

/// The known fields by the hash of their names, each as its index and one; 0 where there is none. What is looked up is
/// mostly none, and an empty slot says so at once.
constexpr std::array<std::uint16_t, name_slots> entry_of_slot = [] {
    static_assert(std::size(known_fields) < std::numeric_limits<std::uint16_t>::max());
    std::array<std::uint16_t, name_slots> made{};
    for (std::size_t i = 0; i < std::size(known_fields); ++i) {
        std::uint32_t hash = empty_hash;
        for (const char c : known_fields[i].name) hash = hash_with(hash, c);
        std::size_t slot = name_slot(hash);
        while (made[slot] != 0) slot = (slot + 1) % name_slots;
        made[slot] = static_cast<std::uint16_t>(i + 1);
    }
    return made;
}();

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [text](std::string_view each) { return text.starts_with(each); });
}

/// Characters, and how many of them stand in the longest row of digits.
struct Signs {
    std::size_t letters = 0;
    std::size_t longest_digits = 0;
    bool hex = true;
    bool base64 = true;
};

Signs signs_of(std::string_view text) {
    constexpr std::string_view base64_signs = "+/-_=.\\";  // of both alphabets, JWS, and JSON's escape of a slash
    Signs signs;
    std::size_t digits = 0;
    for (const char c : text) {
        const bool digit = c >= '0' && c <= '9';
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        digits = digit ? digits + 1 : 0;
        signs.longest_digits = std::max(signs.longest_digits, digits);
        signs.letters += letter ? 1 : 0;
        signs.hex = signs.hex && (digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
        signs.base64 = signs.base64 && (digit || letter || base64_signs.find(c) != std::string_view::npos);
    }
    return signs;
}

std::size_t count_of(std::string_view text, char wanted) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), wanted));
}

}  // namespace

Field field_of(std::string_view name) {
    if (name.empty()) return Field::plain;
    const char first = folded(name.front());
    const char last = folded(name.back());
    if (first != '\0' && last != '\0' && !known_ends[ends_slot(first, last)]) return Field::plain;
    std::array<char, longest_field_name> letters;
    std::size_t size = 0;
    std::uint32_t hash = empty_hash;
    for (const char c : name) {
        const char letter = folded(c);
        if (letter == '\0') continue;
        if (size == letters.size()) return Field::plain;
        letters[size++] = letter;
        hash = hash_with(hash, letter);
    }
    const std::string_view wanted(letters.data(), size);
    for (std::size_t slot = name_slot(hash); entry_of_slot[slot] != 0; slot = (slot + 1) % name_slots) {
        const KnownField& entry = known_fields[entry_of_slot[slot] - 1U];
        if (entry.name == wanted) return entry.field;
    }
    return Field::plain;
}

bool same_name(std::string_view a, std::string_view b) {
    const auto next = [](std::string_view& rest) {
        while (!rest.empty()) {
            const char c = rest.front();
            rest.remove_prefix(1);
            if (static_cast<unsigned char>(c) >= 0x80) return c;
            if (const char letter = folded(c); letter != '\0') return letter;
        }
        return '\0';
    };
    for (;;) {
        const char of_a = next(a);
        if (of_a != next(b)) return false;
        if (of_a == '\0') return true;
    }
}

bool is_card_digits(std::string_view value) {
    std::size_t digits = 0;
    for (const char c : value) {
        if (c >= '0' && c <= '9')
            ++digits;
        else if (!is_card_separator(c))
            return false;
    }
    return digits >= shortest_card_number && digits <= longest_card_number;
}

bool is_track(std::string_view value) {
    constexpr std::string_view all_digits = "0123456789";
    constexpr std::size_t expiry = 4;
    while (!value.empty() && std::string_view("%;Bb ").find(value.front()) != std::string_view::npos) {
        value.remove_prefix(1);
    }
    const std::size_t number = std::min(value.find_first_not_of(all_digits), value.size());
    if (number < shortest_card_number || number > longest_card_number || number == value.size()) return false;
    if (value[number] == '^') return true;
    if (std::string_view("=Dd").find(value[number]) == std::string_view::npos) return false;
    const std::string_view rest = value.substr(number + 1);
    const std::size_t data = std::min(rest.find_first_not_of(all_digits), rest.size());
    return data >= expiry && rest.find_first_not_of("FfDd=?0123456789 ", data) == std::string_view::npos;
}

bool is_fiscal_text(std::string_view value) {
    if (value.starts_with("V0;")) return count_of(value, ';') >= 11;                     // TSE: DSFinV-K, annex I
    if (value.starts_with("_R") && value.size() > 4) return count_of(value, '_') >= 12;  // RKSV: Anlage, Z 12
    const Signs signs = signs_of(value);
    if (signs.hex) return value.size() >= 32 && signs.letters * 6 >= value.size();
    constexpr std::size_t shortest_card_number_digits = 13;
    return signs.base64 && value.size() >= 24 && signs.letters * 3 >= value.size() &&
           signs.longest_digits < shortest_card_number_digits;
}

bool is_fiscal_number(std::string_view value) {
    if (value.starts_with('-')) value.remove_prefix(1);
    return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_gs1_name(Field field) { return field >= Field::gs1 && field <= Field::sscc; }

bool is_gs1_number_of(Field field, std::string_view value) {
    const auto is_gtin_of = [value](std::size_t digits) { return value.size() == digits && is_gtin(value); };
    switch (field) {
        case Field::gs1: return is_gs1_number(value);
        case Field::gtin: return is_gtin(value);
        case Field::gtin_8: return is_gtin_of(8);
        case Field::gtin_12: return is_gtin_of(12);
        case Field::gtin_13: return is_gtin_of(13);
        case Field::gtin_14: return is_gtin_of(14);
        case Field::gln: return is_gln(value);
        case Field::sscc: return is_sscc(value);
        default: return false;
    }
}

bool names_number(std::string_view name) {
    constexpr std::array names{"number", "no", "nr", "num"};
    return std::any_of(names.begin(), names.end(), [name](const char* each) { return same_name(each, name); });
}

bool is_gs1_number(std::string_view value) {
    constexpr std::size_t bracketed = 4;
    constexpr std::size_t bare = 2;
    if (is_gtin(value) || is_sscc(value)) return true;  // a GLN is 13 digits with the same check
    if (value.starts_with("(00)")) return is_sscc(value.substr(bracketed));
    if (starts_with_any(value, {"(01)", "(02)"})) return is_gtin(value.substr(bracketed));
    // Without brackets only what no card begins with: "41…" is a GLN's identifier and a Visa's prefix.
    if (value.starts_with("00")) return is_sscc(value.substr(bare));
    return starts_with_any(value, {"01", "02"}) && value.size() == bare + 14 && is_gtin(value.substr(bare));
}

}  // namespace tillpost
