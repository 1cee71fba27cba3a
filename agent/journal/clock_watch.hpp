// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "platform/clock.hpp"

namespace tillpost {

/// The wall clock was set, or became synchronised, between two readings of one boot.
struct ClockStep {
    Millis before{};  ///< Wall time minus time since boot, at the last reading before …
    Millis after{};   ///< … and now
    bool synced_before = false;
    bool synced_after = false;
    Millis since{};  ///< Time since boot of that last reading
};

/// Compares the wall clock with the time since boot, which never jumps. Order and durations never depend on it: this
/// only says when wall times cannot be compared. Pure.
class ClockWatch {
public:
    /// Remembers the reading. A change of more than `limit`, or from unsynchronised to synchronised, is a step.
    std::optional<ClockStep> look(const Timestamp& now, Millis limit);

private:
    struct Reading {
        Millis offset;
        Millis since_boot;
        bool synced;
    };
    std::optional<Reading> last_;
};

}  // namespace tillpost
