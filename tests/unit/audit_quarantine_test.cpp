// SPDX-License-Identifier: Apache-2.0
// [audit-1] What was in quarantine is what was put there: an audit compares the bytes, and what the events say of them.
#include <filesystem>

#include "agent/journal/own_events.hpp"
#include "tests/unit/audit_fixture.hpp"

namespace tillpost::test {
namespace {

constexpr const char* held_bytes = R"({"type":"sale","totals":{"gross":"7.00"}})";

class AuditQuarantineTest : public AuditTest {
protected:
    AuditQuarantineTest() {
        const Rejection rejection{"total_mismatch", "/totals/gross", "the totals are not the lines'"};
        Draft held;
        held.device = "feed";
        held.event = own::held_back("feed", rejection, held_bytes, {});
        held.quarantine = Draft::Quarantine{held_bytes, rejection.rule, rejection.field};
        record = add(std::move(held)).quarantine_id;
        at = store->live().last;
    }
    /// As a release of former programs, which looked at no digest, did it.
    void say_released(const std::string& digest, const std::string& rule = "total_mismatch",
                      const char* word = "released") {
        const std::string data = "{\"record\":\"" + record + "\",\"quarantined\":\"" + event_id(epoch, at) +
                                 "\",\"rule\":\"" + rule + "\",\"user\":0,\"digest\":\"" + digest + "\"}";
        Draft said = draft_of(word, data);
        add(std::move(said));
        add(draft_of("till_close", "{}"));
        seal_if_due();
        tamper("UPDATE quarantine SET decision = '" + std::string(word) + "' WHERE about IS NULL");
        open();
    }
    Decided discard() {
        QuarantineDecision decision;
        decision.id = record;
        decision.reason = "it was a test";
        const auto decided = store->decide(std::move(decision));
        EXPECT_TRUE(decided) << decided.error().message;
        return decided ? *decided : Decided();
    }
    /// By both commands, the words; "" if neither finds anything.
    void expect_found(const std::string& words, const char* name) {
        const AuditReport report = audit_journal();
        const auto file = JournalFile::open_copy(settings.path, dir.path());
        ASSERT_TRUE(file) << file.error().message;
        const auto verified = verify(**file, source, no_progress);
        ASSERT_TRUE(verified) << verified.error().message;
        if (words.empty()) {
            EXPECT_EQ(report.verdict(), AuditReport::Verdict::proven) << name << ": " << first_of(report);
            EXPECT_EQ(verified->fault_count, 0U) << name << ": " << verified->faults.front();
            return;
        }
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken) << name;
        EXPECT_NE(first_of(report).find(words), std::string::npos) << name << ": " << first_of(report);
        ASSERT_EQ(verified->fault_count, 1U) << name;
        EXPECT_NE(verified->faults.front().find(words), std::string::npos) << name << ": " << verified->faults.front();
    }
    std::string record;
    Sequence at = 0;
    const std::string cheaper =
        "UPDATE quarantine SET bytes = CAST(replace(CAST(unpacked(bytes) AS TEXT), '7.00', '1.00') AS BLOB)";
};

TEST_F(AuditQuarantineTest, BytesThatAreNotWhatWasPutThere) {
    const AuditReport before = audit_journal();
    EXPECT_EQ(before.verdict(), AuditReport::Verdict::proven) << first_of(before);
    tamper(cheaper);
    const AuditReport after = audit_journal();
    EXPECT_EQ(after.verdict(), AuditReport::Verdict::broken);
    EXPECT_NE(first_of(after).find("the record " + record), std::string::npos) << first_of(after);
    EXPECT_NE(first_of(after).find(to_hex(sha(held_bytes))), std::string::npos) << first_of(after);
    const auto file = JournalFile::open_copy(settings.path, dir.path());
    ASSERT_TRUE(file) << file.error().message;
    const auto report = verify(**file, source, no_progress);
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_EQ(report->fault_count, 1U);
    EXPECT_EQ(report->faults.front(), first_of(after));
}

TEST_F(AuditQuarantineTest, ADecisionOnOtherContentThanWasPutThere) {
    struct Said {
        std::string digest;
        const char *rule, *word;
        bool broken;
    };
    std::uint64_t broken = 0;
    const std::string good = to_hex(sha(held_bytes));
    const std::string nothing = to_hex(sha(""));
    const std::string other = to_hex(sha("other"));
    for (const Said& each : {Said{good, "total_mismatch", "released", false}, Said{nothing, "x", "discarded", false},
                             Said{nothing, "x", "corrected", false}, Said{nothing, "x", "released", true},
                             Said{other, "x", "corrected", true}, Said{other, "x", "discarded", true},
                             Said{other, "damaged_on_disk", "released", true}}) {
        say_released(each.digest, each.rule, each.word);
        const AuditReport report = audit_journal();
        EXPECT_EQ(report.verdict() == AuditReport::Verdict::broken, each.broken) << each.word << " " << each.digest;
        open();
        if (!each.broken) continue;
        EXPECT_NE(first_of(report).find(event_id(epoch, at)), std::string::npos) << first_of(report);
        EXPECT_EQ(report.fault_count, ++broken);
    }
}

TEST_F(AuditQuarantineTest, RecordsThatAreNotAsTheEventsSayAreNamed) {  // [durable-3]
    struct Edit {
        const char* name;
        bool decided;  ///< The record was discarded before.
        std::string sql;
        std::string words;
    };
    const std::string open_words = "the record " + record + " (event " + event_id(epoch, at) + " put it there) is ";
    const std::vector<Edit> edits = {
        {"nothing", false, "SELECT 1", ""},
        {"deleted", false, "DELETE FROM quarantine WHERE about IS NULL",
         open_words + "undecided by the events, and is not here"},
        {"deleted_of_an_event", false, "DELETE FROM quarantine WHERE about IS NOT NULL",
         "is undecided by the events, and is not here"},
        {"decided_by_hand", false, "UPDATE quarantine SET decision = 'discarded', bytes = x'' WHERE about IS NULL",
         open_words + "\"discarded\" in the table of quarantine, and no event says so"},
        {"emptied", false, "UPDATE quarantine SET bytes = x'' WHERE about IS NULL",
         open_words + "undecided, and its content is not here"},
        {"put_in", false,
         "INSERT INTO quarantine (position, recorded, device, rule, field, bytes) VALUES (1 << 44 | 3, 1, 'feed', 'x', "
         "'', "
         "x'7b7d')",
         "the record Q1-3 is in quarantine, and " + event_id(epoch, 3) + " did not put it there"},
        {"discarded", true, "SELECT 1", ""},
        {"deleted_with_time", true, "DELETE FROM quarantine WHERE about IS NULL", ""},
        {"opened_again", true, "UPDATE quarantine SET decision = NULL WHERE about IS NULL", "and is open in the table"},
        {"another_actor", true, "UPDATE quarantine SET actor = 'p:other' WHERE about IS NULL",
         "was discarded by user 0, as " + event_id(epoch, at + 1) + " says, and by user 0 (p:other) in the table"},
        {"another_user", true, "UPDATE quarantine SET user = 7 WHERE about IS NULL", "and by user 7 in the table"},
        {"decided_otherwise", true, "UPDATE quarantine SET decision = 'released' WHERE about IS NULL",
         "was discarded, as " + event_id(epoch, at + 1) + " says, and is \"released\""}};
    store.reset();
    std::string whole = content_of(settings.path);
    const std::string witness = content_of(settings.path + ".witness");
    for (const Edit& edit : edits) {
        std::filesystem::remove(settings.path + "-wal");
        dir.write("journal.db", whole);
        dir.write("journal.db.witness", witness);
        open();
        if (edit.decided) (void)discard();
        ASSERT_TRUE(store->settle());
        tamper(edit.sql);
        expect_found(edit.words, edit.name);
    }
}

TEST_F(AuditQuarantineTest, WhereTheDecisionWasErasedNobodyCanTell) {
    const std::string told = discard().told;
    const auto number = number_of_event(told);
    ASSERT_TRUE(number);
    ASSERT_TRUE(store->erase(1, number->second, {}));
    ASSERT_TRUE(store->seal("stop"));
    const AuditReport report = audit_journal();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::not_checked) << first_of(report);
    ASSERT_EQ(report.unread.size(), 1U);
    EXPECT_NE(report.unread.front().find(record), std::string::npos) << report.unread.front();
}

TEST_F(AuditQuarantineTest, AnErasedSaleWasNoDecision) {
    const Recorded sale = add(draft("pos/T1/2026-11-23/7", "{}"));
    ASSERT_TRUE(store->erase(1, sale.sequence, {}));
    ASSERT_TRUE(store->seal("stop"));
    tamper("DELETE FROM quarantine WHERE about IS NULL");
    expect_found("is undecided by the events, and is not here", "behind it a sale was erased");
}

TEST_F(AuditQuarantineTest, AnErasedRecordIsDecided) {  // [privacy-1]
    ASSERT_TRUE(store->erase(1, at, {}));
    ASSERT_TRUE(store->seal("stop"));
    expect_found("", "erased");
}

TEST_F(AuditQuarantineTest, CentralComparesWhatTheEventsSay) {
    say_released(to_hex(sha("other")));
    deliver();
    store.reset();
    const AuditReport report = audit_central();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken);
    EXPECT_NE(first_of(report).find("another content than " + event_id(epoch, at)), std::string::npos)
        << first_of(report);
}

TEST_F(AuditQuarantineTest, AlsoUnderTheNumberThatAForkGave) {
    const Sequence beyond = store->live().last + 5;
    expected.clear();  // all of it stands in the next epoch
    EpochReceipt receipt;
    receipt.epoch = epoch;
    receipt.upto = beyond;
    const auto outcome = store->confirm(receipt);
    ASSERT_TRUE(outcome && outcome->forked);
    reissue();
    ASSERT_NE(store->live().epoch, epoch);
    EXPECT_EQ(audit_journal().fault_count, 0U);
    open();
    say_released(to_hex(sha("other")));
    const AuditReport report = audit_journal();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken);
    EXPECT_NE(first_of(report).find("another content than " + event_id(epoch, at)), std::string::npos)
        << first_of(report);
}

TEST_F(AuditQuarantineTest, AJournalWithoutItsWitnessIsNotChecked) {  // [durable-2]
    const std::string witness = settings.path + ".witness";
    const auto verdict_of = [&](const std::vector<AuditExpectation>& told) {
        expected = told;
        return audit_journal();
    };
    EXPECT_EQ(verdict_of({}).verdict(), AuditReport::Verdict::proven);
    store.reset();
    for (const bool missing : {false, true}) {
        if (missing) std::filesystem::remove(witness);
        if (!missing) dir.write("journal.db.witness", std::string(1024, 'x'));
        const AuditReport report = verdict_of({});
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::not_checked);
        ASSERT_EQ(report.unread.size(), 1U);
        EXPECT_NE(report.unread.front().find("--at-least"), std::string::npos) << report.unread.front();
        EXPECT_EQ(verdict_of({{epoch, at}}).verdict(), AuditReport::Verdict::proven)
            << "who asks knows how far it went";
    }
}

}  // namespace
}  // namespace tillpost::test
