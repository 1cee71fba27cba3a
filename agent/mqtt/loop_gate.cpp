// SPDX-License-Identifier: Apache-2.0
#include "agent/mqtt/loop_gate.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

namespace tillpost {

void LoopGate::post(std::function<void()> call) {
    const std::lock_guard lock(mutex_);
    if (open_) asio::post(loop_, std::move(call));
}

bool LoopGate::post_message(std::size_t bytes, std::function<void()> call) {
    std::unique_lock lock(mutex_);
    const auto fits = [this, bytes] { return !open_ || waiting_ == 0 || waiting_ + bytes <= most_waiting; };
    if (!released_.wait_for(lock, std::chrono::seconds(2), fits)) return false;
    if (!open_) return true;
    waiting_ += bytes;
    auto on_loop = [self = shared_from_this(), bytes, call = std::move(call)] {
        self->release(bytes);
        call();
    };
    asio::post(loop_, std::move(on_loop));
    return true;
}

void LoopGate::release(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    waiting_ -= bytes;
    released_.notify_all();
}

void LoopGate::close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
    loop_ = {};
    released_.notify_all();
}

}  // namespace tillpost
