// SPDX-License-Identifier: Apache-2.0
#include "agent/event/key_rules.hpp"

#include <algorithm>
#include <array>

#include "agent/event/field_rules.hpp"
#include "agent/event/identity.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/redaction/json_token.hpp"

namespace tillpost {
namespace {

constexpr std::array<std::string_view, 3> number_parts{"/till", "/business_date", "/number"};

/// They end in till, business date and number, in this order.
bool is_numbered(const std::vector<std::string>& pointers) {
    return pointers.size() >= number_parts.size() &&
           std::equal(number_parts.rbegin(), number_parts.rend(), pointers.rbegin());
}

}  // namespace

/// A value of the record, and the text that it is made of.
struct KeyRules::Key::Part {
    Value::Kind kind = Value::Kind::absent;
    std::string text;

    Value value() const { return Value(kind, text); }
};

static_assert(KeySetting::most_pointers <= JsonPaths::most);

KeyRules::Key::Key(const KeySetting& setting)
    : pointers_(setting.key), paths_(setting.key), numbered_(is_numbered(setting.key)) {}

KeyRules::Key::Part KeyRules::Key::part(std::string_view written) {
    if (written.empty() || written == "null") return {};
    if (written.front() == '"') return {Value::Kind::text, decoded_string(written.substr(1, written.size() - 2))};
    if (written.front() == '{') return {Value::Kind::object, {}};
    if (written.front() == '[') return {Value::Kind::array, {}};
    if (is_json_word(written)) return {Value::Kind::boolean, std::string(written)};
    return {Value::Kind::number, std::string(written)};
}

std::optional<Rejection> KeyRules::Key::fault(std::string_view line) const {
    const std::vector<std::string_view> written = paths_.values(line);
    for (std::size_t at = 0; at < written.size(); ++at) {
        const Part found = part(written[at]);
        if (auto fault = key_part_fault(found.value(), pointers_[at])) return fault;
    }
    return std::nullopt;
}

std::string KeyRules::Key::subject(std::string_view line, std::string_view type) const {
    std::string text(numbered_ ? std::string_view("pos") : type);
    const std::vector<std::string_view> written = paths_.values(line);
    for (std::size_t at = 0; at < written.size(); ++at) {
        const Part found = part(written[at]);
        if (!can_be_key_part(found.value())) return {};
        append_key_part(text += '/', found.text);
    }
    return text;
}

std::string KeyRules::Key::subject_of(const Record& record, const Record::Object& original) const {
    if (!numbered_) return {};
    std::string text = "pos";
    for (const std::string& pointer : pointers_) {
        const Name name = find_name(std::string_view(pointer).substr(1));
        Value value = record.get(original, name);
        // Every sale of a store says the same of it.
        if (name == Name::store && !value.present()) value = record.root(name);
        if (name == Name::unknown || !can_be_key_part(value)) return {};
        append_key_part(text += '/', value.text());
    }
    return text;
}

KeyRules::KeyRules(const std::vector<KeySetting>& settings) {
    for (const KeySetting& setting : settings) {
        Rule rule;
        if (!setting.key.empty()) rule.key.emplace(setting);
        rule.changing = JsonPaths(setting.changing);
        for (const std::string& type : setting.types) rules_[type] = rule;
    }
}

const KeyRules::Key* KeyRules::key_of(std::string_view type) const {
    const auto found = rules_.find(type);
    return found != rules_.end() && found->second.key ? &*found->second.key : nullptr;
}

bool KeyRules::changes(std::string_view type) const {
    const auto found = rules_.find(type);
    return found != rules_.end() && !found->second.changing.empty();
}

std::optional<std::string> KeyRules::compared(std::string_view type, std::string_view data) const {
    if (!changes(type)) return std::nullopt;
    return rules_.find(type)->second.changing.without(data);
}

}  // namespace tillpost
