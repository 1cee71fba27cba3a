// SPDX-License-Identifier: Apache-2.0
// What `tillpost reprocess` asks of the daemon: corrections, not second sales, each once. A crash is a journal that is
// opened anew.
#include "tests/unit/capture_reprocess_fixture.hpp"

namespace tillpost {
namespace {

TEST_F(CaptureReprocessTest, NothingIsAnotherEventUnderTheSameConfiguration) {
    std::uint64_t sent = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(TILLPOST_EXAMPLES)) {
        if (file.path().extension() != ".json") continue;
        std::string line = test::content_of(file.path());
        if (const json example = json::parse(line, nullptr, false); !example.is_object()) continue;
        std::replace(line.begin(), line.end(), '\n', ' ');
        if (send(line).kind == Outcome::Kind::accepted) ++sent;
    }
    ASSERT_GT(sent, 30U);
    send(sale(1, R"(,"card":"4111 1111 1111 1111","a note":"4111111111111111","a \"b":"5500005555555559")"));
    send(sale(5));
    send(sale(5, R"(,"again":1)"));
    send(
        R"({"type":"sale","till":"T9","number":1,"business_date":"2020-01-01","lines":[{},{},{},{}],"tenders":[{},{}]})");
    scan("]C10112", "");
    scan("\xff\xfe", "]E0");
    scan("4111111111111111", "");
    const Sequence last = journal->live().last;
    EXPECT_EQ(run(), 0U) << changes.front();
    reopen();
    EXPECT_EQ(run(), 0U);
    EXPECT_EQ(journal->live().last, last);
}

TEST_F(CaptureReprocessTest, AnInStoreTemplateCorrectsScansOnce) {
    const Outcome first = scan("2112345012346", "]E0");
    send(sale(1));
    scan("4006381333931", "]E0");
    settings.in_store_numbers = measured_by("21IIIIIPPP.PPC EUR");
    reopen();
    EXPECT_EQ(run({{"dry_run", true}}), 1U);
    EXPECT_EQ(journal->live().last, 3U) << "a dry run changes nothing";
    EXPECT_EQ(run({{"actor", "p-1"}}), 1U);
    const json correction = last_event();
    EXPECT_EQ(correction["corrects"], first.epoch + "-0000000000000001");
    EXPECT_EQ(correction["correctskind"], "replace");
    EXPECT_EQ(correction["mapsagain"], correction["corrects"]);
    EXPECT_EQ(correction["type"], "tillpost.scan.v1");
    EXPECT_EQ(correction["entry"], "station");
    EXPECT_EQ(correction["time"], all_events()[0]["time"]) << "it happened then";
    EXPECT_EQ(correction["data"]["item"], "12345");
    EXPECT_EQ(correction["data"]["code"], "2112345012346");
    EXPECT_EQ(correction["data"]["reprocessed"],
              json::parse(R"({"reason":"a new template","actor":"p-1","user":1000})"));
    EXPECT_EQ(changes.back()["what"], json::parse(R"(["data"])"));
    EXPECT_EQ(run(), 0U) << "once";
    reopen();
    EXPECT_EQ(run(), 0U) << "and once only";
}

TEST_F(CaptureReprocessTest, ACorrectionIsReplacedByTheNextOne) {
    scan("2112345012346", "]E0");
    for (const char* form : {"21IIIIIPPP.PPC EUR", "21IIIIIWW.WWWC KGM"}) {
        settings.in_store_numbers = measured_by(form);
        reopen();
        EXPECT_EQ(run(), 1U);
    }
    settings.in_store_numbers.clear();
    reopen();
    EXPECT_EQ(run(), 1U);
    const std::vector<json> all = all_events();
    ASSERT_EQ(all.size(), 4U);
    for (std::size_t i = 1; i < all.size(); ++i) {
        EXPECT_EQ(all[i]["corrects"], all[i - 1]["id"]) << i;
        EXPECT_EQ(all[i]["mapsagain"], all[0]["id"]) << i;
    }
    EXPECT_EQ(all[3]["data"].count("item"), 0U);
    EXPECT_EQ(all[3]["data"].dump().find("reprocessed"), all[3]["data"].dump().rfind("reprocessed"));
}

TEST_F(CaptureReprocessTest, WhatIsDroppedTodayIsDroppedAndSentAgainGetsTheFirstReceipt) {  // [privacy-1] [once-2]
    const Outcome first = send(sale(1));
    drop("operator");
    EXPECT_EQ(run(), 1U);
    const json correction = last_event();
    EXPECT_TRUE(correction["data"]["operator"].is_null());
    EXPECT_EQ(correction["subject"], "pos/T01/2026-11-23/1");
    EXPECT_EQ(correction["quality"], "ok") << "a correction is no conflict";
    const Sequence last = journal->live().last;
    settings.privacy.fields.clear();
    reopen();
    EXPECT_EQ(send(sale(1)).sequence, first.sequence);
    EXPECT_EQ(journal->live().last, last);
}

TEST_F(CaptureReprocessTest, PseudonymsAreMadeOnce) {
    settings.privacy.key = std::string(32, 'k');
    settings.privacy.fields = {{"operator", "", PrivacySettings::Policy::pseudonym}};
    reopen();
    send(sale(1));
    const std::string made = last_event()["data"]["operator"];
    EXPECT_TRUE(made.starts_with("p:")) << made;
    EXPECT_EQ(run(), 0U);
}

TEST_F(CaptureReprocessTest, UnderANewKeyASaleSentAgainIsNoSecondSale) {  // [once-2]
    send(sale(1, R"(,"store":"0042")"));
    settings.intake.keys = std::make_shared<const KeyRules>(
        std::vector<KeySetting>{{{"sale"}, {"/store", "/till", "/business_date", "/number"}, {}}});
    reopen();
    EXPECT_EQ(run(), 1U);
    EXPECT_EQ(changes.back()["what"], json::parse(R"(["key"])"));
    const json correction = last_event();
    EXPECT_EQ(correction["subject"], "pos/0042/T01/2026-11-23/1");
    for (int round = 0; round < 2; ++round) {
        const Outcome again = send(sale(1, R"(,"store":"0042")"));
        EXPECT_EQ(again.sequence, 2U) << "the correction's receipt";
        reopen();
    }
    EXPECT_EQ(journal->live().last, 2U);
}

TEST_F(CaptureReprocessTest, WhatAnEventLacksIsNoReasonToCorrectIt) {
    send(sale(1));
    settings.intake = {};
    reopen();
    EXPECT_EQ(run(), 0U);
}

// What was cut cannot be found again, and more was wrong than a quality says.
TEST_F(CaptureReprocessTest, CardDataAndMoreFaultsThanAQualitySaysAreNoReasonToCorrectIt) {
    reopen();
    int number = 0;
    for (const int cards : {1, 6, 7, 8, 9, 12}) {
        for (const int faults : {0, 1, 4}) {
            std::string more;
            for (int n = 0; n < cards; ++n) more += ",\"c" + std::to_string(n) + R"(":"card 4111111111111111")";
            const std::array members{R"(,"mode":"tests")", R"(,"till_opened":"x")", R"(,"taxes":[{"amount":"5"}])",
                                     R"(,"corrects_kind":"reverse")"};
            for (int n = 0; n < faults; ++n) more += members.at(static_cast<std::size_t>(n));
            ASSERT_EQ(send(sale(++number, more)).kind, Outcome::Kind::accepted);
        }
    }
    EXPECT_EQ(run(), 0U) << json(changes);
}

TEST_F(CaptureReprocessTest, AKeyThatRedactionCutNamesNothingHereEither) {  // [once-2]
    const auto numbered = [](const std::string& number) {
        std::string line = sale(7);
        return line.replace(line.find(":7,"), 3, ":\"" + number + "\",");
    };
    const Outcome one = send(numbered("4111123535971111"));
    const Outcome other = send(numbered("4111124169491111"));
    ASSERT_NE(one.sequence, other.sequence);
    EXPECT_EQ(run({{"dry_run", true}}), 0U) << changes.front();
    drop("operator");
    EXPECT_EQ(run(), 2U);
    const std::vector<json> all = all_events();
    ASSERT_EQ(all.size(), 4U);
    for (const json& event : all) EXPECT_FALSE(event.contains("subject")) << event;
    for (const json& change : changes) EXPECT_EQ(change["what"], json::parse(R"(["data"])")) << change;
    EXPECT_NE(all[2]["corrects"], all[3]["corrects"]) << "two stay two";
    EXPECT_EQ(run(), 0U) << "once";
}

TEST_F(CaptureReprocessTest, WhatWasToldByOthersStays) {
    send(sale(1));
    send(sale(4));
    send(sale(4, R"(,"other":true)"));
    drop("operator");
    EXPECT_EQ(run(), 3U);
    const std::vector<json> all = all_events();
    ASSERT_EQ(all.size(), 6U);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(all[i + 3]["quality"], all[i]["quality"]) << i;
    EXPECT_EQ(all[4]["quality"], "number_gap:/number=expected_2");
}

TEST_F(CaptureReprocessTest, WhatAFeedHasCorrectedIsLeftAlone) {
    const Outcome first = send(sale(1));
    const std::string id = first.epoch + "-0000000000000001";
    send(sale(1, R"(,"corrects":")" + id + R"(","corrects_kind":"replace","reason":"r","actor":"a")"));
    const Outcome second = send(sale(2));
    send(sale(2, R"(,"corrects":")" + second.epoch +
                     R"(-0000000000000003","corrects_kind":"supplement","reason":"r","actor":"a")"));
    drop("operator");
    EXPECT_EQ(run(), 3U);
    std::set<std::string> corrected;
    for (const json& event : all_events()) {
        if (event.contains("mapsagain")) corrected.insert(event["mapsagain"]);
        if (!event.contains("mapsagain") || event["correctskind"] != "supplement") continue;
        EXPECT_EQ(event["corrects"], second.epoch + "-0000000000000003") << "it is missing there still";
    }
    EXPECT_EQ(corrected.count(id), 0U) << "the feed's replacement is replaced instead";
    EXPECT_EQ(corrected.size(), 3U);
}

TEST_F(CaptureReprocessTest, ManySlicesAndACrashBetweenThemCorrectEachOnce) {
    constexpr std::uint64_t sales = 300;  // three slices
    for (std::uint64_t i = 0; i < sales; ++i) send(sale(static_cast<int>(i)));
    drop("operator");
    const json slice = ask("events", json::object());
    EXPECT_GT(slice["corrected"].get<std::uint64_t>(), 0U);
    EXPECT_FALSE(slice["next"].get<std::string>().empty());
    const std::uint64_t done = slice["corrected"];
    reopen();
    EXPECT_EQ(run(), sales - done);
    EXPECT_EQ(run(), 0U);
    std::map<std::string, int> times;
    for (const json& event : all_events()) {
        if (event.contains("corrects")) ++times[event["corrects"]];
    }
    EXPECT_EQ(times.size(), sales);
    for (const auto& [id, count] : times) EXPECT_EQ(count, 1) << id;
}

TEST_F(CaptureReprocessTest, ARangeATypeOrARuleIsWhatIsLookedAt) {
    send(sale(1, "", "2026-11-21"));
    send(sale(2, "", "2026-11-22"));
    send(sale(3, R"(,"mode":"tests")"));
    send(
        R"({"type":"no_sale","till":"T01","number":4,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","operator":"x"})");
    drop("operator");
    struct Case {
        json members;
        std::uint64_t count;
    };
    const Case cases[] = {
        {{{"from", 2}}, 3},
        {{{"to", 2}}, 2},
        {{{"from", 2}, {"to", 3}}, 2},
        {{{"from_date", "2026-11-22"}}, 3},
        {{{"from_date", "2026-11-22"}, {"to_date", "2026-11-22"}}, 1},
        {{{"type", "no_sale"}}, 1},
        {{{"type", "sale"}, {"to_date", "2026-11-21"}}, 1},
        {{{"rule", "mode"}}, 1},
        {{{"rule", "totals"}}, 0},
        {json::object(), 4},
    };
    for (const Case& each : cases) {
        json members = each.members;
        members["dry_run"] = true;
        EXPECT_EQ(run(members), each.count) << members;
    }
    EXPECT_EQ(journal->live().last, 4U);
}

TEST_F(CaptureReprocessTest, CardDataInTheReasonAreCut) {  // [privacy-1]
    send(sale(1));
    drop("operator");
    EXPECT_EQ(run({{"reason", "it was 4111 1111 1111 1111"}}), 1U);
    EXPECT_EQ(last_event().dump().find("1111 1111"), std::string::npos) << last_event();
}

// It would go to quarantine instead, and central would go on with what the record said before.
TEST_F(CaptureReprocessTest, WhatTheBrokerWouldNotTakeIsNamedAndStaysAsItIs) {
    send(sale(1));
    const Outcome large = send(sale(2, R"(,"text":")" + std::string(2000, 'x') + "\""));
    send(sale(3));
    const auto lines = await(journal->read({2, 2}, 64 << 20));
    ASSERT_TRUE(lines);
    const std::uint64_t limit = lines->line(0).size() + 20;
    const auto learn = [this](std::uint64_t bytes) {
        journal->note_largest_line(bytes);
        ASSERT_TRUE(run_until([&] { return journal->largest_line() == bytes; }));
    };
    learn(limit);
    drop("operator");
    for (const bool dry_run : {true, false}) {
        const json slice = ask("events", {{"dry_run", dry_run}});
        EXPECT_EQ(slice["corrected"], 2) << slice;
        EXPECT_EQ(slice["too_large"], 1) << slice;
        ASSERT_EQ(slice["changes"].size(), 3U) << slice;
        const json& change = slice["changes"][1];
        EXPECT_EQ(change["event"], large.epoch + "-0000000000000002");
        EXPECT_EQ(change["too_large"], limit);
        EXPECT_EQ(change["by"], "");
        EXPECT_NE(slice["changes"][2]["by"] == "", !dry_run) << "each by its own";
    }
    EXPECT_EQ(journal->live().last, 5U);
    EXPECT_EQ(run(), 0U);
    learn(0);
    EXPECT_EQ(run(), 1U) << "with a larger maximum it is";
}

struct BadRequest {
    const char* name;
    const char* line;
    const char* says;
};
class BadReprocessRequestTest : public ::testing::TestWithParam<BadRequest> {};

TEST_P(BadReprocessRequestTest, IsRefusedWithWhatIsAllowed) {
    const auto request = parse_reprocess_request(GetParam().line);
    ASSERT_FALSE(request);
    EXPECT_NE(request.error().message.find(GetParam().says), std::string::npos) << request.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Requests, BadReprocessRequestTest,
    ::testing::Values(
        BadRequest{"no_json", "reprocess", "one JSON object"},
        BadRequest{"unknown", R"({"reprocess.all":{}})", "reprocess.events or reprocess.quarantine"},
        BadRequest{"no_reason", R"({"reprocess.events":{}})", "/reason: mapping events again needs one"},
        BadRequest{"a_blank_reason", R"({"reprocess.events":{"reason":"  "}})", "/reason: expected words"},
        BadRequest{"a_blank_actor", R"({"reprocess.events":{"reason":"r","actor":" "}})", "/actor"},
        BadRequest{"a_reason_of_two_lines", R"({"reprocess.events":{"reason":"a\nb"}})", "/reason"},
        BadRequest{"dry_run_as_text", R"({"reprocess.events":{"dry_run":"yes"}})", "/dry_run: expected true or false"},
        BadRequest{"no_position", R"({"reprocess.events":{"dry_run":true,"after":"-1"}})", "/after"},
        BadRequest{"a_huge_position", R"({"reprocess.events":{"dry_run":true,"upto":"1234567890123456789"}})",
                   "/after"},
        BadRequest{"turned_round", R"({"reprocess.events":{"dry_run":true,"from":9,"to":8}})", "/to"},
        BadRequest{"no_day", R"({"reprocess.events":{"dry_run":true,"from_date":"2026-02-30"}})", "/from_date"},
        BadRequest{"days_turned_round",
                   R"({"reprocess.events":{"dry_run":true,"from_date":"2026-02-03","to_date":"2026-02-02"}})",
                   "/to_date"},
        BadRequest{"unknown_type", R"({"reprocess.events":{"dry_run":true,"type":"seal"}})", "/type"},
        BadRequest{"unknown_rule", R"({"reprocess.events":{"dry_run":true,"rule":"Totals!"}})", "/rule"},
        BadRequest{"a_rule_that_is_none", R"({"reprocess.events":{"dry_run":true,"rule":"nope"}})", "/rule"},
        BadRequest{"a_rule_that_holds_nothing_back", R"({"reprocess.quarantine":{"dry_run":true,"rule":"nope"}})",
                   "/rule"},
        BadRequest{"unknown_member", R"({"reprocess.events":{"dry_run":true,"force":true}})", "does not have"}),
    [](const auto& which) { return which.param.name; });

}  // namespace
}  // namespace tillpost
