// SPDX-License-Identifier: Apache-2.0
#include "platform/task_group.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <utility>

namespace tillpost {
namespace {

std::string what_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "an exception of unknown type";
    }
}

}  // namespace

TaskGroup::TaskGroup(asio::any_io_executor loop, OnFailure on_failure)
    : loop_(std::move(loop)), on_failure_(std::move(on_failure)) {}

TaskGroup::~TaskGroup() { assert(idle() && "request_stop() and run the loop until idle() first"); }

void TaskGroup::spawn(std::string name, asio::awaitable<void> task) {
    const auto entry = tasks_->emplace(tasks_->end());
    entry->name = std::move(name);
    auto on_done = [this, entry](const std::exception_ptr& failure) { finished(entry, failure); };
    asio::co_spawn(loop_, std::move(task), asio::bind_cancellation_slot(entry->stop.slot(), std::move(on_done)));
    if (stopping_) request_stop();
}

void TaskGroup::request_stop() {
    stopping_ = true;
    // Posted: a task that ends at once would otherwise change the list while we walk it. By then the task may have
    // ended, and with the last one the group.
    for (Task& task : *tasks_) {
        auto emit = [tasks = std::weak_ptr(tasks_), which = &task] {
            const std::shared_ptr<Tasks> alive = tasks.lock();
            if (!alive) return;
            const auto is_it = [which](const Task& other) { return &other == which; };
            const auto found = std::find_if(alive->begin(), alive->end(), is_it);
            if (found != alive->end()) found->stop.emit(asio::cancellation_type::terminal);
        };
        asio::post(loop_, std::move(emit));
    }
}

void TaskGroup::when_idle(std::function<void()> call) {
    if (idle()) {
        call();
        return;
    }
    when_idle_ = std::move(call);
}

void TaskGroup::finished(Tasks::iterator task, const std::exception_ptr& failure) {
    const std::string name = std::move(task->name);
    tasks_->erase(task);
    // "Was it stopped?" is decided by our own flag: operations report a cancellation with different codes.
    if (failure && !stopping_) on_failure_(name, what_of(failure));
    if (idle() && when_idle_) std::exchange(when_idle_, nullptr)();
}

}  // namespace tillpost
