// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string_view>

/// The path of a GS1 Digital Link URI. Pure.
namespace tillpost::gs1 {

/// Whether these AIs, in this order, may follow a key with these `allowed` ones: "22,10,21|235" are two alternatives,
/// of each of which any may be left out.
bool are_qualifiers(std::string_view allowed, std::span<const std::string_view> ais);

/// Whether a path segment is a whole compressed Digital Link of a key with a check digit (GTIN, SSCC, GLN and others):
/// it is base64url and begins with such a key. Others, and those that begin with a code for several AIs, are not
/// recognised.
bool is_compressed_link(std::string_view segment);

}  // namespace tillpost::gs1
