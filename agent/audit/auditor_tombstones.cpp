// SPDX-License-Identifier: Apache-2.0
// What an audit makes of content that is not here: tombstones, and the agent's own events that tell of them.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/audit/auditor.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

constexpr std::string_view damaged = "damaged_on_disk";

std::string_view text_in(const json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    const bool is_text = object.is_object() && found != object.end() && found->is_string();
    return is_text ? std::string_view(found->get_ref<const std::string&>()) : std::string_view();
}

std::optional<Sequence> sequence_in(const json& value) {
    if (!value.is_number_unsigned()) return std::nullopt;
    const auto sequence = value.get<Sequence>();
    return sequence > 0 && sequence <= last_sequence ? std::optional(sequence) : std::nullopt;
}

std::optional<Range> range_in(const json& from, const json& to) {
    const auto first = sequence_in(from);
    const auto last = sequence_in(to);
    if (!first || !last || *last < *first) return std::nullopt;
    return Range{*first, *last};
}

}  // namespace

void Auditor::take_stone(const Line& line) {
    Tombstones& stones = tombstones_[epoch_.source];
    if (line.kind == Line::Kind::lost) {
        ++report_.lost;
        return stones.note_unreadable(epoch_.epoch, line.sequence);
    }
    ++report_.tombstones;
    if (line.reason == damaged) stones.note_unreadable(epoch_.epoch, line.sequence);
    if (stones.add({report_.epochs.size() - 1, line.sequence}, epoch_.epoch, line.reason)) return;
    fault(line.sequence, id(line.sequence) + " is without content, with too many others to follow");
}

void Auditor::tell(const Line& line, Epoch epoch, Range range, std::string_view reason) {
    if (tombstones_[epoch_.source].tell({report_.epochs.size() - 1, line.sequence}, epoch, range, reason)) return;
    fault(line.sequence, id(line.sequence) + " tells of lost content, with too many others to follow");
}

void Auditor::take_loss(const Line& line, std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const auto epoch = number_from_hex(text_in(data, "epoch"));
    const auto ranges = data.is_object() ? data.find("ranges") : data.end();
    if (!epoch || ranges == data.end() || !ranges->is_array()) return;
    const std::string_view reason = text_in(data, "reason");
    for (const json& each : *ranges) {
        const auto range = each.is_array() && each.size() == 2 ? range_in(each[0], each[1]) : std::nullopt;
        if (!range) continue;
        tell(line, *epoch, *range, reason);
        if (reason == "unreadable") tombstones_[epoch_.source].note_unreadable(*epoch, range->to);
    }
}

/// Of an event that was committed; what became none has no number to tell of.
void Auditor::take_quarantined(const Line& line, std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const auto named = expectation_from(text_in(data, "event"));
    if (named) tell(line, named->epoch, {named->last, named->last}, text_in(data, "rule"));
    const auto digest = digest_from_hex(text_in(data, "digest"));
    // The bytes that the disk had changed never had the digest of their event.
    if (!digest || text_in(data, "rule") == damaged) return;
    for (const auto& place : tombstones_[epoch_.source].former_numbers({epoch_.epoch, line.sequence})) {
        if (held_.size() < most_held) {
            held_.emplace(place, *digest);
        } else if (std::exchange(holds_all_, false)) {
            note("what was decided of quarantine is not compared for all records: there are too many");
        }
    }
}

/// [intact-1] Who decided says what was decided on: the same content as was put into quarantine. Content that is gone
/// has the digest of nothing.
void Auditor::take_decided(const Line& line, std::string_view type, std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const auto named = expectation_from(text_in(data, "quarantined"));
    const auto digest = digest_from_hex(text_in(data, "digest"));
    if (!named || !digest) return;
    const auto held = held_.find({named->epoch, named->last});
    const bool gone = type != "released" && *digest == sha_("");
    if (held == held_.end() || held->second == *digest || gone) return;
    fault(line.sequence, id(line.sequence) + " says that a record was " + std::string(type) +
                             " with another content than " + event_id(named->epoch, named->last) +
                             " says was put into quarantine: the content was altered there before");
}

void Auditor::take_reissued(const Line& line, std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const auto former = number_from_hex(text_in(data, "epoch"));
    if (!former) return;
    const auto range = data.contains("from") && data.contains("to") ? range_in(data["from"], data["to"]) : std::nullopt;
    if (range) tombstones_[epoch_.source].note_moved(epoch_.epoch, line.sequence, *former, *range);
    if (mentions_.size() < most_open) mentions_.push_back({report_.epochs.size() - 1, line.sequence, *former});
}

void Auditor::settle_tombstones() {
    const auto sealed = [this](Tombstones::Place at) { return at.sequence <= report_.epochs[at.index].sealed; };
    for (auto& [source, stones] : tombstones_) {
        stones.settle(sealed, [this](const Tombstones::Finding& finding) { settle_tombstone(finding); });
    }
}

void Auditor::settle_tombstone(const Tombstones::Finding& finding) {
    const std::string what =
        event_id(finding.epoch, finding.at.sequence) + " is without content (\"" + finding.reason + "\"), and ";
    switch (finding.standing) {
        case Tombstones::Standing::told: return;
        case Tombstones::Standing::untold:
            return fault_at(finding.at.index, finding.at.sequence,
                            what +
                                "no event that is here tells of it: what the agent takes out it names in a `loss` or "
                                "`quarantined` event; that one is still to come, or the content was removed here");
        case Tombstones::Standing::unsealed:
            ++report_.tombstones_unproven;
            return note(what + "the event that tells of it stands behind the last seal: wait for the next one");
        case Tombstones::Standing::unreadable:
            ++report_.tombstones_unproven;
            return note(what + "later events that may have told of it are lost or deleted themselves");
    }
}

}  // namespace tillpost
