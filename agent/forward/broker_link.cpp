// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/broker_link.hpp"

#include <algorithm>
#include <utility>

#include "platform/bytes.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

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
      watch_(loop),
      look_(loop) {
    Events events;
    events.on_lost = [this](const Error& why) { lost(why); };
    events.on_message = [this](MqttMessage message) { received(std::move(message)); };
    client_->set_events(std::move(events));
}

asio::awaitable<Result<MqttSession>> BrokerLink::connect() {
    Error why{Errc::not_connected, ""};
    for (const std::size_t broker : choice_.round(steady_now())) {
        const Result<MqttSession> session = co_await connect_to(broker);
        if (session) co_return session;
        why.code = session.error().code;
        why.message += (why.message.empty() ? "" : "; ") + session.error().message;
    }
    co_return why;
}

asio::awaitable<Result<MqttSession>> BrokerLink::connect_to(std::size_t broker) {
    const std::string address = settings_.addresses[broker];
    const Result<void> reached = co_await probe_(address);
    if (!reached) co_return reached.error().with_context("connect to " + address);
    client_->set_address(address);
    const Result<MqttSession> session = co_await client_->connect();
    if (!session) {
        choice_.refused(broker, steady_now());
        co_return session;
    }
    connected_ = true;
    ++connections_;
    choice_.connected(broker, steady_now(), random_number());
    liveness_.connected(steady_now());
    watch_.notify();
    look_.notify();
    co_return session;
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
    if (const auto broker = choice_.current()) choice_.refused(*broker, steady_now());
    client_->drop(reason);
}

void BrokerLink::lost(const Error& why) {
    connected_ = false;
    choice_.lost(steady_now());
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
        const Result<void> reached = co_await probe_(address);
        if (!connected_ || connections_ != present) co_return;
        if (!reached) continue;
        log::info("a better broker can be reached again", {{"broker", address}, {"present", this->address()}});
        choice_.left();
        client_->drop("left for " + address);
        if (on_better_) on_better_();
        co_return;
    }
}

}  // namespace tillpost
