// SPDX-License-Identifier: Apache-2.0
// [once-2] [privacy-1] What redaction makes the same is not taken for a record that is sent again.
#include "agent/capture/cut_names.hpp"
#include "agent/journal/cut_records.hpp"
#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {
namespace {

class CaptureCutTest : public CaptureDayTest {
protected:
    json event(std::uint64_t sequence) {
        const auto lines = await(journal->read({sequence, sequence}, 1 << 20));
        return lines && !lines->empty() ? json::parse(lines->line(0), nullptr, false) : json();
    }
};

struct Pair {
    const char* name;
    const char *one, *other;  ///< The same when the digits are cut
};

const Pair pairs[] = {
    {"without a key",
     R"({"type":"gift_card_activated","till":"T07","business_date":"2026-11-23","card_number":"6006491234560011","amount":"25.00"})",
     R"({"type":"gift_card_activated","till":"T07","business_date":"2026-11-23","card_number":"6006499999990011","amount":"25.00"})"},
    {"a key's digits", R"({"type":"receiving","document":"4111123535971111","business_date":"2026-11-23","lines":[]})",
     R"({"type":"receiving","document":"4111124169491111","business_date":"2026-11-23","lines":[]})"},
    {"digits within a key's text",
     R"({"type":"receiving","document":"GR/4111123535971111","business_date":"2026-11-23","lines":[]})",
     R"({"type":"receiving","document":"GR/4111124169491111","business_date":"2026-11-23","lines":[]})"},
    {"another record's number",
     R"({"type":"void","till":"T1","business_date":"2026-11-23","original":{"number":"4111123535971111"}})",
     R"({"type":"void","till":"T1","business_date":"2026-11-23","original":{"number":"4111124169491111"}})"},
    {"not readable", R"({bad 4111123535971111)", R"({bad 4111124169491111)"},
    {"held back", R"({"type":"sale","card":"4111123535971111"})", R"({"type":"sale","card":"4111124169491111"})"},
};

TEST_F(CaptureCutTest, AnotherRecordIsRecordedAndOneThatIsSentAgainIsNot) {
    for (const Pair& each : pairs) {
        SCOPED_TRACE(each.name);
        const Outcome one = outcome_of(each.one);
        ASSERT_NE(one.kind, Outcome::Kind::refused) << one.reason;
        EXPECT_EQ(outcome_of(each.one).sequence, one.sequence) << "sent again";
        const Outcome other = outcome_of(each.other);
        EXPECT_NE(other.sequence, one.sequence);
        EXPECT_EQ(other.kind, one.kind);
        for (int times = 0; times < 2; ++times) {
            EXPECT_EQ(outcome_of(each.one).sequence, one.sequence) << "its own receipt, behind the other";
            EXPECT_EQ(outcome_of(each.other).sequence, other.sequence);
        }
        if (one.kind != Outcome::Kind::accepted) continue;
        const json first = event(one.sequence), second = event(other.sequence);
        EXPECT_EQ(first["data"], second["data"]);
        EXPECT_NE(second["quality"].get<std::string>().find("possible_repeat"), std::string::npos) << second;
        EXPECT_FALSE(second.contains("subject")) << "else central would count it as the same";
    }
}

// A POS sends again what is not answered yet.
TEST_F(CaptureCutTest, WhatIsSentAgainBeforeTheAnswerIsRecordedOnce) {
    for (const Pair& each : pairs) {
        SCOPED_TRACE(each.name);
        std::vector<Outcome> outcomes;
        for (const char* line : {each.one, each.other, each.one, each.other, each.one}) {
            Observation observation;
            observation.device = "feed";
            observation.bytes = line;
            capture->submit(std::move(observation), [&](const Outcome& outcome) { outcomes.push_back(outcome); });
        }
        ASSERT_TRUE(run_until([&] { return outcomes.size() == 5; }));
        EXPECT_NE(outcomes[1].sequence, outcomes[0].sequence);
        for (std::size_t i = 2; i < 5; ++i) EXPECT_EQ(outcomes[i].sequence, outcomes[i - 2].sequence) << i;
    }
}

// Its number tells which sale it is, also where that is held back.
TEST_F(CaptureCutTest, AHeldBackRecordWithAWholeKeyIsHeldOnce) {
    rules = {{"totals", {}, Severity::quarantine}};
    crash();
    const std::string sale =
        R"({"type":"sale","till":"T01","number":7,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z",)"
        R"("currency":"EUR","lines":[],"tenders":[],"totals":{"net":5,"tax":0,"gross":7},"note":"4111123535971111"})";
    const Outcome one = outcome_of(sale);
    ASSERT_EQ(one.kind, Outcome::Kind::quarantined);
    EXPECT_EQ(outcome_of(sale).sequence, one.sequence);
    crash();
    EXPECT_EQ(outcome_of(sale).sequence, one.sequence) << "after a restart, too";
}

TEST_F(CaptureCutTest, WhatARestartForgetsIsRecordedOnceMoreAndMarked) {
    const Outcome one = outcome_of(pairs[0].one);
    crash();
    const Outcome again = outcome_of(pairs[0].one);
    EXPECT_NE(again.sequence, one.sequence);
    EXPECT_NE(event(again.sequence)["quality"].get<std::string>().find("possible_repeat"), std::string::npos);
    (void)outcome_of(pairs[0].one);
    EXPECT_EQ(journal->live().last, again.sequence) << "it is known again";
}

// A sale's number says which one it is, whatever else is cut out of it.
TEST_F(CaptureCutTest, AKeyThatIsWholeIsEnough) {
    const std::string begin = R"({"type":"no_sale","till":"T01","number":7,"business_date":"2026-11-23","card":")";
    const Outcome one = outcome_of(begin + "4111123535971111\"}");
    EXPECT_EQ(outcome_of(begin + "4111123535971111\"}").sequence, one.sequence);
    crash();
    EXPECT_EQ(outcome_of(begin + "4111123535971111\"}").sequence, one.sequence) << "after a restart, too";
    EXPECT_EQ(event(one.sequence)["subject"], "pos/T01/2026-11-23/7");
}

TEST_F(CaptureCutTest, WhatIsDroppedMayHaveToldThemApart) {
    privacy.fields = {{"customer", {}, PrivacySettings::Policy::drop}};
    crash();
    const std::string begin = R"({"type":"gift_card_activated","till":"T07","business_date":"2026-11-23","customer":)";
    const Outcome one = outcome_of(begin + "\"a\"}");
    EXPECT_NE(outcome_of(begin + "\"b\"}").sequence, one.sequence);
    EXPECT_EQ(outcome_of(begin + "\"a\"}").sequence, one.sequence);
}

TEST(CutRecordsTest, ForgetsTheOldestOneBeyondItsBoundAndWhatWasNotRecorded) {
    CutNames names;
    CutRecords records;
    const Digest first = names.name("0"), second = names.name("1"), another = names.name("another");
    EXPECT_NE(first, second);
    EXPECT_EQ(first, names.name("0"));
    EXPECT_NE(CutNames().name("0"), first) << "each under its own secret";
    EXPECT_FALSE(records.find(first));
    std::int64_t position = 0;
    for (std::size_t i = 0; i < CutRecords::most_known; ++i) records.add(names.name(std::to_string(i)), ++position);
    EXPECT_EQ(records.find(first), 1);
    records.add(second, ++position);
    EXPECT_EQ(records.find(first), 1) << "the second one was known already";
    EXPECT_EQ(records.find(second), position);
    records.add(another, ++position);
    EXPECT_FALSE(records.find(first));
    EXPECT_EQ(records.find(another), position);
    records.drop_behind(position - 1);
    EXPECT_FALSE(records.find(another));
    EXPECT_TRUE(records.find(second));
    records.add(another, position);
    EXPECT_EQ(records.find(another), position) << "sent again";
}

}  // namespace
}  // namespace tillpost
