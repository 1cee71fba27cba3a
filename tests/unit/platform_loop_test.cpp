// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <thread>

#include "platform/task_group.hpp"
#include "platform/wake.hpp"
#include "platform/wall_timer.hpp"
#include "platform/worker.hpp"
#include "tests/support/loop_test.hpp"

namespace tillpost {
namespace {

struct CountAtEnd {
    int& count;
    ~CountAtEnd() { ++count; }
};

asio::awaitable<void> wait_and_count(Wake& wake, int& ended) {
    const CountAtEnd count{ended};
    co_await wake.wait();
}

asio::awaitable<void> fail() {
    throw std::runtime_error("device table is empty");
    co_return;
}

class TaskGroupTest : public test::LoopTest {
protected:
    std::vector<std::string> failures;
    std::unique_ptr<TaskGroup> group = std::make_unique<TaskGroup>(
        loop.get_executor(),
        [this](const std::string& task, const std::string& what) { failures.push_back(task + ": " + what); });
};

TEST_F(TaskGroupTest, StopEndsEveryTaskAndIsNotAFailure) {
    Wake first(loop.get_executor()), second(loop.get_executor());
    int ended = 0;
    group->spawn("a", wait_and_count(first, ended));
    group->spawn("b", wait_and_count(second, ended));
    run_for(Millis(1));
    EXPECT_FALSE(group->idle());
    EXPECT_EQ(ended, 0);
    group->request_stop();
    EXPECT_EQ(ended, 0) << "it cancels at the loop's next turn";
    ASSERT_TRUE(run_until([&] { return group->idle(); }));
    EXPECT_EQ(ended, 2);
    EXPECT_TRUE(failures.empty());
}

TEST_F(TaskGroupTest, ReportsATaskThatThrowsByName) {
    group->spawn("driver", fail());
    ASSERT_TRUE(run_until([&] { return group->idle(); }));
    EXPECT_EQ(failures, std::vector<std::string>{"driver: device table is empty"});
}

TEST_F(TaskGroupTest, EndsATaskThatIsSpawnedAfterTheStop) {
    Wake wake(loop.get_executor());
    int ended = 0;
    group->request_stop();
    group->spawn("late", wait_and_count(wake, ended));
    ASSERT_TRUE(run_until([&] { return group->idle(); }));
    EXPECT_EQ(ended, 1);
}

TEST_F(TaskGroupTest, CallsOnceWhenItIsIdle) {
    int calls = 0;
    group->when_idle([&] { ++calls; });
    EXPECT_EQ(calls, 1) << "at once: it is idle";
    Wake wake(loop.get_executor());
    int ended = 0;
    group->spawn("a", wait_and_count(wake, ended));
    group->when_idle([&] { ++calls; });
    run_for(Millis(1));
    EXPECT_EQ(calls, 1);
    wake.notify();
    ASSERT_TRUE(run_until([&] { return group->idle(); }));
    EXPECT_EQ(calls, 2);
}

TEST_F(TaskGroupTest, MayBeDestroyedAsSoonAsItIsIdle) {
    Wake wake(loop.get_executor());
    int ended = 0;
    group->spawn("a", wait_and_count(wake, ended));
    run_for(Millis(1));
    wake.notify();  // its end is on the way, before the stop
    group->request_stop();
    group->request_stop();
    while (!group->idle()) loop.run_one();
    group.reset();
    run_for(Millis(1));
    EXPECT_EQ(ended, 1);
}

class WakeTest : public test::LoopTest {
protected:
    Wake wake{loop.get_executor()};
};

TEST_F(WakeTest, ReturnsAtANotify) {
    int ended = 0;
    spawn("waiter", wait_and_count(wake, ended));
    run_for(Millis(5));
    EXPECT_EQ(ended, 0);
    wake.notify();
    EXPECT_TRUE(run_until([&] { return ended == 1; }));
}

TEST_F(WakeTest, DoesNotLoseANotifyBeforeTheWait) {
    wake.notify();
    wake.notify();
    await(wake.wait());
    int ended = 0;
    spawn("second", wait_and_count(wake, ended));
    run_for(Millis(5));
    EXPECT_EQ(ended, 0) << "two notifies before a wait are one";
    stop_tasks();
}

TEST_F(WakeTest, ReturnsAtItsDeadline) {
    const SteadyTime begun = std::chrono::steady_clock::now();
    await(wake.wait_for(Millis(30)));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, Millis(30));
    await(wake.wait_until(begun));  // over already
}

TEST_F(WakeTest, DoesNotLoseANotifyThatComesWithTheDeadline) {
    for (int i = 0; i < 200; ++i) {
        wake.notify();
        await(wake.wait_until(std::chrono::steady_clock::now()));
    }
    await(wake.wait_for(Millis(1)));
}

asio::awaitable<void> wait_after_cancellation(Wake& wake, std::string& seen) {
    try {
        co_await wake.wait_for(Millis(3'600'000));
        seen = "returned";
    } catch (const std::exception&) {
        seen = "thrown";
        throw;
    }
}

TEST_F(WakeTest, ThrowsWhenItsTaskIsStopped) {
    std::string seen;
    spawn("waiter", wait_after_cancellation(wake, seen));
    run_for(Millis(1));
    stop_tasks();
    EXPECT_EQ(seen, "thrown");
}

class WorkerTest : public test::LoopTest {
protected:
    const std::thread::id loop_thread = std::this_thread::get_id();
};

asio::awaitable<void> run_and_note(Worker& worker, std::thread::id& ran_on, std::thread::id& back_on, int& result) {
    auto job = [&ran_on] {
        ran_on = std::this_thread::get_id();
        return 42;
    };
    result = co_await worker.run(job);
    back_on = std::this_thread::get_id();
}

TEST_F(WorkerTest, RunsTheJobOnItsThreadAndGivesTheResultOnTheLoop) {
    Worker worker;
    std::thread::id ran_on, back_on;
    int result = 0;
    await(run_and_note(worker, ran_on, back_on, result));
    EXPECT_EQ(result, 42);
    EXPECT_NE(ran_on, loop_thread);
    EXPECT_EQ(back_on, loop_thread);
}

asio::awaitable<void> append_on(Worker& worker, std::vector<int>& order, int number, int& done) {
    auto job = [&order, number] {
        order.push_back(number);
        return number;
    };
    const int result = co_await worker.run(job);
    if (result == number) ++done;
}

TEST_F(WorkerTest, RunsManyJobsInTheirOrder) {
    Worker worker;
    std::vector<int> order;  // only the worker writes it
    int done = 0;
    for (int i = 0; i < 1000; ++i) spawn("job", append_on(worker, order, i, done));
    ASSERT_TRUE(run_until([&] { return done == 1000; }));
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST_F(WorkerTest, FinishesWhatItWasGivenBeforeItEnds) {
    std::atomic<int> ran = 0;
    {
        Worker worker;
        for (int i = 0; i < 100; ++i) worker.post([&ran] { ++ran; });
    }
    EXPECT_EQ(ran, 100);
}

TEST_F(WorkerTest, LetsAStoppedTaskEndWithItsJob) {
    Worker worker;
    std::promise<void> go;
    std::vector<int> order;
    int done = 0;
    worker.post([wait = go.get_future().share()] { wait.wait(); });
    spawn("job", append_on(worker, order, 1, done));
    run_for(Millis(1));
    tasks.request_stop();
    run_for(Millis(5));
    EXPECT_FALSE(tasks.idle()) << "the job still uses what the task owns";
    go.set_value();
    EXPECT_TRUE(run_until([&] { return tasks.idle(); }));
}

class WallTimerTest : public test::LoopTest {
protected:
    void SetUp() override {
        const auto opened = timer.open();
        ASSERT_TRUE(opened) << opened.error().message;
    }
    static asio::awaitable<void> wait(WallTimer& timer, WallTime time, int& reached) {
        const WallTimer::Woken woken = co_await timer.wait_until(time);
        if (woken == WallTimer::Woken::reached) ++reached;
    }
    WallTimer timer{loop.get_executor()};
    int reached = 0;
};

TEST_F(WallTimerTest, ReachesATimeToComeAndOneThatIsPast) {
    const auto now = std::chrono::floor<Millis>(std::chrono::system_clock::now());
    spawn("past", wait(timer, now - Millis(5'000), reached));
    EXPECT_TRUE(run_until([this] { return reached == 1; }));
    spawn("soon", wait(timer, now + Millis(50), reached));
    EXPECT_TRUE(run_until([this] { return reached == 2; }));
    EXPECT_GE(std::chrono::system_clock::now(), now + Millis(50));
    spawn("before time began", wait(timer, WallTime(Millis(-1)), reached));
    EXPECT_TRUE(run_until([this] { return reached == 3; }));
}

TEST_F(WallTimerTest, AWaitCanBeStopped) {
    const auto now = std::chrono::floor<Millis>(std::chrono::system_clock::now());
    spawn("tomorrow", wait(timer, now + Millis(86'400'000), reached));
    run_for(Millis(10));
    stop_tasks();
    EXPECT_EQ(reached, 0);
}

}  // namespace
}  // namespace tillpost
