// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/salvage.hpp"

#include <algorithm>
#include <utility>

#include "agent/journal/event_row.hpp"
#include "agent/journal/position.hpp"
#include "agent/wire/line.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr std::int64_t probed_at_once = 4096;
constexpr std::int64_t most_unseen = 1 << 16;  // numbers looked for beyond the last one known
constexpr std::size_t most_strays = 1'000;     // rows above the last one that follows from the one before it …
constexpr Sequence most_gap = 1'000;           // … and how far above they may be

}  // namespace

void Salvage::note_other(std::string_view source) {
    mixed_ = true;
    if (other_.empty()) other_ = source;
}

/// Its body says whose it is. Of what has none nothing does, where rows are mixed: it is named as lost.
bool Salvage::is_others(const EventRow& row) {
    if (source_.empty()) return false;
    if (row.state != RowState::whole) return mixed_;
    const std::string_view source = body_attribute(row.body, "source");
    if (source.empty() || source == source_) return false;
    note_other(source);
    return true;
}

/// Epochs above the newest one of ours are another journal's. Those below it have what was this journal's name once. A
/// torn page says less than all pages do.
void Salvage::read_epochs() {
    if (!database_ || !known_epochs_.prepared()) return;
    std::size_t ours = 0;
    std::string newest;
    bool torn = false;
    Result<bool> row = first_row([this]() -> Statement& { return known_epochs_.begin(); });
    for (; row && *row; row = known_epochs_.step()) {
        EpochSummary epoch;
        epoch.ordinal = static_cast<std::uint32_t>(known_epochs_.integer(0));
        epoch.epoch = epoch_from_bytes(known_epochs_.bytes(1));
        epoch.confirmed =
            static_cast<Sequence>(known_epochs_.is_null(4) ? known_epochs_.integer(2) : known_epochs_.integer(4));
        epoch.before = digest_from_bytes(known_epochs_.bytes(3));
        epoch.first = static_cast<Sequence>(known_epochs_.integer(5)) + 1;
        const bool behind = epochs_.empty() ? epoch.ordinal > 0 : epoch.ordinal > epochs_.back().ordinal;
        torn = torn || !behind || epoch.epoch == 0;
        if (torn) continue;
        epochs_.push_back(epoch);
        newest = known_epochs_.bytes(6);
        if (source_.empty() || newest == source_) ours = epochs_.size();
    }
    if (torn && search_pages() && !pages_->epochs().empty()) {
        epochs_ = pages_->epochs();
        return;
    }
    if (!row && is_io(row.error())) note_unread(row.error());
    if (ours == epochs_.size()) return;
    epochs_.resize(ours);
    note_other(newest);
    search_pages();
}

void Salvage::find_epochs(const std::optional<DamageNote>& note) {
    if (note) noted_ = note->live;
    read_epochs();
    if (epochs_.empty() && search_pages()) epochs_ = pages_->epochs();
    const bool noted = note && note->live.epoch != 0;
    for (EpochSummary& epoch : epochs_) {
        if (noted && epoch.epoch == 0 && epoch.ordinal == note->live.ordinal) epoch = note->live;
    }
    if (epochs_.empty()) {
        EpochSummary epoch = note ? note->live : EpochSummary{};
        epoch.ordinal = std::max(epoch.ordinal, 1U);
        epochs_.push_back(epoch);
    }
    // An older copy knows nothing of a later epoch, nor does another journal: what was in that is to be told.
    const auto is_noted = [&](const EpochSummary& epoch) { return epoch.epoch == note->live.epoch; };
    if (noted && std::none_of(epochs_.begin(), epochs_.end(), is_noted)) {
        epochs_.push_back(note->live);
        EpochSummary& unknown = epochs_.back();
        unknown.ordinal = std::max(unknown.ordinal, epochs_[epochs_.size() - 2].ordinal + 1);
    }
    for (EpochSummary& epoch : epochs_) find_last(epoch, note);
}

/// The highest number that is known of; rows may exist beyond.
void Salvage::find_last(EpochSummary& epoch, const std::optional<DamageNote>& note) {
    epoch.last = epoch.confirmed;
    if (note && note->live.epoch == epoch.epoch) epoch.last = std::max(epoch.last, note->live.last);
    const bool asks = database_ && newest_.prepared();
    const Result<Sequence> held = asks ? last_linked(epoch) : Result<Sequence>(Sequence{0});
    if (held) epoch.last = std::max(epoch.last, *held);
    if ((!held || !asks || mixed_) && search_pages()) epoch.last = std::max(epoch.last, pages_->last(epoch.ordinal));
}

/// The highest number above what is known that is a row's own: it follows from the one before it, or is near one that
/// does. A flipped bit in a number makes a row far away, between which and the others nothing was ever recorded.
Result<Sequence> Salvage::last_linked(const EpochSummary& epoch) {
    std::vector<Sequence> strays;  // descending
    std::size_t others = 0;
    Sequence below = last_sequence;
    Sequence linked = epoch.last;
    while (strays.size() + others < most_strays) {
        const std::int64_t upto = position_at(epoch.ordinal, below);
        const Result<bool> row = first_row([&]() -> Statement& { return newest_.begin().bind(1, upto); });
        if (!row) return row.error();
        const std::int64_t position = *row ? newest_.integer(0) : 0;
        newest_.reset();
        const Sequence sequence = sequence_at(position);
        if (*row && position <= 0) return Error{Errc::corrupt, "the newest event is in a torn page"};
        if (!*row || position >> sequence_bits != epoch.ordinal || sequence <= epoch.last) break;
        if (is_linked(epoch, sequence)) {
            linked = sequence;
            break;
        }
        const Result<bool> read = at(position);
        const bool is_other = read && *read && is_others(event_row(probe_));
        probe_.reset();
        if (is_other) ++others;
        if (!is_other) strays.push_back(sequence);
        below = sequence - 1;
    }
    const auto near =
        std::find_if(strays.begin(), strays.end(), [&](Sequence each) { return each <= linked + most_gap; });
    return near == strays.end() ? linked : *near;
}

bool Salvage::is_linked(const EpochSummary& epoch, Sequence sequence) {
    Digest before = epoch.before;
    if (sequence != epoch.first) {
        const Result<bool> found = at(position_at(epoch.ordinal, sequence - 1));
        if (!found || !*found) return false;
        before = event_row(probe_).chain;
    }
    const Result<bool> found = at(position_at(epoch.ordinal, sequence));
    if (!found || !*found) return false;
    const EventRow row = event_row(probe_);
    return row.state == RowState::lost || chain_next(sha_, before, epoch.epoch, sequence, row.digest) == row.chain;
}

void Salvage::want_confirmed() {
    for (EpochSummary& epoch : epochs_) epoch.confirmed = epoch.first - 1;
    noted_.confirmed = 0;
}

/// Nothing proves what has no body: it says at least why it has none.
std::optional<StoredRow> Salvage::sound_row(const Statement& from) {
    const EventRow row = event_row(from);
    const bool whole = row.state == RowState::whole;
    if (whole && sha_(row.body) != row.digest) return std::nullopt;
    if (!whole && (from.is_null(6) || row.reason.find('\0') < row.reason.size())) return std::nullopt;
    if (is_others(row)) return std::nullopt;
    return row.stored();
}

/// Until a slice is full or the end; false at the first row that cannot be read, is not what it was or is of another
/// slice: the rows of a torn page have the number 0. In order, also where a bit of a number has flipped, so that a row
/// lies among others than its number says.
bool Salvage::scan(std::int64_t after, std::int64_t last, SalvagedRows& found) {
    std::size_t bytes = 0;
    std::int64_t highest = after;
    Result<bool> row = first_row([&]() -> Statement& { return scan_.begin().bind(1, after + 1).bind(2, last); });
    bool sound = true;
    found.upto = last;
    for (;; row = scan_.step()) {
        sound = row.has_value();
        if (!row || !*row) break;
        const std::int64_t position = scan_.integer(0);
        std::optional<StoredRow> next;
        if (position > after && position <= last) next = sound_row(scan_);
        sound = next.has_value();
        if (!next) break;
        const bool full = found.rows.size() >= rows_at_once() || bytes >= bytes_at_once();
        if (full && position > highest) {
            found.upto = position - 1;
            break;
        }
        highest = std::max(highest, position);
        bytes += next->body.size();
        found.rows.push_back(std::move(*next));
    }
    scan_.reset();
    if (!sound) found.upto = highest;
    std::ranges::stable_sort(found.rows, {}, &StoredRow::sequence);
    return sound;
}

void Salvage::probe(std::int64_t after, std::int64_t last, SalvagedRows& found) {
    const std::int64_t end = std::min(last, after + probed_at_once);
    std::size_t bytes = 0;
    found.upto = after;
    while (found.upto < end && found.rows.size() < rows_at_once() && bytes < bytes_at_once() && !unreachable_) {
        const Result<bool> row = at(++found.upto);
        std::optional<StoredRow> next = row && *row ? sound_row(probe_) : std::nullopt;
        probe_.reset();
        if (!next) continue;
        bytes += next->body.size();
        found.rows.push_back(std::move(*next));
    }
}

SalvagedRows Salvage::next_rows(const EpochSummary& epoch, std::int64_t begin, std::int64_t end) {
    SalvagedRows found;
    found.file = file_;
    found.former = epoch;
    found.upto = end;
    if (database_) {
        const bool sound = scan(begin, end, found);
        if (!sound && found.rows.empty()) probe(begin, end, found);
    }
    const std::int64_t known = std::min(found.upto, position_at(epoch.ordinal, epoch.last));
    const bool missing = known > begin && known - begin > static_cast<std::int64_t>(found.rows.size());
    if ((missing && search_pages()) || pages_) add_from_pages(begin, found);
    note_unread_pages();
    return found;
}

/// What SQLite does not find in the slice, and without what it finds under another number than its own. The slice ends
/// where it is full.
void Salvage::add_from_pages(std::int64_t after, SalvagedRows& found) {
    std::vector<StoredRow> rows;
    std::size_t bytes = 0;
    const auto position = [&](const StoredRow& row) { return position_at(found.former.ordinal, row.sequence); };
    std::erase_if(found.rows, [&](const StoredRow& row) { return pages_->is_misplaced(position(row), row.digest); });
    auto known = found.rows.begin();
    for (std::int64_t at = pages_->next(after);; at = pages_->next(at)) {
        if (at == 0 || at > found.upto) at = found.upto + 1;
        while (known != found.rows.end() && position(*known) < at) {
            bytes += known->body.size();
            rows.push_back(std::move(*known++));
        }
        if (at > found.upto) break;
        const bool full = rows.size() >= rows_at_once() || bytes >= bytes_at_once();
        if (full) {
            found.upto = std::max(position(rows.back()), after);
            break;
        }
        if (known != found.rows.end() && position(*known) == at && pages_->holds(at, known->digest)) continue;
        if (auto row = pages_->row(at)) {
            bytes += row->body.size();
            rows.push_back(std::move(*row));
        }
    }
    found.rows = std::move(rows);
}

/// Behind the last row that was found as far as numbers are known to have been given.
std::vector<Range> Salvage::missing_in(const EpochSummary& epoch, Sequence after, const SalvagedRows& found) const {
    std::vector<Range> missing;
    Sequence next = after + 1;
    for (const StoredRow& row : found.rows) {
        if (row.sequence > epoch.last) break;  // Nothing says that its number is its own.
        if (row.sequence > next) missing.push_back({next, row.sequence - 1});
        next = std::max(next, row.sequence + 1);
    }
    const Sequence upto = std::min(sequence_at(found.upto), epoch.last);
    if (next <= upto) missing.push_back({next, upto});
    return missing;
}

/// What central had, as far as was known last: it is not lost, even where the file says less.
Sequence Salvage::receipted(const EpochSummary& epoch) const {
    return std::max(epoch.confirmed, noted_.epoch == epoch.epoch ? noted_.confirmed : 0);
}

Result<std::optional<SalvagedRows>> Salvage::rows(std::int64_t after) {
    for (const EpochSummary& epoch : epochs_) {
        const std::int64_t begin = std::max(after, position_at(epoch.ordinal, epoch.confirmed));
        const std::int64_t known = position_at(epoch.ordinal, epoch.last);
        const std::int64_t end = std::min(known + most_unseen, position_at(epoch.ordinal, last_sequence));
        if (begin >= end) continue;
        SalvagedRows found = next_rows(epoch, begin, end);
        // Nothing is called lost because the disk is away: who comes again goes on from here.
        if (unreachable_) return *unreachable_;
        const std::vector<Range> missing = missing_in(epoch, sequence_at(begin), found);
        const bool newest_lost = !missing.empty() && position_at(epoch.ordinal, missing.back().to) > keyed_;
        found.keys_lost = newest_lost || !database_ || mixed_;  // without the table of keys, or it is another's
        for (const Range& range : missing) {
            const Sequence from = std::max({range.from, receipted(epoch) + 1, moved_upto(epoch) + 1});
            if (from <= range.to) found.lost.push_back({from, range.to});
        }
        return std::optional(std::move(found));
    }
    return std::optional<SalvagedRows>();
}

/// In a page that is out of its order SQLite finds another row than it looks for.
Result<bool> Salvage::at(std::int64_t position) {
    auto row = first_row([&]() -> Statement& { return probe_.begin().bind(1, position).bind(2, position); });
    return row && *row && probe_.integer(0) != position ? Result<bool>(false) : row;
}

bool Salvage::readable(std::int64_t position) {
    if (pages_ && pages_->row(position)) return true;
    const Result<bool> row = at(position);
    const bool sound = row && *row && sound_row(probe_).has_value();
    probe_.reset();
    return sound;
}

}  // namespace tillpost
