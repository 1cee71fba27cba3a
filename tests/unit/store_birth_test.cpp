// SPDX-License-Identifier: Apache-2.0
// [once-2] A journal knows since when it knows: what may be of a former one on this machine is marked, what is new is
// not.
#include <filesystem>

#include "agent/event/business_day.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

/// The clock of the tests says 2026-11-23T10:15:30.123Z when the journal is born.
class StoreBirthTest : public StoreTest {
protected:
    StoreBirthTest() { begin_anew(true); }
    std::string quality(const std::string& time, const std::string& date, int number) {
        Draft one = draft("pos/T1/" + date + "/" + std::to_string(number), "{}");
        one.event.time = time;
        one.event.business_date = date;
        return add(std::move(one)).quality;
    }
    void begin_anew(bool synced) {
        store.reset();
        for (const char* each : {"", "-wal", "-shm", ".witness", ".ballast"}) {
            std::filesystem::remove(settings.path + each);
        }
        clock.set_synced(synced);
        open();
    }
};

struct BirthCase {
    const char* time;
    const char* date;
    bool doubted;
    const char* why;
};

constexpr BirthCase a_while_later[] = {
    {"2026-11-16T09:00:00Z", "2026-11-16", true, "a week before the birth"},
    {"2026-11-23T10:15:30.123Z", "2026-11-23", true, "at the birth"},
    {"2026-11-23T10:15:30.124Z", "2026-11-23", false, "behind it"},
    {"2026-11-23T12:15:30.000+02:00", "2026-11-23", true, "before it, by another zone's clock"},
    {"2026-11-23T05:15:31.000-05:00", "2026-11-23", false, "behind it, by another zone's clock"},
    {"2026-11-23T11:16:00Z", "2026-11-22", false, "its own time counts, not the date"},
    {"2026-11-22T23:59:60Z", "2026-11-24", true, "its own time counts, not the date; a leap second"},
    {"", "2026-11-23", true, "no time, and the day of the birth"},
    {"", "2026-11-22", true, "no time, and a day before"},
    {"", "2026-11-24", false, "no time, and a day behind"},
    {"yesterday", "2026-11-23", true, "what is no time says nothing"},
    {"", "", false, "it says nothing at all: taken for new"},
    {"", "someday", false, "it says nothing at all: taken for new"},
    {"2026-11-23T11:17:00Z", "2026-11-23", false, "a clock that is ahead by a minute, as many are"},
    {"2026-11-27T10:00:00Z", "2026-11-24", false, "far ahead, and of a day behind"},
};

TEST_F(StoreBirthTest, WhatIsOfTheTimeBeforeIsDoubted) {
    clock.advance(std::chrono::hours(1));
    int number = 0;
    for (const BirthCase& each : a_while_later) {
        const std::string quality = this->quality(each.time, each.date, ++number);
        EXPECT_EQ(quality, each.doubted ? "possible_repeat" : "ok")
            << each.why << ": " << each.time << " " << each.date;
        EXPECT_EQ(this->quality(each.time, each.date, number), "") << "it is known now: " << each.time;
    }
}

// Whether it counts twice hangs on these marks.
TEST_F(StoreBirthTest, ADoubtAndAConflictAreSaidHoweverMuchElseIsWrong) {
    clock.advance(std::chrono::hours(1));
    for (int faults = 0; faults < 20; ++faults) {
        const auto said = [&](const std::string& data) {
            Draft one = draft("pos/T1/2026-11-23/" + std::to_string(faults), data);
            one.event.time = "2026-11-23T10:00:00Z";
            for (int i = 0; i < faults; ++i)
                one.event.quality.mark("required", "/lines/" + std::to_string(i) + "/unit");
            return " " + add(std::move(one)).quality + " ";
        };
        EXPECT_NE(said("{}").find(" possible_repeat "), std::string::npos) << faults;
        EXPECT_NE(said("{\"other\":1}").find(" conflict "), std::string::npos) << faults;
    }
}

TEST_F(StoreBirthTest, ItIsKnownThroughARestartAndMovesWithAFork) {
    clock.advance(std::chrono::hours(48));
    open();
    EXPECT_EQ(quality("2026-11-23T10:15:00Z", "2026-11-23", 1), "possible_repeat");
    EXPECT_EQ(quality("2026-11-24T09:00:00Z", "2026-11-24", 2), "ok");
    EpochReceipt ahead = receipt(1);
    ahead.upto = 900;
    ASSERT_TRUE(store->confirm(ahead)->forked);
    reissue();
    EXPECT_EQ(quality("2026-11-24T09:00:00Z", "2026-11-24", 3), "possible_repeat") << "the other life may have had it";
    EXPECT_EQ(quality("2026-11-24T09:00:00Z", "2026-11-24", 2), "") << "our own keys are known";
    clock.advance(std::chrono::minutes(5));
    EXPECT_EQ(quality("2026-11-25T10:16:00Z", "2026-11-25", 4), "ok");
}

TEST_F(StoreBirthTest, AFileWithoutTheNoteWasBornWithItsFirstEpoch) {
    tamper("DELETE FROM counter WHERE name LIKE 'born%'");
    clock.advance(std::chrono::hours(1));
    open();
    EXPECT_EQ(quality("2026-11-23T10:15:00Z", "2026-11-23", 1), "possible_repeat");
    EXPECT_EQ(quality("2026-11-23T10:16:00Z", "2026-11-23", 2), "ok");
}

TEST_F(StoreBirthTest, ADeviceWhoseClockIsAheadDoesNotHideBehindIt) {
    EXPECT_EQ(quality("2026-11-23T11:15:00Z", "2026-11-23", 1), "possible_repeat")
        << "ahead by an hour: the date counts";
    clock.advance(std::chrono::minutes(90));
    EXPECT_EQ(quality("2026-11-23T11:10:00Z", "2026-11-23", 2), "possible_repeat") << "it is known to be ahead";
    EXPECT_EQ(quality("2026-11-23T11:20:00Z", "2026-11-23", 3), "ok");
    EXPECT_EQ(quality("2099-01-01T00:00:00Z", "2026-11-24", 4), "ok");
    clock.advance(std::chrono::hours(24));
    EXPECT_EQ(quality("2026-11-24T11:20:00Z", "2026-11-24", 5), "ok") << "a wrong date counts for a day at most";
}

TEST_F(StoreBirthTest, AClockThatWasNotSetYetSaysNothing) {
    clock.set_wall(WallTime(Millis(1'600'000'000'000)));  // 2020-09-13, a box without a battery
    begin_anew(false);
    EXPECT_EQ(quality("2026-11-20T10:00:00Z", "2026-11-20", 1), "possible_repeat")
        << "whose clock is wrong, nobody knows";
    clock.set_wall(WallTime(Millis(1'795'428'930'123)));
    clock.set_synced(true);
    EXPECT_EQ(quality("2026-11-20T10:00:00Z", "2026-11-20", 2), "possible_repeat");
    clock.advance(std::chrono::minutes(5));
    EXPECT_EQ(quality("2026-11-23T10:16:00Z", "2026-11-23", 3), "ok");
    open();
    EXPECT_EQ(quality("2026-11-21T10:00:00Z", "2026-11-21", 4), "possible_repeat");
    EXPECT_EQ(quality("2026-11-23T10:17:00Z", "2026-11-23", 5), "ok");
}

TEST_F(StoreBirthTest, WithoutAnyTimeServerTheClockIsBelievedAfterADay) {
    begin_anew(false);
    EXPECT_EQ(quality("2026-11-23T10:15:00Z", "2026-11-23", 1), "possible_repeat");
    clock.advance(std::chrono::minutes(1));
    EXPECT_EQ(quality("2026-11-23T10:16:00Z", "2026-11-23", 2), "ok") << "the clocks agree";
    EXPECT_EQ(quality("2026-11-24T10:16:00Z", "2026-11-24", 3), "ok") << "a day ahead: by its date";
    EXPECT_EQ(quality("2026-11-26T10:16:00Z", "2026-11-26", 6), "possible_repeat") << "is it ours that is behind?";
    clock.advance(std::chrono::hours(25));
    EXPECT_EQ(quality("2026-11-25T16:00:00Z", "2026-11-25", 4), "ok");
}

TEST(MomentOf, ReadsWhatRfc3339Allows) {
    constexpr std::pair<const char*, long long> cases[] = {
        {"2026-11-23T10:15:30.123Z", 1'795'428'930'123},
        {"2026-11-23T10:15:30Z", 1'795'428'930'000},
        {"2026-11-23t10:15:30.5z", 1'795'428'930'500},
        {"2026-11-23T11:15:30.123456+01:00", 1'795'428'930'123},
        {"2026-11-23T00:45:30.123-09:30", 1'795'428'930'123},
        {"1970-01-01T00:00:00-00:00", 0},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2016-12-31T23:59:60Z", 1'483'228'800'000},
    };
    for (const auto& [text, millis] : cases) {
        const auto moment = moment_of(text);
        ASSERT_TRUE(moment) << text;
        EXPECT_EQ(moment->time_since_epoch().count(), millis) << text;
    }
    for (const char* text :
         {"", "2026-11-23", "2026-11-23T10:15:30", "2026-11-31T10:15:30Z", "2026-11-23T10:15:30+1:00",
          "2026-11-23T10:15:30.Z", "2026-11-23T25:15:30Z", "2026-11-23T10:15:30Zx"}) {
        EXPECT_FALSE(moment_of(text)) << text;
    }
}

}  // namespace
}  // namespace tillpost
