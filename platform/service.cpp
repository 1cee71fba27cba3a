// SPDX-License-Identifier: Apache-2.0
#include "platform/service.hpp"

#include <systemd/sd-daemon.h>

namespace tillpost::service {

void ready() { sd_notify(0, "READY=1"); }
void stopping() { sd_notify(0, "STOPPING=1"); }
void status(const std::string& text) { sd_notify(0, ("STATUS=" + text).c_str()); }
void feed_watchdog() { sd_notify(0, "WATCHDOG=1"); }

std::optional<Millis> watchdog_interval() {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
    return std::chrono::duration_cast<Millis>(std::chrono::microseconds(microseconds / 2));
}

}  // namespace tillpost::service
