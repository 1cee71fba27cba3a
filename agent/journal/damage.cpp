// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/damage.hpp"

#include <algorithm>
#include <charconv>

#include "agent/journal/schema.hpp"
#include "agent/journal/witness.hpp"
#include "platform/files.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr const char* companions[] = {"-wal", "-journal", ".damage", ".unreadable", ".witness"};
constexpr std::size_t longest_note = 4096;
constexpr std::int64_t most_newer_formats = 1'000;

std::string note_of(const std::string& journal) { return journal + ".damage"; }
std::string unreadable_of(const std::string& journal) { return journal + ".unreadable"; }
std::string plan_of(const std::string& journal) { return journal + ".set-aside"; }

/// The next word of a line.
std::string_view word(std::string_view& text) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view first = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return first;
}

template <class Number>
Number number(std::string_view text) {
    Number value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// "journal.db" → "journal.db.damaged-20261125T101530123Z": digits in the order of time.
std::string damaged_name(const std::string& journal, WallTime now, std::string_view kind) {
    std::string time = rfc3339(now);
    std::erase_if(time, [](char c) { return c == '-' || c == ':' || c == '.'; });
    return journal + std::string(kind) + time;
}

Result<void> move_companions(const std::string& from, const std::string& to) {
    for (const char* name : companions) {
        if (!file_exists(from + name)) continue;
        if (auto done = rename_file(from + name, to + name); !done) return done;
    }
    return {};
}

std::optional<DamageNote> with_witness(std::optional<DamageNote> note, const std::optional<Witnessed>& witnessed) {
    if (!witnessed) return note;
    if (!note) note.emplace();
    const bool same = note->live.epoch == witnessed->epoch;
    if (same) note->live.last = std::max(note->live.last, witnessed->last);
    if (!same && note->live.ordinal <= witnessed->ordinal) note->live = witnessed->summary();
    return note;
}

Result<void> carry_out(const std::string& journal, const std::string& to) {
    if (!file_exists(journal) && !file_exists(to)) {
        if (auto done = write_file(to, ""); !done) return done;
    }
    if (auto done = move_companions(journal, to); !done) return done;
    if (auto done = rename_file(journal, to); !done) return done;
    return remove_file(plan_of(journal));
}

}  // namespace

void note_damage(const std::string& journal, const EpochSummary& live, std::string_view why) {
    std::string text = to_hex(live.epoch) + ' ' + std::to_string(live.ordinal) + ' ' + std::to_string(live.last) + ' ' +
                       std::to_string(live.confirmed) + ' ' + std::string(why.substr(0, 1024)) + '\n';
    if (auto done = write_file(note_of(journal), text); !done) {
        log::warn("the damage could not be noted beside the journal", {{"why", done.error().message}});
    }
}

std::optional<DamageNote> damage_noted(const std::string& journal) {
    const Result<std::string> text = read_file(note_of(journal), longest_note);
    if (!text) return std::nullopt;
    DamageNote note;
    std::string_view rest = *text;
    note.live.epoch = number_from_hex(word(rest)).value_or(0);
    note.live.ordinal = number<std::uint32_t>(word(rest));
    note.live.last = number<Sequence>(word(rest));
    note.live.confirmed = number<Sequence>(word(rest));
    note.why = rest.substr(0, rest.find('\n'));
    return note;
}

std::optional<DamageNote> known_of(const std::string& journal) {
    return with_witness(damage_noted(journal), Witness::of(journal));
}

Result<std::optional<DamageNote>> read_known_of(const std::string& journal) {
    std::optional<DamageNote> note = damage_noted(journal);
    if (!note && file_exists(note_of(journal))) {
        if (const auto text = read_file(note_of(journal), longest_note); !text) return text.error();
    }
    const auto witnessed = Witness::read(journal);
    if (!witnessed && witnessed.error().code != Errc::corrupt) return witnessed.error();
    return with_witness(std::move(note), witnessed ? *witnessed : std::nullopt);
}

void note_unreadable(const std::string& journal, std::string_view why) {
    const std::string text =
        std::to_string(times_unreadable(journal) + 1) + ' ' + std::string(why.substr(0, 1024)) + '\n';
    if (auto done = write_file(unreadable_of(journal), text); !done) {
        log::warn("that the disk could not read the journal could not be noted beside it",
                  {{"why", done.error().message}});
    }
}

int times_unreadable(const std::string& journal) {
    const Result<std::string> text = read_file(unreadable_of(journal), longest_note);
    std::string_view rest = text ? std::string_view(*text) : std::string_view();
    return number<int>(word(rest));
}

void forget_unreadable(const std::string& journal) {
    if (file_exists(unreadable_of(journal))) (void)remove_file(unreadable_of(journal));
}

// SQLite's header (fileformat2, 1.3): the magic string, and the application id at offset 68. A cheap disk that lost
// its power may leave zeros; then what lies beside the file tells whose it was.
bool was_ours(const std::string& journal) {
    if (file_exists(journal + ".ballast") || file_exists(note_of(journal)) || file_exists(Witness::beside(journal)))
        return true;
    const Result<std::string> head = read_beginning(journal, 100);
    if (!head || head->size() < 72) return false;
    std::uint32_t id = 0;
    for (std::size_t i = 68; i < 72; ++i) id = id << 8 | static_cast<unsigned char>((*head)[i]);
    return head->starts_with("SQLite format 3") && id == static_cast<std::uint32_t>(journal_application_id);
}

bool is_foreign(const std::string& journal) {
    const Result<std::string> head = read_beginning(journal, 100);
    return head && head->starts_with("SQLite format 3") && !was_ours(journal);
}

std::optional<std::string> not_a_journal(const std::string& journal) {
    const Result<std::string> head = read_beginning(journal, 1);
    if (!head || head->empty() || was_ours(journal)) return std::nullopt;
    if (is_foreign(journal)) {
        return "it is another program's database; a start would set it aside as " + journal +
               ".foreign-<time> and begin a new journal: see whose it is, and name another path";
    }
    return "it is no journal, and no database; a start leaves it as it is and ends: move it away, or name another path";
}

// A flipped bit in the header makes a number of another format.
Result<void> check_format(Database& database) {
    const auto version = database.integer("PRAGMA user_version");
    if (!version) return version.error();
    const auto columns = database.integer(
        "SELECT count(*) FROM sqlite_schema AS t, pragma_table_info(t.name) "
        "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'");
    if (!columns) return columns.error();
    const std::int64_t known = journal_columns[journal_format];
    const bool newer = *version > journal_format && *version <= journal_format + most_newer_formats && *columns > known;
    const bool newest = *version == journal_format && *columns >= known;
    const bool older = *version >= 0 && *version < journal_format && *columns == journal_columns[*version];
    if (newer || newest || older) return {};
    return Error{Errc::corrupt, "its header says format " + std::to_string(*version) + ", and its tables, with " +
                                    std::to_string(*columns) + " columns, are not of that format"};
}

bool set_aside_begun(const std::string& journal) { return file_exists(plan_of(journal)); }

Result<std::string> set_aside(const std::string& journal, WallTime now, std::string_view kind) {
    const std::string step = "set the damaged journal aside";
    std::string to;
    if (const Result<std::string> begun = read_file(plan_of(journal), longest_note)) {
        to = *begun;
    } else {
        to = damaged_name(journal, now, kind);
        if (auto done = write_file(plan_of(journal), to); !done) return done.error().with_context(step);
    }
    if (auto done = carry_out(journal, to); !done) return done.error().with_context(step);
    return to;
}

std::vector<std::string> files_set_aside(const std::string& journal) {
    std::vector<std::string> files = files_beginning_with(journal + ".damaged-");
    std::erase_if(files, [](const std::string& file) {
        return std::any_of(std::begin(companions), std::end(companions),
                           [&](const char* name) { return file.ends_with(name); });
    });
    return files;
}

Result<void> note_salvaged(const std::string& file) {
    std::string to = file;
    const std::size_t at = to.rfind(".damaged-");
    to.replace(at, std::string_view(".damaged-").size(), ".salvaged-");
    if (auto done = move_companions(file, to); !done) return done;
    return rename_file(file, to);
}

}  // namespace tillpost
