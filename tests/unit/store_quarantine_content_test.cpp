// SPDX-License-Identifier: Apache-2.0
// [intact-1] What leaves quarantine is what was put there: content that the disk or somebody has altered stays.
#include "agent/journal/own_events.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

using Kind = QuarantineDecision::Kind;

constexpr const char* held_bytes = R"({"type":"sale","totals":{"gross":"7.00"}})";

/// As a device's record is held back.
Draft held_record() {
    const Rejection rejection{"total_mismatch", "/totals/gross", "the totals are not the lines'"};
    Draft draft;
    draft.device = "feed";
    draft.event = own::held_back("feed", rejection, held_bytes, {});
    draft.quarantine = Draft::Quarantine{held_bytes, rejection.rule, rejection.field};
    return draft;
}

QuarantineDecision decide_to(Kind kind) {
    QuarantineDecision decision;
    decision.kind = kind;
    decision.id = "Q1-1";
    decision.reason = "as the till says";
    if (kind != Kind::discard) decision.draft = draft("pos/T01/7", held_bytes);
    return decision;
}

const std::string cheaper =
    "UPDATE quarantine SET bytes = CAST(replace(CAST(unpacked(bytes) AS TEXT), '7.00', '1.00') AS BLOB)";
const std::string no_event =
    "UPDATE epoch SET confirmed = 1, pruned = 1, pruned_chain = (SELECT chain FROM event WHERE position = 1 << 44 | 1);"
    "DELETE FROM event WHERE position = 1 << 44 | 1";

struct Case {
    const char* name;
    std::string sql;
    bool altered;
};
void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

class StoreQuarantineContentTest : public StoreTest, public ::testing::WithParamInterface<Case> {};

TEST_P(StoreQuarantineContentTest, OnlyWhatWasPutThereLeavesIt) {
    ASSERT_EQ(add(held_record()).quarantine_id, "Q1-1");
    add_many(1);
    const std::string was = to_hex(sha(held_bytes));
    tamper(GetParam().sql);
    open();
    const auto record = store->quarantine_record("Q1-1");
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(record->altered.has_value(), GetParam().altered);
    for (const Kind kind : {Kind::release, Kind::correct}) {
        if (!GetParam().altered) break;
        const auto decided = store->decide(decide_to(kind));
        ASSERT_FALSE(decided);
        EXPECT_EQ(decided.error().code, Errc::rejected);
        for (const std::string& part : {std::string("Q1-1 cannot be "), was, std::string("can only be discarded")}) {
            EXPECT_NE(decided.error().message.find(part), std::string::npos) << decided.error().message;
        }
        EXPECT_EQ(store->live().last, 2U) << "nothing travels";
        EXPECT_EQ(store->quarantined(), 1) << "it stays";
    }
    const auto decided = store->decide(decide_to(GetParam().altered ? Kind::discard : Kind::release));
    ASSERT_TRUE(decided) << decided.error().message;
    const std::string said = line_at(store->live().last);
    EXPECT_NE(said.find(",\"digest\":\"" + was + "\""), std::string::npos) << said;
    EXPECT_EQ(said.find("\"found_digest\":\"") != std::string::npos, GetParam().altered) << said;
}

INSTANTIATE_TEST_SUITE_P(
    Contents, StoreQuarantineContentTest,
    ::testing::Values(Case{"untouched", "SELECT 1", false}, Case{"another_amount", cheaper, true},
                      Case{"another_amount_with_a_digest_to_match", cheaper + ", digest = zeroblob(32)", true},
                      Case{"another_amount_of_a_former_format", cheaper + ", digest = NULL", true},
                      Case{"another_amount_behind_a_pruned_event", cheaper + "; " + no_event, true},
                      Case{"a_flipped_digest", "UPDATE quarantine SET digest = zeroblob(32)", false},
                      Case{"a_former_format", "UPDATE quarantine SET digest = NULL", false},
                      Case{"longer", "UPDATE quarantine SET bytes = CAST(unpacked(bytes) || ' ' AS BLOB)", true}),
    [](const auto& which) { return std::string(which.param.name); });

TEST_F(StoreQuarantineContentTest, WhatTheDiskHadDamagedBeforeIsLookedAtAsItCame) {
    add_many(2);
    tamper(
        "UPDATE event SET body = CAST(replace(CAST(unpacked(body) AS TEXT), 'sale', 'sole') AS BLOB) WHERE position = "
        "1 << 44 | "
        "1");
    open();
    (void)store->read({1, 1}, 1 << 20);
    const auto record = store->quarantine_record("Q1-3");
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(record->rule, "damaged_on_disk");
    EXPECT_FALSE(record->altered) << "its event's digest is not that of these bytes";
    tamper("UPDATE quarantine SET bytes = x'7b'");
    open();
    EXPECT_TRUE(store->quarantine_record("Q1-3")->altered) << "changed once more";
}

}  // namespace
}  // namespace tillpost
