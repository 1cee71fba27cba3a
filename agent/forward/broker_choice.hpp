// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "platform/clock.hpp"

namespace tillpost {

/// Decides which broker of a list, in order of preference, is tried next, and when a better one than the present is
/// looked at again. Pure: time and randomness are arguments.
///
/// A round tries each broker once: first those in good standing, in order, then those set aside, the one first whose
/// time ends first: one that always connects and is no good must not keep the others from their turn. Set aside is a
/// broker that can be reached and yet is no good: it refuses, or its connections do not last (a load balancer accepts
/// for a dead broker behind it). It is set aside for a time that doubles, so that a connection that works is not given
/// up for it again and again; but a round never leaves it out, so that nothing is unreachable by a rule of ours.
class BrokerChoice {
public:
    struct Settings {
        std::size_t brokers = 1;
        Millis return_after{300'000};    ///< Between looks at a better broker, ± half of it, so that fleets spread.
        Millis stable_after{60'000};     ///< A connection that lasted so long speaks for its broker.
        Millis first_set_aside{60'000};  ///< Doubling …
        Millis longest_set_aside{1'800'000};  ///< … up to here.
    };

    explicit BrokerChoice(const Settings& settings);

    /// All brokers, in the order in which they are to be tried now.
    std::vector<std::size_t> round(SteadyTime now) const;

    void connected(std::size_t broker, SteadyTime now, std::uint64_t random);
    /// Accepted the TCP connection, and then there was no MQTT connection.
    void refused(std::size_t broker, SteadyTime now);
    void lost(SteadyTime now);
    /// We left it for a better one, which is not its fault.
    void left() { current_.reset(); }

    std::optional<std::size_t> current() const { return current_; }
    /// nullopt: in good standing.
    std::optional<SteadyTime> set_aside_until(std::size_t broker, SteadyTime now) const {
        return good(broker, now) ? std::nullopt : std::optional(standings_[broker].set_aside_until);
    }
    /// When better() is to be asked for; SteadyTime::max() while there is none to be had.
    SteadyTime look_at() const;
    /// The better brokers to look at now, best first; the next look is due later.
    std::vector<std::size_t> better(SteadyTime now, std::uint64_t random);

private:
    struct Standing {
        explicit Standing(const Settings& settings) : next_time(settings.first_set_aside) {}
        SteadyTime set_aside_until{};
        Millis next_time;
    };
    bool good(std::size_t broker, SteadyTime now) const { return now >= standings_[broker].set_aside_until; }
    SteadyTime next_look(SteadyTime now, std::uint64_t random) const;
    void set_aside(std::size_t broker, SteadyTime now);

    Settings settings_;
    std::vector<Standing> standings_;
    std::optional<std::size_t> current_;
    SteadyTime since_{};
    SteadyTime look_at_{};
};

}  // namespace tillpost
