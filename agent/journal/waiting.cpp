// SPDX-License-Identifier: Apache-2.0
// [complete-1] What the business days need of the records that wait in quarantine, without their content: a start reads
// this, and no more of it than they tell apart, however much waits.
#include <algorithm>
#include <utility>
#include <vector>

#include "agent/event/glance.hpp"
#include "agent/event/json_text.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/quarantine_content.hpp"
#include "agent/journal/store_transaction.hpp"

namespace tillpost {
namespace {

/// The members by which glance_at() finds the same again: names stand between the digits, so that they do not look like
/// a card number together.
std::string says_of(const Glance& glance) {
    JsonObject says;
    says.optional_text("business_date", glance.business_date).optional_text("till", glance.till);
    return says.optional_text("store", glance.store).optional_text("number", glance.number).close();
}

}  // namespace

Result<void> Store::prepare_waiting() {
    return database_->prepare_all<Store>(*this, {{&Store::put_waiting_,
                                                  "INSERT INTO waiting (position, recorded, says) VALUES (?1, ?2, ?3) "
                                                  "ON CONFLICT (position) DO UPDATE SET says = ?3"},
                                                 {&Store::drop_waiting_, "DELETE FROM waiting WHERE position = ?1"}});
}

Result<void> Store::begin_waiting(std::int64_t position, std::int64_t recorded, const Glance& glance) {
    ++counters_.waiting;
    return put_waiting_.begin().bind(1, position).bind(2, recorded).bind_text(3, says_of(glance)).run();
}

Result<void> Store::end_waiting(std::int64_t position) {
    if (auto done = drop_waiting_.begin().bind(1, position).run(); !done) return done;
    counters_.waiting -= database_->changes();
    return {};
}

Result<std::uint64_t> Store::each_waiting_record(std::size_t most, const VisitRecord& visit) {
    auto rows = database_->prepare(
        "SELECT position, recorded, says, (SELECT unpacked(bytes) FROM quarantine WHERE quarantine.position = "
        "waiting.position AND says IS NULL) FROM waiting ORDER BY position LIMIT ?1");
    if (!rows) return rows.error();
    rows->begin().bind(1, static_cast<std::int64_t>(most));
    std::vector<std::pair<std::int64_t, std::string>> of_former_formats;
    std::int64_t visited = 0;
    for (;; ++visited) {
        const Result<bool> row = rows->step();
        if (!row) return noted(row.error()).with_context("list what waits in quarantine");
        if (!*row) break;
        QuarantineRecord record;
        record.id = quarantine_id(rows->integer(0));
        record.recorded = rows->integer(1);
        Glance glance = glance_at(rows->bytes(rows->is_null(2) ? 3 : 2));
        if (rows->is_null(2)) of_former_formats.emplace_back(rows->integer(0), says_of(glance));
        note_glance(record, std::move(glance));
        visit(record);
    }
    rows->reset();
    // On a full disk the next start looks at their content again.
    const auto done = keep_what_they_say(of_former_formats);
    if (!done && done.error().code != Errc::full) return done.error();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, counters_.waiting - visited));
}

Result<void> Store::keep_what_they_say(const std::vector<std::pair<std::int64_t, std::string>>& records) {
    if (records.empty()) return {};
    return transaction("keep what records in quarantine say", [&]() -> Result<void> {
        for (const auto& [position, says] : records) {
            if (auto done = put_waiting_.begin().bind(1, position).bind(2, 0).bind_text(3, says).run(); !done)
                return done;
        }
        return {};
    });
}

}  // namespace tillpost
