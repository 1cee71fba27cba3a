// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/quarantine_content.hpp"

#include <utility>

#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

/// What the event says of the bytes that were put there. Of what the disk had damaged it names the digest of the event,
/// which these bytes never had.
std::optional<Digest> digest_said(std::string_view body, std::string_view rule) {
    constexpr std::string_view name = ",\"digest\":\"";  // a text that has it is escaped
    if (rule == "damaged_on_disk" || body_type(body) != "quarantined") return std::nullopt;
    const std::string_view data = body_data(body);
    const std::size_t at = data.find(name);
    return at == std::string_view::npos ? std::nullopt : digest_from_hex(data.substr(at + name.size(), 64));
}

}  // namespace

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
