// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/clock.hpp"
#include "platform/error.hpp"

namespace tillpost {

namespace asio = boost::asio;

struct MqttMessage {
    std::string topic;
    std::string payload;
    bool retained = false;
    std::string content_encoding{};  ///< MQTT 5: the user property `content-encoding`; "" for none
};

/// How to reach a broker and who we are there.
struct MqttSettings {
    std::string address;  ///< "ssl://host:8883", "wss://host:443/mqtt", or "tcp://127.0.0.1:1883" (loopback only).
    std::string proxy;    ///< ssl and wss: "http://host:port" of an HTTP proxy, "" for none
    std::string client_id;
    int protocol = 5;  ///< 5 or 3 (3.1.1)
    Millis keep_alive{30'000};
    Millis connect_timeout{10'000};
    std::string username;  ///< "" for none
    std::string password;
    std::string ca_file;           ///< ssl, wss: PEM file of the trusted authorities; the system's are not used.
    std::string certificate_file;  ///< ssl, wss: our certificate chain, "" for none
    std::string key_file;
    std::optional<MqttMessage> will;  ///< QoS 1
};

/// What the broker said in its CONNACK; MQTT's own limits where it said nothing.
struct MqttSession {
    std::uint32_t receive_maximum = 65535;
    std::uint32_t maximum_packet_size = 268'435'455;
    std::string address;  ///< Whose they are.
};

/// The broker has answered, and said no.
inline bool is_refusal(const Error& error) { return error.code == Errc::rejected || error.code == Errc::too_large; }

/// One MQTT connection as the agent sees it: QoS 1, clean start, no buffering, no reconnecting. Loop thread only.
///
/// At most one connect() at a time; after on_lost or a failed connect(), connect() may be called again.
class MqttConnection {
public:
    struct Events {
        /// Errc::too_large if the broker said that a message was; Errc::taken_over that another client came by our
        /// client id; Errc::rejected if it gave another reason;
        /// Errc::cancelled after drop(); else Errc::not_connected.
        std::function<void(const Error& why)> on_lost;
        std::function<void(MqttMessage)> on_message;
    };
    /// Done is called exactly once, on the loop: with success after the broker's acknowledgement with a reason
    /// code below 0x80; with Errc::too_large for 0x95, and Errc::rejected for another of 0x80 or above (the message
    /// names it: "0x97 quota exceeded"); with Errc::not_connected when the connection is lost first or there is none.
    using Done = std::function<void(Result<void>)>;

    virtual ~MqttConnection() = default;
    virtual void set_events(Events events) = 0;
    virtual asio::awaitable<Result<MqttSession>> connect() = 0;
    virtual asio::awaitable<Result<void>> subscribe(std::vector<std::string> topics) = 0;
    virtual void publish(MqttMessage message, Done done) = 0;
    /// Sends DISCONNECT if connected (the will is not published then) and waits for it, for two seconds at most.
    virtual asio::awaitable<void> disconnect() = 0;
    /// Ends a connection that is of no use at once, without DISCONNECT, so that the broker publishes the will; on_lost
    /// follows within this call. Nothing happens if there is no connection.
    virtual void drop(const std::string& reason) = 0;
};

/// A connection as whoever chooses among brokers sees it.
class MqttClient : public MqttConnection {
public:
    /// Where the next connect() goes, instead of to the settings' address.
    virtual void set_address(std::string address) = 0;
};

}  // namespace tillpost
