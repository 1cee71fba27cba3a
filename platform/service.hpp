// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

#include "platform/clock.hpp"

/// What the daemon tells its service manager (sd_notify(3)). Without systemd each call does nothing.
namespace tillpost::service {

void ready();
void stopping();
/// One line of state, shown by `systemctl status`.
void status(const std::string& text);
void feed_watchdog();
/// Half of WatchdogSec=, the interval at which to feed; nullopt when no watchdog is asked for.
std::optional<Millis> watchdog_interval();

}  // namespace tillpost::service
