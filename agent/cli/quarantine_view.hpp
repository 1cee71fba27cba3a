// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

/// What the daemon says of quarantine, for people. Pure. The objects are those of agent/capture/quarantine_json.hpp;
/// what is missing or of another type is shown as "-".
namespace tillpost::cli {

/// The heads of the columns.
std::string quarantine_head();
/// One record; `now`: RFC 3339, for its age.
std::string quarantine_row(const nlohmann::json& record, const std::string& now);
/// One record with its bytes. Control characters in them are written as \x1b; what is no UTF-8 as hex digits.
std::string quarantine_details(const nlohmann::json& record, const std::string& bytes);
/// What a decision came to; `word`: released, corrected, discarded.
std::string decision_words(const nlohmann::json& decided, const std::string& word);

}  // namespace tillpost::cli
