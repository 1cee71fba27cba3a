// SPDX-License-Identifier: Apache-2.0
// [audit-1] Whose seals count where several agents are audited at once, and up to where an end is proven.
#include "tests/unit/audit_fixture.hpp"
#include "tests/unit/central_line_maker.hpp"
#include "tests/unit/line_sealer.hpp"

namespace tillpost::test {
namespace {

const AgentName neighbour{"acme", "0042", "till-02"};

/// Beside AuditTest's agent a second one, with a key of its own.
class AuditSignersTest : public AuditTest {
protected:
    AuditSignersTest() {
        first = *trust.all.begin();
        second = fingerprint_of(key->certificate());
        deliver();
    }
    void take(const std::vector<std::string>& lines) {
        const auto central = CentralStore::open(dir.file("central.db"), CentralStore::Missing::refuse, clock);
        ASSERT_TRUE(central) << central.error().message;
        ASSERT_TRUE((*central)->commit({{neighbour, joined(lines)}}, false));
    }
    /// Two sales and a seal of each signer.
    void sell_and_seal(const std::vector<const MessageSigner*>& signers) {
        std::vector<std::string> lines;
        for (const MessageSigner* signer : signers) {
            lines.push_back(maker.next());
            lines.push_back(maker.next());
            lines.push_back(sealer.sealed(*signer));
        }
        take(lines);
    }

    const std::shared_ptr<const MessageSigner> key = make_signer(dir, "neighbour");
    const std::shared_ptr<const MessageSigner> thief = make_signer(dir, "thief");
    LineMaker maker{neighbour.source(), 0xe9};
    LineSealer sealer{maker};
    std::string first, second;
};

TEST_F(AuditSignersTest, ACertificateOfOneAgentSaysNothingOfAnother) {
    sell_and_seal({key.get(), key.get()});
    const AuditReport one = audit_central();
    EXPECT_EQ(one.verdict(), AuditReport::Verdict::not_checked) << first_of(one);
    EXPECT_EQ(one.fault_count, 0U);
    EXPECT_EQ(one.seals_good, 3U);
    EXPECT_EQ(one.seals_unknown, 2U);
    EXPECT_EQ(one.unknown_sources, std::set{neighbour.source()});
    EXPECT_EQ(one.unknown_signers, std::set{second});
    const std::string table = audit_table(one);
    EXPECT_NE(table.find("proves whose the events are of " + neighbour.source() + "; sealed by " + second),
              std::string::npos)
        << table;
    EXPECT_NE(table.find("Of the others: nothing up to the last seal, " + event_id(epoch, 15)), std::string::npos)
        << table;
    trust.all = {first, second};
    EXPECT_EQ(audit_central().verdict(), AuditReport::Verdict::proven) << first_of(audit_central());
    trust.all = {std::string(64, '0')};
    const AuditReport none = audit_central();
    EXPECT_EQ(none.verdict(), AuditReport::Verdict::not_checked);
    EXPECT_EQ(none.unknown_sources.size(), 2U);
    ASSERT_EQ(none.notes.size(), 1U);
    EXPECT_NE(none.notes.front().find(std::string(64, '0')), std::string::npos);
}

TEST_F(AuditSignersTest, AnotherKeyBesideTheGivenOneIsNamed) {
    for (const bool stolen_first : {true, false}) {
        const Sequence begin = maker.sequence();
        if (stolen_first) sell_and_seal({thief.get(), key.get()});
        if (!stolen_first) sell_and_seal({key.get(), thief.get()});
        trust.all = {first, second};
        const AuditReport report = audit_central();
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken) << begin;
        EXPECT_EQ(report.fault_count, 1U) << audit_table(report);
        EXPECT_EQ(report.seals_other, stolen_first ? 1U : 2U);
        EXPECT_EQ(first_of(report),
                  "the seal " + event_id(0xe9, 3) + " is signed by another key: the certificate " +
                      fingerprint_of(thief->certificate()) +
                      (stolen_first ? "" : "; so are 1 more seals or files of " + neighbour.source()));
    }
}

TEST_F(AuditSignersTest, AnotherKeyThanTheOneThatCentralKnowsIsNamed) {
    sell_and_seal({thief.get()});
    {
        const auto central = CentralStore::open(dir.file("central.db"), CentralStore::Missing::refuse, clock);
        ASSERT_TRUE((*central)->record_signer(neighbour.source(), second));
    }
    const AuditReport report = audit_central();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken);
    EXPECT_EQ(report.seals_other, 1U);
}

TEST_F(AuditSignersTest, AWrongCertificateOfTheOnlyAgentIsOneFault) {
    trust.all = {second};
    const AuditReport report = audit_central();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken);
    EXPECT_EQ(report.fault_count, 1U) << audit_table(report);
    EXPECT_EQ(report.seals_other, 3U);
    EXPECT_NE(first_of(report).find(event_id(epoch, 6) + " is signed by another key"), std::string::npos);
    EXPECT_NE(first_of(report).find("so are 2 more"), std::string::npos) << first_of(report);
}

// Whoever has the file can set back what stands beside the lines, too: the verdict says what it cannot know.
TEST_F(AuditSignersTest, TheEndOfWhatCentralHasIsNotSaidToBeProven) {
    tamper_central(
        "DELETE FROM event WHERE position & 17592186044415 > 11; UPDATE range SET last = 11, chain = (SELECT chain "
        "FROM event WHERE position & 17592186044415 = 11); DELETE FROM effect WHERE digest NOT IN (SELECT "
        "substr(digest, 1, 16) FROM event)");
    const auto known = std::exchange(expected, {});
    const std::string table = audit_table(audit_central());
    EXPECT_NE(table.find("PROVEN: nothing up to the last seal, " + event_id(epoch, 11) + ","), std::string::npos)
        << table;
    EXPECT_NE(table.find("proven only as far as it is here: whether its end was cut off, --at-least tells"),
              std::string::npos)
        << table;
    expected = known;
    EXPECT_EQ(audit_central().verdict(), AuditReport::Verdict::broken);
}

}  // namespace
}  // namespace tillpost::test
