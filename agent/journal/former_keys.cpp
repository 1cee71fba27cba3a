// SPDX-License-Identifier: Apache-2.0
// [once-2] What was recorded before the configuration, or a newer program, made business keys another way is known by
// the key that it has, for as long as that is remembered: a change must not make a repeat a new sale.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "agent/event/identity.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/store_transaction.hpp"

namespace tillpost {
namespace {

constexpr std::int64_t most_former_rules = 4;  ///< The newest: each costs every new record a look

}  // namespace

/// A tool that does not say how keys are made changes nothing of it.
Result<void> Store::load_key_rules() {
    if (!settings_.keys) return {};
    const std::string present = settings_.keys->text();
    auto known = database_->prepare("SELECT 1 FROM key_rules WHERE rules = ?1 AND upto IS NULL");
    if (!known) return known.error();
    const Result<bool> unchanged = known->begin().bind_text(1, present).step();
    if (!unchanged) return noted(unchanged.error());
    known->reset();
    const Result<std::int64_t> oldest = oldest_key();
    if (!oldest) return noted(oldest.error());
    const auto work = [&] { return note_key_rules(present, *oldest); };
    Result<void> done = *unchanged ? Result<void>() : transaction("keep how business keys are made", work);
    // On a full disk the next start sees the change again.
    if (!done && done.error().code != Errc::full) return done;
    auto rows = database_->prepare("SELECT rules FROM key_rules WHERE upto >= ?1 ORDER BY upto DESC LIMIT ?2");
    if (!rows) return rows.error();
    rows->begin().bind(1, *oldest).bind(2, most_former_rules);
    const auto read = rows->each([&](const Statement& row) {
        if (auto rules = KeyRules::from(row.bytes(0))) former_rules_.push_back(std::move(*rules));
    });
    if (!read) return noted(read.error());
    return {};
}

/// In a transaction.
Result<void> Store::note_key_rules(const std::string& present, std::int64_t oldest) {
    const Result<std::int64_t> kept = database_->integer("SELECT count(*) FROM key_rules");
    if (!kept) return kept.error();
    const std::int64_t last = position_of(live_.last);
    const auto note = [this](const std::string& rules, std::optional<std::int64_t> upto) -> Result<void> {
        auto put = database_->prepare("INSERT OR REPLACE INTO key_rules VALUES (?1, ?2)");
        if (!put) return put.error();
        put->begin().bind_text(1, rules);
        return (upto ? put->bind(2, *upto) : put->bind_null(2)).run();
    };
    const bool is_new = live_.ordinal == 1 && live_.last == 0;
    if (*kept == 0 && !is_new) {
        // Nobody has kept how: by each type's own key, or by this configuration; and stores were in none.
        for (const KeyRules& rules : {KeyRules().without_stores(), settings_.keys->without_stores()}) {
            if (auto done = note(rules.text(), last); !done) return done;
        }
    }
    auto end = database_->prepare("UPDATE key_rules SET upto = ?2 WHERE upto IS NULL AND rules <> ?1");
    if (!end) return end.error();
    if (auto done = end->begin().bind_text(1, present).bind(2, last).run(); !done) return done;
    if (auto done = note(present, {}); !done) return done;
    auto forget = database_->prepare("DELETE FROM key_rules WHERE upto < ?1");
    return forget ? forget->begin().bind(1, oldest).run() : Result<void>(forget.error());
}

/// Position of the oldest event whose key is remembered; behind all of them if there is none. Keys of a file that was
/// set aside come yet.
Result<std::int64_t> Store::oldest_key() {
    if (live_.last == 0 && live_.ordinal > 1) return 0;
    const auto& recent = recent_keys_.rows();
    std::int64_t oldest = recent.empty() ? position_of(live_.last) + 1 : recent.front().position;
    const Result<bool> row = oldest_key_.begin().step();
    if (!row) return row.error();
    if (*row) oldest = std::min(oldest, oldest_key_.integer(0));
    oldest_key_.reset();
    return oldest;
}

/// Of a record that is not known by its present key.
Result<KeyMatch> Store::find_formerly(const Event& event) {
    KeyMatch found;
    const std::string_view type = event.type;
    for (const KeyRules& former : former_rules_) {
        if (former.agrees(*settings_.keys, type, event.data)) continue;
        const std::string subject = subject_by(former, type, event.data);
        if (subject.empty() && !is_known_by_content(type, event.entry)) continue;
        // By the present rules what is not in the table yet was read again at the start.
        for (const KeyRules* const rules : {&former, settings_.keys.get()}) {
            const std::string content = content_of(sha_, rules, type, event.data);
            Result<KeyMatch> match = find_key(subject.empty() ? keyless_key(rules, event, content) : subject, content);
            if (!match || match->key == Key::known) return match;
            if (match->key == Key::freed) found = {Key::freed, match->same, found.first};
            if (match->first == 0 || subject.empty()) continue;
            Result<KeyMatch> other = compare_formerly(event, former, subject);
            if (!other || other->key == Key::known) return other;
            if (found.key == Key::unknown) found.key = other->key;
            if (found.first == 0) found.first = other->first;
            break;
        }
    }
    return found;
}

/// With the events under a former key that have other bytes. `known`: one says the same; `first`: it is one that has
/// the record's present key, too; `doubtful`: nobody can tell, since one is not held any more.
Result<KeyMatch> Store::compare_formerly(const Event& event, const KeyRules& former, const std::string& key) {
    KeyMatch found;
    const Result<std::int64_t> same = find_same(event, &former, key);
    if (!same) return same.error();
    if (*same != 0) return KeyMatch{Key::known, *same, 0};
    const auto positions = positions_of_key(key);
    if (!positions) return positions.error();
    for (const std::int64_t position : *positions) {
        const Result<std::optional<StoredRow>> row = row_at(position);
        if (!row) return row.error();
        const bool held = *row && (*row)->state == RowState::whole && sha_((*row)->body) == (*row)->digest;
        if (!held) {
            found.key = Key::doubtful;
        } else if (found.first == 0 && !event.subject.empty() &&
                   subject_by(*settings_.keys, body_type((*row)->body), body_data((*row)->body)) == event.subject) {
            found.first = position;
        }
    }
    return found;
}

}  // namespace tillpost
