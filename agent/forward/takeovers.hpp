// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "platform/clock.hpp"

namespace tillpost {

/// Whether a second agent goes by our names: a broker then ends the connection of the one whenever the other connects,
/// and each of them sees a good connection end again and again. MQTT 5 says so at each end, 3.1.1 never. Pure.
class Takeovers {
public:
    static constexpr int most_short = 3;  ///< In a row; a broker that restarts makes one.

    /// A connection that had been of use was ended from the other side.
    void ended(SteadyTime::duration lasted) {
        if (lasted >= long_enough) short_ = 0;
        if (lasted < short_enough) ++short_;
    }
    /// The present connection has lasted so long.
    bool suspected(SteadyTime::duration lasted = {}) const { return short_ >= most_short && lasted < long_enough; }

private:
    static constexpr std::chrono::seconds short_enough{60};  ///< The other's longest retry after a short connection
    static constexpr std::chrono::seconds long_enough{180};
    int short_ = 0;
};

}  // namespace tillpost
