// SPDX-License-Identifier: Apache-2.0
// What `tillpost journal verify` and `stats` find out.
#include <algorithm>
#include <map>

#include "agent/journal/offline/journal_file.hpp"
#include "agent/journal/offline/record_check.hpp"

namespace tillpost {
namespace {

std::uint64_t rows_of(const std::vector<JournalFile::FileEpoch>& epochs) {
    std::uint64_t rows = 0;
    for (const auto& epoch : epochs) rows += epoch.summary.last + 1 - epoch.summary.first;
    return rows;
}

std::string unread_of(Epoch epoch, Range range) {
    return "of " + event_id(epoch, range.from) + " to " + event_id(epoch, range.to) + " not all can be read";
}

/// Follows one epoch's chain.
class Follower {
public:
    Follower(const JournalFile::FileEpoch& epoch, VerifyReport& report)
        : epoch_(epoch), report_(report), chain_(epoch.summary.before), expected_(epoch.summary.first) {}

    void row(const JournalFile::Row& row) {
        const EpochSummary& epoch = epoch_.summary;
        ++report_.rows;
        // What a closed epoch owes moves away from its lower end: the gap behind `closed` is no fault.
        const bool moved = !epoch_.live && expected_ == epoch_.closed + 1;
        if (row.sequence != expected_ && !moved) {
            fault(event_id(epoch.epoch, expected_) + " to " + event_id(epoch.epoch, row.sequence - 1) + " are missing");
        }
        const bool joined = row.sequence == expected_ && anchored_;
        if (row.sequence > epoch_.closed) ++report_.owed;
        if (row.state == RowState::withheld) ++report_.withheld;
        if (row.state == RowState::lost) ++report_.lost;
        if (!row.sound) fault(event_id(epoch.epoch, row.sequence) + " says of its content what is not so");
        if (row.state == RowState::whole && sha_(row.body) != row.digest) {
            fault(event_id(epoch.epoch, row.sequence) + " differs from its digest");
        }
        if (joined && row.state != RowState::lost &&
            chain_next(sha_, chain_, epoch.epoch, row.sequence, row.digest) != row.chain) {
            fault(event_id(epoch.epoch, row.sequence) + " does not follow from the event before it");
        }
        anchored_ = row.state != RowState::lost;
        chain_ = row.chain;
        expected_ = row.sequence + 1;
    }

    /// Nothing is said of what comes there.
    void passed(Range unread) {
        fault(unread_of(epoch_.summary.epoch, unread) + " (`tillpost journal recover` reads around it)");
        expected_ = unread.to + 1;
        anchored_ = false;
    }

    void fault(std::string what) { report_.fault(std::move(what)); }

private:
    const JournalFile::FileEpoch& epoch_;
    VerifyReport& report_;
    Sha256 sha_;
    Digest chain_;
    bool anchored_ = true;
    Sequence expected_;
};

/// "sale" of a body, "" without content.
std::string_view type_of(std::string_view body) {
    constexpr std::string_view key = "\"type\":\"tillpost.";
    const std::size_t at = body.substr(0, 512).find(key);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = body.substr(at + key.size());
    return rest.substr(0, rest.find(".v"));
}

}  // namespace

void VerifyReport::fault(std::string what) {
    ++fault_count;
    if (faults.size() < most_faults) faults.push_back(std::move(what));
}

Result<VerifyReport> verify(JournalFile& file, const std::string& source, const Progress& progress) {
    const auto epochs = file.epochs();
    if (!epochs) return epochs.error();
    const std::uint64_t all = rows_of(*epochs);
    VerifyReport report;
    RecordCheck records;
    Sha256 sha;
    for (const JournalFile::FileEpoch& epoch : *epochs) {
        ++report.epochs;
        Follower follower(epoch, report);
        if (auto agreed = file.agrees(); !agreed && epoch.live) follower.fault(agreed.error().message);
        // Of a closed epoch without events nothing but its name may be known, from the witness; and it may have had
        // what was this journal's name once.
        const std::string& whose = epoch.live ? source : epoch.source;
        const bool holds_any = epoch.live || epoch.summary.last >= epoch.summary.first;
        const bool begins = epoch.summary.first == 1 && !source.empty() && holds_any;
        if (begins && epoch.summary.before != chain_start(sha, whose, epoch.summary.epoch)) {
            follower.fault("the epoch " + to_hex(epoch.summary.epoch) + " does not begin as " + whose + "'s does");
        }
        const auto visit = [&](const JournalFile::Row& row) -> Result<void> {
            follower.row(row);
            records.row(epoch.summary.epoch, row);
            if (report.rows % progress_rows == 0) progress(report.rows, all);
            return {};
        };
        const auto pass = [&follower](Range unread) { follower.passed(unread); };
        const Range held{epoch.summary.first, epoch.summary.last};
        if (auto done = file.each_readable(epoch.summary.ordinal, held, visit, pass); !done) return done.error();
    }
    progress(report.rows, all);
    const auto altered = [&report](std::uint32_t, Sequence, std::string what) { report.fault(std::move(what)); };
    const auto odd = [&report](Epoch, Sequence, std::string what) { report.fault(std::move(what)); };
    Result<void> compared = records.finish(file, *epochs, {odd, [](const std::string&) {}});
    if (compared) compared = each_altered_record(file, altered);
    if (const Result<void>& done = compared; !done) {
        report.fault("the table of quarantine cannot be read: " + done.error().message);
    }
    return report;
}

Result<JournalStats> stats(JournalFile& file, const Progress& progress) {
    JournalStats found;
    auto epochs = file.epochs();
    if (!epochs) return epochs.error();
    found.epochs = std::move(*epochs);
    const std::uint64_t all = rows_of(found.epochs);
    std::uint64_t rows = 0;
    std::map<std::string, JournalStats::Count, std::less<>> types;
    for (const JournalFile::FileEpoch& epoch : found.epochs) {
        const Sequence confirmed = epoch.live ? epoch.summary.confirmed : epoch.closed;
        const auto visit = [&](const JournalFile::Row& row) -> Result<void> {
            const std::string_view type = type_of(row.body);
            JournalStats::Count& count = types[type.empty() ? "(" + std::string(row.reason) + ")" : std::string(type)];
            ++count.events;
            count.bytes += row.body.size();
            if (row.sequence > confirmed) ++found.waiting;
            if (++rows % progress_rows == 0) progress(rows, all);
            return {};
        };
        const auto pass = [&](Range unread) { found.unread.push_back(unread_of(epoch.summary.epoch, unread)); };
        const Range held{epoch.summary.first, epoch.summary.last};
        if (auto done = file.each_readable(epoch.summary.ordinal, held, visit, pass); !done) return done.error();
    }
    progress(rows, all);
    for (auto& [name, count] : types) {
        count.name = name;
        found.types.push_back(count);
    }
    std::sort(found.types.begin(), found.types.end(),
              [](const JournalStats::Count& a, const JournalStats::Count& b) { return a.bytes > b.bytes; });
    const std::pair<std::int64_t JournalStats::*, const char*> numbers[] = {
        {&JournalStats::quarantined, "SELECT value FROM counter WHERE name = 'quarantined'"},
        {&JournalStats::shed, "SELECT value FROM counter WHERE name = 'shed'"},
        {&JournalStats::lost, "SELECT value FROM counter WHERE name = 'lost'"},
        {&JournalStats::keys, "SELECT count(*) FROM business_key"}};
    for (const auto& [member, sql] : numbers) {
        const Result<std::int64_t> number = file.integer(sql);
        if (number) found.*member = *number;
        if (!number) found.unread.push_back(number.error().message);
    }
    found.log_bytes = file.log_bytes();
    found.bytes = file.bytes() + found.log_bytes;
    return found;
}

}  // namespace tillpost
