// SPDX-License-Identifier: Apache-2.0
// [audit-1] Numbers that are missing are no fault where a `reissued` event names later numbers of the same events, and
// the digests there lead from the event before the gap to the one behind it.
#include "tests/unit/audit_fixture.hpp"
#include "tests/unit/central_line_maker.hpp"

namespace tillpost::test {
namespace {

/// Twelve events of a first epoch, of which some are here, and two later epochs.
class MovedTest : public ::testing::Test {
protected:
    /// The `reissued` event and the copies.
    void move(LineMaker& into, Range range) {
        later.push_back(into.reissued(first.epoch(), range.from, range.to, "salvage"));
        for (Sequence n = range.from; n <= range.to; ++n) copy(into, n);
    }
    void copy(LineMaker& into, Sequence n) { later.push_back(into.body(LineMaker::body_in(lines.at(n - 1)))); }
    std::vector<std::string> here(const std::vector<int>& numbers) const {
        std::vector<std::string> found;
        for (const int n : numbers) found.push_back(lines.at(static_cast<std::size_t>(n) - 1));
        return found;
    }
    AuditReport in_files(const std::vector<std::string>& early) {
        const auto report = audit_files({{folder.write("lines", joined(early) + joined(later))}, {}}, {}, {});
        EXPECT_TRUE(report) << report.error().message;
        return *report;
    }
    AuditReport at_central(const std::vector<std::vector<std::string>>& messages) {
        const std::string path = folder.file("central" + std::to_string(++files) + ".db");
        const auto central = CentralStore::open(path, CentralStore::Missing::create, clock);
        EXPECT_TRUE(central) << central.error().message;
        for (const auto& each : messages) EXPECT_TRUE((*central)->commit({{agent, joined(each)}}, false));
        const auto report = audit(**central, std::nullopt, {}, {});
        EXPECT_TRUE(report) << report.error().message;
        return *report;
    }
    static std::string faults_of(const AuditReport& report) {
        std::string text;
        for (const auto& each : report.faults) text += each.what + "\n";
        return text;
    }
    void expect_everywhere(const std::vector<int>& numbers, std::uint64_t moved, const std::string& faults) {
        const auto early = here(numbers);
        for (const AuditReport& report : {in_files(early), at_central({early, later}), at_central({later, early})}) {
            EXPECT_EQ(report.moved, moved);
            EXPECT_EQ(faults_of(report), faults) << audit_table(report);
        }
    }
    std::string missing(Sequence from, Sequence to) const {
        return event_id(first.epoch(), from) + " to " + event_id(first.epoch(), to) + " are missing";
    }

    TempDir folder;
    FixedClock clock;
    int files = 0;
    LineMaker first{agent.source(), 0xe1};
    LineMaker second{agent.source(), 0xe2};
    LineMaker third{agent.source(), 0xe3};
    const std::vector<std::string> lines = first.next(12);
    std::vector<std::string> later;
};

TEST_F(MovedTest, IsNoGap) {
    move(second, {4, 9});
    expect_everywhere({1, 2, 3, 10, 11, 12}, 6, "");
}

TEST_F(MovedTest, InSeveralSlicesAndBesideWhatCameAllTheSame) {
    move(second, {2, 4});
    move(second, {5, 8});
    move(second, {9, 11});
    expect_everywhere({1, 6, 12}, 9, "");
}

TEST_F(MovedTest, OnlyInPartLeavesTheRestMissing) {
    move(second, {4, 5});
    move(second, {9, 9});
    expect_everywhere({1, 2, 3, 10, 11, 12}, 3, missing(6, 8) + "\n");
}

TEST_F(MovedTest, ToWhereItIsNotIsMissing) {
    move(second, {4, 9});
    later.resize(3);
    expect_everywhere({1, 2, 3, 10, 11, 12}, 2, missing(6, 9) + "\n");
}

TEST_F(MovedTest, ToOtherContentIsMissing) {
    later.push_back(second.reissued(first.epoch(), 4, 6));
    copy(second, 4);
    later.push_back(second.sale("T1-5", R"({"total":"0.01"})"));
    copy(second, 6);
    expect_everywhere({1, 2, 3, 7}, 0,
                      missing(4, 6) + ": what `reissued` events say to be their copies does not lead across\n");
}

// A second salvage before the first one's copies had all gone: the `reissued` event itself has a later number.
TEST_F(MovedTest, TwiceIsFollowed) {
    const std::string told = second.reissued(first.epoch(), 4, 9);
    std::vector<std::string> copies;
    for (Sequence n = 4; n <= 9; ++n) copies.push_back(second.body(LineMaker::body_in(lines[n - 1])));
    const std::string live = second.next();
    later = {copies[0], copies[1], live};
    later.push_back(third.reissued(second.epoch(), 1, 1));
    later.push_back(third.body(LineMaker::body_in(told)));
    later.push_back(third.reissued(second.epoch(), 4, 7));
    for (std::size_t i = 2; i < copies.size(); ++i) later.push_back(third.body(LineMaker::body_in(copies[i])));
    expect_everywhere({1, 2, 3, 10, 11, 12}, 11, "");
}

// Two lives of one journal gave the same numbers to different events: the chain tells which ones stood here.
TEST_F(MovedTest, ByTwoLivesIsFoundInEither) {
    for (const bool right_first : {true, false}) {
        later.clear();
        LineMaker right(agent.source(), 0xe4);
        LineMaker wrong(agent.source(), 0xe5);
        const auto right_one = [&] { move(right, {4, 6}); };
        if (right_first) right_one();
        later.push_back(wrong.reissued(first.epoch(), 4, 6));
        for (int i = 0; i < 3; ++i) later.push_back(wrong.sale("T9-" + std::to_string(i)));
        if (!right_first) right_one();
        expect_everywhere({1, 2, 3, 7}, 3, "");
    }
}

TEST_F(MovedTest, BesideWhatIsGoneLeadsAcross) {
    const auto chain = [&](int n) { return LineMaker::chain_in(lines.at(static_cast<std::size_t>(n) - 1)); };
    later.push_back(second.gone(first.epoch(), {6, 7}, chain(5), chain(7)));
    move(second, {4, 5});
    move(second, {8, 9});
    expect_everywhere({1, 2, 3, 10, 11, 12}, 4, "");
    later.front() = LineMaker(agent.source(), 0xe9).gone(first.epoch(), {6, 7}, chain(4), chain(7));
    EXPECT_EQ(faults_of(at_central({here({1, 2, 3, 10}), later})).find(missing(6, 7)), 0U);
}

// Without a digest no chain hash can be had, and it is the agent's word: not before a seal covers it.
TEST_F(MovedTest, WithSomethingLostIsTheAgentsWord) {
    later.push_back(second.reissued(first.epoch(), 4, 6, "salvage"));
    copy(second, 4);
    later.push_back(second.lost());
    copy(second, 6);
    later.push_back(second.loss(second.epoch(), "[[3,3]]", "damage"));
    const auto early = here({1, 2, 3, 7, 8});
    for (const AuditReport& report : {in_files(early), at_central({early, later})}) {
        EXPECT_EQ(faults_of(report), "");
        EXPECT_EQ(report.moved, 3U);
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::not_checked);
        EXPECT_NE(audit_table(report).find("no chain hash proves that these stood there, and no seal covers"),
                  std::string::npos)
            << audit_table(report);
    }
}

TEST_F(MovedTest, AnAbsurdRangeEndsTheAudit) {
    later.push_back(second.reissued(first.epoch(), 1, last_sequence));
    copy(second, 4);
    Digest chain{};
    Sha256 sha;
    const std::string body = LineMaker::body_in(lines[11]);
    chain = chain_next(sha, chain, first.epoch(), last_sequence - 1, sha(body));
    const std::string end = line_prefix(first.epoch(), last_sequence - 1, chain) + body;
    const AuditReport report = in_files({lines[0], end});
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken);
    EXPECT_NE(faults_of(report).find("are missing"), std::string::npos);
}

/// The same with an agent's journal, its seals and a tombstone among what has moved.
class MovedForkTest : public AuditTest {
protected:
    MovedForkTest() {
        former = epoch;
        const auto lines = all_lines();
        early.assign(lines.begin(), lines.begin() + 5);
        early.insert(early.end(), lines.begin() + 11, lines.begin() + 13);
        const auto central = CentralStore::open(dir.file("central.db"), CentralStore::Missing::create, clock);
        EXPECT_TRUE((*central)->commit({{agent, joined(early)}}, false));
        EpochReceipt receipt = this->receipt(2);
        receipt.fork = 3;
        EXPECT_TRUE(store->confirm(receipt));
        reissue();
        sell(1);
        EXPECT_TRUE(store->seal("stop"));
        epoch = store->live().epoch;
        expected = {{epoch, store->live().last}};
    }
    static void expect_whole(const AuditReport& report, const char* where) {
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::proven) << where << ": " << audit_table(report);
        EXPECT_EQ(report.moved, 6U) << where;
        EXPECT_EQ(report.epochs.front().sealed, 13U) << where << ": by the seals that stood within the gap, and behind";
        EXPECT_EQ(report.seals_elsewhere, 0U) << where;
        EXPECT_NE(audit_table(report).find(", 6 here under later numbers alone"), std::string::npos) << where;
    }

    Epoch former = 0;
    std::vector<std::string> early;
};

TEST_F(MovedForkTest, IsProvenByTheSealsThatMovedWithIt) {
    deliver();
    expect_whole(audit_central(), "central");
    const auto files = audit_files({{dir.write("lines", joined(early) + joined(all_lines()))}, {}}, trust, expected);
    ASSERT_TRUE(files) << files.error().message;
    expect_whole(*files, "export");
    tamper_central(
        "DELETE FROM event WHERE type = 'tillpost.sale.v1' AND position & 17592186044415 = 10 AND "
        "position >> 44 = 2");
    const AuditReport report = audit_central();
    EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken);
    EXPECT_NE(audit_table(report).find(event_id(former, 7) + " is missing"), std::string::npos) << audit_table(report);
}

}  // namespace
}  // namespace tillpost::test
