// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/page_index.hpp"

#include <algorithm>
#include <thread>

#include "agent/journal/position.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

// The WAL's format: fileformat2, 4.1.
constexpr std::size_t wal_header = 32;
constexpr std::size_t frame_header = 24;
constexpr std::size_t frame_size = frame_header + page_size;
constexpr std::size_t salts_at = 16, salts_size = 8;  // in the WAL's header
constexpr std::uint32_t looked_at_for_salts = 8;      // frames

std::uint32_t number_at(std::string_view bytes, std::size_t offset) {
    std::uint32_t value = 0;
    for (const char byte : bytes.substr(offset, 4)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
}

std::uint32_t ordinal_of(std::int64_t position) { return static_cast<std::uint32_t>(position >> sequence_bits); }

}  // namespace

Result<std::unique_ptr<PageIndex>> PageIndex::build(const std::string& file, const std::string& source,
                                                    const Patience& patience) {
    std::unique_ptr<PageIndex> index(new PageIndex(patience));
    index->source_ = source;
    auto opened = open(file);
    if (!opened) return opened.error().with_context("read the pages of a damaged file");
    index->file_ = std::move(*opened);
    if (holds_bytes(file + "-wal")) {
        auto wal = open(file + "-wal");
        if (!wal) return wal.error().with_context("read the pages of a damaged file");
        index->wal_ = std::move(*wal);
    }
    index->find_frames();
    if (index->gives_up()) return *index->unread();
    const std::uint64_t pages = std::min<std::uint64_t>(index->file_.size / page_size, ~std::uint32_t{0} - 1);
    for (std::uint32_t page = 1; page <= pages; ++page) {
        if (auto done = index->take(page, false); !done) return done.error();
        if (index->gives_up()) return *index->unread();
    }
    for (std::uint32_t frame = 0; frame < index->frames_; ++frame) {
        if (auto done = index->take(frame, true); !done) return done.error();
        if (index->gives_up()) return *index->unread();
    }
    index->records_.settle();
    index->keep_best();
    index->leave_out_misplaced();
    index->leave_out_others();
    index->add_unknown_epochs();
    return index;
}

Result<PageIndex::ReadFile> PageIndex::open(const std::string& path) {
    auto file = SideFile::open(path, SideFile::Use::read);
    if (!file) return file.error();
    const Result<std::int64_t> size = (*file)->size();
    if (!size) return size.error();
    return ReadFile{std::move(*file), static_cast<std::uint64_t>(*size)};
}

std::string PageIndex::read(const ReadFile& from, std::uint64_t offset, std::size_t bytes) {
    if (!from.file || offset >= from.size) return {};
    bytes = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, from.size - offset));
    for (std::size_t tried = 0;; ++tried) {
        auto content = from.file->read(static_cast<std::int64_t>(offset), bytes);
        if (content) {
            reader_.failing = false;
            return std::move(*content);
        }
        if (reader_.failing || tried == reader_.patience.pauses.size()) {
            reader_.failing = true;
            reader_.unread = content.error();
            return {};
        }
        std::this_thread::sleep_for(reader_.patience.pauses[tried]);
    }
}

// Frames with other salts are of a former round of the WAL; those behind the last commit were never acknowledged. Their
// checksums are not looked at: an event's digest says more, and one damaged frame must not cost those behind it.
void PageIndex::find_frames() {
    const std::string header = read(wal_, 0, wal_header);
    if (header.size() < wal_header) return;
    const auto most = static_cast<std::uint32_t>((wal_.size - wal_header) / frame_size);
    const auto head_of = [this](std::uint32_t frame) {
        return read(wal_, wal_header + std::uint64_t{frame} * frame_size, frame_header);
    };
    const auto has = [](const std::string& head, std::string_view salts) {
        return head.size() == frame_header && std::string_view(head).substr(8, salts_size) == salts;
    };
    // Of the round is what has the salts of the header, or, if that is damaged, of the first frames.
    std::string salts = header.substr(salts_at, salts_size);
    for (std::uint32_t frame = 0; frame < std::min(most, looked_at_for_salts); ++frame) {
        const std::string head = head_of(frame);
        if (has(head, salts) || head.size() < frame_header) break;
        const std::string other = head.substr(8, salts_size);
        if (frame + 1 == most || has(head_of(frame + 1), other)) salts = other;
    }
    std::vector<std::uint32_t> pages;
    for (std::uint32_t frame = 0; frame < most; ++frame) {
        const std::string head = head_of(frame);
        const bool ours = has(head, salts);
        pages.push_back(ours ? number_at(head, 0) : 0);
        if (ours && number_at(head, 4) != 0) frames_ = frame + 1;
    }
    pages.resize(frames_);
    for (std::uint32_t frame = 0; frame < frames_; ++frame) {
        if (pages[frame] != 0) newest_[pages[frame]] = frame;
    }
}

std::string PageIndex::page_of_file(std::uint32_t number) {
    return number == 0 ? std::string() : read(file_, std::uint64_t{number - 1} * page_size, page_size);
}

std::string PageIndex::page_of_frame(std::uint32_t frame) {
    return read(wal_, wal_header + std::uint64_t{frame} * frame_size + frame_header, page_size);
}

/// A row goes on in pages of the WAL, or, if those are of a later row, in the file's.
template <class Read>
auto PageIndex::from_newest(const PageCell& cell, const Read& row_with) {
    const ReadPage of_file = [this](std::uint32_t number) { return page_of_file(number); };
    const ReadPage newest = [this](std::uint32_t number) {
        const auto frame = newest_.find(number);
        return frame == newest_.end() ? page_of_file(number) : page_of_frame(frame->second);
    };
    auto row = row_with(newest);
    if (row || cell.overflow == 0 || newest_.empty()) return row;
    return row_with(of_file);
}

std::optional<StoredRow> PageIndex::proven(std::string_view page, const PageCell& cell) {
    return from_newest(cell, [&](const ReadPage& read_page) {
        auto row = event_in(page, cell, read_page);
        if (!row || row->state != RowState::whole) return row;
        row->body = unpacker_.unpacked(std::move(row->body));
        return sha_(row->body) == row->digest ? row : std::nullopt;
    });
}

std::optional<SalvagedQuarantine::Row> PageIndex::proven_record(std::string_view page, const PageCell& cell) {
    return from_newest(cell, [&](const ReadPage& read_page) {
        auto row = quarantine_in(page, cell, read_page);
        if (row) row->bytes = unpacker_.unpacked(std::move(row->bytes));
        return row && PageRecords::is_whole(*row, sha_) ? row : std::nullopt;
    });
}

Result<void> PageIndex::take(std::uint32_t number, bool in_wal) {
    const std::string page = in_wal ? page_of_frame(number) : page_of_file(number);
    const std::vector<PageCell> cells = cells_of(page);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (const auto epoch = epoch_in(page, cells[i], source_)) epochs_.push_back(*epoch);
        const auto cell = static_cast<std::uint16_t>(i);
        if (const auto record = proven_record(page, cells[i])) records_.note_row(*record, {number, cell, in_wal});
        const auto row = proven(page, cells[i]);
        if (!row) continue;
        if (is_others(*row)) {
            const std::uint32_t ordinal = ordinal_of(cells[i].rowid);
            if (ordinal >= other_ordinal_) other_ = body_attribute(row->body, "source");
            other_ordinal_ = std::max(other_ordinal_, ordinal);
            continue;
        }
        records_.note_event(cells[i].rowid, *row);
        if (entries_.size() == 2 * most_rows) keep_best();
        if (entries_.size() >= 2 * most_rows) {
            return Error{Errc::full, "there are more than " + std::to_string(most_rows) + " events in its pages"};
        }
        entries_.push_back(
            {cells[i].rowid, first_bytes_of(row->digest), number, cell, in_wal, row->state == RowState::whole});
    }
    return {};
}

void PageIndex::keep_best() {
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
        if (a.digest != b.digest) return a.digest < b.digest;
        return a.position != b.position ? a.position > b.position : a.whole > b.whole;
    });
    const auto worse = [](const Entry& best, const Entry& other) {
        return best.digest == other.digest &&
               (best.position == other.position || ordinal_of(best.position) != ordinal_of(other.position));
    };
    entries_.erase(std::unique(entries_.begin(), entries_.end(), worse), entries_.end());
}

/// Expects what keep_best() leaves: numbers of one event stand side by side. Leaves one event at each position.
void PageIndex::leave_out_misplaced() {
    std::vector<Entry> doubtful;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const auto same = [&](std::size_t other) { return entries_[other].digest == entries_[i].digest; };
        if ((i > 0 && same(i - 1)) || (i + 1 < entries_.size() && same(i + 1))) doubtful.push_back(entries_[i]);
    }
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
        return a.position != b.position ? a.position < b.position : a.whole > b.whole;
    });
    for (auto first = doubtful.begin(); first != doubtful.end();) {
        const auto end = std::find_if(first, doubtful.end(), [&](const Entry& e) { return e.digest != first->digest; });
        const auto others = std::partition(first, end, [this](const Entry& entry) { return is_in_its_place(entry); });
        for (auto entry = std::max(others, first + 1); entry != end; ++entry) {
            misplaced_.emplace_back(entry->position, entry->digest);
        }
        first = end;
    }
    std::sort(misplaced_.begin(), misplaced_.end());
    const auto is_out = [this](const Entry& entry) {
        return std::binary_search(misplaced_.begin(), misplaced_.end(), std::pair(entry.position, entry.digest));
    };
    std::erase_if(entries_, is_out);
    const auto same_position = [](const Entry& a, const Entry& b) { return a.position == b.position; };
    entries_.erase(std::unique(entries_.begin(), entries_.end(), same_position), entries_.end());
}

bool PageIndex::holds(std::int64_t position, const Digest& digest) const {
    const auto there = at(position);
    return there.first != there.second && there.first->digest == first_bytes_of(digest);
}

bool PageIndex::is_misplaced(std::int64_t position, const Digest& digest) const {
    return std::binary_search(misplaced_.begin(), misplaced_.end(), std::pair(position, first_bytes_of(digest)));
}

std::pair<std::vector<PageIndex::Entry>::const_iterator, std::vector<PageIndex::Entry>::const_iterator> PageIndex::at(
    std::int64_t position) const {
    struct ByPosition {
        bool operator()(const Entry& a, std::int64_t b) const { return a.position < b; }
        bool operator()(std::int64_t a, const Entry& b) const { return a < b.position; }
    };
    return std::equal_range(entries_.begin(), entries_.end(), position, ByPosition{});
}

bool PageIndex::is_in_its_place(const Entry& entry) {
    const auto before = at(entry.position - 1);
    const auto behind = at(entry.position + 1);
    return std::any_of(before.first, before.second, [&](const Entry& other) { return follows(entry, other); }) ||
           std::any_of(behind.first, behind.second, [&](const Entry& other) { return follows(other, entry); });
}

bool PageIndex::follows(const Entry& entry, const Entry& before) {
    const auto known = std::find_if(epochs_.begin(), epochs_.end(), [&](const EpochSummary& each) {
        return each.ordinal == ordinal_of(entry.position) && each.epoch != 0;
    });
    if (known == epochs_.end()) return false;
    const std::optional<RowLink> from = link_of(before);
    const std::optional<RowLink> own = from ? link_of(entry) : std::nullopt;
    return own && chain_next(sha_, from->chain, known->epoch, sequence_at(entry.position), own->digest) == own->chain;
}

std::optional<RowLink> PageIndex::link_of(const Entry& entry) {
    const std::string page = page_of(entry);
    const std::vector<PageCell> cells = cells_of(page);
    return entry.cell < cells.size() ? link_in(page, cells[entry.cell]) : std::nullopt;
}

bool PageIndex::is_others(const StoredRow& row) const {
    if (source_.empty() || row.state != RowState::whole) return false;
    const std::string_view source = body_attribute(row.body, "source");
    return !source.empty() && source != source_;
}

// Of a tombstone among rows of two journals nothing says whose it is.
void PageIndex::leave_out_others() {
    const auto first = std::find_if(entries_.begin(), entries_.end(), [](const Entry& entry) { return entry.whole; });
    const bool mixed = first == entries_.end() || ordinal_of(first->position) <= other_ordinal_;
    if (!mixed) other_.clear();
    if (!other_.empty()) std::erase_if(entries_, [](const Entry& entry) { return !entry.whole; });
}

// Nothing proves a tombstone: one of an epoch of which nothing else is known is none.
void PageIndex::add_unknown_epochs() {
    std::stable_sort(epochs_.begin(), epochs_.end(), [](const EpochSummary& a, const EpochSummary& b) {
        return a.ordinal != b.ordinal ? a.ordinal < b.ordinal : a.confirmed > b.confirmed;
    });
    const auto same = [](const EpochSummary& a, const EpochSummary& b) { return a.ordinal == b.ordinal; };
    epochs_.erase(std::unique(epochs_.begin(), epochs_.end(), same), epochs_.end());
    const auto find = [this](std::uint32_t ordinal) {
        return std::find_if(epochs_.begin(), epochs_.end(), [&](const auto& each) { return each.ordinal == ordinal; });
    };
    for (const Entry& entry : entries_) {
        if (!entry.whole || find(ordinal_of(entry.position)) != epochs_.end()) continue;
        EpochSummary unknown;
        unknown.ordinal = ordinal_of(entry.position);
        unknown.confirmed = sequence_at(entry.position) - 1;  // what was before is not known to be lost
        unknown.first = unknown.confirmed + 1;
        epochs_.push_back(unknown);
    }
    std::erase_if(entries_, [&](const Entry& entry) { return find(ordinal_of(entry.position)) == epochs_.end(); });
    std::sort(epochs_.begin(), epochs_.end(),
              [](const EpochSummary& a, const EpochSummary& b) { return a.ordinal < b.ordinal; });
}

std::int64_t PageIndex::next(std::int64_t after) const {
    const auto at = std::upper_bound(entries_.begin(), entries_.end(), after,
                                     [](std::int64_t position, const Entry& each) { return position < each.position; });
    return at == entries_.end() ? 0 : at->position;
}

Sequence PageIndex::last(std::uint32_t ordinal) const {
    const auto behind =
        std::upper_bound(entries_.begin(), entries_.end(), position_at(ordinal, last_sequence),
                         [](std::int64_t position, const Entry& each) { return position < each.position; });
    // A row that stands alone may have a flipped bit in its number.
    for (auto at = behind; at != entries_.begin();) {
        --at;
        if (ordinal_of(at->position) != ordinal) return 0;
        const bool first = sequence_at(at->position) == 1;
        const bool follows = at != entries_.begin() && std::prev(at)->position + 1 == at->position;
        if (first || follows) return sequence_at(at->position);
    }
    return 0;
}

std::optional<StoredRow> PageIndex::row(std::int64_t position) {
    const auto there = at(position);
    if (there.first == there.second) return std::nullopt;
    const std::string page = page_of(*there.first);
    const std::vector<PageCell> cells = cells_of(page);
    const std::size_t cell = there.first->cell;
    if (cell >= cells.size() || cells[cell].rowid != position) return std::nullopt;
    return proven(page, cells[cell]);
}

std::optional<SalvagedQuarantine::Row> PageIndex::record(const PageRecords::Row& at) {
    const PageRecords::Place& place = at.place;
    const std::string page = place.in_wal ? page_of_frame(place.page) : page_of_file(place.page);
    const std::vector<PageCell> cells = cells_of(page);
    if (place.cell >= cells.size() || cells[place.cell].rowid != at.position) return std::nullopt;
    return proven_record(page, cells[place.cell]);
}

}  // namespace tillpost
