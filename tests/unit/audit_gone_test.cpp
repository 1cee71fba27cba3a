// SPDX-License-Identifier: Apache-2.0
// [audit-1] Numbers that are missing are no fault where the agent has said, in its chain, that it had pruned them. In
// files the hash it says is held only against what stands at the end of a gap.
#include <gtest/gtest.h>

#include "tests/unit/audit_fixture.hpp"
#include "tests/unit/central_line_maker.hpp"
#include "tests/unit/line_sealer.hpp"

namespace tillpost::test {
namespace {

const std::string till = "urn:tillpost:acme:0042:till-01";

struct Pruned {
    const char* name;
    std::vector<int> here;  ///< Of the nine lines of the first epoch
    Range said;
    int before, after;   ///< Whose chain hashes it says; 0: another one
    std::uint64_t gone;  ///< 0: a fault
};
void PrintTo(const Pruned& pruned, std::ostream* out) { *out << pruned.name; }

class AuditGoneTest : public ::testing::TestWithParam<Pruned> {};

TEST_P(AuditGoneTest, ExplainsWhatIsMissing) {
    LineMaker maker(till, 0xe1);
    LineMaker heir(till, 0xe2);
    const auto lines = maker.next(9);
    const auto chain = [&](int n) { return n == 0 ? Digest{} : LineMaker::chain_in(lines.at(n - 1)); };
    std::string text;
    for (const int n : GetParam().here) text += lines.at(n - 1) + "\n";
    text += heir.gone(maker.epoch(), GetParam().said, chain(GetParam().before), chain(GetParam().after)) + "\n";
    const TempDir folder;
    const auto report = audit_files({{folder.write("lines", text)}, {}}, {}, {});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->gone, GetParam().gone);
    if (GetParam().gone > 0) {
        EXPECT_TRUE(report->faults.empty()) << report->faults.front().what;
    } else {
        ASSERT_FALSE(report->faults.empty());
        EXPECT_NE(report->faults.front().what.find("missing"), std::string::npos) << report->faults.front().what;
    }
}

INSTANTIATE_TEST_SUITE_P(Ranges, AuditGoneTest,
                         ::testing::Values(Pruned{"one_gap", {1, 2, 7, 8, 9}, {3, 6}, 2, 6, 4},
                                           Pruned{"more_than_the_gap", {1, 2, 5, 6, 7, 8, 9}, {3, 6}, 2, 6, 2},
                                           Pruned{"two_gaps", {1, 2, 5, 9}, {3, 8}, 2, 8, 5},
                                           Pruned{"two_gaps_and_beyond", {1, 2, 5, 8, 9}, {3, 8}, 2, 8, 4},
                                           Pruned{"another_before", {1, 2, 7, 8, 9}, {3, 6}, 0, 6, 0},
                                           Pruned{"another_after", {1, 2, 7, 8, 9}, {3, 6}, 2, 0, 0},
                                           Pruned{"not_all_of_it", {1, 2, 7, 8, 9}, {3, 5}, 2, 5, 0},
                                           Pruned{"not_the_first", {1, 2, 7, 8, 9}, {4, 6}, 3, 6, 0}),
                         [](const auto& which) { return std::string(which.param.name); });

class GoneSealedTest : public ::testing::Test {
protected:
    static Digest chain(const std::string& line) { return LineMaker::chain_in(line); }
    AuditReport in_files(const std::vector<std::string>& text) {
        std::vector<AuditExpectation> ends{{first.epoch(), first.sequence()}};
        if (heir.sequence() > 0) ends.push_back({heir.epoch(), heir.sequence()});
        const auto report = audit_files({{folder.write("lines", joined(text))}, {}}, trust, ends);
        EXPECT_TRUE(report) << report.error().message;
        return *report;
    }
    AuditReport at_central(const std::vector<std::string>& text) {
        const std::string path = folder.file("central" + std::to_string(++files) + ".db");
        const auto central = CentralStore::open(path, CentralStore::Missing::create, clock);
        EXPECT_TRUE(central) << central.error().message;
        EXPECT_TRUE((*central)->commit({{agent, joined(text)}}, false));
        const auto report = audit(**central, std::nullopt, trust, {});
        EXPECT_TRUE(report) << report.error().message;
        return *report;
    }
    void expect_open(const AuditReport& report, const std::string& by) {
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::not_checked) << audit_table(report);
        EXPECT_NE(audit_table(report).find("is said only by " + by + ", which no seal covers yet"), std::string::npos)
            << audit_table(report);
    }

    TempDir folder;
    FixedClock clock;
    int files = 0;
    const std::shared_ptr<const MessageSigner> key = make_signer(folder, "till");
    AuditTrust trust{{fingerprint_of(key->certificate())}, {}};
    LineMaker first{agent.source(), 0xe1};
    LineMaker heir{agent.source(), 0xe2};
    LineSealer first_sealer{first};
    LineSealer sealer{heir};
};

// Who can write the file removes what he likes, and puts an event that tells of it at the end: it takes the key to
// seal that.
TEST_F(GoneSealedTest, IsTheAgentsWordOnlyOnceASealCoversIt) {
    std::vector<std::string> lines = first.next(8);
    lines.push_back(first_sealer.sealed(*key));
    const std::string told = heir.gone(first.epoch(), {3, 6}, chain(lines[1]), chain(lines[5]));
    std::vector<std::string> here{lines[0], lines[1], lines[6], lines[7], lines[8], told, heir.next()};
    expect_open(in_files(here), event_id(heir.epoch(), 1));
    expect_open(at_central(here), event_id(heir.epoch(), 1));
    here.push_back(sealer.sealed(*key, {{"gone", 1}}));
    for (const AuditReport& report : {in_files(here), at_central(here)}) {
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::proven) << audit_table(report);
        EXPECT_EQ(report.gone, 4U);
    }
}

// In the same epoch, in front of its last seal and behind it.
TEST_F(GoneSealedTest, CountsByWhereItStands) {
    std::vector<std::string> lines = first.next(8);
    lines.push_back(first_sealer.sealed(*key));
    lines.push_back(first.gone(first.epoch(), {3, 6}, chain(lines[1]), chain(lines[5])));
    lines.erase(lines.begin() + 2, lines.begin() + 6);
    expect_open(in_files(lines), event_id(first.epoch(), 10));
    lines.push_back(first_sealer.sealed(*key, {{"gone", 1}}));
    EXPECT_EQ(in_files(lines).verdict(), AuditReport::Verdict::proven) << audit_table(in_files(lines));
}

// As at central that was restored, where the box has deleted all up to the seal of a stop: nothing that is here leads
// to the seal, and its own chain hash says what stood before it.
TEST_F(GoneSealedTest, UpToASealLeadsToTheSeal) {
    std::vector<std::string> lines = first.next(5);
    lines.push_back(first_sealer.sealed(*key));
    lines.push_back(first.next());
    const std::string told = first.gone(first.epoch(), {3, 5}, chain(lines[1]), chain(lines[4]));
    lines.push_back(told);
    lines.push_back(first_sealer.sealed(*key, {{"gone", 1}}));
    lines.erase(lines.begin() + 2, lines.begin() + 5);
    for (const AuditReport& report : {in_files(lines), at_central(lines)}) {
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::proven) << audit_table(report);
        EXPECT_EQ(report.gone, 3U);
        EXPECT_EQ(report.seals_good, 2U);
    }
}

// Two sales were changed, the chain was made to fit again, and the seal put behind it as it was; what would show it is
// said to be gone.
TEST_F(GoneSealedTest, ASealOfAnotherHistoryBehindItIsFound) {
    LineMaker honest(agent.source(), first.epoch());
    LineSealer its(honest);
    std::vector<std::string> lines = honest.next(5);
    const std::string seal = its.sealed(*key);
    std::vector<std::string> forged = first.next(2);
    for (int i = 0; i < 3; ++i) forged.push_back(first.own("sale", "{\"forged\":true}"));
    forged.push_back(first.body(LineMaker::body_in(seal)));
    forged.push_back(first.gone(first.epoch(), {3, 5}, chain(forged[1]), chain(forged[4])));
    forged.erase(forged.begin() + 2, forged.begin() + 5);
    for (const AuditReport& report : {in_files(forged), at_central(forged)}) {
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken) << audit_table(report);
        EXPECT_NE(audit_table(report).find("the chain had another head when it was made"), std::string::npos)
            << audit_table(report);
    }
}

TEST_F(GoneSealedTest, OfAnotherAgentSaysNothing) {
    std::vector<std::string> lines = first.next(8);
    lines.push_back(first_sealer.sealed(*key));
    LineMaker other("urn:tillpost:acme:0042:till-02", 0xe3);
    LineSealer its(other);
    std::string path = folder.write("other", other.gone(first.epoch(), {3, 6}, chain(lines[1]), chain(lines[5])) +
                                                 "\n" + its.sealed(*key, {{"gone", 1}}) + "\n");
    lines.erase(lines.begin() + 2, lines.begin() + 6);
    const auto report = audit_files({{folder.write("lines", joined(lines)), path}, {}}, trust, {});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->verdict(), AuditReport::Verdict::broken) << audit_table(*report);
}

}  // namespace
}  // namespace tillpost::test
