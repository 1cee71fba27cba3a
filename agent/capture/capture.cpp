// SPDX-License-Identifier: Apache-2.0
#include "agent/capture/capture.hpp"

#include <utility>
#include <variant>

#include "agent/event/scan.hpp"

namespace tillpost {
namespace {

/// What must outlive the draft: its answer, and what those who watch are told.
struct Pending {
    Answer answer;
    Event event;  ///< Without its data
    std::string device;
    std::string rule;
    std::string field;
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

/// What is needed after the commit: a copy of the data would cost as much as the event.
Event without_data(const Event& event) {
    Event copy;
    copy.type = event.type;
    copy.subject = event.subject;
    copy.mode = event.mode;
    copy.corrects = event.corrects;
    copy.late = event.late;
    copy.day = event.day;
    return copy;
}

void append_text(std::string& data, std::string_view name, std::string_view text) {
    data.append(data.size() > 1 ? ",\"" : "\"").append(name).append("\":");
    append_json_string(data, text);
}

}  // namespace

void Capture::submit(Observation observation, Answer answer) {
    append(draft_of(std::move(observation)), std::move(answer));
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
    Draft draft;
    draft.device = observation.device;
    if (observation.kind == Observation::Kind::scan) {
        draft.event = make_scan_event(observation.device, observation.bytes, observation.aim);
        return draft;
    }
    auto parsed = intake_.parse(observation.bytes, "pos");
    if (const auto* rejection = std::get_if<Rejection>(&parsed)) return quarantine(std::move(observation), *rejection);
    draft.event = std::move(std::get<Event>(parsed));
    return draft;
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

void Capture::note_day(const Event& event, const Recorded& recorded) const {
    if (days_ == nullptr) return;
    if (recorded.quarantine_id.empty()) {
        days_->recorded(event, recorded);
    } else {
        days_->quarantined(recorded);
    }
}

void Capture::append(Draft draft, Answer answer) {
    Pending pending;
    pending.answer = std::move(answer);
    if (days_ != nullptr && days_->is_late(draft.event)) draft.event.late = true;
    pending.event = without_data(draft.event);
    pending.device = draft.device;
    if (draft.quarantine) {
        pending.rule = draft.quarantine->rule;
        pending.field = draft.quarantine->field;
    }
    auto done = [this, pending = std::move(pending)](const Result<Recorded>& recorded) {
        if (!recorded) {
            ++refused_;
            pending.answer(refusal(recorded.error()));
            return;
        }
        pending.answer(outcome_of(*recorded, pending));
        if (recorded->repeat) {
            ++repeated_;
        } else if (on_captured_) {
            on_captured_({*recorded, pending.event.type, pending.event.subject, pending.device});
        }
        if (days_ != nullptr) days_->heard(pending.device, pending.event);
        if (!recorded->repeat) note_day(pending.event, *recorded);
    };
    journal_.append(std::move(draft), std::move(done));
}

}  // namespace tillpost
