// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/journal/damage.hpp"
#include "agent/journal/event_row.hpp"
#include "agent/journal/page_index.hpp"
#include "agent/journal/patience.hpp"
#include "agent/journal/salvaged.hpp"
#include "platform/bytes.hpp"
#include "platform/sqlite.hpp"

namespace tillpost {

class KeyRules;

/// Reads what can still be read of a damaged journal that was set aside. It changes nothing there. Blocking; on a
/// worker of its own, while the new journal captures and delivers.
///
/// Rows are read in order as long as that works, and probed one number after another where it does not: a damaged
/// page costs its own rows and no others. A row counts only if it has its digest. What the disk cannot read is read
/// again a few times; then it is an error and nothing is called lost, unless patience ends there and other parts of the
/// file can be read. What another journal's WAL, or its pages, brought into the file is not taken over. Where the way
/// to a row is lost (the file does not open at all, or numbers are known that lead to no row), single pages are
/// searched for it: PageIndex.
class Salvage {
public:
    /// `source`: whose events are wanted; "": whoever's. is_io(): the disk cannot read it now, come again.
    static Result<std::unique_ptr<Salvage>> open(const std::string& file, const std::optional<DamageNote>& note,
                                                 const std::string& source = {}, const Patience& patience = {});

    /// A source whose events are in the file and stay there; "": none was met so far.
    const std::string& other_source() const { return other_; }

    /// What the file was the journal of, as far as it says so; the highest ordinal is the last one.
    const std::vector<EpochSummary>& epochs() const { return epochs_; }
    /// What contents are compared by, for the keys that it finds in bodies alone; without it by all of the data.
    void compare_by(std::shared_ptr<const KeyRules> keys) { compared_by_ = std::move(keys); }
    /// Confirmed rows, too, from now on: for people, not for the stream.
    void want_confirmed();
    /// Slices are so many times halved from now on: whoever takes them over has so much time for each.
    void halve(int times) { halved_ = times; }
    /// The next unconfirmed rows behind the position; nullopt at the end.
    Result<std::optional<SalvagedRows>> rows(std::int64_t after);
    Result<std::optional<SalvagedKeys>> keys(std::int64_t after);
    Result<std::optional<SalvagedQuarantine>> quarantine(std::int64_t after);

private:
    Salvage(std::string file, std::string source, const Patience& patience)
        : file_(std::move(file)), source_(std::move(source)), patience_(patience) {}
    std::size_t rows_at_once() const { return std::max<std::size_t>(1, std::size_t{128} >> halved_); }
    std::size_t bytes_at_once() const { return std::size_t{256} << 10 >> halved_; }
    Result<void> prepare();
    void find_epochs(const std::optional<DamageNote>& note);
    void read_epochs();
    void note_other(std::string_view source);
    bool is_others(const EventRow& row);
    bool search_pages();
    Result<bool> first_row(const std::function<Statement&()>& begin);
    void note_unread(const Error& error);
    void note_unread_pages();
    bool answers();
    void reopen();
    void close();
    void add_from_pages(std::int64_t after, SalvagedRows& found);
    void find_last(EpochSummary& epoch, const std::optional<DamageNote>& note);
    Result<Sequence> last_linked(const EpochSummary& epoch);
    bool is_linked(const EpochSummary& epoch, Sequence sequence);
    bool scan(std::int64_t after, std::int64_t last, SalvagedRows& found);
    void probe(std::int64_t after, std::int64_t last, SalvagedRows& found);
    std::optional<StoredRow> sound_row(const Statement& from);
    Result<bool> at(std::int64_t position);
    bool readable(std::int64_t position);
    void find_keyed();
    void find_moved();
    void read_records(SalvagedQuarantine& found);
    void add_records_of_pages(SalvagedQuarantine& found);
    void note_unread_records(const Error& error);
    bool is_of_an_epoch(std::int64_t position) const;
    bool is_spoken_of(const SalvagedQuarantine::Row& record);
    void note_given(const SalvagedQuarantine& found);
    bool are_all_given();
    void tell_missing_records();
    SalvagedRows next_rows(const EpochSummary& epoch, std::int64_t begin, std::int64_t end);
    void read_keys(SalvagedKeys& found);
    bool take_key(SalvagedKeys::Row key, bool behind_a_torn_one, SalvagedKeys& found);
    SalvagedKeys keys_between(const EpochSummary& epoch, std::int64_t begin, std::int64_t end);
    Result<std::optional<SalvagedKeys>> keys_of_rows(std::int64_t after);
    void add_keys_of_rows(std::int64_t after, SalvagedKeys& found);
    std::vector<Range> missing_in(const EpochSummary& epoch, Sequence after, const SalvagedRows& found) const;
    Sequence receipted(const EpochSummary& epoch) const;
    Sequence moved_upto(const EpochSummary& epoch) const;

    std::string file_;
    std::string source_;
    Patience patience_;
    std::string other_;
    bool mixed_ = false;  ///< Another journal's rows are among ours: its tables say nothing of ours.
    std::shared_ptr<const KeyRules> compared_by_;
    std::unique_ptr<Database> database_;  ///< Null: it cannot be opened.
    std::unique_ptr<PageIndex> pages_;    ///< Null: not needed yet, or not to be had.
    bool searched_ = false;
    int halved_ = 0;
    Sha256 sha_;
    std::vector<EpochSummary> epochs_;                       ///< Ascending
    EpochSummary noted_;                                     ///< What was known beside the file; epoch 0: nothing
    std::vector<std::pair<std::uint32_t, Sequence>> moved_;  ///< Of an ordinal, up to where events have other numbers
    std::int64_t keyed_ = 0;                 ///< Of events behind this position the keys are in their bodies alone.
    bool keys_torn_ = false;                 ///< The table does not say all keys: those of bodies count, too.
    bool unreadable_ = false;                ///< The place read last, for good: the disk fails there.
    bool told_ = false;                      ///< That was said
    bool records_unread_ = false;            ///< SQLite cannot read the table of quarantine, or not to its end.
    std::vector<PageRecords::Known> given_;  ///< Records of this run, …
    std::int64_t given_open_ = 0;            ///< … and how many of them wait for a decision
    std::optional<Error> unreachable_;       ///< What cannot be read now, and is not lost for that
    Statement scan_, probe_, newest_, known_epochs_, keys_, quarantine_;
};

}  // namespace tillpost
