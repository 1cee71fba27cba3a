// SPDX-License-Identifier: Apache-2.0
// [light] Long work goes in slices that time bounds, too: a slow disk makes them shorter, and they still come forward.
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

using namespace std::chrono_literals;

/// A disk on which a row takes so long: the clock goes on at each look, by the rows between two.
class SlowDisk {
public:
    SliceTime::Now clock() {
        return [this] {
            ++looks;
            return now += step;
        };
    }
    std::chrono::steady_clock::time_point now{};
    std::chrono::microseconds step{0};
    int looks = 0;
};

class StoreSlicesTest : public StoreTest {
protected:
    StoreSlicesTest() {
        settings.ballast_bytes = 0;
        settings.slice_now = disk_.clock();
        open();
    }
    /// How many slices a work takes that says whether there is more.
    template <class Slice>
    int slices_of(Slice slice) {
        for (int n = 1; n < 5'000; ++n) {
            const Result<bool> more = slice();
            EXPECT_TRUE(more);
            if (!more || !*more) return n;
        }
        ADD_FAILURE() << "it does not come to its end";
        return 0;
    }
    /// The same work at each speed of the disk: slices only become more.
    void expect_shorter_slices(const std::function<int()>& work) {
        int before = 0;
        for (const auto step : {0us, 400us, 1'300us, 20'000us}) {
            disk_.step = step;
            const int slices = work();
            EXPECT_GE(slices, before) << step.count() << " us between two looks";
            before = slices;
        }
        EXPECT_GT(before, 100) << "behind each few rows, on the slowest";
    }
    void begin_anew() {
        store.reset();
        for (const char* ending : {"", "-wal", ".witness"}) std::filesystem::remove(settings.path + ending);
        open();
        add_many(1'000);
    }

    SlowDisk disk_;
};

TEST_F(StoreSlicesTest, ASliceEndsAtTheFirstLookBehindHalfItsTimeAndIsHalvedWhenItTookAllOfIt) {
    disk_.step = 1ms;
    SliceTime slice(disk_.clock());
    slice.begin();
    int rows = 0;
    while (!slice.over()) ++rows;
    EXPECT_EQ(rows + 1, 3 * SliceTime::looked_every) << "three looks of a millisecond each";
    EXPECT_EQ(slice.share(256), 256);
    disk_.now += 2ms;
    slice.end();
    EXPECT_EQ(slice.share(256), 128);
    for (int i = 0; i < 20; ++i) {
        slice.begin();
        disk_.now += 50ms;
        slice.end();
    }
    EXPECT_EQ(slice.share(256), 1) << "it still comes forward";
    for (int i = 0; i < 20; ++i) {
        slice.begin();
        slice.end();
    }
    EXPECT_EQ(slice.share(256), 256) << "a quick disk has all of it again";
}

TEST_F(StoreSlicesTest, WhatIsConfirmedIsDeletedInShorterSlicesOnASlowDisk) {
    settings.keep = 0s;
    expect_shorter_slices([this] {
        begin_anew();
        EXPECT_TRUE(store->confirm(receipt(1'000)));
        clock.advance(10s);
        const int slices = slices_of([this] { return store->maintain(); });
        EXPECT_EQ(store->live().first, 1'001U);
        return slices;
    });
}

TEST_F(StoreSlicesTest, WhatAClosedEpochOwesIsReissuedInShorterSlicesOnASlowDisk) {
    expect_shorter_slices([this] {
        begin_anew();
        EpochReceipt ahead = receipt(1'000);
        ahead.upto = 2'000;
        EXPECT_TRUE(store->confirm(ahead)->forked);
        const int slices = slices_of([this] { return store->reissue(); });
        EXPECT_GE(store->live().last, 1'000U);
        return slices;
    });
}

TEST_F(StoreSlicesTest, TheScrubReadsLessAtATimeOnASlowDisk) {
    expect_shorter_slices([this] {
        begin_anew();
        return slices_of([this] { return store->scrub(); });
    });
}

}  // namespace
}  // namespace tillpost
