// SPDX-License-Identifier: Apache-2.0
// Reading, and what becomes of a row that no longer is what it was.
#include <algorithm>
#include <cstdlib>
#include <limits>

#include "agent/journal/damage.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/store_transaction.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr Sequence newest_checked = 200;
constexpr std::size_t scrubbed_rows = 256;
constexpr std::int64_t scrub_lag = 1 << 16;  // rows that are looked at again after a kill
constexpr std::size_t scrubbed_bytes = 256 << 10;

}  // namespace

Result<StoredLines> Store::read(Range range, std::size_t max_bytes) {
    range.from = std::max(range.from, live_.first);
    range.to = std::min(range.to, live_.last);
    if (range.from > range.to) return StoredLines();
    for (;;) {
        Result<StoredLines> lines = read_lines(range, max_bytes);
        if (lines && !lines->empty()) return lines;
        const bool damaged = lines || lines.error().code == Errc::corrupt;
        const Result<bool> mended = damaged ? mend(range.from) : Result<bool>(false);
        if (!mended) return noted(mended.error()).with_context("read events");
        if (*mended) continue;
        if (!lines) return noted(lines.error()).with_context("read events");
        if (auto done = take_out_damaged(range.from); !done) return done.error();
    }
}

/// Ends before a row that differs from its digest or does not follow; empty, or an error, if it is the first.
Result<StoredLines> Store::read_lines(Range range, std::size_t max_bytes) {
    StoredLines lines;
    lines.first = range.from;
    Result<ChainLink> link = link_before(range.from);
    if (!link) return link.error();
    read_events_.begin().bind(1, position_of(range.from)).bind(2, position_of(range.to));
    for (Sequence expected = range.from; expected <= range.to; ++expected) {
        const Result<bool> row = read_events_.step();
        if (!row) return row.error();
        if (!*row || read_events_.integer(0) != position_of(expected)) {
            read_events_.reset();
            return Error{Errc::corrupt, id_at(position_of(expected)) + " is missing"};
        }
        const EventRow event = event_row(read_events_);
        // [intact-1] SQLite has no checksums: a flipped bit is found here, not at central.
        if (event.sound && event.state == RowState::whole && sha_(event.body) != event.digest) break;
        if (auto sound = follows(*link, event); !sound) {
            if (!lines.empty()) break;
            read_events_.reset();
            return sound.error();
        }
        const std::size_t before = lines.text.size();
        append_line_prefix(lines.text, live_.epoch, expected, event.chain);
        switch (event.state) {
            case RowState::whole: lines.text += event.body; break;
            case RowState::withheld: lines.text += withheld_ending(event.digest, event.reason); break;
            case RowState::lost: lines.text += lost_ending(event.reason); break;
        }
        lines.text += '\n';
        if (!lines.empty() && lines.text.size() > max_bytes) {
            lines.text.resize(before);
            break;
        }
        lines.ends.push_back(lines.text.size());
        if (lines.text.size() >= max_bytes) break;
    }
    read_events_.reset();
    return lines;
}

Result<ChainLink> Store::link_before(Sequence sequence) {
    if (sequence <= live_.first) return ChainLink{live_.before, true};
    const Result<bool> row = read_link_.begin().bind(1, position_of(sequence - 1)).step();
    if (!row) return row.error();
    if (!*row) return Error{Errc::corrupt, id_at(position_of(sequence - 1)) + " is missing"};
    const bool proves = read_link_.integer(1) != static_cast<std::int64_t>(RowState::lost);
    ChainLink link{digest_from_bytes(read_link_.bytes(0)), proves};
    read_link_.reset();
    return link;
}

// [audit-1] A chain that does not follow is one that central never takes, and would say nothing of what is behind it.
Result<void> Store::follows(ChainLink& link, const EventRow& row) {
    if (!row.sound) return Error{Errc::corrupt, id_at(row.position) + " says of its content what is not so"};
    const bool whole = row.state != RowState::lost;  // else its digest is gone
    const bool proven = link.proves && whole;
    if (proven && chain_next(sha_, link.chain, live_.epoch, row.sequence, row.digest) != row.chain) {
        return Error{Errc::corrupt, id_at(row.position) + " does not follow from the event before it"};
    }
    link = {row.chain, whole};
    return {};
}

/// nullopt if there is none.
/// Of an event that was moved, by any of its numbers.
Result<std::optional<StoredRow>> Store::row_at(std::int64_t position) {
    const Result<bool> row = read_events_.begin().bind(1, position).bind(2, position).step();
    if (!row) return row.error();
    if (!*row) {
        const Result<std::int64_t> now = moved_to(position);
        if (!now) return now.error();
        return *now == position ? Result<std::optional<StoredRow>>(std::optional<StoredRow>()) : row_at(*now);
    }
    std::optional<StoredRow> found = event_row(read_events_).stored();
    read_events_.reset();
    return found;
}

// The chain tells whether the digest is still the right one: then a tombstone can prove what was there.
Result<void> Store::take_out_damaged(Sequence sequence) {
    const Result<std::optional<Digest>> previous = chain_at(live_.ordinal, sequence - 1);
    if (!previous) return noted(previous.error());
    const Result<std::optional<Digest>> chain = chain_at(live_.ordinal, sequence);
    if (!chain) return noted(chain.error());
    const Result<std::optional<StoredRow>> row = row_at(position_of(sequence));
    if (!row) return noted(row.error());
    Result<std::vector<std::int64_t>> places = former_places(position_of(sequence));
    if (!places) return noted(places.error());
    const Digest digest = *row ? (*row)->digest : Digest{};
    const bool proven = *previous && *chain && chain_next(sha_, **previous, live_.epoch, sequence, digest) == **chain;
    const RowState state = proven ? RowState::withheld : RowState::lost;
    log::error("an event was damaged on the disk: its bytes are in quarantine, its place in the stream says so",
               {{"event", id_at(position_of(sequence))}, {"what_to_do", "check this machine's disk and memory"}});
    ++counters_.lost;
    return transaction("take a damaged event out", [&]() -> Result<void> {
        const auto moved = move_to_quarantine(sequence, "damaged_on_disk", "it differs from its digest", state);
        if (!moved) return moved.error();
        // Central has it not, and never will. Keys, and what a return gave back, may know it by an earlier number.
        if (sequence > live_.confirmed) {
            places->push_back(position_of(sequence));
            for (const std::int64_t place : *places) {
                if (auto done = free_for_resend(place, place); !done) return done;
            }
        }
        const bool breaks = state == RowState::lost && *previous && *chain;
        return breaks ? seal_break({sequence, **previous, **chain}) : Result<void>();
    });
}

Result<std::optional<Digest>> Store::chain_at(std::uint32_t ordinal, Sequence sequence) {
    if (ordinal == live_.ordinal && sequence == live_.last) return std::optional(live_.head);
    if (ordinal == live_.ordinal && sequence + 1 == live_.first) return std::optional(live_.before);
    read_chain_.begin().bind(1, position_at(ordinal, sequence));
    const Result<bool> row = read_chain_.step();
    if (!row) return row.error();
    if (!*row) return std::optional<Digest>();
    std::optional<Digest> chain = digest_from_bytes(read_chain_.bytes(0));
    read_chain_.reset();
    return chain;
}

// Quick at any size: only the newest rows can have been written when the power went. The rest is scrubbed later.
Result<void> Store::check_newest() {
    if (live_.last < live_.first) return {};
    Sequence from = std::max(live_.first, live_.last > newest_checked ? live_.last - newest_checked : 1);
    while (from <= live_.last) {
        const auto lines = read({from, live_.last}, std::numeric_limits<std::size_t>::max());
        if (!lines) return lines.error();
        from = lines->last() + 1;
    }
    return {};
}

// [intact-1] What nobody reads for weeks is looked at all the same, while a second copy may still exist somewhere. A
// round goes on behind a restart: what tells of a lost row stands behind it.
Result<bool> Store::scrub() {
    if (Result<bool> more = scrub_keys(); !more || *more) return more;
    if (scrubbed_ >> sequence_bits != live_.ordinal || sequence_at(scrubbed_) > live_.last) {
        scrubbed_ = 0;
        lost_rows_ = {};
    }
    if (scrubbed_ == 0) whole_round_ = true;
    const Sequence from = std::max(sequence_at(scrubbed_) + 1, live_.first);
    const bool ends = from > live_.last;
    if (ends) scrubbed_ = keys_scrubbed_ = 0;
    if (ends && whole_round_) forget_unreadable(settings_.path);  // All of the live epoch was read since the start.
    if (auto done = ends ? disown_lost(lost_rows_.take_untold()) : scrub_from(from); !done) return done.error();
    if (std::abs(scrubbed_ - written_scrubbed_) > scrub_lag) {
        const auto done = transaction("keep how far the scrub has come", [this] { return write_scrubbed(); });
        if (!done) return done.error();
    }
    return !ends;
}

Result<void> Store::scrub_from(Sequence from) {
    slice_.begin();
    const Sequence upto = std::min(live_.last, from + slice_.share(scrubbed_rows) - 1);
    const auto lines = read({from, upto}, slice_.share(scrubbed_bytes));
    slice_.end();
    if (!lines) return lines.error();
    scrubbed_ = position_of(lines->last());
    for (std::size_t i = 0; i < lines->size(); ++i) {
        lost_rows_.line(live_.epoch, lines->first + i, lines->line(i).substr(line_prefix_size));
    }
    return {};
}

Result<void> Store::write_scrubbed() {
    written_scrubbed_ = scrubbed_;
    return put_counter_.begin().bind_text(1, "scrubbed").bind(2, scrubbed_).run();
}

/// Nothing is still on its way here from a closed epoch or a damaged file that would tell of what is here.
bool Store::holds_all_of_it() const {
    const bool owing = std::any_of(formers_.begin(), formers_.end(), [](const Former& each) { return each.owes; });
    return !owing && !salvaging_ && files_set_aside(settings_.path).empty();
}

/// [audit-1] What is lost, and no event of ours tells why, we did not take out: said before a seal covers it.
Result<void> Store::disown_lost(const std::vector<Range>& untold) {
    if (untold.empty() || !holds_all_of_it()) return {};
    log::error("events are lost, and none of the agent's own tells why: somebody changed the journal",
               {{"first", id_at(position_of(untold.front().from))},
                {"last", id_at(position_of(untold.back().to))},
                {"what_to_do", "run `tillpost audit verify`, and see who may write to the journal's folder"}});
    const auto done =
        transaction("name lost events", [&] { return tell_loss(live_.epoch, untold, unexplained_reason); });
    return done || done.error().code == Errc::full ? Result<void>() : done;  // the next round says it
}

}  // namespace tillpost
