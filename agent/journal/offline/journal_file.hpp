// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/journal/event_row.hpp"
#include "agent/journal/quarantine_content.hpp"
#include "agent/journal/witness.hpp"
#include "agent/wire/protocol.hpp"
#include "platform/bytes.hpp"
#include "platform/database_copy.hpp"
#include "platform/sqlite.hpp"

namespace tillpost {

/// A journal, read from a copy of its database and WAL: whatever is done here, the original is as it was. Blocking; one
/// thread.
class JournalFile {
public:
    /// Copies to `work` (a folder; the copy is removed with this object). A daemon may write to it meanwhile: the copy
    /// is what it had committed at one moment. Errc::full if the copy would fill the disk of a running daemon.
    static Result<std::unique_ptr<JournalFile>> open_copy(const std::string& journal, const std::string& work);

    struct FileEpoch {
        std::string source;
        EpochSummary summary;   ///< last: the highest row that there is
        std::int64_t born = 0;  ///< Milliseconds since 1970
        Sequence moved = 0;     ///< How many of its events were another epoch's before
        Sequence closed = 0;    ///< Rows above are owed; the live epoch: last
        bool live = false;
    };
    Result<std::vector<FileEpoch>> epochs();

    using Row = EventRow;
    using Visit = std::function<Result<void>(const Row&)>;
    /// In order; stops at the first error.
    Result<void> each(std::uint32_t ordinal, Range range, const Visit& visit);

    /// In order. What is damaged is passed over, farther and farther on, so that beside a damaged page at most as much
    /// again is; stops at an error of the visit.
    using Pass = std::function<void(Range unread)>;
    Result<void> each_readable(std::uint32_t ordinal, Range range, const Visit& visit, const Pass& pass);

    /// chain(sequence), if it is here: of a row, or of the last one that was pruned.
    std::optional<Digest> chain(const EpochSummary& epoch, Sequence sequence);

    /// A record in quarantine whose content is here. Valid during the visit.
    struct HeldRow {
        std::int64_t position = 0;
        std::string id;  ///< "Q1-42"
        HeldContent content;
    };
    Result<void> each_held(const std::function<void(const HeldRow&)>& visit);

    /// What is kept of a till's business day; till and date are "" for what is of all.
    struct DayRow {
        std::string_view till, business_date, state;
    };
    Result<void> each_day(const std::function<void(const DayRow&)>& visit);

    /// A row of the table of quarantine.
    struct Record {
        std::int64_t position = 0;
        std::string decision;  ///< "": open
        std::int64_t bytes = 0;
        std::int64_t user = 0;  ///< Who decided …
        std::string actor;      ///< … and whom they named
    };
    Result<void> each_record(const std::function<void(const Record&)>& visit);
    /// Is there a row of the table of events, with its content?
    bool is_whole(std::int64_t position);

    /// [end-1] What waits in quarantine because no packet was large enough for it: positions of records, by the digest
    /// that their bytes have now. `delivered`: also what an export has brought to central, while it is held.
    using Contents = std::map<Digest, std::int64_t>;
    Result<Contents> withheld_contents(bool delivered);
    /// A record's bytes; "" if there are none.
    Result<std::string> record_bytes(std::int64_t position);
    /// In order: tombstones of the range that stand there because no packet was large enough.
    Result<void> each_withheld(std::uint32_t ordinal, Range range, const Visit& visit);

    Result<std::int64_t> integer(std::string_view sql) { return database_->integer(sql); }
    std::int64_t bytes() const { return copy_->bytes(); }
    std::int64_t log_bytes() const { return copy_->log_bytes(); }
    /// What the file beside it says, as it was when the copy was made; nullopt: there is none, or
    /// none that can be read.
    const std::optional<Witnessed>& witnessed() const { return witnessed_; }
    /// Errc::corrupt: it ends before what its witness has seen committed.
    Result<void> agrees() { return witnessed_ ? Witness::agrees(*database_, {}, witnessed_) : Result<void>(); }

private:
    JournalFile() = default;
    Result<void> visit_rows(Result<Statement> rows, std::uint32_t ordinal, Range range, const Visit& visit);

    std::unique_ptr<DatabaseCopy> copy_;  ///< Outlives database_.
    std::optional<Witnessed> witnessed_;
    std::unique_ptr<Database> database_;
};

/// Why nobody can tell from a journal alone whether its end was cut off.
constexpr const char* no_witness =
    "the journal has no witness beside it, or one that cannot be read (the journal's name and \".witness\"): tillpostd "
    "keeps one, and without it events may have been cut off at the end. Copy it with the journal; or say --at-least "
    "with the newest event that central has";

/// The line of a row, as it is sent.
std::string line_of(Epoch epoch, const JournalFile::Row& row);

/// What belongs to a journal and is not in it: files that were set aside and are not taken over yet.
struct FilesElsewhere {
    struct File {
        std::string path;
        std::int64_t bytes = 0;
    };
    std::vector<File> files;
    std::string damage;  ///< Of the journal itself, noted when it was met: the next start sets it aside; "" if none is.
    bool any() const { return !files.empty() || !damage.empty(); }
};
FilesElsewhere files_elsewhere(const std::string& journal);

/// The events of a damaged journal that was set aside, as far as its pages have them whole; it may be read by a daemon
/// meanwhile. Also those that are deleted and not yet overwritten.
using VisitDamaged = std::function<void(std::uint32_t ordinal, const StoredRow& row)>;
Result<void> each_of_damaged(const std::string& file, const VisitDamaged& visit);

/// Called now and then with how much is done, of how much.
using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;
constexpr std::uint64_t progress_rows = 10'000;  ///< From one call to the next

/// What is wrong in a journal: digests, chains, gaps, content in quarantine.
struct VerifyReport {
    std::uint64_t rows = 0;
    std::uint64_t epochs = 0;
    std::uint64_t withheld = 0;
    std::uint64_t lost = 0;
    std::uint64_t owed = 0;  ///< Of closed epochs: the next start goes on reissuing them.
    std::uint64_t fault_count = 0;
    std::vector<std::string> faults;  ///< The first most_faults, sentences

    void fault(std::string what);
    static constexpr std::size_t most_faults = 100;
};
Result<VerifyReport> verify(JournalFile& file, const std::string& source, const Progress& progress);

/// [intact-1] Visits the records in quarantine whose content is not what was put there: whose epoch, the number of the
/// `quarantined` event, and a sentence.
using AlteredRecord = std::function<void(std::uint32_t ordinal, Sequence sequence, std::string what)>;
Result<void> each_altered_record(JournalFile& file, const AlteredRecord& visit);

struct JournalStats {
    struct Count {
        std::string name;
        std::uint64_t events = 0;
        std::uint64_t bytes = 0;
    };
    std::vector<JournalFile::FileEpoch> epochs;
    std::vector<Count> types;  ///< Most bytes first
    std::uint64_t waiting = 0;
    std::int64_t quarantined = 0, shed = 0, lost = 0, keys = 0;
    std::int64_t bytes = 0, log_bytes = 0;  ///< Of database and WAL together, and of the WAL
    std::vector<std::string> unread;        ///< What is damaged and not counted, a sentence each
};
Result<JournalStats> stats(JournalFile& file, const Progress& progress);

}  // namespace tillpost
