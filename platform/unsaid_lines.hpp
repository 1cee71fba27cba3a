// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "platform/wake.hpp"

namespace tillpost {

/// Has the log say at its time what its limits keep, so that the last burst is told, too, though nothing comes behind
/// it. It sleeps as long as nothing is kept. Loop thread; one a program.
class UnsaidLines {
public:
    explicit UnsaidLines(const asio::any_io_executor& loop);
    ~UnsaidLines();
    UnsaidLines(const UnsaidLines&) = delete;
    UnsaidLines& operator=(const UnsaidLines&) = delete;

    /// Run it as a task; it ends when it is cancelled.
    asio::awaitable<void> run();

private:
    Wake wake_;
};

}  // namespace tillpost
