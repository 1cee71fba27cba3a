// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

/// Members of what the daemon and the feed answer, as a table shows them. Pure.
namespace tillpost::cli {

/// The text, made harmless for a terminal; `otherwise` if it is missing, empty or no text.
std::string text_in(const nlohmann::json& object, const char* name, const char* otherwise = "-");
/// nullopt if it is missing or no whole number.
std::optional<std::uint64_t> count_in(const nlohmann::json& object, const char* name);
std::string number_in(const nlohmann::json& object, const char* name, const char* otherwise);

}  // namespace tillpost::cli
