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
        Millis connect_timeout{10'000};  ///< Of a probe
    };
    /// Whether a broker can be reached now (BrokerProbe); Errc::timeout if that is not known in time.
    using Probe = std::function<asio::awaitable<Result<Reached>>(std::string address, Millis within)>;

    BrokerLink(const asio::any_io_executor& loop, Settings settings, std::unique_ptr<MqttClient> client, Probe probe);

    /// After a connection was given up for a better broker: there is no reason to wait before connecting.
    void set_on_better(std::function<void()> call) { on_better_ = std::move(call); }

    void set_events(Events events) override { events_ = std::move(events); }
    /// Tries each broker, the next one after a quarter of the time already: a dead name server must not hold up those
    /// that it is not needed for. Where none of them answers so soon, the late ones have all of it. The error tells why
    /// of each.
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
    /// Why a better broker than the present one is not used, and what is set aside until when; "" or "; …".
    std::string detail() const;
    /// Whether the broker of the last connection can be reached at this moment.
    asio::awaitable<bool> reachable();

private:
    using Brokers = std::vector<std::size_t>;
    asio::awaitable<Result<MqttSession>> try_each(Brokers brokers, Millis within, Brokers& late);
    asio::awaitable<Result<MqttSession>> connect_to(std::size_t broker, Reached reached);
    asio::awaitable<void> look_once();
    void lost(const Error& why);
    void is_no_use(std::size_t broker, const std::string& why);
    void say_better(std::size_t broker);
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
    struct Trouble {
        std::string why;      ///< "" if the last try was good, or there was none.
        bool said = false;    ///< In the log, while another broker is connected.
        bool worked = false;  ///< It has been connected once.
    };
    std::vector<Trouble> troubles_;  ///< By broker
    std::size_t last_ = 0;           ///< The broker of the last connection
    SteadyTime connected_at_{};
    std::uint64_t connections_ = 0;
    SteadyTime watched_until_ = SteadyTime::max();
    Wake watch_;
    Wake look_;
};

}  // namespace tillpost
