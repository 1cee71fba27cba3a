// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "platform/clock.hpp"

namespace tillpost {

/// Measures what the line carries, from the broker's acknowledgements. Pure.
///
/// A message's sample is what was acknowledged between its sending and its acknowledgement over that time. The best
/// sample of the last seconds counts, and of messages behind which nothing waited only better ones: an idle line is
/// no slow line. An acknowledgement that is much later than all this lets expect tells of another line, and nothing of
/// before counts any more.
class LineRate {
public:
    using Duration = SteadyTime::duration;
    /// What to remember with each message.
    struct Mark {
        SteadyTime sent{};
        SteadyTime since{};
        std::uint64_t acknowledged = 0;
        bool busy = false;   ///< More was waiting behind it.
        bool clear = false;  ///< Little or nothing was under way before it.
    };

    /// Forgets the former line.
    void connected() { *this = LineRate(); }
    Mark sent(SteadyTime now, bool busy, bool clear);
    void acknowledged(const Mark& mark, std::uint64_t bytes, SteadyTime now);

    /// Bytes per second, 0 while unknown.
    std::uint64_t rate() const;
    /// The shortest time from sending to acknowledgement in the last minute, of messages that did not wait behind
    /// others: else a queue would justify itself, and grow. 0 while unknown.
    Duration round_trip() const;
    /// No such message for a while: it is time for one.
    bool round_trip_is_old() const { return old_; }
    /// How long the line needs for so many bytes; while its rate is unknown, as a very slow one.
    Duration time_for(std::uint64_t bytes) const;

private:
    void measure_round_trip(const Mark& mark, SteadyTime now);

    std::uint64_t acknowledged_ = 0;
    SteadyTime acknowledged_at_{};
    std::uint64_t under_way_ = 0;  ///< Messages
    std::uint64_t best_ = 0;
    std::uint64_t best_before_ = 0;
    SteadyTime best_since_{};
    Duration shortest_{};
    Duration shortest_before_{};
    SteadyTime shortest_since_{};
    bool old_ = false;
};

}  // namespace tillpost
