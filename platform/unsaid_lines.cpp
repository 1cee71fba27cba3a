// SPDX-License-Identifier: Apache-2.0
#include "platform/unsaid_lines.hpp"

#include "platform/log_limit.hpp"

namespace tillpost {

UnsaidLines::UnsaidLines(const asio::any_io_executor& loop) : wake_(loop) {
    LogLimit::on_unsaid([this] { wake_.notify(); });
}

UnsaidLines::~UnsaidLines() { LogLimit::on_unsaid(nullptr); }

asio::awaitable<void> UnsaidLines::run() {
    for (;;) {
        const SteadyTime due = LogLimit::due();
        co_await wake_.wait_until(due);
        LogLimit::say_due(std::chrono::steady_clock::now());
    }
}

}  // namespace tillpost
