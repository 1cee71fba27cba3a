// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

#include "agent/event/gs1/value_rules.hpp"

/// Host and port of a GS1 Digital Link URI. Pure.
namespace tillpost::gs1 {

/// What is wrong with `authority`, which stands between "https://" and the path: a host (a name, an IPv4 address or an
/// IP literal in brackets) and perhaps ":" and a port of digits, by RFC 3986, section 3.2. No user name, which the
/// standard leaves out. nullopt if nothing is. `position`: in `authority`.
std::optional<Wrong> wrong_authority(std::string_view authority);

}  // namespace tillpost::gs1
