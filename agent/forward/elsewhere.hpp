// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "platform/clock.hpp"

namespace tillpost {

/// [flow-1] When a broker that is connected and answers is left for the next one of the list, as nothing comes forward
/// over it: it refuses each message of events, or no central answers behind it. Pure.
///
/// When that is so at all of them (central is away, a quota is used up everywhere), a fleet must not go round and
/// round: each time the patience is twice as long, until something is confirmed, and it is a random part of that.
class Elsewhere {
public:
    /// `others`: there is a next one. Else nothing is ever left.
    explicit Elsewhere(bool others) : others_(others) {}

    void connected(std::uint64_t random) {
        refused_.reset();
        asked_.reset();
        const auto half = static_cast<std::uint64_t>(longest_.count() / 2);
        patience_ = Millis(static_cast<Millis::rep>(half + random % (half + 1)));
    }
    /// The broker refused a message of events, took one.
    void refused(SteadyTime now) { refused_ = refused_.value_or(now); }
    void taken() { refused_.reset(); }
    /// Central was asked by a hello, has answered one.
    void asked(SteadyTime now) { asked_ = asked_.value_or(now); }
    void answered() { asked_.reset(); }
    /// Something was confirmed, or there is nothing to confirm.
    void came_forward() { longest_ = first; }
    void left() { longest_ = std::min(longest_ * 2, last); }

    SteadyTime due() const {
        SteadyTime due = SteadyTime::max();
        if (others_ && refused_) due = *refused_ + patience_;
        if (others_ && asked_) due = std::min(due, *asked_ + central_times * patience_);
        return due;
    }
    std::string why() const {
        return refused_ ? "the broker refuses the events: the next one is tried"
                        : "no central answers behind this broker: the next one is tried";
    }

private:
    static constexpr Millis first{60'000}, last{1'800'000};
    static constexpr int central_times = 5;  ///< It may be updated just now.

    bool others_;
    Millis longest_ = first;
    Millis patience_ = first;
    std::optional<SteadyTime> refused_, asked_;  ///< The first since it was otherwise
};

}  // namespace tillpost
