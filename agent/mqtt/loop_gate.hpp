// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

namespace tillpost {

namespace asio = boost::asio;

/// Where the MQTT library's threads leave work for the loop, until the loop's side closes it.
///
/// A call into the library may hang in a name look-up for half a minute and may so outlive its connection and even
/// the loop; whatever it reports then must go nowhere. This needs the agent's only mutex. It is held for one post.
class LoopGate : public std::enable_shared_from_this<LoopGate> {
public:
    explicit LoopGate(asio::any_io_executor loop) : loop_(std::move(loop)) {}

    /// Any thread. Dropped after close().
    void post(std::function<void()> call);

    /// For messages from outside, whose number nobody here limits: waits while more than `most_waiting` bytes wait
    /// for the loop, two seconds at most; false, and the call is dropped, when they still wait then. The waiting
    /// stops the library's reading, and so the broker's sending.
    bool post_message(std::size_t bytes, std::function<void()> call);

    /// Loop thread. No call that was not taken over by the loop before is made after it.
    void close();

    static constexpr std::size_t most_waiting = 16 * 1024 * 1024;

private:
    void release(std::size_t bytes);

    std::mutex mutex_;
    std::condition_variable released_;
    asio::any_io_executor loop_;
    std::size_t waiting_ = 0;
    bool open_ = true;
};

}  // namespace tillpost
