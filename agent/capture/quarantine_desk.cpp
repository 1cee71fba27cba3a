// SPDX-License-Identifier: Apache-2.0
#include "agent/capture/quarantine_desk.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "agent/event/event_types.hpp"
#include "agent/event/json_text.hpp"
#include "agent/event/key_changes.hpp"
#include "agent/journal/quarantine_content.hpp"
#include "agent/wire/line.hpp"
#include "platform/bytes.hpp"
#include "platform/clock.hpp"

namespace tillpost {
namespace {

using Verb = QuarantineRequest::Verb;
using Kind = QuarantineDecision::Kind;

Kind kind_of(Verb verb) {
    if (verb == Verb::release) return Kind::release;
    return verb == Verb::correct ? Kind::correct : Kind::discard;
}

/// "shown" … in a sentence that says why it is not.
const char* past_of(Verb verb) {
    if (verb == Verb::release) return "released";
    return verb == Verb::correct ? "corrected" : "shown";
}

Error refusal(const QuarantineRecord& record, const char* what, const std::string& why) {
    return {Errc::rejected, record.id + " cannot be " + what + ": " + why};
}

/// A file that was mistaken for another would let a scan travel in the place of a sale, or a sale in the place of a
/// return. A record that does not say what it is may become anything.
std::optional<Error> wrong_type_fault(const QuarantineRecord& record, const QuarantineRequest& request,
                                      const std::string& corrected) {
    if (request.as_type.empty() && !record.type.empty() && record.type != corrected) {
        return refusal(record, "corrected",
                       "it is of the type " + record.type + ", and the new record of the type " + corrected +
                           "; if that is meant, say so: --as-type " + corrected);
    }
    if (request.as_type.empty() || request.as_type == corrected) return std::nullopt;
    return refusal(record, "corrected", "the new record is of the type " + corrected + ", not " + request.as_type);
}

/// What was an event has its data in a body.
std::string_view data_of(const QuarantineRecord& record) {
    return record.was_event ? body_data(record.bytes) : std::string_view(record.bytes);
}

/// "number "7", not "78"; till …"
std::string words_of(const std::vector<KeyChange>& changes) {
    std::string words;
    for (const KeyChange& each : changes) {
        words.append(words.empty() ? "" : "; ").append(each.member).append(" ");
        append_json_string(words, each.before);
        words.append(", not ");
        if (each.after.empty()) words.append("none");
        if (!each.after.empty()) append_json_string(words, each.after);
    }
    return words;
}

/// The same file mistaken for another, of the same type: another transaction would travel, and this one never.
std::optional<Error> another_record_fault(const QuarantineRecord& record, const QuarantineRequest& request,
                                          const Event& corrected, const std::string& held_key) {
    if (request.changes_key) return std::nullopt;
    std::vector<KeyChange> changes = key_changes(data_of(record), corrected.data);
    const bool is_of_its_type = record.type == corrected.type;
    if (changes.empty() && is_of_its_type && !held_key.empty() && held_key != corrected.subject) {
        changes.push_back({"business key", held_key, corrected.subject});
    }
    // What was wrong is mended; and another type, which is meant, need not have all of them.
    const auto is_meant = [&](const KeyChange& each) {
        return "/" + each.member == record.field || (!is_of_its_type && each.after.empty());
    };
    changes.erase(std::remove_if(changes.begin(), changes.end(), is_meant), changes.end());
    if (changes.empty()) return std::nullopt;
    return refusal(record, "corrected",
                   "the new record is another one; the one that waits says " + words_of(changes) +
                       "; if that is meant, say so: --changes-key");
}

std::string recorded_time(const QuarantineRecord& record) { return rfc3339(WallTime(Millis(record.recorded))); }

std::string sentence(const Rejection& rejection) {
    return rejection.detail + " (rule " + rejection.rule + (rejection.field.empty() ? "" : " at " + rejection.field) +
           ")";
}

}  // namespace

// Between the look at the record and the decision somebody else may decide: the journal takes one of them.
asio::awaitable<std::string> QuarantineDesk::answer(std::string request, std::uint32_t user) {
    const Result<QuarantineRequest> asked = parse_quarantine_request(request);
    if (!asked) co_return quarantine_error_line(asked.error().message);
    if (asked->verb == Verb::list) {
        const Result<QuarantinePage> page = co_await journal_.quarantine_page(asked->query);
        co_return page ? page_line(*page) : quarantine_error_line(page.error().message);
    }
    const Result<QuarantineRecord> record = co_await journal_.quarantine_record(asked->id);
    if (!record) co_return quarantine_error_line(record.error().message);
    if (record->altered && asked->verb != Verb::discard) {
        co_return quarantine_error_line(altered_refusal(*record, past_of(asked->verb)).message);
    }
    if (asked->verb == Verb::show) co_return record_line(*record, asked->offset);
    Result<QuarantineDecision> decision = decision_on(*record, *asked, user);
    if (!decision) co_return quarantine_error_line(decision.error().message);
    Event seen;
    if (decision->draft) seen = capture_.about_to_record(*decision->draft);
    const Kind kind = decision->kind;
    const Result<Decided> decided = co_await journal_.decide(std::move(*decision));
    if (decided && decided->added) capture_.recorded_at_desk(seen, record->device, *decided->added);
    if (decided) capture_.decided(*record, kind, decided->told_at);
    co_return decided ? decided_line(asked->id, *decided) : quarantine_error_line(decided.error().message);
}

Result<QuarantineDecision> QuarantineDesk::decision_on(const QuarantineRecord& record, const QuarantineRequest& request,
                                                       std::uint32_t user) {
    QuarantineDecision decision;
    decision.kind = kind_of(request.verb);
    decision.id = request.id;
    decision.user = user;
    decision.actor = capture_.without_card_data(request.actor);
    decision.reason = capture_.without_card_data(request.reason);
    // What is decided is refused by the journal, which says who decided.
    if (!record.decision.word.empty() || decision.kind == Kind::discard) return decision;
    Result<Draft> draft = decision.kind == Kind::release ? released(record) : corrected(record, request);
    if (!draft) return draft.error();
    decision.draft = std::move(*draft);
    return decision;
}

Result<Draft> QuarantineDesk::released(const QuarantineRecord& record) {
    Result<Event> event = released_event(record);
    if (!event) return event.error();
    Draft draft;
    draft.device = record.device;
    draft.event = std::move(*event);
    return draft;
}

/// As it is, by the rules of today; what breaks one that holds records back travels all the same: a person says so.
Result<Event> QuarantineDesk::released_event(const QuarantineRecord& record) {
    if (record.bytes.empty()) {
        return refusal(record, "released",
                       "its content is gone: erased, or pruned before central rejected it; correct it, or discard it");
    }
    if (record.was_event) return again(record);
    std::variant<Event, Rejection> read = capture_.read(record.bytes);
    if (const auto* rejection = std::get_if<Rejection>(&read)) return unread(record, *rejection);
    Event event = std::move(std::get<Event>(read));
    if (event.time.empty()) event.time = recorded_time(record);
    mark_as_held(record, event);
    return event;
}

/// What was an event: its bytes are a body.
Result<Event> QuarantineDesk::again(const QuarantineRecord& record) {
    if (record.rule == "damaged_on_disk") {
        return refusal(record, "released", "the disk has changed its bytes; correct it, or discard it");
    }
    const EventType* const type = find_event_type(body_type(record.bytes));
    if (type == nullptr || type->mark == nullptr) {
        return refusal(record, "released", "it is the agent's own event, which says what was true then; discard it");
    }
    std::variant<Event, Rejection> read = capture_.read(std::string(body_data(record.bytes)));
    if (const auto* rejection = std::get_if<Rejection>(&read)) return unread(record, *rejection);
    Event event = std::move(std::get<Event>(read));
    event.time = body_attribute(record.bytes, "time");
    event.entry = body_attribute(record.bytes, "entry");
    return event;
}

/// What nobody can read travels as text, so that central has it.
Event QuarantineDesk::unread(const QuarantineRecord& record, const Rejection& rejection) {
    Event event;
    event.type = "other";
    event.entry = "pos";
    event.time = recorded_time(record);
    event.data = R"({"type":"other",)";
    if (is_utf8(record.bytes)) {
        event.data += "\"released_text\":";
        append_json_string(event.data, record.bytes);
    } else {
        event.data += "\"released_hex\":\"";
        append_hex(event.data,
                   std::span(reinterpret_cast<const std::uint8_t*>(record.bytes.data()), record.bytes.size()));
        event.data += '"';
    }
    event.data += '}';
    event.quality.mark(rejection.rule, rejection.field);
    return event;
}

/// The business key that the record that waits would have, "" if it cannot be read or has none.
std::string QuarantineDesk::key_of(const QuarantineRecord& record) {
    const std::variant<Event, Rejection> read = capture_.read(std::string(data_of(record)));
    const auto* const event = std::get_if<Event>(&read);
    return event == nullptr ? std::string() : event->subject;
}

/// A normal record, entered by hand; of what was an event already it says so itself.
Result<Draft> QuarantineDesk::corrected(const QuarantineRecord& record, const QuarantineRequest& request) {
    std::variant<Event, Rejection> read = capture_.read(request.line);
    if (const auto* rejection = std::get_if<Rejection>(&read)) {
        return refusal(record, "corrected", "the new record would go to quarantine, too: " + sentence(*rejection));
    }
    Draft draft;
    draft.device = record.device;
    draft.event = std::move(std::get<Event>(read));
    if (auto wrong = wrong_type_fault(record, request, draft.event.type)) return *std::move(wrong);
    if (auto another = another_record_fault(record, request, draft.event, key_of(record))) return *std::move(another);
    if (const auto broken = capture_.held_back(draft.event)) {
        return refusal(record, "corrected", "the new record would be held back, too: " + sentence(*broken));
    }
    draft.event.entry = "manual";
    if (!record.about.empty() && draft.event.corrects.empty()) {
        draft.event.corrects = record.about;
        draft.event.corrects_kind = "replace";
    }
    return draft;
}

}  // namespace tillpost
