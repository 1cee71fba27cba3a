// SPDX-License-Identifier: Apache-2.0
// The reading half of the receiver's store: receipts, and every line for export and check.
#include <algorithm>

#include "agent/central/position.hpp"
#include "agent/central/store.hpp"

namespace tillpost {
namespace {

/// `also`, `need` and `rejected` entries of one receipt together: with 1,024 epochs they stay below 256 KiB.
constexpr std::size_t most_entries = 1200;
constexpr std::size_t most_need = 64;      ///< Per epoch; the lowest come first, the next receipt names more.
constexpr std::size_t most_rejected = 64;  ///< Per epoch

}  // namespace

Result<Receipt> CentralStore::receipt(const AgentName& agent, const Hello& hello, const std::set<Epoch>& besides,
                                      Scope scope) {
    Receipt receipt{hello.number, receiver_, {}, std::nullopt, run_};
    budget_ = most_entries;
    std::set<Epoch> left = besides;
    for (const EpochSummary& wanted : hello.epochs) {
        if (left.erase(wanted.epoch) == 0 && scope == Scope::besides_only) continue;
        Result<EpochReceipt> epoch = epoch_receipt(agent.source(), wanted);
        if (!epoch) return epoch.error().with_context("receipt");
        receipt.epochs.push_back(std::move(*epoch));
    }
    // Epochs that were born after the hello. Nothing is asked for, as nothing is known of what the agent holds.
    for (const Epoch number : left) {
        if (receipt.epochs.size() >= most_epochs) break;
        EpochSummary unknown;
        unknown.epoch = number;
        Result<EpochReceipt> epoch = epoch_receipt(agent.source(), unknown);
        if (!epoch) return epoch.error().with_context("receipt");
        receipt.epochs.push_back(std::move(*epoch));
    }
    return receipt;
}

Result<EpochReceipt> CentralStore::epoch_receipt(const std::string& source, const EpochSummary& wanted) {
    const Result<AgentState*> agent = find_agent(source);
    if (!agent) return agent.error();
    const Ledger nothing(sha_, source, wanted.epoch);
    EpochState* state = nullptr;
    if (*agent != nullptr) {
        const auto found = (*agent)->epochs.find(wanted.epoch);
        if (found != (*agent)->epochs.end()) state = &found->second;
    }
    const Ledger& ledger = state != nullptr ? state->ledger : nothing;
    EpochReceipt receipt;
    receipt.epoch = wanted.epoch;
    receipt.upto = ledger.upto();
    receipt.hash = ledger.hash_of_upto();
    receipt.also = ledger.also(wanted.first, std::min(most_also_ranges, budget_));
    budget_ -= receipt.also.size();
    // What the agent believes confirmed it does not send again by itself; what it has pruned it answers with `gone`.
    const Range within{1, std::max(wanted.last, ledger.highest())};
    receipt.need = ledger.missing(within, wanted.confirmed, std::min(most_need, budget_));
    budget_ -= receipt.need.size();
    if (state == nullptr) return receipt;
    receipt.fork = state->fork;
    // Written with the agent's next commit: for people, nothing depends on it.
    if (!state->ordinal && wanted.ordinal != 0) {
        state->ordinal = wanted.ordinal;
        state->changed = true;
    }
    if (auto done = add_rejected(state->id, wanted.first, receipt); !done) return done.error();
    return receipt;
}

// What the list has no room for is not confirmed yet: an agent frees what `upto` passes, and must know of the rejection
// before (found by tests/model).
Result<void> CentralStore::add_rejected(std::int64_t epoch_id, Sequence from, EpochReceipt& receipt) {
    const std::size_t limit = std::min(most_rejected, budget_);
    std::optional<Sequence> unlisted;
    find_rejected_.begin().bind(1, position_of(epoch_id, from));
    find_rejected_.bind(2, position_of(epoch_id, last_sequence)).bind(3, static_cast<std::int64_t>(limit) + 1);
    const auto read = find_rejected_.each([&](const Statement& row) {
        const auto sequence = static_cast<Sequence>(row.integer(0)) & last_sequence;
        if (receipt.rejected.size() == limit) unlisted = sequence;
        if (!unlisted) receipt.rejected.push_back({sequence, std::string(row.bytes(1))});
    });
    if (!read) return read.error();
    budget_ -= receipt.rejected.size();
    if (!unlisted || *unlisted > receipt.upto) return {};
    const Result<std::optional<Held>> last = find_held(epoch_id, *unlisted - 1);
    if (!last) return last.error();
    if (!*last) return {};  // the first of all, or behind what is gone: an agent has nothing before it to free
    receipt.upto = *unlisted - 1;
    receipt.hash = (*last)->chain;
    return {};
}

Result<std::optional<Digest>> CentralStore::accepted_content(const AgentName& agent, Epoch epoch, Sequence sequence) {
    const Result<AgentState*> known = find_agent(agent.source());
    if (!known) return known.error();
    if (*known == nullptr) return std::optional<Digest>();
    const auto found = (*known)->epochs.find(epoch);
    if (found == (*known)->epochs.end()) return std::optional<Digest>();
    const Result<std::optional<Held>> held = find_held(found->second.id, sequence);
    if (!held) return held.error();
    if (!*held || (*held)->kind != Line::Kind::event) return std::optional<Digest>();
    const Result<std::int64_t> rejected =
        database_->integer("SELECT rejected IS NOT NULL FROM event WHERE position = " +
                           std::to_string(position_of(found->second.id, sequence)));
    if (!rejected) return rejected.error();
    return *rejected == 0 ? std::optional((*held)->digest) : std::nullopt;
}

std::string CentralStore::Row::line() const {
    std::string line = line_prefix(epoch, sequence, held.chain);
    if (held.kind == Line::Kind::event) return line.append(body);
    if (held.kind == Line::Kind::withheld) {
        line.append("\"digest\":\"").append(to_hex(held.digest)).append("\",\"withheld\":\"");
    } else {
        line.append("\"lost\":\"");
    }
    return line.append(reason).append("\"}");
}

Result<void> CentralStore::each(const std::optional<std::string>& source,
                                const std::function<Result<void>(const Row&)>& visit) {
    Result<Statement> epochs = database_->prepare(
        "SELECT epoch.id, epoch.epoch, agent.source FROM epoch JOIN agent ON agent.id = epoch.agent "
        "WHERE ?1 IS NULL OR agent.source = ?1 ORDER BY agent.id, epoch.id");
    if (!epochs) return epochs.error();
    epochs->begin();
    if (source) epochs->bind_text(1, *source);
    for (;;) {
        const Result<bool> found = epochs->step();
        if (!found) return found.error();
        if (!*found) return {};
        Row row;
        row.epoch = epoch_from_bytes(epochs->bytes(1));
        row.source = epochs->bytes(2);
        if (auto done = each_of(epochs->integer(0), row, visit); !done) return done;
    }
}

void CentralStore::read_row(const Statement& from, int column, Row& row) {
    row.held = held_from(from, column);
    row.effect = from.integer(column + 3) != 0;
    row.type = from.bytes(column + 4);
    row.time = from.bytes(column + 5);
    row.subject = from.bytes(column + 6);
    row.quality = from.bytes(column + 7);
    row.rejected = from.bytes(column + 8);
    row.reason = from.bytes(column + 9);
    row.has_body = !from.is_null(column + 10);
    row.body = from.bytes(column + 10);
}

Result<void> CentralStore::each_of(std::int64_t epoch_id, Row row,
                                   const std::function<Result<void>(const Row&)>& visit) {
    Result<Statement> events = database_->prepare(
        "SELECT position, kind, digest, chain, effect, type, time, subject, quality, rejected, reason, body FROM event "
        "WHERE position BETWEEN ? AND ? ORDER BY position");
    if (!events) return events.error();
    events->begin().bind(1, position_of(epoch_id, 0)).bind(2, position_of(epoch_id, last_sequence));
    for (;;) {
        const Result<bool> found = events->step();
        if (!found) return found.error();
        if (!*found) return {};
        row.position = events->integer(0);
        row.sequence = static_cast<Sequence>(row.position) & last_sequence;
        read_row(*events, 1, row);
        if (auto done = visit(row); !done) return done;
    }
}

Result<CentralCounters> CentralStore::counters() {
    Result<Statement> sums = database_->prepare(
        "SELECT (SELECT count(*) FROM event), total(repeats), total(malformed), total(divergent), total(broken), "
        "total(crowded), total(dropped) FROM agent");
    if (!sums) return sums.error();
    const Result<bool> row = sums->begin().step();
    if (!row) return row.error();
    const auto column = [&sums](int at) { return static_cast<std::uint64_t>(sums->integer(at)); };
    return CentralCounters{column(0), column(1), column(2), column(3), column(4), column(5), column(6)};
}

}  // namespace tillpost
