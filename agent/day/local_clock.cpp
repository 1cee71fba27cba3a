// SPDX-License-Identifier: Apache-2.0
#include "agent/day/local_clock.hpp"

#include <algorithm>
#include <ctime>

namespace tillpost::day {
namespace {

using std::chrono::seconds;

constexpr std::chrono::hours farthest{27};  // from UTC that a clock is, at most, and an hour for summer time
constexpr std::chrono::hours step{12};      // no zone sets its clocks twice within it

Millis ahead_at(WallTime time) { return seconds(local_parts(time).tm_gmtoff); }

/// The clock is set between the two; zones do that at full seconds.
WallTime set_between(WallTime before, WallTime after) {
    const Millis ahead = ahead_at(before);
    while (after - before > seconds(1)) {
        const WallTime middle = std::chrono::floor<seconds>(before + (after - before) / 2);
        (ahead_at(middle) == ahead ? before : after) = middle;
    }
    return after;
}

}  // namespace

LocalClock::LocalClock(LocalTime from, LocalTime to) {
    ::tzset();  // whoever sets the machine's time zone needs no restart
    WallTime at = std::chrono::floor<seconds>(WallTime(from.time_since_epoch()) - farthest);
    const WallTime end(to.time_since_epoch() + farthest);
    stretches_.push_back({at, end, ahead_at(at)});
    for (; at < end; at += step) {
        const Millis ahead = ahead_at(at + step);
        if (ahead == stretches_.back().ahead) continue;
        const WallTime set = set_between(at, at + step);
        stretches_.back().to = set;
        stretches_.push_back({set, end, ahead});
    }
}

LocalTime LocalClock::shown_at(WallTime time) { return LocalTime(time.time_since_epoch() + ahead_at(time)); }

std::vector<Between> LocalClock::shows(LocalTime from, LocalTime to) const {
    std::vector<Between> found;
    for (const Stretch& each : stretches_) {
        const Between part{std::max(each.from, each.when(from)), std::min(each.to, each.when(to))};
        if (part.from >= part.to) continue;
        const bool touches = !found.empty() && found.back().to == part.from;
        if (touches) found.back().to = part.to;
        if (!touches) found.push_back(part);
    }
    return found;
}

WallTime LocalClock::first_shows(LocalTime time) const {
    for (const Stretch& each : stretches_) {
        const WallTime first = std::max(each.from, each.when(time));
        if (first < each.to) return first;
    }
    return stretches_.back().to;
}

}  // namespace tillpost::day
