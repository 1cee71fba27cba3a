// SPDX-License-Identifier: Apache-2.0
#include "platform/wall_timer.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "platform/files.hpp"

namespace tillpost {

Result<void> WallTimer::open() {
    FileDescriptor timer(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
    if (timer.get() < 0) return system_error("make a timer of the wall clock", errno);
    timer_.assign(timer.release());
    return {};
}

asio::awaitable<WallTimer::Woken> WallTimer::wait_until(WallTime time) {
    const auto since_epoch = std::max(time.time_since_epoch(), Millis(1));  // 0 would disarm it
    itimerspec at{};
    at.it_value.tv_sec = std::chrono::floor<std::chrono::seconds>(since_epoch).count();
    at.it_value.tv_nsec = (since_epoch % std::chrono::seconds(1)).count() * 1'000'000;
    ::timerfd_settime(timer_.native_handle(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, nullptr);
    for (;;) {
        co_await timer_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
        std::uint64_t expirations = 0;
        const ssize_t got = ::read(timer_.native_handle(), &expirations, sizeof expirations);
        if (got == sizeof expirations) co_return Woken::reached;
        if (got < 0 && errno == ECANCELED) co_return Woken::clock_set;
    }
}

}  // namespace tillpost
