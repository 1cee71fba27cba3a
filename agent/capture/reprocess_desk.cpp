// SPDX-License-Identifier: Apache-2.0
#include "agent/capture/reprocess_desk.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>
#include <utility>
#include <variant>

#include "agent/capture/mapping.hpp"
#include "agent/capture/quarantine_json.hpp"
#include "agent/event/event_types.hpp"
#include "agent/journal/position.hpp"
#include "agent/wire/line.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr const char* desk_device = "reprocess";
constexpr std::size_t records_a_slice = 16;

std::int64_t position_from(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

bool has_rule(std::string_view quality, std::string_view rule) {
    for (std::size_t at = quality.find(rule); at != std::string_view::npos; at = quality.find(rule, at + 1)) {
        const std::size_t end = at + rule.size();
        const bool begins = at == 0 || quality[at - 1] == ' ';
        const bool ends = end == quality.size() || std::string_view(" :=").find(quality[end]) != std::string_view::npos;
        if (begins && ends) return true;
    }
    return false;
}

bool is_within(const ReprocessRequest& request, std::string_view business_date, std::int64_t recorded) {
    if (request.from_date.empty() && request.to_date.empty()) return true;
    const std::string day =
        business_date.empty() ? rfc3339(WallTime(Millis(recorded))).substr(0, 10) : std::string(business_date);
    return (request.from_date.empty() || day >= request.from_date) &&
           (request.to_date.empty() || day <= request.to_date);
}

bool is_asked_for(const ReprocessRequest& request, const HeldPage::Copy& held, const Event& today) {
    const bool type = request.type.empty() || request.type == body_type(held.body) || request.type == today.type;
    const bool rule = request.rule.empty() || has_rule(body_text(held.body, "quality"), request.rule) ||
                      has_rule(today.quality.text(), request.rule);
    return type && rule;
}

/// Mapped again a record is what it was: a reversal takes back what it took back, which nobody then counts anew. Only
/// what counts itself is replaced by what it says now.
void say_what_it_is(const HeldPage::Copy& held, Event& today) {
    const std::string_view first = body_attribute(held.body, "mapsagain");
    today.maps_again = first.empty() ? held.id : std::string(first);
    const std::string_view kind = body_attribute(held.body, "correctskind");
    if (kind == "reverse" || kind == "supplement") {
        today.corrects = body_attribute(held.body, "corrects");
        today.corrects_kind = kind;
    } else if (!kind.empty() || today.corrects_kind.empty() || today.corrects_kind == "replace") {
        today.corrects = held.id;
        today.corrects_kind = "replace";
    }
}

/// A feed may have sent it; the agent's own events say what was true then.
bool is_of_a_feed(std::string_view body) {
    const EventType* const type = find_event_type(body_type(body));
    return type != nullptr && type->mark != nullptr;
}

}  // namespace

asio::awaitable<std::string> ReprocessDesk::answer(std::string request, std::uint32_t user) {
    Result<ReprocessRequest> asked = parse_reprocess_request(request);
    if (!asked) co_return quarantine_error_line(asked.error().message);
    asked->why.user = user;
    asked->why.reason = capture_.without_card_data(std::move(asked->why.reason));
    asked->why.actor = capture_.without_card_data(std::move(asked->why.actor));
    if (!asked->dry_run && asked->after.empty() && asked->verb == ReprocessRequest::Verb::events) {
        log::info("events are mapped again",
                  {{"user", user}, {"actor", asked->why.actor}, {"reason", asked->why.reason}});
    }
    std::optional<Result<Slice>> done;
    if (asked->verb == ReprocessRequest::Verb::events) {
        Result<Slice> slice = co_await events(std::move(*asked));
        done.emplace(std::move(slice));
    } else {
        Result<Slice> slice = co_await quarantine(std::move(*asked));
        done.emplace(std::move(slice));
    }
    co_return *done ? slice_line(**done) : quarantine_error_line(done->error().message);
}

asio::awaitable<Result<ReprocessSlice>> ReprocessDesk::events(ReprocessRequest request) {
    const EpochSummary& live = journal_.live();
    std::int64_t after = position_from(request.after);
    std::int64_t upto = request.upto.empty() ? position_at(live.ordinal, live.last) : position_from(request.upto);
    if (request.from > 0) after = std::max(after, position_at(live.ordinal, request.from - 1));
    if (request.from > 0 || request.to > 0) after = std::max(after, position_at(live.ordinal, 0));
    if (request.to > 0) upto = std::min(upto, position_at(live.ordinal, request.to));
    const Result<HeldPage> page = co_await journal_.held_page(after, upto);
    if (!page) co_return page.error();
    Slice slice;
    slice.looked = page->looked;
    slice.upto = std::to_string(upto);
    if (page->more) slice.next = std::to_string(page->upto);
    std::vector<Correction> corrections;
    for (const HeldPage::Copy& held : page->events) look_at(held, request, slice, corrections);
    if (request.dry_run || corrections.empty()) co_return slice;
    std::vector<Event> seen;
    for (Correction& each : corrections) seen.push_back(capture_.about_to_record(each.draft));
    const auto recorded = co_await journal_.correct(std::move(corrections));
    if (!recorded) co_return recorded.error();
    std::size_t at = 0;
    for (std::size_t i = 0; i < recorded->size(); ++i) {
        const std::optional<Recorded>& place = (*recorded)[i];
        while (slice.changes[at].too_large > 0) ++at;
        if (!place) {
            slice.changes.erase(slice.changes.begin() + static_cast<std::ptrdiff_t>(at));
            --slice.corrected;
            continue;
        }
        slice.changes[at++].by = event_id(place->epoch, place->sequence);
        capture_.recorded_at_desk(seen[i], desk_device, *place);
    }
    co_return slice;
}

/// Central would never have it, and go on with what it corrects, while the store goes on with the correction.
bool ReprocessDesk::is_too_large(Draft& draft, const std::string& id) const {
    // The journal will name the first event of its business key.
    draft.event.correlation = id;
    const bool is_it = journal_.is_too_large(draft);
    draft.event.correlation.clear();
    return is_it;
}

void ReprocessDesk::look_at(const HeldPage::Copy& held, const ReprocessRequest& request, Slice& slice,
                            std::vector<Correction>& corrections) {
    const std::string_view date = body_attribute(held.body, "businessdate");
    if (!is_of_a_feed(held.body) || !is_within(request, date, held.recorded)) return;
    std::variant<Event, Rejection> read = capture_.map_again(held);
    if (std::holds_alternative<Rejection>(read)) {
        const bool type = request.type.empty() || request.type == body_type(held.body);
        if (type && request.rule.empty()) ++slice.unreadable;
        return;
    }
    Event& today = std::get<Event>(read);
    if (!is_asked_for(request, held, today)) return;
    if (capture_.held_back(today)) ++slice.held_back;
    std::vector<std::string_view> what = changes_between(held.body, today);
    if (what.empty()) return;
    slice.changes.push_back(
        {held.id, today.type, today.subject, std::move(what), body_text(held.body, "quality"), today.quality.text()});
    Correction correction;
    correction.position = held.position;
    correction.source = today.data;
    today.data = with_reason(correction.source, request.why);
    today.entry = body_attribute(held.body, "entry");
    say_what_it_is(held, today);
    correction.draft.device = desk_device;
    correction.draft.event = std::move(today);
    if (is_too_large(correction.draft, held.id)) {
        ++slice.too_large;
        slice.changes.back().too_large = journal_.largest_line();
        return;
    }
    ++slice.corrected;
    corrections.push_back(std::move(correction));
}

asio::awaitable<Result<ReprocessSlice>> ReprocessDesk::quarantine(ReprocessRequest request) {
    const auto ids = co_await journal_.open_records_behind(request.after, records_a_slice);
    if (!ids) co_return ids.error();
    Slice slice;
    if (request.after.empty()) would_.clear();
    for (const std::string& id : *ids) {
        const Result<void> done = co_await release(request, id, slice);
        if (!done) co_return done.error();
        ++slice.looked;
    }
    if (ids->size() == records_a_slice) slice.next = ids->back();
    if (slice.next.empty()) would_.clear();
    co_return slice;
}

/// What was an event already waits for a person's decision; so does what would be held back again.
std::optional<Event> ReprocessDesk::released(const QuarantineRecord& record, const ReprocessRequest& request) {
    if (record.was_event || record.bytes.empty() || !record.decision.word.empty()) return std::nullopt;
    if (!request.rule.empty() && request.rule != record.rule) return std::nullopt;
    std::variant<Event, Rejection> read = capture_.read(record.bytes);
    Event* const event = std::get_if<Event>(&read);
    if (event == nullptr || capture_.held_back(*event) || capture_.holds_again(record.rule, event->type)) {
        return std::nullopt;
    }
    if (!request.type.empty() && request.type != event->type) return std::nullopt;
    if (!is_within(request, event->business_date, record.recorded)) return std::nullopt;
    if (event->time.empty()) event->time = rfc3339(WallTime(Millis(record.recorded)));
    mark_as_held(record, *event);
    return std::move(*event);
}

/// [human-1] Nobody has looked at this very record: it is not released to count beside another one.
QuarantineDecision ReprocessDesk::decision_on(const QuarantineRecord& record, const ReprocessRequest& request,
                                              Event event) const {
    QuarantineDecision decision;
    decision.kind = QuarantineDecision::Kind::release;
    decision.id = record.id;
    decision.user = request.why.user;
    decision.actor = request.why.actor;
    decision.reason = request.why.reason;
    decision.only_alone = true;
    decision.dry_run = request.dry_run;
    decision.draft.emplace();
    decision.draft->device = record.device;
    decision.draft->holds_over_return = capture_.holds_again("return_quantity", event.type);
    decision.draft->event = std::move(event);
    return decision;
}

/// The record of its business key that this run would have released before, and that says something else; "": none.
std::string ReprocessDesk::beside_in_dry_run(const Event& event, const std::string& id, std::size_t content) {
    if (event.subject.empty()) return {};
    const auto found = would_.find(event.subject);
    if (found == would_.end()) {
        if (would_.size() < most_would) would_.emplace(event.subject, Would{id, content});
        return {};
    }
    return found->second.content == content || !event.corrects.empty() ? std::string() : found->second.id;
}

asio::awaitable<Result<void>> ReprocessDesk::release(ReprocessRequest request, std::string id, Slice& slice) {
    const Result<QuarantineRecord> record = co_await journal_.quarantine_record(id);
    if (!record) co_return record.error();
    std::optional<Event> event = released(*record, request);
    if (!event) co_return Result<void>();
    ReprocessSlice::Change change{id, event->type, event->subject, {}, record->rule, event->quality.text()};
    const std::size_t content = std::hash<std::string>()(event->data);
    QuarantineDecision decision = decision_on(*record, request, std::move(*event));
    const Event seen = capture_.about_to_record(*decision.draft);
    const Result<Decided> decided = co_await journal_.decide(std::move(decision));
    // Somebody else decided on it meanwhile, or it is held back again: it stays as it is.
    if (!decided && decided.error().code == Errc::rejected) co_return Result<void>();
    if (!decided) co_return decided.error();
    if (!decided->told.empty()) {
        if (decided->added) capture_.recorded_at_desk(seen, record->device, *decided->added);
        capture_.decided(*record, QuarantineDecision::Kind::release, decided->told_at);
    }
    change.by = decided->became;
    change.beside = decided->beside;
    if (request.dry_run && change.beside.empty()) change.beside = beside_in_dry_run(seen, id, content);
    ++(change.beside.empty() ? slice.released : slice.waiting);
    slice.changes.push_back(std::move(change));
    co_return Result<void>();
}

}  // namespace tillpost
