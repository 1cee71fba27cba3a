// SPDX-License-Identifier: Apache-2.0
// What a start reads, however much the journal holds.
#include <iostream>

#include "tests/support/fault_vfs.hpp"
#include "tests/unit/seal_fixture.hpp"

namespace tillpost {
namespace {

using test::Faults;

class StoreStartTest : public SealTest {
protected:
    /// Everything is in the file, and the keys are in their table.
    void settle() {
        ASSERT_TRUE(store->settle());
        store.reset();
        auto database = Database::open({settings.path, 0x54494c4c});
        ASSERT_TRUE(database) << database.error().message;
        ASSERT_TRUE((*database)->checkpoint(true));
    }
    int reads_of_a_start() {
        faults_.fail(Faults::Kind::io_error, many, false, Faults::read);
        open();
        const int left = faults_.countdown;
        faults_.stop();
        return many - left;
    }

    static constexpr int many = 1'000'000;
    Faults& faults_ = test::install_fault_vfs();
};

TEST_F(StoreStartTest, ReadsNoFurtherBackThanTheLastSeal) {
    std::vector<Draft> drafts;
    const std::string data = "{\"x\":\"" + test::filler(1'000) + "\"}";
    for (int i = 0; i < 4'500; ++i) drafts.push_back(draft_of("scan", data));
    ASSERT_TRUE(store->append(drafts));
    seal_if_due();
    sell(3);
    ASSERT_NO_FATAL_FAILURE(settle());
    const int reads = reads_of_a_start();
    std::cout << reads << " reads\n";
    EXPECT_GT(reads, 0);
    EXPECT_LT(reads, 300) << "pages of 4 KiB, two or three events each";
    sell(1);
    const Seal seal = seal_at(store->live().last);
    EXPECT_EQ(seal.first, 4'501U);
    EXPECT_EQ(seal.totals, (TypeCounts{{"sale", 4}, {"seal", 1}}));
}

// [complete-1]
TEST_F(StoreStartTest, ReadsNoContentOfWhatWaitsInQuarantine) {
    std::vector<Draft> drafts;
    const std::string content = "{\"x\":\"" + test::filler(6'000) + "\"}";
    for (int i = 0; i < 4'000; ++i) {
        Draft held = draft_of("quarantined", "{}");
        held.quarantine = Draft::Quarantine{content, "required", "/till"};
        drafts.push_back(std::move(held));
    }
    ASSERT_TRUE(store->append(drafts));
    seal_if_due();
    ASSERT_NO_FATAL_FAILURE(settle());
    std::size_t visited = 0;
    faults_.fail(Faults::Kind::io_error, many, false, Faults::read);
    open();
    const auto more = store->each_waiting_record(1'000, [&visited](const QuarantineRecord&) { ++visited; });
    const int reads = many - faults_.countdown;
    faults_.stop();
    ASSERT_TRUE(more) << more.error().message;
    EXPECT_EQ(visited, 1'000U);
    EXPECT_EQ(*more, 3'000U);
    std::cout << reads << " reads\n";
    EXPECT_LT(reads, 100) << "each record has two pages of content";
}

}  // namespace
}  // namespace tillpost
