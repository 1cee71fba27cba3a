// SPDX-License-Identifier: Apache-2.0
// [once-2] The business keys of a damaged journal: of its table, and of the bodies of what that does not say.
#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/journal/position.hpp"
#include "agent/journal/recent_keys.hpp"
#include "agent/journal/salvage.hpp"

namespace tillpost {
namespace {

constexpr std::int64_t farthest = std::int64_t{1} << 61;  // behind a page that cannot be read

SalvagedKeys::Row key_in(const Statement& from) {
    SalvagedKeys::Row key;
    key.position = from.integer(0);
    key.recorded = from.integer(1);
    key.key = from.bytes(2);
    key.content = from.bytes(3);
    key.first = from.integer(4);
    return key;
}

/// A torn page has zeros where its rows were, up to the last byte of the one that the tear goes through.
bool is_sound(const SalvagedKeys::Row& key, bool behind_a_torn_one) {
    const bool first = key.first == 0 || (key.first <= key.position && sequence_at(key.first) != 0);
    const bool ends_in_zeros = (key.first & 0xff) == 0;
    return first && !key.key.empty() && key.key.find('\0') == std::string::npos && !key.content.empty() &&
           !(behind_a_torn_one && ends_in_zeros);
}

}  // namespace

void Salvage::find_keyed() {
    if (!database_) return;
    for (const char* sql :
         {"SELECT max(position) FROM business_key", "SELECT value FROM counter WHERE name = 'keyed'"}) {
        const Result<std::int64_t> found = database_->integer(sql);
        if (!found && is_io(found.error())) note_unread(found.error());
        if (found) keyed_ = std::max(keyed_, *found);
    }
}

/// Of what lies between two positions of an epoch, as its bodies say.
SalvagedKeys Salvage::keys_between(const EpochSummary& epoch, std::int64_t begin, std::int64_t end) {
    const SalvagedRows rows = next_rows(epoch, begin, end);
    SalvagedKeys found{file_, {}, rows.upto, false};
    for (const StoredRow& row : rows.rows) {
        if (row.state != RowState::whole) continue;
        const std::int64_t position = position_at(epoch.ordinal, row.sequence);
        auto key = key_of(sha_, compared_by_.get(), position, row.recorded, row.body);
        if (key) found.rows.push_back(std::move(*key));
    }
    return found;
}

/// Of the newest events, which are not in the table.
Result<std::optional<SalvagedKeys>> Salvage::keys_of_rows(std::int64_t after) {
    const std::int64_t keyed = mixed_ || keys_torn_ ? 0 : keyed_;
    for (const EpochSummary& epoch : epochs_) {
        if (epoch.epoch == 0) continue;
        const std::int64_t begin = std::max({after, keyed, position_at(epoch.ordinal, 0)});
        const std::int64_t end = position_at(epoch.ordinal, epoch.last);
        if (begin >= end) continue;
        SalvagedKeys found = keys_between(epoch, begin, end);
        if (unreachable_) return *unreachable_;
        return std::optional(std::move(found));
    }
    return std::optional<SalvagedKeys>();
}

/// What the table does not say of the slice, which ends where that is too much for one.
void Salvage::add_keys_of_rows(std::int64_t after, SalvagedKeys& found) {
    for (const EpochSummary& epoch : epochs_) {
        const std::int64_t begin = std::max(after, position_at(epoch.ordinal, 0));
        const std::int64_t end = std::min(found.upto, position_at(epoch.ordinal, epoch.last));
        if (epoch.epoch == 0 || begin >= end) continue;
        SalvagedKeys more = keys_between(epoch, begin, end);
        const bool cut = more.upto < end;
        if (cut) {
            found.upto = more.upto;
            std::erase_if(found.rows, [&](const SalvagedKeys::Row& key) { return key.position > found.upto; });
        }
        found.rows.insert(found.rows.end(), std::make_move_iterator(more.rows.begin()),
                          std::make_move_iterator(more.rows.end()));
        if (cut) return;
    }
}

/// The next row of the table, as far as it is in its order; false if it is none.
bool Salvage::take_key(SalvagedKeys::Row key, bool behind_a_torn_one, SalvagedKeys& found) {
    const std::int64_t ordinal = key.position >> sequence_bits;
    if (key.position <= found.upto || ordinal == 0 || ordinal > epochs_.back().ordinal) return false;
    if (!is_sound(key, behind_a_torn_one)) return false;
    const auto epoch =
        std::find_if(epochs_.begin(), epochs_.end(), [&](const EpochSummary& each) { return each.ordinal == ordinal; });
    found.upto = key.position;
    if (epoch == epochs_.end() || epoch->epoch == 0) return true;
    const bool confirmed = sequence_at(key.position) <= receipted(*epoch);
    if (!confirmed && !readable(key.position)) key.first = 0;
    found.rows.push_back(std::move(key));
    return true;
}

/// As SQLite leads. Where a page cannot be read, or has no row of its own any more, the next one is looked for farther
/// and farther on: at most as much again is passed over.
void Salvage::read_keys(SalvagedKeys& found) {
    const std::int64_t after = found.upto;
    std::int64_t from = after == 0 ? -1 : after;  // the rows of a torn page have the number 0
    for (std::int64_t step = 1; step < farthest; step *= 2) {
        bool torn = false;
        Result<bool> row = first_row([&]() -> Statement& { return keys_.begin().bind(1, from); });
        for (; row && *row; row = database_ ? keys_.step() : Result<bool>(false)) {
            const bool sound = take_key(key_in(keys_), torn, found);
            found.lost = found.lost || !sound;
            torn = !sound;
        }
        keys_.reset();
        found.lost = found.lost || !row;
        if (found.upto > after || !found.lost || !database_ || unreachable_) return;
        from = after + step;
    }
}

// A key whose event is lost is free again: sent again, it is taken.
Result<std::optional<SalvagedKeys>> Salvage::keys(std::int64_t after) {
    if (!database_ || mixed_) return keys_of_rows(after);
    SalvagedKeys found{file_, {}, after, false};
    read_keys(found);
    keys_torn_ = keys_torn_ || found.lost;
    if (found.lost && found.upto > after) add_keys_of_rows(after, found);
    note_unread_pages();
    if (unreachable_) return *unreachable_;
    if (found.upto > after) return std::optional(std::move(found));
    auto rest = keys_of_rows(after);
    if (rest && *rest) (*rest)->lost = found.lost;
    return rest;
}

}  // namespace tillpost
