// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

/// Identifiers and times as standards write them. Pure; texts are compared to the byte, nothing is trimmed.
namespace tillpost {

/// GTIN-8, -12 (UPC-A), -13 (EAN-13) or -14 (ITF-14) with the right check digit (GS1 General Specifications, 7.9). All
/// zeros are none, though their check digit is right: no company has that prefix.
bool is_gtin(std::string_view text);
/// Global location number: 13 digits with the right check digit.
bool is_gln(std::string_view text);
/// Serial shipping container code: 18 digits with the right check digit.
bool is_sscc(std::string_view text);

bool all_digits(std::string_view text);

/// A day of the Gregorian calendar as "2026-11-23".
bool is_date(std::string_view text);
/// RFC 3339 date-time with offset, up to nine digits of a second; a leap second only where one can be (23:59:60 UTC).
bool is_date_time(std::string_view text);

}  // namespace tillpost
