// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "agent/wire/protocol.hpp"
#include "platform/clock.hpp"

namespace tillpost {

/// Events that are withheld one behind the other, of which one line of the log tells: when no more have come for a
/// moment, a minute after the first one at the latest, and a minute after the line before at the earliest. Pure.
class WithheldRun {
public:
    struct Run {
        std::uint64_t count = 0;
        Sequence first = 0, last = 0;
        std::uint64_t bytes = 0;  ///< Of their lines
    };
    static constexpr Millis quiet{1'000};
    static constexpr Millis interval{60'000};

    void add(Sequence sequence, std::uint64_t bytes, SteadyTime now) {
        if (run_.count++ == 0) {
            run_.first = sequence;
            began_ = now;
        }
        run_.last = sequence;
        run_.bytes += bytes;
        last_ = now;
    }
    /// When there is something to say; SteadyTime::max(): nothing is unsaid.
    SteadyTime due() const {
        if (run_.count == 0) return SteadyTime::max();
        const SteadyTime over = std::min(last_ + quiet, began_ + interval);
        return said_ ? std::max(over, *said_ + interval) : over;
    }
    /// What is to be said now, once. `ends`: nothing more comes for long.
    std::optional<Run> take(SteadyTime now, bool ends) {
        if (run_.count == 0 || (now < due() && !ends)) return std::nullopt;
        said_ = now;
        return std::exchange(run_, {});
    }

private:
    Run run_;
    SteadyTime began_{};  ///< The first of them, …
    SteadyTime last_{};   ///< … and the last one
    std::optional<SteadyTime> said_;
};

}  // namespace tillpost
