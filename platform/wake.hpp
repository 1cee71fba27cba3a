// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "platform/clock.hpp"

namespace tillpost {

namespace asio = boost::asio;

/// How one long-running coroutine sleeps until there is work, instead of polling. One waiter; loop thread only.
/// A notify() between two waits is not lost: the next wait returns at once.
class Wake {
public:
    explicit Wake(const asio::any_io_executor& loop) : timer_(loop) {}

    void notify();
    asio::awaitable<void> wait();
    /// Returns at a notify() or at the deadline, whichever comes first.
    asio::awaitable<void> wait_until(SteadyTime deadline);
    asio::awaitable<void> wait_for(Millis delay);

private:
    asio::steady_timer timer_;
    bool notified_ = false;
};

}  // namespace tillpost
