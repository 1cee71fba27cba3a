// SPDX-License-Identifier: Apache-2.0
// [privacy-1] Taking content out of the file for good.
#include <algorithm>
#include <string>
#include <utility>

#include "agent/event/redaction/card_number.hpp"
#include "agent/journal/own_events.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/store_transaction.hpp"
#include "agent/wire/tombstones.hpp"

namespace tillpost {
namespace {

/// Whether a part of the key may itself be what is to be erased, or a hash of it.
bool key_may_hold_card_number(std::string_view key) {
    return key.starts_with(content_key_sign) || may_hold_card_number(key);
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
    if (!key) {
        // Erased once more, it is known all the same.
        auto free = database_->prepare("DELETE FROM business_key WHERE position = ?1 AND content <> x'00'");
        return free ? free->begin().bind(1, position).run() : Result<void>(free.error());
    }
    auto& statement = key_may_hold_card_number(key->key) ? drop_key_ : erase_key_;
    if (auto done = statement.begin().bind_text(1, key->key).bind_blob(2, key->content).bind(3, position).run(); !done)
        return done;
    return &statement == &drop_key_ ? doubt_unknown_keys() : Result<void>();
}

/// What is here of an event or a quarantine record.
struct Store::Erasable {
    std::int64_t position = 0;          ///< Where it stands now …
    std::vector<std::int64_t> former;   ///< … and stood before: keys and quarantine know it by these numbers
    std::optional<std::string> body{};  ///< What is to go of its row; nullopt: nothing
    std::vector<QuarantineRecord> records{};
};

Result<Store::Erasable> Store::find_erasable(std::int64_t position) {
    const Result<std::int64_t> now = moved_to(position);
    if (!now) return now.error();
    Result<std::vector<std::int64_t>> former = former_places(*now);
    if (!former) return former.error();
    Erasable found{*now, std::move(*former)};
    const bool known = position == *now || std::count(found.former.begin(), found.former.end(), position) > 0;
    if (!known) found.former.push_back(position);  // the way back is forgotten first
    Result<std::optional<StoredRow>> row = row_at(found.position);
    if (!row) return row.error();
    const bool whole = *row && (*row)->state == RowState::whole;
    const bool kept = whole && carries_proof((*row)->body);
    // Of a `quarantined` event its record's bytes are meant.
    if (kept && body_type((*row)->body) != "quarantined") {
        return Error{Errc::invalid,
                     "is an event by which the agent proves its others: it has no record's content, and stays"};
    }
    if (whole && !kept) found.body = std::move((*row)->body);
    if (auto done = find_records_with(found.position, found.records); !done) return done.error();
    for (const std::int64_t each : found.former) {
        if (auto done = find_records_with(each, found.records); !done) return done.error();
    }
    if (!*row && found.records.empty())
        return Error{Errc::invalid,
                     "is not in this journal, or not any more: what central has of it is erased there, by "
                     "tillpost-central erase"};
    return found;
}

Result<std::string> Store::erasable_content(std::uint32_t ordinal, Sequence sequence) {
    Result<Erasable> found = find_erasable(position_at(ordinal, sequence));
    if (!found) return found.error();
    if (found->body) return std::move(*found->body);
    for (QuarantineRecord& record : found->records) {
        if (record.was_event && !record.bytes.empty()) return std::move(record.bytes);
    }
    return std::string();
}

Result<bool> Store::erase(std::uint32_t ordinal, Sequence sequence, const Erasure& by) {
    const Result<Erasable> found = find_erasable(position_at(ordinal, sequence));
    if (!found) return found.error();
    bool any = false;
    const auto work = [&]() -> Result<void> {
        const Result<bool> did = erase_found(*found, by);
        any = did && *did;
        return did ? Result<void>() : Result<void>(did.error());
    };
    if (auto done = transaction("erase an event's content", work); !done) return done.error();
    return any;
}

/// In a transaction. The `loss` names the present place: central knows from `reissued` events which others it had.
Result<bool> Store::erase_found(const Erasable& found, const Erasure& by) {
    if (auto done = write_keys(); !done) return done.error();  // its own is among them
    const std::string body = found.body.value_or(std::string());
    if (auto done = forget_content(found.position, body); !done) return done.error();
    for (const std::int64_t each : found.former) {
        if (auto done = forget_content(each, body); !done) return done.error();
    }
    if (auto done = forget_returned_.begin().bind(1, found.position).bind(2, -1).run(); !done) return done.error();
    bool any = found.body.has_value();
    for (const QuarantineRecord& each : found.records) {
        const Result<bool> did = erase_record(each, by);
        if (!did) return did.error();
        any = any || *did;
        // What was too large to be sent may have gone to central by an export.
        const bool may_be_out = *did && each.rule == too_large_reason;
        const auto its = may_be_out ? number_of_event(each.about) : std::nullopt;
        const auto told = its ? insert_own(own::erased(its->first, its->second, by)) : Result<Sequence>(0);
        if (!told) return told.error();
    }
    if (!found.body) return any;
    update_state_.begin().bind(1, found.position).bind(2, static_cast<std::int64_t>(RowState::withheld));
    if (auto put = update_state_.bind_text(3, "erased").run(); !put) return put.error();
    if (database_->changes() != 1) {
        return Error{Errc::io, id_at(found.position) +
                                   " is not where it was found: nothing is erased; run `tillpost journal verify`"};
    }
    const Recorded at = recorded_at(found.position);
    const auto told = insert_own(own::erased(at.epoch, at.sequence, by));
    return told ? Result<bool>(any) : Result<bool>(told.error());
}

/// Those that a `quarantined` event at this place speaks of, and whose content was an event here.
Result<void> Store::find_records_with(std::int64_t position, std::vector<QuarantineRecord>& records) {
    auto rows = database_->prepare("SELECT position FROM quarantine WHERE position = ?1 OR about = ?1");
    if (!rows) return rows.error();
    std::vector<std::int64_t> positions;
    rows->begin().bind(1, position);
    const auto read = rows->each([&](const Statement& row) { positions.push_back(row.integer(0)); });
    if (!read) return read.error();
    for (const std::int64_t each : positions) {
        Result<std::optional<QuarantineRecord>> record = read_record(each, true);
        if (!record) return record.error();
        if (*record) records.push_back(std::move(**record));
    }
    return {};
}

/// [durable-3] Who has an open record erased has decided on it: nothing is left that could travel. True if it was open,
/// or had content, or its hash.
Result<bool> Store::erase_record(QuarantineRecord record, const Erasure& by) {
    const bool open = record.decision.word.empty();
    const std::string at_it = " WHERE position = " + std::to_string(*quarantine_position(record.id));
    if (!open && record.bytes.empty()) {
        const auto done = database_->execute("UPDATE quarantine SET digest = NULL" + at_it +
                                             " AND about IS NULL AND digest IS NOT NULL");
        return done ? Result<bool>(database_->changes() > 0) : Result<bool>(done.error());
    }
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
    const auto stored = static_cast<std::int64_t>(record.stored);
    if (!open) counters_.quarantine_bytes -= stored;
    if (!open) counters_.decided_bytes -= stored;
    const auto done = database_->execute("UPDATE quarantine SET bytes = x'', digest = NULL" + at_it);
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
