// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/offline/journal_audit.hpp"

#include <algorithm>

#include "agent/journal/offline/record_check.hpp"
#include "agent/journal/passed_time.hpp"
#include "agent/journal/position.hpp"

namespace tillpost {
namespace {

using FileEpoch = JournalFile::FileEpoch;

Line line_from(Epoch epoch, const JournalFile::Row& row) {
    Line line;
    line.epoch = epoch;
    line.sequence = row.sequence;
    line.chain = row.chain;
    line.digest = row.digest;
    line.body = row.body;
    line.reason = row.reason;
    if (row.state == RowState::withheld) line.kind = Line::Kind::withheld;
    if (row.state == RowState::lost) line.kind = Line::Kind::lost;
    return line;
}

/// What the file itself says of an epoch's ends.
void check_ends(const FileEpoch& epoch, Auditor& auditor) {
    const EpochSummary& summary = epoch.summary;
    const Sequence pruned = summary.first - 1;
    auditor.deleted(pruned);
    if (epoch.live && pruned > summary.confirmed) {
        auditor.fault(1, event_id(summary.epoch, summary.confirmed + 1) + " to " + event_id(summary.epoch, pruned) +
                             " are deleted, and central never confirmed them");
    }
    if (epoch.live && summary.confirmed > 0) {
        auditor.expect(summary.epoch, summary.confirmed, "central has confirmed them");
    }
}

/// [end-1] When the newest of those was recorded that are deleted, as far as the file still tells: by business keys,
/// which stay longer, and by its epoch's birth.
Result<WallTime> newest_deleted(JournalFile& file, const FileEpoch& epoch) {
    const std::uint32_t ordinal = epoch.summary.ordinal;
    const Result<std::int64_t> keyed =
        file.integer("SELECT coalesce(max(recorded), 0) FROM business_key WHERE position BETWEEN " +
                     std::to_string(position_at(ordinal, 1)) + " AND " +
                     std::to_string(position_at(ordinal, epoch.summary.first - 1)));
    if (!keyed) return keyed.error();
    // What was reissued is older than the epoch.
    return WallTime(Millis(epoch.moved == 0 ? std::max(*keyed, epoch.born) : *keyed));
}

/// Whether the agent has deleted up to there by the age that it counts (decisions/0018), whatever the wall clock said.
Result<bool> had_aged(JournalFile& file, std::int64_t position, Millis keep) {
    const Result<std::int64_t> counts =
        file.integer("SELECT count(*) FROM sqlite_schema WHERE name IN ('age', 'passed')");
    if (!counts || *counts < 2) return counts ? Result<bool>(false) : Result<bool>(counts.error());
    const Result<std::int64_t> old =
        file.integer("SELECT coalesce(max(position), 0) FROM age, passed WHERE at <= passed + " +
                     std::to_string((PassedTime::most_unwritten - keep).count()));
    if (!old) return old.error();
    return position <= *old;
}

/// … or sooner, because there was no room.
Result<bool> needed_room(JournalFile& file, std::int64_t position, const AuditRetention& retention) {
    const Result<std::int64_t> early =
        file.integer("SELECT coalesce(max(value), 0) FROM counter WHERE name = 'pruned_early'");
    if (!early) return early.error();
    return file.bytes() >= retention.keep_bytes || position <= *early;
}

Result<void> check_retention(JournalFile& file, const FileEpoch& epoch, const AuditRetention& retention,
                             Auditor& auditor) {
    const EpochSummary& summary = epoch.summary;
    if (summary.first <= 1) return {};
    const Result<WallTime> newest = newest_deleted(file, epoch);
    if (!newest) return newest.error();
    if (*newest + retention.keep <= retention.now) return {};
    const std::int64_t last = position_at(summary.ordinal, summary.first - 1);
    const Result<bool> aged = had_aged(file, last, retention.keep);
    if (!aged) return aged.error();
    if (*aged) return {};
    const Result<bool> early = needed_room(file, last, retention);
    if (!early) return early.error();
    const auto days = std::chrono::duration_cast<std::chrono::days>(retention.keep).count();
    const std::string what = event_id(summary.epoch, 1) + " to " + event_id(summary.epoch, summary.first - 1) +
                             " are deleted, and not all of them are older than " + std::to_string(days) +
                             " days (/journal/keep_days): one was recorded at " + rfc3339(*newest) + " or later";
    if (*early) {
        auditor.note(what + "; the file has grown beyond /journal/keep_mb, or its disk was full: both delete sooner");
        return {};
    }
    auditor.fault_of(summary.epoch, summary.first - 1,
                     what +
                         ". Was keep_days less when they were deleted, say so with --keep-days; else somebody "
                         "removed them, and central's copy says what they were (tillpost-central audit)");
    return {};
}

/// Tables beside that speak of later events.
Result<void> check_others(JournalFile& file, const FileEpoch& live, Auditor& auditor) {
    const std::pair<const char*, const char*> tables[] = {
        {"SELECT coalesce(max(position), 0) FROM business_key", "business keys of them are remembered"},
        {"SELECT coalesce(max(position), 0) FROM quarantine", "records of them are in quarantine"}};
    for (const auto& [sql, who] : tables) {
        const Result<std::int64_t> position = file.integer(sql);
        if (!position) return position.error();
        const bool of_live = *position >> sequence_bits == live.summary.ordinal;
        if (of_live) auditor.expect(live.summary.epoch, sequence_at(*position), who);
        if (*position >> sequence_bits > live.summary.ordinal) {
            auditor.fault(1, "the live epoch is missing: " + std::string(who));
        }
    }
    return {};
}

/// [intact-1] Content in quarantine is what its `quarantined` event names, and all of it is there.
Result<void> check_quarantine(JournalFile& file, const std::vector<FileEpoch>& epochs, RecordCheck& records,
                              Auditor& auditor) {
    const RecordCheck::Visit visit{
        [&](Epoch epoch, Sequence at, std::string what) { auditor.fault_of(epoch, at, std::move(what)); },
        [&](std::string what) { auditor.not_looked_at(std::move(what)); }};
    if (auto done = records.finish(file, epochs, visit); !done) return done;
    return each_altered_record(file, [&](std::uint32_t ordinal, Sequence sequence, std::string what) {
        const auto its = std::find_if(epochs.begin(), epochs.end(),
                                      [ordinal](const FileEpoch& each) { return each.summary.ordinal == ordinal; });
        auditor.fault_of(its == epochs.end() ? 0 : its->summary.epoch, sequence, std::move(what));
    });
}

/// [durable-2] What the witness beside the file has seen committed. `told`: somebody else has said how far it went.
void check_witness(JournalFile& file, const FileEpoch& live, bool told, Auditor& auditor) {
    const auto& witnessed = file.witnessed();
    if (!witnessed && !told) auditor.not_looked_at(no_witness);
    if (!witnessed) return;
    const bool ends_early = witnessed->epoch == live.summary.epoch && witnessed->last > live.summary.last;
    if (ends_early) return auditor.expect(witnessed->epoch, witnessed->last, "the journal's witness has seen them");
    if (auto agreed = file.agrees(); !agreed) {
        auditor.fault_of(live.summary.epoch, live.summary.last + 1, agreed.error().message);
    }
}

Result<void> audit_epoch(JournalFile& file, const FileEpoch& epoch, Auditor& auditor,
                         const std::function<void(const JournalFile::Row&)>& seen) {
    const EpochSummary& summary = epoch.summary;
    AuditEpoch begun;
    begun.source = epoch.source;
    begun.epoch = summary.epoch;
    begun.ordinal = summary.ordinal;
    begun.first = summary.first;
    begun.before = summary.before;
    if (!epoch.live) begun.closed = epoch.closed;
    auditor.begin(std::move(begun));
    Sha256 sha;
    Sequence reached = summary.first - 1;
    const auto visit = [&](const JournalFile::Row& row) -> Result<void> {
        reached = row.sequence;
        if (!row.sound) {
            auditor.fault(row.sequence, event_id(summary.epoch, row.sequence) + " says of its content what is not so");
        }
        if (row.state == RowState::whole && sha(row.body) != row.digest) {
            auditor.fault(row.sequence, event_id(summary.epoch, row.sequence) + " differs from its digest");
        }
        auditor.line(line_from(summary.epoch, row));
        seen(row);
        return {};
    };
    // From 1 on: what stands below the first one that the file admits to is found, too.
    if (auto done = file.each(summary.ordinal, {1, last_sequence}, visit); !done) {
        auditor.fault(reached + 1, event_id(summary.epoch, reached + 1) +
                                       " and what follows it in its epoch cannot be read: the file is damaged there (" +
                                       done.error().message +
                                       "). Keep it; tillpostd sets it aside at its start and saves each event that is "
                                       "whole, `tillpost journal recover` shows them");
    }
    check_ends(epoch, auditor);
    return {};
}

}  // namespace

Result<AuditReport> audit(JournalFile& file, const AuditTrust& trust, const std::vector<AuditExpectation>& expected,
                          const std::optional<AuditRetention>& retention, const Progress& progress) {
    const auto epochs = file.epochs();
    if (!epochs) return epochs.error();
    std::uint64_t all = 0;
    std::uint64_t seen = 0;
    for (const FileEpoch& epoch : *epochs) all += epoch.summary.last + 1 - epoch.summary.first;
    const auto chain_at = [&](Epoch number, Sequence sequence) -> std::optional<Digest> {
        for (const FileEpoch& epoch : *epochs) {
            if (epoch.summary.epoch == number) return file.chain(epoch.summary, sequence);
        }
        return std::nullopt;
    };
    // What has moved on leaves no gap in a journal: no copy is asked for.
    Auditor auditor(trust, chain_at, [](Epoch, Sequence) { return std::optional<Digest>(); });
    RecordCheck records;
    for (const FileEpoch& epoch : *epochs) {
        const auto step = [&](const JournalFile::Row& row) {
            records.row(epoch.summary.epoch, row);
            if (++seen % progress_rows == 0) progress(seen, all);
        };
        if (auto done = audit_epoch(file, epoch, auditor, step); !done) return done.error();
    }
    const bool lives = !epochs->empty() && epochs->back().live;
    if (!lives) auditor.fault(1, "the live epoch is missing: a journal has one from its first start on");
    if (lives) {
        if (auto done = check_others(file, epochs->back(), auditor); !done) return done.error();
        if (retention) {
            if (auto done = check_retention(file, epochs->back(), *retention, auditor); !done) return done.error();
        }
        const Epoch live = epochs->back().summary.epoch;
        const bool told = std::any_of(expected.begin(), expected.end(),
                                      [live](const AuditExpectation& each) { return each.epoch == live; });
        check_witness(file, epochs->back(), told, auditor);
    }
    if (auto done = check_quarantine(file, *epochs, records, auditor); !done) {
        auditor.fault(1, "the table of quarantine cannot be read: " + done.error().message);
    }
    for (const AuditExpectation& each : expected) auditor.expect(each.epoch, each.last, "they were to be here");
    progress(all, all);
    return auditor.finish();
}

}  // namespace tillpost
