// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/delivery.hpp"

#include <algorithm>
#include <utility>

namespace tillpost {
namespace {

constexpr std::size_t most_wanted = 1024;

bool overlap(const Range& a, const Range& b) { return a.from <= b.to && b.from <= a.to; }

std::uint64_t length(const Range& range) { return range.to - range.from + 1; }

}  // namespace

Delivery::Delivery(const DeliverySettings& settings, Random random)
    : settings_(settings),
      random_(std::move(random)),
      steps_(settings.first_retry, settings.longest_retry),
      refusals_(settings.first_retry, settings.longest_retry) {}

template <class Gone>
void Delivery::drop_messages(Gone gone) {
    std::erase_if(messages_, [&](const Message& message) {
        if (!gone(message)) return false;
        outstanding_events_ -= length(message.range);
        outstanding_bytes_ -= message.bytes;
        return true;
    });
}

void Delivery::journal_has(const EpochSummary& live) {
    if (live.epoch != live_.epoch) begin_epoch(live);
    const bool covers_more = live.confirmed != live_.confirmed;
    live_ = live;
    next_ = std::max({next_, live_.first, live_.confirmed + 1});
    if (covers_more) drop_covered();
}

// [fork-1] Another epoch is live: nothing of it is sent, and the receiver does not know it yet.
void Delivery::begin_epoch(const EpochSummary& live) {
    drop_messages([](const Message&) { return true; });
    wanted_.clear();
    asked_.clear();
    also_.clear();
    live_ = live;
    next_ = live.first;
    seen_confirmed_ = live.confirmed;
    seen_also_ = 0;
    if (mode_ == Mode::offline) return;
    mode_ = by_central() ? Mode::greeting : Mode::flowing;
    step_ends_ = SteadyTime::min();
}

void Delivery::connected(std::uint32_t receive_maximum, SteadyTime now) {
    window_ = std::max(1U, std::min(settings_.window, receive_maximum));
    mode_ = by_central() ? Mode::greeting : Mode::flowing;
    step_ends_ = now;
    progress_at_ = now;
    paused_until_ = now;
    steps_.reset();
    unsend_from(live_.confirmed + 1);
}

void Delivery::disconnected() {
    mode_ = Mode::offline;
    hello_unanswered_ = false;
    in_flight_.clear();
    unsend_from(live_.confirmed + 1);
}

bool Delivery::room() const {
    return in_flight_.size() < window_ && outstanding_events_ < settings_.flow_events &&
           outstanding_bytes_ < settings_.flow_bytes;
}

SteadyTime Delivery::progress_deadline() const {
    if (!by_central() || outstanding_events_ == 0) return SteadyTime::max();
    return progress_at_ + settings_.progress_timeout;
}

Delivery::Decision Delivery::next(SteadyTime now) const {
    Decision decision;
    if (mode_ == Mode::offline) return decision;
    if (now < paused_until_) {
        decision.until = paused_until_;
        return decision;
    }
    const bool asking = mode_ != Mode::flowing;
    if (now >= (asking ? step_ends_ : progress_deadline())) {
        decision.action = Decision::Action::hello;
        return decision;
    }
    const bool may_send = mode_ == Mode::flowing || (mode_ == Mode::probing && probe_allowed_);
    if (const auto range = may_send && room() ? next_range() : std::nullopt) {
        decision.action = Decision::Action::send;
        decision.range = *range;
        return decision;
    }
    decision.until = asking ? step_ends_ : progress_deadline();
    return decision;
}

// What is on the way already is not sent again: `also` ranges above the mark are skipped.
std::optional<Range> Delivery::next_range() const {
    const std::uint64_t most = settings_.flow_events - outstanding_events_;
    if (!wanted_.empty()) {
        Range range = wanted_.front();
        range.to = std::min(range.to, range.from + most - 1);
        return range;
    }
    Range range{next_, live_.last};
    for (const Range& also : also_) {
        if (also.to < range.from) continue;
        if (also.from > range.from) {
            range.to = std::min(range.to, also.from - 1);
            break;
        }
        range.from = also.to + 1;
    }
    if (range.from > live_.last) return std::nullopt;
    range.to = std::min(range.to, range.from + most - 1);
    return range;
}

void Delivery::hello_sent(SteadyTime now) {
    if (mode_ == Mode::flowing) {
        mode_ = Mode::probing;
        steps_.reset();
    }
    hello_unanswered_ = true;
    probe_allowed_ = false;
    wanted_.clear();
    asked_.clear();
    // From one to two steps: never so short that the answer to the last hello comes behind the next one for ever.
    const Millis cap = steps_.cap();
    step_ends_ = now + cap + steps_.next(random_());
}

void Delivery::sent(Range range, std::size_t bytes, Ticket ticket, SteadyTime now) {
    if (outstanding_events_ == 0) progress_at_ = now;
    messages_.push_back({range, bytes, ticket, false});
    outstanding_events_ += length(range);
    outstanding_bytes_ += bytes;
    in_flight_.push_back(ticket);
    probe_allowed_ = false;
    if (!wanted_.empty() && wanted_.front().from == range.from) {
        wanted_.front().from = range.to + 1;
        if (wanted_.front().from > wanted_.front().to) wanted_.pop_front();
        return;
    }
    next_ = range.to + 1;
}

std::optional<Sequence> Delivery::acknowledged(Ticket ticket, SteadyTime now) {
    std::erase(in_flight_, ticket);
    refusals_.reset();
    if (by_central()) return std::nullopt;
    for (Message& message : messages_) {
        if (message.ticket == ticket) message.acknowledged = true;
    }
    std::optional<Sequence> upto;
    for (const Message& message : messages_) {
        if (!message.acknowledged) break;
        upto = message.range.to;
    }
    if (upto) progress_at_ = now;
    return upto;
}

void Delivery::refused(Ticket ticket, SteadyTime now) {
    std::erase(in_flight_, ticket);
    const auto message = std::find_if(messages_.begin(), messages_.end(),
                                      [ticket](const Message& each) { return each.ticket == ticket; });
    // Behind the first refusal more come from the same window; the pause is set once.
    if (message != messages_.end()) unsend_from(message->range.from);
    if (now >= paused_until_) {
        const Millis cap = refusals_.cap();
        paused_until_ = now + cap / 2 + refusals_.next(random_()) / 2;
    }
}

void Delivery::receipt(const Confirmation& confirmation, const std::vector<Range>& need, SteadyTime now) {
    live_.confirmed = confirmation.confirmed;
    also_ = confirmation.also;
    const bool lowered = live_.confirmed < seen_confirmed_;
    const bool progress = note_progress(now);
    if (std::exchange(hello_unanswered_, false)) {
        unsend_from(live_.confirmed + 1);
        if (mode_ == Mode::greeting || progress) mode_ = Mode::flowing;
        probe_allowed_ = true;
        progress_at_ = now;
    } else if (lowered) {
        mode_ = Mode::greeting;  // central was restored from a backup: ask what it holds now
        step_ends_ = now;
    } else if (progress) {
        mode_ = Mode::flowing;
    }
    if (mode_ == Mode::flowing) steps_.reset();
    drop_covered();
    next_ = std::max(next_, live_.confirmed + 1);
    ask_again(need);
}

bool Delivery::note_progress(SteadyTime now) {
    std::uint64_t also = 0;
    for (const Range& range : also_) also += length(range);
    const bool progress =
        live_.confirmed > seen_confirmed_ || (live_.confirmed == seen_confirmed_ && also > seen_also_);
    seen_confirmed_ = live_.confirmed;
    seen_also_ = also;
    if (progress) progress_at_ = now;
    return progress;
}

// Taken up once between two hellos: receipts repeat what is still missing while it is on its way.
void Delivery::ask_again(const std::vector<Range>& need) {
    for (const Range& range : need) {
        const Range clipped{std::max({range.from, live_.first, live_.confirmed + 1}),
                            std::min({range.to, live_.last, next_ - 1})};
        if (clipped.from > clipped.to || asked_.size() >= most_wanted) continue;
        const auto same = [&](const Range& other) { return overlap(other, clipped); };
        if (std::any_of(asked_.begin(), asked_.end(), same)) continue;
        asked_.push_back(clipped);
        wanted_.push_back(clipped);
        drop_messages([&](const Message& message) {
            return message.range.from >= clipped.from && message.range.to <= clipped.to;
        });
    }
}

void Delivery::unsend_from(Sequence sequence) {
    drop_messages([sequence](const Message& message) { return message.range.to >= sequence; });
    wanted_.clear();
    asked_.clear();
    next_ = std::max(std::min(next_, sequence), live_.first);
}

void Delivery::drop_covered() {
    drop_messages([this](const Message& message) {
        if (message.range.to <= live_.confirmed) return true;
        return std::any_of(also_.begin(), also_.end(), [&](const Range& also) {
            return also.from <= message.range.from && message.range.to <= also.to;
        });
    });
}

}  // namespace tillpost
