// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/error.hpp"

namespace tillpost {

/// A broker's address: "ssl://host:8883", "wss://host:443/mqtt" (MQTT in a web socket), or, on this machine only,
/// "tcp://127.0.0.1:1883" and "ws://127.0.0.1:8080"; IPv6 in brackets: "ssl://[2001:db8::1]:8883".
struct BrokerAddress {
    bool tls = false;
    bool websocket = false;
    std::string host;  ///< Without brackets.
    std::uint16_t port = 0;
};

/// Errc::invalid with a sentence that says what to write instead: plain text leaves the machine for nobody
/// (tcp:// and ws:// to 127.0.0.0/8, ::1 and localhost only), and other schemes that the library knows are refused.
/// "localhost" in plain text is 127.0.0.1, whatever a resolver says: it may be a name server's answer.
Result<BrokerAddress> parse_broker_address(std::string_view text);

/// What is probably meant by an address that is refused, "" if nobody knows: "write ssl://broker.example:8883".
std::string broker_address_advice(std::string_view text);

/// The same address for the library, which looks names up itself.
std::string without_look_up(const std::string& text);

/// An HTTP proxy's address, "http://host:port". What goes through it is encrypted from end to end.
Result<BrokerAddress> parse_proxy_address(std::string_view text);

}  // namespace tillpost
