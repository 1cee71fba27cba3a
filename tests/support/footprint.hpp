// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include "platform/clock.hpp"

namespace tillpost::test {

/// What a running process takes of the machine; zeros when it is gone.
struct Footprint {
    long resident_kb = 0;
    long peak_kb = 0;  ///< The most that was resident so far.
    long descriptors = 0;
    long private_dirty_kb = 0;  ///< Memory that no other process shares, and that no file can give back.
    long wake_ups = 0;          ///< Times that any thread of it has waited for something, since it began.
    Millis processor{0};        ///< Time that all its threads have worked so far, in steps of some milliseconds.
};

Footprint footprint_of(pid_t pid);

}  // namespace tillpost::test
