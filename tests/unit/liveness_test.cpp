// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/liveness.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tillpost {
namespace {

using namespace std::chrono_literals;
using Verdict = Liveness::Verdict;

constexpr Millis keep_alive = 8s;  // dead after 18 s; idle echo after 80 s

/// What happens, one word a step: "s@3" something was sent at second 3, "a@4" it was answered, "h@5" something came in,
/// "e@8" an echo went out (which is sent, too).
struct LivenessCase {
    const char* name;
    std::vector<std::string> steps;
    double echo_at;  ///< judge() says nothing before, `echo` from then on …
    double dead_at;  ///< … and `dead` from then on; 0 for never.
};

class LivenessTest : public ::testing::TestWithParam<LivenessCase> {
protected:
    static SteadyTime at(double seconds) { return SteadyTime(1h) + Millis(static_cast<long>(seconds * 1000)); }
    Liveness after_steps() const {
        Liveness line(keep_alive);
        line.connected(at(0));
        for (const std::string& step : GetParam().steps) {
            const SteadyTime now = at(std::stod(step.substr(2)));
            if (step[0] == 's' || step[0] == 'e') line.sent(now);
            if (step[0] == 'a') line.answered(now);
            if (step[0] == 'h') line.heard(now);
            if (step[0] == 'e') line.echoed(now);
        }
        return line;
    }
};

INSTANTIATE_TEST_SUITE_P(Histories, LivenessTest,
                         ::testing::Values(LivenessCase{"idle_is_tested_now_and_then", {}, 80, 0},
                                           LivenessCase{"idle_after_traffic", {"s@1", "a@2"}, 80, 0},
                                           LivenessCase{"unanswered", {"s@1"}, 9, 19},
                                           LivenessCase{"after_a_long_silence", {"s@70"}, 78, 88},
                                           LivenessCase{"sending_on_is_no_answer", {"s@1", "s@5", "s@8"}, 9, 19},
                                           LivenessCase{"one_of_two_is_answered", {"s@1", "s@2", "a@6"}, 14, 24},
                                           LivenessCase{"a_receipt_is_an_answer_too", {"s@1", "h@7"}, 15, 25},
                                           LivenessCase{"echo_once_and_then_dead", {"s@1", "e@9"}, 19, 19},
                                           LivenessCase{"the_echo_comes_back", {"s@1", "e@9", "h@10"}, 18, 28},
                                           LivenessCase{
                                               "its_acknowledgement_is_enough", {"s@1", "e@9", "a@10"}, 18, 28},
                                           LivenessCase{"idle_echo_unanswered", {"e@80"}, 98, 98},
                                           LivenessCase{"idle_echo_answered", {"e@80", "a@80.1", "h@80.2"}, 160, 0}),
                         [](const auto& which) { return std::string(which.param.name); });

TEST_P(LivenessTest, AsksAndGivesUpInTime) {
    const Liveness line = after_steps();
    const LivenessCase& the = GetParam();
    EXPECT_EQ(line.due(), at(the.echo_at));
    EXPECT_EQ(line.judge(at(the.echo_at - 0.001)), Verdict::fine);
    if (the.echo_at != the.dead_at) {
        EXPECT_EQ(line.judge(at(the.echo_at)), Verdict::echo);
    }
    if (the.dead_at == 0) {
        EXPECT_EQ(line.judge(at(the.echo_at + 1000)), Verdict::echo);
    } else {
        EXPECT_EQ(line.judge(at(the.dead_at - 0.001)), the.echo_at == the.dead_at ? Verdict::fine : Verdict::echo);
        EXPECT_EQ(line.judge(at(the.dead_at)), Verdict::dead);
    }
}

TEST(LivenessPromiseTest, GivesUpWithinTwoAndAHalfKeepAlives) {
    for (const Millis each : {5s, 30s, 3600s}) EXPECT_LT(Liveness(each).dead_after(), each * 5 / 2);
}

TEST(LivenessPromiseTest, BeginsAnewWithAConnection) {
    Liveness line(keep_alive);
    line.connected(SteadyTime(1h));
    line.sent(SteadyTime(1h));
    line.connected(SteadyTime(2h));
    EXPECT_EQ(line.judge(SteadyTime(2h) + 79s), Verdict::fine);
}

}  // namespace
}  // namespace tillpost
