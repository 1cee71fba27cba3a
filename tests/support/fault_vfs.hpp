// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>

/// A SQLite VFS for tests, in front of the default one: makes chosen operations fail. Install it before the first file
/// is opened; its state is for one test at a time.
namespace tillpost::test {

struct Faults {
    enum class Kind { none, full, io_error };
    /// Which operations count and fail; a set of bits.
    enum Operation : unsigned { read = 1, write = 2, sync = 4, truncate = 8, open = 16, remove = 32, size = 64 };
    static constexpr unsigned changes = write | sync | truncate;
    static constexpr unsigned every_operation = 127;

    std::atomic<Kind> kind{Kind::none};
    std::atomic<unsigned> operations{changes};
    /// Operations of that kind that still succeed; below zero nothing fails.
    std::atomic<int> countdown{-1};
    /// True: from the countdown's end on all fail. False: just one.
    std::atomic<bool> sticky{true};
    std::atomic<int> injected{0};
    std::atomic<int> burst{0};  ///< With sticky: after so many it is over; 0: it is for ever.
    /// Of the reads, only those that begin at this offset of their file count; below zero all.
    std::atomic<long long> only_at{-1};
    std::atomic<bool> paused{false};  ///< Nothing counts and nothing fails.

    void fail(Kind what, int after, bool for_ever, unsigned which = changes) {
        injected = 0;
        operations = which;
        sticky = for_ever;
        countdown = after;
        only_at = -1;
        burst = 0;
        kind = what;
    }
    void stop() { kind = Kind::none; }
};

/// Installs the VFS as the default once, and gives its switches.
Faults& install_fault_vfs();

/// Makes SQLite's n-th allocation fail, once or from then on. Has to be installed before anything else of SQLite is
/// called: in a program of its own.
struct AllocationFaults {
    int countdown = -1;  ///< As in Faults.
    bool sticky = false;
    int injected = 0;
    bool paused = false;

    void fail(int after, bool for_ever) {
        injected = 0;
        sticky = for_ever;
        countdown = after;
    }
    void stop() { countdown = -1; }
};
AllocationFaults& install_allocation_faults();

}  // namespace tillpost::test
