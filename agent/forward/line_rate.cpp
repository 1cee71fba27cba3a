// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/line_rate.hpp"

#include <algorithm>

namespace tillpost {
namespace {

constexpr std::uint64_t slowest = 4'000;     // bytes per second
constexpr Millis rate_memory{5'000};         // twice that at most
constexpr Millis round_trip_memory{30'000};  // as above
constexpr LineRate::Duration least_time = std::chrono::microseconds(50);
constexpr Millis patience{500};  // a lost packet, a broker that has other things to do

std::uint64_t rate_of(std::uint64_t bytes, LineRate::Duration time) {
    const double seconds = std::chrono::duration<double>(std::max(time, least_time)).count();
    return static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds);
}

}  // namespace

LineRate::Mark LineRate::sent(SteadyTime now, bool busy, bool clear) {
    if (under_way_ == 0) acknowledged_at_ = now;
    ++under_way_;
    return {now, acknowledged_at_, acknowledged_, busy, clear};
}

void LineRate::acknowledged(const Mark& mark, std::uint64_t bytes, SteadyTime now) {
    if (under_way_ > 0) --under_way_;
    // What the line needed for this message alone: it had nothing else to carry since the one before was through.
    const Duration alone = now - std::max(acknowledged_at_, mark.sent);
    const bool late = mark.busy && bytes > 0 && alone > 4 * (time_for(bytes) + round_trip()) + patience;
    acknowledged_ += bytes;
    acknowledged_at_ = now;
    if (late) {
        best_before_ = 0;
        best_ = rate_of(bytes, alone);
        best_since_ = now;
        return;
    }

    measure_round_trip(mark, now);

    const std::uint64_t sample = rate_of(acknowledged_ - mark.acknowledged, now - mark.since);
    if (mark.busy && now - best_since_ >= rate_memory) {
        best_before_ = best_;
        best_ = sample;
        best_since_ = now;
    }
    best_ = std::max(best_, sample);
}

void LineRate::measure_round_trip(const Mark& mark, SteadyTime now) {
    const bool due = shortest_ == Duration(0) || now - shortest_since_ >= round_trip_memory;
    old_ = due && !mark.clear;
    if (!mark.clear) return;
    const Duration took = std::max(now - mark.sent, least_time);
    if (due) {
        shortest_before_ = shortest_;
        shortest_ = took;
        shortest_since_ = now;
    }
    shortest_ = std::min(shortest_, took);
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
