// SPDX-License-Identifier: Apache-2.0
// [complete-1] What the stores' business days are made of: certificates, and which tills have sent events at all.
#include "agent/central/each_row.hpp"
#include "agent/central/position.hpp"
#include "agent/central/store.hpp"

namespace tillpost {
namespace {

CentralStore::TillOfDay till_from(const Statement& row) {
    return {row.bytes(0),  row.bytes(1), row.bytes(2), row.bytes(3), static_cast<std::uint64_t>(row.integer(4)),
            row.integer(5)};
}

}  // namespace

Result<void> CentralStore::prepare_days() {
    return database_->prepare_all<CentralStore>(
        *this, {{&CentralStore::add_till_,
                 "INSERT INTO day_till (agent, date, store, till, events, last) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
                 "ON CONFLICT (agent, date, store, till) DO UPDATE SET "
                 "events = events + excluded.events, last = max(last, excluded.last)"},
                {&CentralStore::find_counted_,
                 "SELECT body FROM event WHERE position BETWEEN ? AND ? AND kind = 0 AND effect = 1"},
                {&CentralStore::take_from_till_,
                 "UPDATE day_till SET events = events - 1 WHERE agent = ?1 AND date = ?2 AND store = ?3 AND till = ?4"},
                {&CentralStore::delete_till_,
                 "DELETE FROM day_till WHERE agent = ?1 AND date = ?2 AND store = ?3 AND till = ?4 AND events <= 0"}});
}

void CentralStore::note_till_of_day(const Envelope& envelope, std::int64_t agent_id, std::int64_t position) {
    const std::string store(envelope.other_store());
    EventsOfTill& of = tills_of_days_[{agent_id, envelope.business_date, store, envelope.till}];
    ++of.events;
    of.last = std::max(of.last, position);
}

Result<void> CentralStore::write_tills_of_days() {
    for (const auto& [key, of] : tills_of_days_) {
        const auto& [agent_id, date, store, till] = key;
        add_till_.begin().bind(1, agent_id).bind_text(2, date).bind_text(3, store).bind_text(4, till);
        add_till_.bind(5, of.events).bind(6, of.last);
        if (auto done = add_till_.run(); !done) return done;
    }
    tills_of_days_.clear();
    return {};
}

/// [privacy-1] Before their content is erased: a card number may stand in a till's name, too.
Result<void> CentralStore::forget_tills_of(std::int64_t first, std::int64_t last, std::int64_t agent_id) {
    if (auto done = write_tills_of_days(); !done) return done;
    find_counted_.begin().bind(1, first).bind(2, last);
    for (;;) {
        const Result<bool> row = find_counted_.step();
        if (!row) return row.error();
        if (!*row) return {};
        const auto envelope = read_envelope(find_counted_.bytes(0));
        if (!envelope || !envelope->is_of_a_day()) continue;
        const std::string store(envelope->other_store());
        for (Statement* const each : {&take_from_till_, &delete_till_}) {
            each->begin().bind(1, agent_id).bind_text(2, envelope->business_date);
            each->bind_text(3, store).bind_text(4, envelope->till);
            if (auto done = each->run(); !done) return done;
        }
    }
}

Result<void> CentralStore::each_of_days(const std::function<void(const Row&)>& visit) {
    // The types as the partial index has them.
    return each_row(*database_,
                    "SELECT agent.source, type, body, position FROM event JOIN epoch ON epoch.id = position >> 44 "
                    "JOIN agent ON agent.id = epoch.agent "
                    "WHERE type IN ('tillpost.day_certificate.v1', 'tillpost.coverage.v1') AND kind = 0 "
                    "ORDER BY position",
                    [&visit](const Statement& row) {
                        Row one;
                        one.source = row.bytes(0);
                        one.type = row.bytes(1);
                        one.body = row.bytes(2);
                        one.position = row.integer(3);
                        visit(one);
                    });
}

Result<void> CentralStore::each_till_of(const std::string& date, const std::function<void(const TillOfDay&)>& visit) {
    // One look-up an agent.
    return each_row(*database_,
                    "SELECT agent.source, date, store, till, events, last FROM agent CROSS JOIN day_till ON "
                    "day_till.agent = agent.id AND date = ?1",
                    date, [&visit](const Statement& row) { visit(till_from(row)); });
}

Result<void> CentralStore::each_till_ever(const std::function<void(const TillOfDay&)>& visit) {
    return each_row(*database_,
                    "SELECT agent.source, min(date), store, till, sum(events), max(last) FROM day_till "
                    "JOIN agent ON agent.id = day_till.agent GROUP BY day_till.agent, store, till",
                    [&visit](const Statement& row) { visit(till_from(row)); });
}

Result<void> CentralStore::each_till_of_agent(const std::string& source,
                                              const std::function<void(const TillOfDay&)>& visit) {
    return each_row(*database_,
                    "SELECT agent.source, date, store, till, events, last, epoch.epoch, kind FROM agent "
                    "CROSS JOIN day_till ON day_till.agent = agent.id LEFT JOIN epoch ON epoch.id = last >> 44 "
                    "LEFT JOIN event ON position = last WHERE agent.source = ?1",
                    source, [&visit](const Statement& row) {
                        TillOfDay till = till_from(row);
                        if (!row.is_null(6)) till.epoch = epoch_from_bytes(row.bytes(6));
                        till.is_tombstone = !row.is_null(7) && row.integer(7) != 0;
                        visit(till);
                    });
}

}  // namespace tillpost
