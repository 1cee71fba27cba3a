// SPDX-License-Identifier: Apache-2.0
// [once-2] The business keys: those of the newest events in memory, the others in a table, as many as the bounds allow.
#include <algorithm>

#include "agent/event/business_day.hpp"
#include "agent/event/identifiers.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/store_transaction.hpp"

namespace tillpost {
namespace {

constexpr std::chrono::hours doubted{24};
constexpr std::string_view erased_content("\0", 1);  // of a key whose event was erased: nobody knows any more
constexpr Sequence most_keyless = 4;  // times the keys in memory: rows that are looked through at a start

}  // namespace

Result<void> Store::prepare_keys() {
    return database_->prepare_all<Store>(
        *this,
        {{&Store::find_key_, "SELECT position, content, first FROM business_key WHERE key = ?1"},
         {&Store::free_key_, "DELETE FROM business_key WHERE position = ?1"},
         {&Store::drop_key_, "DELETE FROM business_key WHERE key = ?1 AND (content = ?2 OR position = ?3)"},
         {&Store::erase_key_,
          "UPDATE OR REPLACE business_key SET content = x'00', first = 0 WHERE key = ?1 AND "
          "(content = ?2 OR position = ?3)"},
         {&Store::insert_key_,
          "INSERT OR IGNORE INTO business_key (position, recorded, key, content, first) VALUES (?1, ?2, ?3, ?4, ?5)"},
         {&Store::oldest_key_, "SELECT position FROM business_key ORDER BY position LIMIT 1"},
         {&Store::delete_keys_,
          "DELETE FROM business_key WHERE position IN (SELECT position FROM business_key WHERE position <= ?1 ORDER BY "
          "position LIMIT 256) RETURNING recorded"},
         {&Store::newest_keys_,
          "SELECT key FROM business_key WHERE key NOT LIKE '#%' AND first IN (0, position) ORDER BY position DESC "
          "LIMIT "
          "?1"},
         {&Store::put_counter_, "INSERT INTO counter VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2"}});
}

Result<KeyMatch> Store::find_key(std::string_view key, std::string_view content) {
    KeyMatch match;
    recent_keys_.each(key, [&](const RecentKeys::Row& row) {
        if (row.content == content) {
            match.key = Key::known;
            match.same = row.position;
        }
        if (match.first == 0) match.first = row.first;
        match.knows_first = match.knows_first || row.position == row.first;
    });
    // The table comes first: a restart within a salvage has read the key of an event that was taken over already from
    // its body, under its new number, and its former one comes later.
    find_key_.begin().bind_text(1, key);
    for (;;) {
        const Result<bool> row = find_key_.step();
        if (!row) return row.error();
        if (!*row) return match;
        const bool freed = find_key_.integer(2) == 0;
        const bool erased = freed && find_key_.bytes(1) == erased_content;
        if (erased && match.key == Key::unknown) {
            match.key = Key::freed;
            match.same = find_key_.integer(0);
        }
        if (find_key_.bytes(1) == content) {
            if (!freed || match.key == Key::unknown) {
                match.key = freed ? Key::freed : Key::known;
                match.same = find_key_.integer(0);
            }
            find_key_.reset();
            return match;
        }
        if (!freed && match.first == 0) match.first = find_key_.integer(2);
        match.knows_first = match.knows_first || find_key_.integer(0) == find_key_.integer(2);
    }
}

Result<std::vector<std::string>> Store::newest_keys(std::size_t most) {
    std::vector<std::string> keys;
    const auto& recent = recent_keys_.rows();
    for (auto row = recent.rbegin(); row != recent.rend() && keys.size() < most; ++row) {
        if (!row->key.starts_with(content_key_sign) && row->first == row->position) keys.push_back(row->key);
    }
    newest_keys_.begin().bind(1, static_cast<std::int64_t>(most - keys.size()));
    const auto read = newest_keys_.each([&](const Statement& row) { keys.emplace_back(row.bytes(0)); });
    if (!read) return noted(read.error()).with_context("read the newest business keys");
    std::reverse(keys.begin(), keys.end());
    return keys;
}

Result<void> Store::insert_key(const SalvagedKeys::Row& row) {
    insert_key_.begin().bind(1, row.position).bind(2, row.recorded).bind_text(3, row.key).bind_blob(4, row.content);
    return insert_key_.bind(5, row.first).run();
}

/// The bounds are of what a start must read again, and of memory.
bool Store::keys_due() const {
    const auto most = static_cast<Sequence>(settings_.keys_in_memory);
    const std::int64_t last = position_of(live_.last);
    return recent_keys_.rows().size() > most || last - keyed_ > static_cast<std::int64_t>(most_keyless * most);
}

/// In a transaction: those in memory are in the table when it is committed.
Result<void> Store::write_keys() {
    for (const RecentKeys::Row& row : recent_keys_.rows()) {
        if (auto done = insert_key(row); !done) return done;
    }
    const std::int64_t upto = position_of(live_.last);
    if (auto done = count_.begin().bind_text(1, "keyed").bind(2, upto).run(); !done) return done;
    writing_keys_ = upto;
    return {};
}

/// In a transaction. What stands there is nowhere any more: if it is sent again, it is recorded anew.
Result<void> Store::free_for_resend(std::int64_t from, std::int64_t to) {
    if (auto done = write_keys(); !done) return done;
    for (const char* const sql : {"UPDATE business_key SET first = 0 WHERE position BETWEEN ?1 AND ?2",
                                  "DELETE FROM returned WHERE position BETWEEN ?1 AND ?2"}) {
        auto forget = database_->prepare(sql);
        if (!forget) return forget.error();
        if (auto done = forget->bind(1, from).bind(2, to).run(); !done) return done;
    }
    return {};
}

void Store::keys_written() {
    if (writing_keys_ == 0) return;
    keyed_ = std::exchange(writing_keys_, 0);
    unkeyed_bytes_ = 0;
    recent_keys_.drop_upto(keyed_);
}

/// Events were lost whose keys nobody knows: what a POS sends again within a day is marked, though it may be new.
Result<void> Store::doubt_unknown_keys() {
    doubt_until_ = passed() + doubted;
    return count_.begin().bind_text(1, "doubt_until").bind(2, doubt_until_.count()).run();
}

/// After a crash: the keys of the events behind the last that were written. What was reissued has its key already.
Result<void> Store::load_keys() {
    const Result<std::int64_t> keyed = database_->integer("SELECT value FROM counter WHERE name = 'keyed'");
    if (!keyed) return keyed.error();
    keyed_ = *keyed;
    const Result<std::int64_t> doubt = database_->integer("SELECT value FROM counter WHERE name = 'doubt_until'");
    if (!doubt) return doubt.error();
    doubt_until_ = Millis(*doubt);
    const Result<std::int64_t> forgotten =
        database_->integer("SELECT coalesce((SELECT value FROM counter WHERE name = 'keys_forgotten'), 0)");
    if (!forgotten) return forgotten.error();
    forgotten_ = *forgotten;
    if (auto done = load_birth(); !done) return done;
    auto rows = database_->prepare(
        "SELECT position, recorded, digest, unpacked(body) FROM event WHERE position > ?1 AND state = 0 ORDER BY "
        "position");
    if (!rows) return rows.error();
    rows->begin().bind(1, keyed_);
    bool damaged = false;
    for (;;) {
        const Result<bool> row = rows->step();
        if (!row) return noted(row.error());
        if (!*row) break;
        const std::string_view body = rows->bytes(3);
        unkeyed_bytes_ += body.size();
        if (sha_(body) != digest_from_bytes(rows->bytes(2))) {
            damaged = true;
            continue;
        }
        auto key = key_of(sha_, settings_.keys.get(), rows->integer(0), rows->integer(1), body);
        if (!key) continue;
        const Result<KeyMatch> match = find_key(key->key, key->content);
        if (!match) return match.error();
        if (match->key == Key::known) continue;
        if (match->first != 0) key->first = match->first;
        recent_keys_.add(std::move(*key));
    }
    if (!damaged) return {};
    return transaction("doubt unknown keys", [this] { return doubt_unknown_keys(); });
}

Result<bool> Store::prune_keys() {
    const Result<std::int64_t> last_out = last_forgotten_key();
    if (!last_out) return last_out.error();
    if (auto done = note_forgotten(recent_keys_.forget(*last_out)); !done) return done.error();
    const Result<bool> row = oldest_key_.begin().step();
    if (!row) return row.error();
    if (!*row) return false;
    const bool due = oldest_key_.integer(0) <= *last_out;
    oldest_key_.reset();
    if (!due) return false;
    std::int64_t newest = 0;
    delete_keys_.begin().bind(1, *last_out);
    const auto read = delete_keys_.each([&](const Statement& gone) { newest = std::max(newest, gone.integer(0)); });
    if (!read) return read.error();
    if (auto done = note_forgotten(newest); !done) return done.error();
    return true;
}

/// In a transaction. Of what was recorded up to then the keys may not be known any more. Nothing was recorded later
/// than now: a clock that was ahead then does not make everything doubtful until it is right.
Result<void> Store::note_forgotten(std::int64_t recorded) {
    const Timestamp now = clock_.now();
    if (now.synced) recorded = std::min(recorded, static_cast<std::int64_t>(now.wall.time_since_epoch().count()));
    if (recorded <= forgotten_) return {};
    forgotten_ = recorded;
    return put_counter_.begin().bind_text(1, "keys_forgotten").bind(2, recorded).run();
}

/// In a transaction. What happened before now may have been recorded in a journal that is not known here. A clock that
/// is not synchronised says so for the time being: the first commit with one that is comes here again.
Result<void> Store::begin_birth(const Timestamp& now) {
    birth_.set(now.wall, now.synced);
    const std::int64_t at = now.wall.time_since_epoch().count();
    if (auto done = put_counter_.begin().bind_text(1, "born").bind(2, at).run(); !done) return done;
    return put_counter_.begin().bind_text(1, "born_unsynced").bind(2, now.synced ? 0 : 1).run();
}

/// A file of before there were these counters was born with its first epoch.
Result<void> Store::load_birth() {
    const Result<std::int64_t> born = database_->integer(
        "SELECT coalesce((SELECT value FROM counter WHERE name = 'born'), (SELECT min(born) FROM epoch))");
    if (!born) return born.error();
    const Result<std::int64_t> unsynced =
        database_->integer("SELECT coalesce((SELECT value FROM counter WHERE name = 'born_unsynced'), 0)");
    if (!unsynced) return unsynced.error();
    birth_.set(WallTime(Millis(*born)), *unsynced == 0);
    return {};
}

/// Whether it may have been recorded before, and its key be forgotten since or never have been known here.
bool Store::may_be_forgotten(const Event& event, const Timestamp& now) {
    // A day begins up to so much before UTC's; no record of it came before, unless the POS's date is ahead.
    constexpr std::chrono::hours earliest{14};
    const std::string_view date = is_date(event.business_date) ? event.business_date : std::string_view();
    if (forgotten_ != 0 && !date.empty()) {
        WallTime first(day_of(date) - earliest);
        if (first > now.wall) first = moment_of(event.time).value_or(first) - earliest;
        if (first.time_since_epoch().count() <= forgotten_) return true;
    }
    return birth_.may_come_after(event.time, date, now);
}

/// The position of the newest key beyond the bounds, of age and of number.
Result<std::int64_t> Store::last_forgotten_key() {
    const Result<std::int64_t> old = older_than(settings_.remember_keys);
    return old ? std::max(*old, last_uncounted_key()) : old;
}

/// The position of the newest key beyond the bound of their number, counted over the epochs by the events that got
/// their first number there: what was reissued has its key under its former number.
std::int64_t Store::last_uncounted_key() const {
    auto left = static_cast<Sequence>(settings_.remembered_keys);
    const Sequence given = live_.last - std::min(live_.last, moved_);
    if (given > left) return position_of(live_.last - left);
    left -= given;
    for (auto former = formers_.rbegin(); former != formers_.rend(); ++former) {
        if (former->given > left)
            return position_at(former->summary.ordinal, former->top - std::min(former->top, left));
        left -= former->given;
    }
    return 0;
}

}  // namespace tillpost
