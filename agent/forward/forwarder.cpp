// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/forwarder.hpp"

#include <algorithm>
#include <utility>

#include "agent/wire/compression.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr Millis network_retry_interval{30'000};
constexpr int most_network_retries = 4;  // at once

std::string online_payload(bool online, const std::string& connection_number) {
    return std::string("{\"online\":") + (online ? "true" : "false") + ",\"connection\":\"" + connection_number + "\"}";
}

}  // namespace

Forwarder::Forwarder(asio::any_io_executor loop, Parts parts, Journal& journal, MqttConnection& connection)
    : parts_(std::move(parts)),
      journal_(journal),
      connection_(connection),
      delivery_(parts_.settings, &random_number),
      reconnect_(parts_.settings),
      retry_(loop),
      wake_(loop) {
    if (parts_.settings.compress == DeliverySettings::Compress::zstd) compressor_ = std::make_unique<Compressor>();
    MqttConnection::Events events;
    events.on_lost = [this](const Error& why) { lost(why); };
    events.on_message = [this](const MqttMessage& message) { on_message(message); };
    connection_.set_events(std::move(events));
    journal_changed();
}

Forwarder::~Forwarder() = default;

MqttMessage Forwarder::will(const AgentName& name, const std::string& connection_number) {
    return {name.topic("online"), online_payload(false, connection_number), true};
}

void Forwarder::wake() {
    journal_changed();
    state_changed_ = true;
    if (connected_) wake_.notify();
}

asio::awaitable<void> Forwarder::run() {
    co_await wait_before_first();
    for (;;) {
        const Result<void> ready = co_await connect();
        if (ready) {
            co_await serve();
            tell_withheld(true);
            if (steady_now() - connected_at_ > parts_.settings.stable_after) failures_.reset();
            delivery_.disconnected();
            co_await note_end();
        } else {
            detail_ = ready.error().message;
        }
        const Millis wait = reconnect_.delay(steady_now(), random_number());
        const Millis delay = retry_now_ ? Millis(0) : wait;
        if (std::exchange(left_, false)) {
            log::info("the connection is given up for a better broker", {{"left", parts_.address}});
        } else if (const auto failures = failures_.count(detail_, steady_now()); failures > 0 || ready) {
            // Each connection's end is said, as its beginning is.
            log::warn("no connection to the broker", {{"broker", parts_.address},
                                                      {"why", detail_},
                                                      {"failures", std::max<std::uint64_t>(failures, 1)},
                                                      {"retry_ms", delay.count()}});
        }
        detail_ += "; next try at " + rfc3339(wall_now() + delay);
        co_await wait_before_retry(delay);
    }
}

asio::awaitable<void> Forwarder::wait_before_first() {
    if (parts_.first_wait == Millis(0)) co_return;
    starting_ = true;
    detail_ = "this machine has just started, and others may have with it: first try at " +
              rfc3339(wall_now() + parts_.first_wait);
    co_await wait_before_retry(parts_.first_wait);
    starting_ = false;
}

asio::awaitable<void> Forwarder::wait_before_retry(Millis delay) {
    const SteadyTime deadline = steady_now() + delay;
    for (;;) {
        if (retry_now_ || steady_now() >= deadline) break;
        co_await retry_.wait_until(deadline);
    }
    retry_now_ = false;
}

void Forwarder::left_for_better() {
    left_ = true;
    retry_now();
}

void Forwarder::retry_now() {
    if (connected_) return;
    retry_now_ = true;
    retry_.notify();
}

// An interface that flaps, or one of many that a container host makes, must not undo the backoff: a few at once, and
// then one each half minute. Addresses, routes and name servers come one after the other, and what comes first may be
// of no use (an address of another link), so one alone is not enough; and the backoff begins anew.
void Forwarder::network_up() {
    const SteadyTime now = steady_now();
    if (starting_) return;
    if (connected_ || now + (most_network_retries - 1) * network_retry_interval < network_retry_due_) return;
    network_retry_due_ = std::max(network_retry_due_, now) + network_retry_interval;
    reconnect_.begin_anew();
    retry_now();
}

asio::awaitable<Result<void>> Forwarder::connect() {
    const Result<MqttSession> session = co_await connection_.connect();
    if (!session) co_return session.error();
    connected_ = true;
    retry_now_ = false;
    reconnect_.connected(steady_now());
    connected_at_ = steady_now();
    of_use_ = false;
    if (!session->address.empty() && std::exchange(parts_.address, session->address) != session->address) {
        delivery_.another_broker();
        state_too_large_ = retains_nothing_said_ = false;
    }
    largest_packet_ = session->maximum_packet_size;
    if (parts_.settings.largest_packet > 0) largest_packet_ = std::min(largest_packet_, parts_.settings.largest_packet);
    const auto drop = [this](const Error& why) {
        connected_ = false;
        connection_.drop(why.message);  // and the next broker is tried
        return why;
    };
    if (const Error small{Errc::rejected, too_small()}; !small.message.empty()) co_return drop(small);
    const Result<void> subscribed = co_await subscribe();
    if (!subscribed) co_return drop(subscribed.error().with_context("subscribe to receipts"));
    journal_changed();
    const bool shorter = session->keep_alive > Millis(0);
    delivery_.set_keep_alive(shorter ? session->keep_alive : parts_.settings.keep_alive);
    if (!session->retains && !std::exchange(retains_nothing_said_, true)) {
        log::warn("the broker keeps no retained messages: `online` and `state` go without the mark",
                  {{"broker", parts_.address},
                   {"what_it_means", "who comes to the broker later does not see the last state, until the next one"}});
    }
    delivery_.connected(session->receive_maximum, largest_packet_, steady_now());
    note_largest();
    if (connected_) detail_ = "connected since " + rfc3339(wall_now());
    log::info("connected to the broker", {{"broker", parts_.address}, {"receive_maximum", session->receive_maximum}});
    state_due_ = steady_now();
    state_changed_ = true;
    co_return Result<void>();
}

asio::awaitable<Result<void>> Forwarder::subscribe() {
    std::vector<std::string> topics;
    topics.push_back(parts_.name.topic("receipt"));
    const Result<void> subscribed = co_await connection_.subscribe(std::move(topics));
    if (!subscribed) co_return subscribed;
    MqttMessage online{parts_.name.topic("online"), online_payload(true, parts_.connection_number), true};
    connection_.publish(std::move(online), [](const Result<void>& outcome) {
        if (!outcome) log::warn("could not publish `online`", {{"why", outcome.error().message}});
    });
    co_return subscribed;
}

asio::awaitable<void> Forwarder::serve() {
    co_await try_size();
    for (;;) {
        if (!connected_) co_return;
        co_await take_receipts();
        if (too_large_) co_await withhold();
        tell_withheld(false);
        publish_state(steady_now());
        limit_rate(steady_now());
        const Delivery::Decision decision = delivery_.next(steady_now());
        bool done = false;
        if (decision.action == Delivery::Decision::Action::hello) {
            say_hello();
            done = true;
        } else if (decision.action == Delivery::Decision::Action::send) {
            done = send(decision);
        } else if (decision.action == Delivery::Decision::Action::give_up) {
            give_up();
        }
        read_ahead();
        if (!done && connected_ && receipts_.empty()) co_await wait_for_work(decision);
    }
}

/// The moments without anything to send are those for the confirmed mark.
asio::awaitable<void> Forwarder::wait_for_work(const Delivery::Decision& decision) {
    if (broker_upto_) {
        const Sequence upto = *std::exchange(broker_upto_, std::nullopt);
        co_await confirm_sent(upto);
        co_return;
    }
    SteadyTime until = state_changed_ ? std::min(decision.until, state_due_) : decision.until;
    // Without rates of our own no time of day brings another: a granted one is waited for by the decision.
    if (!parts_.settings.rates.empty() && delivery_.held_by_rate(steady_now())) until = std::min(until, rate_until_);
    if (read_again_ != SteadyTime{}) until = std::min(until, read_again_);
    co_await wake_.wait_until(std::min(until, withheld_.due()));
    if (steady_now() >= read_again_) read_again_ = {};  // it wakes once
}

// Said as what the broker refuses is, until it has acknowledged one: on the next connection it may be the same.
void Forwarder::give_up() {
    std::string why = delivery_.left_for_next(steady_now());
    if (why.empty()) {
        why = "the broker acknowledges no events, though it answers";
        note_refused(why);
    }
    connection_.drop(why);
}

void Forwarder::limit_rate(SteadyTime now) {
    const auto& rates = parts_.settings.rates;
    if (rates.empty() || now < rate_until_) return;
    const std::chrono::seconds time = local_time_of_day(wall_now());
    delivery_.limit(rate_at(rates, time), now);
    const auto change = until_change(rates, time);
    // Looked at hourly besides: the clock may be set, and summer time begin.
    rate_until_ = now + std::min(change.value_or(std::chrono::hours(1)), std::chrono::seconds(std::chrono::hours(1)));
}

/// False if its lines must be read first: then that is under way, and wakes.
bool Forwarder::send(const Delivery::Decision& decision) {
    auto lines = read_.take(decision.range, decision.bytes);
    if (!lines) {
        read(decision.range);
        return false;
    }
    const bool too_large = lines->text.size() > delivery_.largest_message();
    if (too_large && decision.range.from <= journal_.live().confirmed) {
        log::warn("central asks again for an event that is larger than the broker's packets may be",
                  {{"sequence", decision.range.from}, {"largest", delivery_.largest_message()}});
        delivery_.skip_again(decision.range.from);
        return true;
    }
    if (too_large) {
        too_large_ = decision.range.from;
        return true;
    }
    publish_lines(decision.lane, std::move(*lines));
    return true;
}

void Forwarder::read(Range range) {
    if (reading_ || steady_now() < read_again_) return;
    reading_ = true;
    auto arrived = [this, from = range.from, number = read_number_](Result<StoredLines> lines) {
        reading_ = false;
        wake_.notify();
        if (number != read_number_) return;
        if (!lines) return read_later();
        // Confirmed, asked for again, and pruned meanwhile.
        if (from < journal_.live().first) return journal_changed();
        if (lines->empty() || lines->first != from) {
            return lost(
                {Errc::corrupt, "the journal lacks event " + std::to_string(from) + ", which it says it holds"});
        }
        read_.put(std::move(*lines));
    };
    journal_.read(range, delivery_.batch_bytes(), std::move(arrived));
}

// That says nothing of the connection. Mostly the journal has raised its alarm, and the agent stops on purpose; but it
// may be a disk that is full for a moment.
void Forwarder::read_later() { read_again_ = steady_now() + parts_.settings.first_retry; }

/// While messages are on their way the next ones are read.
void Forwarder::read_ahead() {
    if (reading_ || !connected_ || !read_.wants_more()) return;
    const auto upcoming = delivery_.upcoming(steady_now());
    if (!upcoming) return;
    if (const auto missing = read_.missing(*upcoming)) read(*missing);
}

void Forwarder::forget_read() {
    read_.clear();
    ++read_number_;
}

void Forwarder::journal_changed() {
    const EpochSummary& live = journal_.live();
    if (std::exchange(read_epoch_, live.epoch) != live.epoch) {
        forget_read();
        broker_upto_.reset();
        too_large_.reset();
        unconfirmed_ = {};
    }
    delivery_.journal_has(live, steady_now());
}

void Forwarder::publish_lines(Lane lane, ReadAhead::Lines lines) {
    const Delivery::Ticket ticket = ++last_ticket_;
    if (lines.range.to > journal_.live().confirmed) unconfirmed_.sent(steady_now(), wall_now());
    delivery_.sent(lane, lines.range, lines.text.size(), ticket, steady_now());
    events_sent_ += lines.range.to - lines.range.from + 1;
    MqttMessage message{parts_.name.topic("events"), std::move(lines.text), false};
    if (auto smaller = compressor_ ? compressor_->compress(message.payload) : std::nullopt) {
        message.payload = std::move(*smaller);
        message.content_encoding = zstd_encoding;
    }
    delivery_.paid(lane, ticket, message.topic.size() + message.payload.size(), steady_now());
    connection_.publish(std::move(message),
                        [this, ticket](const Result<void>& outcome) { on_published(ticket, outcome); });
    if (events_.on_sent) events_.on_sent(delivery_.sent_upto());
}

void Forwarder::on_published(Delivery::Ticket ticket, const Result<void>& outcome) {
    const SteadyTime now = steady_now();
    if (outcome) {
        of_use_ = true;
        note_taken();
        const auto upto = delivery_.acknowledged(ticket, now);
        if (upto) broker_upto_ = upto;
    } else if (outcome.error().code == Errc::too_large) {
        note_refused(outcome.error().message);
        if (const auto sequence = delivery_.too_large(ticket, now)) too_large_ = sequence;
    } else if (is_refusal(outcome.error())) {
        // A refusal is not a delivery: the events stay and go again.
        note_refused(outcome.error().message);
        delivery_.refused(ticket, now);
    } else {
        return;  // the connection is lost; everything uncovered goes again on the next one
    }
    wake_.notify();
}

void Forwarder::note_refused(const std::string& reason) {
    if (events_refused_.reason().empty()) state_changed_ = true;
    if (const auto count = events_refused_.refused(reason, wall_now(), steady_now()); count > 0) {
        log::error("the broker refuses events: they are kept, and sent again",
                   {{"why", reason},
                    {"broker", parts_.address},
                    {"since", rfc3339(events_refused_.since())},
                    {"times", count},
                    {"what_to_do", "see to the broker's rules and quotas for " + parts_.name.topic("events")}});
    }
}

void Forwarder::note_taken() {
    if (events_refused_.reason().empty()) return;
    state_changed_ = true;
    if (const auto ended = events_refused_.taken()) {
        log::info("the broker takes events again", {{"broker", parts_.address},
                                                    {"refused_since", rfc3339(ended->since)},
                                                    {"refused_messages", ended->messages},
                                                    {"why", ended->reason}});
    }
}

void Forwarder::lost(const Error& why) {
    if (!connected_) return;
    connected_ = false;
    detail_ = "connection lost: " + why.message;
    lost_code_ = why.code;
    lost_at_ = steady_now();
    const std::uint64_t limit = delivery_.size().bytes();
    const bool suspected = delivery_.size().suspect().has_value();
    delivery_.lost(why.code == Errc::too_large, steady_now());
    // What was learnt by it is soon tried.
    lost_by_size_ = delivery_.size().bytes() < limit || (!suspected && delivery_.size().suspect());
    if (lost_by_size_) reconnect_.begin_anew();
    receipts_.clear();
    forget_read();
    hello_number_.clear();
    wake_.notify();
}

asio::awaitable<void> Forwarder::note_end() {
    const SteadyTime::duration lasted = lost_at_ - connected_at_;
    Takeovers::End how = Takeovers::End::other;
    if (lost_code_ == Errc::taken_over) {
        how = Takeovers::End::taken_over;
    } else if (parts_.reachable && of_use_ && !lost_by_size_ && lost_code_ == Errc::not_connected &&
               Takeovers::is_short(lasted)) {
        const bool there = co_await parts_.reachable();
        if (there) how = Takeovers::End::closed;
    }
    takeovers_.ended(how, lasted);
    if (takeovers_.suspected()) raise_alarm(short_connections());
}

asio::awaitable<void> Forwarder::close() {
    tell_withheld(true);
    if (connected_) {
        MqttMessage offline{parts_.name.topic("online"), online_payload(false, parts_.connection_number), true};
        connection_.publish(std::move(offline), [](const Result<void>&) {});
    }
    connected_ = false;
    co_await connection_.disconnect();
}

}  // namespace tillpost
