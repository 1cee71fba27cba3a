// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

/// Reads JSON that another version may have written: what is missing or of another type is nothing. Pure.
namespace tillpost::loose {

/// A member, or null.
const nlohmann::json& member(const nlohmann::json& object, const char* name);
/// A text as it is, or "".
std::string text(const nlohmann::json& object, const char* name);
/// A number that is not negative, or 0.
std::uint64_t number(const nlohmann::json& object, const char* name);
bool holds(const nlohmann::json& object, const char* name);

}  // namespace tillpost::loose
