// SPDX-License-Identifier: Apache-2.0
#include "tests/support/loop_test.hpp"

#include <algorithm>

namespace tillpost::test {
namespace {

void fail_test(const std::string& task, const std::string& what) {
    ADD_FAILURE() << "task " << task << " ended by an exception: " << what;
}

}  // namespace

LoopTest::LoopTest() : tasks(loop.get_executor(), fail_test), work_(loop.get_executor()) {}

void LoopTest::TearDown() { stop_tasks(); }

void LoopTest::stop_tasks() {
    tasks.request_stop();
    EXPECT_TRUE(run_until([this] { return tasks.idle(); })) << "a task did not end when it was stopped";
}

bool LoopTest::run_until(const std::function<bool()>& holds, Millis within) {
    const SteadyTime end = std::chrono::steady_clock::now() + within;
    for (;;) {
        if (holds()) return true;
        const SteadyTime now = std::chrono::steady_clock::now();
        if (now >= end) return false;
        // Short steps: the predicate may watch a file or another process, which wake nobody here.
        loop.run_one_until(std::min(end, now + Millis(10)));
        loop.restart();
    }
}

void LoopTest::run_for(Millis time) {
    loop.run_for(time);
    loop.restart();
}

void LoopTest::await(asio::awaitable<void> task, Millis within) {
    struct State {
        asio::cancellation_signal stop;
        bool done = false;
        std::exception_ptr failure;
    };
    auto state = std::make_shared<State>();
    auto on_done = [state](const std::exception_ptr& failure) {
        state->failure = failure;
        state->done = true;
    };
    start(state, std::move(task), std::move(on_done));
    finish(
        *state, [state] { return state->done; }, within);
}

}  // namespace tillpost::test
