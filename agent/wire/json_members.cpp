// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/json_members.hpp"

#include <nlohmann/json.hpp>

namespace tillpost {
namespace {

using nlohmann::json;

std::optional<Sequence> sequence_in(const json& value) {
    if (!value.is_number_unsigned()) return std::nullopt;
    const auto sequence = value.get<Sequence>();
    return sequence > 0 && sequence <= last_sequence ? std::optional(sequence) : std::nullopt;
}

}  // namespace

std::string_view text_in(const nlohmann::json& object, const char* name) {
    if (!object.is_object()) return {};
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? std::string_view(found->get_ref<const std::string&>())
                                                       : std::string_view();
}

std::optional<Range> range_of_two(const json& from, const json& to) {
    const auto first = sequence_in(from);
    const auto last = sequence_in(to);
    if (!first || !last || *last < *first) return std::nullopt;
    return Range{*first, *last};
}

std::optional<Range> range_named(const json& data) {
    const bool both = data.is_object() && data.contains("from") && data.contains("to");
    return both ? range_of_two(data["from"], data["to"]) : std::nullopt;
}

}  // namespace tillpost
