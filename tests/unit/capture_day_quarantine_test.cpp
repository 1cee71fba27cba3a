// SPDX-License-Identifier: Apache-2.0
// [complete-1] [durable-3] What is in quarantine keeps its till's day from being complete until a person has decided.
#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {
namespace {

/// The agent is there since the day before 24 November; a currency that is none holds a sale back.
class QuarantinedDayTest : public CaptureDayTest {
protected:
    QuarantinedDayTest() {
        rules = {{"currency", {"sale"}, Severity::quarantine}};
        stop();  // since when the agent is there is kept
        clock.advance(24h);
        open();
    }
    /// A sale that is held back; its id.
    std::string hold(const std::string& till, int number) {
        send(sale_line(till, number, "euro"));
        return newest();
    }
    std::string newest() const { return "Q1-" + std::to_string(journal->live().last); }
    static std::string sale_line(const std::string& till, int number, const std::string& currency = "EUR") {
        return R"({"type":"sale","till":")" + till + R"(","number":)" + std::to_string(number) +
               R"(,"business_date":"2026-11-24","time":"2026-11-24T10:00:00Z","currency":")" + currency +
               R"(","lines":[],"tenders":[{"type":"cash","amount":"1"}],"totals":{"net":1,"tax":0,"gross":1}})";
    }
    void sell_at(const std::string& till, int number) { send(sale_line(till, number)); }
    /// The numbers 1 to 3, so many sales of 1.00.
    void close(const std::string& till, int sales) {
        send(R"({"type":"till_close","till":")" + till +
             R"(","business_date":"2026-11-24","time":"2026-11-24T20:00:00Z","session":1,"currency":"EUR",)"
             R"("first_number":"1","last_number":"3","tenders":[{"type":"cash","amount":")" +
             std::to_string(sales) + R"(","expected":")" + std::to_string(sales) + R"(","counted":")" +
             std::to_string(sales) + R"("}]})");
    }
    json day_of(const std::string& till) {
        const json answer = json::parse(days->answer("2026-11-24", till));
        return answer["day"]["tills"].empty() ? json() : answer["day"]["tills"][0];
    }
    bool reaches_revision(const std::string& till, int revision) {
        return run_until([&] { return day_of(till).is_object() && day_of(till)["revision"] == revision; });
    }
    void decide_on(const char* verb, const std::string& id, const json& more = json::object()) {
        json request = more;
        request["id"] = id;
        EXPECT_EQ(decide({{std::string("quarantine.") + verb, request}})["error"], json());
    }
};

TEST_F(QuarantinedDayTest, ADiscardedRecordIsANamedGapOfItsTillAlone) {
    sell_at("T01", 1);
    const std::string id = hold("T01", 2);
    sell_at("T01", 3);
    for (const int number : {1, 2, 3}) sell_at("T02", number);
    close("T01", 2);
    close("T02", 3);
    ASSERT_TRUE(reaches_revision("T01", 1));
    ASSERT_TRUE(reaches_revision("T02", 1));
    EXPECT_EQ(day_of("T01")["reasons"], json({"missing_numbers", "quarantined"}));
    EXPECT_EQ(day_of("T01")["counts"]["quarantined"], 1);
    EXPECT_EQ(day_of("T02")["complete"], true) << day_of("T02");
    decide_on("discard", id, {{"reason", "a test"}});
    ASSERT_TRUE(reaches_revision("T01", 2));
    const json decided = day_of("T01");
    EXPECT_EQ(decided["complete"], true) << decided;
    EXPECT_EQ(decided["counts"]["quarantined"], 0);
    EXPECT_EQ(decided["counts"]["discarded"], 1);
    EXPECT_EQ(decided["numbers"]["discarded"], 1);
    EXPECT_EQ(day_of("T02")["revision"], 1);
    crash();
    run_for(60ms);
    EXPECT_EQ(day_of("T01")["counts"], decided["counts"]);
    EXPECT_EQ(day_of("T01")["revision"], 2) << "nothing new, no new revision";
}

TEST_F(QuarantinedDayTest, ACorrectedRecordFillsItsNumber) {
    sell_at("T01", 1);
    const std::string id = hold("T01", 2);
    sell_at("T01", 3);
    close("T01", 3);
    ASSERT_TRUE(reaches_revision("T01", 1));
    EXPECT_EQ(day_of("T01")["complete"], false);
    decide_on("correct", id, {{"line", sale_line("T01", 2)}});
    ASSERT_TRUE(reaches_revision("T01", 2));
    EXPECT_EQ(day_of("T01")["complete"], true) << day_of("T01");
    EXPECT_EQ(day_of("T01")["counts"]["released"], 1);
    EXPECT_EQ(day_of("T01")["numbers"]["seen"], 3);
}

TEST_F(QuarantinedDayTest, TheLastDecisionOfADayIsCertifiedAtOnceAndNoOther) {
    quiet = 1h;
    crash();
    sell_at("T01", 1);
    const std::string first = hold("T01", 2);
    const std::string second = hold("T01", 3);
    close("T01", 1);
    ASSERT_TRUE(reaches_revision("T01", 1));
    decide_on("discard", first, {{"reason", "a test"}});
    run_for(50ms);
    EXPECT_EQ(day_of("T01")["revision"], 1) << "the other one waits still";
    decide_on("discard", second, {{"reason", "a test"}});
    ASSERT_TRUE(reaches_revision("T01", 2));
    EXPECT_EQ(day_of("T01")["complete"], true) << day_of("T01");
}

TEST_F(QuarantinedDayTest, ARecordOfNobodyKnowsWhichTillIsOfEachUntilItIsDecided) {
    for (const char* const till : {"T01", "T02"}) {
        for (const int number : {1, 2, 3}) sell_at(till, number);
    }
    send("{broken");
    const std::string id = newest();
    close("T01", 3);
    close("T02", 3);
    for (const char* const till : {"T01", "T02"}) {
        ASSERT_TRUE(reaches_revision(till, 1));
        EXPECT_EQ(day_of(till)["reasons"], json({"quarantined"}));
    }
    decide_on("release", id);
    for (const char* const till : {"T01", "T02"}) {
        ASSERT_TRUE(reaches_revision(till, 2));
        EXPECT_EQ(day_of(till)["complete"], true) << day_of(till);
        EXPECT_EQ(day_of(till)["counts"]["released"], 1);
    }
    crash();
    EXPECT_EQ(day_of("T02")["counts"]["released"], 1);
}

TEST_F(QuarantinedDayTest, WhatIsHeldOrDecidedBeforeAKillIsCertifiedAfterIt) {
    for (const int number : {1, 2, 3}) sell_at("T01", number);
    close("T01", 3);
    ASSERT_TRUE(reaches_revision("T01", 1));
    EXPECT_EQ(day_of("T01")["complete"], true);
    const std::string id = hold("T01", 4);
    crash();
    ASSERT_TRUE(reaches_revision("T01", 2));
    EXPECT_EQ(day_of("T01")["reasons"], json({"quarantined"}));
    decide_on("discard", id, {{"reason", "a test"}});
    crash();
    ASSERT_TRUE(reaches_revision("T01", 3));
    EXPECT_EQ(day_of("T01")["complete"], true);
    EXPECT_EQ(day_of("T01")["counts"]["discarded"], 1);
}

TEST_F(QuarantinedDayTest, WhatIsHeldIsKeptNowAndThenSoThatAStartReadsLittleAgain) {
    constexpr int many = 1'500;
    int answered = 0;
    for (int i = 0; i < many; ++i) {
        Observation observation;
        observation.device = "feed";
        observation.bytes = "bad " + std::to_string(i);
        capture->submit(std::move(observation), [&answered](const Outcome&) { ++answered; });
    }
    ASSERT_TRUE(run_until([&answered] { return answered == many; }));
    kill();
    auto opened = Journal::open(loop.get_executor(), journal_settings(), clock);
    ASSERT_TRUE(opened) << opened.error().message;
    int again = 0;
    ASSERT_TRUE((*opened)->kept_days());
    ASSERT_TRUE((*opened)->each_behind_days([&again](const HeldEvent&) { ++again; }));
    EXPECT_LE(again, many - 1'000);
    opened->reset();
    open();
    EXPECT_EQ(json::parse(days->answer("2026-11-23", ""))["day"]["tills"].size(), 0U);
    EXPECT_EQ(journal->quarantined(), many);
}

TEST_F(QuarantinedDayTest, TheSameRecordSentAgainWaitsOnce) {
    sell_at("T01", 1);
    const std::string sale = R"({"type":"sale","till":"T01","business_date":"2026-11-24"})";
    send(sale);
    send(sale);
    EXPECT_EQ(day_of("T01")["counts"]["quarantined"], 1);
    crash();
    EXPECT_EQ(day_of("T01")["counts"]["quarantined"], 1);
}

TEST_F(QuarantinedDayTest, WhatWasAnEventCountsAsThat) {
    sell_at("T01", 1);
    EpochReceipt rejecting;
    rejecting.epoch = journal->live().epoch;
    rejecting.hash = journal->live().before;
    rejecting.rejected.push_back({journal->live().last, "schema"});
    ASSERT_TRUE(await(journal->confirm(rejecting)));
    const std::string id = newest();
    EXPECT_EQ(day_of("T01")["counts"]["quarantined"], 0);
    crash();
    EXPECT_EQ(day_of("T01")["counts"]["quarantined"], 0);
    decide_on("discard", id, {{"reason", "a test"}});
    EXPECT_EQ(day_of("T01")["counts"]["discarded"], 0);
    crash();
    EXPECT_EQ(day_of("T01")["counts"]["discarded"], 0);
}

TEST_F(QuarantinedDayTest, WhatThePosSendsRightAfterwardsHasItsNumberForItself) {
    sell_at("T01", 1);
    hold("T01", 2);
    sell_at("T01", 3);
    sell_at("T01", 2);
    sell_at("T01", 4);
    const auto lines = await(journal->read({1, journal->live().last}, 1 << 20));
    ASSERT_TRUE(lines);
    EXPECT_EQ(lines->text.find("number_"), std::string::npos) << lines->text;
    hold("T01", 4);  // that number is another record's
    send(sale_line("T01", 4).insert(1, R"("note":1,)"));
    EXPECT_NE(await(journal->read({journal->live().last, journal->live().last}, 1 << 20))->text.find("number_repeat"),
              std::string::npos);
}

TEST_F(QuarantinedDayTest, ACorrectionOfAnotherTypeIsMeantOrRefused) {
    const std::string id = hold("T01", 2);
    const std::string scan = R"({"type":"scan","code":"4006381333931"})";
    const auto correct = [&](const std::string& line, const char* as_type = nullptr) {
        json request{{"id", id}, {"line", line}};
        if (as_type != nullptr) request["as_type"] = as_type;
        QuarantineDesk desk(*capture, *journal);
        return json::parse(await(desk.answer(json{{"quarantine.correct", request}}.dump(), 0))).value("error", "");
    };
    EXPECT_EQ(correct(scan),
              id + " cannot be corrected: it is of the type sale, and the new record of the type scan; if "
                   "that is meant, say so: --as-type scan");
    EXPECT_NE(correct(scan, "void").find("is of the type scan, not void"), std::string::npos);
    EXPECT_NE(correct(sale_line("T01", 2), "scan").find("is of the type sale, not scan"), std::string::npos);
    EXPECT_EQ(correct(scan, "scan"), "");
    send("{no json");
    EXPECT_EQ(decide({{"quarantine.correct", {{"id", newest()}, {"line", scan}}}})["error"], json())
        << "nobody knows what it is";
}

}  // namespace
}  // namespace tillpost
