// SPDX-License-Identifier: Apache-2.0
#include "agent/mqtt/proxy.hpp"

#include <algorithm>

namespace tillpost::proxy {
namespace {

constexpr std::size_t longest_quote = 100;

/// The proxy's first line, safe to be shown.
std::string quoted(std::string_view bytes) {
    std::string line(bytes.substr(0, std::min(bytes.find_first_of("\r\n"), longest_quote)));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return line;
}

}  // namespace

std::string connect_request(const BrokerAddress& broker) {
    const bool ipv6 = broker.host.find(':') != std::string::npos;
    const std::string host = ipv6 ? "[" + broker.host + "]" : broker.host;
    const std::string to = host + ":" + std::to_string(broker.port);
    return "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n\r\n";
}

std::optional<std::string> answer(std::string_view bytes) {
    constexpr std::string_view begin = "HTTP/1.";
    constexpr std::size_t code_at = begin.size() + 2;  // "HTTP/1.1 200"
    const bool http = bytes.substr(0, begin.size()) == begin.substr(0, bytes.size());
    if (!http) return "the proxy speaks no HTTP: \"" + quoted(bytes) + "\"";
    if (bytes.find("\r\n\r\n") == std::string_view::npos) {
        if (bytes.size() < longest_answer) return std::nullopt;
        return "the proxy's answer does not end";
    }
    if (bytes.substr(code_at, 1) == "2") return "";
    return "the proxy refuses: \"" + quoted(bytes) + "\"";
}

}  // namespace tillpost::proxy
