// SPDX-License-Identifier: Apache-2.0
#include "agent/mqtt/proxy.hpp"

#include <algorithm>

#include "platform/bytes.hpp"

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

std::string connect_request(const BrokerAddress& broker, const std::string& credentials) {
    const bool ipv6 = broker.host.find(':') != std::string::npos;
    const std::string host = ipv6 ? "[" + broker.host + "]" : broker.host;
    const std::string to = host + ":" + std::to_string(broker.port);
    const std::string who = credentials.empty() ? "" : "Proxy-Authorization: Basic " + to_base64(credentials) + "\r\n";
    return "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n" + who + "\r\n";
}

// Without "http://": the library takes only "https://" off, and looks up what is left.
std::string for_library(const std::string& proxy, const std::string& credentials) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-._~";
    std::string who;
    for (const char c : credentials) {
        const auto byte = static_cast<unsigned char>(c);
        if (plain.find(c) != std::string_view::npos) {
            who += c;
        } else {
            who += {'%', digits[byte >> 4], digits[byte & 0xf]};
        }
    }
    return who + (who.empty() ? "" : "@") + proxy.substr(proxy.rfind('/') + 1);
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
    const bool asks = bytes.substr(code_at, 3) == "407";
    return "the proxy refuses: \"" + quoted(bytes) + "\"" +
           (asks ? "; name and password for it go into a file that /broker/proxy_credentials_file names" : "");
}

}  // namespace tillpost::proxy
