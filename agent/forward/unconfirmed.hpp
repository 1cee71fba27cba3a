// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "platform/clock.hpp"

namespace tillpost {

/// Since when events are sent and none of them is confirmed, however often they go and whatever the broker answers.
/// Pure.
class Unconfirmed {
public:
    void sent(SteadyTime now, WallTime time) {
        if (!since_) since_ = Moment{now, time};
    }
    /// Some were confirmed; `more`: others are on their way.
    void progress(bool more, SteadyTime now, WallTime time) {
        since_.reset();
        if (more) sent(now, time);
    }
    /// nullopt while that is nothing to speak of. `full`: nothing more may be sent meanwhile.
    std::optional<WallTime> since(SteadyTime now, bool full = false) const {
        if (!since_ || now - since_->steady < (full ? when_full : usual)) return std::nullopt;
        return since_->time;
    }

private:
    static constexpr std::chrono::seconds usual{15};  ///< A message, its commit and the receipt, on a slow line
    static constexpr std::chrono::seconds when_full{3};
    struct Moment {
        SteadyTime steady;
        WallTime time;
    };
    std::optional<Moment> since_;
};

}  // namespace tillpost
