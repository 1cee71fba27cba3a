// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "agent/forward/lane.hpp"
#include "agent/forward/ranges.hpp"
#include "agent/wire/protocol.hpp"

namespace tillpost {

/// [flow-1] What was sent and is not covered yet, by lane. Pure.
class Outstanding {
public:
    using Ticket = std::uint64_t;
    struct Load {
        std::uint64_t events = 0;
        std::uint64_t bytes = 0;
    };

    /// No sequence of the range may be outstanding already.
    void add(Range range, std::uint64_t bytes, Ticket ticket, Lane lane);
    /// These are covered, or count as unsent; parts of messages too.
    void remove(Range range);
    struct Message {
        Range range;
        std::uint64_t bytes = 0;
        Ticket ticket = 0;
    };
    /// The parts of one message that are still outstanding.
    std::vector<Range> of(Ticket ticket) const;
    /// The lowest part of a message that `wanted` says yes to.
    std::optional<Message> first(const std::function<bool(Ticket)>& wanted) const;
    /// The ticket of the newest message that has a part in the range, 0 if none has.
    Ticket newest(Range range) const;
    /// What went with messages after that one.
    Ranges later_than(Ticket ticket) const;
    void clear();

    Load load(Lane lane) const { return loads_[static_cast<std::size_t>(lane)]; }
    Load load() const { return {loads_[0].events + loads_[1].events, loads_[0].bytes + loads_[1].bytes}; }

private:
    struct Part {
        Sequence to;
        std::uint64_t bytes;
        Ticket ticket;
        Lane lane;
    };
    using Parts = std::map<Sequence, Part>;
    void insert(Sequence from, const Part& part);
    /// The first that reaches into the range or lies behind its begin.
    Parts::const_iterator from(Range range) const;

    Parts parts_;  ///< By their first sequence; they do not overlap.
    std::array<Load, lane_count> loads_{};
};

}  // namespace tillpost
