// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "platform/clock.hpp"

namespace tillpost {

/// Keeps what can happen thousands of times a second from flooding the log: one line an interval, which says how many
/// occurrences it stands for. Pure but for the list of those that keep something unsaid; one thread, the loop's.
class LogLimit {
public:
    /// Writes the line. What it refers to lives as long as the limit.
    using Line = std::function<void(std::uint64_t times)>;

    explicit LogLimit(Millis interval = Millis(60'000)) : interval_(interval) {}
    ~LogLimit();
    LogLimit(const LogLimit&) = delete;
    LogLimit& operator=(const LogLimit&) = delete;

    /// How many occurrences a line stands for that is written now, this one included; 0: write none. For what is told
    /// in another way, too: the last ones are never said.
    std::uint64_t count(SteadyTime now) {
        ++unsaid_;
        if (said_ && now - *said_ < interval_) return 0;
        said_ = now;
        return std::exchange(unsaid_, 0);
    }
    /// Writes the line now, or says at the interval's end, by the line that was given last, what has come until then.
    void say(SteadyTime now, Line line);

    /// When the first of what is kept on this thread is due; max(): nothing is.
    static SteadyTime due();
    /// Writes what is due by then; all that is kept by max(), as at a stop.
    static void say_due(SteadyTime now);
    /// Called when another limit begins to keep something: due() may be earlier now.
    static void on_unsaid(std::function<void()> call);

private:
    void say_now(SteadyTime now, const Line& line);

    Millis interval_;
    std::optional<SteadyTime> said_;
    std::uint64_t unsaid_ = 0;
    Line line_;  ///< For what is unsaid
};

}  // namespace tillpost
