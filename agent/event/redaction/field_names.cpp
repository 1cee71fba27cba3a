// SPDX-License-Identifier: Apache-2.0
#include "agent/event/redaction/field_names.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "agent/event/identifiers.hpp"

namespace tillpost {
namespace {

struct Entry {
    std::string_view name;  ///< Small letters and digits only.
    Field field;
};

// ISO 8583 fields as de…/bmp…, EMV tags as two or four hex digits, nexo's and POSLog's words, and what POS software
// makes of them; of fiscal devices DSFinV-K's names (TSE_…), RKSV's (Anlage, Z 4 and 5) and NF525's. Sorted by name.
constexpr std::array entries{
    Entry{"5a", Field::card_number},
    Entry{"aim", Field::aim},
    Entry{"amexcid", Field::secret},
    Entry{"articlenumber", Field::gs1},
    Entry{"barcode", Field::code},
    Entry{"barcodes", Field::code},
    Entry{"bmp22", Field::card_number},
    Entry{"cardcid", Field::secret},
    Entry{"cardcsc", Field::secret},
    Entry{"cardcvc", Field::secret},
    Entry{"cardcvc2", Field::secret},
    Entry{"cardcvn", Field::secret},
    Entry{"cardcvv", Field::secret},
    Entry{"cardcvv2", Field::secret},
    Entry{"cardnbr", Field::card_number},
    Entry{"cardno", Field::card_number},
    Entry{"cardnr", Field::card_number},
    Entry{"cardnum", Field::card_number},
    Entry{"cardnumber", Field::card_number},
    Entry{"cardpan", Field::card_number},
    Entry{"cardpin", Field::secret},
    Entry{"cardseccode", Field::secret},
    Entry{"cardsecuritycode", Field::secret},
    Entry{"cardsecuritynumber", Field::secret},
    Entry{"cardsecurityvalue", Field::secret},
    Entry{"cardtrack", Field::secret},
    Entry{"cardvalidationcode", Field::secret},
    Entry{"cardvalidationnumber", Field::secret},
    Entry{"cardvalidationvalue", Field::secret},
    Entry{"cardverificationcode", Field::secret},
    Entry{"cardverificationnumber", Field::secret},
    Entry{"cardverificationvalue", Field::secret},
    Entry{"cav2", Field::secret},
    Entry{"ccno", Field::card_number},
    Entry{"ccnum", Field::card_number},
    Entry{"ccnumber", Field::card_number},
    Entry{"certificateserial", Field::fiscal_number},
    Entry{"certificateserialnumber", Field::fiscal_number},
    Entry{"certserial", Field::fiscal_number},
    Entry{"code", Field::code},
    Entry{"codedesecurite", Field::secret},
    Entry{"codehex", Field::code_hex},
    Entry{"codesecurite", Field::secret},
    Entry{"codicedisicurezza", Field::secret},
    Entry{"codicesicurezza", Field::secret},
    Entry{"codigodeseguridad", Field::secret},
    Entry{"codigoseguridad", Field::secret},
    Entry{"comment", Field::free_text},
    Entry{"comments", Field::free_text},
    Entry{"creditcard", Field::card_number},
    Entry{"creditcardno", Field::card_number},
    Entry{"creditcardnumber", Field::card_number},
    Entry{"cryptogram", Field::secret},
    Entry{"cryptogrammevisuel", Field::secret},
    Entry{"csc", Field::secret},
    Entry{"csccode", Field::secret},
    Entry{"cvc", Field::secret},
    Entry{"cvc2", Field::secret},
    Entry{"cvc2code", Field::secret},
    Entry{"cvccode", Field::secret},
    Entry{"cvcnumber", Field::secret},
    Entry{"cvcode", Field::secret},
    Entry{"cvcvalue", Field::secret},
    Entry{"cvd", Field::secret},
    Entry{"cvdcode", Field::secret},
    Entry{"cvdvalue", Field::secret},
    Entry{"cvn", Field::secret},
    Entry{"cvncode", Field::secret},
    Entry{"cvv", Field::secret},
    Entry{"cvv1", Field::secret},
    Entry{"cvv2", Field::secret},
    Entry{"cvv2code", Field::secret},
    Entry{"cvvcode", Field::secret},
    Entry{"cvvno", Field::secret},
    Entry{"cvvnr", Field::secret},
    Entry{"cvvnumber", Field::secret},
    Entry{"cvvvalue", Field::secret},
    Entry{"cvx2", Field::secret},
    Entry{"dcvv", Field::secret},
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
    Entry{"encryptedpinblock", Field::secret},
    Entry{"fiscalcode", Field::fiscal},
    Entry{"fiscalqr", Field::fiscal},
    Entry{"fiscalsignature", Field::fiscal},
    Entry{"freetext", Field::free_text},
    Entry{"gln", Field::gs1},
    Entry{"gs1", Field::gs1_elements},
    Entry{"gtin", Field::gs1},
    Entry{"gtins", Field::gs1},
    Entry{"icc", Field::secret_text},
    Entry{"iccdata", Field::secret_text},
    Entry{"icvv", Field::secret},
    Entry{"item", Field::gs1},
    Entry{"itemid", Field::gs1},
    Entry{"kartennr", Field::card_number},
    Entry{"kartennummer", Field::card_number},
    Entry{"kartenprfnummer", Field::secret},
    Entry{"kartenpruefnummer", Field::secret},
    Entry{"kartensicherheitscode", Field::secret},
    Entry{"location", Field::gs1},
    Entry{"magneticstripe", Field::secret},
    Entry{"magstripe", Field::secret},
    Entry{"magstripedata", Field::secret},
    Entry{"maschinenlesbarercode", Field::fiscal},
    Entry{"maskedpan", Field::card_number},
    Entry{"memo", Field::free_text},
    Entry{"message", Field::free_text},
    Entry{"msr", Field::secret_text},
    Entry{"msrdata", Field::secret_text},
    Entry{"nf525", Field::fiscal},
    Entry{"nf525hash", Field::fiscal},
    Entry{"nf525signature", Field::fiscal},
    Entry{"note", Field::free_text},
    Entry{"notes", Field::free_text},
    Entry{"numerocarte", Field::card_number},
    Entry{"numerotarjeta", Field::card_number},
    Entry{"pan", Field::card_number},
    Entry{"pin", Field::secret},
    Entry{"pinblock", Field::secret},
    Entry{"pinblockdata", Field::secret},
    Entry{"pindata", Field::secret},
    Entry{"previoussignature", Field::fiscal},
    Entry{"prevsignature", Field::fiscal},
    Entry{"primaryaccountnumber", Field::card_number},
    Entry{"publickey", Field::fiscal},
    Entry{"qrcode", Field::fiscal},
    Entry{"qrcodedata", Field::fiscal},
    Entry{"qrdata", Field::fiscal},
    Entry{"remark", Field::free_text},
    Entry{"remarks", Field::free_text},
    Entry{"rksv", Field::fiscal},
    Entry{"rksvcode", Field::fiscal},
    Entry{"rksvqr", Field::fiscal},
    Entry{"rksvsignature", Field::fiscal},
    Entry{"scancode", Field::code},
    Entry{"securitycode", Field::secret},
    Entry{"sicherheitscode", Field::secret},
    Entry{"signatur", Field::fiscal},
    Entry{"signature", Field::fiscal},
    Entry{"signaturecounter", Field::fiscal_number},
    Entry{"signatureprecedente", Field::fiscal},
    Entry{"signaturevalue", Field::fiscal},
    Entry{"signaturwert", Field::fiscal},
    Entry{"sigvorigerbeleg", Field::fiscal},
    Entry{"sku", Field::gs1},
    Entry{"sscc", Field::gs1},
    Entry{"ssccs", Field::gs1},
    Entry{"standumsatzzaehleraes256icm", Field::fiscal},
    Entry{"substitutefor", Field::gs1},
    Entry{"supplier", Field::gs1},
    Entry{"swipedata", Field::secret},
    Entry{"t1", Field::track},
    Entry{"t2", Field::track},
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
    Entry{"tsecertificate", Field::fiscal},
    Entry{"tsepublickey", Field::fiscal},
    Entry{"tseqr", Field::fiscal},
    Entry{"tseqrcode", Field::fiscal},
    Entry{"tseserial", Field::fiscal},
    Entry{"tseserialnumber", Field::fiscal},
    Entry{"tsesig", Field::fiscal},
    Entry{"tsesignature", Field::fiscal},
    Entry{"tsetanr", Field::fiscal_number},
    Entry{"tsetasig", Field::fiscal},
    Entry{"tsetasigz", Field::fiscal_number},
    Entry{"tsezertifikat", Field::fiscal},
    Entry{"tsezertifikati", Field::fiscal},
    Entry{"tsezertifikatii", Field::fiscal},
    Entry{"tsezertifikatiii", Field::fiscal},
    Entry{"upc", Field::gs1},
    Entry{"zertifikatseriennummer", Field::fiscal_number},
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

constexpr std::uint32_t empty_hash = 2166136261U;  // FNV-1a
constexpr std::uint32_t hash_with(std::uint32_t hash, char c) {
    return (hash ^ static_cast<unsigned char>(c)) * 16777619U;
}

constexpr std::size_t name_slots = 1024;
constexpr std::size_t name_slot(std::uint32_t hash) { return (hash ^ hash >> 16U) % name_slots; }

/// The entries by the hash of their names, each as its index and one; 0 where there is none. What is looked up is
/// mostly none, and an empty slot says so at once.
constexpr std::array<std::uint8_t, name_slots> entry_of_slot = [] {
    static_assert(entries.size() < std::numeric_limits<std::uint8_t>::max());
    std::array<std::uint8_t, name_slots> made{};
    for (std::size_t i = 0; i < entries.size(); ++i) {
        std::uint32_t hash = empty_hash;
        for (const char c : entries[i].name) hash = hash_with(hash, c);
        std::size_t slot = name_slot(hash);
        while (made[slot] != 0) slot = (slot + 1) % name_slots;
        made[slot] = static_cast<std::uint8_t>(i + 1);
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
        const Entry& entry = entries[entry_of_slot[slot] - 1U];
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
