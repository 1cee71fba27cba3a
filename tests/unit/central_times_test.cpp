// SPDX-License-Identifier: Apache-2.0
// Times of unsynchronised stretches, repaired by the time since boot.
#include "agent/central/times.hpp"

#include <gtest/gtest.h>

#include "tests/support/fixed_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {
namespace {

constexpr const char* source = "urn:tillpost:acme:s1:till3";
constexpr Epoch epoch = 0xe1;
const WallTime noon{Millis(1'795'435'200'000)};  // 2026-11-23T12:00:00Z

/// Feeds a repair with one agent's events: boot, time since boot, how wrong the clock is, whether it knows better.
class Till {
public:
    void records(const std::string& boot, Millis since_boot, WallTime truth, Millis wrong_by, bool synced) {
        repair_.add(source, epoch, ++sequence_, {boot, since_boot, truth + wrong_by, synced});
    }
    std::vector<Stretch> stretches() { return repair_.finish(); }

private:
    TimeRepair repair_;
    Sequence sequence_ = 0;
};

constexpr Millis minute{60'000};
constexpr Millis years{-6LL * 365 * 86'400'000};

TEST(CentralTimesTest, AStretchIsRepairedFromTheNextSynchronisedEventOfItsBoot) {
    Till till;
    till.records("a", minute, noon, years, false);
    till.records("a", 5 * minute, noon + 4 * minute, years, false);
    till.records("a", 6 * minute, noon + 5 * minute, Millis(0), true);
    const auto found = till.stretches();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].events, 2U);
    EXPECT_EQ(std::pair(found[0].first, found[0].last), std::pair(Sequence{1}, Sequence{2}));
    ASSERT_TRUE(found[0].offset);
    EXPECT_EQ(found[0].right_from() - found[0].from, -years);
    EXPECT_EQ(found[0].right_from(), noon);
    EXPECT_EQ(found[0].right_to(), noon + 4 * minute);
    EXPECT_NE(times_table(found).find("2026-11-23T12:00:00.000Z to 2026-11-23T12:04:00.000Z"), std::string::npos);
    EXPECT_NE(times_json(found).find("\"repaired_from\":\"2026-11-23T12:00:00.000Z\""), std::string::npos);
}

TEST(CentralTimesTest, StepsBackAndForwardAndASuspendMakeNoDifference) {
    Till till;
    till.records("a", minute, noon, years, false);
    till.records("a", 2 * minute, noon + minute, 100 * minute, false);  // set forward by hand
    till.records("a", 3 * minute, noon + 2 * minute, -100 * minute, false);
    till.records("a", 600 * minute, noon + 599 * minute, -100 * minute, false);  // a night suspended, counted
    till.records("a", 601 * minute, noon + 600 * minute, Millis(20), true);
    const auto found = till.stretches();
    ASSERT_EQ(found.size(), 3U);
    for (const Stretch& each : found) ASSERT_TRUE(each.offset);
    EXPECT_EQ(found[0].right_from(), noon + Millis(20));
    EXPECT_EQ(found[1].right_from(), noon + minute + Millis(20));
    EXPECT_EQ(found[2].right_from(), noon + 2 * minute + Millis(20));
    EXPECT_EQ(found[2].right_to(), noon + 599 * minute + Millis(20));
}

// Smaller than what begins another stretch: one shift for all would put a time behind that of the next event.
TEST(CentralTimesTest, ASmallStepWithinAStretchIsRepairedByTheTimeSinceBoot) {
    Till till;
    till.records("a", minute, noon, years, false);
    till.records("a", minute + Millis(100), noon + Millis(100), years + Millis(500), false);
    till.records("a", minute + Millis(200), noon + Millis(200), Millis(0), true);
    till.records("a", minute + Millis(300), noon + Millis(300), Millis(700), false);
    const auto found = till.stretches();
    ASSERT_EQ(found.size(), 2U);
    ASSERT_TRUE(found[0].offset && found[1].offset);
    EXPECT_EQ(found[0].right_from(), noon);
    EXPECT_EQ(found[0].right_to(), noon + Millis(100));
    EXPECT_EQ(found[1].right_from(), noon + Millis(300)) << "from the synchronised event before it";
    EXPECT_NE(times_table(found).find(".500 s: 2026-11-23T12:00:00.000Z to 2026-11-23T12:00:00.100Z, monotonic + "),
              std::string::npos)
        << times_table(found);
    EXPECT_NE(times_json(found).find("\"offset_ms\":" + std::to_string((noon.time_since_epoch() - minute).count())),
              std::string::npos);
}

TEST(CentralTimesTest, ABootWithoutASynchronisedClockStaysUnknownAndOthersDoNotHelp) {
    Till till;
    till.records("a", minute, noon, years, false);
    till.records("b", minute, noon + 60 * minute, years, false);
    till.records("b", 2 * minute, noon + 61 * minute, Millis(0), true);
    till.records("b", 3 * minute, noon + 62 * minute, Millis(0), false);  // lost its source again
    const auto found = till.stretches();
    ASSERT_EQ(found.size(), 3U);
    EXPECT_FALSE(found[0].offset);
    EXPECT_EQ(found[0].boot, "a");
    EXPECT_EQ(found[1].right_from() - found[1].from, -years);
    ASSERT_TRUE(found[2].offset) << "it was right before";
    EXPECT_EQ(found[2].right_from(), noon + 62 * minute);
    EXPECT_NE(times_table(found).find("not known: no event of that boot has a synchronised clock"), std::string::npos);
    EXPECT_EQ(times_table({}), "all events were recorded with a synchronised clock\n");
    EXPECT_EQ(times_json({}), "[]\n");
}

TEST(CentralTimesTest, ReadsWhatBodiesSayAndNothingElse) {
    const FixedClock clock;
    Event event;
    event.type = "scan";
    event.data = R"({"bootid":"x","clock":"unsynced"})";
    const std::string body = encode_body(source, event, {clock.now(), clock.boot_id(), {}});
    const auto time = event_time(body);
    ASSERT_TRUE(time);
    EXPECT_EQ(time->boot, clock.boot_id());
    EXPECT_EQ(time->since_boot, clock.now().since_boot);
    EXPECT_EQ(time->wall, clock.now().wall);
    EXPECT_TRUE(time->synced);
    for (const auto& [from, to] :
         {std::pair("\"monotonic\":\"86400000\"", "\"monotonic\":\"-1\""),
          std::pair("\"monotonic\":\"86400000\"", "\"monotonic\":\"1x\""),
          std::pair("T10:15:30.123Z\",\"bootid\"", "T10:75:30.123Z\",\"bootid\""),
          std::pair("30.123Z\",\"bootid\"", "30.123+01:00\",\"bootid\""),
          std::pair("\"clock\":\"synced\"", "\"clock\":\"good\""), std::pair("\"bootid\"", "\"boot\"")}) {
        std::string broken = body;
        broken.replace(broken.find(from), std::string_view(from).size(), to);
        EXPECT_FALSE(event_time(broken)) << broken;
    }
}

TEST(CentralTimesTest, AStoresLinesStayAsTheyAre) {
    const TempDir dir;
    FixedClock clock;
    Sha256 sha;
    Digest chain = chain_start(sha, source, epoch);
    std::string payload;
    for (Sequence n = 1; n <= 3; ++n) {
        Event event;
        event.type = "scan";
        event.data = "{\"n\":" + std::to_string(n) + "}";
        clock.set_synced(n == 3);
        if (n == 3) clock.set_wall(clock.now().wall + Millis(3'600'000));
        const std::string body = encode_body(source, event, {clock.now(), clock.boot_id(), {}});
        chain = chain_next(sha, chain, epoch, n, sha(body));
        payload += line_prefix(epoch, n, chain) + body + "\n";
        clock.advance(Millis(1'000));
    }
    const auto store = CentralStore::open(dir.file("central.db"), CentralStore::Missing::create, clock);
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_TRUE((*store)->commit({{AgentName{"acme", "s1", "till3"}, payload}}, false));
    const auto found = unsynchronised(**store, std::nullopt);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().right_from() - found->front().from, Millis(3'600'000));
    std::string stored;
    ASSERT_TRUE((*store)->each(std::nullopt, [&stored](const CentralStore::Row& row) -> Result<void> {
        stored += row.line() + "\n";
        return {};
    }));
    EXPECT_EQ(stored, payload);
    EXPECT_TRUE(unsynchronised(**store, "urn:tillpost:acme:s1:other")->empty());
}

}  // namespace
}  // namespace tillpost::test
