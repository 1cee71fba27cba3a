// SPDX-License-Identifier: Apache-2.0
// What the agent's own events say of content that is not here.
#include <nlohmann/json.hpp>

#include "agent/wire/json_members.hpp"
#include "agent/wire/tombstones.hpp"

namespace tillpost {

using nlohmann::json;

bool Tombstones::take(Place at, Epoch epoch, std::string_view type, std::string_view data) {
    if (type == "loss") return take_loss(at, data);
    if (type == "quarantined") return take_quarantined(at, data);
    if (type == "gone") take_gone(data);
    if (type == "reissued") return former_.take({epoch, at.sequence}, data);
    return true;
}

bool Tombstones::take_loss(Place at, std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const auto epoch = number_from_hex(text_in(data, "epoch"));
    const auto ranges = data.is_object() ? data.find("ranges") : data.end();
    if (!epoch || ranges == data.end() || !ranges->is_array()) return true;
    const std::string_view reason = text_in(data, "reason");
    for (const json& each : *ranges) {
        const auto range = each.is_array() && each.size() == 2 ? range_of_two(each[0], each[1]) : std::nullopt;
        if (!range) continue;
        if (!tell(at, *epoch, *range, reason)) return false;
        if (reason == "unreadable") note_unreadable(*epoch, range->to);
    }
    return true;
}

/// Of an event that was committed; what became none has no number to tell of.
bool Tombstones::take_quarantined(Place at, std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const auto named = number_of_event(text_in(data, "event"));
    return !named || tell(at, named->first, {named->second, named->second}, text_in(data, "rule"));
}

void Tombstones::take_gone(std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const auto epoch = number_from_hex(text_in(data, "epoch"));
    const auto range = range_named(data);
    if (epoch && range) note_unreadable(*epoch, range->to);
}

}  // namespace tillpost
