// SPDX-License-Identifier: Apache-2.0
// What a large shop has in one document goes all the way, as one event and one message.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/agent_rig.hpp"

namespace tillpost::test {
namespace {

using nlohmann::json;

json documents_with(std::size_t lines, json document, const json& line) {
    document["business_date"] = "2026-11-25";
    document["time"] = "2026-11-25T10:00:00Z";
    document["lines"] = json::array();
    for (std::size_t i = 1; i <= lines; ++i) {
        document["lines"].push_back(line);
        document["lines"].back()["line"] = i;
    }
    return document;
}

json large_sale(std::size_t lines) {
    const json line = json::parse(R"({"kind":"goods","direction":"sale","gtin":"4006381333931","item":"100200",
        "description":"Highlighter","department":"12","entry_method":"scanned","quantity":"1","unit":"EA",
        "regular_unit_price":"1.00","unit_price":"1.00","amount":"1.00",
        "discounts":[{"amount":"0","reason":"p","promotion":"1"}],"tax":{"rate":"19","category":"S"}})");
    const std::string total = std::to_string(lines) + ".00";
    return documents_with(lines,
                          {{"type", "sale"},
                           {"till", "T01"},
                           {"number", 1},
                           {"currency", "EUR"},
                           {"tenders", {{{"type", "cash"}, {"amount", total}}}},
                           {"totals", {{"net", total}, {"tax", "0.00"}, {"gross", total}}}},
                          line);
}

/// The data of each business event that central has, by its subject's end.
std::vector<json> at_central(const AgentRig& rig) {
    Process command(Process::Command{program_path("tillpost-central"), {"export", "--db", rig.path("central.db")}});
    EXPECT_EQ(command.wait().value_or(-1), 0) << command.errors();
    std::vector<json> all;
    const std::string text = command.output();
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        json event = json::parse(text.substr(at, end - at), nullptr, false);
        EXPECT_TRUE(event.is_object()) << text.substr(at, 200);
        if (event.contains("subject")) all.push_back(std::move(event));
        at = end + 1;
    }
    return all;
}

TEST(LargeDocumentTest, GoesAllTheWayAsOneEvent) {  // [durable-3] [end-1]
    const std::vector<json> sent{
        large_sale(1'000),
        documents_with(1'100, {{"type", "stock_count"}, {"document", "C1"}, {"kind", "full"}, {"status", "done"}},
                       {{"gtin", "4006381333931"}, {"unit", "EA"}, {"counted", "1"}}),
        documents_with(
            400, {{"type", "receiving"}, {"document", "R1"}, {"supplier", "4012345000009"}},
            json::parse(R"({"gtin":"4006381333931","item":"100200","unit":"EA","expected":"24","received":"24",
                           "accepted":"23","rejected":"1","reject_reason":"damaged","lot":"L7","expiry":"2027-03-01"})"))};
    AgentRig rig;
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    FeedClient feed(rig.path("feed.sock"));
    for (const json& document : sent) {
        const std::string answer = feed.ask(document.dump());
        EXPECT_TRUE(answer.starts_with("{\"accepted\"")) << answer;
    }
    EXPECT_GT(sent.front().dump().size(), 300'000U) << "larger than a message of several events may be";
    const std::string refused = feed.ask(large_sale(2'000).dump());
    EXPECT_NE(refused.find("line_too_long: at most 524288 bytes"), std::string::npos) << refused;
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0) << rig.agent().errors();
    rig.stop_central();
    const std::vector<json> got = at_central(rig);
    ASSERT_EQ(got.size(), sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
        EXPECT_EQ(got[i]["data"]["lines"], sent[i]["lines"]) << i;
        EXPECT_EQ(got[i].value("quality", "ok").find("total"), std::string::npos) << got[i]["quality"];
    }
}

}  // namespace
}  // namespace tillpost::test
