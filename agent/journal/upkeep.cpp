// SPDX-License-Identifier: Apache-2.0
// The journal's upkeep, in slices between commits: watermark, retention, old business keys, checkpoints.
#include <utility>

#include "agent/journal/position.hpp"
#include "agent/journal/store.hpp"

namespace tillpost {
namespace {

constexpr std::int64_t checkpoint_pages = 2'000;  // 8 MB; the WAL is at most the next commits larger

}  // namespace

Result<bool> Store::maintain() {
    if (database_->wal_pages() >= checkpoint_pages || std::exchange(tight_, false)) {
        if (auto done = database_->checkpoint(); !done) return done.error();
        return true;
    }
    const Result<std::int64_t> size = measure();
    if (!size) return size.error();
    const Head before = head();
    if (auto begun = database_->begin(); !begun) return undo(begun.error(), before).with_context("upkeep");
    bool more = false;
    for (const auto slice : {&Store::prune_confirmed, &Store::prune_keys}) {
        const Result<bool> did = (this->*slice)();
        if (!did) return undo(did.error(), before).with_context("upkeep");
        more = more || *did;
    }
    if (live_.confirmed != written_confirmed_) {
        if (auto done = write_watermark(); !done) return undo(done.error(), before).with_context("upkeep");
    }
    if (auto done = database_->commit(); !done) return undo(done.error(), before).with_context("upkeep");
    written_confirmed_ = live_.confirmed;
    return more;
}

// [end-1] Only confirmed events age; the last deleted one's chain is kept, so that the chain never loses its anchor.
Result<bool> Store::prune_confirmed() {
    const auto oldest_kept = (clock_.now().wall - settings_.keep).time_since_epoch().count();
    const bool too_large = bytes_ > settings_.keep_bytes;
    Sequence last = 0;
    Digest chain{};
    oldest_events_.begin().bind(1, position_of(live_.confirmed));
    for (;;) {
        const Result<bool> row = oldest_events_.step();
        if (!row) return row.error();
        if (!*row) break;
        if (!too_large && oldest_events_.integer(1) >= oldest_kept) break;
        last = sequence_at(oldest_events_.integer(0));
        chain = digest_of(oldest_events_.bytes(2));
    }
    oldest_events_.reset();
    if (last == 0) return false;
    if (auto done = delete_events_.begin().bind(1, position_of(last)).run(); !done) return done.error();
    update_pruned_.begin().bind(1, live_.ordinal).bind(2, static_cast<std::int64_t>(last)).bind_blob(3, view(chain));
    if (auto done = update_pruned_.run(); !done) return done.error();
    live_.first = last + 1;
    live_.before = chain;
    return true;
}

Result<bool> Store::prune_keys() {
    const auto oldest_kept = (clock_.now().wall - settings_.remember_keys).time_since_epoch().count();
    const std::int64_t last_out = position_of(live_.last) - settings_.remembered_keys;
    const Result<bool> row = oldest_key_.begin().step();
    if (!row) return row.error();
    if (!*row) return false;
    const bool due = oldest_key_.integer(0) <= last_out || oldest_key_.integer(1) < oldest_kept;
    oldest_key_.reset();
    if (!due) return false;
    if (auto done = delete_keys_.begin().bind(1, last_out).bind(2, oldest_kept).run(); !done) return done.error();
    return true;
}

}  // namespace tillpost
