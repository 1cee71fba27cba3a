// SPDX-License-Identifier: Apache-2.0
// [end-2] A real ext4 that becomes full while central is away: what is given up, how much of it, and what is kept free.
#include <filesystem>

#include "agent/journal/store.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

constexpr std::size_t mebibyte = 1 << 20;

class SmallDiskStoreTest : public StoreTest {
protected:
    SmallDiskStoreTest(int megabytes, int block_bytes) : disk_(megabytes, block_bytes) {
        settings.path = disk_.mounted() ? disk_.path() + "/journal.db" : dir.file("none.db");
        settings.ballast_bytes = 8 << 20;
        open();
    }
    ~SmallDiskStoreTest() override { store.reset(); }

    Result<Recorded> record(const std::string& type, std::size_t bytes) {
        std::vector<Draft> drafts;
        drafts.push_back(draft("", "{\"x\":\"" + test::filler(bytes) + "\"}"));
        drafts.front().event.type = type;
        auto recorded = store->append(drafts);
        if (store->checkpoint_due()) (void)store->checkpoint();
        if (!recorded) return recorded.error();
        return recorded->front();
    }
    bool is_scan_held(Sequence sequence) { return line_at(sequence).find("tillpost.scan.v") != std::string::npos; }
    std::size_t scans_held() {
        std::size_t held = 0;
        for (Sequence n = store->live().first; n <= store->live().last; ++n) held += is_scan_held(n) ? 1 : 0;
        return held;
    }
    /// So many commits of scans, with upkeep behind them, as the journal does it; gives how many were refused.
    int scan(int commits) {
        int refused = 0;
        for (int n = 0; n < commits; ++n) {
            std::vector<Draft> drafts(scans, draft("", "{\"x\":\"" + test::filler(bytes) + "\"}"));
            for (Draft& each : drafts) each.event.type = "scan";
            const auto recorded = store->append(drafts);
            EXPECT_TRUE(recorded || recorded.error().code == Errc::full);
            refused += recorded ? 0 : 1;
            maintain();
        }
        return refused;
    }
    static constexpr std::size_t bytes = 6'000;
    static constexpr std::size_t scans = 32;  // of a commit
    test::SmallDisk disk_;
};

class StoreSmallDiskTest : public SmallDiskStoreTest, public ::testing::WithParamInterface<std::size_t> {
protected:
    StoreSmallDiskTest() : SmallDiskStoreTest(48, 4096) {}
};

TEST_P(StoreSmallDiskTest, NoSaleIsRefusedWhileScansAreHeldHoweverLarge) {
    if (!disk_.mounted()) GTEST_SKIP() << disk_.why_not();
    const std::size_t most = 48 * mebibyte / GetParam();
    std::size_t sales = 0;
    for (; sales < most; ++sales) {
        (void)record("scan", GetParam());
        const auto sale = record("sale", GetParam());
        if (sale) continue;
        EXPECT_EQ(sale.error().code, Errc::full) << sale.error().message;
        break;
    }
    EXPECT_LT(sales, most) << "the disk is full of sales in the end";
    EXPECT_GT(store->shed(), 0);
    EXPECT_EQ(scans_held(), 0U) << "behind " << sales << " sales";
    EXPECT_EQ(all_lines().size(), store->live().last);
}

INSTANTIATE_TEST_SUITE_P(Bytes, StoreSmallDiskTest, ::testing::Values(500'000, 20'000));

struct Size {
    int megabytes;
    int block_bytes;
};

void PrintTo(const Size& size, std::ostream* out) { *out << size.megabytes << " MB in " << size.block_bytes; }

class StoreFullOfScansTest : public SmallDiskStoreTest, public ::testing::WithParamInterface<Size> {
protected:
    StoreFullOfScansTest() : SmallDiskStoreTest(GetParam().megabytes, GetParam().block_bytes) {}
    int more_than_fit() const { return GetParam().megabytes * static_cast<int>(mebibyte / bytes / scans); }
};

TEST_P(StoreFullOfScansTest, OnlyTheOldestAreGivenUpAndSalesFindTheirRoom) {
    if (!disk_.mounted()) GTEST_SKIP() << disk_.why_not();
    const bool ballast = std::filesystem::file_size(settings.path + ".ballast") > 0;
    EXPECT_LE(scan(more_than_fit()), ballast ? 0 : 1) << "older ones make room for newer ones";
    ASSERT_GT(store->shed(), 0);
    EXPECT_TRUE(store->room().was_full());
    EXPECT_LT(disk_.free_bytes(), 5 * mebibyte) << "none is given up while the disk has the place";
    const Sequence newest = store->live().last;
    std::size_t held = 0;
    for (Sequence n = newest; n > newest - 500; --n) held += is_scan_held(n) ? 1 : 0;
    EXPECT_GT(held, 480U) << "of the newest, beside what the agent says itself";
    const std::int64_t shed = store->shed();
    for (std::size_t sold = 0; sold < 3 * mebibyte; sold += bytes) ASSERT_TRUE(record("sale", bytes));
    EXPECT_EQ(store->shed(), shed) << "the reserve is theirs";
    for (std::size_t sold = 0; sold < mebibyte; sold += bytes) ASSERT_TRUE(record("sale", bytes));
    maintain();
    EXPECT_GT(store->shed(), shed);
    EXPECT_GT(scans_held(), 100U);
    EXPECT_EQ(all_lines().size(), store->live().last);
}

/// Others have most of the disk.
class StoreBesideOthersTest : public StoreFullOfScansTest {};

TEST_P(StoreBesideOthersTest, NoneIsGivenUpAnyMoreWhenTheyMakeRoom) {
    if (!disk_.mounted()) GTEST_SKIP() << disk_.why_not();
    disk_.fill_up_to(4 * mebibyte);
    scan(more_than_fit());
    const std::int64_t shed = store->shed();
    ASSERT_GT(shed, 0);
    disk_.make_room();
    EXPECT_EQ(scan(static_cast<int>(6 * mebibyte / bytes / scans)), 0);
    EXPECT_EQ(store->shed(), shed);
    EXPECT_FALSE(store->is_short());
    EXPECT_TRUE(store->room().has_plenty());
}

std::string name_of(const ::testing::TestParamInfo<Size>& which) {
    return std::to_string(which.param.megabytes) + "_megabytes_in_" + std::to_string(which.param.block_bytes);
}

INSTANTIATE_TEST_SUITE_P(Sizes, StoreBesideOthersTest, ::testing::Values(Size{48, 1024}, Size{64, 4096}), name_of);
INSTANTIATE_TEST_SUITE_P(Sizes, StoreFullOfScansTest,
                         ::testing::Values(Size{32, 1024}, Size{36, 1024}, Size{48, 4096}, Size{64, 4096}), name_of);

}  // namespace
}  // namespace tillpost
