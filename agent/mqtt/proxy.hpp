// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "agent/mqtt/address.hpp"

/// How an HTTP proxy is asked for a way to the broker (RFC 9110, 9.3.6). Pure.
namespace tillpost::proxy {

/// `credentials`: "user:password", "" for none.
std::string connect_request(const BrokerAddress& broker, const std::string& credentials = "");

/// "user:password@host:port" as the MQTT library wants it, which takes %XX for bytes of its own syntax.
std::string for_library(const std::string& proxy, const std::string& credentials);

/// What the bytes that the proxy has sent so far mean: nullopt, more must come; "", the way is open; otherwise what it
/// says instead, in words for people.
std::optional<std::string> answer(std::string_view bytes);

constexpr std::size_t longest_answer = 8192;

}  // namespace tillpost::proxy
