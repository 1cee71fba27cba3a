// SPDX-License-Identifier: Apache-2.0
#include "agent/event/redaction/json_token.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tillpost {

std::string decoded_string(std::string_view content) {
    if (content.find('\\') == std::string_view::npos) return std::string(content);
    const std::string token = std::string("\"").append(content).append("\"");
    const auto value = nlohmann::json::parse(token, nullptr, false);
    return value.is_string() ? value.get<std::string>() : std::string(content);
}

bool is_json_word(std::string_view atom) { return atom == "true" || atom == "false" || atom == "null"; }

bool is_json_number(std::string_view atom) {
    const auto is_part = [](char c) {
        return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
    };
    return !atom.empty() && std::all_of(atom.begin(), atom.end(), is_part);
}

}  // namespace tillpost
