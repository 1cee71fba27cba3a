// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/members.hpp"

#include <nlohmann/json.hpp>

#include "agent/status/text.hpp"

namespace tillpost::cli {

using nlohmann::json;

std::string text_in(const json& object, const char* name, const char* otherwise) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return otherwise;
    const auto& text = found->get_ref<const std::string&>();
    return text.empty() ? otherwise : printable(text);
}

std::optional<std::uint64_t> count_in(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint64_t>();
}

std::string number_in(const json& object, const char* name, const char* otherwise) {
    const auto count = count_in(object, name);
    return count ? std::to_string(*count) : otherwise;
}

}  // namespace tillpost::cli
