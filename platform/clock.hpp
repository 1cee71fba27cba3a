// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>

namespace tillpost {

using Millis = std::chrono::milliseconds;
/// Wall time, UTC. It may jump on tills: never measure with it, never order by it.
using WallTime = std::chrono::sys_time<Millis>;
/// Time for measuring and for deadlines; never jumps.
using SteadyTime = std::chrono::steady_clock::time_point;

inline SteadyTime steady_now() { return std::chrono::steady_clock::now(); }
inline WallTime wall_now() { return std::chrono::floor<Millis>(std::chrono::system_clock::now()); }

/// One reading of everything that says when: central repairs a wrong wall clock from the other two.
struct Timestamp {
    WallTime wall;
    Millis since_boot;  ///< CLOCK_BOOTTIME, which counts suspend too.
    /// The kernel says the clock is disciplined (adjtimex(2), no STA_UNSYNC), or said so up to 100 ms before.
    bool synced = false;
    /// Of the machine's time zone, east of UTC: what the clock on the wall shows. nullopt: nobody asked.
    std::optional<std::chrono::minutes> utc_offset{};
};

/// Time as the agent sees it; tests substitute a clock they set by hand. Any thread.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
    /// Its wall time alone, which costs much less.
    virtual WallTime wall() const { return now().wall; }
    /// The kernel's boot id, 32 lower-case hex digits; the same for all readings of one boot.
    virtual const std::string& boot_id() const = 0;
};

class SystemClock final : public Clock {
public:
    SystemClock();
    Timestamp now() const override;
    WallTime wall() const override { return wall_now(); }
    const std::string& boot_id() const override { return boot_id_; }

private:
    /// adjtimex(2) takes the kernel's time and stirs its random numbers: as dear as a tenth of an event.
    static constexpr Millis answer_lasts{100};
    bool synced(Millis since_boot) const;

    std::string boot_id_;
    mutable std::atomic<std::int64_t> ask_again_at_{0};  ///< Since boot, ms
    mutable std::atomic<bool> synced_{false};
};

/// When that was by the clock of now, of the same boot: what it said then counts unless it was set since, by more than
/// two seconds. So what lies between both is what has passed.
WallTime wall_of(const Timestamp& then, const Timestamp& now);

/// "2026-11-23T10:15:30.123Z" (RFC 3339, UTC, milliseconds).
std::string rfc3339(WallTime time);

/// "+01:00" (RFC 3339).
std::string offset_text(std::chrono::minutes utc_offset);

/// Year, month, day and so on by the machine's time zone (localtime_r(3)).
std::tm local_parts(WallTime time);

/// Since the local midnight, by the machine's time zone; on the days on which summer time begins or ends, by the hands
/// of the clock.
std::chrono::seconds local_time_of_day(WallTime time);

}  // namespace tillpost
