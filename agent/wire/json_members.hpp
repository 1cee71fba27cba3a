// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace tillpost {

/// A member of an event's data, "" if there is no such text. It lives as long as the object.
std::string_view text_in(const nlohmann::json& object, const char* name);

}  // namespace tillpost
