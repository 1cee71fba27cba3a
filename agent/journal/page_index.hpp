// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/journal/packed_body.hpp"
#include "agent/journal/page_records.hpp"
#include "agent/journal/page_rows.hpp"
#include "agent/journal/patience.hpp"
#include "platform/sqlite_file.hpp"

namespace tillpost {

/// Where events lie in a damaged journal and its WAL, found page by page. The last resort of Salvage: needs nothing of
/// the file to be whole but the pages of the event itself. Blocking; reads the whole file once, and each row again
/// when it is wanted. Changes nothing there.
///
/// A page that is not in use any more may hold former versions of rows. They have the same bytes or fewer, so that a
/// whole row, which its digest proves, goes before a tombstone; an event that was moved to another epoch counts where
/// its number is highest. An event with two numbers in one epoch was taken over twice if with both it follows from the
/// event before it, or the next one from it; in a number with which it does not a bit has flipped.
class PageIndex {
public:
    static constexpr std::size_t most_rows = 8'000'000;  ///< 24 bytes of memory each

    /// Errc::full beyond most_rows; Errc::io when the file, or its WAL, cannot be opened. What cannot be read counts as
    /// damaged when patience ends, else Errc::unreadable. `source`: whose events are looked for; "": whoever's.
    static Result<std::unique_ptr<PageIndex>> build(const std::string& file, const std::string& source,
                                                    const Patience& patience = {});

    /// Of what could not be read so far; nullopt: all could.
    const std::optional<Error>& unread() const { return reader_.unread; }

    /// A source whose events lie among those; "": none. Events of what was this journal's name once, in epochs before
    /// its own, do not count.
    const std::string& other_source() const { return other_; }

    /// Epochs that rows of the table `epoch` tell of, and those of which only events were found (epoch 0); ascending.
    const std::vector<EpochSummary>& epochs() const { return epochs_; }
    /// The lowest position behind that one at which there is a row; 0: none.
    std::int64_t next(std::int64_t after) const;
    /// The highest sequence of an epoch; 0: none.
    Sequence last(std::uint32_t ordinal) const;
    std::optional<StoredRow> row(std::int64_t position);
    /// Of records in quarantine.
    const PageRecords& records() const { return records_; }
    std::optional<SalvagedQuarantine::Row> record(const PageRecords::Row& at);
    /// That event is what row() gives there.
    bool holds(std::int64_t position, const Digest& digest) const;
    /// That event lies there under a number that is not its own, and elsewhere under its own.
    bool is_misplaced(std::int64_t position, const Digest& digest) const;

private:
    struct Entry {
        std::int64_t position = 0;
        std::uint64_t digest = 0;  ///< Its first 8 bytes
        std::uint32_t page = 0;    ///< From 1; with in_wal: the frame, from 0
        std::uint16_t cell = 0;
        bool in_wal = false;
        bool whole = false;
    };
    /// As it was when it was opened.
    struct ReadFile {
        std::unique_ptr<SideFile> file;  ///< Null: there is none.
        std::uint64_t size = 0;
    };
    struct Reader {
        Patience patience;
        std::optional<Error> unread;
        bool failing = false;  ///< The last place was not to be read: nothing is waited for at the next one.
    };
    explicit PageIndex(const Patience& patience) : reader_{patience, {}, false} {}
    std::string read(const ReadFile& file, std::uint64_t offset, std::size_t bytes);
    bool gives_up() const { return reader_.unread && !reader_.patience.ends; }
    void find_frames();
    Result<void> take(std::uint32_t page, bool in_wal);
    template <class Read>
    auto from_newest(const PageCell& cell, const Read& row_with);
    std::optional<StoredRow> proven(std::string_view page, const PageCell& cell);
    std::optional<SalvagedQuarantine::Row> proven_record(std::string_view page, const PageCell& cell);
    std::string page_of_file(std::uint32_t number);
    std::string page_of_frame(std::uint32_t frame);
    static Result<ReadFile> open(const std::string& path);
    std::string page_of(const Entry& entry) {
        return entry.in_wal ? page_of_frame(entry.page) : page_of_file(entry.page);
    }
    void keep_best();
    void leave_out_misplaced();
    bool is_in_its_place(const Entry& entry);
    bool follows(const Entry& entry, const Entry& before);
    std::optional<RowLink> link_of(const Entry& entry);
    std::pair<std::vector<Entry>::const_iterator, std::vector<Entry>::const_iterator> at(std::int64_t position) const;
    void leave_out_others();
    void add_unknown_epochs();
    bool is_others(const StoredRow& row) const;

    std::string source_, other_;
    std::uint32_t other_ordinal_ = 0;  ///< The highest of an event of `other_`
    Reader reader_;
    ReadFile file_, wal_;
    std::uint32_t frames_ = 0;                                       ///< In the WAL, up to the last commit
    std::unordered_map<std::uint32_t, std::uint32_t> newest_;        ///< Page → its last frame
    std::vector<Entry> entries_;                                     ///< By position
    std::vector<std::pair<std::int64_t, std::uint64_t>> misplaced_;  ///< Positions and digests, ascending
    std::vector<EpochSummary> epochs_;
    PageRecords records_;
    Sha256 sha_;
    Unpacker unpacker_;
};

}  // namespace tillpost
