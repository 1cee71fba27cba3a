// SPDX-License-Identifier: Apache-2.0
// `tillpost journal` on a file with a leaf page whose end is zeros: SQLite reads that without an error.
#include <fstream>

#include "tests/unit/journal_offline_fixture.hpp"

namespace tillpost {
namespace {

class TornJournalTest : public JournalOfflineTest {
protected:
    static constexpr int count = 200;

    /// Leaves this many bytes of a page of the table of events; which of its rows are gone is in `gone`.
    void tear(std::size_t kept) {
        add_many(count);
        store.reset();
        std::vector<std::int64_t> leaves;
        {
            auto database = Database::open({settings.path, 0x54494c4c});
            ASSERT_TRUE((*database)->checkpoint(true));
            auto rows = (*database)->prepare(
                "SELECT pageno FROM dbstat WHERE name = 'event' AND pagetype = 'leaf' ORDER BY path");
            while (rows && *rows->step()) leaves.push_back(rows->integer(0));
        }
        ASSERT_GT(leaves.size(), 4U);
        const std::size_t at = static_cast<std::size_t>(leaves[leaves.size() / 2] - 1) * 4096 + kept;
        std::string file = test::content_of(settings.path);
        file.replace(at, 4096 - kept, 4096 - kept, '\0');
        std::ofstream(settings.path, std::ios::binary) << file;
        const std::string text = test::revealed(std::move(file));
        for (int n = 0; n < count; ++n) {
            if (text.find("\"data\":{\"n\":" + std::to_string(n) + "}") == std::string::npos)
                gone.push_back(static_cast<Sequence>(n) + 1);
        }
        ASSERT_FALSE(gone.empty());
        ASSERT_EQ(gone.back() - gone.front() + 1, gone.size()) << "they stand one behind another";
    }

    std::vector<Sequence> gone;
};

class TornAtTest : public TornJournalTest, public ::testing::WithParamInterface<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Places, TornAtTest, ::testing::Values(512, 1'024, 2'048));

TEST_P(TornAtTest, VerifyNamesWhatIsGoneAndNothingElse) {
    tear(GetParam());
    const VerifyReport found = report();
    ASSERT_FALSE(found.faults.empty());
    EXPECT_LE(found.fault_count, 4U) << "those that are gone, and of the one that the tear goes through at most its "
                                        "state, its content and what follows from it";
    EXPECT_NE(found.faults[0].find("-" + std::string(16 - std::to_string(gone.front()).size(), '0') +
                                   std::to_string(gone.front())),
              std::string::npos)
        << found.faults[0];
    for (const std::string& fault : found.faults) EXPECT_EQ(fault.find("--"), std::string::npos) << fault;
    EXPECT_LE(found.rows, count);
    EXPECT_GE(found.rows, count - gone.size());
}

TEST_P(TornAtTest, RecoverReadsAllOthersAndNamesThoseThatAreLost) {
    tear(GetParam());
    const auto found = recover(
        settings.path, dir.path(), [](std::string_view) { return Result<void>(); }, no_progress);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->events, count - gone.size());
    EXPECT_EQ(found->lost_count, gone.size());
    ASSERT_EQ(found->lost.size(), 1U);
    EXPECT_TRUE(found->lost[0].ends_with(" " + std::to_string(gone.front()) + " to " + std::to_string(gone.back())))
        << found->lost[0];
}

TEST_P(TornAtTest, ExportLeavesOutWhatIsDamagedAndSaysSo) {
    tear(GetParam());
    const auto found = export_events(*copy(), to_stick(), no_progress);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->events, count - gone.size());
    EXPECT_EQ(found->damaged, gone.size());
    EXPECT_NE(found->first_damaged.find(std::to_string(gone.front()) + " to "), std::string::npos)
        << found->first_damaged;
    ASSERT_EQ(found->files.size(), 2U) << "behind what is damaged a chunk begins";
    Sequence expected = 0;
    for (const std::string& file : found->files) {
        ExportHead head;
        const std::string lines = open_chunk(file, head);
        for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1) {
            const auto line = parse_line(sha, std::string_view(lines).substr(at, lines.find('\n', at) - at));
            ASSERT_TRUE(line) << line.error().message;
            ++expected;
            if (expected == gone.front()) expected = gone.back() + 1;
            EXPECT_EQ(line->sequence, expected);
        }
    }
    EXPECT_EQ(expected, static_cast<Sequence>(count));
}

// A body that is not what was recorded does not travel on a stick, either.
TEST_F(TornJournalTest, ExportLeavesOutAnEventThatDiffersFromItsDigest) {
    add_many(20);
    tamper("UPDATE event SET body = CAST('x' AS BLOB) WHERE position & 0xff = 7");
    const auto found = export_events(*copy(), to_stick(), no_progress);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->events, 19U);
    EXPECT_EQ(found->damaged, 1U);
}

}  // namespace
}  // namespace tillpost
