// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/capture/quarantine_json.hpp"
#include "agent/status/control_server.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

struct Bad {
    const char* name;
    std::string line;
    const char* says;
};

class BadQuarantineRequestTest : public ::testing::TestWithParam<Bad> {};

TEST_P(BadQuarantineRequestTest, IsRefusedWithWhatIsAllowed) {
    const auto request = parse_quarantine_request(GetParam().line);
    ASSERT_FALSE(request);
    EXPECT_NE(request.error().message.find(GetParam().says), std::string::npos) << request.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Requests, BadQuarantineRequestTest,
    ::testing::Values(
        Bad{"no_json", "quarantine", "one JSON object"}, Bad{"two_members", R"({"quarantine.list":{},"a":{}})", "one"},
        Bad{"deep", R"({"quarantine.list":)" + std::string(900'000, '['), "one JSON object"},
        Bad{"deep_inside", R"({"quarantine.list":{"sort":[[[[1]]]]}})", "/sort: expected text"},
        Bad{"no_object", R"({"quarantine.list":1})", "an object"},
        Bad{"unknown_verb", R"({"quarantine.approve":{}})", "quarantine.list, .show"},
        Bad{"unknown_order", R"({"quarantine.list":{"sort":"size"}})", "age, amount or class"},
        Bad{"too_many", R"({"quarantine.list":{"most":51}})", "from 0 to 50"},
        Bad{"negative_offset", R"({"quarantine.list":{"offset":-1}})", "a number"},
        Bad{"fraction", R"({"quarantine.show":{"id":"Q1-1","offset":1.5}})", "a number"},
        Bad{"id_of_another_type", R"({"quarantine.show":{"id":1}})", "/id: expected text"},
        Bad{"unknown_member", R"({"quarantine.release":{"id":"Q1-1","force":true}})", "does not have"},
        Bad{"discard_without_reason", R"({"quarantine.discard":{"id":"Q1-1"}})", "/reason: discarding needs one"},
        Bad{"blank_reason", R"({"quarantine.discard":{"id":"Q1-1","reason":"   "}})", "/reason: expected words"},
        Bad{"blank_reason_of_a_release", R"({"quarantine.release":{"id":"Q1-1","reason":" "}})", "/reason"},
        Bad{"blank_reason_of_other_spaces",
            "{\"quarantine.discard\":{\"id\":\"Q1-1\",\"reason\":\"\xc2\xa0\xe2\x80\x8b\xe3\x80\x80\xef\xbb\xbf\"}}",
            "/reason"},
        Bad{"blank_actor", R"({"quarantine.correct":{"id":"Q1-1","actor":"  ","line":"{}"}})", "/actor"},
        Bad{"control_characters", R"({"quarantine.release":{"id":"Q1-1","actor":"a\u001b"}})", "/actor"},
        Bad{"long_actor", R"({"quarantine.release":{"id":"Q1-1","actor":")" + std::string(65, 'a') + "\"}}",
            "at most 64"},
        Bad{"changes_key_of_a_release", R"({"quarantine.release":{"id":"Q1-1","changes_key":true}})", "does not have"},
        Bad{"as_type_of_a_release", R"({"quarantine.release":{"id":"Q1-1","as_type":"sale"}})", "does not have"},
        Bad{"no_corrected_record", R"({"quarantine.correct":{"id":"Q1-1"}})", "needs the corrected record"}),
    [](const auto& which) { return which.param.name; });

TEST(QuarantineJsonTest, ReadsEachRequest) {
    const auto list = parse_quarantine_request(R"({"quarantine.list":{"sort":"amount","offset":50,"most":7}})");
    ASSERT_TRUE(list);
    EXPECT_EQ(list->query.sort, QuarantineQuery::Sort::amount);
    EXPECT_EQ(list->query.offset, 50U);
    EXPECT_EQ(list->query.most, 7U);
    EXPECT_EQ(parse_quarantine_request(R"({"quarantine.list":{}})")->query.most, most_listed);
    const auto correct =
        parse_quarantine_request(R"({"quarantine.correct":{"id":"Q1-1","actor":"p","reason":"r","line":"{}"}})");
    ASSERT_TRUE(correct);
    EXPECT_EQ(correct->verb, QuarantineRequest::Verb::correct);
    EXPECT_EQ(correct->id + correct->actor + correct->reason + correct->line + correct->as_type, "Q1-1pr{}");
    EXPECT_FALSE(correct->changes_key);
    EXPECT_TRUE(parse_quarantine_request(R"({"quarantine.correct":{"id":"Q1-1","line":"{}","changes_key":true}})")
                    ->changes_key);
    EXPECT_EQ(parse_quarantine_request(R"({"quarantine.correct":{"id":"Q1-1","line":"{}","as_type":"void"}})")->as_type,
              "void");
}

TEST(QuarantineJsonTest, TheLargestAnswersFitWhatWaitsForAClient) {
    QuarantineRecord record;
    record.id = "Q524287-17592186044415";
    record.event = record.about = std::string(33, 'f');
    // Each of these bytes becomes six in JSON.
    record.device = record.rule = record.field = record.amount = std::string(128, '\x01');
    record.type = "replenishment_request";
    record.till = record.number = std::string(64, '\x01');
    QuarantinePage page{1, std::vector<QuarantineRecord>(most_listed, record)};
    EXPECT_LT(page_line(page).size(), ControlServer::most_unwritten);
    record.bytes = std::string(2 * most_shown, '\x01');
    EXPECT_LT(record_line(record, 0).size(), ControlServer::most_unwritten);
}

TEST(QuarantineJsonTest, GivesTheBytesPartByPart) {
    QuarantineRecord record;
    record.bytes = std::string(most_shown, 'a') + "\xff\n";
    record.size = record.bytes.size();
    const json second = json::parse(record_line(record, most_shown));
    EXPECT_EQ(second["record"]["hex"], "ff0a");
    EXPECT_EQ(second["record"]["offset"], most_shown);
    const json behind = json::parse(record_line(record, 1'000'000));
    EXPECT_EQ(behind["record"]["hex"], "");
}

}  // namespace
}  // namespace tillpost
