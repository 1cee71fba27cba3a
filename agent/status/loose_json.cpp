// SPDX-License-Identifier: Apache-2.0
#include "agent/status/loose_json.hpp"

#include <nlohmann/json.hpp>

namespace tillpost::loose {

using nlohmann::json;

const json& member(const json& object, const char* name) {
    static const json none;
    if (!object.is_object()) return none;
    const auto found = object.find(name);
    return found == object.end() ? none : *found;
}

std::string text(const json& object, const char* name) {
    const json& found = member(object, name);
    return found.is_string() ? found.get<std::string>() : std::string();
}

std::uint64_t number(const json& object, const char* name) {
    const json& found = member(object, name);
    return found.is_number_unsigned() ? found.get<std::uint64_t>() : 0;
}

bool holds(const json& object, const char* name) {
    const json& found = member(object, name);
    return found.is_boolean() && found.get<bool>();
}

}  // namespace tillpost::loose
