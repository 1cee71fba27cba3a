// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "platform/clock.hpp"

namespace tillpost {

/// Decides when a connection is tested by an echo and when it is given up for dead. Pure: the time is an argument.
///
/// A half-open line takes everything that is sent and returns nothing. So: when something waits for an answer and
/// nothing has come for one keep-alive, an echo goes out, a message to ourselves; when still nothing has come after
/// 2.25 keep-alives, the connection is dead (2.5 is what we promise). Where nothing waits there is nothing to be late
/// for: there MQTT's own ping watches the line (the library's; it notices within the same time, but not while its
/// writes are stuck, and a broker that answers pings and nothing else looks well to it), and an echo goes only now and
/// then, to see the whole way.
class Liveness {
public:
    enum class Verdict { fine, echo, dead };

    explicit Liveness(Millis keep_alive) : keep_alive_(keep_alive) {}

    /// Of the next connection.
    void set_keep_alive(Millis keep_alive) { keep_alive_ = keep_alive; }
    void connected(SteadyTime now) {
        waiting_ = 0;
        echo_sent_ = false;
        quiet_since_ = last_echo_ = now;
    }
    /// Something went out that the broker must answer.
    void sent(SteadyTime now) {
        if (waiting_++ == 0) quiet_since_ = now;
    }
    /// That was answered.
    void answered(SteadyTime now) {
        if (waiting_ > 0) --waiting_;
        heard(now);
    }
    /// Anything came in.
    void heard(SteadyTime now) {
        quiet_since_ = now;
        echo_sent_ = false;
    }
    void echoed(SteadyTime now) {
        echo_sent_ = true;
        last_echo_ = now;
    }

    Verdict judge(SteadyTime now) const {
        if (now < due()) return Verdict::fine;
        return waiting_ > 0 && now >= quiet_since_ + dead_after() ? Verdict::dead : Verdict::echo;
    }
    /// When judge() may say something else than `fine`.
    SteadyTime due() const {
        if (waiting_ == 0) return last_echo_ + keep_alive_ * idle_echo;
        return quiet_since_ + (echo_sent_ ? dead_after() : keep_alive_);
    }
    Millis dead_after() const { return keep_alive_ * 9 / 4; }

    static constexpr int idle_echo = 10;  ///< Keep-alives between echoes where nothing waits.

private:
    Millis keep_alive_;
    std::size_t waiting_ = 0;
    SteadyTime quiet_since_{};
    SteadyTime last_echo_{};
    bool echo_sent_ = false;
};

}  // namespace tillpost
