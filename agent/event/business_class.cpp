// SPDX-License-Identifier: Apache-2.0
#include "agent/event/business_class.hpp"

#include "agent/event/event_types.hpp"

namespace tillpost {

BusinessClass business_class(std::string_view type) {
    const EventType* known = find_event_type(type);
    return known == nullptr ? BusinessClass::critical : known->business_class;
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
