// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

/// What a member's name says of its value. Pure.
namespace tillpost {

enum class Field : std::uint8_t {
    plain,          ///< Nothing: the value is looked into.
    gs1,            ///< A GS1 number is expected: a value that is one, check digit and all, is not looked into.
    card_number,    ///< A card number, whatever it looks like: cut to its last four digits.
    secret,         ///< Track data, security code, PIN: removed, with all that is in it.
    secret_text,    ///< The same where it is a text or number; an object of that name is looked into.
    fiscal,         ///< What a fiscal device signs or is: a text that is_fiscal_text() is not looked into.
    fiscal_number,  ///< A certificate's serial number, a counter: digits alone are no card number.
    free_text       ///< Written by people.
};

/// Case, and everything in it but letters and digits, do not count: "Card-Number" is "card_number". Escapes do: decode
/// them first.
Field field_of(std::string_view name);

/// A GTIN, GLN or SSCC with its right check digit, also as "(01)…" or "(00)…", "01…" or "00…" (application identifier).
bool is_gs1_number(std::string_view value);

/// A signature, digest, key or certificate in base64 or hex digits, or the machine-readable code of a receipt: TSE's
/// "V0;…", RKSV's "_R1-AT1_…". Nothing that is mostly digits.
bool is_fiscal_text(std::string_view value);
/// Digits, also with a minus before them.
bool is_fiscal_number(std::string_view value);

/// What is in a GS1 symbol beside the GTINs, SSCCs and GLNs, in order: elements between two of them are one text.
std::vector<std::string_view> outside_gs1_numbers(std::string_view code);

/// The front of a GS1 element string that is a GTIN, SSCC or GLN with its application identifier: its size, 0 if none.
std::size_t gs1_element(std::string_view code);

}  // namespace tillpost
