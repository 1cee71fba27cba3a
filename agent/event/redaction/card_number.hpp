// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string_view>

/// What payment card numbers (PAN, ISO/IEC 7812) look like. Pure; texts are ASCII digits.
namespace tillpost {

constexpr std::size_t shortest_card_number = 12;
constexpr std::size_t longest_card_number = 19;

/// Modulo 10 check of ISO/IEC 7812-1, annex B.
bool luhn_right(std::string_view digits);

/// The brand whose issuer prefix and length fit, check digit right: "visa", "mastercard", "amex" …; "" if it is no card
/// number. "debit" stands for Maestro and the national schemes beside it (5018…, 56 to 58, 6…).
///
/// Left out on purpose, because retail is full of other numbers of that form: 13-digit Visa (not issued since the
/// nineties; every EAN-13 that begins with 4), Maestro with less than 16 digits, UATP (15 digits that begin with 1, as
/// transaction numbers do).
std::string_view card_brand(std::string_view digits);

/// Whether a part of the text, between two '/', has as many digits as a card number: what is found late looks like
/// none to whoever has let it in.
bool may_hold_card_number(std::string_view text);

}  // namespace tillpost
