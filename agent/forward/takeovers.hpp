// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "platform/clock.hpp"

namespace tillpost {

/// Whether a second agent goes by our names: a broker then ends the connection of the one whenever the other connects.
/// Pure.
///
/// MQTT 5 can say so (0x8e), and some brokers do. 3.1.1 cannot, and Debian's mosquitto 2.0.11 closes without a word in
/// MQTT 5 too: there it is suspected when one good connection after the other is closed soon after it began, by a
/// broker that can be reached at that very moment. One that restarts cannot, nor can one behind a line that breaks.
class Takeovers {
public:
    enum class End {
        taken_over,  ///< The broker said so.
        closed,      ///< Without a word, and the broker is still there.
        other
    };
    static constexpr int most_short = 3;  ///< In a row

    static bool is_short(SteadyTime::duration lasted) { return lasted < short_enough; }

    void ended(End how, SteadyTime::duration lasted) {
        if (lasted >= long_enough) *this = {};
        if (how == End::taken_over) told_ = true;
        if (how == End::other) short_ = 0;
        if (how == End::closed && is_short(lasted)) ++short_;
    }
    /// The present connection has lasted so long. What nobody has said is not suspected for longer than it takes to see
    /// that the connection holds.
    bool suspected(SteadyTime::duration lasted = {}) const {
        return (told_ && lasted < long_enough) || (short_ >= most_short && lasted < steady);
    }
    /// The broker has said so: nothing else can be the reason.
    bool told() const { return told_; }

private:
    /// The other one's first retries come within seconds, and so do ours.
    static constexpr std::chrono::seconds short_enough{10};
    static constexpr std::chrono::seconds steady{30};
    static constexpr std::chrono::seconds long_enough{180};
    bool told_ = false;
    int short_ = 0;
};

}  // namespace tillpost
