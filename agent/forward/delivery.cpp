// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/delivery.hpp"

#include <algorithm>
#include <utility>

namespace tillpost {
namespace {

constexpr std::size_t most_ranges = 1024;  // that requests of central may cut what was sent into
constexpr std::chrono::seconds grant_lasts{60};
constexpr std::chrono::seconds between_calls{2};

}  // namespace

Delivery::Delivery(const DeliverySettings& settings, Random random)
    : settings_(settings),
      random_(std::move(random)),
      edge_(settings.live_for),
      window_(settings),
      probe_(settings.first_retry, settings.longest_retry),
      refusals_(settings.first_retry, settings.longest_retry),
      elsewhere_(settings.other_brokers),
      doubt_(settings) {}

void Delivery::journal_has(const EpochSummary& live, SteadyTime now) {
    if (live.epoch != live_.epoch) return another_epoch(live, now);
    live_ = live;
    edge_.has(live_.last, now);
    if (live_.confirmed > 0) cover({1, live_.confirmed});
}

// A fork: the new epoch's events are new to central, and what is under way is the old one's.
void Delivery::another_epoch(const EpochSummary& live, SteadyTime now) {
    live_ = live;
    size_.forget();
    edge_.start(live_.last);
    sent_.clear();
    covered_.clear();
    again_.clear();
    outstanding_.clear();
    seen_confirmed_ = live_.confirmed;
    seen_also_ = 0;
    progress_at_ = now;
    if (by_central() && probe_.mode() != Mode::offline) probe_.greet(now);
}

void Delivery::connected(std::uint32_t receive_maximum, std::uint32_t largest_packet, SteadyTime now) {
    window_.connected(receive_maximum, largest_packet);
    probe_.connected(by_central(), now);
    if (settings_.other_brokers) elsewhere_.connected(random_());
    share_.reset();
    progress_at_ = now;
    idle_hello_ = now + settings_.idle_hello;
    paused_until_ = now;
    unsend_uncovered({});
}

bool Delivery::called(SteadyTime now) {
    if (!by_central() || probe_.mode() == Mode::offline) return false;
    sent_before_ = last_sent_;
    if (now < deaf_until_) {
        call_due_ = deaf_until_;
        return false;
    }
    deaf_until_ = now + between_calls;
    greet(now);
    return true;
}

void Delivery::greet(SteadyTime at) {
    sent_before_ = last_sent_;
    probe_.greet(at);
}

void Delivery::disconnected() {
    call_due_ = SteadyTime::max();  // whoever it is that is there at the next connection is asked anyhow
    probe_.disconnected();
    window_.disconnected();
    again_.disconnected();
    unsend_uncovered({});
}

SteadyTime Delivery::progress_deadline() const {
    if (!by_central()) return SteadyTime::max();
    // A receiver that was restored from a backup has no hello to answer: a closed till must ask by itself now and then,
    // or its last day stays missing there until it sells again (found by tests/model).
    if (outstanding_.load().events == 0) return idle_hello_;
    // A slow line with much on its way is not a dead one. Acknowledgements alone prolong nothing: a broker may give
    // them for what central never gets.
    return progress_at_ + settings_.progress_timeout + window_.line().time_for(outstanding_.load().bytes);
}

// Some brokers take events and never answer, while they answer everything else: the line looks alive then.
Delivery::Decision Delivery::next(SteadyTime now) const {
    if (probe_.mode() == Mode::offline) return {};
    Decision decision = decide(now);
    const SteadyTime given_up = std::min(window_.answer_due(), elsewhere_.due());
    decision.until = std::min(decision.until, given_up);
    if (now >= given_up) decision.action = Decision::Action::give_up;
    return decision;
}

std::string Delivery::left_for_next(SteadyTime now) {
    if (now >= window_.answer_due()) return "";
    elsewhere_.left();
    return elsewhere_.why();
}

Delivery::Decision Delivery::decide(SteadyTime now) const {
    Decision decision;
    if (now < paused_until_) {
        decision.until = paused_until_;
        return decision;
    }
    decision.until = probe_.asking() ? probe_.due() : std::min(progress_deadline(), call_due_);
    if (now >= decision.until) {
        decision.action = Decision::Action::hello;
        return decision;
    }
    if (!probe_.may_send()) return decision;
    const Waiting all = waiting(now);
    if (const auto lane = choose(all, now)) return send(*lane, *lane == Lane::live ? *all.live : *all.backlog, now);
    if (all.again && may_go_again(all, now)) return send_again(*all.again, now);
    decision.until = std::min(decision.until, rate_due(now).value_or(SteadyTime::max()));
    return decision;
}

void Delivery::granted(std::uint64_t bytes_per_second, SteadyTime now) {
    grant_.set(now < granted_until_ ? grant_.rate() : Rate(), now);
    grant_.set({bytes_per_second, std::nullopt}, now);
    granted_until_ = now + grant_lasts;
}

SteadyTime Delivery::grant_due(SteadyTime now) const {
    return now < granted_until_ ? std::min(grant_.due(), granted_until_) : now;
}

/// Of one message.
std::uint64_t Delivery::granted_bytes(SteadyTime now) const {
    return now < granted_until_ ? grant_.batch_bytes() : UINT64_MAX;
}

/// When something that waits for a rate may go; nothing if nothing waits for one.
std::optional<SteadyTime> Delivery::rate_due(SteadyTime now) const {
    const Waiting all = waiting(now);
    if (!all.any()) return std::nullopt;
    if (limit_.due() > now) return limit_.due();
    const SteadyTime due = grant_due(now);
    if ((!all.backlog && !all.again) || due <= now) return std::nullopt;
    return due;
}

// In each lane the lowest sequences that are neither sent nor covered.
Delivery::Waiting Delivery::waiting(SteadyTime now) const {
    const Sequence first = std::max(live_.first, live_.confirmed + 1);
    const Sequence edge = by_lanes() ? std::max(first, edge_.first_live(now)) : live_.last + 1;
    Waiting found;
    if (first < edge) found.backlog = sent_.first_gap({first, std::min(live_.last, edge - 1)});
    if (edge <= live_.last) found.live = sent_.first_gap({edge, live_.last});
    if (again_has_room()) found.again = again_.waiting(held_below_mark());
    return found;
}

std::optional<Range> Delivery::upcoming(SteadyTime now) const {
    if (!probe_.may_send()) return std::nullopt;
    const Waiting all = waiting(now);
    if (all.backlog) return all.backlog;
    return all.live ? all.live : all.again;
}

bool Delivery::flow_has_room(Lane lane) const {
    const bool reserve = by_lanes() && lane == Lane::backlog;
    const auto load = reserve ? outstanding_.load(Lane::backlog) : outstanding_.load();
    const auto all = outstanding_.load();
    const auto part = [reserve](std::uint64_t limit) { return reserve ? limit - limit / 4 : limit; };
    return load.events < part(settings_.flow_events) && load.bytes < part(settings_.flow_bytes) &&
           all.events < settings_.flow_events && all.bytes < settings_.flow_bytes;
}

std::optional<Lane> Delivery::choose(const Waiting& waiting, SteadyTime now) const {
    if (limit_.due() > now) return std::nullopt;
    const bool backlog = waiting.backlog && flow_has_room(Lane::backlog) && grant_due(now) <= now;
    const bool live = waiting.live && flow_has_room(Lane::live);
    // The backlog's share is of what the line carries: it holds live events back only while it could go itself.
    if (live && (!backlog || share_.live_first()) && window_.room(Lane::live, by_lanes())) return Lane::live;
    if (backlog && window_.room(Lane::backlog, by_lanes())) return Lane::backlog;
    return std::nullopt;
}

Delivery::Decision Delivery::send(Lane lane, Range range, SteadyTime now) const {
    const auto all = outstanding_.load();
    const auto mine = outstanding_.load(lane);
    const bool reserve = by_lanes() && lane == Lane::backlog;
    const auto left = [reserve](std::uint64_t limit, std::uint64_t total, std::uint64_t own) {
        return reserve ? std::min(limit - total, limit - limit / 4 - own) : limit - total;
    };
    Decision decision;
    decision.action = Decision::Action::send;
    decision.lane = lane;
    decision.range = range;
    const std::uint64_t events = left(settings_.flow_events, all.events, mine.events);
    decision.range.to = std::min(range.to, range.from + events - 1);
    decision.bytes = std::min(batch_bytes(), left(settings_.flow_bytes, all.bytes, mine.bytes));
    if (lane == Lane::backlog) decision.bytes = std::min(decision.bytes, granted_bytes(now));
    return decision;
}

// With what nothing else needs of the line; and a quarter of the flow limit on top of that, so that neither holds the
// other back.
bool Delivery::again_has_room() const {
    const Outstanding::Load load = again_.load();
    return probe_.mode() == Mode::flowing && load.events < settings_.flow_events / 4 &&
           load.bytes < settings_.flow_bytes / 4;
}

bool Delivery::may_go_again(const Waiting& waiting, SteadyTime now) const {
    return !waiting.backlog && !waiting.live && limit_.due() <= now && grant_due(now) <= now &&
           window_.room(Lane::backlog, by_lanes());
}

Delivery::Decision Delivery::send_again(Range range, SteadyTime now) const {
    const Outstanding::Load load = again_.load();
    Decision decision;
    decision.action = Decision::Action::send;
    decision.range = range;
    decision.range.to = std::min(range.to, range.from + settings_.flow_events / 4 - load.events - 1);
    decision.bytes = std::min({batch_bytes(), settings_.flow_bytes / 4 - load.bytes, granted_bytes(now)});
    return decision;
}

void Delivery::hello_sent(SteadyTime now) {
    asked_idle_ = outstanding_.load().events == 0;
    if (now >= call_due_) deaf_until_ = now + between_calls;
    call_due_ = SteadyTime::max();
    probe_.hello_sent(now, window_.line().time_for(window_.bytes()), random_());
    elsewhere_.asked(now);
}

void Delivery::sent(Lane lane, Range range, std::uint64_t bytes, Ticket ticket, SteadyTime now) {
    if (range.from <= live_.confirmed) {
        again_.sent(range, bytes, ticket);
    } else {
        if (outstanding_.load().events == 0) progress_at_ = now;
        sent_.add(range);
        outstanding_.add(range, bytes, ticket, lane);
    }
    const Waiting left = waiting(now);
    window_.sent(ticket, range, bytes, left.any(), now);
    last_sent_ = ticket;
    const bool contested = left.backlog && flow_has_room(Lane::backlog) && grant_due(now) <= now;
    share_.sent(lane, bytes, contested, window_.batch_bytes());
    probe_.message_sent();
}

void Delivery::paid(Lane lane, Ticket ticket, std::uint64_t bytes, SteadyTime now) {
    window_.paid(ticket, bytes);
    limit_.sent(bytes, now);
    if (lane == Lane::backlog) grant_.sent(bytes, now);
}

std::optional<Sequence> Delivery::acknowledged(Ticket ticket, SteadyTime now) {
    if (const auto at = window_.under_way().find(ticket); at != window_.under_way().end()) {
        size_.acknowledged({at->second.range, at->second.bytes, at->second.packet}, now);
    }
    if (!window_.answered(ticket, true, now)) return std::nullopt;
    refusals_.reset();
    elsewhere_.taken();
    if (by_central()) return std::nullopt;
    elsewhere_.came_forward();
    for (const Range& range : outstanding_.of(ticket)) {
        covered_.add(range);
        outstanding_.remove(range);
    }
    const Sequence upto = covered_.end_of_run(live_.confirmed + 1);
    return upto > live_.confirmed ? std::optional(upto) : std::nullopt;
}

void Delivery::refused(Ticket ticket, SteadyTime now) {
    if (!window_.answered(ticket, false, now)) return;
    again_.refused(ticket);
    take_back(ticket);
    elsewhere_.refused(now);
    // Behind the first refusal more come from the same window; the pause is set once.
    if (now >= paused_until_) {
        const Millis cap = refusals_.cap();
        paused_until_ = now + cap / 2 + refusals_.next(random_()) / 2;
    }
}

// In strict order what went behind it goes again behind it.
void Delivery::take_back(Ticket ticket) {
    const std::vector<Range> parts = outstanding_.of(ticket);
    for (const Range& part : parts) unsend({part.from, by_lanes() ? part.to : live_.last});
}

void Delivery::receipt(const Confirmation& confirmation, const std::vector<Range>& need, SteadyTime now) {
    live_.confirmed = confirmation.confirmed;
    const bool lowered = live_.confirmed < seen_confirmed_;
    idle_hello_ = now + settings_.idle_hello + settings_.idle_hello * (random_() % 1024) / 1024;
    const bool fine = std::exchange(asked_idle_, false) && outstanding_.load().events == 0;
    const bool progress = note_progress(confirmation.also, now) || fine;
    if (live_.confirmed > 0) cover({1, live_.confirmed});
    for (const Range& also : confirmation.also) {
        sent_.add({std::max(also.from, live_.confirmed + 1), also.to});
        arrived(also);
    }
    size_.covered(live_.confirmed);
    elsewhere_.answered();
    if (progress) elsewhere_.came_forward();
    const bool answer = probe_.receipt(progress);
    again_.receipt(need, held_below_mark(), answer);
    if (answer) {
        note_missing(now);
        unsend_uncovered(confirmation.also);
        progress_at_ = now;
    } else if (lowered) {
        ask_again_in_doubt(now);  // central was restored from a backup: ask what it holds now
    }
    ask_again(need);
}

bool Delivery::note_progress(const std::vector<Range>& ranges, SteadyTime now) {
    std::uint64_t also = 0;
    for (const Range& range : ranges) also += range.to - range.from + 1;
    const bool progress =
        live_.confirmed > seen_confirmed_ || (live_.confirmed == seen_confirmed_ && also > seen_also_);
    seen_confirmed_ = live_.confirmed;
    seen_also_ = also;
    if (progress) progress_at_ = now;
    return progress;
}

// A receipt also names what is merely on its way: it was written before that arrived. Messages arrive in the order in
// which they were sent, so one is missing when a later one has arrived.
void Delivery::ask_again(const std::vector<Range>& need) {
    Ranges on_its_way = outstanding_.later_than(newest_arrived_);
    for (const Range& range : need) {
        Range rest{std::max({range.from, live_.first, live_.confirmed + 1}), std::min(range.to, live_.last)};
        for (;;) {
            const auto missing = on_its_way.first_gap(rest);
            if (!missing || sent_.size() >= most_ranges) break;
            // What was not sent yet goes in its turn.
            if (const auto unsent = sent_.first_gap(*missing); unsent && unsent->from == missing->from) {
                rest.from = unsent->to + 1;
                continue;
            }
            const Range again{missing->from, std::min(missing->to, sent_.end_of_run(missing->from))};
            unsend(again);
            rest.from = again.to + 1;
        }
    }
}

void Delivery::cover(Range range) {
    sent_.remove(range);  // below the mark nothing is asked
    covered_.remove(range);
    arrived(range);
}

void Delivery::arrived(Range range) {
    newest_arrived_ = std::max(newest_arrived_, outstanding_.newest(range));
    outstanding_.remove(range);
}

void Delivery::unsend(Range range) {
    if (by_central()) {
        sent_.remove(range);
        outstanding_.remove(range);
        return;
    }
    for (;;) {
        const auto uncovered = covered_.first_gap(range);
        if (!uncovered) return;
        sent_.remove(*uncovered);
        outstanding_.remove(*uncovered);
        range.from = uncovered->to + 1;
    }
}

void Delivery::unsend_uncovered(const std::vector<Range>& covered) {
    outstanding_.clear();
    sent_ = covered_;
    for (const Range& range : covered) sent_.add({std::max(range.from, live_.confirmed + 1), range.to});
}

}  // namespace tillpost
