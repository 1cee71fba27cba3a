// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "agent/forward/settings.hpp"
#include "platform/backoff.hpp"

namespace tillpost {

/// When central is asked again because it contradicts itself, as two do that share an id. Pure.
///
/// The first time at once, since a central that was restored says less than before only once; then at growing
/// distances.
class Doubt {
public:
    explicit Doubt(const DeliverySettings& settings)
        : pauses_(settings.first_retry, settings.longest_retry_after_use), over_after_(settings.stable_after) {}

    SteadyTime ask_at(SteadyTime now, std::uint64_t random) {
        Millis pause{0};
        if (!asked_ || now - *asked_ >= over_after_) {
            pauses_.reset();
        } else {
            const Millis cap = pauses_.cap();
            pause = cap / 2 + pauses_.next(random) / 2;
        }
        asked_ = now + pause;
        return *asked_;
    }

private:
    Backoff pauses_;
    Millis over_after_;
    std::optional<SteadyTime> asked_;
};

}  // namespace tillpost
