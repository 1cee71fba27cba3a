// SPDX-License-Identifier: Apache-2.0
// Opening a damaged journal, and what is done when the disk cannot read it.
#include <array>
#include <thread>
#include <utility>

#include "agent/journal/event_row.hpp"
#include "agent/journal/salvage.hpp"
#include "platform/log.hpp"
#include "platform/sqlite_file.hpp"

namespace tillpost {
namespace {

/// Before what the disk could not read is read again: a cable that is loose, a disk that resets.
constexpr std::array<Millis, 3> pauses{Millis(5), Millis(50), Millis(500)};

constexpr const char* newest_of = "SELECT position FROM event WHERE position <= ?1 ORDER BY position DESC LIMIT 1";
constexpr const char* all_epochs =
    "SELECT ordinal, epoch, confirmed, pruned_chain, closed, pruned, source FROM epoch ORDER BY ordinal";

/// Formats before the third know no decisions.
const char* quarantine_columns(Database& database) {
    constexpr const char* with_decisions =
        "SELECT position, recorded, device, rule, field, bytes, about, type, amount, decision, decided, user, actor, "
        "became FROM quarantine WHERE position > ?1 ORDER BY position LIMIT 16";
    constexpr const char* without =
        "SELECT position, recorded, device, rule, field, bytes, about, NULL, NULL, NULL, NULL, NULL, NULL, NULL "
        "FROM quarantine WHERE position > ?1 ORDER BY position LIMIT 16";
    return database.prepare(with_decisions) ? with_decisions : without;
}

}  // namespace

Result<std::unique_ptr<Salvage>> Salvage::open(const std::string& file, const std::optional<DamageNote>& note,
                                               const std::string& source) {
    std::unique_ptr<Salvage> salvage(new Salvage(file, source));
    auto done = salvage->prepare();
    for (const Millis pause : pauses) {
        if (done || done.error().code != Errc::io) break;
        std::this_thread::sleep_for(pause);
        done = salvage->prepare();
    }
    if (!done) {
        salvage->close();
        const bool known = note && note->live.epoch != 0;  // then at least what is lost can be told
        if (!salvage->search_pages() || (salvage->pages_->epochs().empty() && !known)) return done.error();
    }
    salvage->find_epochs(note);
    salvage->find_keyed();
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
    auto database = Database::open_damaged(file_);
    if (!database) return database.error();
    database_ = std::move(*database);
    // Where these cannot be prepared there are other ways.
    for (const auto& [statement, sql] : {std::pair(&newest_, newest_of), std::pair(&known_epochs_, all_epochs)}) {
        auto found = database_->prepare(sql);
        if (!found && found.error().code == Errc::io) return found.error();
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
        const bool io = !row && row.error().code == Errc::io;
        if (!io) unreadable_ = false;
        if (!io || unreadable_) return row;
        if (tried == pauses.size()) {
            unreadable_ = true;
            if (!std::exchange(told_, true)) {
                log::error(
                    "the disk cannot read a part of the damaged journal; what is there may be lost",
                    {{"file", file_}, {"why", row.error().message}, {"what_to_do", "check this machine's disk"}});
            }
            return row;
        }
        std::this_thread::sleep_for(pauses[tried]);
        if (tried + 1 == pauses.size()) reopen();
    }
}

/// A disk that was away and came back has nothing for the descriptors of before.
void Salvage::reopen() {
    const auto done = prepare();
    if (done) return;
    close();
    if (done.error().code == Errc::io) {
        unreachable_ = done.error().with_context("the disk with the damaged journal cannot be read any more");
    }
}

/// Whether there is an index of its pages now.
bool Salvage::search_pages() {
    if (std::exchange(searched_, true)) return pages_ != nullptr;
    auto pages = PageIndex::build(file_, source_);
    if (pages) pages_ = std::move(*pages);
    if (pages_ && !pages_->other_source().empty()) note_other(pages_->other_source());
    if (!pages) {
        log::error("the damaged journal cannot be read page by page",
                   {{"file", file_}, {"why", pages.error().message}, {"what_to_do", "keep the file"}});
    }
    return pages_ != nullptr;
}

}  // namespace tillpost
