// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "platform/clock.hpp"
#include "platform/error.hpp"

namespace tillpost {

namespace asio = boost::asio;

/// Waits for a time of the wall clock, and tells at once when that clock is set (timerfd_create(2),
/// TFD_TIMER_CANCEL_ON_SET): nothing is polled. One waiter; loop thread only.
class WallTimer {
public:
    explicit WallTimer(const asio::any_io_executor& loop) : timer_(loop) {}

    Result<void> open();

    enum class Woken { reached, clock_set };
    /// Only after open() was good.
    asio::awaitable<Woken> wait_until(WallTime time);

private:
    asio::posix::stream_descriptor timer_;
};

}  // namespace tillpost
