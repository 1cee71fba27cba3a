// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

namespace tillpost {

/// How dear an event is when the disk is full; for shedding only. The numbers are stored.
enum class BusinessClass : std::uint8_t {
    critical = 0,  ///< Revenue, stock and whatever proves completeness: never shed.
    normal = 1,
    bulk = 2  ///< Scans, weights, device chatter: shed first.
};

/// The class of an event type ("sale", without prefix and version). A type that nobody knows is critical: what it is
/// worth cannot be told here.
BusinessClass business_class(std::string_view type);
std::string_view name_of(BusinessClass business_class);

}  // namespace tillpost
