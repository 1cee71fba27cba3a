// SPDX-License-Identifier: Apache-2.0
// The journal's upkeep, in slices between commits: watermark, retention, old business keys, shedding, checkpoints.
#include <malloc.h>

#include <algorithm>
#include <utility>

#include "agent/journal/damage.hpp"
#include "agent/journal/own_events.hpp"
#include "agent/journal/page_rows.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/store_transaction.hpp"
#include "platform/files.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr std::int64_t pruned_in_slice = 256;          // rows
constexpr std::int64_t full_checkpoint_pages = 1'000;  // so that the next commit fits into the WAL's own place

std::string ballast_of(const JournalSettings& settings) { return settings.path + ".ballast"; }

}  // namespace

Result<void> Store::prepare_upkeep() {
    return database_->prepare_all<Store>(
        *this,
        {{&Store::update_watermark_, "UPDATE epoch SET confirmed = ?2 WHERE ordinal = ?1"},
         {&Store::oldest_events_,
          "SELECT position, chain, length(body) FROM event WHERE position BETWEEN ?1 AND ?2 ORDER BY position"},
         {&Store::delete_events_, "DELETE FROM event WHERE position BETWEEN ?1 AND ?2"},
         {&Store::update_pruned_, "UPDATE epoch SET pruned = ?2, pruned_chain = ?3 WHERE ordinal = ?1"},
         {&Store::sheddable_,
          "SELECT position, class, state, length(body) FROM event WHERE position BETWEEN ?1 AND ?2 ORDER BY position"},
         {&Store::find_mark_, "SELECT position FROM age WHERE at <= ?1 ORDER BY at DESC LIMIT 1"},
         {&Store::page_count_, "PRAGMA page_count"},
         {&Store::free_pages_, "PRAGMA freelist_count"}});
}

Result<bool> Store::maintain() {
    if (auto done = database_->in_place(); !done) {
        // Whoever removed it may have taken its witness along: then this tells the next start what was in it.
        if (!file_exists(settings_.path))
            note_damage(settings_.path, receipt_rules::marked(live_, kept_from_), done.error().message);
        return Error{done.error().code, done.error().message +
                                            ": put it back, with what lies beside it, while tillpostd is stopped; "
                                            "without it the next start begins anew, and names what is lost"};
    }
    const bool tight = tight_;
    if (tight)
        (void)remove_file(ballast_of(settings_));  // What drains needs room itself; ENOENT: it is given up already.
    ballast_missing_ = ballast_missing_ || tight;
    if (tight) room_.found_full();
    if (checkpoint_due() || tight) {
        if (auto done = checkpoint(); !done) return done.error();
        if (!tight) return true;
    }
    if (const Result<std::int64_t> size = measure(); !size) return size.error();
    bool more = false;
    const auto work = [&]() -> Result<void> {
        if (keys_due() && !tight) {
            if (auto done = write_keys(); !done) return done;
        }
        for (const auto slice :
             {&Store::prune_confirmed, &Store::prune_keys, &Store::prune_notes, &Store::prune_decided}) {
            const Result<bool> did = (this->*slice)();
            if (!did) return did.error();
            more = more || *did;
        }
        if (more || !is_short()) return {};
        const Result<bool> did = shed_slice();
        if (!did) return did.error();
        more = *did;
        return {};
    };
    if (auto done = transaction("upkeep", slice_.timed(work), Database::Spare::used); !done) return done.error();
    tight_ = false;
    if (settings_.ballast_bytes == 0) room_.came_back();
    if (!more && !tight) {
        keep_ballast();
        keep_witness();
    }
    return more;
}

bool Store::has_room() const {
    const bool ballast = settings_.ballast_bytes > 0 && !ballast_missing_;
    return !tight_ && (ballast || room_.has_reserve());
}

bool Store::is_short() const { return room_.is_short() || bytes_ >= settings_.most_bytes / 10 * 9; }

bool Store::checkpoint_due() const {
    const bool early = room_.was_full() && checkpoint_at_ == checkpoint_pages;
    return database_->wal_pages() >= (early ? full_checkpoint_pages : checkpoint_at_);
}

// One that fails is not tried again behind each commit: the disk is full, most likely, and the WAL holds everything.
Result<void> Store::checkpoint() {
    checkpoint_at_ = database_->wal_pages() + checkpoint_pages;
    if (auto done = database_->checkpoint(); !done) return done;
    checkpoint_at_ = checkpoint_pages;
    if (witness_) witness_->sync();
    return {};
}

void Store::release_memory() {
    database_->release_memory();
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
}

Result<void> Store::settle() {
    const auto work = [this]() -> Result<void> {
        prunes_ = true;
        if (auto done = write_ages(true); !done) return done;
        if (scrubbed_ != written_scrubbed_) {
            if (auto done = write_scrubbed(); !done) return done;
        }
        return write_keys();
    };
    auto done = transaction("write what is written late", work, Database::Spare::used);
    if (done && witness_) witness_->sync();
    return done;
}

// What it is behind costs nothing but a receipt, which comes again. A lower one is written at once: nothing must be
// deleted by the higher one after a restart.
bool Store::mark_due() const {
    const Sequence freed = receipt_rules::freed(live_, kept_from_);
    if (freed <= written_confirmed_) return freed < written_confirmed_;
    return freed - written_confirmed_ > settings_.mark_lag ||
           clock_.now().since_boot - mark_written_ > settings_.mark_age;
}

Result<void> Store::write_watermark() {
    written_confirmed_ = receipt_rules::freed(live_, kept_from_);
    mark_written_ = clock_.now().since_boot;
    const auto mark = static_cast<std::int64_t>(written_confirmed_);
    return update_watermark_.begin().bind(1, live_.ordinal).bind(2, mark).run();
}

Result<bool> Store::prune_confirmed() {
    for (Former& former : formers_) {
        Result<bool> did = prune(former.summary, former.summary.last);
        if (!did || *did) return did;
    }
    return prune(live_, receipt_rules::freed(live_, kept_from_));
}

// [end-1] Only confirmed events go, by age or when there is no room; the last deleted one's chain is kept, so that the
// chain never loses its anchor.
Result<bool> Store::prune(EpochSummary& epoch, Sequence upto) {
    if (epoch.first > upto) return false;
    const Result<std::int64_t> aged = older_than(settings_.keep);
    if (!aged) return aged.error();
    const bool too_large =
        bytes_ > std::min(settings_.keep_bytes, settings_.most_bytes / 10 * 8) || tight_ || room_.is_short();
    Sequence last = 0;
    Digest chain{};
    std::int64_t freed = 0;
    std::int64_t rows = 0;
    oldest_events_.begin().bind(1, position_at(epoch.ordinal, epoch.first)).bind(2, position_at(epoch.ordinal, upto));
    for (;;) {
        const Result<bool> row = oldest_events_.step();
        if (!row) return row.error();
        if (!*row) break;
        if (!too_large && oldest_events_.integer(0) > *aged) break;
        if (keeps_days_ && oldest_events_.integer(0) > days_upto_) break;
        if (tight_ && last != 0 && oldest_events_.integer(0) > keyed_) break;  // Writing keys takes space.
        freed += oldest_events_.integer(2);
        const bool full =
            freed > slice_.share(freed_in_slice) || ++rows > slice_.share(pruned_in_slice) || slice_.over();
        if (last != 0 && full) break;
        last = sequence_at(oldest_events_.integer(0));
        chain = digest_from_bytes(oldest_events_.bytes(1));
    }
    oldest_events_.reset();
    if (last == 0) return false;
    if (position_at(epoch.ordinal, last) > keyed_) {
        if (auto done = write_keys(); !done) return done.error();
    }
    delete_events_.begin().bind(1, position_at(epoch.ordinal, epoch.first));
    if (auto done = delete_events_.bind(2, position_at(epoch.ordinal, last)).run(); !done) return done.error();
    update_pruned_.begin().bind(1, epoch.ordinal).bind(2, static_cast<std::int64_t>(last)).bind_blob(3, view(chain));
    if (auto done = update_pruned_.run(); !done) return done.error();
    epoch.first = last + 1;
    epoch.before = chain;
    prunes_ = true;
    if (position_at(epoch.ordinal, last) <= *aged) return true;
    // `audit verify` asks for it.
    put_counter_.begin().bind_text(1, "pruned_early").bind(2, position_at(epoch.ordinal, last));
    if (auto done = put_counter_.run(); !done) return done.error();
    return true;
}

Result<std::int64_t> Store::measure() {
    std::int64_t pages[2] = {0, 0};
    Statement* const statements[2] = {&page_count_, &free_pages_};
    for (int i = 0; i < 2; ++i) {
        const Result<bool> row = statements[i]->begin().step();
        if (!row) return row.error();
        pages[i] = statements[i]->integer(0);
        statements[i]->reset();
    }
    bytes_ = (pages[0] - pages[1]) * page_size;
    // Behind a commit that found no space the file system is not asked, as it may promise what it does not have.
    room_.measured(pages[1] * page_size, room_.was_full() && !tight_ ? told_free() : 0);
    return bytes_;
}

/// What cannot be asked tells of none.
std::int64_t Store::told_free() const {
    const Result<std::int64_t> free = free_bytes_at(settings_.path);
    return free ? *free : 0;
}

/// Room that is given back when the disk is full: what is recorded then may take it, while upkeep deletes. Best effort:
/// without it the agent works as long as there is space. What deleting itself needs is kept in the journal's own files.
void Store::keep_ballast() {
    if (settings_.ballast_bytes == 0) return;
    const Result<void> kept = keep_file_of_size(ballast_of(settings_), settings_.ballast_bytes);
    if (!kept && !std::exchange(ballast_missing_, true)) {
        log::warn("no room for the ballast file, which keeps space for draining on a full disk",
                  {{"why", kept.error().message}});
    }
    if (!kept) return;
    ballast_missing_ = false;
    room_.came_back();
}

/// What is recorded when the disk becomes full need not be refused: false when there is no ballast to give.
bool Store::give_up_ballast() {
    if (settings_.ballast_bytes == 0 || ballast_missing_) return false;
    if (!remove_file(ballast_of(settings_))) return false;
    ballast_missing_ = true;
    room_.found_full();
    log::error("the disk is full: events take the place of the ballast file now, and are refused when that is used up",
               {{"bytes", settings_.ballast_bytes}, {"what_to_do", "make room on the disk of journal/path"}});
    return true;
}

}  // namespace tillpost
