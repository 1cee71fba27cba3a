// SPDX-License-Identifier: Apache-2.0
#include "agent/event/key_rules.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/event/field_rules.hpp"
#include "agent/event/identity.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/redaction/json_token.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> number_parts{"/till", "/business_date", "/number"};

/// They end in till, business date and number, in this order.
bool is_numbered(const std::vector<std::string>& pointers) {
    return pointers.size() >= number_parts.size() &&
           std::equal(number_parts.rbegin(), number_parts.rend(), pointers.rbegin());
}

/// They are nothing else: a store may be written in more than one way.
bool is_named(const std::vector<std::string>& pointers) {
    return is_numbered(pointers) && pointers.size() == number_parts.size();
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
    : pointers_(setting.key),
      paths_(setting.key),
      numbered_(is_numbered(setting.key)),
      named_by_number_(is_named(setting.key)) {}

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

std::string KeyRules::Key::subject_of(const Record& record, const Record::Object& original, bool or_root) const {
    if (!numbered_) return {};
    std::string text = "pos";
    for (const std::string& pointer : pointers_) {
        const Name name = find_name(std::string_view(pointer).substr(1));
        Value value = record.get(original, name);
        // Every sale of a store says the same of it.
        const bool may_be_own = name == Name::store || (or_root && name != Name::number);
        if (may_be_own && !value.present()) value = record.root(name);
        if (name == Name::unknown || !can_be_key_part(value)) return {};
        append_key_part(text += '/', value.text());
    }
    return text;
}

KeyRules::KeyRules(const std::vector<KeySetting>& settings, std::string store)
    : settings_(settings), store_(std::move(store)) {
    for (const KeySetting& setting : settings_) {
        Rule rule;
        if (!setting.key.empty()) rule.key.emplace(setting);
        rule.changing = JsonPaths(setting.changing);
        rule.setting = setting;
        for (const std::string& type : setting.types) rules_[type] = rule;
    }
}

std::string KeyRules::text() const {
    json keys = json::array();
    for (const KeySetting& each : settings_) {
        keys.push_back({{"types", each.types}, {"key", each.key}, {"changing", each.changing}});
    }
    const json all{{"keys", std::move(keys)}, {"store", store_}, {"names_stores", names_stores_}};
    return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<KeyRules> KeyRules::from(std::string_view text) {
    const json all = json::parse(text, nullptr, false);
    if (!all.is_object()) return std::nullopt;
    try {
        std::vector<KeySetting> settings;
        for (const json& each : all.at("keys")) {
            settings.push_back({each.at("types").get<std::vector<std::string>>(),
                                each.at("key").get<std::vector<std::string>>(),
                                each.at("changing").get<std::vector<std::string>>()});
        }
        KeyRules rules(settings, all.at("store").get<std::string>());
        rules.names_stores_ = all.at("names_stores").get<bool>();
        return rules;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

KeyRules KeyRules::without_stores() const {
    KeyRules rules = *this;
    rules.names_stores_ = false;
    return rules;
}

std::string_view KeyRules::other_store(const Value& named) const {
    if (!names_stores_ || store_.empty() || !can_be_key_part(named)) return {};
    const std::string_view text = without_zeros(named.text());
    return text == without_zeros(store_) ? std::string_view() : text;
}

bool KeyRules::names_own_store(std::string_view data) const {
    static const JsonPaths path({"/store"});
    if (store_.empty()) return false;
    const std::string_view written = path.values(data).front();
    const bool is_text = written.size() > 1 && written.front() == '"';
    const std::string named = is_text ? decoded_string(written.substr(1, written.size() - 2)) : std::string(written);
    return !named.empty() && without_zeros(named) == without_zeros(store_);
}

bool KeyRules::agrees(const KeyRules& other, std::string_view type, std::string_view data) const {
    const Rule* const mine = rule_of(type);
    const Rule* const theirs = other.rule_of(type);
    static const KeySetting own;
    const KeySetting& here = mine != nullptr ? mine->setting : own;
    const KeySetting& there = theirs != nullptr ? theirs->setting : own;
    if (here.key != there.key || here.changing != there.changing) return false;
    const bool same_stores = names_stores_ == other.names_stores_ && (!names_stores_ || store_ == other.store_);
    if (!here.key.empty() || same_stores) return true;
    // An escape may hide the name.
    return data.find(R"("store")") == std::string_view::npos && data.find('\\') == std::string_view::npos;
}

const KeyRules::Rule* KeyRules::rule_of(std::string_view type) const {
    const auto found = rules_.find(type);
    return found != rules_.end() ? &found->second : nullptr;
}

const KeyRules::Key* KeyRules::key_of(std::string_view type) const {
    const Rule* const rule = rule_of(type);
    return rule != nullptr && rule->key ? &*rule->key : nullptr;
}

bool KeyRules::changes(std::string_view type) const {
    const Rule* const rule = rule_of(type);
    return rule != nullptr && !rule->changing.empty();
}

bool KeyRules::changes(std::string_view type, std::string_view pointer) const {
    const Rule* const rule = rule_of(type);
    if (rule == nullptr) return false;
    const std::vector<std::string>& changing = rule->setting.changing;
    return std::find(changing.begin(), changing.end(), pointer) != changing.end();
}

std::optional<std::string> KeyRules::compared(std::string_view type, std::string_view data) const {
    if (!changes(type)) return std::nullopt;
    return rule_of(type)->changing.without(data);
}

bool may_change(std::string_view pointer) {
    // How, when and in which state of its line the POS sent it: not what happened.
    constexpr std::array<std::string_view, 3> of_sending{"/offline", "/origin", "/time"};
    if (std::find(of_sending.begin(), of_sending.end(), pointer) != of_sending.end()) return true;
    if (pointer.starts_with("/origin/")) return true;
    // Of a list's item it is the list that counts: "/lines/0", "/lines/*".
    const auto is_item = [](std::string_view word) {
        return word == "*" || word.empty() || word.find_first_not_of("0123456789") == std::string_view::npos;
    };
    std::string_view word;
    do {
        const std::size_t slash = std::min(pointer.rfind('/'), pointer.size());
        word = pointer.substr(std::min(slash + 1, pointer.size()));
        pointer = pointer.substr(0, slash);
    } while (is_item(word) && !pointer.empty());
    return !is_item(word) && find_name(word) == Name::unknown;
}

std::vector<std::string> telling_members(std::string_view type) {
    const EventType* const known = find_event_type(type);
    switch (known != nullptr ? known->key : BusinessKey::none) {
        case BusinessKey::none: return {};
        case BusinessKey::session: return {"/number", "/session"};
        case BusinessKey::document:
        case BusinessKey::optional_document: return {"/document"};
        case BusinessKey::batch: return {"/batch"};
        default: return {"/number"};
    }
}

bool tells_apart(std::string_view type, std::span<const std::string> key) {
    const std::vector<std::string> telling = telling_members(type);
    const auto tells = [&telling](const std::string& pointer) {
        const std::string_view last = std::string_view(pointer).substr(pointer.rfind('/') + 1);
        const bool is_own = find_name(last) == Name::unknown || pointer == "/origin/key";
        return is_own || std::find(telling.begin(), telling.end(), pointer) != telling.end();
    };
    return std::any_of(key.begin(), key.end(), tells);
}

std::string_view without_zeros(std::string_view text) {
    while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
    return text;
}

}  // namespace tillpost
