// SPDX-License-Identifier: Apache-2.0
// [once-2] What has no business key may come twice all the same: as the event that it was and as the one that a person
// released, or released in two lives of a journal. Each names what it was first.
#include "agent/central/position.hpp"
#include "agent/central/store.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

constexpr std::size_t id_size = 33;  ///< As the index of origins has it.

/// The event that it was, or else the `quarantined` one; "" for what nobody released.
std::string_view origin_of(std::string_view body) {
    const std::string_view cause = body_attribute(body, "causationid");
    const std::string_view was = body_attribute(body, "correlationid");
    return cause.empty() || was.empty() ? cause : was;
}

}  // namespace

Result<void> CentralStore::prepare_keyless() {
    return database_->prepare_all<CentralStore>(
        *this,
        {{&CentralStore::find_origin_epoch_,
          "SELECT epoch.id FROM epoch JOIN epoch AS own ON own.agent = epoch.agent "
          "WHERE own.id = ?1 AND epoch.epoch = ?2"},
         // The event at ?1, and what names it; ?2: its name if nothing of its epoch is here.
         {&CentralStore::find_alike_,
          "SELECT position, digest, body, 0 FROM event WHERE position = ?1 AND subject IS NULL AND effect = 1 "
          "AND type = ?3 AND position <> ?4 UNION ALL "
          "SELECT position, origins.digest, origins.body, 1 FROM origins JOIN epoch ON epoch.id = position >> 44 "
          "WHERE origin = CAST(coalesce((SELECT lower(hex(epoch)) || printf('-%016d', ?1 & 17592186044415) "
          "FROM epoch WHERE id = ?1 >> 44), ?2) AS BLOB) AND type = ?3 AND position <> ?4 "
          "AND epoch.agent = (SELECT agent FROM epoch WHERE id = ?4 >> 44)"}});
}

/// Two histories may have given one number: an event speaks of that of its own epoch, or else of the newest before it.
/// What has that number there; nullopt if nobody can tell.
Result<std::optional<Digest>> CentralStore::digest_meant(const std::vector<Moves::Span>& places, std::int64_t epoch_id,
                                                         const Keyless& event) {
    const auto speaks_in = static_cast<Epoch>(epoch_id);
    const Moves::Span* meant = &places.front();
    for (const Moves::Span& each : places) {
        if (each.epoch > speaks_in) continue;
        if (meant->epoch > speaks_in || each.epoch > meant->epoch) meant = &each;
    }
    const auto meant_epoch = static_cast<std::int64_t>(meant->epoch);
    if (position_of(meant_epoch, meant->range.from) == event.position) return std::optional(event.digest);
    const Result<std::optional<Held>> held = find_held(meant_epoch, meant->range.from);
    if (!held) return held.error();
    const bool known = *held && (*held)->kind != Line::Kind::lost;
    return known ? std::optional((*held)->digest) : std::nullopt;
}

/// Does the event at that place, or under another number of it, or what was released of it, count and say the same?
Result<bool> CentralStore::counts_as(std::int64_t epoch_id, Sequence sequence, std::string_view name,
                                     const Keyless& event) {
    const Result<std::vector<Moves::Span>> places = places_of(epoch_id, {sequence, sequence});
    if (!places) return places.error();
    const Result<std::optional<Digest>> own = digest_meant(*places, event.position >> 44, event);
    if (!own) return own.error();
    for (const Moves::Span& place : *places) {
        const std::int64_t position = position_of(static_cast<std::int64_t>(place.epoch), place.range.from);
        find_alike_.begin().bind(1, position).bind_text(2, name);
        find_alike_.bind_text(3, event.type).bind(4, event.position);
        for (;;) {
            const Result<bool> row = find_alike_.step();
            if (!row) return row.error();
            if (!*row) break;
            if (data_of(find_alike_.bytes(2)) != data_of(event.body)) continue;
            Result<std::optional<Digest>> other = std::optional(digest_from_bytes(find_alike_.bytes(1)));
            if (find_alike_.integer(3) != 0) other = digest_meant(*places, find_alike_.integer(0) >> 44, event);
            if (!other) return other.error();
            if (*own && *other && **own != **other) continue;
            find_alike_.reset();
            return true;
        }
    }
    return false;
}

Result<bool> CentralStore::counts_otherwise(const Keyless& event) {
    if (!is_of_a_record(event.type)) return false;
    const Sequence own = static_cast<Sequence>(event.position) & last_sequence;
    Result<bool> counts = counts_as(event.position >> 44, own, {}, event);
    if (!counts || *counts) return counts;
    const std::string_view origin = origin_of(event.body);
    const auto named = number_of_event(origin);
    if (!named || origin.size() != id_size) return false;
    const EpochBytes bytes = bytes_of(named->first);
    Result<bool> here = find_origin_epoch_.begin().bind(1, event.position >> 44).bind_blob(2, view_of(bytes)).step();
    if (!here) return here.error();
    const std::int64_t epoch_id = *here ? find_origin_epoch_.integer(0) : 0;
    find_origin_epoch_.reset();
    return counts_as(epoch_id, named->second, origin, event);
}

}  // namespace tillpost
