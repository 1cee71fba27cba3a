// SPDX-License-Identifier: Apache-2.0
// What people and the history checker ask the receiver's store.
#include "agent/central/each_row.hpp"
#include "agent/central/position.hpp"
#include "agent/central/store.hpp"

namespace tillpost {
namespace {

Range range_from(const Statement& row, int column) {
    return {static_cast<Sequence>(row.integer(column)), static_cast<Sequence>(row.integer(column + 1))};
}

}  // namespace

Result<CentralStore::Statements> CentralStore::statements() {
    Statements found;
    const auto move = [&found](const Statement& row) {
        const auto sequence = static_cast<Sequence>(row.integer(4)) & last_sequence;
        found.moves.push_back(
            {epoch_from_bytes(row.bytes(0)), range_from(row, 1), epoch_from_bytes(row.bytes(3)), sequence});
    };
    auto done = each_row(*database_,
                         "SELECT former.epoch, first, last, epoch.epoch, position FROM reissue "
                         "JOIN epoch AS former ON former.id = reissue.former JOIN epoch ON epoch.id = position >> 44 "
                         "ORDER BY former.epoch, first, position",
                         move);
    if (!done) return done.error();
    const auto loss = [&found](const Statement& row) {
        found.losses.push_back({epoch_from_bytes(row.bytes(0)), range_from(row, 1), {}});
    };
    done = each_row(*database_,
                    "SELECT epoch.epoch AS name, first, last FROM loss JOIN epoch ON epoch.id = loss.epoch UNION ALL "
                    "SELECT epoch.epoch, position & 17592186044415, position & 17592186044415 FROM settled "
                    "JOIN epoch ON epoch.id = position >> 44 WHERE rule = 'damaged_on_disk' ORDER BY name, first",
                    loss);
    if (!done) return done.error();
    const auto gone = [&found](const Statement& row) {
        found.gone.push_back({epoch_from_bytes(row.bytes(0)), range_from(row, 1), digest_from_bytes(row.bytes(3))});
    };
    done = each_row(*database_,
                    "SELECT epoch.epoch, first, last, after FROM gone JOIN epoch ON epoch.id = gone.epoch "
                    "WHERE taken = 1 ORDER BY epoch.epoch, first",
                    gone);
    if (!done) return done.error();
    return found;
}

Result<bool> CentralStore::find(Epoch epoch, Sequence sequence, const std::function<void(const Row&)>& visit) {
    if (!find_line_) {
        Result<Statement> statement = database_->prepare(
            "SELECT kind, digest, chain, effect, type, time, subject, quality, rejected, reason, body FROM epoch "
            "JOIN event ON position = (epoch.id << 44 | ?2) WHERE epoch.epoch = ?1");
        if (!statement) return statement.error();
        find_line_ = std::move(*statement);
    }
    const EpochBytes bytes = bytes_of(epoch);
    find_line_->begin().bind_blob(1, view_of(bytes)).bind(2, static_cast<std::int64_t>(sequence));
    Result<bool> found = find_line_->step();
    if (!found || !*found) return found;
    Row row;
    row.epoch = epoch;
    row.sequence = sequence;
    read_row(*find_line_, 0, row);
    visit(row);
    find_line_->reset();
    return true;
}

Result<void> CentralStore::each_agent(const std::function<Result<void>(const AgentRow&)>& visit) {
    Result<void> visited;
    const auto agent = [&](const Statement& row) {
        if (!visited) return;
        AgentRow one;
        one.source = row.bytes(0);
        one.epochs = row.integer(1);
        one.live = row.bytes(2);
        one.upto = static_cast<Sequence>(row.integer(3));
        one.gaps = row.integer(4);
        one.repeats = row.integer(5);
        one.forks = row.integer(6);
        one.returns = row.integer(7);
        one.losses = row.integer(8);
        one.set_aside = row.integer(9);
        one.seen = row.integer(10);
        one.gone = row.integer(11);
        visited = visit(one);
    };
    auto done = each_row(*database_,
                         "WITH missing AS (SELECT source, count(*) AS gaps FROM gaps GROUP BY source), "
                         // What several events name counts once, and what came all the same not at all.
                         "told AS (SELECT gone.epoch AS epoch, max(first, 1 + coalesce(max(last) OVER (PARTITION BY "
                         "  gone.epoch ORDER BY first, last, position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 "
                         "  PRECEDING), 0)) AS first, last FROM gone WHERE taken = 1), "
                         "absent AS (SELECT agent, sum(last - told.first + 1 - (SELECT count(*) FROM event WHERE "
                         "  position BETWEEN (told.epoch << 44) + told.first AND (told.epoch << 44) + last)) AS gone "
                         "  FROM told JOIN epoch ON epoch.id = told.epoch WHERE told.first <= last GROUP BY agent) "
                         "SELECT agent.source, (SELECT count(*) FROM epoch WHERE agent = agent.id), "
                         "(SELECT lower(hex(epoch)) FROM epoch WHERE id = live), "
                         "coalesce((SELECT last FROM range WHERE epoch = live AND first = 1), 0), "
                         "coalesce(missing.gaps, 0), repeats, "
                         "(SELECT count(*) FROM epoch WHERE agent = agent.id AND (fork IS NOT NULL OR EXISTS "
                         "  (SELECT 1 FROM reissue WHERE former = epoch.id AND cause = 'fork'))), returns, "
                         "(SELECT coalesce(sum(last - first + 1), 0) FROM loss JOIN epoch ON epoch.id = loss.epoch "
                         "  WHERE epoch.agent = agent.id), malformed + divergent + broken, coalesce(seen, 0), "
                         "coalesce(absent.gone, 0) FROM agent LEFT JOIN missing USING (source) "
                         "LEFT JOIN absent ON absent.agent = agent.id "
                         "ORDER BY agent.source",
                         agent);
    return done ? visited : done;
}

Result<void> CentralStore::each_quarantine(const std::optional<std::string>& source,
                                           const std::function<void(const Row&)>& visit) {
    const auto quarantine = [&visit](const Statement& row) {
        Row one;
        one.source = row.bytes(0);
        one.epoch = epoch_from_bytes(row.bytes(1));
        one.sequence = static_cast<Sequence>(row.integer(2)) & last_sequence;
        one.body = row.bytes(3);
        visit(one);
    };
    // The types as the partial index has them.
    return each_row(*database_,
                    "SELECT agent.source, epoch.epoch, position, body FROM event JOIN epoch ON epoch.id = "
                    "event.position >> 44 JOIN agent ON agent.id = epoch.agent WHERE type IN "
                    "('tillpost.quarantined.v1', 'tillpost.released.v1', 'tillpost.corrected.v1', "
                    "'tillpost.discarded.v1') AND kind = 0 AND effect = 1 AND (?1 IS NULL OR source = ?1) "
                    "ORDER BY position",
                    source, quarantine);
}

}  // namespace tillpost
