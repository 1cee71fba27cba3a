// SPDX-License-Identifier: Apache-2.0
// The whole agent on a disk that fails, is full, read-only or slow. An I/O error: it stops on purpose with exit code 1,
// and the next start goes on. A full disk: it refuses with the reason and stays up.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/agent_rig.hpp"
#include "tests/support/packed_text.hpp"
#include "tests/support/small_disk.hpp"

namespace tillpost::test {
namespace {

void sell(AgentRig& rig, std::size_t events) {
    const std::size_t next = rig.told() + events;
    ASSERT_TRUE(wait_until([&] { return rig.told() >= next; })) << rig.status() << rig.agent().errors();
}

std::unique_ptr<Process> start_all(AgentRig& rig, const std::string& rate = "300") {
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "51", "--rate", rate, "--in-flight", "32", "--seconds", "600"});
    EXPECT_TRUE(wait_until([&] { return rig.number("confirmed") > 0 && rig.told() > 100; })) << rig.status();
    return store;
}

bool storage_is(const AgentRig& rig, const std::string& word) {
    return rig.status().find("\"storage\":\"" + word + "\"") != std::string::npos;
}

/// The end of a daemon whose storage failed.
void expect_stopped_on_purpose(AgentRig& rig) {
    ASSERT_EQ(rig.agent().wait().value_or(-1), 1) << rig.agent().errors();
    EXPECT_NE(rig.agent().errors().find("stopping on purpose"), std::string::npos) << rig.agent().errors();
}

struct BadDisk {
    const char* name;
    const char* fault;
    bool stops;
    const char* files = "journal.db,journal.db-wal";
};

void PrintTo(const BadDisk& disk, std::ostream* out) { *out << disk.fault; }

/// A disk by the preloaded shim.
class BadDiskTest : public ::testing::TestWithParam<BadDisk> {
protected:
    BadDiskTest() : BadDiskTest(GetParam().files) {}
    explicit BadDiskTest(const std::string& files) : rig(options(files)) {}
    AgentRig::Options options(const std::string& files) const {
        AgentRig::Options options = AgentRig::impatient();
        options.agent_environment = {"LD_PRELOAD=" + program_path("../lib/libtillpost_disk_shim.so"),
                                     "TILLPOST_DISK_FILES=" + files, "TILLPOST_DISK_FAULT=" + control.file("fault")};
        return options;
    }
    void set_disk(const std::string& fault) const { (void)control.write("fault", fault); }

    TempDir control;
    AgentRig rig;
};

TEST_P(BadDiskTest, LosesNothingThatWasTold) {  // [durable-1] [durable-2]
    auto store = start_all(rig);
    set_disk(GetParam().fault);
    if (GetParam().stops) {
        ASSERT_NO_FATAL_FAILURE(expect_stopped_on_purpose(rig));
        EXPECT_EQ(rig.agent().errors().find("connection lost"), std::string::npos) << rig.agent().errors();
        set_disk("");
        rig.start_agent();
    } else {
        // A single failure is met by the ballast: nothing is refused.
        const auto said = [&] {
            const std::string errors = rig.agent().errors();
            return errors.find("no space for events") != std::string::npos ||
                   errors.find("take the place of the ballast") != std::string::npos;
        };
        ASSERT_TRUE(wait_until(said)) << rig.status() << rig.agent().errors();
        ASSERT_TRUE(rig.agent().running()) << rig.agent().errors();
        set_disk("");
        EXPECT_TRUE(wait_until([&] { return storage_is(rig, "ok"); })) << rig.status();
    }
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    rig.expect_all_delivered(store.get());
}

INSTANTIATE_TEST_SUITE_P(
    Faults, BadDiskTest,
    ::testing::Values(BadDisk{"sync_eio", "sync EIO", true}, BadDisk{"sync_eio_once", "once sync EIO", true},
                      BadDisk{"sync_enospc_once", "once sync ENOSPC", true}, BadDisk{"write_eio", "write EIO", true},
                      BadDisk{"write_eio_once", "once write EIO", true}, BadDisk{"write_erofs", "write EROFS", true},
                      BadDisk{"write_edquot", "write EDQUOT", false}, BadDisk{"write_enospc", "write ENOSPC", false},
                      BadDisk{"write_enospc_once", "once write ENOSPC", false, "journal.db-wal"}),
    [](const auto& which) { return std::string(which.param.name); });

class SlowDiskTest : public BadDiskTest {
protected:
    SlowDiskTest() : BadDiskTest("journal.db,journal.db-wal") {}
};

TEST_F(SlowDiskTest, OnlyMakesItSlow) {
    auto store = start_all(rig);
    set_disk(long_run() ? "slow 5000" : "slow 1500");
    for (int commit = 0; commit < (long_run() ? 5 : 3); ++commit) ASSERT_NO_FATAL_FAILURE(sell(rig, 1));
    EXPECT_TRUE(rig.agent().running());
    EXPECT_FALSE(rig.status().empty()) << "the loop turns while the disk does not";
    set_disk("");
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    rig.expect_all_delivered(store.get());
}

TEST_F(SlowDiskTest, CanBeStoppedInGoodOrder) {
    auto store = start_all(rig);
    set_disk("slow 1500");
    ASSERT_NO_FATAL_FAILURE(sell(rig, 1));
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0) << rig.agent().errors();
    set_disk("");
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    rig.expect_all_delivered(store.get());
}

TEST_F(SlowDiskTest, DoesNotHoldUpAStopForEver) {
    auto store = start_all(rig);
    const std::size_t told = rig.told();
    set_disk("slow 300000");
    ASSERT_TRUE(wait_until([&] { return rig.number("captured") >= static_cast<long long>(told); }));
    rig.agent().kill(SIGTERM);
    EXPECT_EQ(rig.agent().wait().value_or(-1), 1) << rig.agent().errors();
    EXPECT_NE(rig.agent().errors().find("the disk does not answer"), std::string::npos) << rig.agent().errors();
    set_disk("");
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    rig.expect_all_delivered(store.get());
}

/// The journal's witness alone cannot be written: it is said once, and nothing waits for it.
class BadWitnessTest : public BadDiskTest {};

TEST_P(BadWitnessTest, IsSaidAndHoldsNothingUp) {
    auto store = start_all(rig);
    set_disk(GetParam().fault);
    const auto said = [&] { return rig.agent().errors().find("witness cannot be written") != std::string::npos; };
    EXPECT_TRUE(wait_until(said)) << rig.status() << rig.agent().errors();
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    EXPECT_TRUE(storage_is(rig, "ok")) << rig.status();
    set_disk("");
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    rig.kill_agent();
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    rig.expect_all_delivered(store.get());
}

INSTANTIATE_TEST_SUITE_P(Faults, BadWitnessTest,
                         ::testing::Values(BadDisk{"write_enospc", "write ENOSPC", false, "journal.db.witness"},
                                           BadDisk{"write_eio_once", "once write EIO", false, "journal.db.witness"}),
                         [](const auto& which) { return std::string(which.param.name); });

/// A real ext4; blocks of 1 KiB are what mkfs picks below 512 MiB.
class SmallDiskTest : public ::testing::TestWithParam<int> {
protected:
    SmallDiskTest() : disk(24, GetParam()), rig(options()) {}
    AgentRig::Options options() const {
        AgentRig::Options options = AgentRig::impatient();
        options.journal_folder = disk.mounted() ? disk.path() : "";
        return options;
    }
    /// Large records, so that the space there is does not last. Gives the last answer.
    std::string scan_until(const std::function<bool(const std::string& answer)>& enough) const {
        FeedClient client(rig.path("feed.sock"));
        const std::string large = R"({"type":"scan","code":")" + filler(60'000) + "\"}";
        std::string answer;
        // Meanwhile others are delivered and deleted, and their places are used again.
        const SteadyTime deadline = steady_now() + std::chrono::seconds(120);
        while (!enough(answer) && steady_now() < deadline) answer = client.ask(large);
        return answer;
    }
    std::string refusal() const {
        return scan_until([](const std::string& answer) { return answer.find("refused") != std::string::npos; });
    }

    /// What the agent gives back meanwhile, too. A block that ext4 keeps for itself is no page of the journal.
    void take_the_rest() const {
        const auto nothing_left = [this] {
            disk.fill_up_to(0);
            return disk.free_bytes() < 4096;
        };
        ASSERT_TRUE(wait_until(nothing_left)) << disk.free_bytes();
    }

    SmallDisk disk;
    AgentRig rig;
};

TEST_P(SmallDiskTest, FullItRefusesStaysUpAndGoesOnWhenThereIsSpace) {  // [durable-2]
    if (!disk.mounted()) GTEST_SKIP() << disk.why_not();
    auto store = start_all(rig);
    disk.fill_up_to(64 * 1024);
    EXPECT_NE(refusal().find(R"({"refused":{"reason":"disk_full:)"), std::string::npos) << refusal();
    disk.fill_up_to(0);
    ASSERT_TRUE(wait_until([&] { return storage_is(rig, "full"); })) << rig.status();
    ASSERT_TRUE(rig.agent().running()) << rig.agent().errors();
    disk.make_room();
    ASSERT_TRUE(wait_until([&] { return storage_is(rig, "ok"); })) << rig.status();
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    rig.expect_all_delivered(store.get());
}

TEST_P(SmallDiskTest, StartsOnAFullDiskAndDelivers) {
    if (!disk.mounted()) GTEST_SKIP() << disk.why_not();
    auto store = start_all(rig);
    rig.broker().stop(SIGKILL);
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    disk.fill_up_to(0);
    (void)refusal();
    disk.fill_up_to(0);
    rig.kill_agent();
    rig.start_agent();
    ASSERT_TRUE(rig.agent().running()) << rig.agent().errors();
    store->kill(SIGSTOP);  // what it sells takes the space that delivering frees
    rig.broker().start();
    EXPECT_TRUE(wait_until([&] { return rig.everything_confirmed(); }))
        << "a full disk does not keep it from delivering\n"
        << rig.status() << rig.agent().errors();
    store->kill(SIGCONT);
    disk.make_room();
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    rig.expect_all_delivered(store.get());
}

void expect_refused(const std::string& answer) { EXPECT_NE(answer.find("disk_full:"), std::string::npos) << answer; }

/// Nobody makes room: all there is on the disk is the journal itself, with its WAL, and not a byte is free.
TEST_P(SmallDiskTest, AJournalThatFilledTheDiskComesFreeByDelivering) {  // [end-1]
    if (!disk.mounted()) GTEST_SKIP() << disk.why_not();
    // Seldom: the keys of what was sold stay, and those of 50,000 sales have 7 MB.
    auto store = start_all(rig, "60");
    rig.broker().stop(SIGKILL);
    // No longer than that: scans may be given up as fast as they come, so that the rest is never used up.
    const auto is_full = [&](const std::string& answer) {
        return answer.find("refused") != std::string::npos || rig.number("shed") >= 1;
    };
    (void)scan_until(is_full);
    ASSERT_NO_FATAL_FAILURE(take_the_rest());
    rig.broker().start();
    // The next try to connect may be a minute away.
    EXPECT_TRUE(wait_until([&] { return storage_is(rig, "ok"); }, 2 * long_time))
        << rig.status() << rig.agent().errors();
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    // Which of them comes first is a matter of the moment: a sale makes scans go, a scan is refused.
    const std::string log = rig.agent().errors();
    const bool was_full = log.find("error no space for events") != std::string::npos ||
                          log.find("warn the disk is full: cheap events are given up") != std::string::npos;
    EXPECT_TRUE(was_full) << log;
    rig.expect_all_delivered(store.get());
}

/// Central is away for good: what is cheap makes place for what is dear, in the file, without a byte on the disk.
TEST_P(SmallDiskTest, WithoutAByteSalesTakeThePlaceOfScans) {  // [end-2]
    if (!disk.mounted()) GTEST_SKIP() << disk.why_not();
    auto store = start_all(rig);
    rig.broker().stop(SIGKILL);
    store->kill(SIGSTOP);
    (void)scan_until([&](const std::string&) { return rig.number("shed") >= 1; });
    ASSERT_GE(rig.number("shed"), 1) << rig.status();
    ASSERT_NO_FATAL_FAILURE(take_the_rest());
    store->kill(SIGCONT);
    ASSERT_NO_FATAL_FAILURE(sell(rig, 1'000));
    rig.broker().start();
    rig.expect_all_delivered(store.get());
}

/// Stopped in good order the journal has no WAL, and others may take the place of it and of the ballast.
TEST_P(SmallDiskTest, WithoutAByteForItsLogItWaitsForWhatIsFreed) {  // [durable-2]
    if (!disk.mounted()) GTEST_SKIP() << disk.why_not();
    auto store = start_all(rig);
    rig.broker().stop(SIGKILL);
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    ASSERT_EQ(rig.stop_agent().value_or(-1), 0);
    std::filesystem::remove(disk.path() + "/journal.db.ballast");
    disk.fill_up_to(0);
    rig.start_agent();
    expect_refused(refusal());
    EXPECT_TRUE(storage_is(rig, "full")) << rig.status();
    disk.make_room();
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    EXPECT_TRUE(wait_until([&] { return storage_is(rig, "ok"); })) << rig.status();
    rig.broker().start();
    rig.expect_all_delivered(store.get());
}

TEST_P(SmallDiskTest, ReadOnlyAllAtOnceItStopsAndGoesOnAfterTheRepair) {
    if (!disk.mounted()) GTEST_SKIP() << disk.why_not();
    auto store = start_all(rig);
    // With no commit under way: ext4's own fdatasync may report success for one that the abort has just thrown away
    // (seen on Linux 6.18 with a program of ten lines).
    store->kill(SIGSTOP);
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    ASSERT_TRUE(disk.abort_to_read_only());
    store->kill(SIGCONT);
    ASSERT_NO_FATAL_FAILURE(expect_stopped_on_purpose(rig));
    Process again({program_path("tillpostd"), {"--config", rig.path("tillpost.json")}});
    EXPECT_EQ(again.wait().value_or(-1), 1);
    EXPECT_NE(again.errors().find("ead-only file system"), std::string::npos) << again.errors();
    ASSERT_TRUE(disk.repair());
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(rig, 200));
    rig.expect_all_delivered(store.get());
}

INSTANTIATE_TEST_SUITE_P(BlockSizes, SmallDiskTest, ::testing::Values(1024, 4096),
                         [](const auto& which) { return std::to_string(which.param) + "_bytes"; });

}  // namespace
}  // namespace tillpost::test
