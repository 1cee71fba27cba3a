// SPDX-License-Identifier: Apache-2.0
// [durable-3] The records in quarantine of a damaged journal: what a person has to decide on is not lost in silence.
#include <algorithm>
#include <string_view>
#include <utility>

#include "agent/journal/position.hpp"
#include "agent/journal/salvage.hpp"
#include "agent/wire/line.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_records = 16;  // at once

SalvagedQuarantine::Row record_in(const Statement& from) {
    SalvagedQuarantine::Row record;
    record.position = from.integer(0);
    record.recorded = from.integer(1);
    record.device = from.bytes(2);
    record.rule = from.bytes(3);
    record.field = from.bytes(4);
    record.bytes = from.bytes(5);
    if (!from.is_null(6)) record.about = from.integer(6);
    record.type = from.bytes(7);
    record.amount = from.bytes(8);
    record.decision = from.bytes(9);
    record.decided = from.integer(10);
    record.user = from.integer(11);
    record.actor = from.bytes(12);
    if (!from.is_null(13)) record.became = from.integer(13);
    if (!from.is_null(14)) record.digest = digest_from_bytes(from.bytes(14));
    return record;
}

/// A torn page has zeros where its rows were. Content that is not what was put there is another matter: that stays.
bool is_sound(const Statement& from) {
    for (const int column : {1, 2, 3, 4, 5}) {
        if (from.is_null(column)) return false;
    }
    const std::string_view decision = from.bytes(9);
    return decision.empty() || is_decision(decision);
}

}  // namespace

/// Where rows are mixed: is there an event of ours that names these bytes?
bool Salvage::is_spoken_of(const SalvagedQuarantine::Row& record) {
    if (!search_pages()) return false;
    const auto row = pages_->row(record.position);
    return row && body_type(row->body) == "quarantined" &&
           row->body.find(to_hex(sha_(record.bytes))) < row->body.size();
}

void Salvage::read_records(SalvagedQuarantine& found) {
    std::size_t bytes = 0;
    const std::int64_t after = found.upto == 0 ? -1 : found.upto;  // the rows of a torn page have the number 0
    Result<bool> there = first_row([&]() -> Statement& { return quarantine_.begin().bind(1, after); });
    for (; there && *there; there = quarantine_.step()) {
        const std::int64_t position = quarantine_.integer(0);
        if (position <= found.upto || !is_of_an_epoch(position) || !is_sound(quarantine_)) {
            there = Error{Errc::corrupt, "rows of a page are gone, or out of their order"};
            break;
        }
        SalvagedQuarantine::Row record = record_in(quarantine_);
        found.upto = record.position;
        bytes += record.bytes.size();
        if (!mixed_ || is_spoken_of(record)) found.rows.push_back(std::move(record));
        if (!found.rows.empty() && bytes >= bytes_at_once()) break;
    }
    quarantine_.reset();
    if (!there && is_io(there.error())) note_unread(there.error());
    if (!there) note_unread_records(there.error());
    if (there && !database_) note_unread_records({Errc::corrupt, "SQLite cannot open the file"});
}

void Salvage::note_unread_records(const Error& error) {
    if (std::exchange(records_unread_, true) || unreachable_) return;
    if (search_pages()) {
        log::warn(
            "SQLite cannot read the records in quarantine of the damaged journal: its pages are searched for them",
            {{"file", file_}, {"why", error.message}});
        return;
    }
    log::error("records in quarantine of the damaged journal cannot be read",
               {{"file", file_},
                {"why", error.message},
                {"what_to_do",
                 "keep the file; the stream's `quarantined` events name them (`tillpost-central quarantine`): have the "
                 "tills send again what waited for a decision"}});
}

/// A number of no epoch that was is damaged, and would be given again one day.
bool Salvage::is_of_an_epoch(std::int64_t position) const {
    const std::int64_t ordinal = position >> sequence_bits;
    return ordinal > 0 && ordinal <= epochs_.back().ordinal && sequence_at(position) != 0;
}

void Salvage::add_records_of_pages(SalvagedQuarantine& found) {
    if (!search_pages()) return;
    std::size_t bytes = 0;
    while (const PageRecords::Row* const at = pages_->records().next(found.upto)) {
        if (found.rows.size() >= most_records || bytes >= bytes_at_once()) break;
        found.upto = at->position;
        auto record = pages_->record(*at);
        if (!record || !is_of_an_epoch(at->position) || (mixed_ && !is_spoken_of(*record))) continue;
        bytes += record->bytes.size();
        found.rows.push_back(std::move(*record));
    }
}

void Salvage::note_given(const SalvagedQuarantine& found) {
    for (const SalvagedQuarantine::Row& row : found.rows) {
        if (given_.size() < PageRecords::most) given_.push_back(PageRecords::known(row, sha_));
        if (row.decision.empty()) ++given_open_;
    }
}

/// As far as the file has counted them.
bool Salvage::are_all_given() {
    if (!database_) return false;
    const auto counted = database_->integer("SELECT value FROM counter WHERE name = 'quarantined'");
    return counted && *counted == given_open_;
}

/// [end-2] Of what can be held: numbers below belong to records that were decided on and deleted long ago.
void Salvage::tell_missing_records() {
    if (!pages_ && !are_all_given()) search_pages();
    if (!pages_) return;
    if (pages_->records().is_cut()) {
        log::error("more records in quarantine than a salvage keeps: those beyond are in the damaged journal alone",
                   {{"file", file_}, {"kept", PageRecords::most}, {"what_to_do", "keep the file (with its new name)"}});
    }
    const auto is_held = [this](std::int64_t position) {
        return std::any_of(epochs_.begin(), epochs_.end(), [position](const EpochSummary& each) {
            return each.ordinal == position >> sequence_bits && sequence_at(position) >= each.first;
        });
    };
    const std::size_t missing = pages_->records().missing(given_, is_held);
    if (missing == 0) return;
    log::error("records in quarantine are gone with the damaged journal, and no event says what was decided on them",
               {{"file", file_},
                {"records", missing},
                {"what_to_do",
                 "keep the file (with its new name); `tillpost-central quarantine` names them: have the tills send "
                 "them again"}});
}

Result<std::optional<SalvagedQuarantine>> Salvage::quarantine(std::int64_t after) {
    if (after == 0) {
        given_.clear();
        given_open_ = 0;
    }
    SalvagedQuarantine found;
    found.upto = after;
    if (!records_unread_) read_records(found);
    if (records_unread_ && found.upto == after) add_records_of_pages(found);
    note_unread_pages();
    if (unreachable_) return *unreachable_;
    note_given(found);
    if (found.upto == after) {
        tell_missing_records();
        return std::optional<SalvagedQuarantine>();
    }
    return std::optional(std::move(found));
}

}  // namespace tillpost
