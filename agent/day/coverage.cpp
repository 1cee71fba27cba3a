// SPDX-License-Identifier: Apache-2.0
#include "agent/day/coverage.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tillpost::day {
namespace {

using nlohmann::json;

std::int64_t count_of(WallTime time) { return time.time_since_epoch().count(); }
WallTime time_at(const json& number) { return WallTime(Millis(number.get<std::int64_t>())); }

/// Takes away what ends before `time`.
template <class Spans>
std::size_t forget_ended(Spans& spans, WallTime time) {
    return std::erase_if(spans, [time](const auto& span) { return span.to <= time; });
}

/// Takes away what is behind `time`, which the clock had only by mistake.
template <class Spans>
std::size_t clip(Spans& spans, WallTime time) {
    const std::size_t gone = std::erase_if(spans, [time](const auto& span) { return span.from > time; });
    for (auto& span : spans) span.to = std::min(span.to, time);
    return gone;
}

}  // namespace

Coverage::Coverage(const DaySettings& settings)
    : hours_(settings.hours), silence_(settings.silence), ends_at_(settings.ends_at) {
    ears_[""];
    for (const std::string& till : settings.tills) ears_[till];
}

void Coverage::begin(WallTime now) {
    began_ = now;
    told_upto_ = last_ended(now, ends_at_);
}

void Coverage::heard(std::string_view till, WallTime at) {
    heard(ears_.find(std::string_view())->second, at);
    if (till.empty()) return;
    const auto found = ears_.find(till);
    if (found != ears_.end()) heard(found->second, at);
}

void Coverage::heard(Ear& ear, WallTime at) {
    if (ear.cut) return;
    if (!ear.stretches.empty()) {
        Stretch& last = ear.stretches.back();
        if (at - last.to - jumped(last.to, at) < silence_) {
            last.to = std::max(last.to, at);
            return;
        }
    }
    if (stretches_ >= most_stretches) forget_told();
    if (stretches_ >= most_stretches) {
        ear.cut = ear.stretches.empty() ? at : ear.stretches.back().to;
        return;
    }
    ear.stretches.push_back({at, at});
    ++stretches_;
}

/// For room: of the dates that were told of.
void Coverage::forget_told() { forget_before(begin_of(date_after(told_upto_, 1), ends_at_)); }

/// How much of that time never was.
Millis Coverage::jumped(WallTime from, WallTime to) const {
    Millis sum{0};
    for (const Absence& each : absences_) {
        const Millis common = std::min(each.to, to) - std::max(each.from, from);
        if (each.unknown && common > Millis(0)) sum += common;
    }
    return sum;
}

// A POS that connects for each record is connected; beyond the bound nobody is said to be away.
void Coverage::connected(bool any, WallTime at) {
    if (changes_full_ || (!changes_.empty() && changes_.back().connected == any)) return;
    if (any && changes_.size() > 1 && at - changes_.back().at < silence_) {
        changes_.pop_back();
        return;
    }
    if (changes_.size() + 1 >= most_changes) forget_told();
    changes_full_ = changes_.size() + 1 >= most_changes;
    changes_.push_back({at, any || changes_full_});
}

void Coverage::away(WallTime from, WallTime to) { add_absence({from, to, false}); }

/// Beyond the bound two become one, of whose middle nobody can say what it was.
void Coverage::add_absence(const Absence& absence) {
    if (absence.to <= absence.from) return;
    if (absences_.size() >= most_absences) forget_told();
    if (absences_.size() < most_absences) {
        absences_.push_back(absence);
        return;
    }
    absences_.back() = {absences_.back().from, std::max(absences_.back().to, absence.to), true};
}

// Forward: the time between never was. Back: it comes once more, and what was noted of it was of another time.
void Coverage::clock_set(WallTime from, WallTime to) {
    if (to >= from) return add_absence({from, to, true});
    for (auto& [till, ear] : ears_) {
        stretches_ -= clip(ear.stretches, to);
        if (ear.cut) ear.cut = std::min(*ear.cut, to);
        ear.since = std::min(ear.since, to);
    }
    clip(absences_, to);
    for (Change& change : changes_) change.at = std::min(change.at, to);
    began_ = std::min(began_, to);
    told_upto_ = std::min(told_upto_, last_ended(to, ends_at_));
}

std::vector<std::string> Coverage::listed() const {
    std::vector<std::string> all;
    for (const auto& [till, ear] : ears_) all.push_back(till);
    return all;
}

std::vector<std::string> Coverage::due(WallTime now) const {
    std::vector<std::string> dates;
    if (hours_.empty() || told_upto_.empty()) return dates;
    const std::string last = last_ended(now, ends_at_);
    std::string date = std::max(told_upto_, date_after(last, -most_days));
    while (date < last) {
        date = date_after(date, 1);
        dates.push_back(date);
    }
    return dates;
}

void Coverage::told(const std::string& business_date) {
    told_upto_ = business_date;
    const WallTime end = begin_of(date_after(business_date, 1), ends_at_);
    for (auto& [till, ear] : ears_) {
        if (ear.cut) ear.since = end;  // of what found no place nothing can be said later either
        ear.cut.reset();
    }
    if (changes_full_) forget_told();
    changes_full_ = false;
    forget_before(begin_of(date_after(business_date, 1 - most_days), ends_at_));
}

void Coverage::forget_before(WallTime time) {
    for (auto& [till, ear] : ears_) stretches_ -= forget_ended(ear.stretches, time);
    forget_ended(absences_, time);
    while (changes_.size() > 1 && changes_[1].at <= time) changes_.erase(changes_.begin());
    began_ = std::max(began_, time);
}

std::string Coverage::state() const {
    json ears = json::object();
    for (const auto& [till, ear] : ears_) {
        json stretches = json::array();
        for (const Stretch& each : ear.stretches) stretches.push_back({count_of(each.from), count_of(each.to)});
        ears[till] = {{"stretches", std::move(stretches)},
                      {"cut", ear.cut ? json(count_of(*ear.cut)) : json()},
                      {"since", count_of(ear.since)}};
    }
    json absences = json::array();
    for (const Absence& each : absences_) absences.push_back({count_of(each.from), count_of(each.to), each.unknown});
    json changes = json::array();
    for (const Change& each : changes_) changes.push_back({count_of(each.at), each.connected});
    const json state{{"ears", std::move(ears)},       {"absences", std::move(absences)},
                     {"changes", std::move(changes)}, {"changes_full", changes_full_},
                     {"began", count_of(began_)},     {"told_upto", told_upto_}};
    return state.dump(-1, ' ', false, json::error_handler_t::replace);
}

// A till that is not listed any more is forgotten.
void Coverage::restore(const std::string& text, WallTime now) {
    const json state = json::parse(text, nullptr, false);
    try {
        for (auto& [till, ear] : ears_) {
            const auto found = state.at("ears").find(till);
            if (found == state.at("ears").end()) {
                ear.since = now;
                continue;
            }
            for (const json& each : found->at("stretches")) {
                ear.stretches.push_back({time_at(each.at(0)), time_at(each.at(1))});
                ++stretches_;
            }
            if (!found->at("cut").is_null()) ear.cut = time_at(found->at("cut"));
            ear.since = time_at(found->at("since"));
        }
        for (const json& each : state.at("absences"))
            absences_.push_back({time_at(each.at(0)), time_at(each.at(1)), each.at(2).get<bool>()});
        for (const json& each : state.at("changes")) changes_.push_back({time_at(each.at(0)), each.at(1).get<bool>()});
        changes_full_ = state.at("changes_full").get<bool>();
        began_ = time_at(state.at("began"));
        told_upto_ = state.at("told_upto").get<std::string>();
    } catch (const json::exception&) {
        return;  // of an older version: what is missing is not known
    }
}

}  // namespace tillpost::day
