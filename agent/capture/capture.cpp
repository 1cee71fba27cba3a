// SPDX-License-Identifier: Apache-2.0
#include "agent/capture/capture.hpp"

#include <chrono>
#include <ctime>
#include <utility>
#include <variant>

#include "agent/event/business_day.hpp"
#include "agent/event/scan.hpp"

namespace tillpost {
namespace {

/// What must outlive the draft: its answer, and what those who watch are told.
struct Pending {
    Answer answer;
    std::string type;
    std::string subject;
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
    outcome.rule = pending.rule;
    outcome.field = pending.field;
    return outcome;
}

Outcome refusal(const Error& error) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::refused;
    outcome.reason = error.message;
    return outcome;
}

std::chrono::sys_days local_day(WallTime wall) {
    const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(wall.time_since_epoch()).count();
    std::tm here{};
    ::localtime_r(&seconds, &here);
    return std::chrono::year(here.tm_year + 1900) / (here.tm_mon + 1) / here.tm_mday;
}

void append_text(std::string& data, std::string_view name, std::string_view text) {
    data.append(data.size() > 1 ? ",\"" : "\"").append(name).append("\":");
    append_json_string(data, text);
}

}  // namespace

void Capture::submit(Observation observation, Answer answer) {
    till_number_.clear();
    Draft draft = draft_of(std::move(observation));
    append(std::move(draft), std::move(answer), std::move(till_number_));
}

void Capture::record(Event event) {
    Draft draft;
    draft.event = std::move(event);
    draft.device = "agent";
    append(std::move(draft), [](const Outcome&) {});
}

Draft Capture::draft_of(Observation observation) {
    Draft draft;
    draft.device = observation.device;
    if (observation.kind == Observation::Kind::scan) {
        draft.event = make_scan_event(observation.device, observation.bytes, observation.aim);
        return draft;
    }
    auto parsed = read(observation.bytes);
    if (const auto* rejection = std::get_if<Rejection>(&parsed)) return quarantine(std::move(observation), *rejection);
    draft.event = std::move(std::get<Event>(parsed));
    mark_by_others(draft.event);
    if (const auto broken = held_back(draft.event)) return quarantine(std::move(observation), *broken);
    return draft;
}

/// What only the events before it and the clock can tell.
void Capture::mark_by_others(Event& event) {
    if (numbers_.check(event)) till_number_ = event.subject;
    const Timestamp now = clock_.now();
    if (now.synced) mark_business_date(event, local_day(now.wall));
}

Draft Capture::quarantine(Observation observation, const Rejection& rejection) {
    Draft draft;
    draft.device = observation.device;
    draft.event.type = "quarantined";
    std::string& data = draft.event.data;
    data = "{";
    append_text(data, "device", observation.device);
    append_text(data, "rule", rejection.rule);
    append_text(data, "field", rejection.field);
    append_text(data, "detail", rejection.detail);
    append_text(data, "digest", to_hex(Sha256()(observation.bytes)));
    data.append(",\"size\":").append(std::to_string(observation.bytes.size())).append("}");
    draft.quarantine = Draft::Quarantine{std::move(observation.bytes), rejection.rule, rejection.field};
    return draft;
}

void Capture::append(Draft draft, Answer answer, std::string till_number) {
    Pending pending;
    pending.answer = std::move(answer);
    pending.type = draft.event.type;
    pending.subject = draft.event.subject;
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
        pending.answer(outcome_of(*recorded, pending));
        if (recorded->repeat) {
            ++repeated_;
        } else if (on_captured_) {
            on_captured_({*recorded, pending.type, pending.subject, pending.device});
        }
    };
    journal_.append(std::move(draft), std::move(done));
}

}  // namespace tillpost
