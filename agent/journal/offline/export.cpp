// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/offline/export.hpp"

#include <algorithm>

#include "platform/files.hpp"

namespace tillpost {
namespace {

std::string file_name(const ExportSettings& settings, Epoch epoch, Range range) {
    std::string name = settings.source.substr(std::string_view("urn:tillpost:").size());
    std::replace(name.begin(), name.end(), ':', '-');
    return settings.folder + "/" + name + "-" + event_id(epoch, range.from) + "-" + std::to_string(range.to) +
           ".tillpost";
}

/// Collects lines and writes a chunk when they are enough.
class Chunks {
public:
    Chunks(const ExportSettings& settings, Hello hello, ExportReport& report)
        : settings_(settings), report_(report), head_{settings.source, 1, std::move(hello), std::nullopt} {}

    /// The next lines follow from this.
    void begin(const std::optional<Digest>& before) { chain_ = before; }

    Result<void> add(Epoch epoch, const JournalFile::Row& row) {
        const std::string line = line_of(epoch, row);
        if (!lines_.empty() && lines_.size() + line.size() + 1 > settings_.chunk_bytes) {
            if (auto done = write(); !done) return done;
        }
        if (lines_.empty()) range_.from = row.sequence;
        if (lines_.empty()) head_.before = chain_;
        chain_ = row.chain;
        epoch_ = epoch;
        range_.to = row.sequence;
        lines_.append(line).push_back('\n');
        ++report_.events;
        return {};
    }

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
    const auto epochs = file.epochs();
    if (!epochs) return epochs.error();
    ExportReport report;
    std::uint64_t all = 0;
    for (const auto& epoch : *epochs) all += epoch.summary.last + 1 - epoch.summary.first;
    std::uint64_t seen = 0;
    Chunks chunks(settings, hello_of(*epochs, settings), report);
    for (const JournalFile::FileEpoch& epoch : *epochs) {
        const Sequence confirmed = epoch.live ? epoch.summary.confirmed : epoch.closed;
        if (epoch.summary.last > epoch.closed) report.owed += epoch.summary.last - epoch.closed;
        const Range range{settings.all ? epoch.summary.first : confirmed + 1, epoch.closed};
        chunks.begin(file.chain(epoch.summary, range.from - 1));
        const auto visit = [&](const JournalFile::Row& row) {
            if (++seen % progress_rows == 0) progress(seen, all);
            return chunks.add(epoch.summary.epoch, row);
        };
        if (auto done = file.each(epoch.summary.ordinal, range, visit); !done) return done.error();
        if (auto done = chunks.write(); !done) return done.error();
    }
    progress(all, all);
    return report;
}

}  // namespace tillpost
