// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/clock.hpp"

namespace tillpost {

/// Keeps what is tried again and again, and fails each time, from filling the log: a line for the first failure and for
/// each reason that is new, the others at growing distances, with how often it failed. Pure: the time is an argument.
class RepeatedFailure {
public:
    /// How many failures a line stands for that is written now, this one included; 0: write none.
    std::uint64_t count(const std::string& reason, SteadyTime now) {
        ++unsaid_;
        const bool is_new = std::find(reasons_.begin(), reasons_.end(), reason) == reasons_.end();
        if (is_new && reasons_.size() == most_reasons) reasons_.erase(reasons_.begin());
        if (is_new) reasons_.push_back(reason);
        if (said_ && !is_new && now - *said_ < distance_) return 0;
        if (said_ && !is_new) distance_ = std::min(2 * distance_, longest);
        said_ = now;
        return std::exchange(unsaid_, 0);
    }
    /// It has gone well: the next failure is a first one.
    void reset() { *this = RepeatedFailure(); }

private:
    static constexpr Millis longest{3'600'000};
    static constexpr std::size_t most_reasons = 8;
    Millis distance_{60'000};
    std::optional<SteadyTime> said_;
    std::uint64_t unsaid_ = 0;
    std::vector<std::string> reasons_;  ///< Of them what was said; the newest few.
};

}  // namespace tillpost
