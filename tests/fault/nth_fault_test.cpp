// SPDX-License-Identifier: Apache-2.0
// [durable-1] [once-2] The n-th read, write, sync, truncation, opening, deletion or look at a file's size fails, once
// or for ever, for an I/O error or a full disk, for n = 0, 1, 2 … until none is hit; in allocation_fault_test.cpp the
// n-th allocation. Afterwards the journal is opened again, as the agent's restart does: nothing acknowledged is
// missing, nothing is there twice. Then the power goes: a failed sync must not have been forgotten by then.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/fault/rig.hpp"
#include "tests/support/crash_states.hpp"
#include "tests/support/fault_vfs.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {
namespace {

struct Fault {
    const char* name;
    unsigned operation;
    Faults::Kind kind;
    bool for_ever;
};

// Only writes know a full disk: SQLite's unix VFS makes an I/O error of whatever else fails.
constexpr Fault all_faults[] = {
    {"read_once", Faults::read, Faults::Kind::io_error, false},
    {"read_for_ever", Faults::read, Faults::Kind::io_error, true},
    {"write_once", Faults::write, Faults::Kind::io_error, false},
    {"write_for_ever", Faults::write, Faults::Kind::io_error, true},
    {"write_full_once", Faults::write, Faults::Kind::full, false},
    {"write_full_for_ever", Faults::write, Faults::Kind::full, true},
    {"sync_once", Faults::sync, Faults::Kind::io_error, false},
    {"sync_for_ever", Faults::sync, Faults::Kind::io_error, true},
    {"truncate_once", Faults::truncate, Faults::Kind::io_error, false},
    {"truncate_for_ever", Faults::truncate, Faults::Kind::io_error, true},
    {"open_once", Faults::open, Faults::Kind::io_error, false},
    {"open_for_ever", Faults::open, Faults::Kind::io_error, true},
    {"remove_once", Faults::remove, Faults::Kind::io_error, false},
    {"remove_for_ever", Faults::remove, Faults::Kind::io_error, true},
    {"size_once", Faults::size, Faults::Kind::io_error, false},
    {"size_for_ever", Faults::size, Faults::Kind::io_error, true},
    {"anything_for_ever", Faults::every_operation, Faults::Kind::io_error, true},
};

class NthFaultTest : public ::testing::TestWithParam<Scenario> {
protected:
    static constexpr int most = 20'000;

    NthFaultTest() : disk(CrashDisk::install()), faults(install_fault_vfs()) {}

    /// Whether the n-th operation was reached; what is wrong after it is a failure of the test.
    bool try_at(const Fault& fault, int n) {
        SCOPED_TRACE(std::string(fault.name) + " " + std::to_string(n));
        disk.load(start.image);
        disk.record(true);
        Rig rig(disk, settings, start.history);
        faults.fail(fault.kind, n, fault.for_ever, fault.operation);
        GetParam().run(rig);
        rig.close();
        const bool hit = faults.injected > 0;
        faults.stop();
        EXPECT_FALSE(rig.broken()) << *rig.broken();
        stopped += rig.stopped() ? 1 : 0;
        refused += rig.refused();

        const std::size_t at_restart = disk.log().size();
        // Started again; devices send again what has a key.
        Rig again(disk, settings, rig.history());
        again.open();
        again.catch_up();
        again.append(again.history().to_be_resent(disk.log().size()));
        EXPECT_FALSE(again.stopped()) << again.stopped()->message;
        const DiskLog log = disk.log();
        const DiskImage image = disk.image();
        disk.record(false);
        again.close();
        check("opened again", image, again, log.size());
        CrashStates states(start.image, log);
        // After a failed sync the disk and what is read differ: every moment of the recovery counts.
        states.advance_to((fault.operation & Faults::sync) != 0 ? at_restart : log.size());
        do check("opened again after a power cut", *states.state(0), again, states.prefix());
        while (states.advance());
        return hit;
    }

    void check(const char* what, const DiskImage& image, const Rig& rig, std::size_t when) {
        SCOPED_TRACE(what + (" at operation " + std::to_string(when)));
        const auto fault = test::check(disk, image, rig, when);
        EXPECT_FALSE(fault) << *fault;
    }

    CrashDisk& disk;
    Faults& faults;
    TempDir dir = TempDir::in_memory();
    JournalSettings settings = scenario_settings(dir.path(), GetParam());
    Start start = created_start_of(GetParam(), disk, settings);
    int stopped = 0;
    int refused = 0;
};

TEST_P(NthFaultTest, NothingAcknowledgedIsLostByIt) {
    int all = 0;
    for (const Fault& fault : all_faults) {
        int n = 0;
        int tried = 0;
        for (; n < most && try_at(fault, n); ++tried) n = next_fault(n);
        EXPECT_LT(n, most) << fault.name << ": never a run without it";
        all += tried;
        if (HasFailure()) break;  // the next kinds would say the same again
    }
    std::cout << all << " faults: " << stopped << " stopped the journal, " << refused << " transactions refused\n";
    EXPECT_GT(stopped, 0);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, NthFaultTest, ::testing::ValuesIn(scenarios()),
                         [](const auto& which) { return std::string(which.param.name); });

}  // namespace
}  // namespace tillpost::test
