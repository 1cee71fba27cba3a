// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/clock_watch.hpp"

#include <utility>

namespace tillpost {

std::optional<ClockStep> ClockWatch::look(const Timestamp& now, Millis limit) {
    const Millis offset = now.wall.time_since_epoch() - now.since_boot;
    const std::optional<Reading> last = std::exchange(last_, Reading{offset, now.since_boot, now.synced});
    if (!last) return std::nullopt;
    const bool stepped = std::chrono::abs(offset - last->offset) > limit;
    const bool became_synced = now.synced && !last->synced;
    if (!stepped && !became_synced) return std::nullopt;
    return ClockStep{last->offset, offset, last->synced, now.synced, last->since_boot};
}

}  // namespace tillpost
