// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>

#include "agent/forward/lane.hpp"

namespace tillpost {

/// [order-1] Live events go first, but of the bytes sent while a backlog waits they take two fifths at most. Pure.
class LaneShare {
public:
    /// Whether a live message may go before one of the waiting backlog.
    bool live_first() const { return credit_ > 0; }

    /// `contested`: a backlog waits and could go. `batch`: a message's usual size; what one lane leaves is kept for
    /// it up to two of them.
    void sent(Lane lane, std::uint64_t bytes, bool contested, std::uint64_t batch) {
        const auto most = static_cast<std::int64_t>(2 * batch);
        const auto amount = static_cast<std::int64_t>(bytes);
        if (lane == Lane::backlog) credit_ += amount * 2 / 3;
        if (lane == Lane::live && contested) credit_ -= amount;
        credit_ = std::clamp(credit_, -most, most);
    }
    void reset() { credit_ = 1; }

private:
    std::int64_t credit_ = 1;  ///< Bytes
};

}  // namespace tillpost
