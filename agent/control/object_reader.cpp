// SPDX-License-Identifier: Apache-2.0
#include "agent/control/object_reader.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tillpost {
namespace {

using nlohmann::json;

std::string list_of(const std::vector<std::string>& words, const char* quote, const char* last) {
    std::string result;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) result += i + 1 == words.size() ? last : ", ";
        result += quote + words[i] + quote;
    }
    return result;
}

/// Two slips at most, and never so many that a short word becomes any other.
bool is_near(std::string_view wrong, std::string_view right) {
    return edit_distance(wrong, right) <= std::min<std::size_t>(2, right.size() / 3);
}

std::string expected(const TextRule& rule, const json& value) {
    const bool has_advice = rule.advice != nullptr && value.is_string();
    const std::string advice = has_advice ? rule.advice(value.get_ref<const std::string&>()) : "";
    return rule.expected + (advice.empty() ? "" : "; " + advice);
}

}  // namespace

ObjectReader::ObjectReader(const json* object, std::string path, Problems& problems)
    : object_(object), path_(std::move(path)), problems_(problems) {
    if (object_ != nullptr && !object_->is_object()) {
        problems_.add(path_, "is " + shown_value(*object_) + ": expected an object, { … }");
        object_ = nullptr;
    }
}

ObjectReader::~ObjectReader() {
    if (!exists()) return;
    for (const auto& item : object_->items()) {
        if (std::find(known_.begin(), known_.end(), item.key()) == known_.end()) refuse_unknown(item.key());
    }
}

std::optional<std::string> ObjectReader::text(const char* key, const TextRule& rule, Need need) {
    const json* value = find(key);
    if (value == nullptr) {
        if (need == Need::required) miss(key, rule.expected);
        return std::nullopt;
    }
    if (!value->is_string() || !rule.holds(value->get_ref<const std::string&>())) {
        refuse(key, expected(rule, *value));
        return std::nullopt;
    }
    return value->get<std::string>();
}

bool ObjectReader::has_empty_list(const char* key) {
    const json* value = find(key);
    return value != nullptr && value->is_array() && value->empty();
}

std::optional<std::vector<std::string>> ObjectReader::texts(const char* key, const TextRule& rule, std::size_t most) {
    const json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_array() || value->size() > most) {
        refuse(key, "a list of at most " + std::to_string(most) + ", each " + rule.expected);
        return std::nullopt;
    }
    std::vector<std::string> result;
    for (const json& each : *value) {
        if (each.is_string() && rule.holds(each.get_ref<const std::string&>())) {
            result.push_back(each.get<std::string>());
            continue;
        }
        const std::string at = path_of(key) + "/" + std::to_string(&each - &value->front());
        problems_.add(at, "is " + shown_value(each) + ": expected " + expected(rule, each));
    }
    return result;
}

std::optional<std::vector<std::string>> ObjectReader::one_or_more(const char* key, const TextRule& rule,
                                                                  std::size_t most, Need need) {
    const json* value = find(key);
    if (value == nullptr || !value->is_array()) {
        auto one = text(key, rule, need);
        if (!one) return std::nullopt;
        return std::vector<std::string>{std::move(*one)};
    }
    if (value->empty()) {
        refuse(key, std::string(rule.expected) + ", or a list of at most " + std::to_string(most));
        return std::nullopt;
    }
    auto several = texts(key, rule, most);
    if (!several) return std::nullopt;
    for (std::size_t i = 1; i < value->size(); ++i) {
        const auto begin = value->begin();
        const auto here = begin + static_cast<std::ptrdiff_t>(i);
        if (std::find(begin, here, *here) == here) continue;
        problems_.add(path_of(key) + "/" + std::to_string(i),
                      "is " + shown_value(*here) + ": expected another one: it is in the list already");
    }
    return several;
}

std::optional<std::int64_t> ObjectReader::number(const char* key, NumberRange range) {
    const json* value = find(key);
    if (value == nullptr) return std::nullopt;
    // An unsigned number above the signed range would wrap when read as signed.
    const bool fits = value->is_number_integer() &&
                      (!value->is_number_unsigned() || value->get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
    const std::int64_t number = fits ? value->get<std::int64_t>() : 0;
    if (!fits || number < range.least || number > range.most) {
        refuse(key, "a whole number from " + std::to_string(range.least) + " to " + std::to_string(range.most));
        return std::nullopt;
    }
    return number;
}

std::optional<std::int64_t> ObjectReader::number_of(const char* key, std::initializer_list<std::int64_t> numbers) {
    const json* value = find(key);
    if (value == nullptr) return std::nullopt;
    std::vector<std::string> allowed;
    for (const std::int64_t each : numbers) {
        if (value->is_number_integer() && *value == each) return each;
        allowed.push_back(std::to_string(each));
    }
    refuse(key, list_of(allowed, "", " or "));
    return std::nullopt;
}

std::optional<bool> ObjectReader::flag(const char* key) {
    const json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_boolean()) {
        refuse(key, "true or false");
        return std::nullopt;
    }
    return value->get<bool>();
}

ObjectReader ObjectReader::object(const char* key, Need need) {
    const json* value = find(key);
    if (value == nullptr && need == Need::required) miss(key, "an object, { … }");
    return ObjectReader(value, path_of(key), problems_);
}

void ObjectReader::objects(const char* key, std::size_t most, const std::function<void(ObjectReader&)>& call) {
    const json* value = find(key);
    if (value == nullptr) return;
    if (!value->is_array() || value->size() > most) {
        refuse(key, "a list of at most " + std::to_string(most) + " objects, [ { … }, … ]");
        return;
    }
    for (std::size_t i = 0; i < value->size(); ++i) {
        ObjectReader each(&(*value)[i], path_of(key) + "/" + std::to_string(i), problems_);
        call(each);
    }
}

void ObjectReader::refuse(const char* key, std::string_view expected) {
    const json* value = find(key);
    if (value == nullptr) return;
    const std::string where = path_of(key);
    problems_.add(where, "is " + problems_.shown(where, *value) + ": expected " + std::string(expected));
}

void ObjectReader::miss(const char* key, std::string_view expected) {
    if (!exists() || find(key) != nullptr) return;
    problems_.add(path_of(key), "is missing: expected " + std::string(expected));
}

const json* ObjectReader::find(const char* key) {
    if (!exists()) return nullptr;
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
    const auto found = object_->find(key);
    return found == object_->end() ? nullptr : &*found;
}

std::optional<std::size_t> ObjectReader::one_of(const char* key, const std::vector<std::string>& names) {
    const json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) {
        const auto found = std::find(names.begin(), names.end(), value->get_ref<const std::string&>());
        if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    }
    refuse(key, list_of(names, "\"", " or "));
    return std::nullopt;
}

void ObjectReader::refuse_unknown(const std::string& key) {
    const auto nearer = [&key](const std::string& a, const std::string& b) {
        return edit_distance(key, a) < edit_distance(key, b);
    };
    const auto nearest = std::min_element(known_.begin(), known_.end(), nearer);
    const bool guess = key.size() <= 64 && nearest != known_.end() && is_near(key, *nearest);
    const std::string hint =
        guess ? "did you mean \"" + *nearest + "\"?" : "expected one of " + list_of(known_, "", ", ");
    problems_.add(path_of(shown_key(key)), "is unknown: " + hint);
}

// Damerau's distance in its restricted form: no part of a word is edited twice.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> steps(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                steps[i][j] = i + j;
                continue;
            }
            const std::size_t replaced = steps[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            steps[i][j] = std::min({steps[i - 1][j] + 1, steps[i][j - 1] + 1, replaced});
            const bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (exchanged) steps[i][j] = std::min(steps[i][j], steps[i - 2][j - 2] + 1);
        }
    }
    return steps[a.size()][b.size()];
}

}  // namespace tillpost
