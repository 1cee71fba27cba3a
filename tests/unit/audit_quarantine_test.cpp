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
    }
    std::string record;
    Sequence at = 0;
    const std::string cheaper =
        "UPDATE quarantine SET bytes = CAST(replace(CAST(bytes AS TEXT), '7.00', '1.00') AS BLOB)";
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
