// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "platform/clock.hpp"

namespace tillpost {

/// Measures what the line carries, from the broker's acknowledgements. Pure.
///
/// A message's sample is what was acknowledged between its sending and its acknowledgement over that time. The best
/// sample of the last seconds counts, and of messages behind which nothing waited only better ones: an idle line is
/// no slow line.
class LineRate {
public:
    using Duration = SteadyTime::duration;
    /// What to remember with each message.
    struct Mark {
        SteadyTime sent{};
        SteadyTime since{};
        std::uint64_t acknowledged = 0;
        bool busy = false;  ///< More was waiting behind it.
    };

    /// Forgets the former line.
    void connected() { *this = LineRate(); }
    Mark sent(SteadyTime now, bool busy);
    void acknowledged(const Mark& mark, std::uint64_t bytes, SteadyTime now);

    /// Bytes per second, 0 while unknown.
    std::uint64_t rate() const;
    /// The shortest time from sending to acknowledgement in the last minute; 0 while unknown.
    Duration round_trip() const;
    /// How long the line needs for so many bytes; while its rate is unknown, as a very slow one.
    Duration time_for(std::uint64_t bytes) const;

private:
    std::uint64_t acknowledged_ = 0;
    SteadyTime acknowledged_at_{};
    std::uint64_t under_way_ = 0;  ///< Messages
    std::uint64_t best_ = 0;
    std::uint64_t best_before_ = 0;
    SteadyTime best_since_{};
    Duration shortest_{};
    Duration shortest_before_{};
    SteadyTime shortest_since_{};
};

}  // namespace tillpost
