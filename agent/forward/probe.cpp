// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/probe.hpp"

#include <utility>

namespace tillpost {

void Probe::connected(bool by_central, SteadyTime now) {
    mode_ = by_central ? Mode::greeting : Mode::flowing;
    step_ends_ = now;
    unanswered_ = false;
    steps_.reset();
}

void Probe::disconnected() {
    mode_ = Mode::offline;
    unanswered_ = false;
}

void Probe::greet(SteadyTime now) {
    mode_ = Mode::greeting;
    step_ends_ = now;
    unanswered_ = false;
    steps_.reset();
}

void Probe::hello_sent(SteadyTime now, SteadyTime::duration queue, std::uint64_t random) {
    if (mode_ == Mode::flowing) {
        mode_ = Mode::probing;
        steps_.reset();
    }
    unanswered_ = true;
    allowed_ = false;
    // From one to two steps: never so short that the answer to the last hello comes behind the next one for ever.
    const Millis cap = steps_.cap();
    step_ends_ = now + queue + cap + steps_.next(random);
}

bool Probe::receipt(bool progress) {
    const bool answer = std::exchange(unanswered_, false);
    if (answer) allowed_ = true;
    if (answer ? (progress || mode_ == Mode::greeting) : (progress && mode_ == Mode::probing)) mode_ = Mode::flowing;
    if (mode_ == Mode::flowing) steps_.reset();
    return answer;
}

}  // namespace tillpost
