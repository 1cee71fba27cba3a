// SPDX-License-Identifier: Apache-2.0
// [privacy-1] Taking content out of the file for good.
#include <algorithm>
#include <string>
#include <utility>

#include "agent/journal/own_events.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/store_transaction.hpp"
#include "agent/wire/tombstones.hpp"

namespace tillpost {
namespace {

constexpr std::ptrdiff_t card_digits = 12;  // the fewest that a card number has

/// Whether a part of the key may itself be what is to be erased.
bool may_hold_card_number(std::string_view key) {
    if (key.starts_with(content_key_sign)) return true;  // a hash of it
    for (std::size_t begin = 0; begin <= key.size();) {
        const std::size_t end = std::min(key.find('/', begin), key.size());
        const std::string_view part = key.substr(begin, end - begin);
        if (std::count_if(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; }) >= card_digits) {
            return true;
        }
        begin = end + 1;
    }
    return false;
}

/// Is it one of the agent's own by which other events are proven, or their absence explained? It has hashes and
/// numbers in it, and no record's content.
bool carries_proof(std::string_view body) {
    const std::string_view type = body_type(body);
    if (type == "quarantined") return body_data(body).starts_with("{\"event\":");
    return type == "seal" || type == "loss" || type == "gone" || type == "reissued";
}

}  // namespace

/// The key stays, so that the event sent again is told from a new one; the hash of its content goes, because a hash of
/// a card number is a card number. A key that may be one goes, too, and for a day unknown keys are doubted.
Result<void> Store::forget_content(std::int64_t position, std::string_view body) {
    const auto key = key_of(sha_, settings_.keys.get(), position, 0, body);
    if (!key) return free_key_.begin().bind(1, position).run();
    auto& statement = may_hold_card_number(key->key) ? drop_key_ : erase_key_;
    if (auto done = statement.begin().bind_text(1, key->key).bind_blob(2, key->content).bind(3, position).run(); !done)
        return done;
    return &statement == &drop_key_ ? doubt_unknown_keys() : Result<void>();
}

Result<bool> Store::erase(std::uint32_t ordinal, Sequence sequence, const Erasure& by) {
    const Former* former = find_former_by_ordinal(ordinal);
    const Epoch epoch = former != nullptr ? former->summary.epoch : live_.epoch;
    const std::int64_t position = position_at(ordinal, sequence);
    const Result<std::optional<StoredRow>> row = row_at(position);
    if (!row) return row.error();
    const bool whole = *row && (*row)->state == RowState::whole;
    const bool kept = whole && carries_proof((*row)->body);
    // Of a `quarantined` event its record's bytes are meant.
    if (kept && body_type((*row)->body) != "quarantined") {
        return Error{Errc::invalid,
                     "is an event by which the agent proves its others: it has no record's content, and stays"};
    }
    const Result<std::vector<QuarantineRecord>> records = records_with(position);
    if (!records) return records.error();
    if (!*row && records->empty())
        return Error{Errc::invalid,
                     "is not in this journal, or not any more: what central has of it is erased there, by "
                     "tillpost-central erase"};
    bool any = whole && !kept;
    const std::string body = whole ? (*row)->body : std::string();
    const auto work = [&]() -> Result<void> {
        if (auto done = write_keys(); !done) return done;  // its own is among them
        if (auto done = forget_content(position, body); !done) return done;
        if (auto done = forget_returned_.begin().bind(1, position).run(); !done) return done;
        for (const QuarantineRecord& each : *records) {
            const Result<bool> did = erase_record(each, by);
            if (!did) return did.error();
            any = any || *did;
            // What was too large to be sent may have gone to central by an export.
            const bool may_be_out = *did && each.rule == too_large_reason;
            const auto its = may_be_out ? number_of_event(each.about) : std::nullopt;
            const auto told = its ? insert_own(own::erased(its->first, its->second, by)) : Result<Sequence>(0);
            if (!told) return told.error();
        }
        if (!whole || kept) return {};
        update_state_.begin().bind(1, position).bind(2, static_cast<std::int64_t>(RowState::withheld));
        if (auto put = update_state_.bind_text(3, "erased").run(); !put) return put;
        const auto told = insert_own(own::erased(epoch, sequence, by));
        return told ? Result<void>() : Result<void>(told.error());
    };
    if (auto done = transaction("erase an event's content", work); !done) return done.error();
    return any;
}

/// Those that a `quarantined` event at this place speaks of, and whose content was an event here.
Result<std::vector<QuarantineRecord>> Store::records_with(std::int64_t position) {
    auto rows = database_->prepare("SELECT position FROM quarantine WHERE position = ?1 OR about = ?1");
    if (!rows) return rows.error();
    std::vector<std::int64_t> positions;
    rows->begin().bind(1, position);
    for (;;) {
        const Result<bool> row = rows->step();
        if (!row) return row.error();
        if (!*row) break;
        positions.push_back(rows->integer(0));
    }
    std::vector<QuarantineRecord> records;
    for (const std::int64_t each : positions) {
        Result<std::optional<QuarantineRecord>> record = read_record(each, true);
        if (!record) return record.error();
        if (*record) records.push_back(std::move(**record));
    }
    return records;
}

/// [durable-3] Who has an open record erased has decided on it: nothing is left that could travel. True if it was open,
/// or had content.
Result<bool> Store::erase_record(QuarantineRecord record, const Erasure& by) {
    const bool open = record.decision.word.empty();
    if (!open && record.bytes.empty()) return false;
    // [privacy-1] What became no event has no salt: its hash, said once more, would be a card number. An event has one.
    if (!record.was_event) {
        record.bytes.clear();
        record.altered.reset();
        for (std::string* text : {&record.till, &record.store, &record.number, &record.business_date}) {
            if (may_hold_card_number(*text)) text->clear();
        }
    }
    if (open) {
        QuarantineDecision decision;
        decision.id = record.id;
        decision.user = by.user;
        decision.actor = by.actor;
        decision.reason = by.reason;
        Decided told;
        if (auto done = note_decision(record, decision, std::nullopt, told); !done) return done.error();
    }
    if (!open) counters_.quarantine_bytes -= static_cast<std::int64_t>(record.size);
    const auto done = database_->execute("UPDATE quarantine SET bytes = x'', digest = NULL WHERE position = " +
                                         std::to_string(*quarantine_position(record.id)));
    return done ? Result<bool>(true) : Result<bool>(done.error());
}

Result<std::uint32_t> Store::ordinal_of(Epoch epoch) const {
    if (epoch == live_.epoch) return live_.ordinal;
    for (const Former& former : formers_) {
        if (former.summary.epoch == epoch) return former.summary.ordinal;
    }
    return Error{Errc::invalid, "its epoch is not in this journal"};
}

// What is deleted stands in free pages, and copies of it in the WAL, until both are written anew.
Result<void> Store::compact() {
    if (auto done = database_->checkpoint(true); !done) return done.error().with_context("compact the journal");
    if (auto done = database_->execute("VACUUM"); !done) return done.error().with_context("compact the journal");
    return database_->checkpoint(true);
}

}  // namespace tillpost
