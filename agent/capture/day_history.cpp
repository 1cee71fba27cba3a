// SPDX-License-Identifier: Apache-2.0
#include "agent/capture/day_history.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/day/calendar.hpp"
#include "agent/day/ledger_state.hpp"
#include "agent/event/day_facts.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/till_text.hpp"
#include "agent/journal/position.hpp"
#include "agent/wire/line.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

using day::DayEvent;
using nlohmann::json;

/// The row beside the book's that has the coverage.
constexpr const char* coverage_row = "coverage";
constexpr std::uint64_t longest_wait = std::uint64_t{100} * 366 * 86'400'000;  // ms
constexpr std::array<std::string_view, 6> own_types{"clock_step", "corrected",   "day_certificate",
                                                    "discarded",  "quarantined", "released"};

std::uint64_t number_in(const json& data, const char* name) {
    const auto found = data.is_object() ? data.find(name) : data.end();
    return found != data.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string text_in(const json& data, const char* name) {
    const auto found = data.is_object() ? data.find(name) : data.end();
    return found != data.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// A salvage knows no other event than that one.
BearsOn bears_on(const Event& event, const HeldEvent& held) {
    if (held.bears_on) return held.bears_on(event);
    const bool corrects = !event.corrects.empty() && event.corrects_kind != "supplement";
    if (!corrects && event.day->voids.empty()) return {};
    auto unknown = std::make_shared<const Original>(Original{corrects ? event.corrects : event.day->voids, ""});
    if (event.maps_again.empty()) return {std::move(unknown), {}};
    return event.corrects_kind == "replace" ? BearsOn{{}, std::move(unknown)} : BearsOn();
}

WallTime time_of(const HeldEvent& held) { return WallTime(Millis(held.recorded)); }

}  // namespace

void DayHistory::restore(const KeptDays& kept, WallTime now) {
    epoch_ = kept.epoch;
    upto_ = kept.upto;
    kept_position_ = position_at(kept.ordinal, kept.upto);
    bool known = false;
    coverage.begin(now);
    for (const KeptDays::Row& row : kept.rows) {
        if (row.till.empty() && row.business_date == coverage_row) {
            coverage.restore(row.state, now);
        } else if (row.till.empty() && row.business_date.empty()) {
            book.restore_state(row.state);
            known = true;
        } else if (auto ledger = day::ledger_from(row.state)) {
            book.restore(std::move(*ledger));
        } else {
            log::error("what was kept of a business day cannot be read; its certificate will say less",
                       {{"till", row.till}, {"business_date", row.business_date}});
        }
    }
    book.link_places();
    if (known) return;
    book.began(now, day::business_date_at(now, settings_.ends_at));
    book.end_days(day::last_ended(now, settings_.ends_at));
}

/// Whether it was counted in what was kept: the rows are behind that, but forks have moved some of them there.
bool DayHistory::is_counted(const HeldEvent& held) const { return held.first <= kept_position_; }

void DayHistory::replay(const HeldEvent& held) {
    note(held.epoch, held.sequence);
    if (!held.from_salvage) {
        book.set_alive(time_of(held));
        set_today(time_of(held), body_attribute(held.body, "clock") == "synced");
    }
    if (!is_counted(held) && !held.counted) (void)take(held, held.from_salvage);
}

bool DayHistory::salvaged(const HeldEvent& held) {
    note(held.epoch, held.sequence);
    return !held.counted && take(held, true);
}

bool DayHistory::take(const HeldEvent& held, bool is_salvaged) {
    const auto head = body_head(held.body);
    if (!head) return false;
    if (head->type == "reissued") return false;
    if (std::find(own_types.begin(), own_types.end(), head->type) != own_types.end()) {
        take_own(*head, held, is_salvaged);
        return true;
    }
    auto parsed = intake_.parse(head->data);
    Event* const event = std::get_if<Event>(&parsed);
    if (event == nullptr || event->type != head->type) return false;
    event->corrects = body_attribute(held.body, "corrects");
    event->corrects_kind = body_attribute(held.body, "correctskind");
    event->maps_again = body_attribute(held.body, "mapsagain");
    const bool corrects = !event->corrects.empty();
    const bool from_feed =
        body_attribute(held.body, "entry") == "pos" && body_attribute(held.body, "causationid").empty() && !corrects;
    if (from_feed && !is_salvaged) coverage.heard(event->day ? event->day->till_key : std::string(), time_of(held));
    if (!event->day) return false;
    event->late = head->late || (is_salvaged && book.is_late(*event->day));
    event->subject = head->subject;
    (void)take(*event, head->quality, event_id(held.epoch, held.sequence), bears_on(*event, held));
    return true;
}

bool DayHistory::take(const Event& event, std::string_view quality, std::string id, const BearsOn& on) {
    DayEvent taken;
    taken.type = event.type;
    taken.mode = event.mode;
    taken.subject = event.subject;
    taken.quality = quality;
    taken.late = event.late;
    taken.corrects = !event.corrects.empty();
    taken.replaces = event.corrects_kind == "replace";
    taken.id = std::move(id);
    taken.maps_again = event.maps_again;
    taken.facts = event.day.get();
    const auto original = read_original(on.original.get());
    const auto before = read_original(on.before.get());
    taken.original = original ? &*original : nullptr;
    taken.before = before ? &*before : nullptr;
    return book.take(taken);
}

std::optional<day::DayOriginal> DayHistory::read_original(const Original* original) {
    if (original == nullptr) return std::nullopt;
    day::DayOriginal read;
    read.id = original->id;
    read.former = original->former;
    const auto head = body_head(original->body);
    auto parsed = head ? intake_.parse(head->data) : std::variant<Event, Rejection>(Rejection());
    const Event* const event = std::get_if<Event>(&parsed);
    if (event == nullptr || event->type != head->type) return read;
    read.type = event->type;
    // A record that is mapped again is the same record: only what it says itself makes it a correction.
    const bool says_anew = !body_attribute(original->body, "mapsagain").empty();
    read.is_summed = day::is_summed(event->mode);
    read.is_correction =
        !event->corrects.empty() || (!says_anew && !body_attribute(original->body, "corrects").empty());
    read.is_supplement = body_attribute(original->body, "correctskind") == "supplement";
    read.facts = event->day;
    return read;
}

void DayHistory::take_own(const BodyHead& head, const HeldEvent& held, bool is_salvaged) {
    const json data = json::parse(head.data, nullptr, false);
    if (head.type == "clock_step") {
        if (!is_salvaged) take_clock_step(head.data, time_of(held));
        return;
    }
    if (head.type == "quarantined") {
        // Whether its record waits, the journal knows.
        if (text_in(data, "device") == settings_.feed && !is_salvaged) coverage.heard("", time_of(held));
        return;
    }
    const std::string till = till_text(text_in(data, "store"), text_in(data, "till"));
    const std::string date = text_in(data, "business_date");
    if (head.type != "day_certificate") return take_decision(head.type, data, held);
    const auto counts = data.find("counts");
    const auto complete = data.find("complete");
    book.certified(till, date,
                   {static_cast<std::uint32_t>(number_in(data, "revision")),
                    counts == data.end() ? 0 : number_in(*counts, "quarantined"), text_in(data, "cause"), time_of(held),
                    complete != data.end() && complete->is_boolean() && complete->get<bool>()});
    // It was of another journal, which may have known more or less: the next revision speaks of both.
    if (is_salvaged) book.uncertified({{till, date}, day::DayBook::Want::late});
}

/// Of a record that became no event; one that did counts as that, and former releases do not say which it is.
void DayHistory::take_decision(std::string_view word, const json& data, const HeldEvent& held) {
    if (!data.contains("waited_ms")) return;
    const Millis waited(static_cast<std::int64_t>(std::min(number_in(data, "waited_ms"), longest_wait)));
    book.decided(text_in(data, "record"),
                 held_record({text_in(data, "till"), text_in(data, "store"), text_in(data, "business_date"),
                              text_in(data, "number")},
                             time_of(held) - waited),
                 word == "discarded");
}

std::string DayHistory::till_of(const std::string& named, const std::string& store) const {
    if (named.empty()) return {};
    const Value said(Value::Kind::text, store);
    return till_text(keys_ && !store.empty() ? keys_->other_store(said) : std::string_view(), named);
}

day::HeldRecord DayHistory::held_record(Said said, WallTime recorded) const {
    return {till_of(said.till, said.store), std::move(said.business_date), std::move(said.number),
            day::business_date_at(recorded, settings_.ends_at)};
}

void DayHistory::tell_today(WallTime now, bool sure) {
    set_today(now, sure);
    if (sure) book.began_by(day::business_date_at(now, settings_.ends_at));
}

void DayHistory::set_today(WallTime now, bool sure) {
    const auto minute = std::chrono::floor<std::chrono::minutes>(now);
    if (minute == told_minute_ && sure == told_sure_) return;
    told_minute_ = minute;
    told_sure_ = sure;
    book.set_today(day::business_date_at(now, settings_.ends_at), sure);
}

void DayHistory::take_clock_step(std::string_view text, WallTime recorded) {
    const json data = json::parse(text, nullptr, false);
    const auto step = data.is_object() ? data.find("step_ms") : data.end();
    if (step == data.end() || !step->is_number_integer()) return;
    const Millis by(step->get<std::int64_t>());
    if (by >= jump_that_counts || -by >= jump_that_counts) clock_set(recorded - by, recorded);
}

void DayHistory::clock_set(WallTime from, WallTime to) {
    coverage.clock_set(from, to);
    if (to < from) book.clock_set_back(to, day::last_ended(to, settings_.ends_at));
}

void DayHistory::note(Epoch epoch, Sequence sequence) {
    if (epoch == epoch_ && sequence <= upto_) return;
    epoch_ = epoch;
    upto_ = sequence;
}

std::shared_ptr<KeptDays> DayHistory::changes() {
    auto kept = std::make_shared<KeptDays>();
    kept->epoch = epoch_;
    kept->upto = upto_;
    kept->rows.push_back({"", "", book.state()});
    kept->rows.push_back({"", coverage_row, coverage.state()});
    for (const auto& [key, ledger] : book.take_changes()) {
        kept->rows.push_back({key.first, key.second, ledger == nullptr ? std::string() : day::state_of(*ledger)});
    }
    return kept;
}

}  // namespace tillpost
