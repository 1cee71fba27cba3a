// SPDX-License-Identifier: Apache-2.0
// What an audit asks the receiver's store beside its lines.
#include "agent/central/position.hpp"
#include "agent/central/store.hpp"

namespace tillpost {

Result<std::vector<CentralStore::EpochRow>> CentralStore::epoch_rows(const std::optional<std::string>& source) {
    Result<Statement> rows = database_->prepare(
        "SELECT agent.source, epoch.epoch, epoch.ordinal, epoch.fork, (SELECT max(last) FROM range WHERE range.epoch = "
        "epoch.id) FROM epoch JOIN agent ON agent.id = epoch.agent WHERE ?1 IS NULL OR agent.source = ?1 "
        "ORDER BY agent.id, epoch.id");
    if (!rows) return rows.error();
    rows->begin();
    if (source) rows->bind_text(1, *source);
    std::vector<EpochRow> found;
    for (;;) {
        const Result<bool> there = rows->step();
        if (!there) return there.error();
        if (!*there) return found;
        EpochRow row;
        row.source = rows->bytes(0);
        row.epoch = epoch_from_bytes(rows->bytes(1));
        if (!rows->is_null(2)) row.ordinal = static_cast<std::uint32_t>(rows->integer(2));
        row.forked = !rows->is_null(3);
        row.last = static_cast<Sequence>(rows->integer(4));
        found.push_back(std::move(row));
    }
}

Result<std::vector<std::pair<std::string, std::string>>> CentralStore::signers() {
    Result<Statement> rows = database_->prepare("SELECT source, fingerprint FROM signer");
    if (!rows) return rows.error();
    rows->begin();
    std::vector<std::pair<std::string, std::string>> found;
    for (;;) {
        const Result<bool> there = rows->step();
        if (!there) return there.error();
        if (!*there) return found;
        found.emplace_back(rows->bytes(0), rows->bytes(1));
    }
}

Result<std::vector<std::string>> CentralStore::agents_without_live(const std::optional<std::string>& source) {
    Result<Statement> rows = database_->prepare(
        "SELECT source FROM agent WHERE (?1 IS NULL OR source = ?1) AND live > 0 AND NOT EXISTS (SELECT 1 FROM epoch "
        "WHERE epoch.id = agent.live)");
    if (!rows) return rows.error();
    rows->begin();
    if (source) rows->bind_text(1, *source);
    std::vector<std::string> found;
    for (;;) {
        const Result<bool> there = rows->step();
        if (!there) return there.error();
        if (!*there) return found;
        found.emplace_back(rows->bytes(0));
    }
}

}  // namespace tillpost
