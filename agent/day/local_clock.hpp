// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <vector>

#include "platform/clock.hpp"

namespace tillpost::day {

/// What a clock on the wall shows.
using LocalTime = std::chrono::local_time<Millis>;

struct Between {
    WallTime from, to;
};

/// The process's local clock through some days: when it shows what. Where summer time sets it, it shows some times
/// twice, or never. Pure but for the time zone.
class LocalClock {
public:
    /// For questions about those local times, and nothing outside them.
    LocalClock(LocalTime from, LocalTime to);

    static LocalTime shown_at(WallTime time);
    /// When the clock shows `from` or later, and less than `to`: in order, none touching the next one.
    std::vector<Between> shows(LocalTime from, LocalTime to) const;
    /// When it first shows that time or a later one.
    WallTime first_shows(LocalTime time) const;

private:
    /// A time in which nobody sets it.
    struct Stretch {
        WallTime from, to;
        Millis ahead;  ///< Of UTC
        LocalTime shown(WallTime time) const { return LocalTime(time.time_since_epoch() + ahead); }
        WallTime when(LocalTime time) const { return WallTime(time.time_since_epoch() - ahead); }
    };
    std::vector<Stretch> stretches_;  ///< In order, without gaps
};

}  // namespace tillpost::day
