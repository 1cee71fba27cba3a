// SPDX-License-Identifier: Apache-2.0
// The store's epochs: one is live; what closed ones owe is reissued into it, in slices.
#include <algorithm>

#include "agent/journal/moved.hpp"
#include "agent/journal/own_events.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/store_transaction.hpp"

namespace tillpost {
namespace {

constexpr std::size_t slice_rows = 128;  // some 3 ms
constexpr std::size_t slice_bytes = 256 << 10;

/// With a letter among its hex digits, so that no id of its events looks like a card number (is_in_hex_id()).
Epoch new_epoch() {
    for (;;) {
        const Epoch epoch = random_number();
        for (Epoch rest = epoch; rest != 0; rest >>= 4) {
            if ((rest & 0xf) > 9) return epoch;
        }
    }
}

}  // namespace

Result<void> Store::load_epochs(std::uint32_t least_ordinal) {
    auto rows = database_->prepare(
        "SELECT ordinal, epoch, confirmed, pruned, pruned_chain, closed, top, cause, moved FROM epoch ORDER BY "
        "ordinal");
    if (!rows) return rows.error();
    for (;;) {
        const Result<bool> row = rows->step();
        if (!row) return row.error();
        if (!*row) break;
        EpochSummary epoch;
        epoch.ordinal = static_cast<std::uint32_t>(rows->integer(0));
        epoch.epoch = epoch_from_bytes(rows->bytes(1));
        epoch.confirmed = static_cast<Sequence>(rows->integer(2));
        epoch.first = static_cast<Sequence>(rows->integer(3)) + 1;
        epoch.before = digest_from_bytes(rows->bytes(4));
        if (rows->is_null(5)) {
            live_ = epoch;
            moved_ = static_cast<Sequence>(rows->integer(8));
            continue;
        }
        epoch.last = static_cast<Sequence>(rows->integer(5));
        const auto given = static_cast<Sequence>(rows->integer(6) - rows->integer(8));
        formers_.push_back({epoch, static_cast<Sequence>(rows->integer(6)), given, std::string(rows->bytes(7)), false});
    }
    for (Former& former : formers_) {
        const Result<bool> owed = owes(former.summary);
        if (!owed) return owed.error();
        former.owes = *owed;
    }
    written_confirmed_ = live_.confirmed;
    mark_written_ = clock_.now().since_boot;
    if (live_.ordinal != 0) return {};
    const std::uint32_t above = formers_.empty() ? 0 : formers_.back().summary.ordinal;
    return transaction("begin an epoch", [&]() -> Result<void> {
        if (auto done = create_epoch(std::max(least_ordinal, above + 1)); !done) return done;
        return begin_birth(clock_.now());
    });
}

Result<bool> Store::owes(const EpochSummary& epoch) {
    read_events_.begin().bind(1, position_at(epoch.ordinal, epoch.last + 1));
    Result<bool> row = read_events_.bind(2, position_at(epoch.ordinal, last_sequence)).step();
    read_events_.reset();
    return row;
}

Result<void> Store::create_epoch(std::uint32_t ordinal) {
    live_ = EpochSummary{};
    live_.epoch = new_epoch();
    live_.ordinal = ordinal;
    live_.before = chain_start(sha_, settings_.source, live_.epoch);
    live_.head = live_.before;
    written_confirmed_ = kept_from_ = 0;
    moved_ = 0;
    gone_told_ = {};
    unsealed_.begin(1, live_.before);
    shed_from_ = {};
    const EpochBytes name = bytes_of(live_.epoch);
    insert_epoch_.begin().bind(1, live_.ordinal).bind_blob(2, view_of(name));
    insert_epoch_.bind(3, clock_.now().wall.time_since_epoch().count()).bind_blob(4, view(live_.before));
    return insert_epoch_.bind_text(5, settings_.source).run();
}

// An epoch's chain begins with its source, and its events name it: under another name nothing of it would ever be
// taken.
Result<void> Store::check_source() {
    auto find = database_->prepare("SELECT source FROM epoch WHERE ordinal = ?1");
    if (!find) return find.error();
    const Result<bool> row = find->begin().bind(1, live_.ordinal).step();
    if (!row) return row.error();
    const std::string former(*row ? find->bytes(0) : settings_.source);
    find->reset();
    if (former == settings_.source) return {};
    const bool owing = std::any_of(formers_.begin(), formers_.end(), [](const Former& each) { return each.owes; });
    if (owing || live_.confirmed < live_.last) {
        return Error{Errc::invalid, "it holds events of " + former +
                                        " that central has not confirmed, and the configuration names " +
                                        settings_.source +
                                        ": start once more under the old name until `tillpost status` shows "
                                        "nothing waiting, then change it; or give the new name another /journal/path"};
    }
    return transaction("begin an epoch under another name", [this] { return fork("renamed", live_.confirmed); });
}

Result<void> Store::load_head() {
    auto newest = database_->prepare("SELECT position, chain FROM event ORDER BY position DESC LIMIT 1");
    if (!newest) return newest.error();
    const Result<bool> row = newest->step();
    if (!row) return row.error();
    live_.last = live_.first - 1;
    live_.head = live_.before;
    if (*row && newest->integer(0) >> sequence_bits > live_.ordinal) {
        return noted({Errc::corrupt, "the newest event is of no epoch that is known"});
    }
    if (*row && newest->integer(0) >> sequence_bits == live_.ordinal) {
        live_.last = sequence_at(newest->integer(0));
        live_.head = digest_from_bytes(newest->bytes(1));
    }
    newest->reset();
    auto counters = database_->prepare("SELECT name, value FROM counter");
    if (!counters) return counters.error();
    std::string receiver_end;
    const auto read = counters->each([&](const Statement& counter) {
        const std::string_view name = counter.bytes(0);
        if (name == "quarantined") counters_.quarantined = counter.integer(1);
        if (name == "shed") counters_.shed = counter.integer(1);
        if (name == "lost") counters_.lost = counter.integer(1);
        if (name == "waiting") counters_.waiting = counter.integer(1);
        if (name == "quarantine_bytes") counters_.quarantine_bytes = counter.integer(1);
        if (name == "decided_bytes") counters_.decided_bytes = counter.integer(1);
        if (name == "receiver_begin") receiver_ = to_hex(static_cast<std::uint64_t>(counter.integer(1)));
        if (name == "receiver_end") receiver_end = to_hex(static_cast<std::uint64_t>(counter.integer(1)));
    });
    if (!read) return read.error();
    receiver_ += receiver_end;
    const Result<TooLarge> large = read_too_large(*database_);
    if (!large) return large.error();
    counters_.too_large = *large;
    written_counters_ = counters_;
    if (const Result<std::int64_t> size = measure(); !size) return size.error();
    return {};
}

const Former* Store::find_former_by_ordinal(std::uint32_t ordinal) const {
    const auto found = std::find_if(formers_.begin(), formers_.end(),
                                    [ordinal](const Former& each) { return each.summary.ordinal == ordinal; });
    return found == formers_.end() ? nullptr : &*found;
}

// [fork-1] In a transaction: closes the live epoch for good and opens the next one, whose first event says so. All that
// is held of it is owed, what was confirmed, too: which of it the receiver took for an event of another life of this
// journal cannot be known here, and digests keep the rest from taking effect twice (found by tests/model). Under
// another name nothing is owed.
Result<void> Store::fork(std::string_view cause, Sequence closed) {
    Former former;
    former.summary = live_;
    former.top = live_.last;
    former.given = live_.last - moved_;
    former.cause = cause;
    former.owes = live_.last > closed;
    former.summary.last = closed;
    former.summary.confirmed = closed;
    if (auto done = write_keys(); !done) return done;
    close_epoch_.begin().bind(1, live_.ordinal).bind(2, static_cast<std::int64_t>(closed));
    close_epoch_.bind(3, static_cast<std::int64_t>(former.top)).bind_text(4, cause);
    if (auto done = close_epoch_.run(); !done) return done;
    // [audit-1] Its last seal stands in the new epoch. Under another name nobody would look for it there.
    const Timestamp now = clock_.now();
    std::optional<Seal> seal;
    if (settings_.signer && unsealed_.anything() && cause != "renamed") seal = signed_seal("fork", now);
    if (auto done = create_epoch(former.summary.ordinal + 1); !done) return done;
    const Result<Sequence> marker = insert_own_at(own::reissued(former.summary, {closed + 1, closed}, cause), now);
    if (!marker) return marker.error();
    if (seal) {
        if (auto done = insert_seal(*seal, now); !done) return done;
    }
    // An epoch's first event says where it comes from, whatever the clock did.
    if (auto done = note_clock(now); !done) return done;
    formers_.push_back(std::move(former));
    return {};
}

Result<std::vector<StoredRow>> Store::owed_rows(const Former& former) {
    const EpochSummary& epoch = former.summary;
    std::vector<StoredRow> rows;
    std::size_t bytes = 0;
    read_events_.begin().bind(1, position_at(epoch.ordinal, epoch.last + 1));
    read_events_.bind(2, position_at(epoch.ordinal, last_sequence));
    while (rows.size() < slice_.share(slice_rows) && bytes < slice_.share(slice_bytes)) {
        const Result<bool> found = read_events_.step();
        if (!found) return found.error();
        if (!*found) break;
        const EventRow row = event_row(read_events_);
        if (!row.sound) {
            const std::string name = id_at(row.position);
            read_events_.reset();
            return noted({Errc::corrupt, name + " says of its content what is not so"});
        }
        rows.push_back(row.stored());
        bytes += rows.back().body.size();
        if (slice_.over()) break;
    }
    read_events_.reset();
    return rows;
}

/// Each run of consecutive rows behind a `reissued` event of its own, so that every row's former number can be told.
Result<void> Store::move_rows(const EpochSummary& former, const std::vector<StoredRow>& rows, std::string_view cause,
                              std::vector<Sequence>* places) {
    if (rows.empty()) return {};
    if (auto done = note_clock(clock_.now()); !done) return done;
    const Sequence last = live_.last;
    std::size_t begin = 0;
    while (begin < rows.size()) {
        std::size_t end = begin + 1;
        while (end < rows.size() && rows[end].sequence == rows[end - 1].sequence + 1) ++end;
        const Range range{rows[begin].sequence, rows[end - 1].sequence};
        if (const auto told = insert_own(own::reissued(former, range, cause)); !told) return told.error();
        const auto count = static_cast<std::int64_t>(end - begin);
        auto noted = note_moved(position_at(former.ordinal, range.from), count, position_of(live_.last + 1));
        if (!noted) return noted;
        std::vector<Range> damaged;
        for (; begin < end; ++begin) {
            StoredRow row = rows[begin];
            // [intact-1] Moved with its digest or not at all.
            if (row.state == RowState::whole && sha_(row.body) != row.digest) {
                row.state = RowState::lost;
                row.reason = damaged_reason;
                damaged.push_back({row.sequence, row.sequence});
            }
            const Result<Sequence> moved = insert_row(row);
            if (!moved) return moved.error();
            if (places != nullptr) places->push_back(*moved);
            if (auto done = move_notes(position_at(former.ordinal, row.sequence), position_of(*moved), row); !done) {
                return done;
            }
        }
        if (auto done = tell_loss(former.epoch, damaged, damaged_reason); !done) return done;
    }
    moved_ += live_.last - last;
    return update_moved_.begin().bind(1, live_.ordinal).bind(2, static_cast<std::int64_t>(moved_)).run();
}

Result<bool> Store::reissue() {
    const auto owing = std::find_if(formers_.begin(), formers_.end(), [](const Former& each) { return each.owes; });
    if (owing == formers_.end()) return false;
    const std::size_t at = static_cast<std::size_t>(owing - formers_.begin());
    const auto work = [&]() -> Result<void> {
        Former& former = formers_[at];
        const Result<std::vector<StoredRow>> rows = owed_rows(former);
        if (!rows) return rows.error();
        if (rows->empty()) {
            former.owes = false;
            return drop_oldest_runs();
        }
        if (auto done = move_rows(former.summary, *rows, former.cause); !done) return done;
        const std::uint32_t ordinal = former.summary.ordinal;
        delete_moved_.begin().bind(1, position_at(ordinal, rows->front().sequence));
        return delete_moved_.bind(2, position_at(ordinal, rows->back().sequence)).run();
    };
    if (auto done = transaction("reissue events of a closed epoch", slice_.timed(work)); !done) return done.error();
    return std::any_of(formers_.begin(), formers_.end(), [](const Former& each) { return each.owes; });
}

Recorded Store::recorded_at(std::int64_t position) const {
    Recorded recorded;
    const auto ordinal = static_cast<std::uint32_t>(position >> sequence_bits);
    const Former* former = ordinal == live_.ordinal ? nullptr : find_former_by_ordinal(ordinal);
    recorded.epoch = former != nullptr ? former->summary.epoch : live_.epoch;
    recorded.sequence = sequence_at(position);
    return recorded;
}

Recorded Store::repeat_of(std::int64_t position) const {
    Recorded repeat = recorded_at(position);
    repeat.repeat = true;
    return repeat;
}

std::string Store::id_at(std::int64_t position) const {
    const Recorded at = recorded_at(position);
    return event_id(at.epoch, at.sequence);
}

std::int64_t Store::position_of(Sequence sequence) const { return position_at(live_.ordinal, sequence); }

}  // namespace tillpost
