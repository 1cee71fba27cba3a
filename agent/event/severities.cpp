// SPDX-License-Identifier: Apache-2.0
#include "agent/event/severities.hpp"

#include <algorithm>

namespace tillpost {
namespace {

bool concerns(const RuleSetting& rule, const std::string& type) {
    return rule.types.empty() || std::find(rule.types.begin(), rule.types.end(), type) != rule.types.end();
}

}  // namespace

// Of several entries for a rule and type the last one counts, so that one for all types can have exceptions.
std::optional<Rejection> Severities::held_back(const Event& event) const {
    if (event.quality.ok()) return std::nullopt;
    for (const Quality::First& broken : event.quality.firsts()) {
        const auto setting = std::find_if(rules_.rbegin(), rules_.rend(), [&](const RuleSetting& each) {
            return each.rule == broken.rule && concerns(each, event.type);
        });
        if (setting == rules_.rend() || setting->severity != Severity::quarantine) continue;
        return Rejection{broken.rule, broken.field,
                         "the rule " + broken.rule + " is broken, which holds a " + event.type +
                             " back by the configuration (/rules)"};
    }
    return std::nullopt;
}

}  // namespace tillpost
