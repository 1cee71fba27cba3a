// SPDX-License-Identifier: Apache-2.0
#include "platform/wake.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace tillpost {

void Wake::notify() {
    notified_ = true;
    timer_.cancel();
}

asio::awaitable<void> Wake::wait() { return wait_until(SteadyTime::max()); }

asio::awaitable<void> Wake::wait_for(Millis delay) { return wait_until(std::chrono::steady_clock::now() + delay); }

asio::awaitable<void> Wake::wait_until(SteadyTime deadline) {
    if (!notified_) {
        timer_.expires_at(deadline);
        boost::system::error_code ended;
        auto token = asio::redirect_error(asio::use_awaitable, ended);
        co_await timer_.async_wait(token);
        const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) {
            throw boost::system::system_error(asio::error::operation_aborted);
        }
    }
    notified_ = false;
}

}  // namespace tillpost
