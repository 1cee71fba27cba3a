// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/link_authority.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "agent/event/gs1/characters.hpp"

namespace tillpost::gs1 {
namespace {

constexpr std::string_view unreserved_marks = "-._~";
constexpr std::string_view sub_delimiters = "!$&'()*+,;=";

bool is_letter(char c) { return is_upper(c) || is_lower(c); }

bool in_name(char c) {
    return is_digit(c) || is_letter(c) || unreserved_marks.find(c) != std::string_view::npos ||
           sub_delimiters.find(c) != std::string_view::npos;
}

/// "v1.anything": an address of a kind that is yet to come.
bool is_future_address(std::string_view text) {
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos || (text[0] != 'v' && text[0] != 'V')) return false;
    const std::string_view version = text.substr(1, point - 1);
    const std::string_view address = text.substr(point + 1);
    return !version.empty() && std::all_of(version.begin(), version.end(), is_hex_digit) && !address.empty() &&
           std::all_of(address.begin(), address.end(), [](char c) { return in_name(c) || c == ':'; });
}

bool is_address(std::string_view text) {
    in6_addr address{};
    return inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1 || is_future_address(text);
}

std::optional<Wrong> wrong_port(std::string_view port, std::size_t position) {
    constexpr int highest = 65535;
    int number = 0;
    for (std::size_t at = 0; at < port.size(); ++at) {
        if (!is_digit(port[at])) return Wrong{"host", position + at, "a port has digits only"};
        number = number * 10 + (port[at] - '0');
        if (number > highest) return Wrong{"host", position, "the port is above 65535"};
    }
    return std::nullopt;
}

}  // namespace

std::optional<Wrong> wrong_authority(std::string_view authority) {
    if (authority.find('@') != std::string_view::npos) {
        return Wrong{"host", 0, "a user name before the host, which a GS1 Digital Link URI does not have"};
    }
    std::size_t end = std::min(authority.find(':'), authority.size());
    if (authority.starts_with('[')) {
        const std::size_t close = authority.find(']');
        if (close == std::string_view::npos || !is_address(authority.substr(1, close - 1))) {
            return Wrong{"host", 0, "brackets that hold no IPv6 address"};
        }
        end = close + 1;
    } else {
        // A "%" has its two digits: that is looked at in the whole URI.
        const std::string_view name = authority.substr(0, end);
        const auto bad = std::find_if_not(name.begin(), name.end(), [](char c) { return in_name(c) || c == '%'; });
        if (name.empty()) return Wrong{"host", 0, "no host name behind the scheme"};
        if (bad != name.end()) {
            return Wrong{"host", static_cast<std::size_t>(bad - name.begin()), "not a character of a host name"};
        }
    }
    if (end == authority.size()) return std::nullopt;
    if (authority[end] != ':') return Wrong{"host", end, "behind the brackets of the address only a port may stand"};
    return wrong_port(authority.substr(end + 1), end + 1);
}

}  // namespace tillpost::gs1
