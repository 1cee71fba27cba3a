// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tillpost {

/// The newest 1,024 durations; asked for quantiles now and then.
class LatencyWindow {
public:
    void add(std::chrono::steady_clock::duration duration) {
        const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
        samples_[next_++ % samples_.size()] =
            static_cast<std::uint32_t>(std::clamp<std::int64_t>(micros, 0, UINT32_MAX));
    }

    /// Milliseconds that the share `part` (0 … 1) of the samples did not exceed; 0 without samples.
    double quantile_ms(double part) const {
        const std::size_t count = std::min(next_, samples_.size());
        if (count == 0) return 0;
        std::vector<std::uint32_t> sorted(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(count));
        const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(count - 1));
        std::nth_element(sorted.begin(), sorted.begin() + at, sorted.end());
        return sorted[static_cast<std::size_t>(at)] / 1000.0;
    }

private:
    std::array<std::uint32_t, 1024> samples_{};
    std::size_t next_ = 0;
};

}  // namespace tillpost
