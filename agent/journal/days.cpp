// SPDX-License-Identifier: Apache-2.0
// [complete-1] What is kept of the business days beside the events: written with certificates and now and then, so that
// a start reads only the newest events again (the idea of agent/decisions/0009).
#include "agent/journal/places.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/store_transaction.hpp"
#include "agent/journal/twins.hpp"

namespace tillpost {

Result<void> Store::write_days(const KeptDays& days) {
    auto put = database_->prepare(
        "INSERT INTO day (till, business_date, state) VALUES (?1, ?2, ?3) "
        "ON CONFLICT (business_date, till) DO UPDATE SET state = ?3");
    if (!put) return put.error();
    auto forget = database_->prepare("DELETE FROM day WHERE till = ?1 AND business_date = ?2");
    if (!forget) return forget.error();
    for (const KeptDays::Row& row : days.rows) {
        Statement& statement = row.state.empty() ? *forget : *put;
        statement.begin().bind_text(1, row.till).bind_text(2, row.business_date);
        if (!row.state.empty()) statement.bind_text(3, row.state);
        if (auto done = statement.run(); !done) return done;
    }
    if (days.upto == 0) return {};
    Recorded last;
    last.epoch = days.epoch;
    last.sequence = days.upto;
    const std::int64_t upto = position_of_recorded(last);
    if (upto <= days_upto_) return {};
    days_upto_ = upto;
    if (auto done = Twins(*this).forget(upto); !done) return done;
    return count_.begin().bind_text(1, "day_upto").bind(2, upto).run();
}

Result<void> Store::keep_days(const KeptDays& days) {
    // What is pruned waits for it.
    return transaction(
        "keep the business days", [&] { return write_days(days); }, Database::Spare::used);
}

Result<KeptDays> Store::kept_days() {
    const Result<std::int64_t> upto = database_->integer("SELECT value FROM counter WHERE name = 'day_upto'");
    if (!upto) return upto.error();
    days_upto_ = *upto;
    keeps_days_ = true;
    KeptDays kept;
    if (days_upto_ != 0) {
        const Recorded at = recorded_at(days_upto_);
        kept.epoch = at.epoch;
        kept.ordinal = static_cast<std::uint32_t>(days_upto_ >> sequence_bits);
        kept.upto = at.sequence;
    }
    auto rows = database_->prepare("SELECT till, business_date, state FROM day");
    if (!rows) return rows.error();
    rows->begin();
    const auto read = rows->each([&](const Statement& row) {
        kept.rows.push_back({std::string(row.bytes(0)), std::string(row.bytes(1)), std::string(row.bytes(2))});
    });
    if (!read) return noted(read.error());
    return kept;
}

// What does not travel any more counts all the same: its content is in quarantine.
Result<void> Store::each_behind_days(const std::function<void(const HeldEvent&)>& visit) {
    auto rows = database_->prepare(
        "SELECT event.position, event.recorded, event.digest, coalesce(unpacked(body), unpacked(bytes), x'') "
        "FROM event LEFT JOIN quarantine ON about = event.position WHERE event.position > ?1 ORDER BY event.position");
    if (!rows) return rows.error();
    const auto twins = Twins(*this).kept();
    if (!twins) return noted(twins.error());
    rows->begin().bind(1, days_upto_);
    for (;;) {
        const Result<bool> row = rows->step();
        if (!row) return noted(row.error());
        if (!*row) return {};
        const std::int64_t position = rows->integer(0);
        std::string_view body = rows->bytes(3);
        if (sha_(body) != digest_from_bytes(rows->bytes(2))) body = {};
        const auto bears_upon = [this, position](const Event& event) {
            auto found = Places(*this).bears_on(event, position);
            return found ? std::move(*found) : BearsOn();
        };
        Result<bool> counted = Twins(*this).is_kept(*twins, position);
        if (counted && !*counted) counted = Twins(*this).is_released_again(position, body);
        if (!counted) return noted(counted.error());
        const Result<Twins::First> first = Twins(*this).first(position);
        if (!first) return noted(first.error());
        const Recorded at = recorded_at(position);
        visit({at.epoch, at.sequence, rows->integer(1), body, bears_upon, *counted, first->position,
               first->from_salvage});
    }
}

}  // namespace tillpost
