// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

namespace tillpost::test {

/// What a running process takes of the machine; zeros when it is gone.
struct Footprint {
    long resident_kb = 0;
    long peak_kb = 0;  ///< The most that was resident so far.
    long descriptors = 0;
};

Footprint footprint_of(pid_t pid);

}  // namespace tillpost::test
