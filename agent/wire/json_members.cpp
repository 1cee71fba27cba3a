// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/json_members.hpp"

#include <nlohmann/json.hpp>

namespace tillpost {

std::string_view text_in(const nlohmann::json& object, const char* name) {
    if (!object.is_object()) return {};
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? std::string_view(found->get_ref<const std::string&>())
                                                       : std::string_view();
}

}  // namespace tillpost
