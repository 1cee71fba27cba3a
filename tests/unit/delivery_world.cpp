// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/delivery_world.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tillpost::test {
namespace {

using namespace std::chrono_literals;

constexpr auto fair_time = 5h;
constexpr std::uint64_t most_a_second = 2'000;  // decisions
constexpr std::uint64_t longest_line = 700;

std::uint64_t bytes_of(Sequence sequence) { return 200 + sequence * 7919 % (longest_line - 200); }

}  // namespace

DeliverySettings DeliveryWorld::chosen(std::mt19937_64& random) {
    DeliverySettings settings;
    settings.confirm = random() % 4 == 0 ? DeliverySettings::Confirm::broker : DeliverySettings::Confirm::central;
    settings.order = random() % 4 == 0 ? DeliverySettings::Order::strict : DeliverySettings::Order::lanes;
    settings.window = 1 + static_cast<std::uint32_t>(random() % 8);
    settings.flow_events = 20 + random() % 100;
    settings.flow_bytes = 20'000 + random() % 50'000;
    settings.longest_retry = Millis(60'000);
    return settings;
}

DeliveryWorld::DeliveryWorld(std::uint64_t seed)
    : random_(seed), settings_(chosen(random_)), order_(settings_), reconnect_(settings_) {
    fork();
    receive_maximum_ = 1 + static_cast<std::uint32_t>(random_() % 20);
    if (random_() % 3 == 0) message_limit_ = longest_line + random_() % 4'000;
    // By the broker's word alone what it discards is delivered.
    constexpr std::array ways{TooLarge::refuse, TooLarge::close, TooLarge::discard};
    too_large_ = ways[random_() % (by_central() ? 3 : 2)];
    for (std::uint64_t backlog = random_() % 150; backlog > 0; --backlog) record(++contents_, SteadyTime());
    start_agent();
    plan();
}

void DeliveryWorld::require(bool holds, const std::string& what) {
    if (!holds && report_.broken.empty()) report_.broken = what;
}

/// What the Forwarder does until it must wait.
void DeliveryWorld::act() {
    for (;;) {
        const Delivery::Decision decision = delivery_->next(now_);
        ++report_.decisions;
        if (now_ - second_ >= 1s) {
            second_ = now_;
            this_second_ = 0;
        }
        require(++this_second_ <= most_a_second, "a busy loop: too many decisions in a second");
        if (!report_.broken.empty()) return;
        switch (decision.action) {
            case Delivery::Decision::Action::hello: hello(); break;
            case Delivery::Decision::Action::send: send(decision); break;
            case Delivery::Decision::Action::give_up: lose_connection(); break;
            case Delivery::Decision::Action::wait:
                require(decision.until > now_, "a busy loop: it waits for the past");
                timer_ = decision.until;
                return;
        }
        check();
    }
}

void DeliveryWorld::send(const Delivery::Decision& decision) {
    Range range{decision.range.from, decision.range.from};
    const bool again = range.from <= journal_.live.confirmed;
    require(range.from >= journal_.live.first && decision.range.to <= journal_.live.last, "a range out of bounds");
    require(!again || decision.range.to <= journal_.live.confirmed, "what is confirmed is mixed with what is not");
    std::uint64_t bytes = bytes_of(range.from);
    while (range.to < decision.range.to && bytes + bytes_of(range.to + 1) <= decision.bytes) {
        bytes += bytes_of(++range.to);
    }
    Packet packet{journal_.live.epoch, range, {}, {}};
    for (Sequence n = range.from; n <= range.to; ++n) packet.contents.push_back(journal_.contents[n - 1]);
    packet.lines.assign(journal_.lines.begin() + static_cast<std::ptrdiff_t>(range.from - 1),
                        journal_.lines.begin() + static_cast<std::ptrdiff_t>(range.to));
    const Delivery::Ticket ticket = ++ticket_;
    if (again) require(take_asked(range), "sent again more often than it was asked for");
    if (!again) check_order(decision, range);
    if (!again) order_.sent(range, ticket);
    delivery_->sent(decision.lane, range, bytes, ticket, now_);
    delivery_->paid(decision.lane, ticket, bytes, now_);
    if (bytes > message_limit_) return answer_too_large(packet, ticket, again);
    const bool refused = bad(4);
    const std::uint64_t connection = connection_;
    later(delay(200), [this, ticket, connection, refused, again, packet] {
        if (connection != connection_ || !connected_) return;
        if (refused && again) ask(packet.range);
        if (refused) order_.refused(ticket);
        if (refused) return delivery_->refused(ticket, now_);
        at_broker_.insert(packet.contents.begin(), packet.contents.end());
        answer(ticket);
    });
    if (refused || bad(15)) return;
    for (int copies = bad(10) ? 2 : 1; copies > 0; --copies) {
        later(delay(bad(20) ? 30'000 : 300), [this, packet] { arrive(packet); });
    }
}

/// [order-1] [once-1]
void DeliveryWorld::check_order(const Delivery::Decision& decision, Range range) {
    const Millis surely = settings_.live_for - settings_.live_for / 16 - Millis(2);
    const auto young = [&](Sequence n) { return now_ - journal_.captured[n - 1] < surely; };
    const std::string wrong = order_.judge(range, decision.lane == Lane::live, young);
    require(wrong.empty(), wrong);
}

/// For each number: how often it may go again.
void DeliveryWorld::ask(Range range) {
    for (Sequence n = range.from; n <= range.to; ++n) asked_.insert({journal_.live.epoch, n});
}

bool DeliveryWorld::take_asked(Range range) {
    for (Sequence n = range.from; n <= range.to; ++n) {
        const auto at = asked_.find({journal_.live.epoch, n});
        if (at == asked_.end()) return false;
        asked_.erase(at);
    }
    return true;
}

void DeliveryWorld::answer_too_large(const Packet& packet, Delivery::Ticket ticket, bool again) {
    require(packet.range.from < packet.range.to, "one event alone fits");
    later(delay(200), [this, ticket, again, range = packet.range, connection = connection_] {
        if (connection != connection_ || !connected_) return;
        if (again && too_large_ == TooLarge::refuse) ask(range);
        switch (too_large_) {
            case TooLarge::refuse:
                order_.refused(ticket);
                return require(!delivery_->too_large(ticket, now_), "an event is given up that fits");
            case TooLarge::discard: return (void)delivery_->acknowledged(ticket, now_);
            case TooLarge::close: return break_connection();
        }
    });
}

void DeliveryWorld::answer(Delivery::Ticket ticket) {
    order_.acknowledged(ticket);
    const auto upto = delivery_->acknowledged(ticket, now_);
    if (!upto) return;
    require(*upto <= journal_.live.last, "the broker confirms beyond the last event");
    for (Sequence n = journal_.live.confirmed + 1; n <= *upto; ++n) {
        require(at_broker_.count(journal_.contents[n - 1]) != 0, "confirmed without the broker's acknowledgement");
    }
    if (*upto > journal_.live.confirmed) reconnect_.used();
    journal_.live.confirmed = std::max(journal_.live.confirmed, *upto);
    journal_changed();
}

void DeliveryWorld::hello() {
    order_.hello_sent();
    delivery_->hello_sent(now_);
    Hello said;
    said.number = hello_number_ = to_hex(random_() | 1);
    said.epochs.push_back(journal_.live);
    if (restored_) restored_hello_ = said.number;
    if (bad(25)) return;
    later(delay(500), [this, said] {
        if (!central_here_) return;
        sessions_.greeted(agent_, said, now_);
        plan_receipts();
    });
}

void DeliveryWorld::receive(const Receipt& receipt) {
    if (!connected_ || !by_central()) return;
    if (receipt.calls()) {
        if (delivery_->called(now_)) order_.asks_anew();
        return;
    }
    if (receipt.hello != hello_number_) return;
    if (receipt.rate) delivery_->granted(*receipt.rate, now_);
    if (!is_of_the_run_asked(receipt)) return;
    if (receipt.hello == restored_hello_) restored_ = false;
    for (const EpochReceipt& part : receipt.epochs) {
        if (part.epoch == journal_.live.epoch) take(part);
    }
}

bool DeliveryWorld::is_of_the_run_asked(const Receipt& receipt) {
    const ReceiverRuns::Seen seen = runs_.heard(receipt.run);
    if (seen == ReceiverRuns::Seen::same) return true;
    hello_number_.clear();
    order_.asks_anew();
    if (seen == ReceiverRuns::Seen::another) delivery_->ask_anew(now_);
    if (seen == ReceiverRuns::Seen::back) delivery_->ask_again_in_doubt(now_);
    return false;
}

/// As the Store does it.
void DeliveryWorld::take(const EpochReceipt& part) {
    const EpochSummary& live = journal_.live;
    const auto chain_at = [this](Sequence n) {
        return n == 0 ? chain_start(sha_, agent_.source(), journal_.live.epoch) : journal_.lines[n - 1].chain;
    };
    std::optional<Digest> ours;
    if (receipt_rules::known(live, part.upto)) ours = chain_at(part.upto);
    const std::string other = receipt_rules::other_history(live, part, ours);
    const Millis since_boot = std::chrono::duration_cast<Millis>(now_.time_since_epoch());
    require(other.empty() || image_, "a receipt for what was never sent: " + other);
    if (!other.empty() && !fork_pause_.over(since_boot)) return;
    if (!other.empty()) {
        fork_pause_.forked(since_boot);
        ++report_.forks;
        return fork();
    }
    confirm(part);
    const auto pruned = receipt_rules::pruned(live, journal_.gone_told, part, chain_at(0));
    if (!pruned) return;
    ++report_.gone;
    says_gone_[++contents_] = Gone{live.epoch, pruned->range, pruned->before, live.before};
    record(contents_, now_);
    journal_.gone_told = {pruned->range, journal_.live.last};
    journal_changed();
}

void DeliveryWorld::confirm(const EpochReceipt& part) {
    EpochSummary& live = journal_.live;
    Confirmation outcome;
    if (part.upto > live.confirmed) reconnect_.used();
    outcome.confirmed = live.confirmed = part.upto;
    for (const RangeWithHash& also : part.also) {
        if (also.range.to > live.last) continue;
        if (receipt_rules::covers(live, also, journal_.lines[also.range.to - 1].chain)) {
            outcome.also.push_back(also.range);
        }
    }
    for (const Range& range : part.need) {
        if (range.from <= part.upto) ask(range);
    }
    const bool must_ask = order_.receipt(outcome, part.need, live);
    delivery_->receipt(outcome, part.need, now_);
    require(!must_ask || delivery_->mode() == Delivery::Mode::greeting, "a lowered mark is no reason to ask central");
    journal_changed();
}

void DeliveryWorld::check() {
    require(delivery_->outstanding_events() <= settings_.flow_events, "more events outstanding than the flow limit");
    require(delivery_->outstanding_bytes() <= settings_.flow_bytes + longest_line, "more bytes than the flow limit");
    require(delivery_->in_flight() <= std::max(1U, std::min(settings_.window, receive_maximum_)),
            "the window is broken");
}

bool DeliveryWorld::finished() const {
    return fair_ && (!restored_ || !by_central()) && journal_.live.confirmed == journal_.live.last;
}

DeliveryWorld::Report DeliveryWorld::run() {
    while (report_.broken.empty() && !finished() && now_ - start_ < bad_time + fair_time) {
        act();
        check();
        const bool timer_first = agenda_.empty() || timer_ < agenda_.begin()->first;
        if (timer_first && timer_ == SteadyTime::max()) {
            require(false, "it waits for ever");
            break;
        }
        now_ = std::max(now_, timer_first ? timer_ : agenda_.begin()->first);
        if (timer_first) continue;
        const auto what = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        what();
        check();
        ++report_.events;
    }
    require(finished(), "not everything is confirmed though the line is fair");
    for (Content content = 1; content <= contents_ && report_.broken.empty(); ++content) {
        const bool there = by_central() ? central_.has(content) : at_broker_.contains(content);
        require(there || gone_.contains(content), "an event was confirmed and never arrived");
    }
    return report_;
}

}  // namespace tillpost::test
