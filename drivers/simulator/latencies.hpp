// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace tillpost::simulator {

/// How long things took, in steps of about 6 %: any number of them in a few KiB.
class Latencies {
public:
    void add(std::chrono::steady_clock::duration time) {
        const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
        ++steps_[step_of(micros < 0 ? 0 : static_cast<std::uint64_t>(micros))];
        ++count_;
    }
    /// The time in milliseconds that `percent` of all did not exceed; 0 if there are none.
    double percentile(double percent) const {
        const double wanted = static_cast<double>(count_) * percent / 100;
        std::uint64_t sum = 0;
        for (std::size_t step = 0; step < steps_.size(); ++step) {
            sum += steps_[step];
            if (sum > 0 && static_cast<double>(sum) >= wanted) return static_cast<double>(top_of(step)) / 1000;
        }
        return 0;
    }

private:
    // Below 16 each microsecond is a step; above, each power of two has 16 steps.
    static std::size_t step_of(std::uint64_t micros) {
        if (micros < 16) return micros;
        const auto power = static_cast<std::size_t>(std::bit_width(micros)) - 5;
        return power * 16 + (micros >> power);
    }
    static std::uint64_t top_of(std::size_t step) {
        if (step < 32) return step;
        const std::size_t power = step / 16 - 1;
        return ((std::uint64_t{step % 16} + 17) << power) - 1;
    }

    std::array<std::uint64_t, 1024> steps_{};
    std::uint64_t count_ = 0;
};

}  // namespace tillpost::simulator
