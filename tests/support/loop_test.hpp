// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "platform/clock.hpp"
#include "platform/task_group.hpp"

namespace tillpost::test {

/// A test with an event loop, run by the test's own thread whenever it waits for something.
///
/// A derived fixture that owns what the tasks use overrides TearDown() and calls stop_tasks() before its members die.
class LoopTest : public ::testing::Test {
protected:
    /// Only a test that fails waits so long, however slow the machine is.
    static constexpr Millis deadline{60'000};

    LoopTest();
    /// Stops the tasks and runs the loop until they have ended; a task that does not end fails the test.
    void TearDown() override;
    void stop_tasks();

    /// Runs the loop until the predicate holds; false when the time is over.
    bool run_until(const std::function<bool()>& holds, Millis within = deadline);
    /// Runs the loop for a time: for "nothing happens" only.
    void run_for(Millis time);
    /// Starts a task; an exception out of it fails the test unless the test stops it.
    void spawn(std::string name, asio::awaitable<void> task) { tasks.spawn(std::move(name), std::move(task)); }

    /// Runs the loop until the task is done and gives its value; throws when the time is over.
    template <class T>
    T await(asio::awaitable<T> task, Millis within = deadline) {
        struct State {
            asio::cancellation_signal stop;
            std::optional<T> value;
            std::exception_ptr failure;
        };
        auto state = std::make_shared<State>();
        auto on_done = [state](const std::exception_ptr& failure, T value) {
            state->failure = failure;
            state->value.emplace(std::move(value));
        };
        start(state, std::move(task), std::move(on_done));
        finish(
            *state, [state] { return state->value.has_value(); }, within);
        return std::move(*state->value);
    }
    void await(asio::awaitable<void> task, Millis within = deadline);

    asio::io_context loop{1};
    TaskGroup tasks;

private:
    template <class State, class T, class OnDone>
    void start(const std::shared_ptr<State>& state, asio::awaitable<T> task, OnDone on_done) {
        asio::co_spawn(loop, std::move(task), asio::bind_cancellation_slot(state->stop.slot(), std::move(on_done)));
    }
    template <class State>
    void finish(State& state, const std::function<bool()>& done, Millis within) {
        if (!run_until(done, within)) {
            state.stop.emit(asio::cancellation_type::terminal);
            run_until(done, Millis(1000));
            throw std::runtime_error("the awaited task did not end in time");
        }
        if (state.failure) std::rethrow_exception(state.failure);
    }

    asio::executor_work_guard<asio::io_context::executor_type> work_;
};

}  // namespace tillpost::test
