// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <utility>

#include "platform/clock.hpp"

namespace tillpost {

/// Keeps what can happen thousands of times a second from flooding the log: one line an interval, which says how
/// many occurrences it stands for. Pure: the time is an argument.
class LogLimit {
public:
    explicit LogLimit(Millis interval = Millis(60'000)) : interval_(interval) {}

    /// How many occurrences a line stands for that is written now, this one included; 0: write none.
    std::uint64_t count(SteadyTime now) {
        ++unsaid_;
        if (said_ && now - *said_ < interval_) return 0;
        said_ = now;
        return std::exchange(unsaid_, 0);
    }

private:
    Millis interval_;
    std::optional<SteadyTime> said_;
    std::uint64_t unsaid_ = 0;
};

}  // namespace tillpost
