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

/// What a PUBLISH of QoS 1 takes at most: fixed header 5, lengths of topic and properties 3, packet identifier 2.
inline std::size_t packet_bytes(const MqttMessage& message) {
    constexpr std::size_t encoding = 64;  // the user property and its value
    return 10 + message.topic.size() + message.payload.size() + (message.content_encoding.empty() ? 0 : encoding);
}

/// How to reach a broker and who we are there.
struct MqttSettings {
    std::string address;  ///< "ssl://host:8883", "wss://host:443/mqtt", or "tcp://127.0.0.1:1883" (loopback only).
    std::string proxy;    ///< ssl and wss: "http://host:port" of an HTTP proxy, "" for none
    std::string proxy_credentials;  ///< "user:password" for the proxy (Basic, RFC 7617), "" for none
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
    /// [MQTT-3.1.2-21] Of this connection: ours, or the broker's Server Keep Alive where that is shorter.
    Millis keep_alive{};
    bool retains = true;  ///< The broker keeps retained messages; otherwise ours go without the mark.
    std::string address;  ///< Whose they are.
};

/// How a broker was reached (BrokerProbe).
struct Reached {
    /// "192.0.2.7:8883", "[2001:db8::7]:8883": the proxy's address that answered; without a proxy the broker's, "" if
    /// it is the one that the MQTT library takes by itself.
    std::string instead{};
};

/// The broker has answered, and said no.
inline bool is_refusal(const Error& error) {
    return error.code == Errc::rejected || error.code == Errc::retains_nothing || error.code == Errc::too_large;
}

/// One MQTT connection as the agent sees it: QoS 1, clean start, no buffering, no reconnecting. Loop thread only.
///
/// Where a broker wants a shorter keep-alive than ours (Server Keep Alive) or keeps nothing (Retain Available 0, or
/// 0x9a for a retained will), connect() connects once more, as it wants it, and goes by that from then on.
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
    /// Where the next connect() goes, instead of to the settings' address, and by which of the name's addresses.
    virtual void set_address(std::string address, Reached reached) = 0;
};

}  // namespace tillpost
