// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/rules_view.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/event/settings.hpp"

namespace tillpost::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t rule_column = 18;

struct NamedSeverity {
    Severity severity;
    const char* name;
};
constexpr std::array severity_names{NamedSeverity{Severity::quarantine, "quarantine"},
                                    NamedSeverity{Severity::note, "note"}, NamedSeverity{Severity::off, "off"}};

std::vector<std::string_view> types_of(const KnownRule& rule) {
    if (rule.types.empty()) return feed_types();
    std::vector<std::string_view> types(rule.types.begin(), rule.types.end());
    std::sort(types.begin(), types.end());
    return types;
}

std::vector<std::string_view> types_with(const KnownRule& rule, const Severities& severities, Severity wanted) {
    std::vector<std::string_view> types = types_of(rule);
    const auto is_another = [&](std::string_view type) { return severities.severity_of(rule.name, type) != wanted; };
    types.erase(std::remove_if(types.begin(), types.end(), is_another), types.end());
    return types;
}

std::string joined(const std::vector<std::string_view>& words) {
    std::string text;
    for (const std::string_view word : words) text.append(text.empty() ? "" : ", ").append(word);
    return text;
}

/// "note", or where types differ "quarantine: sale; note: return".
std::string severity_words(const KnownRule& rule, const Severities& severities) {
    std::string words;
    for (const NamedSeverity& each : severity_names) {
        const std::vector<std::string_view> types = types_with(rule, severities, each.severity);
        if (types.empty()) continue;
        if (types.size() == types_of(rule).size()) return each.name;
        words.append(words.empty() ? "" : "; ").append(each.name).append(": ").append(joined(types));
    }
    return words;
}

}  // namespace

std::string rules_text(const Severities& severities) {
    const std::string margin(rule_column, ' ');
    std::string text;
    for (const KnownRule& rule : known_rules()) {
        std::string name(rule.name);
        name.resize(std::max(name.size() + 1, rule_column), ' ');
        text.append(name).append(severity_words(rule, severities)).append("\n");
        text.append(margin).append(rule.compared).append("\n");
        const std::string types = rule.types.empty() ? "all" : joined(types_of(rule));
        text.append(margin).append("Types: ").append(types).append("\n");
        if (!rule.configurable()) text.append(margin).append("Always a note: ").append(rule.always_a_note).append("\n");
    }
    return text;
}

std::string rules_json(const Severities& severities) {
    std::string text;
    for (const KnownRule& rule : known_rules()) {
        ordered_json line{{"rule", rule.name}, {"compared", rule.compared}, {"configurable", rule.configurable()}};
        if (!rule.configurable()) line["always_a_note"] = rule.always_a_note;
        for (const NamedSeverity& each : severity_names) {
            const std::vector<std::string_view> types = types_with(rule, severities, each.severity);
            if (!types.empty()) line["types"][each.name] = types;
        }
        text += line.dump() + "\n";
    }
    return text;
}

}  // namespace tillpost::cli
