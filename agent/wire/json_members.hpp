// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "agent/wire/protocol.hpp"

namespace tillpost {

/// A member of an event's data, "" if there is no such text. It lives as long as the object.
std::string_view text_in(const nlohmann::json& object, const char* name);

/// Two numbers of events, in order; nullopt if they are none.
std::optional<Range> range_of_two(const nlohmann::json& from, const nlohmann::json& to);

/// An event's members `from` and `to`; nullopt if there are no such numbers.
std::optional<Range> range_named(const nlohmann::json& data);

}  // namespace tillpost
