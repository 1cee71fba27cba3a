// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <optional>

#include "platform/clock.hpp"
#include "platform/wake.hpp"

namespace tillpost {

/// Whether the storage answers, and a word in the log when it does not and when it does again: a hanging disk fails
/// nothing, so that nobody else would say it. Loop thread only.
class StorageWatch {
public:
    explicit StorageWatch(const asio::any_io_executor& loop) : wake_(loop) {}

    static constexpr Millis says_after{3'000};  ///< Nothing is acknowledged meanwhile.

    /// The storage has got something to do, and has done it.
    void begins();
    void ends();
    /// False when it has been at one thing for longer than this.
    bool moving(Millis longest) const;
    /// Says it; run it as a task. Costs no timer while nothing is to do.
    asio::awaitable<void> run();

private:
    Wake wake_;
    std::optional<SteadyTime> busy_since_;
    bool waits_ = false;  ///< run() sleeps until something begins.
    bool said_ = false;
};

}  // namespace tillpost
