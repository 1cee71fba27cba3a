// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

#include "agent/event/gs1/value_rules.hpp"

/// The structure of North American coupon codes. Pure.
namespace tillpost::gs1 {

/// AI 8110: "North American Coupon Application Guideline Using GS1 DataBar Expanded Symbols".
std::optional<Wrong> wrong_coupon(std::string_view text);
/// AI 8112: the code that stands for an offer of a positive offer file.
std::optional<Wrong> wrong_offer_coupon(std::string_view text);

}  // namespace tillpost::gs1
