// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>

#include "agent/forward/settings.hpp"
#include "platform/backoff.hpp"
#include "platform/clock.hpp"

namespace tillpost {

/// How long to wait before the next attempt to connect. Pure: time and randomness are arguments.
///
/// Full jitter, doubling. Anew, but spread, after a connection that lasted: a broker that restarts drops a whole fleet
/// at one moment. After one that did not last, but over which events were confirmed, a minute at most: short outages in
/// a row do not add up to minutes, and a broker that dies of its fleet does not have it back at once.
class Reconnect {
public:
    explicit Reconnect(const DeliverySettings& settings)
        : stable_after_(settings.stable_after),
          spread_(settings.spread_retry),
          after_use_(settings.longest_retry_after_use),
          backoff_(settings.first_retry, settings.longest_retry) {}

    void connected(SteadyTime now) { connected_at_ = now; }
    /// Events were confirmed over the connection.
    void used() { used_ = true; }
    /// What was tried before says nothing any more: a network came up, or the messages became smaller.
    void begin_anew() { backoff_.reset(); }

    /// The connection is lost, or none came about: the wait. `random`: any 64 uniform bits.
    Millis delay(SteadyTime now, std::uint64_t random) {
        const bool stable = connected_at_ && now - *connected_at_ > stable_after_;
        if (stable) backoff_.reset(spread_);
        if (!stable && used_) backoff_.at_most(after_use_);
        connected_at_.reset();
        used_ = false;
        return backoff_.next(random);
    }

private:
    Millis stable_after_;
    Millis spread_;
    Millis after_use_;
    Backoff backoff_;
    std::optional<SteadyTime> connected_at_;
    bool used_ = false;
};

}  // namespace tillpost
