// SPDX-License-Identifier: Apache-2.0
#include "agent/event/redaction/field_names.hpp"

#include <algorithm>
#include <array>

#include "agent/event/identifiers.hpp"

namespace tillpost {
namespace {

struct Entry {
    std::string_view name;  ///< Small letters and digits only.
    Field field;
};

// ISO 8583 fields as de…/bmp…, EMV tags as two or four hex digits, nexo's and POSLog's words, and what POS software
// makes of them. Sorted by name.
constexpr std::array entries{
    Entry{"5a", Field::card_number},
    Entry{"articlenumber", Field::gs1},
    Entry{"barcode", Field::gs1},
    Entry{"barcodes", Field::gs1},
    Entry{"bmp22", Field::card_number},
    Entry{"cardnbr", Field::card_number},
    Entry{"cardno", Field::card_number},
    Entry{"cardnr", Field::card_number},
    Entry{"cardnum", Field::card_number},
    Entry{"cardnumber", Field::card_number},
    Entry{"cardpan", Field::card_number},
    Entry{"cardsecuritycode", Field::secret},
    Entry{"cardtrack", Field::secret},
    Entry{"cardverificationcode", Field::secret},
    Entry{"cardverificationvalue", Field::secret},
    Entry{"cav2", Field::secret},
    Entry{"ccno", Field::card_number},
    Entry{"ccnum", Field::card_number},
    Entry{"ccnumber", Field::card_number},
    Entry{"code", Field::gs1},
    Entry{"comment", Field::free_text},
    Entry{"comments", Field::free_text},
    Entry{"creditcard", Field::card_number},
    Entry{"creditcardno", Field::card_number},
    Entry{"creditcardnumber", Field::card_number},
    Entry{"csc", Field::secret},
    Entry{"cvc", Field::secret},
    Entry{"cvc2", Field::secret},
    Entry{"cvn", Field::secret},
    Entry{"cvv", Field::secret},
    Entry{"cvv2", Field::secret},
    Entry{"de2", Field::card_number},
    Entry{"de35", Field::secret},
    Entry{"de36", Field::secret},
    Entry{"de45", Field::secret},
    Entry{"de52", Field::secret},
    Entry{"de55", Field::secret_text},
    Entry{"ean", Field::gs1},
    Entry{"ean13", Field::gs1},
    Entry{"eans", Field::gs1},
    Entry{"emv", Field::secret_text},
    Entry{"emvdata", Field::secret_text},
    Entry{"encryptedpin", Field::secret},
    Entry{"freetext", Field::free_text},
    Entry{"gln", Field::gs1},
    Entry{"gtin", Field::gs1},
    Entry{"gtins", Field::gs1},
    Entry{"icc", Field::secret_text},
    Entry{"iccdata", Field::secret_text},
    Entry{"item", Field::gs1},
    Entry{"itemid", Field::gs1},
    Entry{"kartennr", Field::card_number},
    Entry{"kartennummer", Field::card_number},
    Entry{"location", Field::gs1},
    Entry{"magneticstripe", Field::secret},
    Entry{"magstripe", Field::secret},
    Entry{"magstripedata", Field::secret},
    Entry{"maskedpan", Field::card_number},
    Entry{"memo", Field::free_text},
    Entry{"message", Field::free_text},
    Entry{"msr", Field::secret_text},
    Entry{"msrdata", Field::secret_text},
    Entry{"note", Field::free_text},
    Entry{"notes", Field::free_text},
    Entry{"numerocarte", Field::card_number},
    Entry{"numerotarjeta", Field::card_number},
    Entry{"pan", Field::card_number},
    Entry{"pin", Field::secret},
    Entry{"pinblock", Field::secret},
    Entry{"primaryaccountnumber", Field::card_number},
    Entry{"remark", Field::free_text},
    Entry{"remarks", Field::free_text},
    Entry{"scancode", Field::gs1},
    Entry{"securitycode", Field::secret},
    Entry{"sku", Field::gs1},
    Entry{"sscc", Field::gs1},
    Entry{"ssccs", Field::gs1},
    Entry{"supplier", Field::gs1},
    Entry{"swipedata", Field::secret},
    Entry{"tlv", Field::secret_text},
    Entry{"tlvdata", Field::secret_text},
    Entry{"track", Field::secret},
    Entry{"track1", Field::secret},
    Entry{"track1data", Field::secret},
    Entry{"track2", Field::secret},
    Entry{"track2data", Field::secret},
    Entry{"track2equivalentdata", Field::secret},
    Entry{"track3", Field::secret},
    Entry{"track3data", Field::secret},
    Entry{"trackdata", Field::secret},
    Entry{"tracks", Field::secret},
    Entry{"upc", Field::gs1},
};
static_assert(std::is_sorted(entries.begin(), entries.end(), [](Entry a, Entry b) { return a.name < b.name; }));

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
    for (const Entry& entry : entries) made[ends_slot(entry.name.front(), entry.name.back())] = true;
    return made;
}();

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [text](std::string_view each) { return text.starts_with(each); });
}

}  // namespace

Field field_of(std::string_view name) {
    if (name.empty()) return Field::plain;
    const char first = folded(name.front());
    const char last = folded(name.back());
    if (first != '\0' && last != '\0' && !known_ends[ends_slot(first, last)]) return Field::plain;
    std::array<char, longest_field_name> letters;
    std::size_t size = 0;
    for (const char c : name) {
        const char letter = folded(c);
        if (letter == '\0') continue;
        if (size == letters.size()) return Field::plain;
        letters[size++] = letter;
    }
    const std::string_view wanted(letters.data(), size);
    const auto found = std::lower_bound(entries.begin(), entries.end(), wanted,
                                        [](const Entry& entry, std::string_view text) { return entry.name < text; });
    return found != entries.end() && found->name == wanted ? found->field : Field::plain;
}

std::size_t gs1_element(std::string_view code) {
    constexpr std::size_t identifier = 2;
    if (code.starts_with("00") && is_sscc(code.substr(0, 20).substr(identifier))) return 20;
    if (starts_with_any(code, {"01", "02"}) && code.size() >= 16 && is_gtin(code.substr(identifier, 14))) return 16;
    if (starts_with_any(code, {"410", "411", "412", "413", "414", "415", "416", "417"}) && code.size() >= 16 &&
        is_gln(code.substr(3, 13))) {
        return 16;
    }
    return 0;
}

bool is_gs1_number(std::string_view value) {
    if (is_gtin(value) || is_sscc(value)) return true;  // a GLN is 13 digits with the same check
    if (value.starts_with("(00)")) return is_sscc(value.substr(4));
    if (starts_with_any(value, {"(01)", "(02)"})) return is_gtin(value.substr(4));
    // Without brackets only what no card begins with: "41…" is a GLN's identifier and a Visa's prefix.
    return starts_with_any(value, {"00", "01", "02"}) && gs1_element(value) == value.size();
}

}  // namespace tillpost
