// SPDX-License-Identifier: Apache-2.0
#include "agent/control/privacy_reader.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "agent/control/rules.hpp"

namespace tillpost {
namespace {

using Policy = PrivacySettings::Policy;

constexpr std::size_t most_fields = 64;
constexpr std::size_t most_card_numbers = 64;

constexpr NumberRange card_number_digits{OwnCards::fewest, OwnCards::most};

/// They say what an event is and which one: without them it is none.
bool is_identity(std::string_view name) {
    constexpr std::array<std::string_view, 7> names{"business_date", "document", "mode", "number",
                                                    "till",          "time",     "type"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

void read_field(ObjectReader& field, PrivacySettings& settings) {
    PrivacySettings::Rule rule;
    const auto name = field.text("name", rules::member_name);
    const auto path = field.text("path", rules::member_path);
    const auto policy = field.choice<Policy>("policy", {{"keep", Policy::keep},
                                                        {"drop", Policy::drop},
                                                        {"pseudonym", Policy::pseudonym},
                                                        {"identifier", Policy::identifier}});
    field.miss("policy", "\"keep\", \"drop\", \"pseudonym\" or \"identifier\"");
    if (!field.has("path")) field.miss("name", "the name of a member, or \"path\" instead");
    if (name && path) field.refuse("path", "no path beside a name");
    rule.name = name.value_or("");
    rule.path = path.value_or("");
    rule.policy = policy.value_or(Policy::keep);
    const bool changes = rule.policy == Policy::drop || rule.policy == Policy::pseudonym;
    if (changes && name && is_identity(*name)) {
        field.refuse("name", "another member: this one says which event it is");
    } else if (changes && path && is_identity(std::string_view(*path).substr(1))) {
        field.refuse("path", "another member: this one says which event it is");
    }
    settings.fields.push_back(std::move(rule));
}

void read_card_number(ObjectReader& card, PrivacySettings& settings) {
    OwnCards own;
    own.prefix = card.text("prefix", rules::card_prefix, Need::required).value_or("");
    own.digits = static_cast<std::size_t>(card.number("digits", card_number_digits).value_or(0));
    card.miss("digits", "how many digits such a card number has");
    settings.card_numbers.push_back(std::move(own));
}

}  // namespace

PrivacySettings read_privacy(ObjectReader privacy) {
    PrivacySettings settings;
    privacy.objects("fields", most_fields, [&settings](ObjectReader& each) { read_field(each, settings); });
    privacy.objects("card_numbers", most_card_numbers,
                    [&settings](ObjectReader& each) { read_card_number(each, settings); });
    const auto free_text = privacy.choice<Policy>("free_text", {{"keep", Policy::keep}, {"drop", Policy::drop}});
    settings.free_text = free_text.value_or(settings.free_text);
    settings.key_file = privacy.text("key_file", rules::pseudonym_key).value_or("");
    settings.keep_bin = privacy.flag("keep_bin").value_or(settings.keep_bin);
    const auto needs_key = [](const PrivacySettings::Rule& rule) { return rule.policy == Policy::pseudonym; };
    if (std::any_of(settings.fields.begin(), settings.fields.end(), needs_key)) {
        privacy.miss("key_file", "the file with the pseudonyms' key, which a field's policy asks for");
    }
    return settings;
}

}  // namespace tillpost
