// SPDX-License-Identifier: Apache-2.0
// When the feed was heard: silence at once, coverage at a closing and at the day's end.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/capture/day_keeper.hpp"
#include "agent/day/calendar.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

constexpr std::size_t largest_coverage = 100 << 10;  // bytes, in the answer to `tillpost day`

}  // namespace

/// The wall time now; if the clock was set meanwhile, whoever compares wall times hears of it, and what is due by the
/// new one is looked at now, also where no timer tells of a clock that is set.
WallTime DayKeeper::note_clock() {
    const Timestamp now = clock_.now();
    const Millis wall_to_boot = now.wall.time_since_epoch() - now.since_boot;
    const Millis by = wall_to_boot - std::exchange(wall_to_boot_, wall_to_boot);
    if (by < DayHistory::jump_that_counts && -by < DayHistory::jump_that_counts) return now.wall;
    silence_.clock_set(by);
    history_.clock_set(now.wall - by, now.wall);
    if (by < Millis(0)) keep();  // what was kept meanwhile has the agent alive later than now
    wake_.notify();
    return now.wall;
}

void DayKeeper::heard(const std::string& device, const Event& event) {
    if (device != settings_.feed) return;
    const WallTime now = note_clock();
    std::string till = event.day ? event.day->till_key : std::string();
    // Of what is held back no more is known than what it names.
    if (event.day && till.empty()) till = history_.till_of(event.day->till, event.day->store);
    silence_.heard(till, now);
    coverage_.heard(till, now);
    // Behind a silence the next one is due, and who stays silent beside a feed that speaks again. Any other record only
    // puts off what is waited for.
    if (told_silent_.erase("") + told_silent_.erase(till) > 0) wake_.notify();
}

void DayKeeper::connected(const std::string& device, bool any) {
    if (device == settings_.feed) coverage_.connected(any, note_clock());
}

std::vector<std::string> DayKeeper::tills_heard() const {
    const std::string today = day::business_date_at(clock_.wall(), settings_.ends_at);
    const std::string since = day::date_after(today, -day::Coverage::most_days);
    std::vector<std::string> tills;
    for (const auto& [key, ledger] : book_.ledgers()) {  // by till
        if (!ledger.store.empty()) continue;
        if (key.second > since && (tills.empty() || tills.back() != key.first)) tills.push_back(key.first);
    }
    return tills;
}

void DayKeeper::tell_silence() {
    const WallTime now = clock_.now().wall;
    silence_due_ = silence_.next(now);  // by the same time: what becomes due meanwhile is not passed over
    for (const auto& silent : silence_.silent(now)) {
        json data{{"device", settings_.feed}, {"since", rfc3339(silent.since)}};
        if (!silent.till.empty()) data["till"] = silent.till;
        told_silent_.insert(silent.till);
        log::warn("nothing comes from the feed, within its trading hours",
                  {{"feed", settings_.feed}, {"till", silent.till}, {"since", rfc3339(silent.since)}});
        Event event;
        event.type = "silence";
        event.data = data.dump(-1, ' ', false, json::error_handler_t::replace);
        record(std::move(event), nullptr, {});
    }
}

/// Of days that are over. One that could not be recorded is told again, which does no harm: the newest one counts.
void DayKeeper::tell_coverage() {
    for (const std::string& date : coverage_.due(clock_.now().wall)) {
        const auto recorded = [this, before = coverage_.told_upto()](bool durable) {
            if (durable) return;
            coverage_.untold(before);
            try_again();
        };
        coverage_.told(date);
        if (coverage_.of("", date, clock_.now().wall).hours.empty()) continue;
        for (const std::string& till : coverage_.listed()) {
            if (!till.empty()) record_coverage(till, date, "day_end", nullptr, recorded);
        }
        record_coverage("", date, "day_end", changes(), recorded);
    }
}

void DayKeeper::record_coverage(const std::string& till, const std::string& date, std::string_view cause,
                                std::shared_ptr<const KeptDays> kept, std::function<void(bool)> done) {
    const day::CoverageOfDay coverage = coverage_.of(till, date, clock_.now().wall);
    if (coverage.hours.empty()) return;
    Event event;
    event.type = "coverage";
    event.business_date = date;
    event.data = day::coverage_data(settings_.feed, till, date, cause, coverage);
    record(std::move(event), std::move(kept), std::move(done));
}

day::Circumstances DayKeeper::circumstances(const day::DayLedger& ledger, std::string_view cause) const {
    day::Circumstances all = book_.circumstances(ledger, cause);
    const auto coverage =
        coverage_.of(ledger.store.empty() ? listed(ledger.till) : "", ledger.business_date, clock_.now().wall);
    for (const day::HeardSpan& span : coverage.spans) {
        const bool known = span.what != day::Heard::heard && span.what != day::Heard::unknown;
        const bool says = known && span.to - span.from >= day::shortest_not_heard;
        if (says && all.not_heard.size() < day::most_not_heard) all.not_heard.push_back(span);
    }
    return all;
}

/// Tills that the configuration names, and of which nothing came, while trading hours of that date have begun.
std::vector<std::string> DayKeeper::unreported(const std::string& date, const std::string& till) const {
    std::vector<std::string> tills;
    for (const std::string& each : coverage_.listed()) {
        if (each.empty() || (!till.empty() && each != till) || book_.find(each, date) != nullptr) continue;
        const auto coverage = coverage_.of(each, date, clock_.now().wall);
        if (!coverage.hours.empty() && coverage.upto > coverage.hours.front().from) tills.push_back(each);
    }
    return tills;
}

std::string DayKeeper::coverage_answer(const std::string& date, const std::string& till) const {
    std::string list;
    for (const std::string& each : coverage_.listed()) {
        if (!till.empty() && each != listed(till)) continue;
        const auto coverage = coverage_.of(each, date, clock_.now().wall);
        if (coverage.hours.empty() || coverage.upto <= coverage.hours.front().from) continue;
        const std::string one = day::coverage_data(settings_.feed, each, date, "asked", coverage);
        if (list.size() + one.size() > largest_coverage) break;
        list.append(list.empty() ? "" : ",").append(one);
    }
    return list;
}

}  // namespace tillpost
