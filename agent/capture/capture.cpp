// SPDX-License-Identifier: Apache-2.0
#include "agent/capture/capture.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "agent/event/business_day.hpp"
#include "agent/event/glance.hpp"
#include "agent/event/redacted_mark.hpp"
#include "agent/event/scan.hpp"
#include "agent/journal/own_events.hpp"
#include "agent/journal/quarantine_content.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

/// What must outlive the draft: its answer, and what those who watch are told.
struct Pending {
    Answer answer;
    Event event;  ///< Without its data
    std::string device;
    std::string rule;
    std::string field;
    std::string till_number;
};

Outcome outcome_of(const Recorded& recorded, const Pending& pending) {
    Outcome outcome;
    outcome.kind = recorded.quarantine_id.empty() ? Outcome::Kind::accepted : Outcome::Kind::quarantined;
    outcome.epoch = to_hex(recorded.epoch);
    outcome.sequence = recorded.sequence;
    outcome.quarantine_id = recorded.quarantine_id;
    if (outcome.kind == Outcome::Kind::accepted) return outcome;  // before the keys were made as they are now
    outcome.rule = recorded.rule.empty() ? pending.rule : recorded.rule;
    outcome.field = recorded.rule.empty() ? pending.field : recorded.field;
    return outcome;
}

Outcome refusal(const Error& error) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::refused;
    outcome.reason = error.message;
    return outcome;
}

std::chrono::sys_days local_day(WallTime wall) {
    const std::tm here = local_parts(wall);
    return std::chrono::year(here.tm_year + 1900) / (here.tm_mon + 1) / here.tm_mday;
}

/// What is needed after the commit: a copy of the data would cost as much as the event.
Event without_data(const Event& event) {
    Event copy;
    copy.type = event.type;
    copy.subject = event.subject;
    copy.mode = event.mode;
    copy.corrects = event.corrects;
    copy.corrects_kind = event.corrects_kind;
    copy.maps_again = event.maps_again;
    copy.late = event.late;
    copy.day = event.day;
    return copy;
}

}  // namespace

void mark_as_held(const QuarantineRecord& record, Event& event) {
    if (record.rule == "business_date") event.quality.mark_always(record.rule, record.field);
}

Result<void> Capture::recall_numbers() {
    const auto keys = journal_.newest_keys(recalled_keys);
    if (!keys) return keys.error();
    for (const std::string& key : *keys) numbers_.recall(key);
    return {};
}

void Capture::submit(Observation observation, Answer answer) {
    till_number_.clear();
    cut_.reset();
    Draft draft = draft_of(std::move(observation));
    draft.cut = cut_;
    append(std::move(draft), std::move(answer), std::move(till_number_));
}

void Capture::record(Event event, std::shared_ptr<const KeptDays> days, std::function<void(bool)> done) {
    Draft draft;
    draft.event = std::move(event);
    draft.days = std::move(days);
    draft.device = "agent";
    append(std::move(draft), [done = std::move(done)](const Outcome& outcome) {
        if (done) done(outcome.kind == Outcome::Kind::accepted);
    });
}

Draft Capture::draft_of(Observation observation) {
    const std::vector<std::string> redacted = redact(observation);
    Draft draft;
    draft.device = observation.device;
    if (observation.kind == Observation::Kind::scan) {
        draft.event = scan_of(observation, clock_.wall());
        if (!redacted.empty()) draft.event.quality.mark("redacted", "/code");
        return draft;
    }
    auto parsed = intake_.parse(observation.bytes, "pos");
    if (const auto* rejection = std::get_if<Rejection>(&parsed)) {
        draft = quarantine(std::move(observation), *rejection);
    } else {
        draft.event = std::move(std::get<Event>(parsed));
        mark_by_others(draft.event);
        draft.holds_over_return = severities_.holds_back("return_quantity", draft.event.type);
        // The clock goes on, and a configuration changes: what comes again may be recorded already.
        draft.held_for = held_back(draft.event);
    }
    mark_redacted(draft.event, redacted);
    return draft;
}

std::string Capture::without_card_data(std::string text) {
    Observation observation;
    observation.device = "quarantine";
    observation.bytes = std::move(text);
    (void)redact(observation);
    return std::move(observation.bytes);
}

std::variant<Event, Rejection> Capture::read(std::string line) {
    Observation observation;
    observation.device = "quarantine";
    observation.bytes = std::move(line);
    const std::vector<std::string> redacted = redact(observation);
    auto parsed = intake_.parse(observation.bytes, "pos");
    if (auto* event = std::get_if<Event>(&parsed)) mark_redacted(*event, redacted);
    return parsed;
}

/// What only the events before it and the clock can tell.
void Capture::mark_by_others(Event& event) {
    if (numbers_.check(event)) till_number_ = event.subject;
    // Which day it is here is asked anew each minute, and whether the clock is right only where it matters.
    const auto minute = std::chrono::floor<std::chrono::minutes>(clock_.wall());
    if (std::exchange(minute_, minute) != minute) today_ = local_day(minute);
    if (!is_far_from(event.business_date, today_) || !clock_.now().synced) return;
    event.quality.mark_always("business_date", "/business_date");
}

/// Gives the places of card data that are no more in the observation.
std::vector<std::string> Capture::redact(Observation& observation) {
    const bool is_scan = observation.kind == Observation::Kind::scan;
    const Redaction& result =
        is_scan ? redactor_.redact_code(observation.bytes, observation.aim) : redactor_.redact_line(observation.bytes);
    if (!result.changed) return {};
    if (result.is_ambiguous()) cut_ = cut_names_.name(observation.bytes);
    std::fill(observation.bytes.begin(), observation.bytes.end(), '\0');  // the memory is used again
    observation.bytes = result.bytes;
    if (result.found_card_data()) count(observation.device, result);
    return result.places;
}

void Capture::count(const std::string& device, const Redaction& redaction) {
    const auto is_device = [&device](const Redacted& each) { return each.device == device; };
    auto found = std::find_if(redacted_.begin(), redacted_.end(), is_device);
    if (found == redacted_.end()) {
        found = redacted_.insert(redacted_.end(), Redacted{device});
        log::warn("card data were cut out of what a device handed over; it should not send any", {{"device", device}});
    }
    ++found->observations;
    found->numbers += redaction.numbers;
    found->secrets += redaction.secrets;
}

const Capture::Redacted* Capture::redacted(std::string_view device) const {
    const auto is_device = [device](const Redacted& each) { return each.device == device; };
    const auto found = std::find_if(redacted_.begin(), redacted_.end(), is_device);
    return found == redacted_.end() ? nullptr : &*found;
}

Event Capture::scan_of(const Observation& observation, WallTime when) const {
    const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(when));
    ScanContext context;
    context.current_year = static_cast<int>(today.year());
    context.templates = in_store_numbers_;
    return make_scan_event(observation.device, observation.bytes, observation.aim, context);
}

Draft Capture::quarantine(Observation observation, const Rejection& rejection) {
    Draft draft;
    draft.device = observation.device;
    const Glance glance = glance_at(observation.bytes);
    draft.event = own::held_back(observation.device, rejection, observation.bytes, glance);
    DayFacts day;
    day.till = glance.till;
    day.store = glance.store;
    day.business_date = glance.business_date;
    day.number = glance.number;
    draft.event.day = std::make_shared<const DayFacts>(std::move(day));
    const bool once = is_held_once(glance.type);
    draft.quarantine = Draft::Quarantine{std::move(observation.bytes), rejection.rule, rejection.field, once};
    return draft;
}

Event Capture::about_to_record(Draft& draft) const {
    if (days_ != nullptr && !draft.quarantine && days_->is_late(draft.event)) draft.event.late = true;
    return without_data(draft.event);
}

void Capture::recorded(const Event& event, const std::string& device, const Recorded& place,
                       const std::string& held_for) const {
    static const std::string held = "quarantined";
    const std::string& rule = place.rule.empty() ? held_for : place.rule;
    if (on_captured_) on_captured_({place, place.rule.empty() ? event.type : held, event.subject, device, rule});
    if (days_ == nullptr) return;
    if (place.quarantine_id.empty()) {
        days_->recorded(event, place);
    } else {
        days_->quarantined(event, place);
    }
}

void Capture::recorded_at_desk(const Event& event, const std::string& device, const Recorded& place) {
    numbers_.recall(event.subject);
    recorded(event, device, place);
}

void Capture::decided(const QuarantineRecord& record, QuarantineDecision::Kind kind, const Recorded& told) const {
    if (days_ != nullptr) days_->decided(record, kind == QuarantineDecision::Kind::discard, told);
}

/// A connector that sends for ever what it should give up, most likely.
void Capture::note_held_again(const Recorded& first, const std::string& device) {
    ++held_again_;
    auto line = [this, device, record = first.quarantine_id](std::uint64_t) {
        log::warn(
            "a device sends again what is in quarantine already: it gets the first answer, and nothing is kept twice",
            {{"device", device},
             {"record", record},
             {"times", held_again_},
             {"what_to_do", "see why it does; `tillpost quarantine show` shows the record"}});
    };
    held_again_limit_.say(std::chrono::steady_clock::now(), std::move(line));
}

void Capture::append(Draft draft, Answer answer, std::string till_number) {
    Pending pending;
    pending.answer = std::move(answer);
    pending.event = about_to_record(draft);
    pending.device = draft.device;
    pending.till_number = std::move(till_number);
    if (draft.quarantine) {
        pending.rule = draft.quarantine->rule;
        pending.field = draft.quarantine->field;
    }
    auto done = [this, pending = std::move(pending)](const Result<Recorded>& recorded) {
        if (!recorded) {
            ++refused_;
            numbers_.forget(pending.till_number);
            pending.answer(refusal(recorded.error()));
            return;
        }
        if (!recorded->rule.empty()) numbers_.forget(pending.till_number);  // held back by what only the journal knows
        pending.answer(outcome_of(*recorded, pending));
        if (days_ != nullptr) days_->heard(pending.device, pending.event);
        if (recorded->repeat) {
            ++repeated_;
            if (!recorded->quarantine_id.empty()) note_held_again(*recorded, pending.device);
        } else {
            this->recorded(pending.event, pending.device, *recorded, pending.rule);
        }
    };
    journal_.append(std::move(draft), std::move(done));
}

}  // namespace tillpost
