// SPDX-License-Identifier: Apache-2.0
// [end-1] What the journal keeps for a time is kept for that time, whatever the wall clock says meanwhile: ages are
// counted in time that has passed for certain.
#include "agent/event/business_day.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr Millis a_moment = 1s;

class StoreAgesTest : public StoreTest {
protected:
    /// Three sales, at central.
    void sell() {
        for (int i = 0; i < 3; ++i) sold.push_back(add(draft("pos/T1/" + std::to_string(i), "{}")));
        ASSERT_TRUE(store->confirm(receipt(store->live().last)));
        maintain();
    }
    bool holds_sales() const { return store->live().first <= sold.back().sequence; }
    bool knows_sales() { return add(draft("pos/T1/0", "{}")).repeat; }
    /// The machine is off for so long, and the agent starts at once behind its boot.
    void power_cycle(Millis off, bool synced) {
        store.reset();
        const WallTime wall = clock.now().wall;
        clock.reboot(to_hex(++boots), Millis(20'000));
        clock.set_wall(wall + off);
        clock.set_synced(synced);
        open();
    }
    std::vector<Recorded> sold;
    std::uint64_t boots = 0;
};

struct Lie {
    const char* name;
    Millis by;
    bool synced;
};
void PrintTo(const Lie& lie, std::ostream* out) { *out << lie.name; }

class ALyingClock : public StoreAgesTest, public ::testing::WithParamInterface<Lie> {};

TEST_P(ALyingClock, DeletesNothing) {
    sell();
    const std::string decided = add(rejected("{oops")).quarantine_id;
    QuarantineDecision decision;
    decision.id = decided;
    ASSERT_TRUE(store->decide(decision));
    ASSERT_TRUE(store->confirm(receipt(store->live().last)));
    const WallTime right = clock.now().wall;
    clock.set_wall(right + GetParam().by);
    clock.set_synced(GetParam().synced);
    for (int i = 0; i < 3; ++i) {
        clock.advance(a_moment);
        add(draft("", "{\"n\":" + std::to_string(i) + "}"));
        ASSERT_TRUE(store->confirm(receipt(store->live().last)));
        maintain();
    }
    ASSERT_TRUE(store->settle());
    open();
    maintain();
    clock.set_wall(right + 3 * a_moment);
    clock.set_synced(true);
    maintain();
    EXPECT_TRUE(holds_sales());
    EXPECT_TRUE(knows_sales());
    EXPECT_TRUE(store->quarantine_record(decided));
    clock.advance(settings.keep + 1h);
    maintain();
    EXPECT_FALSE(holds_sales()) << "all the same they age";
    EXPECT_FALSE(store->quarantine_record(decided));
    EXPECT_TRUE(knows_sales());
    clock.advance(settings.remember_keys);
    maintain();
    EXPECT_FALSE(knows_sales());
}

INSTANTIATE_TEST_SUITE_P(Lies, ALyingClock,
                         ::testing::Values(Lie{"ahead", days(3'653), false}, Lie{"ahead_synced", days(3'653), true},
                                           Lie{"behind", -days(3'653), false},
                                           Lie{"behind_synced", -days(3'653), true}),
                         [](const auto& which) { return std::string(which.param.name); });

TEST_F(StoreAgesTest, WhatAnUnsetClockRecordedAgesFromThenOn) {
    const WallTime right = clock.now().wall;
    clock.set_wall(WallTime(Millis(1'577'836'800'000)));  // 2020-01-01
    clock.set_synced(false);
    sell();
    clock.set_wall(right);
    clock.set_synced(true);
    maintain();
    clock.advance(settings.keep - 1h);
    maintain();
    EXPECT_TRUE(holds_sales());
    clock.advance(2h);
    maintain();
    EXPECT_FALSE(holds_sales());
}

TEST_F(StoreAgesTest, WhatAClockAheadRecordedAgesLikeTheRest) {
    const WallTime right = clock.now().wall;
    clock.set_wall(right + days(3'653));
    clock.set_synced(false);
    sell();
    clock.set_wall(right);
    clock.set_synced(true);
    clock.advance(settings.remember_keys + 1h);
    maintain();
    EXPECT_FALSE(holds_sales());
    Draft today = draft("pos/T1/today", "{}");
    today.event.business_date = rfc3339(clock.now().wall + 48h).substr(0, 10);
    EXPECT_EQ(add(std::move(today)).quality, "ok") << "what was forgotten is of the past, whatever its clock said";
}

// A box without any time server, which runs day and night.
TEST_F(StoreAgesTest, ABoxWithoutATimeServerAgesByItsOwnTime) {
    clock.set_synced(false);
    sell();
    for (int day = 0; day < 6; ++day) {
        clock.advance(24h);
        ASSERT_TRUE(store->settle());
        open();
        maintain();
    }
    EXPECT_TRUE(holds_sales());
    clock.advance(25h);
    maintain();
    EXPECT_FALSE(holds_sales());
}

struct Nights {
    const char* name;
    Millis off;
    bool synced;
    int days_until_gone;  ///< Of ten hours each
};
void PrintTo(const Nights& nights, std::ostream* out) { *out << nights.name; }

class SwitchedOff : public StoreAgesTest, public ::testing::WithParamInterface<Nights> {};

TEST_P(SwitchedOff, CountsAsFarAsSynchronisedClocksTell) {
    clock.set_synced(GetParam().synced);
    sell();
    int gone = 0;
    for (int day = 1; day <= 40 && gone == 0; ++day) {
        for (int hour = 0; hour < 10; ++hour) {
            clock.advance(1h);
            add(draft("", "{}"));  // nobody stops the agent: it is switched off
            maintain();
        }
        power_cycle(GetParam().off, GetParam().synced);
        maintain();
        if (!holds_sales()) gone = day;
    }
    EXPECT_EQ(gone, GetParam().days_until_gone);
}

INSTANTIATE_TEST_SUITE_P(Nights, SwitchedOff,
                         ::testing::Values(Nights{"synchronised", 14h, true, 8},
                                           Nights{"not_synchronised", 14h, false, 17},
                                           Nights{"years_ahead_at_each_start", days(3'653), true, 5},
                                           Nights{"back_at_each_start", -14h, true, 17}),
                         [](const auto& which) { return std::string(which.param.name); });

TEST_F(StoreAgesTest, AnImageOnAMachineThatHasRunForYearsIsNotOlderForThat) {
    sell();
    ASSERT_TRUE(store->settle());
    store.reset();
    clock.reboot(to_hex(std::uint64_t{7}), days(1'000));
    open();
    maintain();
    EXPECT_TRUE(holds_sales());
}

TEST_F(StoreAgesTest, AFileOfTheSeventhFormatAgesFromItsMigrationOn) {
    sell();
    ASSERT_TRUE(store->settle());
    tamper(
        "DROP TABLE key_rules; DROP TABLE age; DROP TABLE passed; DROP INDEX quarantine_told; CREATE INDEX "
        "quarantine_decided ON quarantine "
        "(decided) WHERE decision IS NOT NULL; UPDATE counter SET value = 1795428930123 WHERE name = 'doubt_until'; "
        "DROP TABLE too_large; DROP TABLE dictionary; DROP TABLE waiting; DELETE FROM counter WHERE name IN "
        "('waiting', 'quarantine_bytes');"
        "PRAGMA user_version=7");
    clock.advance(days(1'000));
    open();
    maintain();
    EXPECT_TRUE(holds_sales()) << "nobody knows how long it lay there";
    clock.advance(settings.keep);
    maintain();
    EXPECT_FALSE(holds_sales());
}

TEST_F(StoreAgesTest, AStartThatClosesTheEpochGoesOnCounting) {
    sell();
    clock.advance(settings.remember_keys - 24h);
    add(draft("", "{}"));
    ASSERT_TRUE(store->confirm(receipt(store->live().last)));
    ASSERT_TRUE(store->settle());
    settings.source = "urn:tillpost:acme:0042:till-02";
    ASSERT_NO_FATAL_FAILURE(open());
    reissue();
    maintain();
    EXPECT_TRUE(knows_sales());
    clock.advance(25h);
    maintain();
    EXPECT_FALSE(knows_sales());
}

TEST_F(StoreAgesTest, MarksAreFew) {
    sell();
    for (int i = 0; i < 400; ++i) {
        clock.advance(6h);
        add(draft("", "{}"));
        maintain();
    }
    store.reset();
    const auto file = Database::open({settings.path, 0x54494c4c});
    const auto marks = (*file)->integer("SELECT count(*) FROM age");
    ASSERT_TRUE(marks);
    EXPECT_GT(*marks, 100);
    EXPECT_LT(*marks, 130) << "those of the last 30 days";
}

}  // namespace
}  // namespace tillpost
