// SPDX-License-Identifier: Apache-2.0
// [privacy-1] What an agent has erased is erased here, too.
#include <algorithm>
#include <deque>

#include "agent/central/arrival.hpp"
#include "agent/central/place.hpp"
#include "agent/central/position.hpp"
#include "agent/central/store.hpp"
#include "agent/wire/tombstones.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_places = 1024;  // of one event: an epoch each
constexpr std::int64_t sequence_mask = (std::int64_t{1} << 44) - 1;

std::int64_t signed_number(Sequence sequence) { return static_cast<std::int64_t>(sequence); }

}  // namespace

Result<void> CentralStore::prepare_erasing() {
    return database_->prepare_all<CentralStore>(
        *this,
        {{&CentralStore::erase_events_,
          "UPDATE event SET kind = 1, effect = 0, type = NULL, time = NULL, subject = NULL, quality = NULL, "
          "rejected = NULL, reason = ?3, body = NULL WHERE position BETWEEN ?1 AND ?2 AND (kind = 0 OR reason = "
          "'erased_at_central')"},
         {&CentralStore::find_copies_,
          "SELECT former, first, last, position FROM reissue WHERE former = ?1 AND first <= ?3 AND last >= ?2 "
          "UNION ALL SELECT former, first, last, position FROM reissue WHERE position BETWEEN ?1 << 44 AND "
          "(?1 << 44 | ?3)"},
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
    const Result<std::vector<Place>> places = places_of({epoch.id, range});
    if (!places) return places.error();
    for (const Place& place : *places) {
        const std::int64_t first = position_of(place.epoch_id, place.range.from);
        const std::int64_t last = position_of(place.epoch_id, place.range.to);
        if (auto done = forget_tills_of(first, last, arrival.agent->id); !done) return done;
        // What was erased here before the agent told of it is from now on what the agent tells.
        erase_events_.begin().bind(1, first).bind(2, last).bind_text(3, erased_reason);
        if (auto done = erase_events_.run(); !done) return done;
        // Content that comes later is not taken there.
        insert_loss_.begin().bind(1, place.epoch_id).bind(2, signed_number(place.range.from));
        insert_loss_.bind(3, signed_number(place.range.to)).bind(4, position).bind_text(5, "unknown");
        if (auto done = insert_loss_.bind_text(6, erased_reason).run(); !done) return done;
        for (auto& [number, state] : arrival.agent->epochs) {
            if (state.id != place.epoch_id) continue;
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

/// The range, and the former and later numbers of the same events, as `reissued` events say.
Result<std::vector<CentralStore::Place>> CentralStore::places_of(const Place& start) {
    std::vector<Place> found{start};
    for (std::size_t next = 0; next < found.size() && found.size() < most_places; ++next) {
        const Place place = found[next];
        find_copies_.begin().bind(1, place.epoch_id).bind(2, signed_number(place.range.from));
        find_copies_.bind(3, signed_number(place.range.to));
        for (;;) {
            const Result<bool> row = find_copies_.step();
            if (!row) return row.error();
            if (!*row) break;
            const Place former{
                find_copies_.integer(0),
                {static_cast<Sequence>(find_copies_.integer(1)), static_cast<Sequence>(find_copies_.integer(2))}};
            const std::int64_t event = find_copies_.integer(3);
            const Place copies{
                event >> 44,
                {static_cast<Sequence>((event & sequence_mask) + 1),
                 static_cast<Sequence>(event & sequence_mask) + former.range.to - former.range.from + 1}};
            for (const auto& [from, into] : {std::pair(former, copies), std::pair(copies, former)}) {
                if (from.epoch_id != place.epoch_id) continue;
                const Sequence first = std::max(place.range.from, from.range.from);
                const Sequence last = std::min(place.range.to, from.range.to);
                if (first > last) continue;
                const Place other{
                    into.epoch_id,
                    {into.range.from + (first - from.range.from), into.range.from + (last - from.range.from)}};
                if (std::find(found.begin(), found.end(), other) == found.end()) found.push_back(other);
            }
        }
    }
    return found;
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
