// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "platform/clock.hpp"

namespace tillpost::test {

/// A clock that stands still until the test moves it.
class FixedClock final : public Clock {
public:
    Timestamp now() const override { return now_; }
    const std::string& boot_id() const override { return boot_id_; }
    void advance(Millis by) {
        now_.wall += by;
        now_.since_boot += by;
    }
    void set_wall(WallTime wall) { now_.wall = wall; }
    void set_synced(bool synced) { now_.synced = synced; }
    void reboot(const std::string& boot_id, Millis since_boot) {
        boot_id_ = boot_id;
        now_.since_boot = since_boot;
    }

private:
    Timestamp now_{WallTime(Millis(1'795'428'930'123)), Millis(86'400'000), true};  // 2026-11-23T10:15:30.123Z
    std::string boot_id_ = "0123456789abcdef0123456789abcdef";
};

}  // namespace tillpost::test
