// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/line_rate.hpp"

#include <algorithm>

namespace tillpost {
namespace {

constexpr std::uint64_t slowest = 4'000;     // bytes per second
constexpr Millis rate_memory{5'000};         // twice that at most
constexpr Millis round_trip_memory{30'000};  // as above
constexpr LineRate::Duration least_time = std::chrono::microseconds(50);

}  // namespace

LineRate::Mark LineRate::sent(SteadyTime now, bool busy) {
    if (under_way_ == 0) acknowledged_at_ = now;
    ++under_way_;
    return {now, acknowledged_at_, acknowledged_, busy};
}

void LineRate::acknowledged(const Mark& mark, std::uint64_t bytes, SteadyTime now) {
    if (under_way_ > 0) --under_way_;
    acknowledged_ += bytes;
    acknowledged_at_ = now;

    const Duration took = std::max(now - mark.sent, least_time);
    if (shortest_ == Duration(0) || now - shortest_since_ >= round_trip_memory) {
        shortest_before_ = shortest_;
        shortest_ = took;
        shortest_since_ = now;
    }
    shortest_ = std::min(shortest_, took);

    const Duration over = std::max(now - mark.since, least_time);
    const double seconds = std::chrono::duration<double>(over).count();
    const auto sample = static_cast<std::uint64_t>(static_cast<double>(acknowledged_ - mark.acknowledged) / seconds);
    if (mark.busy && now - best_since_ >= rate_memory) {
        best_before_ = best_;
        best_ = sample;
        best_since_ = now;
    }
    best_ = std::max(best_, sample);
}

std::uint64_t LineRate::rate() const { return std::max(best_, best_before_); }

LineRate::Duration LineRate::round_trip() const {
    return shortest_before_ == Duration(0) ? shortest_ : std::min(shortest_, shortest_before_);
}

LineRate::Duration LineRate::time_for(std::uint64_t bytes) const {
    const double per_second = static_cast<double>(rate() > 0 ? rate() : slowest);
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(static_cast<double>(bytes) / per_second));
}

}  // namespace tillpost
