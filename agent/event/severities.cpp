// SPDX-License-Identifier: Apache-2.0
#include "agent/event/severities.hpp"

#include <algorithm>
#include <utility>

namespace tillpost {
namespace {

bool concerns(const RuleSetting& rule, std::string_view type) {
    return rule.types.empty() || std::find(rule.types.begin(), rule.types.end(), type) != rule.types.end();
}

}  // namespace

// Of several entries for a rule and type the last one counts, so that one for all types can have exceptions.
const RuleSetting* Severities::setting_of(std::string_view rule, std::string_view type) const {
    const auto setting = std::find_if(rules_.rbegin(), rules_.rend(), [&](const RuleSetting& each) {
        return each.rule == rule && concerns(each, type);
    });
    return setting == rules_.rend() ? nullptr : &*setting;
}

Severity Severities::severity_of(std::string_view rule, std::string_view type) const {
    const RuleSetting* const setting = setting_of(rule, type);
    return setting == nullptr ? Severity::note : setting->severity;
}

bool Severities::holds_back(std::string_view rule, std::string_view type) const {
    return severity_of(rule, type) == Severity::quarantine;
}

std::set<std::string, std::less<>> Severities::types_off(std::string_view rule) const {
    std::set<std::string, std::less<>> types;
    for (const std::string_view type : feed_types()) {
        if (severity_of(rule, type) == Severity::off) types.emplace(type);
    }
    return types;
}

std::optional<Rejection> Severities::held_back(const Event& event) const {
    if (event.quality.ok()) return std::nullopt;
    for (const Quality::First& broken : event.quality.firsts()) {
        if (holds_back(broken.rule, event.type)) return rejection_for(broken, event.type);
    }
    return std::nullopt;
}

Rejection rejection_for(const Quality::First& broken, std::string_view type) {
    std::string detail = "the rule " + broken.rule + " is broken";
    if (!broken.compared.empty()) detail.append(" (").append(broken.compared).append(")");
    detail.append(", which holds a ").append(type).append(" back by the configuration (/rules)");
    return {broken.rule, broken.field, std::move(detail)};
}

}  // namespace tillpost
