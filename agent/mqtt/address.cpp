// SPDX-License-Identifier: Apache-2.0
#include "agent/mqtt/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace tillpost {
namespace {

constexpr std::string_view host_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
constexpr std::string_view path_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/.-_~";
constexpr std::size_t longest_host = 253;  // a DNS name's limit (RFC 1035)
constexpr std::size_t longest_path = 256;

struct Scheme {
    std::string_view prefix;
    bool tls;
    bool websocket;
};
constexpr std::array<Scheme, 4> schemes{
    {{"ssl://", true, false}, {"wss://", true, true}, {"tcp://", false, false}, {"ws://", false, true}}};

Error refuse(std::string_view what, std::string_view text, std::string_view why) {
    return {Errc::invalid, std::string(what) + " \"" + std::string(text) + "\": " + std::string(why)};
}

bool is_ipv6(const std::string& host) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

constexpr std::string_view own_name = "localhost";
constexpr std::string_view own_address = "127.0.0.1";

bool is_loopback(const std::string& host) {
    if (host == "::1") return true;
    in_addr address{};
    return ::inet_pton(AF_INET, host.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

bool read_port(std::string_view text, std::uint16_t& port) {
    const char* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, port);
    return failure == std::errc() && stop == end && port != 0;
}

bool read_host(std::string_view host, BrokerAddress& address) {
    if (host.starts_with('[') && host.ends_with(']')) {
        address.host = host.substr(1, host.size() - 2);
        return is_ipv6(address.host);
    }
    address.host = host;
    return !host.empty() && host.size() <= longest_host &&
           host.find_first_not_of(host_characters) == std::string_view::npos;
}

/// What is wrong with "host:port"; nullopt if nothing is.
std::optional<std::string> split(std::string_view rest, BrokerAddress& address, std::string_view form) {
    const auto colon = rest.rfind(':');
    const std::string_view port = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
    const bool has_form = read_host(rest.substr(0, colon), address) && !port.empty() &&
                          port.find_first_not_of("0123456789") == std::string_view::npos;
    if (!has_form) return "write it as " + std::string(form);
    if (read_port(port, address.port)) return std::nullopt;
    return "there is no port " + std::string(port) + ": ports are from 1 to 65535";
}

/// Takes a web socket's path off; false if it is none.
bool take_path(std::string_view& rest) {
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return true;
    const std::string_view path = rest.substr(slash);
    rest = rest.substr(0, slash);
    return path.size() <= longest_path && path.find_first_not_of(path_characters) == std::string_view::npos;
}

/// Other tools' names of the same, and the ports that are usual.
struct Meant {
    std::string_view written;
    std::string_view scheme;
    std::string_view port;
    std::string_view encrypted;  ///< The same to another machine; "" if it is.
};
constexpr std::array<Meant, 10> meanings{{{"ssl", "ssl://", "8883", ""},
                                          {"tls", "ssl://", "8883", ""},
                                          {"mqtts", "ssl://", "8883", ""},
                                          {"mqtt+ssl", "ssl://", "8883", ""},
                                          {"wss", "wss://", "443", ""},
                                          {"https", "wss://", "443", ""},
                                          {"tcp", "tcp://", "1883", "ssl://"},
                                          {"mqtt", "tcp://", "1883", "ssl://"},
                                          {"ws", "ws://", "80", "wss://"},
                                          {"http", "ws://", "80", "wss://"}}};

std::string small_letters(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

Result<BrokerAddress> parse(std::string_view text) {
    constexpr std::string_view what = "broker address";
    const auto* const scheme =
        std::find_if(schemes.begin(), schemes.end(), [text](const Scheme& s) { return text.starts_with(s.prefix); });
    if (scheme == schemes.end()) {
        return refuse(what, text,
                      "it must begin with ssl:// or wss://, or with tcp:// or ws:// for a broker on this machine");
    }
    BrokerAddress address;
    address.tls = scheme->tls;
    address.websocket = scheme->websocket;
    std::string_view rest = text.substr(scheme->prefix.size());
    constexpr std::string_view form = "ssl://<host>:<port> or wss://<host>:<port>/<path>";
    const bool path_is_good = !address.websocket || take_path(rest);
    if (!path_is_good) return refuse(what, text, "write it as " + std::string(form));
    if (const auto wrong = split(rest, address, form)) return refuse(what, text, *wrong);
    if (!address.tls && address.host == own_name) address.host = own_address;
    if (!address.tls && !is_loopback(address.host)) {
        return refuse(what, text,
                      std::string(scheme->prefix) +
                          " is not encrypted and allowed only for a broker on this machine (127.0.0.1); use "
                          "ssl:// or wss:// with the broker's TLS port, usually 8883 or 443");
    }
    return address;
}

}  // namespace

std::string broker_address_advice(std::string_view text) {
    const auto end = text.find("://");
    const bool has_scheme = end != std::string_view::npos;
    const std::string written = has_scheme ? small_letters(text.substr(0, end)) : "ssl";
    const auto* const meant = std::find_if(meanings.begin(), meanings.end(),
                                           [&written](const Meant& each) { return each.written == written; });
    if (meant == meanings.end()) return "";
    const std::string rest(has_scheme ? text.substr(end + 3) : text);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string with_port = rest.substr(0, slash) + ":" + std::string(meant->port) + rest.substr(slash);
    for (const std::string& each : {rest, with_port}) {
        const std::string corrected = std::string(meant->scheme) + each;
        if (corrected != text && parse(corrected)) return "write " + corrected;
    }
    // In the clear and to another machine: the same in TLS, at its own port.
    if (meant->encrypted.empty()) return "";
    for (const std::string& each : {rest, with_port}) {
        const std::string host = each.substr(0, each.substr(0, each.find('/')).rfind(':'));
        if (host == own_name || host == "[::1]" || is_loopback(host)) return "";  // What is wrong is something else.
        const std::string path = slash < rest.size() && meant->encrypted == "wss://" ? rest.substr(slash) : "";
        const std::string port = meant->encrypted == "wss://" ? ":443" : ":8883";
        const std::string corrected = std::string(meant->encrypted) + host + port + path;
        if (parse(corrected)) {
            return "what leaves this machine is encrypted: write " + corrected + ", if that is the broker's TLS port";
        }
    }
    return "";
}

Result<BrokerAddress> parse_broker_address(std::string_view text) {
    Result<BrokerAddress> address = parse(text);
    const std::string advice = address ? "" : broker_address_advice(text);
    if (advice.empty()) return address;
    return Error{address.error().code, address.error().message + "; " + advice};
}

std::string without_look_up(const std::string& text) {
    const auto address = parse_broker_address(text);
    const std::size_t at = text.find("://") + 3;
    if (!address || address->host != own_address || text.compare(at, own_name.size(), own_name) != 0) return text;
    return std::string(text).replace(at, own_name.size(), own_address);
}

Result<BrokerAddress> parse_proxy_address(std::string_view text) {
    constexpr std::string_view prefix = "http://";
    BrokerAddress address;
    constexpr std::string_view form = "http://<host>:<port>";
    if (!text.starts_with(prefix)) return refuse("proxy", text, "write it as " + std::string(form));
    if (const auto wrong = split(text.substr(prefix.size()), address, form)) return refuse("proxy", text, *wrong);
    return address;
}

}  // namespace tillpost
