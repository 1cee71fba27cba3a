// SPDX-License-Identifier: Apache-2.0
#include "agent/capture/day_keeper.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "agent/day/calendar.hpp"
#include "agent/day/ledger_state.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

using day::DayBook;
using day::DayEvent;
using nlohmann::json;

constexpr std::uint64_t keep_every = 1'024;  // events: what a start reads again after a crash
constexpr int longest_batch = 15;            // quiet times: late events that never cease get a revision all the same
constexpr Millis try_again{60'000};
constexpr Millis longest_sleep{3'600'000};  // wall clocks are set: nothing waits for one for longer
constexpr Millis shortest_absence{1'000};
constexpr std::size_t largest_answer = 200 << 10;

std::uint64_t number_in(const json& data, const char* name) {
    const auto found = data.find(name);
    return found != data.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string text_in(const json& data, const char* name) {
    const auto found = data.find(name);
    return found != data.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// It refers to the `quarantined` event and to the event that it was; a conflict refers to another one.
bool is_released_again(std::string_view body, std::string_view quality) {
    return !body_attribute(body, "causationid").empty() && !body_attribute(body, "correlationid").empty() &&
           quality.find("conflict") == std::string_view::npos;
}

}  // namespace

DayKeeper::DayKeeper(const asio::any_io_executor& loop, Journal& journal, const Clock& clock, DaySettings settings,
                     Record record, Intake::Settings intake)
    : journal_(journal),
      clock_(clock),
      settings_(std::move(settings)),
      record_(std::move(record)),
      intake_(std::move(intake)),
      silence_(settings_, clock.now().wall),
      wake_(loop) {}

Result<void> DayKeeper::load() {
    const WallTime now = clock_.now().wall;
    auto kept = journal_.kept_days();
    if (!kept) return kept.error().with_context("read the business days");
    epoch_ = kept->epoch;
    upto_ = kept->upto;
    bool known = false;
    for (const KeptDays::Row& row : kept->rows) {
        if (row.till.empty() && row.business_date.empty()) {
            book_.restore_state(row.state);
            known = true;
        } else if (auto ledger = day::ledger_from(row.state)) {
            book_.restore(std::move(*ledger));
        } else {
            log::error("what was kept of a business day cannot be read; its certificate will say less",
                       {{"till", row.till}, {"business_date", row.business_date}});
        }
    }
    if (!known) {
        book_.began(now, day::business_date_at(now, settings_.ends_at));
        book_.end_days(day::last_ended(now, settings_.ends_at));
    }
    Intake intake(intake_);
    std::uint64_t copies = 0;
    auto read = journal_.each_behind_days([&](const HeldEvent& held) { replay(held, intake, copies); });
    if (!read) return read.error().with_context("read what came behind the business days");
    const WallTime alive = book_.alive();
    if (alive != WallTime() && now - alive >= shortest_absence) {
        book_.down(alive, now,
                   {day::business_date_at(alive, settings_.ends_at), day::business_date_at(now, settings_.ends_at)});
    }
    book_.set_alive(now);
    return {};
}

// What was reissued of a closed epoch, or released again by a person, was counted under its first number.
void DayKeeper::replay(const HeldEvent& held, Intake& intake, std::uint64_t& copies) {
    note(held.epoch, held.sequence);
    book_.set_alive(WallTime(Millis(held.recorded)));
    if (copies > 0) {
        --copies;
        return;
    }
    const auto head = body_head(held.body);
    if (!head) return;
    if (head->type == "quarantined") {
        return book_.quarantined(day::business_date_at(WallTime(Millis(held.recorded)), settings_.ends_at));
    }
    if (head->type == "reissued" || head->type == "day_certificate") {
        const json data = json::parse(head->data, nullptr, false);
        if (!data.is_object()) return;
        if (head->type == "reissued" && text_in(data, "cause") != "salvage") copies = number_in(data, "count");
        if (head->type == "reissued") return;
        return book_.certified(text_in(data, "till"), text_in(data, "business_date"),
                               static_cast<std::uint32_t>(number_in(data, "revision")));
    }
    if (is_released_again(held.body, head->quality)) return;
    auto parsed = intake.parse(head->data);
    const Event* const event = std::get_if<Event>(&parsed);
    if (event == nullptr || event->type != head->type || !event->day) return;
    DayEvent taken{event->type,
                   event->mode,
                   head->subject,
                   head->quality,
                   head->late,
                   !event->corrects.empty(),
                   event_id(held.epoch, held.sequence),
                   event->day.get()};
    (void)book_.take(taken);
}

void DayKeeper::note(Epoch epoch, Sequence sequence) {
    if (epoch == epoch_ && sequence <= upto_) return;
    epoch_ = epoch;
    upto_ = sequence;
}

void DayKeeper::recorded(const Event& event, const Recorded& place) {
    note(place.epoch, place.sequence);
    ++unkept_;
    if (event.day) {
        DayEvent taken{event.type,
                       event.mode,
                       event.subject,
                       place.quality,
                       event.late,
                       !event.corrects.empty(),
                       event_id(place.epoch, place.sequence),
                       event.day.get()};
        if (!book_.take(taken)) {
            log::warn("an event is too late for its day's certificate, which is sealed",
                      {{"event", taken.id}, {"till", event.day->till}, {"business_date", event.day->business_date}});
        }
        if (event.late) {
            last_late_ = std::chrono::steady_clock::now();
            if (!first_late_) first_late_ = last_late_;
            wake_.notify();
        }
        if (event.type == "till_close") issue(book_.closed(), "till_close");
    }
    if (unkept_ >= keep_every) keep();
}

void DayKeeper::quarantined(const Recorded& place) {
    note(place.epoch, place.sequence);
    book_.quarantined(day::business_date_at(clock_.now().wall, settings_.ends_at));
}

std::shared_ptr<const KeptDays> DayKeeper::changes() {
    auto kept = std::make_shared<KeptDays>();
    kept->epoch = epoch_;
    kept->upto = upto_;
    book_.set_alive(clock_.now().wall);
    kept->rows.push_back({"", "", book_.state()});
    for (const auto& [key, ledger] : book_.take_changes()) {
        kept->rows.push_back({key.first, key.second, ledger == nullptr ? std::string() : day::state_of(*ledger)});
    }
    unkept_ = 0;
    return kept;
}

void DayKeeper::keep() {
    const auto kept = changes();
    journal_.keep_days(*kept, [this, kept](const Result<void>& done) {
        if (done) return;
        for (const KeptDays::Row& row : kept->rows) {
            if (!row.till.empty()) book_.changed_again({row.till, row.business_date});
        }
    });
}

void DayKeeper::issue(const std::vector<DayBook::Due>& all, std::string_view cause) {
    for (const DayBook::Due& due : all) issue_one(due, cause);
}

void DayKeeper::issue_one(const DayBook::Due& due, std::string_view cause) {
    const auto& [till, date] = due.key;
    const day::DayLedger* const ledger = book_.find(till, date);
    if (ledger == nullptr) return;
    const std::uint32_t revision = ledger->revision + 1;
    Event event;
    event.type = "day_certificate";
    event.business_date = date;
    event.causation = due.caused_by;
    event.data = day::certificate(*ledger, revision, book_.circumstances(*ledger, cause));
    book_.certified(till, date, revision);
    auto kept = changes();
    record_(std::move(event), kept, [this, kept, key = due.key](bool durable) {
        if (durable) return;
        book_.uncertified(key.first, key.second);
        for (const KeptDays::Row& row : kept->rows) {
            if (!row.till.empty()) book_.changed_again({row.till, row.business_date});
        }
        again_at_ = std::chrono::steady_clock::now() + try_again;
        wake_.notify();
    });
}

void DayKeeper::heard(const std::string& device, const Event& event) {
    if (device != settings_.feed) return;
    silence_.heard(event.day ? event.day->till : std::string(), clock_.now().wall);
}

void DayKeeper::tell_silence() {
    for (const auto& silent : silence_.silent(clock_.now().wall)) {
        json data{{"device", settings_.feed}, {"since", rfc3339(silent.since)}};
        if (!silent.till.empty()) data["till"] = silent.till;
        log::warn("nothing comes from the feed, within its trading hours",
                  {{"feed", settings_.feed}, {"till", silent.till}, {"since", rfc3339(silent.since)}});
        Event event;
        event.type = "silence";
        event.data = data.dump(-1, ' ', false, json::error_handler_t::replace);
        record_(std::move(event), nullptr, {});
    }
}

void DayKeeper::look() {
    tell_silence();
    const SteadyTime now = std::chrono::steady_clock::now();
    if (again_at_ && now < *again_at_) return;
    again_at_.reset();
    book_.end_days(day::last_ended(clock_.now().wall, settings_.ends_at));
    issue(book_.ended(), "day_end");
    const bool quiet =
        !last_late_ || now >= *last_late_ + settings_.quiet || now >= *first_late_ + longest_batch * settings_.quiet;
    if (!quiet) return;
    first_late_.reset();
    last_late_.reset();
    issue(book_.late(), "late");
}

SteadyTime DayKeeper::next_look() const {
    const SteadyTime now = std::chrono::steady_clock::now();
    const WallTime wall = clock_.now().wall;
    const Millis until_end = next_local(wall, settings_.ends_at) - wall + Millis(1);
    SteadyTime next = now + std::min(until_end, longest_sleep);
    if (const auto asked = silence_.next(wall)) next = std::min(next, now + std::max(*asked - wall, Millis(1)));
    if (last_late_) {
        const SteadyTime quiet = *last_late_ + settings_.quiet;
        next = std::min({next, quiet, SteadyTime(*first_late_ + longest_batch * settings_.quiet)});
    }
    return again_at_ ? std::min(next, *again_at_) : next;
}

asio::awaitable<void> DayKeeper::run() {
    last_late_ = first_late_ = std::chrono::steady_clock::now();  // of late ones before the start, others may come now
    issue(book_.closed(), "till_close");
    for (;;) {
        look();
        co_await wake_.wait_until(next_look());
    }
}

std::string DayKeeper::answer(const std::string& date, const std::string& till) const {
    const std::string of = date.empty() ? book_.newest() : date;
    std::string list;
    std::uint64_t left_out = 0;
    for (const auto& [key, ledger] : book_.ledgers()) {
        if (key.second != of || (!till.empty() && key.first != till)) continue;
        const std::string one =
            day::certificate(ledger, ledger.revision, book_.circumstances(ledger, ledger.dirty ? "open" : "certified"));
        if (list.size() + one.size() > largest_answer) {
            ++left_out;
            continue;
        }
        list.append(list.empty() ? "" : ",").append(one);
    }
    return "{\"day\":{\"business_date\":" + json(of).dump(-1, ' ', true, json::error_handler_t::replace) +
           ",\"left_out\":" + std::to_string(left_out) + ",\"tills\":[" + list + "]}}";
}

}  // namespace tillpost
