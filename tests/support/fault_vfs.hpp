// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>

/// A SQLite VFS for tests, in front of the default one: makes chosen writes and syncs fail. Install it before the
/// first file is opened; its state is for one test at a time.
namespace tillpost::test {

struct Faults {
    enum class Kind { none, full, io_error };
    std::atomic<Kind> kind{Kind::none};
    /// Operations (writes, syncs, truncates) that still succeed; below zero nothing fails.
    std::atomic<int> countdown{-1};
    /// True: from the countdown's end on all fail. False: just one.
    std::atomic<bool> sticky{true};
    std::atomic<int> injected{0};

    void fail(Kind what, int after, bool for_ever) {
        injected = 0;
        sticky = for_ever;
        countdown = after;
        kind = what;
    }
    void stop() { kind = Kind::none; }
};

/// Installs the VFS as the default once, and gives its switches.
Faults& install_fault_vfs();

}  // namespace tillpost::test
