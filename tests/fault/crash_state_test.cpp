// SPDX-License-Identifier: Apache-2.0
// [durable-1] [once-2] What may stand on a disk after a power cut at any moment is a journal that holds every
// acknowledged event once. One state alone, under a debugger:
//     TILLPOST_CRASH_STATE='<prefix> <seed>' crash_state_test --gtest_filter='…/<device>_<scenario>'
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

#include "tests/fault/rig.hpp"
#include "tests/support/crash_states.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {
namespace {

// What the unix VFS tells SQLite, and a device that keeps no promise at all.
constexpr CrashDisk::Device devices[] = {{"usual", 4096, true}, {"careless", 512, false}};

/// Of each scenario on each device.
std::size_t states_wanted() { return long_run() ? 30'000 : 2'000; }

struct Tally {
    std::size_t states = 0;
    std::size_t broken = 0;
    std::string first;

    void add(std::size_t prefix, unsigned seed, const std::optional<std::string>& fault) {
        ++states;
        if (!fault) return;
        if (broken++ == 0) first = "prefix " + std::to_string(prefix) + " seed " + std::to_string(seed) + ": " + *fault;
    }
};

std::ostream& operator<<(std::ostream& out, const Tally& tally) {
    out << tally.states << " states, " << tally.broken << " broken";
    if (tally.broken != 0) out << "; the first: " << tally.first;
    return out;
}

using Parameter = std::tuple<CrashDisk::Device, Scenario>;

class CrashStateTest : public ::testing::TestWithParam<Parameter> {
protected:
    static void SetUpTestSuite() {
        ::mallopt(M_TRIM_THRESHOLD,
                  256 << 20);  // else each state's files are given back to the system and fetched again
        ::mallopt(M_MMAP_THRESHOLD, 64 << 20);
    }

    CrashStateTest() {
        disk.load(start.image);
        disk.record(true);
        scenario.run(rig);
        log = disk.log();  // without what closing does: a scenario that means it closes
        disk.record(false);
        rig.close();
    }

    std::optional<std::string> check(DiskImage image, std::size_t when, const Rig& told) {
        return test::check(disk, std::move(image), told, when);
    }

    Start begin() {
        disk.set_device(std::get<0>(GetParam()));
        disk.record(false);
        return start_of(scenario, disk, settings);
    }

    Tally enumerate(std::size_t wanted, HonouredSync honoured = &every_sync) {
        Tally tally;
        CrashStates states(start.image, log, honoured);
        states.advance_to(rig.first_prefix());
        const std::size_t prefixes = log.size() - rig.first_prefix() + 1;
        for (std::size_t done = 1; done <= prefixes; ++done, states.advance()) {
            // Where little is unsynced there are few states: the others get what remains.
            const std::size_t quota = wanted * done / prefixes;
            for (unsigned seed = 0; tally.states < quota && seed < 40 * wanted / prefixes + 8; ++seed) {
                auto image = states.state(seed);
                if (image) tally.add(states.prefix(), seed, check(std::move(*image), states.prefix(), rig));
            }
        }
        return tally;
    }

    CrashDisk& disk = CrashDisk::install();
    TempDir dir = TempDir::in_memory();
    const Scenario& scenario = std::get<1>(GetParam());
    JournalSettings settings = scenario_settings(dir.path(), scenario);
    Start start = begin();
    Rig rig{disk, settings, start.history};
    DiskLog log;
};

std::optional<std::pair<std::size_t, unsigned>> one_state() {
    const char* text = std::getenv("TILLPOST_CRASH_STATE");
    if (text == nullptr) return std::nullopt;
    std::pair<std::size_t, unsigned> state;
    std::istringstream(text) >> state.first >> state.second;
    return state;
}

TEST_P(CrashStateTest, NothingAcknowledgedIsLostByAPowerCut) {
    ASSERT_FALSE(rig.stopped()) << rig.stopped()->message;
    ASSERT_FALSE(rig.broken()) << *rig.broken();
    if (const auto one = one_state()) {
        CrashStates states(start.image, log);
        states.advance_to(one->first);
        auto image = states.state(one->second);
        const auto fault = check(std::move(*image), one->first, rig);
        EXPECT_FALSE(fault) << *fault;
        return;
    }
    const Tally tally = enumerate(states_wanted());
    std::cout << log.size() << " operations, " << rig.history().acknowledged(log.size()) << " events, " << tally
              << "\n";
    EXPECT_EQ(tally.broken, 0U) << tally.first;
}

// The program is killed (all that it wrote can be read) and started again; devices get their answers; only then the
// power goes. An answer about what was in flight must not rest on what was read back and never synced.
TEST_P(CrashStateTest, NothingAcknowledgedAfterAKillIsLostByAPowerCut) {
    Tally tally;
    for (std::size_t killed = rig.first_prefix(); killed <= log.size(); ++killed) {
        const DiskLog before(log.begin(), log.begin() + static_cast<std::ptrdiff_t>(killed));
        disk.load(start.image, before);
        disk.record(true);
        Rig again(disk, settings, rig.history().as_at(killed));
        again.open();
        again.catch_up();
        again.append(again.history().to_be_resent(killed));
        const DiskLog all = disk.log();
        disk.record(false);
        ASSERT_FALSE(again.stopped()) << "killed at " << killed << ": " << again.stopped()->message;
        again.close();
        CrashStates states(start.image, all);
        states.advance_to(all.size());
        for (unsigned seed = 0; seed < 6; ++seed) {
            auto image = states.state(seed);
            if (image) tally.add(killed, seed, check(std::move(*image), all.size(), again));
        }
    }
    std::cout << log.size() << " operations, " << tally << "\n";
    EXPECT_EQ(tally.broken, 0U) << tally.first;
}

// The power goes again while the journal is being opened and the first events are recorded.
TEST_P(CrashStateTest, NothingAcknowledgedIsLostByAPowerCutDuringTheRecovery) {
    const std::size_t wanted = states_wanted() / 5;
    Tally tally;
    CrashStates first(start.image, log);
    first.advance_to(rig.first_prefix());
    const std::size_t prefixes = log.size() - rig.first_prefix() + 1;
    for (std::size_t done = 1; done <= prefixes; ++done, first.advance()) {
        const auto left = first.state(4 + done % 2);
        if (tally.states >= wanted * done / prefixes) continue;
        disk.load(*left);
        disk.record(true);
        Rig again(disk, settings, rig.history().as_at(first.prefix()));
        again.open();
        again.catch_up();
        again.append(again.history().to_be_resent(first.prefix()));
        again.close();
        const DiskLog recovery = disk.log();
        disk.record(false);
        CrashStates second(*left, recovery);
        do {
            for (const unsigned seed : {0U, 1U, 4U}) {
                auto image = second.state(seed);
                if (image) tally.add(first.prefix(), seed, check(std::move(*image), second.prefix(), again));
            }
        } while (second.advance());
    }
    std::cout << log.size() << " operations, " << tally << "\n";
    EXPECT_EQ(tally.broken, 0U) << tally.first;
}

// --- test the test: the same states with syncs that were not done ---

using Kind = DiskOperation::Kind;

/// PRAGMA synchronous=OFF.
bool no_sync(const DiskLog&, std::size_t) { return false; }

/// PRAGMA synchronous=NORMAL: of the WAL's syncs only those are done that begin a checkpoint or start it anew.
bool syncs_at_checkpoints(const DiskLog& log, std::size_t at) {
    if (log[at].kind != Kind::sync || log[at].main_file) return true;
    const bool checkpoint_follows = at + 1 < log.size() && log[at + 1].main_file;
    const bool header_before = at > 0 && log[at - 1].kind == Kind::write && log[at - 1].offset == 0;
    return checkpoint_follows || header_before;
}

/// PRAGMA synchronous=FULL: the directory is not synced behind an unlink.
bool no_sync_behind_unlink(const DiskLog& log, std::size_t at) { return log[at].kind != Kind::sync_directory_remove; }

bool no_directory_sync(const DiskLog& log, std::size_t at) {
    return log[at].kind != Kind::sync_directory && log[at].kind != Kind::sync_directory_remove;
}

/// A checkpoint that doesn't wait for the file before the WAL is overwritten.
bool no_main_file_sync(const DiskLog& log, std::size_t at) { return log[at].kind != Kind::sync || !log[at].main_file; }

TEST_P(CrashStateTest, FindsTheLossesOfMissingSyncs) {
    struct Case {
        const char* name;
        HonouredSync honoured;
        bool loses = true;
    };
    // With FULL nothing is lost here: the new WAL's first sync syncs the directory, and the unlink before it.
    constexpr Case cases[] = {{"synchronous=OFF", &no_sync},
                              {"synchronous=NORMAL", &syncs_at_checkpoints},
                              {"synchronous=FULL", &no_sync_behind_unlink, false},
                              {"directory never synced", &no_directory_sync},
                              {"file never synced, only the WAL", &no_main_file_sync}};
    for (const Case& each : cases) {
        const Tally tally = enumerate(100, each.honoured);
        std::cout << each.name << ": " << tally.states << " states, " << tally.broken << " broken\n";
        EXPECT_EQ(tally.broken != 0, each.loses) << each.name << ": " << tally.first;
    }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, CrashStateTest,
                         ::testing::Combine(::testing::ValuesIn(devices), ::testing::ValuesIn(scenarios())),
                         [](const auto& which) {
                             return std::string(std::get<0>(which.param).name) + "_" + std::get<1>(which.param).name;
                         });

}  // namespace
}  // namespace tillpost::test
