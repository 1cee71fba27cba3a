// SPDX-License-Identifier: Apache-2.0
#include "agent/event/redaction/people.hpp"

#include <algorithm>
#include <string_view>

#include "agent/event/redaction/field_names.hpp"

namespace tillpost {

std::string people_as_sent(const PrivacySettings& settings) {
    std::string names;
    for (const std::string_view member : {"operator", "seller", "approver", "actor"}) {
        const auto is_said = [member](const PrivacySettings::Rule& rule) {
            const std::size_t slash = rule.path.rfind('/');
            return same_name(rule.name.empty() ? std::string_view(rule.path).substr(slash + 1) : rule.name, member);
        };
        if (std::any_of(settings.fields.begin(), settings.fields.end(), is_said)) continue;
        names.append(names.empty() ? "" : ", ").append(member);
    }
    if (names.empty()) return "";
    return "people travel as the POS names them (" + names +
           "), not as pseudonyms of ours: say in privacy/fields what is done with each, such as {\"name\": "
           "\"operator\", "
           "\"policy\": \"pseudonym\"}, or \"keep\" where the POS sends pseudonyms";
}

}  // namespace tillpost
