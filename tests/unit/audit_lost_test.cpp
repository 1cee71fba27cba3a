// SPDX-License-Identifier: Apache-2.0
// [audit-1] Content that is said to be lost is told of by the agent that found the damage; what nobody tells of it
// disowns, and an audit names it. What is proven says what it does not prove.
#include "tests/unit/audit_fixture.hpp"

namespace tillpost::test {
namespace {

const std::string at_sequence = " WHERE position & 17592186044415 ";

class AuditLostTest : public AuditTest {
protected:
    void make_lost(const std::string& which) {
        tamper("UPDATE event SET state = 2, reason = 'unreadable', body = NULL" + at_sequence + which);
    }
    void scrub_all() {
        for (;;) {
            const auto more = store->scrub();
            ASSERT_TRUE(more) << more.error().message;
            if (!*more) return;
        }
    }
    /// Data of the `loss` events with that reason.
    std::vector<std::string> losses(const std::string& reason) {
        std::vector<std::string> found;
        for (Sequence each = store->live().first; each <= store->live().last; ++each) {
            const std::string data = type_at(each) == "loss" ? data_at(each) : "";
            if (data.find("\"reason\":\"" + reason + "\"") != std::string::npos) found.push_back(data);
        }
        return found;
    }
    void expect_disowned(const AuditReport& report, const std::string& names, const char* where) {
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken) << where;
        const std::string table = audit_table(report);
        EXPECT_NE(table.find(names), std::string::npos) << where << ": " << table;
        EXPECT_NE(table.find("the agent says that it found it so"), std::string::npos) << where << ": " << table;
    }
    void seal_and_deliver() {
        sell(1);
        ASSERT_TRUE(store->seal("stop"));
        deliver();
    }
};

// The whole end of the day, with its seals: the next seal vouched for it.
TEST_F(AuditLostTest, WhatSomebodyMadeLostIsDisownedBeforeTheNextSeal) {
    make_lost("> 11");
    open();
    const auto told = losses("unexplained");
    ASSERT_EQ(told.size(), 1U);
    EXPECT_NE(told.front().find("\"ranges\":[[12,16]]"), std::string::npos) << told.front();
    EXPECT_EQ(store->lost(), 5);
    open();
    EXPECT_EQ(losses("unexplained").size(), 1U) << "once";
    seal_and_deliver();
    const std::string names = event_id(epoch, 12) + " to " + event_id(epoch, 16) + " are lost (\"unreadable\")";
    expect_disowned(audit_journal(), names, "journal");
    expect_disowned(audit_central(), names, "central");
    EXPECT_EQ(audit_table(audit_central()).find("sealed only when"), std::string::npos) << "11 is a seal";
}

TEST_F(AuditLostTest, WhatSomebodyMadeLostBeforeASealIsDisownedByTheScrub) {
    make_lost("= 3");
    open();
    EXPECT_TRUE(losses("unexplained").empty()) << "no seal is made over it anew";
    scrub_all();
    ASSERT_EQ(losses("unexplained").size(), 1U);
    scrub_all();
    open();
    scrub_all();
    EXPECT_EQ(losses("unexplained").size(), 1U) << "once";
    seal_and_deliver();
    expect_disowned(audit_journal(), event_id(epoch, 3) + " is lost", "journal");
    expect_disowned(audit_central(), event_id(epoch, 3) + " is lost", "central");
}

TEST_F(AuditLostTest, WhatTheAgentFoundDamagedIsProvenAndNamed) {
    tamper("UPDATE event SET body = x'00', digest = zeroblob(32)" + at_sequence + "= 9");
    open();
    scrub_all();
    EXPECT_TRUE(losses("unexplained").empty()) << "its `quarantined` event tells of it";
    seal_and_deliver();
    for (const AuditReport& report : {audit_journal(), audit_central()}) {
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::incomplete) << first_of(report);
        EXPECT_EQ(report.damaged, 1U);
        const std::string table = audit_table(report);
        EXPECT_NE(table.find("NOTE: " + event_id(epoch, 9) + ": lost, \"damaged_on_disk\""), std::string::npos)
            << table;
        EXPECT_NE(table.find(event_id(epoch, 7) + " to " + event_id(epoch, 8) + " before it were sealed only when"),
                  std::string::npos)
            << table;
        EXPECT_NE(table.find("and the 1 that were changed on the disk"), std::string::npos) << table;
        EXPECT_NE(table.find("\nINCOMPLETE: the content of 1 events is destroyed, see the notes"), std::string::npos);
        EXPECT_EQ(table.find("PROVEN"), std::string::npos) << table;
    }
}

TEST_F(AuditLostTest, WhatIsDamagedWhenItMovesIsToldOf) {
    EpochReceipt receipt = this->receipt(2);
    receipt.fork = 3;
    ASSERT_TRUE(store->confirm(receipt));
    tamper("UPDATE event SET body = x'00' WHERE position = (1 << 44 | 12)");
    expected.clear();
    open();
    reissue();
    ASSERT_EQ(losses("damaged_on_disk").size(), 1U);
    EXPECT_NE(losses("damaged_on_disk").front().find(to_hex(epoch) + "\",\"ranges\":[[12,12]]"), std::string::npos);
    EXPECT_EQ(store->lost(), 1);
    scrub_all();
    EXPECT_TRUE(losses("unexplained").empty());
    ASSERT_TRUE(store->seal("stop"));
    const AuditReport report = audit_journal();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::incomplete) << first_of(report);
    EXPECT_EQ(report.damaged, 1U);
}

// A changed byte is a fault until the next start, which withholds the event: afterwards the words must say so.
TEST_F(AuditLostTest, AChangedEventIsNamedBehindTheNextStart) {
    tamper("UPDATE event SET body = CAST(replace(CAST(unpacked(body) AS TEXT), '\"n\":2', '\"n\":7') AS BLOB)" +
           at_sequence + "= 3");
    EXPECT_NE(first_of(audit_journal()).find("differs from its digest"), std::string::npos);
    open();
    ASSERT_TRUE(store->seal("stop"));
    const AuditReport report = audit_journal();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::incomplete) << first_of(report);
    const std::string table = audit_table(report);
    EXPECT_NE(table.find("NOTE: " + event_id(epoch, 3) + ": content withheld, \"damaged_on_disk\""), std::string::npos)
        << table;
    EXPECT_NE(table.find("WITHOUT CONTENT: " + event_id(epoch, 8) + ": content withheld, \"larger_than_packet\""),
              std::string::npos)
        << table;
    EXPECT_NE(table.find("inserted, but for the 1 whose content the agent took out, and says so and the 1 that were "
                         "changed on the disk, see the notes"),
              std::string::npos)
        << table;
    const std::string json = audit_json(report);
    EXPECT_NE(json.find("\"damaged\":1"), std::string::npos) << json;
    EXPECT_TRUE(json.starts_with("{\"verdict\":\"incomplete\"")) << json;
    EXPECT_NE(json.find("\"notes\":[\"" + event_id(epoch, 3) + ": content withheld"), std::string::npos) << json;
    EXPECT_NE(json.find("{\"events\":\"" + event_id(epoch, 3) +
                        "\",\"reason\":\"damaged_on_disk\",\"lost\":false,\"damaged\":true}"),
              std::string::npos)
        << json;
}

TEST_F(AuditLostTest, WithoutASealTheAdviceIsNoCertificate) {
    auto lines = edit_journal({});
    lines.resize(5);
    expected = {{epoch, 5}};
    for (const bool given : {true, false}) {
        if (!given) trust = {};
        const AuditReport report = audit_text(lines);
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::not_checked);
        const std::string table = audit_table(report);
        EXPECT_EQ(table.find("--certificate"), std::string::npos) << table;
        EXPECT_NE(table.find("no seal of these events is here"), std::string::npos) << table;
    }
}

}  // namespace
}  // namespace tillpost::test
