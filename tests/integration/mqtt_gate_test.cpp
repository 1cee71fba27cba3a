// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "agent/mqtt/loop_gate.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/process.hpp"

namespace tillpost::test {
namespace {

class LoopGateTest : public LoopTest {
protected:
    std::shared_ptr<LoopGate> gate = std::make_shared<LoopGate>(loop.get_executor());
    static constexpr std::size_t half = LoopGate::most_waiting / 2;
};

TEST_F(LoopGateTest, LeavesWorkOfManyThreadsForTheLoopInOrder) {
    std::vector<std::vector<int>> seen(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < seen.size(); ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 500; ++i) gate->post([&seen, t, i] { seen[t].push_back(i); });
        });
    }
    const auto all = [&] { return seen[0].size() + seen[1].size() + seen[2].size() + seen[3].size() == 2000; };
    EXPECT_TRUE(run_until(all));
    for (std::thread& thread : threads) thread.join();
    for (const auto& numbers : seen) EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
}

TEST_F(LoopGateTest, DropsWhatComesAfterItsClosing) {
    int calls = 0;
    gate->close();
    gate->post([&] { ++calls; });
    EXPECT_TRUE(gate->post_message(1, [&] { ++calls; })) << "not a reason to lose the connection again";
    run_for(Millis(5));
    EXPECT_EQ(calls, 0);
}

TEST_F(LoopGateTest, MakesASenderWaitUntilTheLoopHasTakenItsMessages) {
    std::atomic<int> posted = 0;
    int taken = 0;
    std::thread sender([&] {
        for (int i = 0; i < 10; ++i) {
            if (gate->post_message(half, [&] { ++taken; })) ++posted;
        }
    });
    EXPECT_TRUE(wait_until([&] { return posted == 2; }));
    EXPECT_EQ(posted, 2);
    EXPECT_TRUE(run_until([&] { return taken == 10; }));
    sender.join();
    EXPECT_EQ(posted, 10);
}

TEST_F(LoopGateTest, GivesUpOnALoopThatTakesNothing) {
    ASSERT_TRUE(gate->post_message(half, [] {}));
    ASSERT_TRUE(gate->post_message(half, [] {}));
    EXPECT_FALSE(gate->post_message(1, [] {}));
    run_for(Millis(1));
    EXPECT_TRUE(gate->post_message(1, [] {})) << "the loop took the others";
}

TEST_F(LoopGateTest, TakesAMessageLargerThanItsBoundWhenNothingElseWaits) {
    int taken = 0;
    EXPECT_TRUE(gate->post_message(LoopGate::most_waiting * 2, [&] { ++taken; }));
    EXPECT_TRUE(run_until([&] { return taken == 1; }));
}

TEST_F(LoopGateTest, LetsAWaitingSenderGoWhenItCloses) {
    ASSERT_TRUE(gate->post_message(LoopGate::most_waiting, [] {}));
    std::atomic<bool> returned = false;
    std::thread sender([&] {
        gate->post_message(1, [] {});
        returned = true;
    });
    const SteadyTime begun = std::chrono::steady_clock::now();
    gate->close();
    EXPECT_TRUE(wait_until([&] { return returned.load(); }, Millis(1500)));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, Millis(1500));
    sender.join();
}

}  // namespace
}  // namespace tillpost::test
