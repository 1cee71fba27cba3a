// SPDX-License-Identifier: Apache-2.0
// [durable-1] SQLite's n-th allocation fails, once or for ever. A program of its own: SQLite takes another allocator
// only before anything else is called.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/fault/rig.hpp"
#include "tests/support/fault_vfs.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {
namespace {

class AllocationFaultTest : public ::testing::TestWithParam<Scenario> {
protected:
    AllocationFaultTest() : faults(install_allocation_faults()), disk(CrashDisk::install()) {}

    /// Whether the n-th allocation was reached; what is wrong after it is a failure of the test.
    bool try_at(int n, bool for_ever) {
        SCOPED_TRACE("allocation " + std::to_string(n) + (for_ever ? " for ever" : " once"));
        disk.load(start.image);
        Rig rig(disk, settings, start.history);
        faults.fail(n, for_ever);
        GetParam().run(rig);
        rig.close();
        const bool hit = faults.injected > 0;
        faults.stop();
        EXPECT_FALSE(rig.broken()) << *rig.broken();
        stopped += rig.stopped() ? 1 : 0;

        const auto fault = check(disk, disk.image(), rig, disk.log().size());
        EXPECT_FALSE(fault) << *fault;
        return hit;
    }

    AllocationFaults& faults;
    CrashDisk& disk;
    TempDir dir = TempDir::in_memory();
    JournalSettings settings = scenario_settings(dir.path(), GetParam());
    Start start = created_start_of(GetParam(), disk, settings);
    int stopped = 0;
};

TEST_P(AllocationFaultTest, NothingAcknowledgedIsLostByIt) {
    int all = 0;
    for (const bool for_ever : {false, true}) {
        for (int n = 0; !HasFailure() && try_at(n, for_ever); n = next_fault(n)) ++all;
    }
    std::cout << all << " faults: " << stopped << " stopped the journal\n";
    EXPECT_GT(stopped, 0);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, AllocationFaultTest, ::testing::ValuesIn(scenarios()),
                         [](const auto& which) { return std::string(which.param.name); });

}  // namespace
}  // namespace tillpost::test
