// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "platform/error.hpp"

namespace tillpost::cli {

constexpr const char* default_configuration = "/etc/tillpost/tillpost.json";

/// Where this machine's daemon listens.
struct Sockets {
    std::string control = "/run/tillpost/control.sock";  ///< "": the configuration wants none.
    std::string feed = "/run/tillpost/feed.sock";        ///< "": the configuration has no feed.
};

/// As the configuration says. Without a file of its own name (`path` is "") the daemon's usual one is looked at, and
/// where there is none, or none that this user may read, or a broken one, the defaults stand: whatever is wrong with
/// it, a daemon that runs can be asked. Errc::invalid and the like only for a file that was named.
Result<Sockets> sockets_of(const std::string& path);

}  // namespace tillpost::cli
