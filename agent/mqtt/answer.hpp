// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "platform/clock.hpp"
#include "platform/error.hpp"
#include "platform/wake.hpp"

namespace tillpost {

namespace asio = boost::asio;

/// What a callback gives to a waiting coroutine: one value, once.
template <class T>
struct Answer {
    explicit Answer(const asio::any_io_executor& loop) : wake(loop) {}
    void give(Result<T> result) {
        if (!value) value.emplace(std::move(result));
        wake.notify();
    }
    Wake wake;
    std::optional<Result<T>> value;
};

template <class T>
asio::awaitable<Result<T>> wait_for(std::shared_ptr<Answer<T>> answer, Millis time) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + time;
    for (;;) {
        if (answer->value) co_return *answer->value;
        if (std::chrono::steady_clock::now() >= deadline) {
            co_return Error{Errc::timeout, "no answer within " + std::to_string(time.count()) + " ms"};
        }
        co_await answer->wake.wait_until(deadline);
    }
}

}  // namespace tillpost
