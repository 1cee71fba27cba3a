// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/associations.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "agent/event/gs1/ai_format.hpp"

namespace tillpost::gs1 {
namespace {

/// An AI that is there with a faulty value has its fault already: that it is missing need not be said, too.
bool has(const Message& message, std::string_view pattern) {
    const auto is_it = [pattern](const auto& part) { return matches(part.ai, pattern); };
    return std::any_of(message.elements.begin(), message.elements.end(), is_it) ||
           std::any_of(message.faults.begin(), message.faults.end(),
                       [&](const Fault& fault) { return !fault.association && is_it(fault); });
}

/// One of the alternatives, "01+21" being both, is there.
bool has_needed(const Message& message, std::string_view needs) {
    while (!needs.empty()) {
        std::string_view together = take_until(needs, ',');
        bool all = true;
        while (!together.empty()) all = has(message, take_until(together, '+')) && all;
        if (all) return true;
    }
    return false;
}

/// "01+21,8006" as "01 with 21, or 8006"
std::string in_words(std::string_view needs) {
    std::string out;
    while (!needs.empty()) {
        std::string_view together = take_until(needs, ',');
        if (!out.empty()) out += needs.empty() ? " or " : ", ";
        bool first = true;
        while (!together.empty()) {
            if (!first) out += " with ";
            out += take_until(together, '+');
            first = false;
        }
    }
    return out;
}

void check_needs(Message& message, const Element& element) {
    const std::string_view needs = element.definition->needs;
    if (needs.empty() || has_needed(message, needs)) return;
    message.add({"required", element.ai, element.offset, element.ai + " needs " + in_words(needs), true});
}

bool excludes(const Element& a, const Element& b) { return a.ai != b.ai && matches_any(b.ai, a.definition->excludes); }

/// Each pair once, at the later of the two.
void check_pair(Message& message, const Element& before, const Element& element) {
    if (before.ai == element.ai && before.value != element.value) {
        message.add({"conflict", element.ai, element.offset, element.ai + " is there with two values", true});
    }
    if (excludes(before, element) || excludes(element, before)) {
        message.add({"excluded", element.ai, element.offset, element.ai + " must not stand with " + before.ai, true});
    }
}

bool seen_before(const Message& message, std::size_t at) {
    const Element& element = message.elements[at];
    return std::any_of(message.elements.begin(), message.elements.begin() + static_cast<std::ptrdiff_t>(at),
                       [&](const Element& other) { return other.ai == element.ai; });
}

}  // namespace

void check_associations(Message& message) {
    for (std::size_t i = 0; i < message.elements.size(); ++i) {
        const Element& element = message.elements[i];
        const bool repeated = seen_before(message, i);
        if (!repeated) check_needs(message, element);
        for (std::size_t j = 0; j < i; ++j) {
            const Element& before = message.elements[j];
            if (!repeated || before.ai == element.ai) check_pair(message, before, element);
        }
    }
}

}  // namespace tillpost::gs1
