// SPDX-License-Identifier: Apache-2.0
// [privacy-1] What an agent has erased is erased here, too.
#include <algorithm>

#include "agent/central/arrival.hpp"
#include "agent/central/position.hpp"
#include "agent/central/store.hpp"
#include "agent/wire/tombstones.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_places = 1024;  // of one event: an epoch each
constexpr int sequence_bits = 44;

std::int64_t signed_number(Sequence sequence) { return static_cast<std::int64_t>(sequence); }

}  // namespace

Result<void> CentralStore::prepare_erasing() {
    return database_->prepare_all<CentralStore>(
        *this,
        {{&CentralStore::erase_events_,
          "UPDATE event SET kind = 1, effect = 0, type = NULL, time = NULL, subject = NULL, quality = NULL, "
          "rejected = NULL, reason = ?3, body = NULL WHERE position BETWEEN ?1 AND ?2 AND (kind = 0 OR reason = "
          "'erased_at_central') AND digest = coalesce((SELECT named.digest FROM event AS named "
          "WHERE named.position = event.position - ?4), digest)"},
         {&CentralStore::find_moves_,
          "SELECT former, first, last, position FROM epoch CROSS JOIN reissue ON position BETWEEN epoch.id << 44 AND "
          "(epoch.id << 44 | 17592186044415) WHERE agent = (SELECT agent FROM epoch WHERE id = ?1)"},
         {&CentralStore::delete_set_aside_, "DELETE FROM set_aside WHERE agent = ? AND detail >= ? AND detail < ?"},
         {&CentralStore::find_erased_,
          "SELECT 1 FROM loss WHERE epoch = ? AND last >= ? AND first <= ? AND reason = 'erased' LIMIT 1"}});
}

/// In the transaction that takes the `loss` event at `position`.
Result<void> CentralStore::erase_content(const EpochState& epoch, Range range, std::int64_t position,
                                         Arrival& arrival) {
    // Not only in the page that is written anew: in those that become free, too. See commit().
    if (auto done = database_->execute("PRAGMA secure_delete=ON"); !done) return done;
    erased_ = true;
    const Result<std::vector<Moves::Span>> places = places_of(epoch.id, range);
    if (!places) return places.error();
    const std::int64_t named = position_of(epoch.id, range.from);
    for (const Moves::Span& place : *places) {
        const auto epoch_id = static_cast<std::int64_t>(place.epoch);
        const std::int64_t first = position_of(epoch_id, place.range.from);
        const std::int64_t last = position_of(epoch_id, place.range.to);
        if (auto done = forget_tills_of(first, last, arrival.agent->id); !done) return done;
        // What was erased here before the agent told of it is from now on what the agent tells.
        erase_events_.begin().bind(1, first).bind(2, last).bind_text(3, erased_reason);
        erase_events_.bind(4, first - named - signed_number(place.offset));
        if (auto done = erase_events_.run(); !done) return done;
        // Content that comes later is not taken there.
        insert_loss_.begin().bind(1, epoch_id).bind(2, signed_number(place.range.from));
        insert_loss_.bind(3, signed_number(place.range.to)).bind(4, position).bind_text(5, "unknown");
        if (auto done = insert_loss_.bind_text(6, erased_reason).run(); !done) return done;
        for (auto& [number, state] : arrival.agent->epochs) {
            if (state.id != epoch_id) continue;
            state.erases = true;
            if (auto done = forget_set_aside(number, place.range, *arrival.agent); !done) return done;
        }
    }
    return {};
}

/// Behind a commit: the WAL, too, still has what was. What fails is tried again after the next one.
void CentralStore::overwrite_erased() {
    if (!database_->execute("PRAGMA secure_delete=FAST")) return;
    if (database_->checkpoint(true)) erased_ = false;
}

/// The range's events under all their numbers, as `reissued` events of their agent say; epochs are those of the file.
Result<std::vector<Moves::Span>> CentralStore::places_of(std::int64_t epoch_id, Range range) {
    const auto epoch = static_cast<Epoch>(epoch_id);
    if (moves_ && moves_->first == epoch_id) return moves_->second.everywhere(epoch, range, most_places);
    std::vector<Moves::Move> moves;
    find_moves_.begin().bind(1, epoch_id);
    const auto read = find_moves_.each([&](const Statement& row) {
        const auto position = static_cast<std::uint64_t>(row.integer(3));
        moves.push_back({static_cast<Epoch>(row.integer(0)),
                         {static_cast<Sequence>(row.integer(1)), static_cast<Sequence>(row.integer(2))},
                         position >> sequence_bits,
                         position & last_sequence});
    });
    if (!read) return read.error();
    moves_.emplace(epoch_id, Moves(moves));
    return moves_->second.everywhere(epoch, range, most_places);
}

/// Lines that were not taken are kept with their beginning.
Result<void> CentralStore::forget_set_aside(Epoch epoch, Range range, AgentState& agent) {
    const std::string first = event_id(epoch, range.from);
    const std::string behind = event_id(epoch, range.to) + "!";  // its detail goes on with a blank
    delete_set_aside_.begin().bind(1, agent.id).bind_text(2, first).bind_text(3, behind);
    if (auto done = delete_set_aside_.run(); !done) return done;
    agent.set_aside -= database_->changes();
    return {};
}

Result<bool> CentralStore::is_erased(EpochState& epoch, Sequence sequence) {
    if (!epoch.erases) {
        const Result<bool> any =
            find_erased_.begin().bind(1, epoch.id).bind(2, 0).bind(3, signed_number(last_sequence)).step();
        if (!any) return any.error();
        find_erased_.reset();
        epoch.erases = *any;
    }
    if (!*epoch.erases) return false;
    const std::int64_t number = signed_number(sequence);
    const Result<bool> row = find_erased_.begin().bind(1, epoch.id).bind(2, number).bind(3, number).step();
    if (!row) return row.error();
    find_erased_.reset();
    return *row;
}

}  // namespace tillpost
