// SPDX-License-Identifier: Apache-2.0
#include "agent/capture/day_keeper.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/day/calendar.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

using day::DayBook;
using nlohmann::json;

constexpr std::uint64_t keep_every = 1'024;          // events: what a start reads again after a crash …
constexpr std::uint64_t keep_every_bytes = 8 << 20;  // … and their bodies
constexpr int longest_batch = 15;  // quiet times: late events that never cease get a revision all the same
constexpr Millis pause_after_failure{60'000};
constexpr Millis sign_of_life{600'000};     // within trading hours: what a start cannot tell from an absence
constexpr Millis longest_sleep{3'600'000};  // wall clocks are set: nothing waits for one for longer
constexpr Millis shortest_absence{1'000};
constexpr std::size_t largest_answer = 200 << 10;

Millis wall_to_boot(const Timestamp& time) { return time.wall.time_since_epoch() - time.since_boot; }

}  // namespace

DayKeeper::DayKeeper(const asio::any_io_executor& loop, Journal& journal, const Clock& clock, DaySettings settings,
                     Record record, Intake::Settings intake)
    : journal_(journal),
      clock_(clock),
      settings_(std::move(settings)),
      record_(std::move(record)),
      history_(settings_, std::move(intake)),
      silence_(settings_, clock.now().wall),
      wall_to_boot_(wall_to_boot(clock.now())),
      wake_(loop) {}

Result<void> DayKeeper::load() {
    const WallTime now = clock_.now().wall;
    const auto kept = journal_.kept_days();
    if (!kept) return kept.error().with_context("read the business days");
    is_new_ = kept->rows.empty();
    history_.restore(*kept, now);
    auto read = journal_.each_behind_days([this](const HeldEvent& held) {
        history_.replay(held);
        ++unkept_;
        unkept_bytes_ += held.body.size();
    });
    if (!read) return read.error().with_context("read what came behind the business days");
    tell_today();
    const auto more = journal_.each_waiting_record(
        DayBook::most_held, [this](const QuarantineRecord& record) { book_.hold(record.id, held_record(record)); });
    if (!more) return more.error().with_context("read what waits in quarantine");
    book_.crowd(*more);
    note_absence(now);
    const auto unsealed = journal_.unsealed_since();
    ended_ = unsealed && *unsealed < day::begin_of(day::business_date_at(now, settings_.ends_at), settings_.ends_at);
    return {};
}

void DayKeeper::note_absence(WallTime now) {
    const WallTime alive = book_.alive();
    if (alive != WallTime() && now - alive >= shortest_absence) {
        book_.down({alive, now, day::business_date_at(alive, settings_.ends_at),
                    day::business_date_at(now, settings_.ends_at)});
        coverage_.away(alive, now);
    }
    if (alive - now >= DayHistory::jump_that_counts) history_.clock_set(alive, now);
    coverage_.connected(false, now);
    book_.set_alive(now);
}

/// A start reads it again until the days are kept with it.
void DayKeeper::note(const Recorded& place) {
    history_.note(place.epoch, place.sequence);
    ++unkept_;
    unkept_bytes_ += place.bytes;
}

void DayKeeper::keep_if_due() {
    if (unkept_ >= keep_every || unkept_bytes_ >= keep_every_bytes) keep();
}

void DayKeeper::recorded(const Event& event, const Recorded& place) {
    note(place);
    sign_of_life_ = std::chrono::steady_clock::now();
    tell_today();
    if (event.day) {
        const std::string id = event_id(place.epoch, place.sequence);
        if (!history_.take(event, place.quality, id, place.bears_on)) warn_of_no_day(event, id);
        const day::DayLedger* const day_of = book_.find(event.day->till_key, event.day->business_date);
        const bool changes_others = place.bears_on.original || place.bears_on.before;
        if (event.late || changes_others || (day_of != nullptr && day_of->is_behind())) late_now();
        if (event.type == "till_close") issue(book_.closed(), "till_close");
    }
    keep_if_due();
}

/// A POS sends as many as it likes.
void DayKeeper::warn_of_no_day(const Event& event, const std::string& id) {
    auto line = [id, till = event.day->till, date = event.day->business_date](std::uint64_t times) {
        log::warn(
            "an event is in no business day: its day's certificate is sealed, nobody can believe its date, or there "
            "are more days than fit",
            {{"event", id},
             {"till", till},
             {"business_date", date},
             {"times", times},
             {"what_to_do", "see `tillpost status` and `tillpost day`"}});
    };
    no_day_limit_.say(std::chrono::steady_clock::now(), std::move(line));
}

/// A quiet time later, and at the latest after some of them, what has changed is certified.
void DayKeeper::late_now() {
    last_late_ = std::chrono::steady_clock::now();
    if (!first_late_) first_late_ = last_late_;
    wake_.notify();
}

void DayKeeper::quarantined(const Event& event, const Recorded& place) {
    note(place);
    tell_today();
    const DayFacts none;
    const DayFacts& facts = event.day ? *event.day : none;
    book_.hold(place.quarantine_id,
               history_.held_record({facts.till, facts.store, facts.business_date, facts.number}, clock_.now().wall));
    late_now();
    keep_if_due();
}

day::HeldRecord DayKeeper::held_record(const QuarantineRecord& record) const {
    return history_.held_record({record.till, record.store, record.business_date, record.number},
                                WallTime(Millis(record.recorded)));
}

void DayKeeper::waits(const QuarantineRecord& record) {
    book_.hold(record.id, held_record(record));
    late_now();
}

void DayKeeper::decided(const QuarantineRecord& record, bool discarded, const Recorded& told) {
    note(told);
    tell_today();
    if (record.was_event) return keep_if_due();
    const day::HeldRecord held = held_record(record);
    book_.decided(record.id, held, discarded);
    keep_if_due();
    // The last one of its day is certified at once: whoever has decided wants to see the day complete.
    if (book_.others_wait(held)) return late_now();
    issue(book_.late(), "late");
}

/// Salvage has brought it: it counts at once, and in the next revision of its day.
void DayKeeper::salvaged(const HeldEvent& held) {
    const bool counts = history_.salvaged(held);
    if (!counts && !held.counted) return;
    if (counts) late_now();
    ++unkept_;
    if (unkept_ >= keep_every) keep();
}

std::shared_ptr<const KeptDays> DayKeeper::changes() {
    book_.set_alive(clock_.now().wall);
    unkept_ = 0;
    unkept_bytes_ = 0;
    sign_of_life_ = std::chrono::steady_clock::now();
    return history_.changes();
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

void DayKeeper::record(Event event, std::shared_ptr<const KeptDays> kept, std::function<void(bool)> done) {
    ++recording_;
    record_(std::move(event), std::move(kept), [this, done = std::move(done)](bool durable) {
        --recording_;
        if (done) done(durable);
        tell_ended();
    });
}

/// [audit-1] Behind the certificates of the days that have ended.
void DayKeeper::tell_ended() {
    if (!ended_ || recording_ > 0) return;
    ended_ = false;
    if (on_ended_) on_ended_();
}

void DayKeeper::issue(const std::vector<DayBook::Due>& all, std::string_view cause) {
    for (const DayBook::Due& due : all) issue_one(due, cause);
}

void DayKeeper::issue_one(const DayBook::Due& due, std::string_view cause) {
    const auto& [till, date] = due.key;
    const day::DayLedger* const ledger = book_.find(till, date);
    if (ledger == nullptr) return;
    if (cause == "till_close" && date > coverage_.told_upto()) record_coverage(listed(till), date, cause);
    const std::uint32_t revision = ledger->revision + 1;
    Event event;
    event.type = "day_certificate";
    event.business_date = date;
    event.causation = due.caused_by;
    const day::Circumstances now = circumstances(*ledger, cause);
    event.data = day::certificate(*ledger, revision, now);
    const bool complete = day::reasons(*ledger, now).empty();
    book_.certified(till, date, {revision, now.quarantined, std::string(cause), clock_.now().wall, complete});
    auto kept = changes();
    record(std::move(event), kept, [this, kept, due](bool durable) {
        if (durable) return;
        book_.uncertified(due);
        for (const KeptDays::Row& row : kept->rows) {
            if (!row.till.empty()) book_.changed_again({row.till, row.business_date});
        }
        try_again();
    });
}

void DayKeeper::try_again() {
    again_at_ = std::chrono::steady_clock::now() + pause_after_failure;
    wake_.notify();
}

/// By the clock dates are believed or not; whether it is synchronised is asked once a minute.
void DayKeeper::tell_today() {
    if (history_.has_told(clock_.wall())) return;
    const Timestamp now = clock_.now();
    history_.tell_today(now.wall, now.synced);
}

void DayKeeper::look() {
    history_.tell_today(note_clock(), clock_.now().synced);
    tell_silence();
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now >= next_sign_of_life()) keep();
    if (again_at_ && now < *again_at_) return;
    again_at_.reset();
    tell_coverage();
    const std::string before = book_.ended_upto();
    book_.end_days(day::last_ended(clock_.now().wall, settings_.ends_at));
    ended_ = ended_ || book_.ended_upto() > before;
    issue(book_.ended(), "day_end");
    tell_ended();
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
    const Millis until_end = day::next_end(wall, settings_.ends_at) - wall + Millis(1);
    SteadyTime next = std::min(now + std::min(until_end, longest_sleep), next_sign_of_life());
    if (silence_due_) next = std::min(next, now + std::max(*silence_due_ - wall, Millis(1)));
    if (last_late_) {
        const SteadyTime quiet = *last_late_ + settings_.quiet;
        next = std::min({next, quiet, SteadyTime(*first_late_ + longest_batch * settings_.quiet)});
    }
    return again_at_ ? std::min(next, *again_at_) : next;
}

/// None is due outside the trading hours, nor while events are one.
SteadyTime DayKeeper::next_sign_of_life() const {
    const WallTime wall = clock_.now().wall;
    const auto trading = day::trading_at(wall, settings_.hours);
    return trading && wall >= trading->from ? sign_of_life_ + sign_of_life : SteadyTime::max();
}

/// What was late before the start has waited for its quiet minute by now: the first look certifies it.
asio::awaitable<void> DayKeeper::run() {
    issue(book_.closed(), "till_close");
    if (is_new_) keep();  // since when the agent has been there cannot be read from the events
    keep_if_due();        // what was read again now is not to be at the next start
    for (;;) {
        look();
        co_await wake_.wait_until(next_look());
    }
}

namespace {

std::string text_of(const json& value) { return value.dump(-1, ' ', true, json::error_handler_t::replace); }

void add_beyond(const DayBook::Beyond& beyond, const char* why, json& list) {
    for (const auto& [key, events] : beyond.named) {
        const TillOfStore of = till_from_text(key.first);
        json each{{"till", of.till}, {"business_date", key.second}, {"events", events}, {"why", why}};
        if (!of.store.empty()) each["store"] = of.store;
        list.push_back(std::move(each));
    }
}

}  // namespace

std::string days_named(const DayBook::Beyond& beyond) {
    std::string text;
    std::uint64_t events = 0;
    for (const auto& [key, count] : beyond.named) {
        const TillOfStore of = till_from_text(key.first);
        text.append(text.empty() ? "till " : ", till ").append(of.till);
        if (!of.store.empty()) text.append(" of store ").append(of.store);
        text.append(" on ").append(key.second);
        events += count;
    }
    return events < beyond.events ? text + " and others" : text;
}

std::string DayKeeper::answer(const std::string& date, const std::string& till) const {
    // A POS may have sent something of a day to come: nobody who names no date means that one.
    const Timestamp asked = clock_.now();
    const std::string today = day::business_date_at(asked.wall, settings_.ends_at);
    std::string of = date.empty() ? book_.newest(today, till) : date;
    // A clock that nobody has set may be far behind.
    if (of.empty() && !asked.synced) of = book_.newest("~", till);
    if (of.empty() && !(settings_.tills.empty() && book_.ledgers().empty())) of = today;
    std::string list;
    std::uint64_t left_out = 0;
    for (const auto& [key, ledger] : book_.ledgers()) {
        if (key.second != of || (!till.empty() && ledger.till != till)) continue;
        day::Circumstances now = circumstances(ledger, ledger.cause);
        now.asked = true;
        const std::string one = day::certificate(ledger, ledger.revision, now);
        if (list.size() + one.size() > largest_answer) {
            ++left_out;
            continue;
        }
        list.append(list.empty() ? "" : ",").append(one);
    }
    json beyond = json::array();
    add_beyond(book_.unbelieved(), "unbelievable_date", beyond);
    add_beyond(book_.crowded_out(), "too_many", beyond);
    const std::uint64_t events = book_.unbelieved().events + book_.crowded_out().events;
    return "{\"day\":{\"business_date\":" + text_of(of) + ",\"left_out\":" + std::to_string(left_out) + ",\"tills\":[" +
           list + "],\"unreported\":" + text_of(json(unreported(of, till))) + ",\"coverage\":[" +
           coverage_answer(of, till) + "],\"beyond\":" + text_of(beyond) +
           ",\"beyond_events\":" + std::to_string(events) + "}}";
}

}  // namespace tillpost
