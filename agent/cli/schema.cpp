// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "agent/cli/commands.hpp"
#include "agent/cli/schema_commands.hpp"
#include "agent/cli/schemas.hpp"

namespace tillpost::cli {
namespace {

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

}  // namespace

int show_schema(const std::string& name) {
    if (name.empty()) {
        list_schemas();
        return ok;
    }
    const auto all = schemas();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Schema& schema) { return schema.name == name; });
    if (found == all.end()) {
        complain("there is no schema \"" + name + "\"; `tillpost schema` lists those that there are");
        return no_such_schema;
    }
    std::cout << found->text << std::flush;
    return ok;
}

}  // namespace tillpost::cli
