// SPDX-License-Identifier: Apache-2.0
// [end-2] When a full disk makes cheap events go.
#include "agent/journal/disk_room.hpp"

#include <gtest/gtest.h>

namespace tillpost {
namespace {

constexpr std::int64_t reserve = DiskRoom::reserve;

TEST(DiskRoomTest, WantsNothingOfADiskThatWasNeverFull) {
    DiskRoom room;
    room.measured(0, 0);
    EXPECT_FALSE(room.is_short());
    EXPECT_TRUE(room.has_plenty());
}

TEST(DiskRoomTest, CountsWhatIsFreeInTheFileAndBesideIt) {
    DiskRoom room;
    room.found_full();
    room.measured(reserve / 2, reserve / 2 - 1);
    EXPECT_TRUE(room.is_short());
    room.measured(reserve / 2, reserve / 2);
    EXPECT_FALSE(room.is_short());
    EXPECT_TRUE(room.has_reserve());
    EXPECT_FALSE(room.has_plenty());
    room.measured(reserve, reserve);
    EXPECT_TRUE(room.has_plenty());
    room.came_back();
    room.measured(0, 0);
    EXPECT_FALSE(room.is_short());
}

TEST(DiskRoomTest, DoesNotBelieveAFileSystemThatRefusedWhatItPromised) {
    DiskRoom room;
    room.found_full();
    room.refused(reserve - 1);
    room.measured(0, reserve);
    EXPECT_FALSE(room.is_short()) << "it had told the truth";
    room.refused(reserve);
    room.measured(0, 100 * reserve);
    EXPECT_TRUE(room.is_short());
    EXPECT_EQ(room.inside(), 0);
    room.measured(reserve, 100 * reserve);
    EXPECT_FALSE(room.is_short());
    EXPECT_FALSE(room.has_plenty());
    room.came_back();
    room.found_full();
    room.measured(0, reserve);
    EXPECT_FALSE(room.is_short()) << "the ballast came back: it is asked again";
}

}  // namespace
}  // namespace tillpost
