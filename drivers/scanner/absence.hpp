// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <chrono>
#include <optional>

#include "platform/clock.hpp"

namespace tillpost {

/// Whether a device's absence is worth an event: once it has lasted, and its end. A plug that is touched, and a hub
/// that resets, are not. Pure.
class Absence {
public:
    explicit Absence(Millis worth_telling) : worth_telling_(worth_telling) {}

    /// It is not there. How long it has been away, once for each absence; nullopt: nothing to tell.
    std::optional<Millis> gone(SteadyTime now) {
        if (!since_) since_ = now;
        if (told_ || now - *since_ < worth_telling_) return std::nullopt;
        told_ = true;
        return lasted(now);
    }
    /// It is there and works. How long it was away, if that was told.
    std::optional<Millis> back(SteadyTime now) {
        const std::optional<Millis> away = told_ ? std::optional(lasted(now)) : std::nullopt;
        since_.reset();
        told_ = false;
        return away;
    }
    /// How long it must still be away to be worth telling: then is the time to look again. Millis::max(): it is told,
    /// or there is none.
    Millis untold(SteadyTime now) const {
        if (!since_ || told_) return Millis::max();
        return std::max(Millis(0), std::chrono::ceil<Millis>(*since_ + worth_telling_ - now));
    }

private:
    Millis lasted(SteadyTime now) const { return std::chrono::duration_cast<Millis>(now - *since_); }

    Millis worth_telling_;
    std::optional<SteadyTime> since_;
    bool told_ = false;
};

}  // namespace tillpost
