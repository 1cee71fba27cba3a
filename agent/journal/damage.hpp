// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/wire/protocol.hpp"
#include "platform/clock.hpp"
#include "platform/sqlite.hpp"

/// A damaged journal is set aside, never deleted. Blocking; storage worker, or the start.
///
/// Several files have to change their names (database, WAL, witness) and a power cut may come in between, so a small
/// file
/// `<journal>.set-aside` says first that it is to be done; the next start finishes it before anything is opened.
namespace tillpost {

/// What is still known of the journal, for whoever reads the damaged file later.
struct DamageNote {
    EpochSummary live;  ///< epoch, ordinal, last, confirmed; zeros if nothing is known
    std::string why;
};

/// Leaves the mark `<journal>.damage`. Best effort: the disk may be the reason.
void note_damage(const std::string& journal, const EpochSummary& live, std::string_view why);
/// The mark of a journal, or of one that was set aside.
std::optional<DamageNote> damage_noted(const std::string& journal);

/// That, and what the witness beside the file says: whichever knows more.
std::optional<DamageNote> known_of(const std::string& journal);
/// The same for who can wait: is_io() when either is there and the disk cannot read it.
Result<std::optional<DamageNote>> read_known_of(const std::string& journal);

/// The disk could not read a part of the journal, at a start or since: counted in `<journal>.unreadable`. Best effort.
void note_unreadable(const std::string& journal, std::string_view why);
/// How often, since a scrub has last read all that is held.
int times_unreadable(const std::string& journal);
void forget_unreadable(const std::string& journal);

/// Does its number in the header go with its tables? Errc::corrupt: no, the number is damaged; a newer program's has
/// more columns than the newest format that is known here (and is refused by Database::migrate()).
Result<void> check_format(Database& database);

/// Is the file that cannot be opened as a journal one of ours all the same? Only then it may be renamed.
bool was_ours(const std::string& journal);

/// A SQLite database that nothing says is one of ours: another program's, or the header of ours is damaged.
bool is_foreign(const std::string& journal);

/// For a check that opens nothing: why what stands there is no journal, and what a start does with it. nullopt: it is
/// one of ours, or nothing is there.
std::optional<std::string> not_a_journal(const std::string& journal);

/// Was a renaming begun and not finished?
bool set_aside_begun(const std::string& journal);
/// Renames `<journal>` and what lies beside it to `<journal>.damaged-<time>` and so on, durably; gives the new name. A
/// journal that is missing leaves an empty file of that name: what is known of it is lost, and has to be told.
/// `kind`: ".damaged-", or ".foreign-" for what is not ours and never salvaged.
Result<std::string> set_aside(const std::string& journal, WallTime now, std::string_view kind = ".damaged-");
/// Files that were set aside and not yet salvaged, oldest first.
std::vector<std::string> files_set_aside(const std::string& journal);
/// Marks one as done: its name becomes `….salvaged-<time>`.
Result<void> note_salvaged(const std::string& file);

}  // namespace tillpost
