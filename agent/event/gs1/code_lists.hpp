// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

/// Code lists that element strings refer to. Pure.
namespace tillpost::gs1 {

/// The letters of an ISO 4217 currency by its three digits: "EUR" for "978"; "" if there is none.
std::string_view currency_letters(std::string_view number);
/// The two letters of an ISO 3166-1 country by its three digits: "DE" for "276"; "" if there is none.
std::string_view country_letters(std::string_view number);
bool is_country_letters(std::string_view letters);
/// A code of UN/ECE recommendation 21, as extended by GS1.
bool is_package_type(std::string_view code);

}  // namespace tillpost::gs1
