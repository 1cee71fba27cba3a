// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>

#include "agent/wire/protocol.hpp"
#include "platform/clock.hpp"

namespace tillpost {

/// [order-1] Tells live events from old ones by their age. Pure; knows what it was told since its start, so that
/// everything before that is old.
class LiveEdge {
public:
    explicit LiveEdge(Millis age) : age_(age), step_(age / 16 + Millis(1)) {}

    /// Everything up to `last` is old.
    void start(Sequence last);
    /// The journal's last event is `last` now.
    void has(Sequence last, SteadyTime now);
    /// The first sequence that is younger than the age (to the 16th part of it); last + 1 if there is none.
    Sequence first_live(SteadyTime now) const;

private:
    struct Sample {
        SteadyTime since;  ///< The beginning of its time step: events age a little early, never late.
        Sequence last;
    };
    Millis age_;
    Millis step_;
    Sequence old_ = 0;
    std::deque<Sample> samples_;
};

}  // namespace tillpost
