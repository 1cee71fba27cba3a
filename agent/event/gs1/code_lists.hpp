// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

/// Code lists that element strings refer to. Pure.
namespace tillpost::gs1 {

/// The letters of an ISO 4217 currency by its three digits: "EUR" for "978"; "" if there is none.
std::string_view currency_letters(std::string_view number);
bool is_currency_letters(std::string_view letters);
/// The one of ISO 4217 that says "no currency involved": no amount of money has it.
constexpr std::string_view no_currency = "XXX";
/// The two letters of an ISO 3166-1 country by its three digits: "DE" for "276"; "" if there is none.
std::string_view country_letters(std::string_view number);
bool is_country_letters(std::string_view letters);
/// A code of UN/ECE recommendation 21, as extended by GS1.
bool is_package_type(std::string_view code);
/// A unit of mass of UN/ECE recommendation 20 that scales have: "KGM".
bool is_weight_unit(std::string_view code);
/// A unit of UN/ECE recommendation 20 in which shops sell goods: "KGM", "EA", "MTR".
bool is_unit(std::string_view code);

}  // namespace tillpost::gs1
