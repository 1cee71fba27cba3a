// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <string>

namespace tillpost {

namespace asio = boost::asio;

/// The long-running coroutines of one component, stopped together. Loop thread only.
///
/// Declare it last in its owner, so that nothing a task uses dies before the task does; run the loop until
/// idle() before the owner is destroyed.
class TaskGroup {
public:
    /// Called on the loop when a task ends by an exception that is not the group's own stop.
    using OnFailure = std::function<void(const std::string& task, const std::string& what)>;

    TaskGroup(asio::any_io_executor loop, OnFailure on_failure);
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    ~TaskGroup();

    /// Starts the task at the loop's next turn. After request_stop() it is cancelled at its first wait.
    void spawn(std::string name, asio::awaitable<void> task);
    /// Cancels what every task waits for; each ends at its current co_await.
    void request_stop();
    bool idle() const { return tasks_->empty(); }
    /// Called once, at the next moment the group is idle (at once if it is).
    void when_idle(std::function<void()> call);

private:
    struct Task {
        std::string name;
        asio::cancellation_signal stop;
    };
    using Tasks = std::list<Task>;
    void finished(Tasks::iterator task, const std::exception_ptr& failure);

    asio::any_io_executor loop_;
    OnFailure on_failure_;
    std::function<void()> when_idle_;
    std::shared_ptr<Tasks> tasks_ = std::make_shared<Tasks>();
    bool stopping_ = false;
};

}  // namespace tillpost
