// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/live_edge.hpp"

namespace tillpost {

void LiveEdge::start(Sequence last) {
    old_ = last;
    samples_.clear();
}

void LiveEdge::has(Sequence last, SteadyTime now) {
    while (!samples_.empty() && now - samples_.front().since >= age_) {
        old_ = samples_.front().last;
        samples_.pop_front();
    }
    if (!samples_.empty() && now - samples_.back().since < step_) {
        samples_.back().last = last;
    } else if (last > (samples_.empty() ? old_ : samples_.back().last)) {
        samples_.push_back({now, last});
    }
}

Sequence LiveEdge::first_live(SteadyTime now) const {
    Sequence old = old_;
    for (const Sample& sample : samples_) {
        if (now - sample.since < age_) break;
        old = sample.last;
    }
    return old + 1;
}

}  // namespace tillpost
