// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <optional>
#include <utility>

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

}  // namespace tillpost
