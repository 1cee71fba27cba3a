// SPDX-License-Identifier: Apache-2.0
// [complete-1] [durable-3] What people let out of quarantine counts once, live and after each start: a correction, too,
// whose business key is that of what it corrects.
#include "tests/unit/capture_day_consumer.hpp"

namespace tillpost {
namespace {

class ReleasedDayTest : public ConsumedDayTest {
protected:
    /// Tenders that are not the total hold a sale back.
    ReleasedDayTest() {
        rules = {{"tenders", {"sale"}, Severity::quarantine}};
        quiet = 1h;
        crash();
    }
    static std::string sale(int number, const std::string& amount, const std::string& paid,
                            const std::string& more = "") {
        return R"({"type":"sale","till":"T01","number":)" + std::to_string(number) +
               R"(,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","operator":"Ms Fink","currency":"EUR",)" +
               R"("lines":[],"tenders":[{"type":"cash","amount":")" + paid + R"("}],"totals":{"net":")" + amount +
               R"(","tax":"0","gross":")" + amount + "\"}" + more + "}";
    }
    static std::string corrects(const std::string& id, const std::string& kind) {
        return R"(,"corrects":")" + id + R"(","corrects_kind":")" + kind + R"(","reason":"r","actor":"a")";
    }
    std::string newest() const { return event_id(journal->live().epoch, journal->live().last); }
    std::string newest_held() const {
        return "Q" + std::to_string(journal->live().ordinal) + "-" + std::to_string(journal->live().last);
    }
    std::string sent(const std::string& line) {
        send(line);
        return newest();
    }
    void decide_on(const char* verb, json request) {
        EXPECT_EQ(decide({{std::string("quarantine.") + verb, std::move(request)}})["error"], json());
    }
    void reprocess_quarantine() {
        rules.clear();
        crash();
        ReprocessDesk desk(*capture, *journal);
        const json request{{"reprocess.quarantine", {{"reason", "a repair"}}}};
        const json said = json::parse(await(desk.answer(request.dump(), 1000)));
        ASSERT_EQ(said["reprocessed"]["released"], 1) << said;
    }
    /// Central takes the newest event not.
    std::string reject() {
        EpochReceipt rejecting;
        rejecting.epoch = journal->live().epoch;
        rejecting.hash = journal->live().before;
        rejecting.rejected.push_back({journal->live().last, "schema"});
        EXPECT_TRUE(await(journal->confirm(rejecting)));
        return newest_held();
    }
    /// What the day says of its sums; ids have changed where events were moved.
    json said() const {
        const json day = json::parse(days->answer("2026-11-23", "T01"))["day"]["tills"][0];
        json what{{"numbers", day["numbers"]}};
        for (const char* const name : {"sums", "corrected_sums"}) what[name] = day.value(name, json());
        for (const char* const name : {"events", "corrected", "conflicts", "unapplied"}) {
            what[name] = day["counts"][name];
        }
        return what;
    }
    void expect_the_same_for_good(const std::string& what) {
        const json before = said();
        crash();
        EXPECT_EQ(said(), before) << what << ", read again";
        fork();
        crash();
        EXPECT_EQ(said(), before) << what << ", moved by a fork and read again";
        damage();
        salvage_all();
        EXPECT_EQ(said(), before) << what << ", salvaged";
        crash();
        EXPECT_EQ(said(), before) << what << ", salvaged and read again";
    }
    std::string gross() {
        const json day = said();
        const json sums = day["corrected_sums"].is_null() ? day["sums"] : day["corrected_sums"];
        return sums[0]["totals"]["gross"];
    }
};

struct Case {
    const char* decision;
    const char* kind;
    int number;
    const char* gross;
};

class ReleasedCorrectionTest : public ReleasedDayTest, public ::testing::WithParamInterface<Case> {};

TEST_P(ReleasedCorrectionTest, CountsAsItDidAfterAKillAForkAndASalvage) {
    const auto& [decision, kind, number, expected] = GetParam();
    const std::string first = sent(sale(1, "5", "5"));
    send(sale(3, "8", "8"));
    send(sale(number, "2", "77", corrects(first, kind)));
    ASSERT_EQ(journal->quarantined(), 1);
    if (decision == std::string("release")) decide_on("release", {{"id", newest_held()}});
    if (decision == std::string("correct")) {
        decide_on("correct", {{"id", newest_held()}, {"line", sale(number, "2", "2", corrects(first, kind))}});
    }
    if (decision == std::string("reprocess")) reprocess_quarantine();
    EXPECT_EQ(gross(), expected) << till();
    EXPECT_EQ(till()["counts"]["corrected"], 1) << till();
    expect_the_same_for_good(std::string(decision) + " of a " + kind + " under " + std::to_string(number));
}

INSTANTIATE_TEST_SUITE_P(
    Each, ReleasedCorrectionTest,
    ::testing::Values(Case{"release", "replace", 1, "10"}, Case{"release", "replace", 2, "10"},
                      Case{"release", "reverse", 1, "8"}, Case{"release", "reverse", 2, "8"},
                      Case{"release", "supplement", 1, "13"}, Case{"release", "supplement", 2, "13"},
                      Case{"correct", "replace", 1, "10"}, Case{"correct", "replace", 2, "10"},
                      Case{"correct", "reverse", 1, "8"}, Case{"correct", "reverse", 2, "8"},
                      Case{"correct", "supplement", 1, "13"}, Case{"correct", "supplement", 2, "13"},
                      Case{"reprocess", "replace", 1, "10"}, Case{"reprocess", "replace", 2, "10"},
                      Case{"reprocess", "reverse", 1, "8"}, Case{"reprocess", "reverse", 2, "8"},
                      Case{"reprocess", "supplement", 1, "13"}, Case{"reprocess", "supplement", 2, "13"}),
    [](const auto& each) {
        return std::string(each.param.decision) + "_" + each.param.kind + "_" + std::to_string(each.param.number);
    });

// It is the same event: whatever it corrects was corrected when it came.
TEST_F(ReleasedDayTest, WhatHadBeenAnEventIsReleasedAndCountsOnce) {
    const std::string first = sent(sale(1, "5", "5"));
    for (const int number : {1, 2}) {
        send(sale(number, "2", "2", corrects(first, "replace")));
        decide_on("release", {{"id", reject()}});
        EXPECT_EQ(till()["counts"]["corrected"], number) << till();
    }
    EXPECT_EQ(gross(), "2") << till();
    expect_the_same_for_good("released again");
}

TEST_F(ReleasedDayTest, WhatHadBeenAnEventIsCorrectedAndCountsAsThat) {
    const std::string first = sent(sale(1, "5", "5"));
    send(sale(2, "2", "2", corrects(first, "replace")));
    decide_on("correct", {{"id", reject()}, {"line", sale(2, "3", "3")}});
    EXPECT_EQ(gross(), "3") << till();
    decide_on("correct", {{"id", reject()}, {"line", sale(2, "4", "4", corrects(first, "replace"))}});
    EXPECT_EQ(till()["counts"]["corrected"], 3) << till();
    expect_the_same_for_good("corrected");
}

}  // namespace
}  // namespace tillpost
