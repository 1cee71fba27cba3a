// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/error.hpp"

namespace tillpost {

/// Where the local page listens. It asks for no password, so that there is no address that others could reach.
struct PageAddress {
    bool ipv6 = false;       ///< [::1] instead of 127.0.0.1
    std::uint16_t port = 0;  ///< 0: any free one (tests).

    std::string host() const { return ipv6 ? "[::1]" : "127.0.0.1"; }
};

/// "127.0.0.1:7480" or "[::1]:7480"; Errc::invalid for all else.
Result<PageAddress> parse_page_address(std::string_view text);

}  // namespace tillpost
