// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>

#include "platform/clock.hpp"

namespace tillpost {

/// Full-jitter delays: uniform in 0 … min(longest, first · 2^n), so that stores that lost central together do not
/// come back together. Pure: the randomness is an argument.
class Backoff {
public:
    Backoff(Millis first, Millis longest) : first_(first), longest_(longest), cap_(first) {}

    /// `random`: any 64 uniform bits.
    Millis next(std::uint64_t random) {
        const Millis delay{static_cast<Millis::rep>(random % static_cast<std::uint64_t>(cap_.count() + 1))};
        cap_ = std::clamp(cap_ * 2, first_, longest_);
        return delay;
    }
    /// The upper end of the next delay.
    Millis cap() const { return cap_; }
    void reset() { cap_ = first_; }
    /// Begins anew with this upper end, where many begin at one moment.
    void reset(Millis cap) { cap_ = cap; }
    /// The next delay is no longer than this.
    void at_most(Millis cap) { cap_ = std::min(cap_, cap); }

private:
    Millis first_;
    Millis longest_;
    Millis cap_;
};

}  // namespace tillpost
