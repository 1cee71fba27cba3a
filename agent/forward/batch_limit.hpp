// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstddef>

#include "platform/clock.hpp"

namespace tillpost {

/// Bytes of one message, at most, for a line that may become as slow as 64 kbit/s at any moment. Pure.
///
/// The broker acknowledges whole messages: while a large one crawls along nothing comes back, and with a short
/// keep-alive the connection is given up. So a message takes half a keep-alive there. The window's own measure is no
/// help: it was taken while the line was fast.
constexpr std::size_t largest_batch(std::size_t wanted, Millis keep_alive) {
    constexpr std::size_t slow_line = 8'000;  // bytes per second
    const auto most = slow_line * static_cast<std::size_t>(keep_alive.count()) / 2 / 1'000;
    return std::min(wanted, most);
}

}  // namespace tillpost
