// SPDX-License-Identifier: Apache-2.0
// [audit-1] [privacy-1] What was erased: at the box with a seal at once, at central by its own record alone.
#include <filesystem>

#include "agent/journal/offline/erase.hpp"
#include "platform/files.hpp"
#include "tests/unit/audit_fixture.hpp"

namespace tillpost::test {
namespace {

const std::string at_five = " WHERE position = (1 << 44 | 5)";

class AuditErasureTest : public AuditTest {
protected:
    Result<ErasedContents> erase_at_box(Sequence sequence) {
        store.reset();
        return erase_contents(settings, clock, {event_id(epoch, sequence)}, {1000, "p-1", "a card number"});
    }
    std::size_t erase_at_central(Sequence sequence) {
        const auto central = CentralStore::open(dir.file("central.db"), CentralStore::Missing::refuse, clock);
        EXPECT_TRUE(central) << central.error().message;
        const auto done = (*central)->erase({event_id(epoch, sequence)}, std::nullopt, {7, "p-2", "found in the memo"});
        EXPECT_TRUE(done) << done.error().message;
        return done ? *done : 0;
    }
    std::string lines_at_central() {
        std::string text;
        const auto central = CentralStore::open(dir.file("central.db"), CentralStore::Missing::refuse, clock);
        (void)(*central)->each(std::nullopt, [&text](const CentralStore::Row& row) -> Result<void> {
            text += row.line() + "\n";
            return {};
        });
        return text;
    }
    void send_all() {
        std::string payload;
        for (const std::string& line : all_lines()) payload += line + "\n";
        const auto central = CentralStore::open(dir.file("central.db"), CentralStore::Missing::refuse, clock);
        ASSERT_TRUE(central) << central.error().message;
        ASSERT_TRUE((*central)->commit({{agent, payload}}, false));
    }
    void expect_broken(const std::string& words) {
        const AuditReport report = audit_central();
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken) << words;
        EXPECT_NE(audit_table(report).find(words), std::string::npos) << audit_table(report);
    }
};

TEST_F(AuditErasureTest, ThatOfTheBoxIsSealedAtOnce) {
    const auto done = erase_at_box(3);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->count, 1U);
    EXPECT_TRUE(done->sealed);
    const AuditReport report = audit_journal();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::proven) << audit_table(report);
    EXPECT_EQ(report.tail(), 0U);
    EXPECT_NE(audit_table(report).find("by seals of the certificate " + *trust.all.begin()), std::string::npos);
    EXPECT_NE(audit_json(report).find("\"signers\":[\"" + *trust.all.begin() + "\"]"), std::string::npos);
    open();
    EXPECT_EQ(seal_at(store->live().last).cause, "erase");
}

TEST_F(AuditErasureTest, WithoutTheKeyTheNextStartSealsIt) {
    const auto signer = std::exchange(settings.signer, nullptr);
    EXPECT_FALSE(erase_at_box(3)->sealed);
    EXPECT_EQ(audit_journal().verdict(), AuditReport::Verdict::not_checked);
    settings.signer = signer;
    open();
    seal_if_due();
    EXPECT_EQ(audit_journal().verdict(), AuditReport::Verdict::proven) << first_of(audit_journal());
}

TEST_F(AuditErasureTest, ThatOfCentralIsAcceptedAndNamedApart) {
    deliver();
    ASSERT_EQ(erase_at_central(5), 1U);
    const AuditReport report = audit_central();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::proven) << first_of(report);
    EXPECT_EQ(report.erased_here, 1U);
    const std::string table = audit_table(report);
    const std::string named = event_id(epoch, 5) +
                              ", erased at central at 2026-11-23T10:15:30.123Z by user 7 (p-2), because: found in the "
                              "memo";
    EXPECT_NE(table.find("ERASED HERE: " + named + "\n"), std::string::npos) << table;
    EXPECT_NE(table.find("the 1 whose content was erased at central, by central's own record alone"), std::string::npos)
        << table;
    EXPECT_NE(table.find("the 1 whose content the agent took out"), std::string::npos) << table;
    EXPECT_NE(audit_json(report).find("\"erased_here\":1,\"erasures\":[\"" + named + "\"]"), std::string::npos);
}

TEST_F(AuditErasureTest, WhatOnlyLooksLikeOneIsFound) {
    deliver();
    const std::string tombstone =
        "UPDATE event SET kind = 1, effect = 0, type = NULL, time = NULL, quality = NULL, body = NULL, reason = ";
    tamper_central(tombstone + "'erased_at_central'" + at_five);
    expect_broken(event_id(epoch, 5) + " is without content (\"erased_at_central\"), and no event that is here tells");
    tamper_central(tombstone + "'shed'" + at_five);
    tamper_central("INSERT INTO erasure SELECT 1, 1, position, digest, '', 0, 0, '', 'x' FROM event" + at_five);
    expect_broken(event_id(epoch, 5) + " is without content (\"shed\")");
    tamper_central("UPDATE event SET reason = 'erased_at_central', digest = zeroblob(32)" + at_five);
    expect_broken(event_id(epoch, 5) + " is in central's list of erasures, and what is here is not the tombstone");
    tamper_central("DELETE FROM event" + at_five);
    expect_broken(event_id(epoch, 5) + " is missing");
}

TEST_F(AuditErasureTest, WithoutItsRecordOrInAJournalItIsNone) {
    deliver();
    ASSERT_EQ(erase_at_central(5), 1U);
    tamper_central("DELETE FROM erasure");
    expect_broken(event_id(epoch, 5) + " is without content (\"erased_at_central\")");
    tamper("UPDATE event SET state = 1, body = NULL, reason = 'erased_at_central'" + at_five);
    EXPECT_EQ(audit_journal().verdict(), AuditReport::Verdict::broken);
}

TEST_F(AuditErasureTest, AnExportRefersToCentralsFile) {
    deliver();
    ASSERT_EQ(erase_at_central(5), 1U);
    const auto report = audit_files({{dir.write("lines", lines_at_central())}, {}}, trust, expected);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->verdict(), AuditReport::Verdict::not_checked) << first_of(*report);
    EXPECT_NE(audit_table(*report).find("who erased that, when and why, central's own file says"), std::string::npos)
        << audit_table(*report);
}

TEST_F(AuditErasureTest, WhatTheBoxTellsLaterIsItsWord) {
    deliver();
    ASSERT_EQ(erase_at_central(5), 1U);
    ASSERT_TRUE(store->erase(1, 5, {}));
    std::string payload;
    for (const std::string& line : all_lines()) payload += line + "\n";
    {
        const auto central = CentralStore::open(dir.file("central.db"), CentralStore::Missing::refuse, clock);
        ASSERT_TRUE((*central)->commit({{agent, payload}}, false));
    }
    const AuditReport open_end = audit_central();
    EXPECT_EQ(open_end.verdict(), AuditReport::Verdict::proven) << "by central's record: " << first_of(open_end);
    EXPECT_EQ(open_end.erased_here, 1U);
    ASSERT_TRUE(store->seal("stop"));
    payload.clear();
    for (const std::string& line : all_lines()) payload += line + "\n";
    {
        const auto central = CentralStore::open(dir.file("central.db"), CentralStore::Missing::refuse, clock);
        const auto again = (*central)->commit({{agent, payload}}, false);
        ASSERT_TRUE(again);
        EXPECT_EQ(again->counters.divergent + again->counters.broken, 0U) << "the two tombstones agree";
    }
    const AuditReport sealed = audit_central();
    EXPECT_EQ(sealed.verdict(), AuditReport::Verdict::proven) << first_of(sealed);
    EXPECT_EQ(sealed.erased_here, 0U) << "the agent's sealed word is the better one";
}

// The restored box has the content, and no event that says it was erased.
TEST_F(AuditErasureTest, WhatARestoredBoxSendsAgainStaysErased) {
    deliver();
    store.reset();
    const std::string image = dir.file("image.db");
    std::filesystem::copy_file(settings.path, image);
    ASSERT_TRUE(erase_at_box(3));
    open();
    send_all();
    store.reset();
    for (const std::string& file : files_beginning_with(settings.path)) std::filesystem::remove(file);
    std::filesystem::copy_file(image, settings.path);
    open();
    EpochReceipt receipt = this->receipt(2);
    receipt.fork = 3;
    ASSERT_TRUE(store->confirm(receipt));
    reissue();
    Sequence copy = 1;
    while (copy < store->live().last && line_at(copy).find("\"data\":{\"n\":2}") == std::string::npos) ++copy;
    ASSERT_LT(copy, store->live().last) << "the box has it again";
    ASSERT_TRUE(store->seal("stop"));
    send_all();
    std::string line = lines_at_central();
    const std::size_t at = line.find(event_id(store->live().epoch, copy));
    ASSERT_NE(at, std::string::npos);
    line = line.substr(at, line.find('\n', at) - at);
    EXPECT_TRUE(line.ends_with(R"(,"withheld":"erased"})")) << line;
    const AuditReport report = audit_central();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::proven) << first_of(report) << audit_table(report);
}

}  // namespace
}  // namespace tillpost::test
