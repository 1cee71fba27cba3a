// SPDX-License-Identifier: Apache-2.0
// How the agent ends: in the order in which nothing that was accepted is left unsaid, each step within its time.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "agent/app.hpp"
#include "platform/log.hpp"
#include "platform/log_limit.hpp"
#include "platform/service.hpp"

namespace tillpost {
namespace {

constexpr Millis drivers_drain{3'000};
constexpr Millis delivery_drain{3'000};
constexpr Millis others_drain{5'000};
constexpr Millis after_request{1'000};  // what was asked to stop waits for nothing but a storage that hangs

}  // namespace

void App::stop(int exit_code, const std::string& why) {
    exit_code_ = std::max(exit_code_, exit_code);
    if (std::exchange(stopping_, true)) return;
    if (exit_code == 0) log::info("stopping", {{"why", why}});
    if (exit_code != 0) log::error("stopping on purpose; the service manager starts it again", {{"why", why}});
    service::stopping();
    shutdown_task_.spawn("shutdown", shut_down());
}

asio::awaitable<void> App::shut_down() {
    for (const auto& driver : drivers_) driver->drain();
    co_await finish(driver_tasks_, drivers_drain);
    if (exit_code_ == 0) co_await seal_the_rest(others_drain);
    if (exit_code_ == 0) co_await drain_delivery(delivery_drain);
    forward_tasks_.request_stop();
    co_await finish(forward_tasks_, others_drain);
    co_await forwarder_->close();
    days_->keep();
    journal_->close();
    const bool stored = co_await finish(journal_tasks_, others_drain);
    if (!stored) leave();
    if (control_) control_->close();
    if (page_) page_->close();
    service_tasks_.request_stop();
    const bool served = co_await finish(service_tasks_, others_drain);
    if (!served) leave();
    LogLimit::say_due(SteadyTime::max());
    log::info("tillpostd stopped", {{"waiting", journal_->live().last - journal_->live().confirmed}});
    loop_.stop();
}

// [audit-1] Before delivery is drained, so that the seal is sent, too.
asio::awaitable<void> App::seal_the_rest(Millis within) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + within;
    journal_tasks_.spawn("last seal", seal_once("stop"));
    for (;;) {
        if (sealed_ || std::chrono::steady_clock::now() >= deadline) co_return;
        co_await changed_.wait_until(deadline);
    }
}

asio::awaitable<void> App::seal_once(std::string cause) {
    co_await journal_->seal(std::move(cause));
    sealed_ = true;
    changed_.notify();
}

/// A disk that hangs holds up a thread that nothing can stop. What is not answered is not acknowledged, so that nothing
/// is lost by leaving as a kill would.
void App::leave() {
    log::error("the disk does not answer: tillpostd ends without waiting for it",
               {{"what_to_do", "check the disk of journal/path; what was accepted is safe"}});
    std::_Exit(1);
}

/// Waits until the group's tasks have ended; cancels them when they have not in time. False if they have not even then.
asio::awaitable<bool> App::finish(TaskGroup& group, Millis within) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + within;
    group.when_idle([this] { changed_.notify(); });
    for (;;) {
        if (group.idle()) co_return true;
        if (std::chrono::steady_clock::now() >= deadline) break;
        co_await changed_.wait_until(deadline);
    }
    group.request_stop();
    const SteadyTime end = deadline + after_request;
    for (;;) {
        if (group.idle() || std::chrono::steady_clock::now() >= end) co_return group.idle();
        co_await changed_.wait_until(end);
    }
}

asio::awaitable<void> App::drain_delivery(Millis within) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + within;
    for (;;) {
        const bool done = journal_->live().confirmed >= journal_->live().last || !forwarder_->connected();
        if (done || std::chrono::steady_clock::now() >= deadline) co_return;
        co_await changed_.wait_until(deadline);
    }
}

}  // namespace tillpost
