// SPDX-License-Identifier: Apache-2.0
#include "agent/event/business_class.hpp"

#include <algorithm>
#include <array>

namespace tillpost {
namespace {

constexpr std::array<std::string_view, 10> normal{
    "transfer_out", "transfer_in",  "vendor_return", "pick",       "handover",
    "markdown",     "price_change", "stock_count",   "adjustment", "replenishment_request"};
constexpr std::array<std::string_view, 4> bulk{"scan", "weight", "device_up", "device_down"};

template <std::size_t count>
bool holds(const std::array<std::string_view, count>& names, std::string_view type) {
    return std::find(names.begin(), names.end(), type) != names.end();
}

}  // namespace

BusinessClass business_class(std::string_view type) {
    if (holds(bulk, type)) return BusinessClass::bulk;
    return holds(normal, type) ? BusinessClass::normal : BusinessClass::critical;
}

std::string_view name_of(BusinessClass business_class) {
    switch (business_class) {
        case BusinessClass::bulk: return "bulk";
        case BusinessClass::normal: return "normal";
        case BusinessClass::critical: break;
    }
    return "critical";
}

}  // namespace tillpost
