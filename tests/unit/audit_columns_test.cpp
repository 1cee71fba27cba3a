// SPDX-License-Identifier: Apache-2.0
// [audit-1] What central's file says beside the lines, and people query, is part of what is proven.
#include <filesystem>

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
    {"reason", "UPDATE event SET reason = 'erased' WHERE position & 255 = 4", 4, "as its reason"},
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
    {"a_till_put_in", "INSERT INTO day_till VALUES (1, '2026-11-23', '', 'T03', 1, 1 << 44 | 1)", "and 0 are here"},
    {"another_store", "UPDATE day_till SET store = '7' WHERE till = 'T02'", "and 0 are here"},
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

class EffectTest : public ColumnTest {};

TEST_P(EffectTest, TheTableOfEffectsIsComparedWithTheEvents) {
    deliver();
    EXPECT_EQ(audit_central().fault_count, 0U) << first_of(audit_central());
    tamper_central(GetParam().sql);
    expected.clear();
    const AuditReport report = audit_central();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken);
    EXPECT_NE(first_of(report).find(GetParam().words), std::string::npos) << first_of(report);
    EXPECT_NE(first_of(report).find(source), std::string::npos) << first_of(report);
    EXPECT_FALSE(check_central().good());
}

INSTANTIATE_TEST_SUITE_P(
    All, EffectTest,
    ::testing::Values(
        ColumnEdit{"truncated_with_its_range",
                   "DELETE FROM event WHERE position & 255 > 12; UPDATE range SET last = 12, chain = (SELECT chain "
                   "FROM event WHERE position & 255 = 12)",
                   0, "4 events of"},
        ColumnEdit{"all_gone_with_the_epoch", "DELETE FROM event; DELETE FROM range; UPDATE agent SET live = NULL", 0,
                   "15 events of"},
        ColumnEdit{"an_effect_removed", "DELETE FROM effect WHERE digest = (SELECT digest FROM effect LIMIT 1)", 0,
                   "1 events of"},
        ColumnEdit{"recorded_at_another_time", "UPDATE effect SET recorded = recorded + 1", 0,
                   "sent again, they would count twice"},
        ColumnEdit{"recorded_at_no_time", "UPDATE effect SET recorded = 0", 0, "15 events of"},
        ColumnEdit{"the_agent_removed", "PRAGMA foreign_keys=OFF; DELETE FROM agent", 0,
                   "the table `agent` has no row 1, and rows of it are here (epoch 1, event 16, effect 15)"},
        ColumnEdit{"the_agent_has_another_number", "PRAGMA foreign_keys=OFF; UPDATE agent SET id = 99", 0,
                   "the table `agent` has no row 1"},
        ColumnEdit{"the_epoch_removed",
                   "PRAGMA foreign_keys=OFF; UPDATE agent SET live = NULL; DELETE FROM effect; DELETE FROM epoch", 0,
                   "the table `epoch` has no row 1, and rows of it are here (event 16, range 1"},
        ColumnEdit{"the_epoch_has_the_last_number",
                   "UPDATE event SET position = 524287 << 44 | (position & 17592186044415); DELETE FROM effect; DELETE "
                   "FROM range",
                   0, "the table `epoch` has no row 524287"},
        ColumnEdit{"an_effect_invented", "INSERT INTO effect VALUES (1, 20261123101530123, zeroblob(16))", 0,
                   "from 2026-11-23 10:15:30 to 2026-11-23 10:15:30"}),
    [](const auto& which) { return std::string(which.param.name); });

// People query the views, and the receiver looks into the indexes.
const TillEdit file_edits[] = {
    {"another_view", "DROP VIEW events; CREATE VIEW events AS SELECT 'x' AS source",
     "the view `events` is not the one"},
    {"a_trigger", "CREATE TRIGGER mine AFTER INSERT ON event BEGIN UPDATE event SET effect = 0; END",
     "the file has the trigger `mine` of table `event`"},
    {"an_index_dropped", "DROP INDEX event_rejected", "the index `event_rejected` is not in the file"},
    {"a_view_of_their_own", "CREATE VIEW sums AS SELECT count(*) FROM events", "(no fault)"},
    {"statistics", "ANALYZE", "(no fault)"}};

class FileTest : public ColumnTest {};

TEST_F(FileTest, WhatIsNotAsThisProgramMakesItIsNamed) {
    deliver();
    expected.clear();
    const std::string whole = content_of(dir.file("central.db"));
    for (const TillEdit& edit : file_edits) {
        std::filesystem::remove(dir.file("central.db-wal"));
        dir.write("central.db", whole);
        tamper_central(edit.sql);
        const AuditReport report = audit_central();
        EXPECT_NE(first_of(report).find(edit.words), std::string::npos) << edit.name << ": " << first_of(report);
    }
}

TEST_F(FileTest, AnIndexThatHasNotWhatItsTableHasIsNamed) {
    deliver();
    expected.clear();
    const std::string whole = content_of(dir.file("central.db"));
    const std::string name = source;
    std::string named;
    // In the table of agents and in its index; in events it stands behind a quotation mark.
    for (std::size_t at = whole.find(name); at != std::string::npos; at = whole.find(name, at + 1)) {
        if (whole[at - 1] == '"') continue;
        std::string changed = whole;
        changed[at + name.size() - 1] = '9';
        std::filesystem::remove(dir.file("central.db-wal"));
        dir.write("central.db", changed);
        const AuditReport report = audit_central();
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken) << at;
        named += first_of(report) + "\n";
    }
    EXPECT_NE(named.find("the file is damaged, as SQLite says: row 1 missing from index"), std::string::npos) << named;
}

struct OwnEdit {
    const char* name;
    const char* sql;
    const char* words;
};

const OwnEdit own_edits[] = {
    {"nothing", "SELECT 1", ""},
    {"a_loss_taken_out", "DELETE FROM loss", "says: loss of "},
    {"a_losses_reason", "UPDATE loss SET reason = 'erased'", "and no event says it"},
    {"a_loss_put_in", "INSERT INTO loss VALUES (1, 5, 5, 1 << 44 | 16, 'unknown', 'erased')", "and no event says it"},
    {"a_loss_by_nobody", "INSERT INTO loss VALUES (1, 5, 5, 9 << 44, 'unknown', 'shed')", "and no event says it"},
    {"a_loss_as_if_a_copy_were_erased",
     "INSERT INTO loss SELECT 1, 5, 5, position, 'unknown', 'erased' FROM loss WHERE reason = 'erased'",
     "and no event says it"},
    {"a_gones_hash", "UPDATE gone SET after = zeroblob(32)", "and no event says it"},
    {"gone_put_in", "INSERT INTO gone SELECT 1, 3, 5, 1 << 44 | 16, chain, chain, 0 FROM event LIMIT 1",
     "and no event says it"},
    {"settled_taken_out", "DELETE FROM settled", "says: settled is "},
    {"settled_by_another_rule", "UPDATE settled SET rule = 'damaged_on_disk'", "and no event says it"},
    {"settled_put_in", "INSERT INTO settled VALUES (1 << 44 | 9, 1 << 44 | 10, 'rejected_by_central')",
     "and no event says it"},
    {"a_move_taken_out", "DELETE FROM reissue", "says: reissued are "},
    {"a_move_put_in", "INSERT INTO reissue VALUES (1 << 44 | 12, 1, 3, 5, 'fork')", "and no event says it"},
    {"a_line_set_aside", "INSERT INTO set_aside VALUES (1, x'00', 'malformed', 'x', 1, 1, 1, x'00')",
     "that was set aside (malformed) is not the one"},
    {"a_fork", "UPDATE epoch SET fork = 5 WHERE id = 1", "is said to have another history"}};

class OwnColumnTest : public ColumnTest {};

TEST_F(OwnColumnTest, WhatAgentsSayOfTheirStreamsIsKeptAsTheySayIt) {
    const Epoch other = epoch + 1;
    const std::string of_other = "{\"epoch\":\"" + to_hex(other) + "\",";
    const std::string hashes =
        "\"before\":\"" + to_hex(chain_start(sha, source, other)) + "\",\"after\":\"" + std::string(64, 'a') + "\"}";
    add(draft_of("loss", "{\"epoch\":\"" + to_hex(epoch) +
                             "\",\"ranges\":[[3,3],[5,7]],\"count\":4,\"class\":\"bulk\",\"reason\":\"shed\"}"));
    add(draft_of("gone", of_other + "\"from\":1,\"to\":3," + hashes));
    add(draft_of("reissued", of_other + "\"ordinal\":1,\"from\":4,\"to\":4,\"count\":1,\"cause\":\"fork\"}"));
    add(draft_of("sale", "{}"));
    ASSERT_TRUE(store->erase(1, 2, {}));
    deliver();
    expected.clear();
    const std::string whole = content_of(dir.file("central.db"));
    for (const OwnEdit& edit : own_edits) {
        std::filesystem::remove(dir.file("central.db-wal"));
        dir.write("central.db", whole);
        tamper_central(edit.sql);
        const AuditReport report = audit_central();
        if (*edit.words == '\0') {
            EXPECT_EQ(report.fault_count, 0U) << first_of(report);
            continue;
        }
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken) << edit.name;
        EXPECT_NE(audit_table(report).find(edit.words), std::string::npos) << edit.name << ": " << audit_table(report);
    }
}

}  // namespace
}  // namespace tillpost::test
