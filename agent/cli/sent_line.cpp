// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/sent_line.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/cli/schemas.hpp"
#include "agent/event/event_types.hpp"
#include "agent/wire/line.hpp"

namespace tillpost::cli {
namespace {

using nlohmann::json;

constexpr std::string_view body_opening = R"("specversion":"1.0")";

/// Whether a value is of a type of JSON Schema; of one that is not known here it is.
bool is_a(const json& value, const json& wanted) {
    if (wanted.is_array()) {
        return std::any_of(wanted.begin(), wanted.end(), [&value](const json& each) { return is_a(value, each); });
    }
    if (wanted == "string") return value.is_string();
    if (wanted == "integer") return value.is_number_integer();
    if (wanted == "number") return value.is_number();
    if (wanted == "boolean") return value.is_boolean();
    if (wanted == "array") return value.is_array();
    if (wanted == "object") return value.is_object();
    return wanted != "null" || value.is_null();
}

std::string_view fault_of(const json& value, const json& schema) {
    if (!schema.is_object()) return {};
    if (schema.contains("type") && !is_a(value, schema["type"])) return "wrong_type";
    if (schema.contains("const") && value != schema["const"]) return "word";
    if (!schema.contains("enum")) return {};
    const json& words = schema["enum"];
    return std::find(words.begin(), words.end(), value) == words.end() ? "word" : std::string_view();
}

const json& parsed_schema(std::string_view name) {
    static std::map<std::string, json, std::less<>> parsed;
    const auto known = parsed.find(name);
    if (known != parsed.end()) return known->second;
    const auto all = schemas();
    const auto found = std::find_if(all.begin(), all.end(), [name](const Schema& each) { return each.name == name; });
    json schema = found == all.end() ? json::object() : json::parse(found->text, nullptr, false);
    return parsed.emplace(std::string(name), std::move(schema)).first->second;
}

/// What it refers to of `common`, else itself.
const json& resolved(const json& schema) {
    constexpr std::string_view common = "urn:tillpost:schema:common:v1#";
    const auto reference = schema.is_object() ? schema.find("$ref") : schema.end();
    if (reference == schema.end() || !reference->is_string()) return schema;
    const std::string& name = reference->get_ref<const std::string&>();
    if (!name.starts_with(common)) return schema;
    const json::json_pointer place(name.substr(common.size()));
    const json& all = parsed_schema("common");
    return all.contains(place) ? all.at(place) : schema;
}

}  // namespace

bool is_sent(std::string_view line) {
    return line.starts_with(body_opening) || (line.starts_with(R"({"id":")") && line.size() > line_prefix_size &&
                                              line.substr(42).starts_with(R"("epoch":")"));
}

Result<SentData> data_of_sent(Sha256& sha, std::string_view line) {
    std::string_view body = line;
    if (!line.starts_with(body_opening)) {
        const Result<Line> parsed = parse_line(sha, line);
        if (!parsed) return parsed.error();
        if (parsed->kind != Line::Kind::event) return SentData();
        body = parsed->body;
    }
    const SentData sent{body_type(body), body_data(body)};
    if (sent.type.empty() || sent.data.empty() || !json::accept("{" + std::string(body))) {
        return Error{Errc::invalid, "behind its prefix it is no event of ours"};
    }
    const EventType* const known = find_event_type(sent.type);
    if (known == nullptr) return Error{Errc::invalid, "there is no type \"" + std::string(sent.type) + "\""};
    return SentData{sent.type, sent.data, known->mark == nullptr};
}

std::vector<SchemaFault> faults_by_schema(std::string_view type, std::string_view data) {
    const json& schema = parsed_schema(type);
    const json said = json::parse(data, nullptr, false);
    if (!said.is_object()) return {{"wrong_type", "/data"}};
    std::vector<SchemaFault> faults;
    for (const json& name : schema.value("required", json::array())) {
        if (!said.contains(name.get<std::string>())) faults.push_back({"required", "/data/" + name.get<std::string>()});
    }
    const json members = schema.value("properties", json::object());
    for (const auto& [name, of] : members.items()) {
        const auto value = said.find(name);
        const std::string_view rule = value == said.end() ? std::string_view() : fault_of(*value, resolved(of));
        if (!rule.empty()) faults.push_back({rule, "/data/" + name});
    }
    return faults;
}

}  // namespace tillpost::cli
