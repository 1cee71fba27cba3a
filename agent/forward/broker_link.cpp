// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/broker_link.hpp"

#include <algorithm>
#include <utility>

#include "platform/bytes.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr int brief_part = 4;  // of the time for a probe, while others wait for their turn

std::string time_of(SteadyTime then, SteadyTime now) {
    return rfc3339(wall_now() + std::chrono::duration_cast<Millis>(then - now));
}

BrokerChoice::Settings choice_settings(const BrokerLink::Settings& settings) {
    BrokerChoice::Settings result;
    result.brokers = settings.addresses.size();
    result.return_after = settings.return_after;
    result.stable_after = settings.stable_after;
    return result;
}

}  // namespace

BrokerLink::BrokerLink(const asio::any_io_executor& loop, Settings settings, std::unique_ptr<MqttClient> client,
                       Probe probe)
    : settings_(std::move(settings)),
      client_(std::move(client)),
      probe_(std::move(probe)),
      choice_(choice_settings(settings_)),
      liveness_(settings_.keep_alive),
      troubles_(settings_.addresses.size()),
      watch_(loop),
      look_(loop) {
    Events events;
    events.on_lost = [this](const Error& why) { lost(why); };
    events.on_message = [this](MqttMessage message) { received(std::move(message)); };
    client_->set_events(std::move(events));
}

asio::awaitable<Result<MqttSession>> BrokerLink::connect() {
    const Brokers round = choice_.round(steady_now());
    const Millis brief = settings_.connect_timeout / (round.size() == 1 ? 1 : brief_part);
    Brokers late, later;
    Result<MqttSession> session = co_await try_each(round, brief, late);
    if (!session && round.size() > 1 && !late.empty()) {
        Result<MqttSession> other = co_await try_each(late, settings_.connect_timeout, later);
        session = std::move(other);
    }
    if (session) {
        for (std::size_t broker = 0; broker < last_; ++broker) say_better(broker);
        co_return session;
    }
    Error why{session.error().code, ""};
    for (const std::size_t broker : round) why.message += (why.message.empty() ? "" : "; ") + troubles_[broker].why;
    co_return why;
}

asio::awaitable<Result<MqttSession>> BrokerLink::try_each(Brokers brokers, Millis within, Brokers& late) {
    Error why{Errc::not_connected, ""};
    for (const std::size_t broker : brokers) {
        const std::string address = settings_.addresses[broker];
        const Result<Reached> reached = co_await probe_(address, within);
        if (reached) {
            const Result<MqttSession> session = co_await connect_to(broker, *reached);
            if (session) co_return session;
            why = session.error();
            continue;
        }
        why = reached.error().with_context("connect to " + address);
        if (why.code == Errc::timeout) late.push_back(broker);
        troubles_[broker].why = why.message;
    }
    co_return why;
}

asio::awaitable<Result<MqttSession>> BrokerLink::connect_to(std::size_t broker, Reached reached) {
    client_->set_address(settings_.addresses[broker], std::move(reached));
    const Result<MqttSession> session = co_await client_->connect();
    if (!session) {
        choice_.refused(broker, steady_now());
        is_no_use(broker, session.error().message);
        co_return session;
    }
    connected_ = true;
    ++connections_;
    last_ = broker;
    connected_at_ = steady_now();
    troubles_[broker] = {"", false, true};
    choice_.connected(broker, steady_now(), random_number());
    const bool shorter = session->keep_alive > Millis(0) && session->keep_alive < settings_.keep_alive;
    liveness_.set_keep_alive(shorter ? session->keep_alive : settings_.keep_alive);
    liveness_.connected(steady_now());
    watch_.notify();
    look_.notify();
    co_return session;
}

/// It is set aside now, if there are others.
void BrokerLink::is_no_use(std::size_t broker, const std::string& why) {
    troubles_[broker].why = why;
    const SteadyTime now = steady_now();
    const auto until = choice_.set_aside_until(broker, now);
    if (!until || settings_.addresses.size() == 1) return;
    log::info("a broker is set aside: the others are tried first",
              {{"broker", settings_.addresses[broker]}, {"until", time_of(*until, now)}, {"why", why}});
}

/// Whoever misspells the first broker would never learn of it while the second one works. Once, until it is reached.
void BrokerLink::say_better(std::size_t broker) {
    Trouble& trouble = troubles_[broker];
    if (trouble.why.empty() || std::exchange(trouble.said, true)) return;
    log::warn("a better broker is not used",
              {{"broker", settings_.addresses[broker]},
               {"why", trouble.why},
               {"present", address()},
               {"what_to_do", trouble.worked ? "it did work: look whether it runs, and at the line"
                                             : "see why: where that names no certificate and no right that is missing, "
                                               "check its name and port in /broker/address"}});
}

std::string BrokerLink::detail() const {
    std::string all;
    const SteadyTime now = steady_now();
    for (std::size_t broker = 0; broker < troubles_.size() && troubles_.size() > 1; ++broker) {
        const bool better = connected_ && broker < last_ && !troubles_[broker].why.empty();
        const auto until = choice_.set_aside_until(broker, now);
        if (!better && !until) continue;
        all += better ? "; the better broker " : "; ";
        all += settings_.addresses[broker] + (better ? " is not used: " + troubles_[broker].why : " is");
        if (until) all += (better ? ", set aside until " : " set aside until ") + time_of(*until, now);
    }
    return all;
}

asio::awaitable<bool> BrokerLink::reachable() {
    const std::string address = settings_.addresses[last_];
    const Result<Reached> reached = co_await probe_(address, settings_.connect_timeout / brief_part);
    co_return reached.has_value();
}

asio::awaitable<Result<void>> BrokerLink::subscribe(std::vector<std::string> topics) {
    const Result<void> subscribed = co_await client_->subscribe(std::move(topics));
    liveness_.heard(steady_now());
    if (!subscribed || settings_.echo_topic.empty()) co_return subscribed;
    std::vector<std::string> echo;
    echo.push_back(settings_.echo_topic);
    const Result<void> echoing = co_await client_->subscribe(std::move(echo));
    const bool refused = !echoing && is_refusal(echoing.error());
    // A broker's rules may be older than the topic: the broker's acknowledgement of an echo tells that the line lives.
    if (refused && !std::exchange(echo_refused_, true)) {
        log::warn("the broker refuses the topic `echo`", {{"why", echoing.error().message}, {"broker", address()}});
    }
    if (!echoing && !refused) co_return echoing;
    co_return subscribed;
}

void BrokerLink::publish(MqttMessage message, Done done) {
    sent();
    client_->publish(std::move(message), [this, done = std::move(done)](const Result<void>& outcome) {
        if (outcome || is_refusal(outcome.error())) liveness_.answered(steady_now());
        done(outcome);
    });
}

void BrokerLink::sent() {
    liveness_.sent(steady_now());
    if (connected_ && liveness_.due() < watched_until_) watch_.notify();
}

asio::awaitable<void> BrokerLink::disconnect() {
    connected_ = false;
    choice_.left();
    co_await client_->disconnect();
}

void BrokerLink::drop(const std::string& reason) {
    if (const auto broker = choice_.current()) {
        choice_.refused(*broker, steady_now());
        is_no_use(*broker, reason);
    }
    client_->drop(reason);
}

void BrokerLink::lost(const Error& why) {
    connected_ = false;
    if (choice_.current()) {
        const auto lasted = std::chrono::duration_cast<std::chrono::seconds>(steady_now() - connected_at_);
        choice_.lost(steady_now());
        is_no_use(last_, "its connection ended after " + std::to_string(lasted.count()) + " s: " + why.message);
    }
    if (events_.on_lost) events_.on_lost(why);
}

void BrokerLink::received(MqttMessage message) {
    liveness_.heard(steady_now());
    if (message.topic != settings_.echo_topic && events_.on_message) events_.on_message(std::move(message));
}

void BrokerLink::send_echo() {
    liveness_.echoed(steady_now());
    if (settings_.echo_topic.empty()) return;
    publish({settings_.echo_topic, std::to_string(connections_), false}, [](const Result<void>&) {});
}

asio::awaitable<void> BrokerLink::watch_line() {
    for (;;) {
        watched_until_ = SteadyTime::max();
        if (connected_) {
            switch (liveness_.judge(steady_now())) {
                case Liveness::Verdict::fine: break;
                case Liveness::Verdict::echo: send_echo(); break;
                case Liveness::Verdict::dead:
                    client_->drop("the line is dead: nothing came for " +
                                  std::to_string(liveness_.dead_after().count()) + " ms");
                    break;
            }
        }
        if (connected_) watched_until_ = liveness_.due();
        co_await watch_.wait_until(watched_until_);
    }
}

asio::awaitable<void> BrokerLink::look_for_better() {
    for (;;) {
        if (connected_) co_await look_once();
        const SteadyTime until = connected_ ? choice_.look_at() : SteadyTime::max();
        co_await look_.wait_until(until);
    }
}

/// The connection that works is kept until a better broker has answered.
asio::awaitable<void> BrokerLink::look_once() {
    const std::uint64_t present = connections_;
    for (const std::size_t broker : choice_.better(steady_now(), random_number())) {
        const std::string address = settings_.addresses[broker];
        const Result<Reached> reached = co_await probe_(address, settings_.connect_timeout);
        if (!connected_ || connections_ != present) co_return;
        if (!reached) {
            troubles_[broker].why = reached.error().with_context("connect to " + address).message;
            say_better(broker);
            continue;
        }
        troubles_[broker] = {"", false, troubles_[broker].worked};
        log::info("a better broker can be reached again", {{"broker", address}, {"present", this->address()}});
        choice_.left();
        client_->drop("left for " + address);
        if (on_better_) on_better_();
        co_return;
    }
}

}  // namespace tillpost
