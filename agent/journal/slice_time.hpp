// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace tillpost {

/// Bounds by time what a slice of long work does between two commits, whatever the disk takes for a row. Looked at
/// behind every few rows; what comes behind the look, a deletion for example, makes the next slices smaller when the
/// whole took too long, until they have the time again. One thread.
class SliceTime {
public:
    using Now = std::function<std::chrono::steady_clock::time_point()>;
    static constexpr std::chrono::microseconds most{5'000};
    static constexpr int looked_every = 8;  ///< rows

    explicit SliceTime(Now now) : now_(std::move(now)) {}

    void begin() {
        begun_ = now_();
        rows_ = 0;
    }
    /// Behind each row that is found: its half of the time is used up, and the slice ends with that row.
    bool over() { return ++rows_ % looked_every == 0 && now_() - begun_ >= most / 2; }
    /// What a slice may do at most, in rows or bytes, of that many on a quick disk.
    template <class Number>
    Number share(Number whole) const {
        return std::max<Number>(1, whole >> halved_);
    }
    void end() {
        const auto took = now_() - begun_;
        if (took > most) halved_ = std::min(halved_ + 1, most_halved);
        if (took < most / 4) halved_ = std::max(halved_ - 1, 0);
    }
    /// The work of a transaction as one slice, without its commit: how long that takes the slice does not decide.
    template <class Work>
    auto timed(Work work) {
        return [this, work = std::move(work)]() mutable {
            begin();
            auto done = work();
            end();
            return done;
        };
    }
    int halved() const { return halved_; }

private:
    static constexpr int most_halved = 10;
    Now now_;
    std::chrono::steady_clock::time_point begun_{};
    std::uint64_t rows_ = 0;
    int halved_ = 0;
};

}  // namespace tillpost
