// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/twins.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "agent/event/json_paths.hpp"
#include "agent/journal/position.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

constexpr std::string_view name_of_runs = "salvaged_again/";  // and the first position; the value: how many
constexpr const char* all_runs =
    "SELECT CAST(substr(name, 16) AS INTEGER), value FROM counter WHERE name > 'salvaged_again/' AND name < "
    "'salvaged_again/~' ORDER BY name";

std::string name_of_twins(std::int64_t first) {
    std::array<char, 21> digits{};
    (void)std::snprintf(digits.data(), digits.size(), "%020lld", static_cast<long long>(first));
    return std::string(name_of_runs) + digits.data();
}

bool changes_another(std::string_view body) {
    return body_type(body) == "void" || !body_attribute(body, "corrects").empty();
}

/// Whether it is the first event of its key.
bool begins_key(std::string_view body) {
    const bool conflicts = body_attribute(body, "quality").find("conflict") != std::string_view::npos;
    return !conflicts && body_attribute(body, "corrects").empty() && body_attribute(body, "mapsagain").empty();
}

/// It refers to a `quarantined` event and to another one: to that which it was, or to the first of its business key.
bool may_be_released_again(std::string_view body) {
    return !body_attribute(body, "causationid").empty() && !body_attribute(body, "correlationid").empty() &&
           body_attribute(body, "quality").find("conflict") == std::string_view::npos;
}

/// Of what had been no event before, the decision says how long it has waited.
bool is_of_an_event(std::string_view decision) {
    static const JsonPaths path({"/waited_ms"});
    return path.values(body_data(decision)).front().empty();
}

bool any_has(const std::vector<Twins::Run>& runs, std::int64_t position) {
    return std::any_of(runs.begin(), runs.end(),
                       [position](const Twins::Run& run) { return run.first <= position && position <= run.second; });
}

}  // namespace

Result<void> Twins::find(SalvagedRows& salvaged) {
    const Result<std::int64_t> forgotten = store_.last_forgotten_key();
    if (!forgotten) return forgotten.error();
    salvaged.counted.assign(salvaged.rows.size(), false);
    for (std::size_t i = 0; i < salvaged.rows.size(); ++i) {
        const StoredRow& row = salvaged.rows[i];
        if (row.state != RowState::whole) continue;
        const std::int64_t position = position_at(salvaged.former.ordinal, row.sequence);
        const auto key = key_of(store_.sha_, store_.settings_.keys.get(), position, row.recorded, row.body);
        if (!key) continue;
        const Result<KeyMatch> match = store_.find_key(key->key, key->content);
        if (!match) return match.error();
        if (match->key == KeyMatch::Key::known) {
            const Result<bool> counted = counts(row, *key, match->same);
            if (!counted) return counted.error();
            salvaged.counted[i] = *counted;
        } else if (match->key == KeyMatch::Key::unknown && position > *forgotten && begins_key(row.body)) {
            if (auto done = store_.insert_key(*key); !done) return done;
        }
    }
    for (std::size_t i = 0; i < salvaged.rows.size(); ++i) {
        if (salvaged.counted[i] || salvaged.rows[i].state != RowState::whole) continue;
        const auto again = is_released_again(store_.position_of(salvaged.places[i]), salvaged.rows[i].body);
        if (!again) return again.error();
        salvaged.counted[i] = *again;
    }
    return keep(salvaged);
}

/// Whether the event at `same`, which has the key and the content of the row, is in the days, and the row is the same
/// record. What was confirmed before a salvage was not taken over, and no day knows it. Of what has no key nobody can
/// tell; a void or a correction may have been sent again before what it takes back was there.
Result<bool> Twins::counts(const StoredRow& row, const SalvagedKeys::Row& key, std::int64_t same) {
    const auto ordinal = static_cast<std::uint32_t>(same >> sequence_bits);
    if (ordinal != store_.live_.ordinal) {
        const Former* const former = store_.find_former_by_ordinal(ordinal);
        if (former == nullptr) return false;
        if (former->cause == "salvage" && sequence_at(same) <= former->summary.last) return false;
    }
    if (!key.key.starts_with(content_key_sign) && !changes_another(row.body)) return true;
    return is_copy_of(row, same);
}

Result<bool> Twins::is_copy_of(const StoredRow& row, std::int64_t same) {
    const Result<std::int64_t> now = store_.moved_to(same);
    if (!now) return now.error();
    const auto other = store_.row_at(*now);
    if (!other) return other.error();
    return *other && (*other)->digest == row.digest;
}

Result<void> Twins::keep(const SalvagedRows& salvaged) {
    for (std::size_t i = 0; i < salvaged.counted.size(); ++i) {
        if (!salvaged.counted[i]) continue;
        const std::size_t first = i;
        const auto goes_on = [&](std::size_t next) {
            return next < salvaged.counted.size() && salvaged.counted[next] &&
                   salvaged.places[next] == salvaged.places[next - 1] + 1;
        };
        while (goes_on(i + 1)) ++i;
        const std::string name = name_of_twins(store_.position_of(salvaged.places[first]));
        const auto count = static_cast<std::int64_t>(i - first + 1);
        if (auto done = store_.put_counter_.begin().bind_text(1, name).bind(2, count).run(); !done) return done;
    }
    return {};
}

Result<std::vector<Twins::Run>> Twins::kept() {
    std::vector<Run> runs;
    auto rows = store_.database_->prepare(all_runs);
    if (!rows) return rows.error();
    rows->begin();
    const auto read = rows->each(
        [&](const Statement& row) { runs.emplace_back(row.integer(0), row.integer(0) + row.integer(1) - 1); });
    if (!read) return read.error();
    return runs;
}

Result<bool> Twins::is_kept(const std::vector<Run>& runs, std::int64_t position) {
    if (runs.empty() || any_has(runs, position)) return !runs.empty();
    const auto places = store_.former_places(position);
    if (!places) return places.error();
    return std::any_of(places->begin(), places->end(), [&](std::int64_t each) { return any_has(runs, each); });
}

/// What the event says that was recorded so many numbers behind that place; "" if it is not held.
Result<std::string> Twins::body_behind(std::int64_t place, Sequence steps) {
    const Result<std::int64_t> now = store_.moved_to(place + static_cast<std::int64_t>(steps));
    if (!now) return now.error();
    auto row = store_.row_at(*now);
    if (!row) return row.error();
    const bool whole = *row && (*row)->state == RowState::whole && store_.sha_((*row)->body) == (*row)->digest;
    return whole ? std::move((*row)->body) : std::string();
}

/// The event that says who decided: in one transaction with the one at `place`, directly behind it unless the clock was
/// set between them. "" if it is not held.
Result<std::string> Twins::decision_behind(std::int64_t place, std::string_view cause) {
    for (const Sequence steps : {1, 2}) {
        Result<std::string> body = body_behind(place, steps);
        if (!body) return body;
        if (is_decision(body_type(*body)) && body_attribute(*body, "causationid") == cause) return body;
        if (body_type(*body) != "clock_step") break;
    }
    return std::string();
}

// Where no decision is held, a correction counts: hardly one had been an event before.
Result<bool> Twins::is_released_again(std::int64_t position, std::string_view body) {
    if (!may_be_released_again(body)) return false;
    auto places = store_.former_places(position);
    if (!places) return places.error();
    places->insert(places->begin(), position);
    for (const std::int64_t place : *places) {
        const Result<std::string> decision = decision_behind(place, body_attribute(body, "causationid"));
        if (!decision) return decision.error();
        if (!decision->empty()) return body_type(*decision) == "released" && is_of_an_event(*decision);
    }
    return body_attribute(body, "corrects").empty();
}

Result<Twins::First> Twins::first(std::int64_t position) {
    const auto places = store_.former_places(position);
    if (!places) return places.error();
    First first{position, false};
    for (const std::int64_t place : *places) {
        const Former* const former = store_.find_former_by_ordinal(static_cast<std::uint32_t>(place >> sequence_bits));
        first.from_salvage = former != nullptr && former->cause == "salvage";
        if (first.from_salvage) break;
        first.position = place;
    }
    return first;
}

Result<void> Twins::forget(std::int64_t upto) {
    auto remove = store_.database_->prepare(
        "DELETE FROM counter WHERE name > 'salvaged_again/' AND name < 'salvaged_again/~' AND "
        "CAST(substr(name, 16) AS INTEGER) + value - 1 <= ?1");
    if (!remove) return remove.error();
    return remove->begin().bind(1, upto).run();
}

}  // namespace tillpost
