// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "agent/control/configuration.hpp"

/// What the tests of the configuration share.
namespace tillpost::test {

inline const std::string minimal = R"({
    "agent": {"tenant": "demo", "store": "0042", "node": "till-1"},
    "journal": {"path": "/var/lib/tillpost/journal.db"},
    "broker": {"address": "tcp://127.0.0.1:1883"}
})";

/// The minimal configuration with the section's text in place of its own, or added.
inline std::string with(const std::string& section, const std::string& text) {
    std::string result = "{";
    const std::vector<std::pair<std::string, std::string>> sections{
        {"agent", R"({"tenant": "demo", "store": "0042", "node": "till-1"})"},
        {"journal", R"({"path": "/var/lib/tillpost/journal.db"})"},
        {"broker", R"({"address": "tcp://127.0.0.1:1883"})"},
    };
    for (const auto& [name, standard] : sections) {
        if (name != section) result += "\"" + name + "\": " + standard + ", ";
    }
    return result + "\"" + section + "\": " + text + "}";
}

inline std::string problems_of(const std::string& text) {
    const auto configuration = parse_configuration(text, "test.json");
    return configuration ? "" : configuration.error().message;
}

inline std::size_t lines_of(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
}

}  // namespace tillpost::test
