// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "platform/clock.hpp"
#include "platform/repeated_failure.hpp"

namespace tillpost {

/// What the broker refuses, why, and since when: until it takes one again. A broker that refuses now and then does not
/// fill the log. Pure: the times are arguments.
class Refusal {
public:
    struct Ended {
        std::string reason;
        WallTime since{};
        std::uint64_t messages = 0;
    };

    /// How many refusals a line stands for that is written now, this one included; 0: write none.
    std::uint64_t refused(const std::string& reason, WallTime wall, SteadyTime now) {
        if (reason_.empty()) since_ = wall;
        reason_ = reason;
        ++messages_;
        const std::uint64_t count = log_.count(reason, now);
        said_ = said_ || count > 0;
        return count;
    }
    /// It took one. What is over is given if it was written of.
    std::optional<Ended> taken() {
        if (reason_.empty()) return std::nullopt;
        Ended ended{std::exchange(reason_, {}), since_, std::exchange(messages_, 0)};
        return std::exchange(said_, false) ? std::optional(std::move(ended)) : std::nullopt;
    }

    /// "" if nothing is refused.
    const std::string& reason() const { return reason_; }
    WallTime since() const { return since_; }

private:
    std::string reason_;
    WallTime since_{};
    std::uint64_t messages_ = 0;  ///< Refused since then
    bool said_ = false;
    RepeatedFailure log_;
};

}  // namespace tillpost
