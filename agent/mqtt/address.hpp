// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/error.hpp"

namespace tillpost {

/// A broker's address, "ssl://host:8883" or "tcp://127.0.0.1:1883"; IPv6 in brackets: "ssl://[2001:db8::1]:8883".
struct BrokerAddress {
    bool tls = false;
    std::string host;  ///< Without brackets.
    std::uint16_t port = 0;
};

/// Errc::invalid with a sentence that says what to write instead: plain text leaves the machine for nobody
/// (tcp:// to 127.0.0.0/8, ::1 and localhost only), and a scheme the library knows and we do not, such as ws://, is
/// refused, because with it the library would leave out the checks we rely on.
Result<BrokerAddress> parse_broker_address(std::string_view text);

}  // namespace tillpost
