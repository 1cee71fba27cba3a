// SPDX-License-Identifier: Apache-2.0
// [end-2] The journal's limit, and the space kept for draining.
#include <filesystem>

#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

Draft large(const std::string& type) {
    Draft draft;
    draft.event.type = type;
    draft.event.data = "{\"x\":\"" + std::string(1'000, 'x') + "\"}";
    return draft;
}

class StoreLimitsTest : public StoreTest {
protected:
    StoreLimitsTest() {
        settings.most_bytes = 2 << 20;
        settings.ballast_bytes = 0;
        open();
    }
    void fill(const std::vector<std::string>& types, int count) {
        std::vector<Draft> drafts;
        for (int i = 0; i < count; ++i) {
            for (const std::string& type : types) drafts.push_back(large(type));
        }
        ASSERT_TRUE(store->append(drafts));
    }
};

TEST_F(StoreLimitsTest, ShedsTheCheapestClassFirstAndNeverACriticalOne) {
    fill({"scan", "markdown", "sale"}, 330);  // some 2.0 MB
    const EpochSummary before = store->live();
    maintain();
    EXPECT_LT(store->bytes(), settings.most_bytes / 10 * 9);
    EXPECT_GT(store->shed(), 0);
    int scans = 0;
    for (Sequence n = 1; n <= before.last; ++n) {
        const std::string text = line_at(n);
        const auto line = parse_line(sha, text);
        ASSERT_TRUE(line);
        if (line->kind == Line::Kind::event) continue;
        EXPECT_EQ(line->reason, "shed");
        EXPECT_EQ((n - 1) % 3, 0U) << "scans are cheaper than markdowns and sales";
        ++scans;
    }
    EXPECT_EQ(scans, store->shed());
    all_lines();
}

TEST_F(StoreLimitsTest, ALossEventSumsUpWhatWasShed) {
    fill({"scan"}, 1'000);
    const Sequence last = store->live().last;
    maintain();
    std::int64_t summed = 0;
    for (Sequence n = last + 1; n <= store->live().last; ++n) {
        const std::string line = line_at(n);
        EXPECT_NE(line.find("tillpost.loss.v1"), std::string::npos) << line;
        EXPECT_NE(line.find(R"("class":"bulk","reason":"shed")"), std::string::npos) << line;
        summed += number_in(line, "count");
    }
    EXPECT_EQ(summed, store->shed());
    EXPECT_GT(summed, 0);
}

TEST_F(StoreLimitsTest, ShedsNormalEventsWhenNoBulkIsLeft) {
    fill({"markdown", "sale"}, 490);
    maintain();
    EXPECT_GT(store->shed(), 0);
    EXPECT_LT(store->bytes(), settings.most_bytes / 10 * 9);
    all_lines();
    for (Sequence n = 2; n <= 980; n += 2) ASSERT_EQ(parse_line(sha, line_at(n))->kind, Line::Kind::event) << n;
}

TEST_F(StoreLimitsTest, ShedsNothingWhileConfirmedEventsCanGo) {
    fill({"scan"}, 1'000);
    ASSERT_TRUE(store->confirm(receipt(990)));
    maintain();
    EXPECT_EQ(store->shed(), 0);
    EXPECT_GT(store->live().first, 1U);
}

TEST_F(StoreLimitsTest, ShedsNothingFarFromItsLimit) {
    fill({"scan"}, 300);
    maintain();
    EXPECT_EQ(store->shed(), 0);
}

TEST_F(StoreLimitsTest, KeepsABallastFileThatTakesRealSpace) {
    std::filesystem::remove(settings.path + ".ballast");
    settings.ballast_bytes = 1 << 20;
    open();
    EXPECT_EQ(std::filesystem::file_size(settings.path + ".ballast"), 1U << 20);
    std::filesystem::remove(settings.path + ".ballast");
    maintain();
    EXPECT_TRUE(std::filesystem::exists(settings.path + ".ballast"));
}

}  // namespace
}  // namespace tillpost
