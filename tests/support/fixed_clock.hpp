// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <mutex>
#include <string>

#include "platform/clock.hpp"

namespace tillpost::test {

/// A clock that stands still until the test moves it, also while the journal's worker reads it. A reboot is for when
/// nobody does.
class FixedClock final : public Clock {
public:
    Timestamp now() const override {
        const std::lock_guard lock(mutex_);
        return now_;
    }
    const std::string& boot_id() const override { return boot_id_; }
    void advance(Millis by) {
        const std::lock_guard lock(mutex_);
        now_.wall += by;
        now_.since_boot += by;
    }
    void set_wall(WallTime wall) {
        const std::lock_guard lock(mutex_);
        now_.wall = wall;
    }
    void set_synced(bool synced) {
        const std::lock_guard lock(mutex_);
        now_.synced = synced;
    }
    void reboot(const std::string& boot_id, Millis since_boot) {
        const std::lock_guard lock(mutex_);
        boot_id_ = boot_id;
        now_.since_boot = since_boot;
    }

private:
    mutable std::mutex mutex_;
    Timestamp now_{WallTime(Millis(1'795'428'930'123)), Millis(86'400'000), true};  // 2026-11-23T10:15:30.123Z
    std::string boot_id_ = "0123456789abcdef0123456789abcdef";
};

}  // namespace tillpost::test
