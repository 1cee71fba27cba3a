// SPDX-License-Identifier: Apache-2.0
// [end-1] How old what is recorded is at least (decisions/0018): counted in time that has passed for certain, by marks
// that say up to which position everything was recorded by then.
#include <algorithm>
#include <limits>

#include "agent/journal/store.hpp"

namespace tillpost {
namespace {

/// Marks lie so far from one another that the file has at most some 1,000: what ages may stay so much longer.
Millis step_of(const JournalSettings& settings) {
    constexpr std::int64_t most_marks = 1'024;
    constexpr std::int64_t marks_within = 64;
    const auto [shorter, longer] = std::minmax(settings.keep, settings.remember_keys);
    return std::max({Millis(shorter) / marks_within, Millis(longer) / most_marks, Millis(0)});
}

std::optional<Millis> optional_millis(const Statement& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(Millis(row.integer(column)));
}

}  // namespace

/// What was recorded since the last mark may be of just now, for all that this start knows.
Result<void> Store::load_ages() {
    auto row = database_->prepare("SELECT passed, boot, since_boot, ahead, was_off FROM passed");
    if (!row) return row.error();
    const Result<bool> kept = row->begin().step();
    if (!kept) return kept.error();
    if (*kept) {
        passed_.restore({Millis(row->integer(0)), std::string(row->bytes(1)), Millis(row->integer(2)),
                         optional_millis(*row, 3), row->integer(4) != 0});
    }
    auto last = database_->prepare("SELECT at, position FROM age ORDER BY at DESC LIMIT 1");
    if (!last) return last.error();
    const Result<bool> marked = last->begin().step();
    if (!marked) return marked.error();
    std::optional<Mark> written;
    if (*marked) written = Mark{Millis(last->integer(0)), last->integer(1)};
    passed_written_ = passed();
    ages_.restore(written, {passed_written_, position_of(live_.last)});
    return {};
}

Millis Store::passed() { return passed_.at(clock_.now(), clock_.boot_id()); }

/// In a transaction. `all`: also what is not due yet. Nothing before load_ages(): it would begin to count anew.
Result<void> Store::write_ages(bool all) {
    if (!passed_.kept()) return {};
    const Millis now = passed();
    const std::optional<Mark> mark = ages_.take(now, all ? Millis(0) : step_of(settings_));
    if (mark) {
        auto put = database_->prepare("INSERT OR REPLACE INTO age (at, position) VALUES (?1, ?2)");
        if (!put) return put.error();
        if (auto done = put->begin().bind(1, mark->at.count()).bind(2, mark->position).run(); !done) return done;
        auto forget = database_->prepare("DELETE FROM age WHERE at < (SELECT max(at) FROM age WHERE at <= ?1)");
        if (!forget) return forget.error();
        const Millis longest = std::max(settings_.keep, settings_.remember_keys);
        if (auto done = forget->begin().bind(1, (now - longest).count()).run(); !done) return done;
    }
    if (!mark && !all && now - passed_written_ < PassedTime::most_unwritten) return {};
    passed_written_ = now;
    const PassedTime::Kept& kept = *passed_.kept();
    auto put = database_->prepare(
        "INSERT OR REPLACE INTO passed (id, passed, boot, since_boot, ahead, was_off) VALUES (1, ?1, ?2, ?3, ?4, ?5)");
    if (!put) return put.error();
    put->begin().bind(1, kept.passed.count()).bind_text(2, kept.boot).bind(3, kept.since_boot.count());
    if (kept.ahead) put->bind(4, kept.ahead->count());
    if (!kept.ahead) put->bind_null(4);
    return put->bind(5, kept.was_off ? 1 : 0).run();
}

/// Whatever was recorded up to this position is older than that for certain; 0: nothing is.
Result<std::int64_t> Store::older_than(std::chrono::seconds age) {
    if (age <= std::chrono::seconds(0)) return std::numeric_limits<std::int64_t>::max();
    const Millis before = passed() - age;
    if (ages_.newest().at <= before) return ages_.newest().position;
    find_mark_.begin().bind(1, before.count());
    const Result<bool> row = find_mark_.step();
    if (!row) return row.error();
    const std::int64_t position = *row ? find_mark_.integer(0) : 0;
    find_mark_.reset();
    return position;
}

}  // namespace tillpost
