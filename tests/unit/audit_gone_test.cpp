// SPDX-License-Identifier: Apache-2.0
// [audit-1] Numbers that are missing are no fault where the agent has said, in its chain, that it had pruned them. In
// files the hash it says is held only against what stands at the end of a gap.
#include <gtest/gtest.h>

#include "agent/audit/files.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/central_line_maker.hpp"

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

}  // namespace
}  // namespace tillpost::test
