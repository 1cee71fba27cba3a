// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/witness.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "agent/journal/position.hpp"
#include "agent/journal/schema.hpp"
#include "agent/wire/columns.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr std::string_view witness_magic = "TPW1";
constexpr int most_tries = 4;
constexpr std::size_t signed_bytes = 56;  // of a slot; behind them their checksum

void append_number(std::string& to, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) to += static_cast<char>(value >> (8 * i) & 0xff);
}

std::uint64_t take_number(std::string_view& from, std::size_t bytes) {
    std::uint64_t value = 0;
    for (const char byte : from.substr(0, bytes)) value = value << 8 | static_cast<unsigned char>(byte);
    from.remove_prefix(bytes);
    return value;
}

std::string slot_of(Sha256& sha, const Witnessed& said) {
    std::string slot(witness_magic);
    append_number(slot, said.ordinal, 4);
    for (const std::uint64_t number : {said.round, said.epoch, said.last, said.confirmed}) {
        append_number(slot, number, 8);
    }
    slot.append(said.head.data(), said.head.size());
    const Digest sum = sha(slot);
    slot.append(view(sum).substr(0, Witness::slot_size - signed_bytes));
    return slot;
}

std::optional<Witnessed> said_in(Sha256& sha, std::string_view slot) {
    const Digest sum = sha(slot.substr(0, signed_bytes));
    if (!slot.starts_with(witness_magic) || !view(sum).starts_with(slot.substr(signed_bytes))) return std::nullopt;
    slot.remove_prefix(witness_magic.size());
    Witnessed said;
    said.ordinal = static_cast<std::uint32_t>(take_number(slot, 4));
    said.round = take_number(slot, 8);
    said.epoch = take_number(slot, 8);
    said.last = take_number(slot, 8);
    said.confirmed = take_number(slot, 8);
    std::copy_n(slot.begin(), said.head.size(), said.head.begin());
    return said;
}

std::array<char, 16> beginning_of(const Digest& chain) {
    std::array<char, 16> bytes{};
    std::copy_n(view(chain).begin(), bytes.size(), bytes.begin());
    return bytes;
}

Result<std::optional<Witnessed>> newest_in(SideFile& file, Sha256& sha) {
    std::optional<Witnessed> newest;
    for (const std::int64_t at : {std::int64_t{0}, Witness::slot_distance}) {
        const Result<std::string> slot = file.read(at, Witness::slot_size);
        if (!slot) return slot.error();
        const auto said = said_in(sha, *slot);
        if (said && (!newest || said->round > newest->round)) newest = said;
    }
    return newest;
}

/// Created, and nothing was committed since.
bool is_fresh(SideFile& file) {
    const auto content = file.read(0, 2 * Witness::slot_distance);
    return content && content->find_first_not_of('\0') == std::string::npos;
}

Error contradiction(const Witnessed& witnessed, const std::string& found) {
    return {Errc::corrupt, found + ", but " + std::to_string(witnessed.last) + " events of the epoch " +
                               to_hex(witnessed.epoch) +
                               " were committed: the database or its WAL was damaged, or an older copy put back"};
}

/// The chain at the last event that the witness knows of, if it is here still.
Result<void> same_chain(Database& database, const Witnessed& witnessed) {
    auto find = database.prepare("SELECT chain FROM event WHERE position = ?1");
    if (!find) return find.error();
    const Result<bool> row = find->begin().bind(1, position_at(witnessed.ordinal, witnessed.last)).step();
    if (!row) return row.error();
    const std::string at = "event " + std::to_string(witnessed.last);
    if (!*row) return contradiction(witnessed, at + " is missing");
    if (beginning_of(digest_from_bytes(find->bytes(0))) == witnessed.head) return {};
    return contradiction(witnessed, at + " is another one than was committed");
}

/// The highest event of a live epoch, at least the last one that was pruned.
Result<Sequence> last_of(Database& database, std::uint32_t ordinal, Sequence pruned) {
    auto newest = database.prepare("SELECT position FROM event WHERE position <= ?1 ORDER BY position DESC LIMIT 1");
    if (!newest) return newest.error();
    const Result<bool> row = newest->begin().bind(1, position_at(ordinal, last_sequence)).step();
    if (!row) return row.error();
    const bool held = *row && newest->integer(0) >> sequence_bits == ordinal;
    return held ? sequence_at(newest->integer(0)) : pruned;
}

Result<void> has_what(Database& database, const Witnessed& witnessed) {
    const auto tables = database.integer("SELECT count(*) FROM sqlite_schema WHERE name IN ('epoch', 'event')");
    if (!tables) return tables.error();
    if (*tables != 2) return contradiction(witnessed, "it holds no events");
    auto find =
        database.prepare("SELECT closed, top, pruned, pruned_chain FROM epoch WHERE ordinal = ?1 AND epoch = ?2");
    if (!find) return find.error();
    const EpochBytes name = bytes_of(witnessed.epoch);
    const Result<bool> row = find->begin().bind(1, witnessed.ordinal).bind_blob(2, view_of(name)).step();
    if (!row) return row.error();
    if (!*row) return contradiction(witnessed, "it does not know that epoch");
    const bool closed = !find->is_null(0);  // its events may have moved
    const auto pruned = static_cast<Sequence>(find->integer(2));
    const Digest pruned_chain = digest_from_bytes(find->bytes(3));
    const auto last = closed ? Result<Sequence>(static_cast<Sequence>(find->integer(1)))
                             : last_of(database, witnessed.ordinal, pruned);
    if (!last) return last.error();
    if (*last < witnessed.last) return contradiction(witnessed, "it ends at event " + std::to_string(*last));
    if (closed || witnessed.last == 0 || witnessed.last < pruned) return {};
    if (witnessed.last > pruned) return same_chain(database, witnessed);
    if (beginning_of(pruned_chain) == witnessed.head) return {};
    return contradiction(witnessed, "event " + std::to_string(pruned) + " was another one than was committed");
}

/// Events in today's format: whatever recorded them keeps a witness. A former release did not.
bool had_witness(Database& database) {
    const auto format = database.integer("PRAGMA user_version");
    if (!format || *format != journal_format) return false;
    const auto events = database.integer("SELECT count(*) FROM (SELECT 1 FROM event LIMIT 1)");
    return events && *events != 0;
}

void warn_of_missing(const std::string& journal) {
    log::warn("the journal's witness is gone: whether all that was committed is there is not checked",
              {{"file", Witness::beside(journal)},
               {"what_to_do",
                "nothing here removes it: if what lay beside the journal was lost with it (-wal), events that were "
                "accepted are missing. Stop tillpostd and put it back with the journal; without a copy have the tills "
                "send the day again"}});
}

}  // namespace

EpochSummary Witnessed::summary() const {
    EpochSummary known;
    known.epoch = epoch;
    known.ordinal = ordinal;
    known.last = last;
    known.confirmed = confirmed;
    known.first = confirmed + 1;
    return known;
}

Result<std::optional<Witnessed>> Witness::read(const std::string& journal) {
    if (!holds_bytes(beside(journal))) return std::optional<Witnessed>();
    const auto file = SideFile::open(beside(journal), SideFile::Use::write);
    if (!file) return file.error();
    Sha256 sha;
    auto said = newest_in(**file, sha);
    if (!said || *said || is_fresh(**file)) return said;
    return Error{Errc::corrupt, "both its parts are damaged"};
}

std::optional<Witnessed> Witness::of(const std::string& journal) {
    auto said = read(journal);
    // An I/O error may pass.
    for (int tried = 1; tried < most_tries && !said && said.error().code != Errc::corrupt; ++tried)
        said = read(journal);
    if (said) return *said;
    log::warn("the journal's witness cannot be read: whether all that was committed is there is not checked",
              {{"file", beside(journal)}, {"why", said.error().message}});
    return std::nullopt;
}

Result<void> Witness::agrees(Database& database, const std::string& journal,
                             const std::optional<Witnessed>& witnessed) {
    if (witnessed) return has_what(database, *witnessed);
    if (!holds_bytes(beside(journal)) && had_witness(database)) warn_of_missing(journal);
    return {};
}

Result<std::unique_ptr<Witness>> Witness::open(const std::string& journal) {
    auto file = SideFile::open(beside(journal), SideFile::Use::create);
    if (!file) return file.error();
    const Result<std::int64_t> size = (*file)->size();
    if (!size) return size.error();
    constexpr std::int64_t whole = 2 * slot_distance;
    if (*size < whole) {
        const std::string room(static_cast<std::size_t>(whole - *size), '\0');
        if (auto done = (*file)->write(*size, room); !done) return done.error();
        if (auto done = (*file)->sync(); !done) return done.error();
    }
    std::unique_ptr<Witness> witness(new Witness(std::move(*file)));
    const auto newest = newest_in(*witness->file_, witness->sha_);
    if (!newest) return newest.error();
    if (*newest) witness->newest_ = **newest;
    return witness;
}

void Witness::put(const EpochSummary& live) {
    Witnessed next{newest_.round + 1, live.ordinal, live.epoch, live.last, live.confirmed, beginning_of(live.head)};
    const auto said = [](const Witnessed& each) {
        return std::tie(each.ordinal, each.epoch, each.last, each.confirmed, each.head);
    };
    if (said(next) == said(newest_)) return;
    const std::int64_t at = next.round % 2 == 0 ? 0 : slot_distance;
    const Result<void> done = file_->write(at, slot_of(sha_, next));
    if (done) newest_ = next;
    note(done);
}

void Witness::sync() { note(file_->sync()); }

void Witness::note(const Result<void>& done) {
    if (done) failing_ = false;
    if (done || std::exchange(failing_, true)) return;
    log::warn("the journal's witness cannot be written: a damage at rest may go unnoticed",
              {{"why", done.error().message}, {"what_to_do", "check the disk of /journal/path"}});
}

}  // namespace tillpost
