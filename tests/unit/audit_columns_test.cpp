// SPDX-License-Identifier: Apache-2.0
// [audit-1] What central's file says beside the lines, and people query, is part of what is proven.
#include "agent/central/check.hpp"
#include "tests/unit/audit_fixture.hpp"

namespace tillpost::test {
namespace {

struct ColumnEdit {
    const char* name;
    const char* sql;
    Sequence named;  ///< The first fault names it …
    const char* words;
};

const ColumnEdit column_edits[] = {
    {"type", "UPDATE event SET type = 'tillpost.scan.v1' WHERE position & 255 = 2", 2, "as its type"},
    {"no_type", "UPDATE event SET type = NULL WHERE position & 255 = 2", 2, "stored with nothing as its type"},
    {"time", "UPDATE event SET time = '2020-01-01T00:00:00Z' WHERE position & 255 = 3", 3, "as its time"},
    {"subject", "UPDATE event SET subject = 'pos/T01/2026-11-23/1' WHERE position & 255 = 4", 4, "as its subject"},
    {"quality", "UPDATE event SET quality = 'conflict' WHERE position & 255 = 4", 4, "as its quality"},
    {"rejected", "UPDATE event SET rejected = 'schema' WHERE position & 255 = 4", 4, "as its rejected"},
    {"no_effect", "UPDATE event SET effect = 0 WHERE position & 255 = 5", 5, "without an effect"},
    {"twofold_effect", "UPDATE event SET effect = 2 WHERE position & 255 = 5", 5, "more than once"},
    {"negative_effect", "UPDATE event SET effect = -1 WHERE position & 255 = 5", 5, "more than once"},
    {"effect_of_a_tombstone", "UPDATE event SET effect = 1 WHERE kind = 1", 8, "stored with an effect"},
    {"type_of_a_tombstone", "UPDATE event SET type = 'tillpost.sale.v1' WHERE kind = 1", 8, "as its type"},
    {"body_of_a_tombstone", "UPDATE event SET body = x'7b7d' WHERE kind = 1", 8, "has a body"},
    {"kind", "UPDATE event SET kind = 7 WHERE position & 255 = 3", 3, "a kind that there is not"},
    {"a_row", "DELETE FROM event WHERE position & 255 = 9", 9, "missing"},
    {"a_range", "DELETE FROM range", 1, "the table of ranges does not have it"},
    {"a_shorter_range", "UPDATE range SET last = 12", 12, "another chain hash"},
    {"a_longer_range", "UPDATE range SET last = 18", 17, "are missing: the table of ranges has them"},
    {"a_later_range", "UPDATE range SET first = 3", 1, "the table of ranges does not have it"},
    {"a_ranges_chain", "UPDATE range SET chain = zeroblob(32)", 16, "another chain hash"},
    {"all_rows", "DELETE FROM event", 1, "are missing: the table of ranges has them"}};

class ColumnTest : public AuditTest, public ::testing::WithParamInterface<ColumnEdit> {
protected:
    CheckReport check_central() {
        const auto central = CentralStore::open(dir.file("central.db"), CentralStore::Missing::refuse, clock);
        EXPECT_TRUE(central) << central.error().message;
        auto report = check(**central, {});
        EXPECT_TRUE(report) << report.error().message;
        return std::move(*report);
    }
};

TEST_P(ColumnTest, ADifferenceIsFoundByAuditAndCheck) {
    const ColumnEdit& edit = GetParam();
    deliver();
    EXPECT_TRUE(check_central().good());
    tamper_central(edit.sql);
    expected.clear();
    const AuditReport report = audit_central();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken);
    const std::string first = first_of(report);
    EXPECT_NE(first.find(event_id(epoch, edit.named)), std::string::npos) << first;
    EXPECT_NE(first.find(edit.words), std::string::npos) << first;
    const CheckReport checked = check_central();
    EXPECT_FALSE(checked.good());
    std::string all;
    for (const std::string& finding : checked.findings) all += finding + "\n";
    EXPECT_NE(all.find(event_id(epoch, edit.named)), std::string::npos) << all;
    EXPECT_NE(all.find(edit.words), std::string::npos) << all;
}

struct TillEdit {
    const char* name;
    const char* sql;
    const char* words;
};

const TillEdit till_edits[] = {
    {"a_till_taken_out", "DELETE FROM day_till WHERE till = 'T02'", "that the table of tills does not have"},
    {"another_date", "UPDATE day_till SET date = '2026-11-22' WHERE till = 'T02'", "and 0 are here"},
    {"a_till_put_in", "INSERT INTO day_till VALUES (1, '2026-11-23', 'T03', 1, 1 << 44 | 1)", "and 0 are here"},
    {"fewer_events", "UPDATE day_till SET events = 1 WHERE till = 'T01'", "has 1 events of a till"},
    {"an_earlier_last", "UPDATE day_till SET last = last - 1 WHERE till = 'T01'", "and 2 are here, the newest"},
    {"a_later_last", "UPDATE day_till SET last = last + 1 WHERE till = 'T01'", "and 2 are here, the newest"},
    {"nowhere", "UPDATE day_till SET last = 0 WHERE till = 'T01'", "and 2 are here, the newest"}};

class TillColumnTest : public ColumnTest {};

TEST_F(TillColumnTest, ADifferenceOfTheTableOfTillsIsFoundByAuditAndCheck) {
    const auto sell_at = [this](const std::string& till) {
        add(draft_of("sale", R"({"till":")" + till + R"(","business_date":"2026-11-23"})"));
    };
    for (const char* const till : {"T01", "T01", "T02", "T02"}) sell_at(till);
    deliver();
    expected.clear();
    EXPECT_TRUE(check_central().good());
    EXPECT_TRUE(audit_central().faults.empty());
    const std::string whole = content_of(dir.file("central.db"));
    for (const TillEdit& edit : till_edits) {
        dir.write("central.db", whole);
        tamper_central(edit.sql);
        const AuditReport report = audit_central();
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken) << edit.name;
        EXPECT_NE(first_of(report).find(edit.words), std::string::npos) << edit.name << ": " << first_of(report);
        EXPECT_FALSE(check_central().good()) << edit.name;
    }
}

INSTANTIATE_TEST_SUITE_P(All, ColumnTest, ::testing::ValuesIn(column_edits),
                         [](const auto& which) { return std::string(which.param.name); });

}  // namespace
}  // namespace tillpost::test
