// SPDX-License-Identifier: Apache-2.0
// [end-2] When a full disk makes the journal give up what is cheap, and what it says of that.
#include "agent/journal/disk_room.hpp"

#include <gtest/gtest.h>

namespace tillpost {
namespace {

using State = DiskRoom::State;

TEST(DiskRoomTest, WantsNothingBeforeACommitFoundNone) {
    DiskRoom room;
    room.measured(0);
    EXPECT_EQ(room.wanted(), 0);
    EXPECT_FALSE(room.is_short());
    EXPECT_EQ(room.state(true), State::enough);
}

TEST(DiskRoomTest, WantsWhatTheFileDoesNotHaveOfTheReserve) {
    DiskRoom room;
    room.found_full();
    room.measured(DiskRoom::reserve - 1);
    EXPECT_EQ(room.wanted(), 1);
    EXPECT_TRUE(room.is_short());
    room.measured(DiskRoom::reserve);
    EXPECT_EQ(room.wanted(), 0);
    EXPECT_FALSE(room.is_short());
    room.measured(16 * DiskRoom::reserve);
    EXPECT_EQ(room.wanted(), 0);
}

TEST(DiskRoomTest, GivesNothingUpWhileTheDiskHasThePlace) {
    DiskRoom room;
    room.found_full();
    room.measured(0);
    room.placed(true);
    EXPECT_FALSE(room.is_short());
    EXPECT_EQ(room.state(true), State::little);
    room.placed(false);
    EXPECT_TRUE(room.is_short());
    EXPECT_EQ(room.state(true), State::none);
}

TEST(DiskRoomTest, SaysThatItGivesUpBetweenTwoSlicesToo) {
    DiskRoom room;
    room.found_full();
    room.measured(0);
    room.gave_up();
    room.measured(DiskRoom::reserve);
    EXPECT_EQ(room.state(true), State::none) << "the next event makes it go on";
    EXPECT_EQ(room.state(false), State::enough) << "what central has goes first";
}

TEST(DiskRoomTest, SaysNoMoreOfItWhenRoomCameBack) {
    for (const bool ballast : {true, false}) {
        DiskRoom room;
        room.found_full();
        room.measured(0);
        room.gave_up();
        if (ballast) room.came_back();
        if (!ballast) room.placed(true);
        EXPECT_EQ(room.state(true), ballast ? State::enough : State::none) << "a little place is no room yet";
        if (!ballast) room.freed();
        room.measured(DiskRoom::reserve);
        EXPECT_EQ(room.state(true), State::enough);
    }
}

}  // namespace
}  // namespace tillpost
