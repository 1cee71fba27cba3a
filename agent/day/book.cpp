// SPDX-License-Identifier: Apache-2.0
#include "agent/day/book.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "agent/day/calendar.hpp"

namespace tillpost::day {
namespace {

using nlohmann::json;

constexpr int days_off = 2;  ///< Of a business date that is believed, as of events that are not marked

/// Takes the first entries off until at most `most` are left.
template <class Map>
void keep_newest(Map& map, std::size_t most) {
    while (map.size() > most) map.erase(map.begin());
}

json json_of(const std::vector<DayBook::Absence>& absences) {
    json list = json::array();
    for (const DayBook::Absence& each : absences) {
        list.push_back({each.from.time_since_epoch().count(), each.to.time_since_epoch().count(), each.first_date,
                        each.last_date});
    }
    return list;
}

std::vector<DayBook::Absence> absences_from(const json& list) {
    std::vector<DayBook::Absence> absences;
    for (const json& each : list) {
        if (absences.size() == DayBook::most_absences) break;
        absences.push_back({WallTime(Millis(each.at(0).get<std::int64_t>())),
                            WallTime(Millis(each.at(1).get<std::int64_t>())), each.at(2).get<std::string>(),
                            each.at(3).get<std::string>()});
    }
    return absences;
}

json json_of(const DayBook::Beyond& beyond) { return {beyond.events, beyond.named}; }

void read_beyond(const json& list, DayBook::Beyond& beyond) {
    list.at(0).get_to(beyond.events);
    list.at(1).get_to(beyond.named);
}

}  // namespace

void DayBook::restore(DayLedger ledger) {
    Key key = ledger.key();
    ledgers_.insert_or_assign(std::move(key), std::move(ledger));
}

bool DayBook::is_sealed(const Key& key) const {
    if (ledgers_.contains(key)) return false;
    const auto sealed = sealed_upto_.find(key.first);
    return (sealed != sealed_upto_.end() && key.second <= sealed->second) || odd_sealed_.contains(key);
}

/// Whether it counts for its own till and business date alone. A till that is not known may be one that was mistyped.
bool DayBook::is_own(const HeldRecord& record) const {
    if (record.till.empty() || record.business_date.empty()) return false;
    if (ledgers_.contains({record.till, record.business_date})) return true;
    const auto of_till = ledgers_.lower_bound({record.till, ""});
    const bool known = of_till != ledgers_.end() && of_till->first.first == record.till;
    return known && !is_sealed({record.till, record.business_date}) &&
           record.business_date >= date_after(record.recorded, -days_off) &&
           record.business_date <= date_after(record.recorded, days_off);
}

void DayBook::hold(const std::string& id, HeldRecord record) {
    if (held_.size() >= most_held && !held_.contains(id)) {
        ++crowded_;
        return;
    }
    const Key key{record.till, record.business_date};
    if (is_own(record) && !ledgers_.contains(key)) {
        if (DayLedger* const ledger = ledger_for(key)) ledger->dirty = true;
    }
    held_.insert_or_assign(id, std::move(record));
}

void DayBook::decided(const std::string& id, const HeldRecord& record, bool discarded) {
    held_.erase(id);
    DayLedger* const ledger = is_own(record) ? ledger_for({record.till, record.business_date}) : nullptr;
    if (ledger == nullptr) {
        Decided& of_any = decided_[record.recorded];
        ++(discarded ? of_any.second : of_any.first);
        keep_newest(decided_, days_of_till);
        return;
    }
    ledger->decided(discarded ? record.number : "", discarded);
}

bool DayBook::others_wait(const HeldRecord& record) const {
    const auto same_day = [&](const auto& held) {
        const HeldRecord& other = held.second;
        if (is_own(record) != is_own(other)) return false;
        if (!is_own(record)) return record.recorded == other.recorded;
        return record.till == other.till && record.business_date == other.business_date;
    };
    return std::any_of(held_.begin(), held_.end(), same_day);
}

DayBook::Held DayBook::held() const {
    Held all;
    all.crowded = crowded_;
    for (const auto& [id, record] : held_) {
        ++(is_own(record) ? all.own[{record.till, record.business_date}] : all.of_any[record.recorded]);
    }
    return all;
}

std::uint64_t DayBook::Held::of(const DayLedger& ledger) const {
    const auto its = own.find(ledger.key());
    const auto any = of_any.find(ledger.business_date);
    return crowded + (its == own.end() ? 0 : its->second) + (any == of_any.end() ? 0 : any->second);
}

DayLedger* DayBook::ledger_for(const Key& key) {
    auto found = ledgers_.find(key);
    if (found == ledgers_.end()) {
        if (!make_room(key)) return nullptr;
        auto [store, till] = till_from_text(key.first);
        found = ledgers_.emplace(key, DayLedger(std::move(store), std::move(till), key.second)).first;
        found->second.believed = false;
        for (const Absence& each : absences_) {
            if (each.touches(key.second)) found->second.down(each.from, each.to);
        }
    }
    changed_.insert(key);
    found->second.believed = found->second.believed || is_believed(key);
    return &found->second;
}

DayLedger& DayBook::own_day_of(const DayFacts& facts) {
    const Key key{facts.till_key, facts.business_date};
    changed_.insert(key);
    return ledgers_.at(key);
}

bool DayBook::take(const DayEvent& event) {
    const DayFacts& facts = *event.facts;
    const Key key{facts.till_key, facts.business_date};
    DayLedger* const ledger = is_sealed(key) ? nullptr : ledger_for(key);
    if (ledger == nullptr) {
        note_beyond(key);
        return false;
    }
    ledger->take(event);
    if (event.maps_again.empty()) {
        if (event.original != nullptr) correct(event);
    } else {
        map_again(event);
    }
    return true;
}

void DayBook::certified(const std::string& till, const std::string& date, const DayLedger::Certified& now) {
    const Key key{till, date};
    DayLedger* const ledger = is_sealed(key) ? nullptr : ledger_for(key);
    if (ledger != nullptr) ledger->certify(now);
}

void DayBook::uncertified(const Due& due) {
    const auto found = ledgers_.find(due.key);
    if (found == ledgers_.end()) return;
    found->second.dirty = true;
    found->second.late_waits = true;
    found->second.end_waits = due.want == Want::ended;
    changed_.insert(found->first);
}

void DayBook::down(Absence absence) {
    for (auto& [key, ledger] : ledgers_) {
        if (!absence.touches(key.second)) continue;
        ledger.down(absence.from, absence.to);
        changed_.insert(key);
    }
    if (absences_.size() == most_absences) absences_.erase(absences_.begin());
    absences_.push_back(std::move(absence));
}

void DayBook::end_days(const std::string& upto) {
    if (upto <= ended_upto_) return;
    const Held all = held();
    for (auto& [key, ledger] : ledgers_) {
        const bool ends = key.second > ended_upto_ && key.second <= upto;
        if (!ends || !(ledger.dirty || is_late_due(ledger, all))) continue;
        ledger.end_waits = true;
        changed_.insert(key);
    }
    ended_upto_ = upto;
}

void DayBook::clock_set_back(WallTime now, const std::string& ended_upto) {
    alive_ = std::min(alive_, now);
    ended_upto_ = std::min(ended_upto_, ended_upto);
}

bool DayBook::is_late(const DayFacts& facts) const {
    if (is_sealed({facts.till_key, facts.business_date})) return true;
    if (!ended_upto_.empty() && facts.business_date <= ended_upto_) return true;
    const DayLedger* const ledger = find(facts.till_key, facts.business_date);
    return ledger != nullptr && ledger->is_late(facts.number);
}

template <class Holds>
std::vector<DayBook::Due> DayBook::due(Want want, Holds holds) const {
    std::vector<Due> found;
    for (const auto& [key, ledger] : ledgers_) {
        if (holds(ledger)) found.push_back({key, want, ledger.closed_by});
    }
    return found;
}

std::vector<DayBook::Due> DayBook::closed() const {
    return due(Want::closed, [](const DayLedger& ledger) { return !ledger.closed_by.empty(); });
}

std::vector<DayBook::Due> DayBook::ended() const {
    return due(Want::ended, [this](const DayLedger& ledger) {
        return ledger.business_date <= ended_upto_ && (ledger.end_waits || (ledger.dirty && !ledger.late_waits));
    });
}

bool DayBook::is_late_due(const DayLedger& ledger, const Held& all) {
    return ledger.late_waits || ledger.is_behind() || (ledger.revision > 0 && ledger.quarantined != all.of(ledger));
}

std::vector<DayBook::Due> DayBook::late() const {
    return due(Want::late, [all = held()](const DayLedger& ledger) { return is_late_due(ledger, all); });
}

const DayLedger* DayBook::find(const std::string& till, const std::string& date) const {
    const auto found = ledgers_.find({till, date});
    return found == ledgers_.end() ? nullptr : &found->second;
}

Circumstances DayBook::circumstances(const DayLedger& ledger, std::string_view cause) const {
    Circumstances circumstances;
    circumstances.cause = cause;
    circumstances.quarantined = held().of(ledger);
    const auto found = decided_.find(ledger.business_date);
    if (found != decided_.end()) std::tie(circumstances.released, circumstances.discarded) = found->second;
    // What came of that day, or of one before, another box of this name may have, or a journal that is lost.
    if (ledger.business_date <= began_.date) circumstances.since = began_.when;
    return circumstances;
}

std::string DayBook::newest(std::string_view upto, std::string_view till) const {
    std::string newest;
    std::string newest_odd;
    for (const auto& [key, ledger] : ledgers_) {
        if (key.second > upto || (!till.empty() && ledger.till != till)) continue;
        std::string& of_kind = is_believed(key) ? newest : newest_odd;
        of_kind = std::max(of_kind, key.second);
    }
    return newest.empty() ? newest_odd : newest;
}

std::vector<std::pair<DayBook::Key, const DayLedger*>> DayBook::take_changes() {
    std::vector<std::pair<Key, const DayLedger*>> changes;
    for (const Key& key : changed_) changes.emplace_back(key, find(key.first, key.second));
    changed_.clear();
    return changes;
}

std::string DayBook::state() const {
    // Former releases want "quarantined": what they counted by date.
    const json state{{"sealed_upto", sealed_upto_},
                     {"quarantined", json::object()},
                     {"decided", decided_},
                     {"ended_upto", ended_upto_},
                     {"began", {began_.when.time_since_epoch().count(), began_.date}},
                     {"sealed_events", sealed_events_},
                     {"odd_sealed", odd_sealed_},
                     {"today", {today_, leapt_}},
                     {"unbelieved", json_of(unbelieved_)},
                     {"crowded_out", json_of(crowded_out_)},
                     {"alive", alive_.time_since_epoch().count()},
                     {"absences", json_of(absences_)}};
    return state.dump(-1, ' ', false, json::error_handler_t::replace);
}

// It is ours and was written with the ledgers: what is missing in it is of an older version.
void DayBook::restore_state(const std::string& text) {
    const json state = json::parse(text, nullptr, false);
    try {
        state.at("sealed_upto").get_to(sealed_upto_);
        if (state.contains("decided")) state.at("decided").get_to(decided_);
        state.at("ended_upto").get_to(ended_upto_);
        began_ = {WallTime(Millis(state.at("began").at(0).get<std::int64_t>())),
                  state.at("began").at(1).get<std::string>()};
        state.at("sealed_events").get_to(sealed_events_);
        set_alive(WallTime(Millis(state.at("alive").get<std::int64_t>())));
        if (!state.contains("today")) return;
        begin_day(state.at("today").at(0).get<std::string>());
        state.at("today").at(1).get_to(leapt_);
        state.at("odd_sealed").get_to(odd_sealed_);
        read_beyond(state.at("unbelieved"), unbelieved_);
        read_beyond(state.at("crowded_out"), crowded_out_);
        if (state.contains("absences")) absences_ = absences_from(state.at("absences"));
    } catch (const json::exception&) {
        return;
    }
}

}  // namespace tillpost::day
