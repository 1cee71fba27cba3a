// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

/// Check digits and check characters of the GS1 General Specifications, sections 7.9 and 7.10. Pure.
namespace tillpost::gs1 {

/// The modulo 10 check digit that follows `digits` (GTIN, SSCC, GLN, GRAI, GDTI, GCN, GSIN, GSRN). `digits` must be
/// digits only.
char check_digit(std::string_view digits);
/// Whether the last of `digits` is the check digit of those before it; false for a text without digits.
bool check_digit_right(std::string_view digits);

/// The two check characters of an alphanumeric key (GMN, MUDI) that follow `text`; nullopt if a character is not of
/// set 82 or the text has more than 97 characters.
std::optional<std::string> check_pair(std::string_view text);

/// The check digit of the price or weight field inside a variable-measure number, for a field of four or five digits.
/// nullopt for any other text.
std::optional<char> price_check_digit(std::string_view field);

}  // namespace tillpost::gs1
