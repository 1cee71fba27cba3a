// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

/// What a member's name says of its value. Pure.
namespace tillpost {

enum class Field : std::uint8_t {
    plain,   ///< Nothing: the value is looked into.
    gs1,     ///< A GS1 number is expected: a value that is one, check digit and all, is not looked into.
    gtin,    ///< A GTIN of any length is expected: one with its right check digit is not looked into; …
    gtin_8,  ///< … one of this length; …
    gtin_12,
    gtin_13,
    gtin_14,
    gln,            ///< … a GLN; …
    sscc,           ///< … an SSCC.
    code,           ///< What a bar code holds: as gs1, and its AIM identifier tells how it is read.
    code_hex,       ///< The same in hex digits.
    aim,            ///< An AIM identifier.
    gs1_elements,   ///< An object of GS1 data whose names are application identifiers.
    gs1_value,      ///< What is in it: not looked into where its identifier wants a GS1 number, and it is one.
    card,           ///< A card: of an object of that name the number is a card number.
    card_number,    ///< A card number, whatever it looks like: cut to its last four digits.
    card_digits,    ///< The same where it is written as one: digits enough, and nothing else.
    secret,         ///< Track data, security code, PIN: removed, with all that is in it.
    track,          ///< May be track data, and may be anything else: removed if it has a card number's digits.
    track_form,     ///< The same if it is written as a track is: "5A" is a card's, "57" may be anything's.
    secret_text,    ///< The same as a secret where it is a text or number; an object of that name is looked into.
    fiscal,         ///< What a fiscal device signs or is: a text that is_fiscal_text() is not looked into.
    fiscal_number,  ///< A certificate's serial number, a counter: digits alone are no card number.
    free_text       ///< Written by people.
};

/// Case, and everything in it but letters and digits, do not count: "Card-Number" is "card_number". Escapes do: decode
/// them first.
Field field_of(std::string_view name);

/// Whether two names are the same, as `field_of` compares them; what is not ASCII must be the same to the byte.
bool same_name(std::string_view a, std::string_view b);

/// A GTIN, GLN or SSCC with its right check digit, also as "(01)…" or "(00)…", "01…" or "00…" (application identifier).
bool is_gs1_number(std::string_view value);

/// Whether a member of that kind is expected to hold a GS1 number …
bool is_gs1_name(Field field);
/// … and the value is such a one, with its length and check digit.
bool is_gs1_number_of(Field field, std::string_view value);

/// A member of an object that is a card: "number", "no", "nr", "num".
bool names_number(std::string_view name);

/// Digits as many as a card number has, in groups or not. ASCII.
bool is_card_digits(std::string_view value);
/// As track 1 or 2 is written, also with D for = and filled up with F, as in EMV's tag 57. ASCII.
bool is_track(std::string_view value);

/// A signature, digest, key or certificate in base64 or hex digits, or the machine-readable code of a receipt: TSE's
/// "V0;…", RKSV's "_R1-AT1_…". Nothing that is mostly digits.
bool is_fiscal_text(std::string_view value);
/// Digits, also with a minus before them.
bool is_fiscal_number(std::string_view value);

}  // namespace tillpost
