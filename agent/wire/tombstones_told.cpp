// SPDX-License-Identifier: Apache-2.0
// What the agent's own events say of content that is not here.
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/wire/json_members.hpp"
#include "agent/wire/tombstones.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

std::optional<Sequence> sequence_in(const json& value) {
    if (!value.is_number_unsigned()) return std::nullopt;
    const auto sequence = value.get<Sequence>();
    return sequence > 0 && sequence <= last_sequence ? std::optional(sequence) : std::nullopt;
}

std::optional<Range> range_of_two(const json& from, const json& to) {
    const auto first = sequence_in(from);
    const auto last = sequence_in(to);
    if (!first || !last || *last < *first) return std::nullopt;
    return Range{*first, *last};
}

/// Its members `from` and `to`.
std::optional<Range> range_named(const json& data) {
    const bool both = data.is_object() && data.contains("from") && data.contains("to");
    return both ? range_of_two(data["from"], data["to"]) : std::nullopt;
}

}  // namespace

bool Tombstones::take(Place at, Epoch epoch, std::string_view type, std::string_view data) {
    if (type == "loss") return take_loss(at, data);
    if (type == "quarantined") return take_quarantined(at, data);
    if (type == "gone") take_gone(data);
    if (type == "reissued") take_reissued(at, epoch, data);
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

void Tombstones::take_reissued(Place at, Epoch epoch, std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const auto former = number_from_hex(text_in(data, "epoch"));
    const auto range = range_named(data);
    if (former && range) note_moved(epoch, at.sequence, *former, *range);
}

}  // namespace tillpost
