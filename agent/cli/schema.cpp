// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "agent/cli/commands.hpp"
#include "agent/cli/schema_commands.hpp"
#include "agent/cli/schemas.hpp"

namespace tillpost::cli {
namespace {

using nlohmann::ordered_json;

constexpr int no_such_schema = 64;  // EX_USAGE, sysexits(3)

std::string title_of(std::string_view text) {
    const auto document = nlohmann::json::parse(text, nullptr, false);
    return document.is_object() ? document.value("title", "") : "";
}

void list_schemas() {
    for (const Schema& schema : schemas()) {
        std::string name(schema.name);
        name.resize(std::max<std::size_t>(name.size() + 1, 24), ' ');
        std::cout << name << title_of(schema.text) << '\n';
    }
    std::cout << std::flush;
}

/// "sale" of "tillpost.sale.v1", as an event's type says, of "urn:tillpost:schema:sale:v1", as its dataschema does, and
/// of "sale.v1", as the schema's file is called. Of another version there is no schema here.
std::string_view plain_name(std::string_view name) {
    for (const std::string_view start : {"tillpost.", "urn:tillpost:schema:"}) {
        if (name.starts_with(start)) name.remove_prefix(start.size());
    }
    if (name.ends_with(".json")) name.remove_suffix(5);
    if (name.ends_with(".v1") || name.ends_with(":v1")) name.remove_suffix(3);
    return name;
}

const Schema* find_schema(std::string_view name) {
    const auto all = schemas();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Schema& schema) { return schema.name == name; });
    return found == all.end() ? nullptr : &*found;
}

/// The schemas that a document refers to by their $id, "urn:tillpost:schema:common:v1#/…".
void note_referred(const ordered_json& part, std::set<std::string>& names) {
    constexpr std::string_view ours = "urn:tillpost:schema:";
    if (const auto found = part.is_object() ? part.find("$ref") : part.end();
        found != part.end() && found->is_string()) {
        const auto& reference = found->get_ref<const std::string&>();
        if (reference.starts_with(ours)) {
            const std::string_view rest = std::string_view(reference).substr(ours.size());
            names.emplace(rest.substr(0, rest.find(':')));
        }
    }
    for (const ordered_json& each : part) {
        if (each.is_structured()) note_referred(each, names);
    }
}

/// A compound schema document (JSON Schema 2020-12 core, 9.3): what stands in $defs keeps its $id, and references find
/// it.
ordered_json bundle_of(const Schema& schema) {
    ordered_json bundle = ordered_json::parse(schema.text);
    std::set<std::string> names;
    note_referred(bundle, names);
    std::set<std::string> done{std::string(schema.name)};
    while (!names.empty()) {
        const std::string name = names.extract(names.begin()).value();
        const Schema* const found = done.insert(name).second ? find_schema(name) : nullptr;
        if (found == nullptr) continue;
        ordered_json referred = ordered_json::parse(found->text);
        note_referred(referred, names);
        bundle["$defs"][name] = std::move(referred);
    }
    return bundle;
}

}  // namespace

int show_schema(const SchemaOptions& options) {
    if (options.name.empty()) {
        list_schemas();
        return ok;
    }
    const Schema* const found = find_schema(plain_name(options.name));
    if (found == nullptr) {
        complain("there is no schema \"" + options.name + "\"; `tillpost schema` lists those that there are");
        return no_such_schema;
    }
    if (options.bundle) {
        std::cout << bundle_of(*found).dump(2) << std::endl;
    } else {
        std::cout << found->text << std::flush;
    }
    return ok;
}

}  // namespace tillpost::cli
