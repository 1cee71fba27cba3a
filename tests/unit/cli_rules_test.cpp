// SPDX-License-Identifier: Apache-2.0
// What `tillpost rules` says of each rule under a configuration.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "agent/cli/rules_view.hpp"

namespace tillpost::cli {
namespace {

const std::vector<RuleSetting> configured{{"totals", {"sale"}, Severity::quarantine},
                                          {"discrepancy", {}, Severity::quarantine},
                                          {"business_date", {}, Severity::quarantine},
                                          {"business_date", {"control"}, Severity::note},
                                          {"incomplete", {"sale", "return"}, Severity::off}};

/// The lines of one rule.
std::string shown(const std::string& text, const std::string& rule) {
    std::istringstream lines(text);
    std::string found;
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(' ')) inside = line.starts_with(rule + " ");
        if (inside) found += line.substr(std::min(line.find_first_not_of(' '), line.size())) + "\n";
    }
    return found;
}

TEST(RulesViewTest, ShowsTypesAndSeverityOfEachRule) {
    const std::string text = rules_text(Severities(configured));
    const auto begins = [&text](const std::string& rule, const std::string& expected) {
        const std::string found = shown(text, rule);
        EXPECT_TRUE(found.starts_with(expected)) << rule << ": " << found;
    };
    begins("totals", "totals            quarantine: sale; note: return\ngross is the lines");
    begins("tenders", "tenders           note\n");
    begins("discrepancy", "discrepancy       quarantine\n");
    begins("incomplete", "incomplete        note: adjustment, cash_movement");
    EXPECT_NE(shown(text, "incomplete").find("; off: return, sale\n"), std::string::npos);
    EXPECT_NE(shown(text, "business_date").find("; note: control\n"), std::string::npos);
    EXPECT_NE(shown(text, "business_date").find("\nTypes: all\n"), std::string::npos);
    EXPECT_NE(shown(text, "discrepancy").find("\nTypes: receiving, transfer_in\n"), std::string::npos);
    EXPECT_EQ(shown(text, "totals").find("Always a note"), std::string::npos);
}

TEST(RulesViewTest, SaysWhyARuleIsAlwaysANote) {
    const std::string text = rules_text(Severities());
    for (const KnownRule& rule : known_rules()) {
        const std::string found = shown(text, std::string(rule.name));
        EXPECT_NE(found, "") << rule.name;
        EXPECT_EQ(found.find("\nAlways a note: ") != std::string::npos, !rule.configurable()) << found;
    }
    EXPECT_NE(shown(text, "number_gap").find("Always a note: the record is not at fault"), std::string::npos);
    EXPECT_NE(shown(text, "conflict").find("both travel\n"), std::string::npos);
}

TEST(RulesViewTest, SpeaksJsonToPrograms) {
    std::istringstream lines(rules_json(Severities(configured)));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        const auto rule = nlohmann::json::parse(line);
        EXPECT_EQ(rule.contains("always_a_note"), rule["configurable"] == false) << line;
        if (rule["rule"] == "totals") {
            EXPECT_EQ(rule["types"].dump(), R"({"note":["return"],"quarantine":["sale"]})");
        }
    }
    EXPECT_EQ(count, known_rules().size());
}

}  // namespace
}  // namespace tillpost::cli
