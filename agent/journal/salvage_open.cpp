// SPDX-License-Identifier: Apache-2.0
// Opening a damaged journal, and what is done when the disk cannot read it.
#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>

#include "agent/journal/event_row.hpp"
#include "agent/journal/moved.hpp"
#include "agent/journal/packed_column.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/salvage.hpp"
#include "platform/log.hpp"
#include "platform/sqlite_file.hpp"

namespace tillpost {
namespace {

constexpr std::uint64_t asked_places = 16;  // of the file, whether it answers at all

/// SQLite takes a WAL that it cannot look at for one that is not there.
Result<void> can_look_at(const std::string& path) {
    std::error_code failed;
    (void)std::filesystem::status(path, failed);
    if (!failed || failed == std::errc::no_such_file_or_directory) return {};
    return Error{Errc::io, "look at " + path + ": " + failed.message()};
}

constexpr const char* newest_of = "SELECT position FROM event WHERE position <= ?1 ORDER BY position DESC LIMIT 1";
constexpr const char* all_epochs =
    "SELECT ordinal, epoch, confirmed, pruned_chain, closed, pruned, source FROM epoch ORDER BY ordinal";

/// Formats before the third know no decisions, those before the seventh no digests.
const char* quarantine_columns(Database& database) {
    constexpr const char* with_digests =
        "SELECT position, recorded, device, rule, field, unpacked(bytes), about, type, amount, decision, decided, "
        "user, actor, became, digest FROM quarantine WHERE position > ?1 ORDER BY position LIMIT 16";
    constexpr const char* with_decisions =
        "SELECT position, recorded, device, rule, field, unpacked(bytes), about, type, amount, decision, decided, "
        "user, actor, became, NULL FROM quarantine WHERE position > ?1 ORDER BY position LIMIT 16";
    constexpr const char* without =
        "SELECT position, recorded, device, rule, field, bytes, about, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL "
        "FROM quarantine WHERE position > ?1 ORDER BY position LIMIT 16";
    if (database.prepare(with_digests)) return with_digests;
    return database.prepare(with_decisions) ? with_decisions : without;
}

}  // namespace

Result<std::unique_ptr<Salvage>> Salvage::open(const std::string& file, const std::optional<DamageNote>& note,
                                               const std::string& source, const Patience& patience) {
    std::unique_ptr<Salvage> salvage(new Salvage(file, source, patience));
    auto done = salvage->prepare();
    for (const Millis pause : patience.pauses) {
        if (done || !is_io(done.error())) break;
        std::this_thread::sleep_for(pause);
        done = salvage->prepare();
    }
    if (!done) {
        salvage->close();
        if (is_io(done.error()) && (!patience.ends || !salvage->answers())) return done.error();
        const bool known = note && note->live.epoch != 0;  // then at least what is lost can be told
        if (!salvage->search_pages() || (salvage->pages_->epochs().empty() && !known)) return done.error();
    }
    salvage->find_epochs(note);
    salvage->find_keyed();
    salvage->find_moved();
    if (salvage->unreachable_) return *salvage->unreachable_;
    return salvage;
}

/// The file is closed when none of its statements is left.
void Salvage::close() {
    for (Statement* each : {&scan_, &probe_, &newest_, &known_epochs_, &keys_, &quarantine_}) *each = Statement();
    database_.reset();
}

Result<void> Salvage::prepare() {
    close();
    // SQLite would delete the WAL of an empty database.
    if (!holds_bytes(file_)) return Error{Errc::corrupt, file_ + " is empty"};
    if (auto done = can_look_at(file_ + "-wal"); !done) return done;
    auto database = Database::open_damaged(file_);
    if (!database) return database.error();
    database_ = std::move(*database);
    if (auto done = define_packing(*database_); !done) return done;
    // Where these cannot be prepared there are other ways.
    for (const auto& [statement, sql] : {std::pair(&newest_, newest_of), std::pair(&known_epochs_, all_epochs)}) {
        auto found = database_->prepare(sql);
        if (!found && is_io(found.error())) return found.error();
        if (found) *statement = std::move(*found);
    }
    return database_->prepare_all<Salvage>(
        *this,
        {{&Salvage::scan_, events_in_order},
         {&Salvage::probe_, events_in_order},
         {&Salvage::keys_,
          "SELECT position, recorded, key, content, first FROM business_key WHERE position > ?1 ORDER BY position "
          "LIMIT 256"},
         {&Salvage::quarantine_, quarantine_columns(*database_)}});
}

/// The first row of a statement that `begin` begins. Damage stays, but what the disk could not read may be read the
/// next time: tried again a few times, at last with a file that is opened anew. Behind a place that stays unreadable,
/// nothing is waited for until something can be read again: a dead sector has many rows.
Result<bool> Salvage::first_row(const std::function<Statement&()>& begin) {
    for (std::size_t tried = 0;; ++tried) {
        if (!database_) return false;
        Result<bool> row = begin().step();
        const bool io = !row && is_io(row.error());
        if (!io) unreadable_ = false;
        if (!io) return row;
        if (unreadable_ || tried >= patience_.pauses.size()) {
            unreadable_ = true;
            note_unread(row.error());
            return row;
        }
        std::this_thread::sleep_for(patience_.pauses[tried]);
        if (tried + 1 == patience_.pauses.size()) reopen();
    }
}

/// It stayed so: lost, if it is time for that and the disk reads other parts of the file; else all waits for it.
void Salvage::note_unread(const Error& error) {
    if (!patience_.ends || !answers()) {
        unreachable_ = error.with_context("the disk cannot read the damaged journal");
        return;
    }
    if (std::exchange(told_, true)) return;
    log::error("the disk cannot read a part of the damaged journal; what is there counts as lost",
               {{"file", file_}, {"why", error.message}, {"what_to_do", "keep the file; check this machine's disk"}});
}

void Salvage::note_unread_pages() {
    if (pages_ && pages_->unread() && !unreachable_) note_unread(*pages_->unread());
}

bool Salvage::answers() {
    const auto file = SideFile::open(file_, SideFile::Use::read);
    const auto size = file ? (*file)->size() : Result<std::int64_t>(file.error());
    if (!size) return false;
    for (std::uint64_t place = 0; place < asked_places; ++place) {
        const std::uint64_t page = static_cast<std::uint64_t>(*size) / page_size * place / asked_places;
        if ((*file)->read(static_cast<std::int64_t>(page * page_size), page_size)) return true;
    }
    return false;
}

/// A disk that was away and came back has nothing for the descriptors of before.
void Salvage::reopen() {
    const auto done = prepare();
    if (done) return;
    close();
    if (is_io(done.error())) {
        unreachable_ = done.error().with_context("the disk with the damaged journal cannot be read any more");
    }
}

/// Whether there is an index of its pages now.
bool Salvage::search_pages() {
    if (std::exchange(searched_, true)) return pages_ != nullptr;
    auto pages = PageIndex::build(file_, source_, patience_);
    if (pages) pages_ = std::move(*pages);
    if (!pages && is_io(pages.error())) note_unread(pages.error());
    note_unread_pages();
    if (pages_ && !pages_->other_source().empty()) note_other(pages_->other_source());
    if (!pages && !unreachable_) {
        log::error("the damaged journal cannot be read page by page",
                   {{"file", file_}, {"why", pages.error().message}, {"what_to_do", "keep the file"}});
    }
    return pages_ != nullptr;
}

/// A closed epoch's events go to another one in the order of their numbers: what the file says was moved is not lost.
void Salvage::find_moved() {
    if (!database_ || mixed_) return;
    auto runs = database_->prepare("SELECT name FROM counter WHERE name >= 'moved/' AND name < 'moved0'");
    if (!runs) return;
    Result<bool> row = first_row([&]() -> Statement& { return runs->begin(); });
    for (; row && *row; row = runs->step()) {
        const auto run = moved::run_of(runs->bytes(0));
        if (!run) continue;
        const auto ordinal = static_cast<std::uint32_t>(run->second >> sequence_bits);
        if (moved_.empty() || moved_.back().first != ordinal) moved_.emplace_back(ordinal, 0);
        moved_.back().second = std::max(moved_.back().second, sequence_at(run->second));
    }
    if (!row && is_io(row.error())) note_unread(row.error());
}

Sequence Salvage::moved_upto(const EpochSummary& epoch) const {
    const auto found =
        std::find_if(moved_.begin(), moved_.end(), [&](const auto& each) { return each.first == epoch.ordinal; });
    return found == moved_.end() ? 0 : found->second;
}

}  // namespace tillpost
