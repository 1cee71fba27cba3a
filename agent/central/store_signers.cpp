// SPDX-License-Identifier: Apache-2.0
// What an import asks the receiver's store: who may sign for an agent, and what is missing of its stream.
#include "agent/central/store.hpp"

namespace tillpost {
namespace {

Result<std::optional<std::string>> first_text(Database& database, std::string_view sql, std::string_view first,
                                              const std::string* second = nullptr) {
    Result<Statement> query = database.prepare(sql);
    if (!query) return query.error();
    query->begin().bind_text(1, first);
    if (second != nullptr) query->bind_text(2, *second);
    const Result<bool> row = query->step();
    if (!row) return row.error();
    return *row ? std::optional(std::string(query->bytes(0))) : std::nullopt;
}

}  // namespace

Result<SignersKnown> CentralStore::signers_known(const std::string& source, const std::string& fingerprint) {
    auto recorded = first_text(*database_, "SELECT fingerprint FROM signer WHERE source = ?1", source);
    if (!recorded) return recorded.error();
    auto elsewhere = first_text(*database_, "SELECT source FROM signer WHERE fingerprint = ?1 AND source <> ?2 LIMIT 1",
                                fingerprint, &source);
    if (!elsewhere) return elsewhere.error();
    return SignersKnown{std::move(*recorded), std::move(*elsewhere)};
}

Result<void> CentralStore::record_signer(const std::string& source, const std::string& fingerprint) {
    Result<Statement> insert = database_->prepare("INSERT OR REPLACE INTO signer VALUES (?, ?, ?)");
    if (!insert) return insert.error();
    insert->begin().bind_text(1, source).bind_text(2, fingerprint);
    return insert->bind(3, clock_.now().wall.time_since_epoch().count()).run();
}

Result<std::vector<Range>> CentralStore::missing(const AgentName& agent, Epoch epoch, Sequence last, std::size_t most) {
    const Result<AgentState*> state = find_agent(agent.source());
    if (!state) return state.error();
    if (last == 0) return std::vector<Range>();
    if (*state != nullptr) {
        const auto found = (*state)->epochs.find(epoch);
        if (found != (*state)->epochs.end()) return found->second.ledger.missing({1, last}, last, most);
    }
    return std::vector<Range>{{1, last}};
}

}  // namespace tillpost
