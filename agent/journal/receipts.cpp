// SPDX-License-Identifier: Apache-2.0
// What the final consumer says, and what leaves the stream for quarantine.
#include <algorithm>

#include "agent/event/redaction/foreign_text.hpp"
#include "agent/journal/own_events.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/receipt_rules.hpp"
#include "agent/journal/store_transaction.hpp"

namespace tillpost {
namespace {

constexpr std::size_t longest_rejection = 80;
constexpr std::int64_t copied_in_slice = 1 << 20;
constexpr std::size_t half_id = 16;  // hex digits of a receiver's id that one counter holds

}  // namespace

// [end-1] Nothing is freed but by the final consumer's receipt with our own chain hash.
Result<Confirmation> Store::confirm(const EpochReceipt& receipt, std::string_view receiver) {
    Confirmation outcome;
    Result<void> done;
    const Head before = head();
    const auto is_meant = [&receipt](const Former& each) { return each.summary.epoch == receipt.epoch; };
    if (receipt.epoch == live_.epoch) {
        done = confirm_live(receipt, outcome);
        if (done && !outcome.alarm && live_.confirmed > 0) done = keep_receiver(receiver);
    } else if (std::none_of(formers_.begin(), formers_.end(), is_meant)) {  // of a closed epoch it frees nothing
        outcome.alarm = "a receipt for the epoch " + to_hex(receipt.epoch) + ", which this journal does not hold";
    }
    if (!done && done.error().code == Errc::full) {
        outcome.forked = false;  // Comes again with the next receipt.
    } else if (!done) {
        restore(before);
        return noted(done.error()).with_context("take a receipt");
    }
    outcome.confirmed = live_.confirmed;
    return outcome;
}

// [end-1] Once in the life of a journal, or of a receiver: a commit of its own, before anything is deleted on its word.
Result<void> Store::keep_receiver(std::string_view receiver) {
    if (receiver == receiver_) return {};
    const std::size_t half = std::min(receiver.size(), half_id);
    const auto begin = number_from_hex(receiver.substr(0, half));
    const auto end = number_from_hex(receiver.substr(half));
    if (!begin || !end) return {};
    const auto write = [&]() -> Result<void> {
        put_counter_.begin().bind_text(1, "receiver_begin").bind(2, static_cast<std::int64_t>(*begin));
        if (auto done = put_counter_.run(); !done) return done;
        return put_counter_.begin().bind_text(1, "receiver_end").bind(2, static_cast<std::int64_t>(*end)).run();
    };
    auto done = transaction("keep who receives", write);
    if (done) receiver_ = receiver;
    return done;
}

// [fork-1]
Result<void> Store::confirm_live(const EpochReceipt& receipt, Confirmation& outcome) {
    Result<std::optional<Digest>> ours = std::optional<Digest>();
    if (receipt_rules::known(live_, receipt.upto)) ours = chain_at(live_.ordinal, receipt.upto);
    if (!ours) return ours.error();
    const std::string other = receipt_rules::other_history(live_, receipt, *ours);
    if (!other.empty() && !fork_pause_.over(clock_.now().since_boot)) {
        outcome.alarm =
            other + ", and the epoch is only just born: nothing is freed, and it is not closed so soon again";
        return {};
    }
    if (!other.empty()) {
        outcome.alarm = other +
                        ": what it has of us is not what is here. Probably this journal was restored from an "
                        "old image, or cloned; else the receiver is in error. The epoch " +
                        to_hex(live_.epoch) + " is closed, and what is held of it is sent again under new numbers";
        outcome.forked = true;
        auto done = transaction("close a forked epoch", [this]() -> Result<void> {
            if (auto forked = fork("fork", live_.first - 1); !forked) return forked;
            return begin_birth(clock_.now());  // What the other life recorded up to now is not known here.
        });
        if (done) fork_pause_.forked(clock_.now().since_boot);
        return done;
    }
    live_.confirmed = receipt.upto;
    if (auto done = take_also(receipt, outcome); !done) return done;
    if (auto done = take_rejected(receipt, outcome); !done) return done;
    return tell_gone(receipt, outcome);
}

Result<void> Store::take_also(const EpochReceipt& receipt, Confirmation& outcome) {
    for (const RangeWithHash& also : receipt.also) {
        const std::string events =
            "the receiver names events " + std::to_string(also.range.from) + " to " + std::to_string(also.range.to);
        if (also.range.to > live_.last) {
            if (outcome.unfit) continue;
            outcome.unfit = events + " as arrived, beyond our last event " + std::to_string(live_.last) +
                            ": they do not count. It has them of another life of this journal, when an old image was "
                            "restored, or is in error";
            continue;
        }
        const Result<std::optional<Digest>> ours = chain_at(live_.ordinal, also.range.to);
        if (!ours) return ours.error();
        if (receipt_rules::covers(live_, also, *ours)) {
            outcome.also.push_back(also.range);
        } else if (*ours && !outcome.unfit) {
            outcome.unfit =
                events + " with another chain hash than ours: they do not count as arrived, and are sent again";
        }
    }
    return {};
}

// [end-1]
Result<void> Store::tell_gone(const EpochReceipt& receipt, Confirmation& outcome) {
    const Digest start = chain_start(sha_, settings_.source, live_.epoch);
    const auto pruned = receipt_rules::pruned(live_, gone_told_, receipt, start);
    if (!pruned) return {};
    Sequence by = 0;
    const auto work = [&]() -> Result<void> {
        const Result<Sequence> told = insert_own(own::gone(live_.epoch, pruned->range, pruned->before, live_.before));
        if (!told) return told.error();
        by = *told;
        return free_for_resend(position_of(pruned->range.from), position_of(pruned->range.to));
    };
    if (auto done = transaction("tell what is gone", work); !done) return done;
    gone_told_ = {pruned->range, by};
    outcome.gone = pruned->range;
    return {};
}

// Listed until an event of ours names them; `upto` passes them. What quarantine has no room for stays in the stream,
// and so does all behind it, until it is there: with a central that rejects everything the disk holds each event once.
Result<void> Store::take_rejected(const EpochReceipt& receipt, Confirmation& outcome) {
    kept_from_ = 0;
    std::vector<const RejectedSequence*> news;
    for (const RejectedSequence& each : receipt.rejected) {
        if (each.sequence == 0 || each.sequence > live_.last) continue;
        const Result<bool> known = find_about_.begin().bind(1, position_of(each.sequence)).step();
        find_about_.reset();
        if (!known) return known.error();
        if (!*known) news.push_back(&each);
    }
    const auto lower = [](const auto* a, const auto* b) { return a->sequence < b->sequence; };
    std::sort(news.begin(), news.end(), lower);
    // Copies of content: as much as one commit may be large, and then the WAL is emptied if it has to be.
    for (auto next = news.begin(); next != news.end();) {
        kept_from_ = (*next)->sequence;
        const std::int64_t most = settings_.most_quarantined_bytes();
        if (counters_.open_bytes() >= most) {
            outcome.kept = kept_from_;
            const auto held = [this](const auto* each) { return each->sequence >= live_.first; };
            const auto first = std::find_if(next, news.end(), held);
            kept_from_ = first == news.end() ? 0 : (*first)->sequence;
            return {};
        }
        const auto work = [&]() -> Result<void> {
            const std::int64_t room = std::min(counters_.open_bytes() + copied_in_slice, most);
            for (; next != news.end() && counters_.open_bytes() < room; ++next) {
                const std::string why = foreign_text((*next)->code, longest_rejection);
                const auto done = move_to_quarantine((*next)->sequence, "rejected_by_central", why, RowState::whole);
                if (!done) return done.error();
            }
            return {};
        };
        if (auto done = transaction("quarantine what central rejects", work); !done) return done;
        if (!checkpoint_due()) continue;
        if (auto done = checkpoint(); !done) return done;
    }
    kept_from_ = 0;
    return {};
}

/// In a transaction. The content goes to quarantine (copied, when the row stays whole) and an event names it. False if
/// the row is pruned or was taken out already.
Result<bool> Store::move_to_quarantine(Sequence sequence, std::string_view rule, std::string_view detail,
                                       RowState state) {
    const std::int64_t position = position_of(sequence);
    Result<std::optional<StoredRow>> row = row_at(position);
    if (!row) return row.error();
    const bool there = *row && (*row)->state == RowState::whole;
    const Digest digest = *row ? (*row)->digest : Digest{};
    Draft::Quarantine record{{}, std::string(rule), {}};
    if (there) record.bytes = std::move((*row)->body);
    if (!there && state != RowState::whole) return false;
    // What the disk has changed says nothing that can be relied on.
    const Glance glance = rule == "damaged_on_disk" ? Glance() : glance_at(body_data(record.bytes));
    const Result<Sequence> told = insert_own(own::quarantined(live_.epoch, sequence, rule, detail, digest, glance));
    if (!told) return told.error();
    if (!own_.empty() && own_.back().sequence == *told) own_.back().rule = rule;
    Result<void> done = insert_quarantine(record, "agent", position_of(*told), position);
    if (!done) return done.error();
    if (state == RowState::whole) return true;
    if (done = write_keys(); !done) return done.error();  // its body goes
    if (counters_.too_large.has(position)) {
        const Result<std::int64_t> bytes = bytes_in_quarantine(*database_, position);
        if (!bytes) return bytes.error();
        counters_.too_large.remove(*bytes);
    }
    update_state_.begin().bind(1, position).bind(2, static_cast<std::int64_t>(state)).bind_text(3, rule);
    if (done = update_state_.run(); !done) return done.error();
    return true;
}

Result<void> Store::withhold(Sequence sequence, std::string_view rule) {
    return transaction("withhold an event", [&]() -> Result<void> {
        const Result<bool> moved = move_to_quarantine(sequence, rule, own::withheld_detail, RowState::withheld);
        return moved ? Result<void>() : Result<void>(moved.error());
    });
}

Result<void> Store::note_largest_line(std::int64_t bytes) {
    if (bytes == counters_.too_large.line) return {};
    return transaction("keep what the broker takes", [&]() -> Result<void> {
        counters_.too_large.learn(bytes);
        return {};
    });
}

Confirmation Store::confirm_sent(Epoch epoch, Sequence upto) {
    if (epoch == live_.epoch) live_.confirmed = std::clamp(upto, live_.confirmed, live_.last);
    Confirmation outcome;
    outcome.confirmed = live_.confirmed;
    return outcome;
}

}  // namespace tillpost
