// SPDX-License-Identifier: Apache-2.0
#include "agent/audit/corrected_day.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/wire/json_members.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

/// Those that the certificate names, by their ids; nullopt: there are more than any certificate names.
std::optional<std::map<std::string, day::DayUnapplied>> unapplied_in(const json& certificate) {
    std::map<std::string, day::DayUnapplied> found;
    const auto list = certificate.find("unapplied");
    if (list != certificate.end() && list->is_array()) {
        for (const json& each : *list) {
            const std::string event(text_in(each, "event"));
            found[event] = {event, std::string(text_in(each, "corrects")), std::string(text_in(each, "why"))};
        }
    }
    const json::json_pointer count("/counts/unapplied");
    const bool says = certificate.contains(count) && certificate.at(count).is_number_unsigned();
    const bool all = !says || certificate.at(count).get<std::uint64_t>() <= day::DayLedger::most_unapplied;
    return all ? std::optional(std::move(found)) : std::nullopt;
}

}  // namespace

day::DayEvent CorrectedDay::Event::as_counted() const {
    day::DayEvent event;
    event.type = type;
    event.mode = mode;
    event.subject = subject;
    event.quality = quality;
    event.late = late;
    event.corrects = !corrects.empty();
    event.replaces = kind == "replace";
    event.id = id;
    event.maps_again = maps_again;
    event.facts = facts.get();
    return event;
}

bool CorrectedDay::Event::voids() const { return (corrects.empty() || !maps_again.empty()) && !facts->voids.empty(); }

bool CorrectedDay::Event::changes_another() const {
    return kind == "reverse" || kind == "replace" || !maps_again.empty() || voids();
}

bool CorrectedDay::Event::changes(const Event& other) const {
    if (!changes_another() || other.id == id) return false;
    if (other.id == corrects || other.id == maps_again) return true;
    return voids() && other.subject == facts->voids;
}

void CorrectedDay::take(const Event& event) {
    if (given_up_) return;
    if (event.changes_another()) ++changing_;
    events_.push_back(event);
    if (!event.maps_again.empty()) give_up();
}

bool CorrectedDay::has_what_changes(const Event& event) const {
    return std::any_of(events_.begin(), events_.end(), [&event](const Event& each) { return event.changes(each); });
}

void CorrectedDay::give_up() {
    given_up_ = true;
    events_ = {};
}

/// What the event there corrects, if it is exactly one of those before it.
std::optional<day::DayOriginal> CorrectedDay::original_of(std::size_t index, const Places& before) const {
    const Event& event = events_[index];
    const Event* found = nullptr;
    const std::string_view none;
    for (const std::string_view name : {std::string_view(event.corrects), std::string_view(event.maps_again),
                                        event.voids() ? std::string_view(event.facts->voids) : none}) {
        const auto [first, last] = before.equal_range(name);
        for (auto at = first; at != last && !name.empty(); ++at) {
            const Event& each = events_[at->second];
            if (!event.changes(each) || &each == found) continue;
            if (found != nullptr) return std::nullopt;
            found = &each;
        }
    }
    if (found == nullptr) return std::nullopt;
    day::DayOriginal original;
    original.id = found->id;
    original.type = found->type;
    original.is_summed = day::is_summed(found->mode);
    original.is_correction = !found->corrects.empty();
    original.is_supplement = found->kind == "supplement";
    original.facts = found->facts;
    return original;
}

std::optional<day::DayLedger> CorrectedDay::corrected(const day::DayLedger& captured, const json& certificate) const {
    if (given_up_) return std::nullopt;
    if (changing_ == 0) return captured;
    auto unapplied = unapplied_in(certificate);
    if (!unapplied) return std::nullopt;
    day::DayLedger ledger(captured.store, captured.till, captured.business_date);
    Places before;
    for (std::size_t i = 0; i < events_.size(); ++i) {
        day::DayEvent event = events_[i].as_counted();
        ledger.take(event);
        before.emplace(events_[i].id, i);
        before.emplace(events_[i].subject, i);
        if (!events_[i].changes_another()) continue;
        if (const auto named = unapplied->find(event.id); named != unapplied->end()) {
            ledger.cannot_apply(named->second);
            continue;
        }
        const auto original = original_of(i, before);
        if (!original) return std::nullopt;
        event.original = &*original;
        const std::string_view why = day::apply_correction(event, &ledger, ledger);
        if (!why.empty()) ledger.cannot_apply({event.id, original->id, std::string(why)});
    }
    return ledger;
}

}  // namespace tillpost
