// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/storage_watch.hpp"

#include <chrono>
#include <utility>

#include "platform/log.hpp"

namespace tillpost {

void StorageWatch::begins() {
    busy_since_ = std::chrono::steady_clock::now();
    if (std::exchange(waits_, false)) wake_.notify();
}

void StorageWatch::ends() {
    if (std::exchange(said_, false)) {
        const auto hung = std::chrono::steady_clock::now() - *busy_since_;
        log::info("the disk answers again",
                  {{"after_s", std::chrono::duration_cast<std::chrono::seconds>(hung).count()}});
    }
    busy_since_.reset();
}

bool StorageWatch::moving(Millis longest) const {
    return !busy_since_ || std::chrono::steady_clock::now() - *busy_since_ < longest;
}

asio::awaitable<void> StorageWatch::run() {
    for (;;) {
        if (!busy_since_ || said_) {
            waits_ = true;
            co_await wake_.wait();
        } else if (moving(says_after)) {
            co_await wake_.wait_until(*busy_since_ + says_after);
        } else {
            said_ = true;
            log::error("the disk does not answer: nothing is recorded or acknowledged until it does",
                       {{"since_s", std::chrono::duration_cast<std::chrono::seconds>(says_after).count()},
                        {"what_to_do", "check the disk of journal/path"}});
        }
    }
}

}  // namespace tillpost
