// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string_view>

/// The path of a GS1 Digital Link URI. Pure.
namespace tillpost::gs1 {

/// Whether these AIs, in this order, may follow a key with these `allowed` ones: "22,10,21|235" are two alternatives,
/// of each of which any may be left out.
bool are_qualifiers(std::string_view allowed, std::span<const std::string_view> ais);

/// Whether a path segment may be a whole compressed Digital Link: base64url whose first byte is two digits of an AI.
bool may_be_compressed(std::string_view segment);

}  // namespace tillpost::gs1
