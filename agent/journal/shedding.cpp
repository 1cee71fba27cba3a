// SPDX-License-Identifier: Apache-2.0
// [end-2] What is cheap is given up for what is dear: in slices that rows and bytes bound, however large a row is.
#include <algorithm>

#include "agent/journal/own_events.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/store.hpp"

namespace tillpost {
namespace {

constexpr std::size_t looked_at = 2'000;          // rows of a slice: so many to find the first, …
constexpr Sequence taken_together = 128;          // … and from there so many are shed or moved together, …
constexpr std::int64_t most_moved = 256 << 10;    // … and bytes of those that are moved
constexpr std::int64_t never_moved = 16 << 10;    // Bytes of a row that stays: moved it would cost more than it frees.
constexpr int slices_at_limit = 64;               // … for one commit: the limit is no full disk
constexpr std::int64_t room_for_draft = 8 << 10;  // bytes that a draft takes besides its own, twice over

}  // namespace

/// A slice of what is given up, and the runs of rows that are moved with it so that pages come free.
struct Store::Sheddable {
    std::vector<Sequence> given_up;
    std::vector<Range> moved;
};

bool Store::is_critical(const Draft& draft) { return business_class(draft.event.type) == BusinessClass::critical; }

// The cheapest class first, oldest first, never a critical one. Content is given up, the place in the stream stays as a
// tombstone, and a `loss` event sums up.
Result<bool> Store::shed_slice() {
    for (const BusinessClass dear : {BusinessClass::bulk, BusinessClass::normal}) {
        Sequence& from = shed_from_[static_cast<std::size_t>(dear)];
        from = std::max({from, live_.confirmed + 1, live_.first});
        if (from > live_.last) continue;  // All of this class is looked at: the next one's turn.
        const Result<Sheddable> found = sheddable(dear, from);
        if (!found) return found.error();
        if (auto done = shed(dear, *found); !done) return done.error();
        return true;
    }
    return false;
}

/// The next rows of the class that still have their content; `from` moves behind what was looked at.
Result<Store::Sheddable> Store::sheddable(BusinessClass business_class, Sequence& from) {
    Sheddable found;
    std::int64_t freed = 0;
    std::int64_t moved = 0;
    sheddable_.begin().bind(1, position_of(from)).bind(2, position_of(live_.last));
    for (std::size_t rows = 0; rows < looked_at; ++rows) {
        const Result<bool> row = sheddable_.step();
        if (!row) return row.error();
        if (!*row || (rows > 0 && slice_.over())) break;
        const Sequence sequence = sequence_at(sheddable_.integer(0));
        if (!found.given_up.empty()) {
            const bool full = sequence - found.given_up.front() >= slice_.share(taken_together);
            if (full || freed >= slice_.share(freed_in_slice) || moved >= slice_.share(most_moved)) break;
        }
        from = sequence + 1;
        const bool whole = sheddable_.integer(2) == static_cast<std::int64_t>(RowState::whole);
        const bool goes = whole && sheddable_.integer(1) == static_cast<std::int64_t>(business_class);
        const std::int64_t bytes = sheddable_.integer(3);
        const bool follows = !found.moved.empty() && found.moved.back().to + 1 == sequence;
        if (goes) {
            found.given_up.push_back(sequence);
            freed += bytes;
        }
        if (!goes && (!follows || bytes >= never_moved)) continue;
        if (!follows) found.moved.push_back({sequence, sequence});
        found.moved.back().to = sequence;
        if (!goes) moved += bytes;
    }
    sheddable_.reset();
    return found;
}

Result<void> Store::shed(BusinessClass business_class, const Sheddable& rows) {
    if (rows.given_up.empty()) return {};
    if (position_of(rows.given_up.back()) > keyed_) {
        if (auto done = write_keys(); !done) return done;  // their bodies go
    }
    std::vector<Range> ranges;
    for (const Sequence sequence : rows.given_up) {
        if (ranges.empty() || ranges.back().to + 1 != sequence) ranges.push_back({sequence, sequence});
        ranges.back().to = sequence;
        update_state_.begin().bind(1, position_of(sequence));
        update_state_.bind(2, static_cast<std::int64_t>(RowState::withheld)).bind_text(3, "shed");
        if (auto done = update_state_.run(); !done) return done;
        ++counters_.shed;
    }
    for (const Range& range : rows.moved) {
        if (auto done = rewrite(range); !done) return done;
    }
    const auto told = insert_own(own::loss(live_.epoch, ranges, name_of(business_class), "shed"));
    return told ? Result<void>() : Result<void>(told.error());
}

/// Taken out and put back in order: SQLite leaves half-empty pages as they are, and appending never fills them again.
/// A large row's own pages are free without that.
Result<void> Store::rewrite(Range range) {
    struct Row {
        StoredRow row;
        Digest chain;
    };
    std::vector<Row> rows;
    read_events_.begin().bind(1, position_of(range.from)).bind(2, position_of(range.to));
    const auto read = read_events_.each([&](const Statement& found) {
        const EventRow row = event_row(found);
        rows.push_back({row.stored(), row.chain});
    });
    if (!read) return read.error();
    delete_moved_.begin().bind(1, position_of(range.from));
    if (auto done = delete_moved_.bind(2, position_of(range.to)).run(); !done) return done;
    for (const auto& [row, chain] : rows) {
        insert_event_.begin().bind(1, position_of(row.sequence)).bind(2, row.recorded).bind(3, row.business_class);
        insert_event_.bind(4, static_cast<std::int64_t>(row.state));
        insert_event_.bind_blob(5, view(row.digest)).bind_blob(6, view(chain));
        const bool whole = row.state == RowState::whole;
        if (whole) insert_event_.bind_null(7).bind_blob(8, row.body);
        if (!whole) insert_event_.bind_text(7, row.reason).bind_null(8);
        if (auto done = insert_event_.run(); !done) return done;
    }
    return {};
}

/// What central has, or what is cheap; false when all of it is looked at.
bool Store::can_make_room() const {
    const Sequence newest = std::min(newest_cheap_, live_.last);
    const Sequence held = std::max(live_.confirmed + 1, live_.first);
    const auto may_go = [&](BusinessClass dear) {
        return std::max(shed_from_[static_cast<std::size_t>(dear)], held) <= newest;
    };
    const bool confirmed = live_.first <= live_.confirmed && (!keeps_days_ || position_of(live_.first) <= days_upto_);
    return confirmed || may_go(BusinessClass::bulk) || may_go(BusinessClass::normal);
}

/// For critical drafts, at the limit or when the disk was full: what central has goes, and then what is cheap, until
/// there is room for them, or for so many slices. False: that was all there is to give.
Result<bool> Store::make_room(const std::vector<Draft>& drafts) {
    std::int64_t needed = 0;
    for (const Draft& draft : drafts) needed += 2 * static_cast<std::int64_t>(draft.size()) + room_for_draft;
    const bool at_limit = !tight_;
    const auto is_short_of = [&] {
        return at_limit ? bytes_ + needed > settings_.most_bytes : room_.inside() < needed;
    };
    Result<bool> more = maintain();
    for (int slices = 1; more && *more && is_short_of() && (!at_limit || slices < slices_at_limit); ++slices) {
        more = maintain();
    }
    if (!at_limit) tight_ = true;  // Upkeep goes on behind the commit.
    if (!more && more.error().code == Errc::full) return false;
    return more;
}

}  // namespace tillpost
