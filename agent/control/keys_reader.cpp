// SPDX-License-Identifier: Apache-2.0
#include "agent/control/keys_reader.hpp"

#include <set>
#include <string>
#include <utility>

#include "agent/control/rules.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_settings = 32;
constexpr std::size_t most_parts = 8;

KeySetting read_setting(ObjectReader& reader, std::set<std::string>& known) {
    KeySetting setting;
    const std::size_t most_types = keyed_types().size();
    setting.types = reader.one_or_more("types", rules::keyed_type, most_types, Need::required).value_or(setting.types);
    setting.key = reader.one_or_more("key", rules::key_path, most_parts).value_or(setting.key);
    setting.changing =
        reader.one_or_more("changing", rules::changing_path, KeySetting::most_pointers).value_or(setting.changing);
    if (!reader.has("changing")) reader.miss("key", "the members that the key is made of, or \"changing\", or both");
    for (const std::string& type : setting.types) {
        if (setting.key.empty() || tells_apart(type, setting.key)) continue;
        std::string telling;
        for (const std::string& each : telling_members(type)) telling += "\"" + each + "\" or ";
        reader.refuse("key", "a key that tells two records of the type \"" + type + "\" apart: with " + telling +
                                 "a number of the POS's own that the format does not know, such as \"/receipt/id\"");
        break;
    }
    for (const std::string& type : setting.types) {
        if (known.insert(type).second) continue;
        reader.refuse("types", "types that stand in no other entry: \"" + type + "\" does");
        break;
    }
    return setting;
}

}  // namespace

std::vector<KeySetting> read_keys(ObjectReader& root) {
    std::vector<KeySetting> settings;
    std::set<std::string> known;
    root.objects("keys", most_settings, [&](ObjectReader& each) { settings.push_back(read_setting(each, known)); });
    return settings;
}

}  // namespace tillpost
