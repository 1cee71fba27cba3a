// SPDX-License-Identifier: Apache-2.0
#include "agent/day/book.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "agent/day/calendar.hpp"

namespace tillpost::day {
namespace {

using nlohmann::json;

constexpr std::size_t most_tills = DayBook::most_ledgers;
constexpr int days_off = 2;  ///< Of a business date that is believed, as of events that are not marked

/// Takes the first entries off until at most `most` are left.
template <class Map>
void keep_newest(Map& map, std::size_t most) {
    while (map.size() > most) map.erase(map.begin());
}

}  // namespace

void DayBook::restore(DayLedger ledger) {
    Key key{ledger.till, ledger.business_date};
    ledgers_.insert_or_assign(std::move(key), std::move(ledger));
}

bool DayBook::is_sealed(const std::string& till, const std::string& date) const {
    const auto sealed = sealed_upto_.find(till);
    return sealed != sealed_upto_.end() && date <= sealed->second && !ledgers_.contains({till, date});
}

/// Whether it counts for its own till and business date alone. A till that is not known may be one that was mistyped.
bool DayBook::is_own(const HeldRecord& record) const {
    if (record.till.empty() || record.business_date.empty()) return false;
    if (ledgers_.contains({record.till, record.business_date})) return true;
    const auto of_till = ledgers_.lower_bound({record.till, ""});
    const bool known = of_till != ledgers_.end() && of_till->first.first == record.till;
    return known && !is_sealed(record.till, record.business_date) &&
           record.business_date >= date_after(record.recorded, -days_off) &&
           record.business_date <= date_after(record.recorded, days_off);
}

void DayBook::hold(const std::string& id, HeldRecord record) {
    if (held_.size() >= most_held && !held_.contains(id)) {
        ++crowded_;
        return;
    }
    if (is_own(record) && !ledgers_.contains({record.till, record.business_date})) {
        ledger_of(record.till, record.business_date).dirty = true;
        drop_old(record.till);
    }
    held_.insert_or_assign(id, std::move(record));
}

void DayBook::decided(const std::string& id, const HeldRecord& record, bool discarded) {
    held_.erase(id);
    if (!is_own(record)) {
        Decided& of_any = decided_[record.recorded];
        ++(discarded ? of_any.second : of_any.first);
        keep_newest(decided_, days_of_till);
        return;
    }
    DayLedger& ledger = ledger_of(record.till, record.business_date);
    ledger.decided(discarded ? record.number : "", discarded);
    drop_old(record.till);
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
    const auto its = own.find({ledger.till, ledger.business_date});
    const auto any = of_any.find(ledger.business_date);
    return crowded + (its == own.end() ? 0 : its->second) + (any == of_any.end() ? 0 : any->second);
}

DayLedger& DayBook::ledger_of(const std::string& till, const std::string& date) {
    const Key key{till, date};
    changed_.insert(key);
    const auto found = ledgers_.find(key);
    if (found != ledgers_.end()) return found->second;
    return ledgers_.emplace(key, DayLedger(till, date)).first->second;
}

bool DayBook::take(const DayEvent& event) {
    const DayFacts& facts = *event.facts;
    if (is_sealed(facts.till, facts.business_date)) {
        ++sealed_events_;
        return false;
    }
    ledger_of(facts.till, facts.business_date).take(event);
    if (event.original != nullptr) apply(event);
    drop_old(facts.till);
    return true;
}

/// Of an original that is not held its own day may know all the same what stands in its place.
void DayBook::apply(const DayEvent& event) {
    const DayFacts& own = *event.facts;
    const DayFacts& of = event.original->facts ? *event.original->facts : own;
    const bool same_day = of.till == own.till && of.business_date == own.business_date;
    const bool stands_in = event.replaces && is_summed(event.mode);
    DayStanding now{event.id, stands_in && !same_day, {}};
    if (stands_in && same_day) now.figures = figures_of(event.type, own);
    const auto day = ledgers_.find({of.till, of.business_date});
    DayLedger& own_day = ledger_of(own.till, own.business_date);
    if (day == ledgers_.end() || !day->second.correct(*event.original, std::move(now)))
        return own_day.cannot_apply(event);
    changed_.insert(day->first);
    if (event.type == "void") own_day.count_out(event.type);
    if (stands_in && !same_day) own_day.stand_in(event);
}

void DayBook::drop_old(const std::string& till) {
    const auto first = ledgers_.lower_bound({till, ""});
    std::size_t days = 0;
    for (auto at = first; at != ledgers_.end() && at->first.first == till; ++at) ++days;
    if (days > days_of_till) drop(first);
    if (ledgers_.size() <= most_ledgers) return;
    const auto older = [](const auto& a, const auto& b) { return a.first.second < b.first.second; };
    drop(std::min_element(ledgers_.begin(), ledgers_.end(), older));
}

void DayBook::drop(std::map<Key, DayLedger>::iterator ledger) {
    std::string& sealed = sealed_upto_[ledger->first.first];
    sealed = std::max(sealed, ledger->first.second);
    keep_newest(sealed_upto_, most_tills);
    changed_.insert(ledger->first);
    ledgers_.erase(ledger);
}

void DayBook::certified(const std::string& till, const std::string& date, const DayLedger::Certified& now) {
    if (!is_sealed(till, date)) ledger_of(till, date).certify(now);
}

void DayBook::uncertified(const Due& due) {
    const auto found = ledgers_.find(due.key);
    if (found == ledgers_.end()) return;
    found->second.dirty = true;
    found->second.late_waits = true;
    found->second.end_waits = due.want == Want::ended;
    changed_.insert(found->first);
}

void DayBook::down(WallTime from, WallTime to, const std::set<std::string>& dates) {
    for (auto& [key, ledger] : ledgers_) {
        if (!dates.contains(key.second)) continue;
        ledger.down(from, to);
        changed_.insert(key);
    }
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
    if (is_sealed(facts.till, facts.business_date)) return true;
    if (!ended_upto_.empty() && facts.business_date <= ended_upto_) return true;
    const DayLedger* const ledger = find(facts.till, facts.business_date);
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
    if (!began_.date.empty() && ledger.business_date <= began_.date) circumstances.since = began_.when;
    return circumstances;
}

std::string DayBook::newest() const {
    std::string newest;
    for (const auto& [key, ledger] : ledgers_) newest = std::max(newest, key.second);
    return newest;
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
                     {"alive", alive_.time_since_epoch().count()}};
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
    } catch (const json::exception&) {
        return;
    }
}

}  // namespace tillpost::day
