// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "agent/event/event_types.hpp"
#include "agent/event/intake.hpp"
#include "tests/unit/event_support.hpp"

/// The examples of config/schemas/examples, which the contract test (tests/contract) checks against the schemas,
/// against the rules: a right one is marked nowhere, but for what a complete one would say besides; each changed one
/// exactly as its table says. Old examples stay for good.
using namespace tillpost;

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

json parsed(const fs::path& path) {
    json document = json::parse(content_of(path), nullptr, false);
    EXPECT_FALSE(document.is_discarded()) << path;
    return document;
}

std::vector<fs::path> right_examples(const fs::path& folder) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().filename() != "bad.json") paths.push_back(entry.path());
    }
    return paths;
}

/// A row of bad.json: an example with some members set and some removed.
json changed(const fs::path& folder, const json& row) {
    json document = parsed(folder / row.at("example").get<std::string>());
    if (row.contains("set")) {
        for (const auto& [pointer, value] : row["set"].items()) document[json::json_pointer(pointer)] = value;
    }
    if (!row.contains("remove")) return document;
    for (const json& pointer : row["remove"]) {
        const json::json_pointer at(pointer.get<std::string>());
        json& parent = document[at.parent_pointer()];
        if (parent.is_array()) {
            parent.erase(std::stoul(at.back()));
        } else {
            EXPECT_EQ(parent.erase(at.back()), 1U) << row;
        }
    }
    return document;
}

class EventCorpusTest : public testing::TestWithParam<std::string> {
protected:
    fs::path folder = fs::path(TILLPOST_EXAMPLES) / GetParam();
    Intake intake;
};

TEST_P(EventCorpusTest, TakesEveryRightExampleWithoutAMark) {
    const auto paths = right_examples(folder);
    EXPECT_FALSE(paths.empty());
    bool any_complete = false;
    for (const fs::path& path : paths) {
        const auto result = intake.parse(content_of(path));
        ASSERT_TRUE(std::holds_alternative<Event>(result)) << path << " " << std::get<Rejection>(result).detail;
        const Event& event = std::get<Event>(result);
        EXPECT_EQ(event.type, GetParam()) << path;
        const bool unknown = path.stem() == "unknown_type";
        EXPECT_EQ(speaks_against(event.quality.text()), unknown) << path << " " << event.quality.text();
        any_complete = any_complete || event.quality.text().find(Quality::incomplete) == std::string::npos;
    }
    EXPECT_TRUE(any_complete) << "whoever writes a connector needs one";
}

TEST_P(EventCorpusTest, MarksEveryChangedExampleAsItsTableSays) {
    Intake of_rules(test::of_partial_records());
    const json rows = parsed(folder / "bad.json");
    EXPECT_GE(rows.size(), 2U);
    for (const json& row : rows) {
        const auto result = of_rules.parse(changed(folder, row).dump());
        if (const auto* rejection = std::get_if<Rejection>(&result)) {
            EXPECT_EQ(rejection->rule + ":" + rejection->field, row.value("rejected", "")) << row;
        } else {
            EXPECT_EQ(std::get<Event>(result).quality.text(), row.value("quality", "")) << row;
        }
    }
}

std::vector<std::string> types_of_feeds() {
    std::vector<std::string> names;
    for (const EventType& type : event_types()) {
        if (type.mark != nullptr) names.emplace_back(type.name);
    }
    return names;
}

INSTANTIATE_TEST_SUITE_P(Types, EventCorpusTest, testing::ValuesIn(types_of_feeds()),
                         [](const auto& which) { return which.param; });

}  // namespace
