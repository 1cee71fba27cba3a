// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/offline/export.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/wire/tombstones.hpp"
#include "platform/files.hpp"

namespace tillpost {
namespace {

std::string file_name(const ExportSettings& settings, Epoch epoch, Range range) {
    std::string name = settings.source.substr(std::string_view("urn:tillpost:").size());
    std::replace(name.begin(), name.end(), ':', '-');
    return settings.folder + "/" + name + "-" + event_id(epoch, range.from) + "-" + std::to_string(range.to) +
           ".tillpost";
}

/// The contents that tombstones stand for, each looked at once more before it is written.
class Withheld {
public:
    Withheld(JournalFile& file, JournalFile::Contents contents) : file_(file), contents_(std::move(contents)) {}

    bool any() const { return !contents_.empty(); }
    std::uint64_t left() const { return contents_.size() - placed_.size(); }

    /// "": there is none for that row.
    Result<std::string> content_of(const JournalFile::Row& row) {
        if (row.state != RowState::withheld || row.reason != too_large_reason) return std::string();
        const auto found = contents_.find(row.digest);
        if (found == contents_.end()) return std::string();
        Result<std::string> bytes = file_.record_bytes(found->second);
        if (!bytes) return bytes;
        if (sha_(*bytes) != row.digest) return std::string();
        placed_.insert(row.digest);
        return bytes;
    }

private:
    JournalFile& file_;
    JournalFile::Contents contents_;
    std::set<Digest> placed_;
    Sha256 sha_;
};

/// Collects lines and writes a chunk when they are enough.
class Chunks {
public:
    Chunks(const ExportSettings& settings, Hello hello, ExportReport& report)
        : settings_(settings), report_(report), head_{settings.source, 1, std::move(hello), std::nullopt} {}

    /// The next lines follow from this.
    void begin(const std::optional<Digest>& before, bool apart) {
        chain_ = before;
        head_.apart = apart;
    }

    /// `content`: of a tombstone, "" for none.
    Result<void> add(Epoch epoch, const JournalFile::Row& row, std::string_view content) {
        const std::string line =
            content.empty() ? line_of(epoch, row) : line_prefix(epoch, row.sequence, row.chain).append(content);
        const bool full =
            lines_.size() + line.size() + 1 > settings_.chunk_bytes || head_.withheld.size() == most_contents;
        if (!lines_.empty() && full) {
            if (auto done = write(); !done) return done;
        }
        if (lines_.empty()) range_.from = row.sequence;
        if (lines_.empty()) head_.before = chain_;
        chain_ = row.chain;
        epoch_ = epoch;
        range_.to = row.sequence;
        lines_.append(line).push_back('\n');
        ++report_.events;
        if (content.empty()) return {};
        ++report_.contents;
        head_.withheld.emplace_back(epoch, row.sequence);
        return {};
    }

    /// Would the row follow what is collected?
    bool goes_on(Sequence sequence) const { return !lines_.empty() && range_.to + 1 == sequence; }

    Result<void> write() {
        if (lines_.empty()) return {};
        const Result<std::string> letter = sign(encode(head_) + "\n" + lines_, settings_.device);
        if (!letter) return letter.error();
        const Result<std::string> sealed = seal(*letter, settings_.central_certificate);
        if (!sealed) return sealed.error();
        const std::string path = file_name(settings_, epoch_, range_);
        if (auto done = write_file(path, *sealed); !done) return done;
        report_.files.push_back(path);
        ++head_.part;
        head_.withheld.clear();
        lines_.clear();
        return {};
    }

private:
    const ExportSettings& settings_;
    ExportReport& report_;
    ExportHead head_;
    Epoch epoch_ = 0;
    Range range_;
    std::optional<Digest> chain_;
    std::string lines_;
};

/// What is exported of one epoch: in order, and nothing that is not what was recorded.
class EpochExport {
public:
    EpochExport(JournalFile& file, const EpochSummary& epoch, Range range, Chunks& chunks, ExportReport& report)
        : file_(file), epoch_(epoch), chunks_(chunks), report_(report), next_(range.from) {
        chunks_.begin(file_.chain(epoch_, range.from - 1), false);
    }

    Result<void> row(const JournalFile::Row& row, Withheld& withheld) {
        if (auto done = leave_out(row.sequence - 1); !done) return done;
        const bool whole = row.state == RowState::whole;
        if (!row.sound || (whole && sha_(row.body) != row.digest)) return leave_out(row.sequence);
        next_ = row.sequence + 1;
        const Result<std::string> content = withheld.content_of(row);
        return content ? chunks_.add(epoch_.epoch, row, *content) : content.error();
    }

    /// Up to there, as far as it was not exported.
    Result<void> leave_out(Sequence upto) {
        if (upto < next_) return {};
        if (report_.damaged == 0) {
            report_.first_damaged = event_id(epoch_.epoch, next_) + " to " + event_id(epoch_.epoch, upto);
        }
        report_.damaged += upto + 1 - next_;
        next_ = upto + 1;
        if (auto done = chunks_.write(); !done) return done;
        chunks_.begin(file_.chain(epoch_, upto), false);
        return {};
    }

private:
    JournalFile& file_;
    const EpochSummary& epoch_;
    Chunks& chunks_;
    ExportReport& report_;
    Sha256 sha_;
    Sequence next_;
};

/// What waits below what is exported otherwise: each run of consecutive numbers has chunks of its own.
Result<void> export_apart(JournalFile& file, const EpochSummary& epoch, Sequence last, Withheld& withheld,
                          Chunks& chunks) {
    const auto visit = [&](const JournalFile::Row& row) -> Result<void> {
        const Result<std::string> content = withheld.content_of(row);
        if (!content || content->empty()) return content ? Result<void>() : content.error();
        if (!chunks.goes_on(row.sequence)) {
            if (auto done = chunks.write(); !done) return done;
            chunks.begin(file.chain(epoch, row.sequence - 1), true);
        }
        return chunks.add(epoch.epoch, row, *content);
    };
    if (auto done = file.each_withheld(epoch.ordinal, {epoch.first, last}, visit); !done) return done;
    return chunks.write();
}

Hello hello_of(const std::vector<JournalFile::FileEpoch>& epochs, const ExportSettings& settings) {
    Hello hello;
    hello.number = to_hex(random_number());
    hello.source = settings.source;
    hello.version = settings.version;
    for (auto epoch = epochs.rbegin(); epoch != epochs.rend(); ++epoch) {
        EpochSummary summary = epoch->summary;
        summary.last = epoch->closed;
        if (epoch->live || summary.first <= summary.last) hello.epochs.push_back(summary);
    }
    return hello;
}

}  // namespace

Result<ExportReport> export_events(JournalFile& file, const ExportSettings& settings, const Progress& progress) {
    if (auto agreed = file.agrees(); !agreed) {
        return agreed.error().with_context(
            "there is less to export than was committed; start tillpostd once, which saves what can be read");
    }
    const auto epochs = file.epochs();
    if (!epochs) return epochs.error();
    ExportReport report;
    std::uint64_t all = 0;
    for (const auto& epoch : *epochs) all += epoch.summary.last + 1 - epoch.summary.first;
    std::uint64_t seen = 0;
    Chunks chunks(settings, hello_of(*epochs, settings), report);
    Result<JournalFile::Contents> contents = file.withheld_contents(settings.all);
    if (!contents) report.unread = contents.error().message;
    Withheld withheld(file, contents ? std::move(*contents) : JournalFile::Contents());
    for (const JournalFile::FileEpoch& epoch : *epochs) {
        const Sequence confirmed = epoch.live ? epoch.summary.confirmed : epoch.closed;
        if (epoch.summary.last > epoch.closed) report.owed += epoch.summary.last - epoch.closed;
        const Range range{settings.all ? epoch.summary.first : confirmed + 1, epoch.closed};
        if (withheld.any() && range.from > epoch.summary.first) {
            const auto done = export_apart(file, epoch.summary, range.from - 1, withheld, chunks);
            if (!done) return done.error();
        }
        EpochExport exported(file, epoch.summary, range, chunks, report);
        const auto visit = [&](const JournalFile::Row& row) -> Result<void> {
            if (++seen % progress_rows == 0) progress(seen, all);
            return exported.row(row, withheld);
        };
        auto done = file.each_readable(epoch.summary.ordinal, range, visit, [](Range) {});
        if (done) done = exported.leave_out(range.to);
        if (done) done = chunks.write();
        if (!done) return done.error();
    }
    report.left = withheld.left();
    progress(all, all);
    return report;
}

}  // namespace tillpost
