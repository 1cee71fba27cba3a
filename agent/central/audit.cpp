// SPDX-License-Identifier: Apache-2.0
#include "agent/central/audit.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/central/derived.hpp"
#include "agent/central/effect_check.hpp"
#include "agent/central/own_check.hpp"
#include "agent/central/till_check.hpp"

namespace tillpost {
namespace {

using EpochRow = CentralStore::EpochRow;

Line line_from(const CentralStore::Row& row) {
    Line line;
    line.kind = row.held.kind;
    line.epoch = row.epoch;
    line.sequence = row.sequence;
    line.chain = row.held.chain;
    line.digest = row.held.digest;
    line.body = row.body;
    line.reason = row.reason;
    return line;
}

/// Visits the lines, and tells the auditor where epochs begin.
class Visitor {
public:
    Visitor(Auditor& auditor, const std::vector<EpochRow>& epochs) : auditor_(auditor), epochs_(epochs) {}

    void line(const CentralStore::Row& row) {
        if (!begun_ || row.epoch != epoch_ || row.source != source_) begin(row);
        if (row.held.kind == Line::Kind::event && sha_(row.body) != row.held.digest) {
            auditor_.fault(row.sequence, event_id(row.epoch, row.sequence) + " differs from its digest");
        } else if (const auto different = column_difference(row)) {
            auditor_.fault(row.sequence, event_id(row.epoch, row.sequence) + " " + *different);
        }
        auditor_.line(line_from(row));
    }

private:
    void begin(const CentralStore::Row& row) {
        begun_ = true;
        epoch_ = row.epoch;
        source_ = row.source;
        AuditEpoch epoch;
        epoch.source = source_;
        epoch.epoch = epoch_;
        for (const EpochRow& each : epochs_) {
            if (each.epoch == epoch_ && each.source == source_) epoch.ordinal = each.ordinal;
        }
        auditor_.begin(std::move(epoch));
    }

    Auditor& auditor_;
    const std::vector<EpochRow>& epochs_;
    Sha256 sha_;
    bool begun_ = false;
    Epoch epoch_ = 0;
    std::string source_;
};

/// What was erased here alone is told by nobody else: it is named, whatever else is proven.
void take_erasure(const CentralStore::ErasureRow& row, Auditor& auditor) {
    std::string words = "erased at central at " + rfc3339(WallTime(Millis(row.at))) + " by user " +
                        std::to_string(row.user) + (row.actor.empty() ? "" : " (" + std::string(row.actor) + ")") +
                        ", because: " + std::string(row.reason);
    if (row.sequence == 0) {
        return auditor.note("a line that was set aside, " + std::string(row.named) + ", was " + words);
    }
    if (!row.is_tombstone) {
        auditor.fault_of(row.epoch, row.sequence,
                         event_id(row.epoch, row.sequence) +
                             " is in central's list of erasures, and what is here is not the tombstone that it left");
    }
    auditor.erased_here(row.epoch, row.sequence, std::move(words));
}

Auditor::DigestAt digests_in(CentralStore& store) {
    return [&store](Epoch epoch, Sequence sequence) {
        std::optional<Digest> digest;
        (void)store.find(epoch, sequence, [&digest](const CentralStore::Row& row) {
            digest = row.held.kind == Line::Kind::lost ? Digest{} : row.held.digest;
        });
        return digest;
    };
}

/// What is wrong, and no agent's lines show it.
Result<void> look_at_file(CentralStore& store, const CentralStore::OddEffect& odd) {
    if (auto done = store.each_stray_row(odd); !done) return done;
    if (auto done = store.each_odd_schema(odd); !done) return done;
    return store.each_damage(odd);
}

}  // namespace

Result<AuditReport> audit(CentralStore& store, const std::optional<std::string>& source, AuditTrust trust,
                          const std::vector<AuditExpectation>& expected) {
    const auto signers = store.signers();
    if (!signers) return signers.error();
    for (const auto& [agent, fingerprint] : *signers) trust.by_source[agent].insert(fingerprint);
    const auto epochs = store.epoch_rows(source);
    if (!epochs) return epochs.error();
    const auto chain_at = [&](Epoch number, Sequence sequence) {
        std::optional<Digest> chain;
        const auto known = std::find_if(epochs->begin(), epochs->end(),
                                        [number](const EpochRow& each) { return each.epoch == number; });
        if (known == epochs->end() || known->forked) return chain;
        (void)store.find(number, sequence, [&](const CentralStore::Row& row) { chain = row.held.chain; });
        return chain;
    };
    auto statements = store.statements();
    if (!statements) return statements.error();
    Auditor auditor(std::move(trust), chain_at, digests_in(store));
    auditor.leave_end_open();
    for (const EpochRow& each : *epochs) auditor.know(each.epoch);
    Visitor visitor(auditor, *epochs);
    auto stored = store.ranges(source);
    if (!stored) return stored.error();
    const auto fault = [&auditor](Epoch epoch, Sequence sequence, const std::string& what) {
        auditor.fault_of(epoch, sequence, what);
    };
    RangeCheck ranges(std::move(*stored), std::move(statements->gone), fault);
    TillCheck tills(store, fault);
    EffectCheck effects(store);
    std::set<Epoch> known;
    for (const EpochRow& each : *epochs) known.insert(each.epoch);
    OwnCheck own(store, std::move(known), fault);
    const auto visit = [&](const CentralStore::Row& row) -> Result<void> {
        visitor.line(row);
        ranges.line(row);
        if (auto done = effects.line(row); !done) return done;
        if (auto done = own.line(row); !done) return done;
        return tills.line(row);
    };
    if (auto done = store.each(source, visit); !done) return done.error();
    ranges.finish();
    if (auto done = tills.finish(); !done) return done.error();
    if (auto done = own.finish(); !done) return done.error();
    if (auto done = store.each_wrong_effect(source, fault); !done) return done.error();
    const auto odd = [&auditor](const std::string& what) { auditor.fault_of(0, 1, what); };
    if (auto done = store.each_odd_effect(source, odd); !done) return done.error();
    effects.finish(odd);
    if (auto done = look_at_file(store, odd); !done) return done.error();
    if (auto done = store.each_odd_evidence(source, odd); !done) return done.error();
    const auto erased = [&auditor](const CentralStore::ErasureRow& row) { take_erasure(row, auditor); };
    if (auto done = store.each_erasure(source, erased); !done) return done.error();
    const auto headless = store.agents_without_live(source);
    if (!headless) return headless.error();
    for (const std::string& agent : *headless) {
        auditor.fault(1, "the epoch of " + agent + " that grew last is missing");
    }
    for (const AuditExpectation& each : expected) auditor.expect(each.epoch, each.last, "they were to be here");
    return auditor.finish();
}

}  // namespace tillpost
