// SPDX-License-Identifier: Apache-2.0
#include "agent/mqtt/address.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace tillpost {
namespace {

constexpr std::string_view host_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
constexpr std::size_t longest_host = 253;  // a DNS name's limit (RFC 1035)

Error refuse(std::string_view text, std::string_view why) {
    return {Errc::invalid, "broker address \"" + std::string(text) + "\": " + std::string(why)};
}

bool is_ipv6(const std::string& host) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_loopback(const std::string& host) {
    if (host == "localhost" || host == "::1") return true;
    in_addr address{};
    return ::inet_pton(AF_INET, host.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

bool read_port(std::string_view text, std::uint16_t& port) {
    const char* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, port);
    return failure == std::errc() && stop == end && port != 0;
}

bool split(std::string_view rest, BrokerAddress& address) {
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos || !read_port(rest.substr(colon + 1), address.port)) return false;
    std::string_view host = rest.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        address.host = host.substr(1, host.size() - 2);
        return is_ipv6(address.host);
    }
    address.host = host;
    return !host.empty() && host.size() <= longest_host &&
           host.find_first_not_of(host_characters) == std::string_view::npos;
}

}  // namespace

Result<BrokerAddress> parse_broker_address(std::string_view text) {
    BrokerAddress address;
    address.tls = text.starts_with("ssl://");
    if (!address.tls && !text.starts_with("tcp://")) {
        return refuse(text, "it must begin with ssl://, or with tcp:// for a broker on this machine");
    }
    if (!split(text.substr(6), address)) return refuse(text, "write it as ssl://<host>:<port>");
    if (!address.tls && !is_loopback(address.host)) {
        return refuse(text,
                      "tcp:// is not encrypted and allowed only for a broker on this machine (127.0.0.1); use "
                      "ssl:// with the broker's TLS port, usually 8883");
    }
    return address;
}

}  // namespace tillpost
