// SPDX-License-Identifier: Apache-2.0
// Events that are mapped again under a repaired configuration: read in slices, and replaced, each once.
#include <algorithm>
#include <optional>
#include <utility>

#include "agent/journal/places.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/recent_keys.hpp"
#include "agent/journal/store_transaction.hpp"

namespace tillpost {
namespace {

constexpr std::uint64_t held_rows = 128;
constexpr std::size_t held_bytes = 256 << 10;

}  // namespace

Result<void> Store::prepare_corrections() {
    return database_->prepare_all<Store>(
        *this,
        {{&Store::note_corrected_, "INSERT OR REPLACE INTO corrected VALUES (?1, ?2)"},
         {&Store::find_corrected_, "SELECT by FROM corrected WHERE position = ?1"},
         {&Store::move_corrected_, "UPDATE OR REPLACE corrected SET position = ?2 WHERE position = ?1"},
         {&Store::held_events_,
          "SELECT position, recorded, state, digest, unpacked(body), EXISTS (SELECT 1 FROM corrected WHERE "
          "corrected.position = event.position) FROM event WHERE position > ?1 AND position <= ?2 "
          "ORDER BY position"},
         {&Store::find_run_,
          "SELECT name, value FROM counter WHERE name >= ?1 AND name <= ?2 ORDER BY name DESC LIMIT 1"},
         {&Store::drop_runs_,
          "DELETE FROM counter WHERE name IN (SELECT name FROM counter WHERE name >= ?1 AND name <= ?2 ORDER BY name "
          "DESC LIMIT -1 OFFSET ?3)"},
         {&Store::move_returned_, "UPDATE OR REPLACE returned SET position = ?2 WHERE position = ?1"},
         {&Store::open_behind_,
          "SELECT position FROM quarantine WHERE decision IS NULL AND position > ?1 ORDER BY position LIMIT ?2"}});
}

Result<HeldPage> Store::held_page(std::int64_t after, std::int64_t upto) {
    HeldPage page;
    page.upto = after;
    std::size_t bytes = 0;
    held_events_.begin().bind(1, after).bind(2, upto);
    for (;;) {
        const Result<bool> row = held_events_.step();
        if (!row) return noted(row.error()).with_context("read what is held");
        if (!*row) return page;
        const std::string_view body = held_events_.bytes(4);
        page.more = page.looked == held_rows || (bytes > 0 && bytes + body.size() > held_bytes);
        if (page.more) break;
        page.upto = held_events_.integer(0);
        ++page.looked;
        bytes += body.size();
        const bool whole = held_events_.integer(2) == static_cast<std::int64_t>(RowState::whole);
        if (!whole || held_events_.integer(5) != 0) continue;
        // [intact-1] What is damaged is taken out when it is read for delivery; nothing is made of it here.
        if (sha_(body) != digest_from_bytes(held_events_.bytes(3))) continue;
        page.events.push_back({page.upto, id_at(page.upto), held_events_.integer(1), std::string(body)});
    }
    held_events_.reset();
    return page;
}

Result<std::vector<std::optional<Recorded>>> Store::correct(std::vector<Correction>& corrections) {
    std::vector<std::optional<Recorded>> recorded;
    const auto work = [&]() -> Result<void> {
        std::vector<std::array<std::uint8_t, 16>> salts(corrections.size());
        fill_random({salts.data()->data(), salts.size() * 16});
        Stamp stamp{clock_.now(), clock_.boot_id(), {}};
        if (auto done = note_clock(stamp.recorded); !done) return done;
        for (std::size_t i = 0; i < corrections.size(); ++i) {
            stamp.salt = salts[i];
            auto one = correct_one(corrections[i], stamp);
            if (!one) return one.error();
            recorded.push_back(std::move(*one));
        }
        // Of a correction's key the body does not say all: it is in the table when the correction is.
        return write_keys();
    };
    if (corrections.empty()) return recorded;
    if (auto done = transaction("correct events", work); !done) return done.error();
    return recorded;
}

/// In a transaction. Under a new business key the source is known from now on: what a POS sends again is no other sale.
/// Under its own it is known already, and what is sent again gets the first receipt.
Result<std::optional<Recorded>> Store::correct_one(Correction& correction, const Stamp& stamp) {
    const Result<std::int64_t> corrected = Places(*this).corrected_by(correction.position);
    if (!corrected) return corrected.error();
    const Result<std::optional<StoredRow>> source = row_at(correction.position);
    if (!source) return source.error();
    const bool held = *source && (*source)->state == RowState::whole;
    if (*corrected != 0 || !held) return std::optional<Recorded>();
    Event& event = correction.draft.event;
    std::string content;
    std::int64_t first = 0;
    if (!event.subject.empty()) {
        content = content_of(sha_, settings_.keys.get(), event.type, correction.source);
        const Result<KeyMatch> match = find_key(event.subject, content);
        if (!match) return match.error();
        if (match->key != Key::unknown) {
            content = content_of(sha_, settings_.keys.get(), event.type, event.data);
        }
        first = match->first;
        if (first != 0) event.correlation = id_at(first);
    }
    Result<Recorded> recorded = insert(correction.draft, stamp, content, first);
    if (!recorded) return recorded.error();
    const std::int64_t position = position_of(recorded->sequence);
    const std::int64_t at = stamp.recorded.wall.time_since_epoch().count();
    if (auto done = Places(*this).note_wording(event, correction.position, position, at); !done) return done.error();
    return std::optional(std::move(*recorded));
}

Result<std::vector<std::string>> Store::open_records_behind(const std::string& id, std::size_t most) {
    std::int64_t after = 0;
    if (!id.empty()) {
        const auto position = quarantine_position(id);
        if (!position) return Error{Errc::rejected, "\"" + id + "\" is not the id of a record in quarantine"};
        after = *position;
    }
    std::vector<std::string> ids;
    open_behind_.begin().bind(1, after).bind(2, static_cast<std::int64_t>(most));
    const auto read = open_behind_.each([&](const Statement& row) { ids.push_back(quarantine_id(row.integer(0))); });
    if (!read) return noted(read.error()).with_context("list quarantine");
    return ids;
}

}  // namespace tillpost
