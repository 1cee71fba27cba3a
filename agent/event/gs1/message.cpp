// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/message.hpp"

#include <algorithm>
#include <utility>

#include "agent/event/gs1/value_rules.hpp"

namespace tillpost::gs1 {

bool Message::syntax_ok() const {
    return std::all_of(faults.begin(), faults.end(), [](const Fault& fault) { return fault.association; });
}

const Element* Message::find(std::string_view ai) const {
    const auto found =
        std::find_if(elements.begin(), elements.end(), [ai](const Element& element) { return element.ai == ai; });
    return found == elements.end() ? nullptr : &*found;
}

const Fault* Message::find_fault(std::string_view rule) const {
    const auto found =
        std::find_if(faults.begin(), faults.end(), [rule](const Fault& fault) { return fault.rule == rule; });
    return found == faults.end() ? nullptr : &*found;
}

void Message::add(Fault fault) {
    if (faults.size() < most_faults) faults.push_back(std::move(fault));
}

void Message::add(std::string_view ai, std::string_view value, std::size_t offset, std::size_t value_offset,
                  int current_year) {
    const Definition* definition = find_definition(ai);
    if (definition == nullptr) {
        add({"unknown_ai", std::string(ai), offset, "there is no GS1 Application Identifier " + std::string(ai)});
        return;
    }
    if (const auto wrong = find_wrong(*definition, value, current_year)) {
        add({wrong->rule, std::string(ai), value_offset + wrong->position, wrong->text});
        return;
    }
    if (elements.size() == most_elements) {
        add({"too_long", std::string(ai), offset, "more than 128 elements"});
        return;
    }
    elements.push_back({std::string(ai), std::string(value), offset, definition});
}

}  // namespace tillpost::gs1
