// SPDX-License-Identifier: Apache-2.0
// [audit-1] Every kind of tampering is found and named: in a journal, in an export, in a receiver's file.
#include "agent/audit/trust.hpp"
#include "tests/unit/audit_fixture.hpp"

namespace tillpost::test {
namespace {

TEST_F(AuditTest, AnHonestHistoryIsProvenWhereverItLies) {
    deliver();
    expect_proven(audit_central(), "central");
    expect_proven(audit_text(edit_journal({})), "export");
    expect_proven(audit_journal(), "journal");
    edit_journal([](Forgery&) {});
    expect_proven(audit_journal(), "journal, written back");
}

class TamperingTest : public AuditTest, public ::testing::WithParamInterface<Tampering> {};

TEST_P(TamperingTest, IsFoundAndNamed) {
    const Tampering& tampering = GetParam();
    deliver();
    edit_central(tampering.edit);
    expect_named(audit_central(), tampering, "central");
    const auto lines = edit_journal(tampering.edit);
    expect_named(audit_journal(), tampering, "journal");
    expect_named(audit_text(lines), tampering, "export");
    if (!tampering.cut) expected.clear();
    expect_named(audit_text(lines), tampering, "export, whose end nobody knows");
}

INSTANTIATE_TEST_SUITE_P(All, TamperingTest, ::testing::ValuesIn(tamperings()),
                         [](const auto& which) { return std::string(which.param.name); });

TEST_F(AuditTest, WithoutAKnownCertificateNothingIsProven) {
    trust.all.clear();
    const AuditReport report = audit_journal();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::not_checked);
    EXPECT_EQ(report.seals_unknown, 3U);
    EXPECT_EQ(report.unknown_signers, std::set{fingerprint_of(settings.signer->certificate())});
    EXPECT_NE(audit_table(report).find(*report.unknown_signers.begin()), std::string::npos);
    trust.all.insert(std::string(64, '0'));
    EXPECT_EQ(audit_journal().seals_other, 3U);
}

TEST_F(AuditTest, CentralTrustsTheSignerThatItKnows) {
    deliver();
    const std::string fingerprint = *trust.all.begin();
    trust.all.clear();
    EXPECT_EQ(audit_central().verdict(), AuditReport::Verdict::not_checked);
    {
        const auto central = CentralStore::open(dir.file("central.db"), CentralStore::Missing::refuse, clock);
        ASSERT_TRUE((*central)->record_signer(source, fingerprint));
    }
    expect_proven(audit_central(), "central");
}

TEST_F(AuditTest, WhatIsPrunedKeepsItsProof) {
    settings.keep = std::chrono::seconds(0);
    open();
    ASSERT_TRUE(store->confirm(receipt(9)));
    clock.advance(Millis(10'000));
    while (store->maintain().value()) {
    }
    ASSERT_EQ(store->live().first, 10U);
    const AuditReport report = audit_journal();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::proven) << first_of(report);
    EXPECT_EQ(report.seals_good, 2U);
    EXPECT_EQ(report.deleted, 9U);
    EXPECT_NE(audit_table(report).find(", 9 deleted after their confirmation"), std::string::npos)
        << audit_table(report);
    edit_journal([](Forgery& f) { f.at(10).chain[0] ^= 1U; });
    const std::string first = first_of(audit_journal());
    EXPECT_NE(first.find(event_id(epoch, 10) + " does not follow"), std::string::npos) << first;
}

TEST_F(AuditTest, ARowThatSaysOfItsContentWhatIsNotSoIsNamed) {
    for (const int state : {1, 2, 7}) {
        SCOPED_TRACE(state);
        tamper("UPDATE event SET state = " + std::to_string(state) + " WHERE position & 17592186044415 = 3");
        const AuditReport report = audit_journal();
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken);
        EXPECT_NE(first_of(report).find(event_id(epoch, 3) + " says of its content what is not so"), std::string::npos)
            << first_of(report);
    }
}

// What somebody confirmed, deleted and took out of the file's own account: the chain leads on, and the age tells.
TEST_F(AuditTest, WhatIsDeletedBeforeItsTimeIsNamed) {
    constexpr std::chrono::hours week{7 * 24};
    add(draft("pos/T1/2026-11-23/1", "{}"));
    ASSERT_TRUE(store->confirm(receipt(history_end + 1)));
    ASSERT_TRUE(store->seal("stop"));
    ASSERT_TRUE(store->settle());
    tamper(
        "UPDATE epoch SET pruned = 17, pruned_chain = (SELECT chain FROM event WHERE position & 17592186044415 = 17)");
    tamper("DELETE FROM event WHERE position & 17592186044415 <= 17");
    expected.clear();
    const WallTime now = clock.now().wall;
    retention = AuditRetention{week, 1LL << 40, now + std::chrono::hours(24)};
    const AuditReport early = audit_journal();
    EXPECT_EQ(early.verdict(), AuditReport::Verdict::broken);
    EXPECT_EQ(early.deleted, 17U);
    EXPECT_NE(first_of(early).find(event_id(epoch, 17) + " are deleted, and not all of them are older than 7 days"),
              std::string::npos)
        << first_of(early);
    EXPECT_NE(first_of(early).find("recorded at 2026-11-23T10:15:30.123Z"), std::string::npos) << first_of(early);
    retention->keep_bytes = 1;
    const AuditReport grown = audit_journal();
    EXPECT_EQ(grown.verdict(), AuditReport::Verdict::proven) << first_of(grown);
    EXPECT_FALSE(grown.notes.empty());
    retention = AuditRetention{week, 1LL << 40, now + week};
    EXPECT_EQ(audit_journal().verdict(), AuditReport::Verdict::proven) << "they were old enough";
    tamper("DELETE FROM business_key");
    retention = AuditRetention{std::chrono::hours(31 * 24), 1LL << 40, now};
    EXPECT_EQ(audit_journal().verdict(), AuditReport::Verdict::broken) << "the epoch itself is younger";
    tamper("UPDATE epoch SET moved = 17");
    EXPECT_EQ(audit_journal().verdict(), AuditReport::Verdict::proven) << "what was reissued is older than its epoch";
}

// Keys remember the wall clock, the agent deletes by what has passed: what it deleted itself accuses nobody.
TEST_F(AuditTest, WhatTheAgentDeletedByItsOwnCountIsNoFault) {
    constexpr std::chrono::hours week{7 * 24};
    const WallTime right = clock.now().wall;
    clock.set_wall(right + std::chrono::days(3'653));
    add(draft("pos/T1/2026-11-23/1", "{}"));
    clock.set_wall(right);
    ASSERT_TRUE(store->confirm(receipt(store->live().last)));
    clock.advance(week + std::chrono::hours(1));
    while (store->maintain().value()) {
    }
    ASSERT_GT(store->live().first, history_end + 1);
    add(draft("pos/T1/2026-11-30/1", "{}"));
    ASSERT_TRUE(store->seal("stop"));
    ASSERT_TRUE(store->settle());
    expected.clear();
    retention = AuditRetention{week, 1LL << 40, clock.now().wall};
    const AuditReport report = audit_journal();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::proven) << first_of(report);
    EXPECT_TRUE(report.notes.empty());
    retention->keep = 2 * week;
    EXPECT_EQ(audit_journal().verdict(), AuditReport::Verdict::broken) << "it should have kept them";
    retention->keep = week;
    tamper("DELETE FROM age");
    EXPECT_EQ(audit_journal().verdict(), AuditReport::Verdict::broken);
}

TEST_F(AuditTest, WhatTheAgentDeletedForWantOfRoomIsNoted) {
    settings.keep_bytes = 1;
    open();
    add(draft("pos/T1/2026-11-23/1", "{}"));
    ASSERT_TRUE(store->confirm(receipt(history_end + 1)));
    while (store->maintain().value()) {
    }
    ASSERT_EQ(store->live().first, history_end + 2);
    add(draft("pos/T1/2026-11-23/2", "{}"));
    ASSERT_TRUE(store->seal("stop"));
    ASSERT_TRUE(store->settle());
    expected.clear();
    retention = AuditRetention{std::chrono::hours(7 * 24), 1LL << 40, clock.now().wall};
    const AuditReport report = audit_journal();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::proven) << first_of(report);
    ASSERT_FALSE(report.notes.empty());
    tamper("UPDATE counter SET value = value - 1 WHERE name = 'pruned_early'");
    EXPECT_EQ(audit_journal().verdict(), AuditReport::Verdict::broken) << "one more is gone";
}

TEST_F(AuditTest, DeletingWhatNobodyConfirmedIsFound) {
    tamper("DELETE FROM event WHERE position & 17592186044415 <= 3");
    tamper("UPDATE epoch SET pruned = 3, pruned_chain = (SELECT zeroblob(32))");
    const std::string first = first_of(audit_journal());
    EXPECT_NE(first.find("are deleted, and central never confirmed them"), std::string::npos) << first;
}

TEST_F(AuditTest, ARemovedEpochIsFound) {
    const Epoch former = epoch;
    deliver();
    EpochReceipt receipt = this->receipt(2);
    receipt.fork = 3;
    ASSERT_TRUE(store->confirm(receipt));
    reissue();
    ASSERT_TRUE(store->seal("stop"));
    deliver();
    epoch = store->live().epoch;
    expected.clear();
    EXPECT_EQ(audit_central().verdict(), AuditReport::Verdict::proven) << first_of(audit_central());
    const AuditReport honest = audit_journal();
    EXPECT_EQ(honest.verdict(), AuditReport::Verdict::proven) << first_of(honest);
    tamper("DELETE FROM epoch WHERE ordinal = 1");
    const std::string first = first_of(audit_journal());
    EXPECT_NE(first.find("the epoch " + to_hex(former)), std::string::npos) << first;
    EXPECT_NE(first.find("is not here"), std::string::npos) << first;
    tamper("DELETE FROM epoch; DELETE FROM event");
    EXPECT_NE(first_of(audit_journal()).find("the live epoch is missing"), std::string::npos);
    {
        const auto central = Database::open({dir.file("central.db"), central_application_id});
        ASSERT_TRUE((*central)->execute("DELETE FROM event WHERE position >> 44 = 2"));
    }
    const std::string at_central = first_of(audit_central());
    EXPECT_NE(at_central.find(event_id(epoch, 1) + " to "), std::string::npos) << at_central;
}

TEST_F(AuditTest, WhatSomebodyTypesIsTakenOrNamed) {
    const std::string fingerprint = *trust.all.begin();
    const auto given = trust_from({dir.file("till.pem")});
    ASSERT_TRUE(given) << given.error().message;
    EXPECT_EQ(given->all, std::set{fingerprint});
    EXPECT_EQ(trust_from({"AA:" + std::string(62, 'b')})->all, std::set{"aa" + std::string(62, 'b')});
    EXPECT_FALSE(trust_from({"abc"}));
    EXPECT_EQ(expectations_from({event_id(epoch, 7)})->front().last, 7U);
    for (const char* bad : {"", "7", "5f2c9a3b7d1e4f60", "5f2c9a3b7d1e4f60-", "5f2c9a3b7d1e4f60-x",
                            "5F2C9a3b7d1e4f60-1", "5f2c9a3b7d1e4f60-0"}) {
        EXPECT_FALSE(expectations_from({bad})) << bad;
    }
}

}  // namespace
}  // namespace tillpost::test
