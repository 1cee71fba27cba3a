// SPDX-License-Identifier: Apache-2.0
#include "agent/status/page_address.hpp"

#include <charconv>

namespace tillpost {

Result<PageAddress> parse_page_address(std::string_view text) {
    const Error refused{Errc::invalid, "page address \"" + std::string(text) +
                                           "\": write 127.0.0.1:<port> or [::1]:<port>, this machine alone"};
    PageAddress address;
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return refused;
    const std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    address.ipv6 = host == "[::1]";
    if (!address.ipv6 && host != "127.0.0.1") return refused;
    const char* const end = port.data() + port.size();
    const auto [stop, failure] = std::from_chars(port.data(), end, address.port);
    if (failure != std::errc() || stop != end || address.port == 0) return refused;
    return address;
}

}  // namespace tillpost
