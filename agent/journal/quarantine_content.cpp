// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/quarantine_content.hpp"

#include <charconv>
#include <utility>

#include "agent/event/event_types.hpp"
#include "agent/event/glance.hpp"
#include "agent/event/identifiers.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/recent_keys.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

/// What the event says of the bytes that were put there. Of what the disk had damaged it names the digest of the event,
/// which these bytes never had.
std::optional<Digest> digest_said(std::string_view body, std::string_view rule) {
    if (rule == "damaged_on_disk" || body_type(body) != "quarantined") return std::nullopt;
    return digest_in(body_data(body));
}

}  // namespace

std::string key_of_held(const std::string& bytes, const std::string& content) {
    const std::string date = glance_at(bytes).business_date;
    std::string key = "quarantine/" + (is_date(date) ? date : "") + "/";
    append_hex(key, {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()});
    return key;
}

bool is_held_once(std::string_view type) {
    const EventType* const known = find_event_type(type);
    return known == nullptr || known->key != BusinessKey::none;
}

std::optional<SalvagedKeys::Row> key_of_salvaged(Sha256& sha, const SalvagedQuarantine::Row& row) {
    if (row.about || row.bytes.empty() || !is_held_once(row.type)) return std::nullopt;
    const std::string content = content_of(sha, nullptr, {}, row.bytes);
    return SalvagedKeys::Row{row.position, row.recorded, key_of_held(row.bytes, content), content, row.position};
}

std::string quarantine_id(std::int64_t position) {
    return "Q" + std::to_string(position >> sequence_bits) + "-" + std::to_string(sequence_at(position));
}

std::optional<std::int64_t> quarantine_position(std::string_view id) {
    std::uint32_t ordinal = 0;
    Sequence sequence = 0;
    if (!id.starts_with('Q')) return std::nullopt;
    const char* const end = id.data() + id.size();
    const auto [dash, first_error] = std::from_chars(id.data() + 1, end, ordinal);
    if (first_error != std::errc() || dash == end || *dash != '-') return std::nullopt;
    const auto [stop, error] = std::from_chars(dash + 1, end, sequence);
    const bool whole = error == std::errc() && stop == end && sequence <= last_sequence;
    // Positions are signed, and an ordinal has what the sequence leaves of their 63 bits.
    if (!whole || ordinal >= std::uint32_t{1} << (63 - sequence_bits)) return std::nullopt;
    return position_at(ordinal, sequence);
}

std::optional<Digest> digest_in(std::string_view data) {
    constexpr std::string_view name = ",\"digest\":\"";  // a text that has it is escaped
    const std::size_t at = data.find(name);
    return at == std::string_view::npos ? std::nullopt : digest_from_hex(data.substr(at + name.size(), 64));
}

void note_glance(QuarantineRecord& record, std::string_view data) { note_glance(record, glance_at(data)); }

void note_glance(QuarantineRecord& record, Glance glance) {
    record.till = std::move(glance.till);
    record.store = std::move(glance.store);
    record.number = std::move(glance.number);
    record.business_date = std::move(glance.business_date);
    record.currency = std::move(glance.currency);
}

std::optional<Digest> altered_content(Sha256& sha, const HeldContent& held) {
    if (held.bytes.empty()) return std::nullopt;
    const std::optional<Digest> said = digest_said(held.event, held.rule);
    const std::optional<Digest>& named = said ? said : held.kept;
    return !named || sha(held.bytes) == *named ? std::nullopt : named;
}

Error altered_refusal(const QuarantineRecord& record, std::string_view what) {
    const std::string digest = record.altered ? to_hex(*record.altered) : "";
    return {Errc::rejected,
            record.id + " cannot be " + std::string(what) +
                ": its content is not the one that was put into quarantine, whose digest was " + digest +
                (record.event.empty() ? "" : " (event " + record.event + ")") +
                ". The disk has changed it, or somebody did. It stays where it is, and can only be discarded: run "
                "`tillpost audit verify`, see who may write the journal, then discard it with a reason and have the "
                "till send the record again"};
}

}  // namespace tillpost
