// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/places.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "agent/event/cut_text.hpp"
#include "agent/event/day_facts.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/returned_goods.hpp"
#include "agent/journal/position.hpp"

namespace tillpost {
namespace {

constexpr int most_steps = 256;  ///< From one event of a place to the next; who corrects more often is not followed
constexpr int most_depth = 16;   ///< Corrections of corrections: each is read, and none comes before what it corrects

constexpr int number_row = -1;            ///< Of the table `returned`: by which number a post-void names the event
constexpr const char* number_sign = "@";  ///< … in front of it, where no business key begins so
constexpr int most_numbered = 8;          ///< Events with one number: the first ones

/// As voided_subject() has it.
std::string number_text(const DayFacts& facts) {
    std::string text = std::string(number_sign) + "pos";
    if (!facts.store.empty()) append_key_part(text += '/', facts.store);
    for (const std::string* part : {&facts.till, &facts.business_date, &facts.number}) {
        append_key_part(text += '/', *part);
    }
    return text;
}

bool takes_back(const Event& event) { return event.corrects_kind == "reverse"; }

/// Not of what the wording before said: that is the same record.
bool replaces(const Event& event) { return event.corrects_kind == "replace" && event.maps_again.empty(); }

/// Training and test take nothing back of what counts.
bool is_money(const Event& event) { return event.mode != "training" && event.mode != "test"; }

/// A correction of a void does not void.
bool voids(const Event& event) {
    const bool may = event.corrects.empty() || !event.maps_again.empty();
    return may && event.day && !event.day->voids.empty();
}

}  // namespace

/// Where the event is now; nullopt for one of another machine, or of a journal that nobody knows any more.
Result<std::optional<std::int64_t>> Places::position_of_id(std::string_view id) {
    const std::optional<std::int64_t> unknown;
    const auto epoch = number_from_hex(id.substr(0, 16));
    const std::size_t dash = id.find('-');
    if (!epoch || dash == std::string_view::npos) return unknown;
    const auto ordinal = store_.ordinal_of(*epoch);
    if (!ordinal) return unknown;
    const auto sequence = std::strtoull(std::string(id.substr(dash + 1)).c_str(), nullptr, 10);
    if (sequence > last_sequence) return unknown;
    const Result<std::int64_t> now = store_.moved_to(position_at(*ordinal, sequence));
    return now ? Result<std::optional<std::int64_t>>(*now) : now.error();
}

/// "" if it is not held any more. [intact-1] What is damaged says nothing.
Result<std::string> Places::held_body(std::int64_t position) {
    Result<std::optional<StoredRow>> row = store_.row_at(position);
    if (!row) return row.error();
    const bool whole = *row && (*row)->state == RowState::whole && store_.sha_((*row)->body) == (*row)->digest;
    return whole ? std::move((*row)->body) : std::string();
}

/// Of the first event of its record; itself if that is not known.
Result<std::int64_t> Places::record_of(std::int64_t position) {
    const Result<std::string> body = held_body(position);
    if (!body) return body.error();
    const auto first = position_of_id(body_attribute(*body, "mapsagain"));
    if (!first) return first.error();
    return first->value_or(position);
}

/// The record that was corrected first, of what corrections of corrections correct.
Result<std::int64_t> Places::place_of(std::int64_t position) {
    for (int step = 0; step < most_depth; ++step) {
        Result<std::int64_t> record = record_of(position);
        if (!record) return record;
        const Result<std::string> body = held_body(*record);
        if (!body) return body.error();
        const auto corrected = position_of_id(body_attribute(*body, "corrects"));
        if (!corrected) return corrected.error();
        const bool is_words = body_attribute(*body, "correctskind") == "supplement";
        if (!*corrected || **corrected >= *record || is_words) return record;
        position = **corrected;
    }
    return position;
}

/// The next event of its place, 0 for none.
Result<std::int64_t> Places::corrected_by(std::int64_t position) {
    const Result<bool> row = store_.find_corrected_.begin().bind(1, position).step();
    if (!row) return row.error();
    const std::int64_t by = *row ? store_.find_corrected_.integer(0) : 0;
    store_.find_corrected_.reset();
    return by == 0 ? by : store_.moved_to(by);
}

/// The last event of a place that was recorded before that one.
Result<std::int64_t> Places::newest_at(std::int64_t place, std::int64_t before) {
    std::int64_t at = place;
    for (int step = 0; step < most_steps; ++step) {
        Result<std::int64_t> by = corrected_by(at);
        if (!by) return by;
        if (*by <= at || *by >= before) break;
        at = *by;
    }
    return at;
}

Result<void> Places::note_number(const Event& event, std::int64_t position, std::int64_t recorded) {
    if (!event.day || event.day->number.empty() || !store_.settings_.keys) return {};
    const KeyRules::Key* const key = store_.settings_.keys->key_of(event.type);
    const std::string number = number_text(*event.day);
    if (key == nullptr || key->is_named_by_number() || is_cut(number)) return {};
    store_.note_returned_.begin().bind(1, position).bind(2, number_row).bind(3, recorded).bind_text(4, number);
    return store_.note_returned_.bind_text(5, "").bind_text(6, "").bind_text(7, "").run();
}

/// What may have the number that a post-void names, by the key that its type has or had, or by the number itself.
Result<std::vector<std::int64_t>> Places::with_number_in(const Event& event) {
    std::vector<std::string> keys;
    const auto add = [&](const KeyRules& rules) {
        for (std::string& key : voided_keys(event.data, rules)) {
            if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
        }
    };
    add(store_.settings_.keys ? *store_.settings_.keys : KeyRules());
    for (const KeyRules& former : store_.former_rules_) add(former);
    std::vector<std::int64_t> all;
    for (const std::string& key : keys) {
        const auto positions = store_.positions_of_key(key);
        if (!positions) return positions.error();
        all.insert(all.end(), positions->begin(), positions->end());
    }
    if (auto done = add_numbered(event.day->voids, all); !done) return done.error();
    return all;
}

/// By the number itself, of those whose type's key did not say it when they were recorded.
Result<void> Places::add_numbered(std::string_view number, std::vector<std::int64_t>& all) {
    const std::string text = std::string(number_sign).append(number);
    store_.find_numbered_.begin().bind_text(1, text).bind(2, most_numbered);
    return store_.find_numbered_.each([&](const Statement& row) { all.push_back(row.integer(0)); });
}

Result<std::vector<std::int64_t>> Places::positions_of_sale(std::string_view key) {
    auto all = store_.positions_of_key(key);
    if (!all || !all->empty()) return all;
    if (auto done = add_numbered(key, *all); !done) return done.error();
    return all;
}

/// Where the event was recorded: it tells which one came before.
Result<std::int64_t> Places::first_place(std::int64_t position) {
    const auto former = store_.former_places(position);
    if (!former) return former.error();
    return former->empty() ? position : former->back();
}

/// The first record with the number that a post-void names, of those that were there when that was recorded. Mapped
/// again it is what it was: by then another one may have the number, too.
Result<std::optional<std::int64_t>> Places::voided_by(const Event& event, std::int64_t position) {
    const auto record = position_of_id(event.maps_again);
    if (!record) return record.error();
    const Result<std::int64_t> since = first_place(record->value_or(position));
    if (!since) return since.error();
    const auto all = with_number_in(event);
    if (!all) return all.error();
    std::optional<std::int64_t> found;
    std::int64_t first = *since;
    for (const std::int64_t each : *all) {
        const Result<std::int64_t> now = store_.moved_to(each);
        if (!now) return now.error();
        const Result<std::int64_t> of = record_of(*now);
        if (!of) return of.error();
        const Result<std::int64_t> came = first_place(*of);
        if (!came) return came.error();
        if (*came >= first) continue;
        first = *came;
        found = *of;
    }
    return found;
}

/// Where an event that is recorded at `position` finds what it takes back or replaces; nullopt for nothing, or nothing
/// of this journal.
Result<std::optional<std::int64_t>> Places::taken_back_by(const Event& event, std::int64_t position) {
    if (takes_back(event) || replaces(event)) return position_of_id(event.corrects);
    if (!voids(event)) return std::optional<std::int64_t>();
    return voided_by(event, position);
}

/// A correction of what is neither the record itself nor the newest that is said of it corrects nothing; nor does one
/// of a void: whoever takes that back would have to have the sale again; nor one of a supplement, which is words.
/// Mapped again it does only what was not done.
Result<void> Places::note_correction(const Event& event, std::int64_t position, std::int64_t recorded) {
    if (auto done = note_number(event, position, recorded); !done) return done;
    if (!is_money(event)) return {};
    const auto named = taken_back_by(event, position);
    if (!named) return named.error();
    if (!*named) return replaces(event) ? store_.note_returned(event, position, recorded) : Result<void>();
    const Result<std::int64_t> record = record_of(**named);
    if (!record) return record.error();
    const Result<std::string> body = held_body(*record);
    if (!body) return body.error();
    const Result<std::int64_t> place = place_of(*record);
    if (!place) return place.error();
    const Result<std::int64_t> newest = newest_at(*place, position);
    if (!newest) return newest.error();
    const Result<std::int64_t> newest_record = record_of(*newest);
    if (!newest_record) return newest_record.error();
    const bool of_newest = *record == *newest_record && *record != *place;
    const bool was_done = !event.maps_again.empty() && *newest_record != *place;
    const bool is_fixed = body_type(*body) == "void" || body_attribute(*body, "correctskind") == "supplement";
    if ((*record != *place && !of_newest) || was_done || is_fixed) return {};
    if (auto done = store_.note_corrected_.begin().bind(1, *newest).bind(2, position).run(); !done) return done;
    if (replaces(event)) {
        if (auto done = store_.forget_returned_.begin().bind(1, *place).bind(2, 0).run(); !done) return done;
        return store_.note_returned(event, *place, recorded);
    }
    if (of_newest) {
        if (auto done = store_.restore_returned_.begin().bind(1, *place).run(); !done) return done;
        if (store_.database_->changes() > 0) return {};
    }
    return store_.take_back_returned_.begin().bind(1, *place).run();
}

/// What a record gives back by what it says now, if it stands in its place. `before`: what said it until now.
Result<void> Places::note_wording(const Event& event, std::int64_t before, std::int64_t position,
                                  std::int64_t recorded) {
    if (auto done = store_.note_corrected_.begin().bind(1, before).bind(2, position).run(); !done) return done;
    if (event.corrects_kind != "replace") return {};
    const auto record = position_of_id(event.maps_again);
    if (!record) return record.error();
    if (!*record) return {};
    const Result<std::int64_t> place = place_of(**record);
    if (!place) return place.error();
    const Result<std::int64_t> newest = newest_at(*place, position);
    if (!newest) return newest.error();
    if (*newest != before) return {};
    if (auto done = store_.forget_returned_.begin().bind(1, *place).bind(2, 0).run(); !done) return done;
    return store_.note_returned(event, *place, recorded);
}

/// [complete-1] Of a till's business day, for the event that is recorded at `position`.
Result<BearsOn> Places::bears_on(const Event& event, std::int64_t position) {
    BearsOn on;
    if (!event.day) return on;
    if (!event.maps_again.empty() && event.corrects_kind == "replace") {
        const auto before = position_of_id(event.corrects);
        if (!before) return before.error();
        Result<std::string> body = *before ? held_body(**before) : Result<std::string>(std::string());
        if (!body) return body.error();
        Original said{event.maps_again, std::move(*body)};
        const auto record = position_of_id(event.maps_again);
        if (!record) return record.error();
        if (*record) {
            if (auto done = name_all(**record, said); !done) return done.error();
        }
        on.before = std::make_shared<const Original>(std::move(said));
    }
    if (!takes_back(event) && !replaces(event) && !voids(event)) return on;
    const auto named = taken_back_by(event, position);
    if (!named) return named.error();
    Original original{voids(event) ? event.day->voids : event.corrects, {}};
    if (*named) {
        if (auto done = read_original(**named, position, original); !done) return done.error();
    }
    on.original = std::make_shared<const Original>(std::move(original));
    return on;
}

/// As it was said last when the event at `before` was recorded. What stands in its place since, the day knows.
Result<void> Places::read_original(std::int64_t named, std::int64_t before, Original& original) {
    const Result<std::int64_t> record = record_of(named);
    if (!record) return record.error();
    const Result<std::int64_t> newest = newest_at(*record, before);
    if (!newest) return newest.error();
    const Result<std::int64_t> of = record_of(*newest);
    if (!of) return of.error();
    Result<std::string> body = held_body(*of == *record ? *newest : named);
    if (!body) return body.error();
    if (!body->empty()) original.id = store_.id_at(*record);
    original.body = std::move(*body);
    return name_all(*record, original);
}

/// By which a day may know it: it took it in before it was moved.
Result<void> Places::name_all(std::int64_t position, Original& original) {
    const auto former = store_.former_places(position);
    if (!former) return former.error();
    original.former.clear();
    for (const std::int64_t place : *former) original.former.push_back(store_.id_at(place));
    if (!original.former.empty()) original.former.push_back(store_.id_at(position));
    return {};
}

}  // namespace tillpost
