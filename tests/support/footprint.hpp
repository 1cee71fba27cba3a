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
    Millis processor{0};  ///< Time that all its threads have worked so far, in steps of some milliseconds.
};

Footprint footprint_of(pid_t pid);

}  // namespace tillpost::test
