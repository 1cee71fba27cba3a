// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/forward/broker_choice.hpp"
#include "agent/forward/liveness.hpp"
#include "agent/mqtt/connection.hpp"
#include "platform/wake.hpp"

namespace tillpost {

/// The one connection to the best of several brokers: goes to the next one when one cannot be reached, comes back to a
/// better one when that can be reached again, and gives a dead line up. To the Forwarder it is a connection like any
/// other. Loop thread only. Spawn watch_line() and look_for_better() beside whoever connects.
class BrokerLink final : public MqttConnection {
public:
    struct Settings {
        std::vector<std::string> addresses;  ///< In order of preference, at least one.
        std::string echo_topic;              ///< Our own, up and down; "" for no echo.
        Millis keep_alive{30'000};
        Millis return_after{300'000};
        Millis stable_after{60'000};
    };
    /// Whether a broker can be reached now (BrokerProbe).
    using Probe = std::function<asio::awaitable<Result<void>>(std::string address)>;

    BrokerLink(const asio::any_io_executor& loop, Settings settings, std::unique_ptr<MqttClient> client, Probe probe);

    /// After a connection was given up for a better broker: there is no reason to wait before connecting.
    void set_on_better(std::function<void()> call) { on_better_ = std::move(call); }

    void set_events(Events events) override { events_ = std::move(events); }
    /// Tries each broker once; the error tells why of each.
    asio::awaitable<Result<MqttSession>> connect() override;
    /// The topic `echo` besides.
    asio::awaitable<Result<void>> subscribe(std::vector<std::string> topics) override;
    void publish(MqttMessage message, Done done) override;
    asio::awaitable<void> disconnect() override;
    /// The next round tries the other brokers first.
    void drop(const std::string& reason) override;

    asio::awaitable<void> watch_line();
    asio::awaitable<void> look_for_better();

    /// Of the broker that we are connected to, or else of the preferred one.
    const std::string& address() const { return settings_.addresses[choice_.current().value_or(0)]; }

private:
    asio::awaitable<Result<MqttSession>> connect_to(std::size_t broker);
    asio::awaitable<void> look_once();
    void lost(const Error& why);
    void received(MqttMessage message);
    void sent();
    void send_echo();

    Settings settings_;
    std::unique_ptr<MqttClient> client_;
    Probe probe_;
    Events events_;
    std::function<void()> on_better_;
    BrokerChoice choice_;
    Liveness liveness_;
    bool connected_ = false;
    bool echo_refused_ = false;
    std::uint64_t connections_ = 0;
    SteadyTime watched_until_ = SteadyTime::max();
    Wake watch_;
    Wake look_;
};

}  // namespace tillpost
