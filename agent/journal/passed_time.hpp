// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

#include "platform/clock.hpp"

namespace tillpost {

/// How much time has passed, as far as it can be proven: ages are counted in this, never in wall time, which may be
/// years off (decisions/0018). It may fall behind the truth, and never runs ahead of it, but for one switched-off time
/// whose ends a synchronised clock told wrongly: most_off. Pure.
class PassedTime {
public:
    /// What is kept over a restart.
    struct Kept {
        Millis passed{};
        std::string boot;             ///< Boot id of the last reading …
        Millis since_boot{};          ///< … and when that was
        std::optional<Millis> ahead;  ///< Wall time minus passed, when the clock was last synchronised
        bool was_off = false;         ///< There was a boot since that.
    };
    /// So much is not written down yet, at most, and a power cut may take it away.
    static constexpr Millis most_unwritten = std::chrono::minutes(15);
    /// Of the time that the machine was off at most so much counts at once.
    static constexpr Millis most_off = std::chrono::hours(24);

    void restore(Kept kept) { kept_ = std::move(kept); }
    /// Within a boot by the time since it, which never jumps. What lies between two boots is taken from the wall clock,
    /// when it is synchronised again, and if it was before.
    Millis at(const Timestamp& now, const std::string& boot);
    /// nullopt: at() was never called.
    const std::optional<Kept>& kept() const { return kept_; }

private:
    std::optional<Kept> kept_;
};

/// When what was recorded at the latest: of everything up to a position. Time is that of PassedTime.
struct Mark {
    Millis at{};
    std::int64_t position = 0;
};

/// Which marks are worth writing down, so that they are few. Pure.
class AgeMarks {
public:
    /// `written`: the newest one in the file. Whatever is behind it may have been recorded just now.
    void restore(std::optional<Mark> written, Mark newest);
    /// Up to the position everything is recorded.
    void note(Mark mark);
    const Mark& newest() const { return newest_; }
    /// The newest one, when the one that was written is older than `step`: before the next one takes its place. It is
    /// written then. `step` 0: whenever it is another one.
    std::optional<Mark> take(Millis now, Millis step);

private:
    Mark newest_;
    std::optional<Mark> written_;
};

}  // namespace tillpost
