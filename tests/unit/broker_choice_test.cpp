// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/broker_choice.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tillpost {
namespace {

using namespace std::chrono_literals;
using Order = std::vector<std::size_t>;

constexpr std::uint64_t half = 150'000;  ///< As `random`: the next look comes exactly return_after from now.

class BrokerChoiceTest : public ::testing::Test {
protected:
    SteadyTime at(std::chrono::seconds seconds) const { return SteadyTime(1h) + seconds; }
    BrokerChoice choice{{.brokers = 3}};
};

/// What happens, one word a step: "+2@10" connected to 2 at second 10, "-@20" lost, "!0@30" refused by 0.
struct Case {
    const char* name;
    std::vector<std::string> steps;
    int asked_at;
    Order order;
};

class RoundTest : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Histories, RoundTest,
    ::testing::Values(
        Case{"nothing_yet", {}, 0, {0, 1, 2}}, Case{"lost_after_a_minute", {"+0@0", "-@60"}, 61, {0, 1, 2}},
        Case{"lost_too_soon", {"+0@0", "-@59"}, 60, {1, 2, 0}},
        Case{"set_aside_for_a_minute", {"+0@0", "-@10"}, 69, {1, 2, 0}},
        Case{"and_no_longer", {"+0@0", "-@10"}, 70, {0, 1, 2}}, Case{"refused", {"!0@0"}, 1, {1, 2, 0}},
        Case{"twice_as_long_the_second_time", {"!0@0", "!0@60"}, 179, {1, 2, 0}},
        Case{"and_back_after_that", {"!0@0", "!0@60"}, 180, {0, 1, 2}},
        Case{"a_stable_connection_makes_good", {"!0@0", "!0@60", "+0@200", "-@300", "!0@400"}, 461, {0, 1, 2}},
        Case{"all_refuse", {"!0@0", "!1@1", "!2@2"}, 3, {0, 1, 2}},
        Case{"one_that_refuses_again_is_behind_the_others", {"!0@0", "!1@1", "!2@2", "!0@3"}, 4, {1, 2, 0}},
        Case{"half_an_hour_at_most",
             {"!1@0", "!1@1", "!1@2", "!1@3", "!1@4", "!1@5", "!1@6", "!1@7", "!1@8"},
             1808,
             {0, 1, 2}},
        Case{"and_no_less", {"!1@0", "!1@1", "!1@2", "!1@3", "!1@4", "!1@5"}, 1804, {0, 2, 1}}),
    [](const auto& which) { return std::string(which.param.name); });

TEST_P(RoundTest, TriesEachBrokerOnceInThisOrder) {
    BrokerChoice choice({.brokers = 3});
    const auto time = [](const std::string& step) {
        return SteadyTime(1h) + std::chrono::seconds(std::stoi(step.substr(step.find('@') + 1)));
    };
    for (const std::string& step : GetParam().steps) {
        const auto broker = static_cast<std::size_t>(step[1] - '0');
        if (step[0] == '+') choice.connected(broker, time(step), half);
        if (step[0] == '!') choice.refused(broker, time(step));
        if (step[0] == '-') choice.lost(time(step));
    }
    EXPECT_EQ(choice.round(SteadyTime(1h) + std::chrono::seconds(GetParam().asked_at)), GetParam().order);
}

TEST_F(BrokerChoiceTest, LooksForNothingBetterThanTheBest) {
    EXPECT_EQ(choice.look_at(), SteadyTime::max());
    choice.connected(0, at(0s), half);
    EXPECT_EQ(choice.look_at(), SteadyTime::max());
    EXPECT_EQ(choice.better(at(9999s), half), Order{});
}

TEST_F(BrokerChoiceTest, LooksAtTheBetterOnesAtABoundedRate) {
    choice.connected(2, at(0s), half);
    EXPECT_EQ(choice.look_at(), at(300s));
    EXPECT_EQ(choice.better(at(299s), half), Order{});
    EXPECT_EQ(choice.better(at(300s), half), (Order{0, 1}));
    EXPECT_EQ(choice.better(at(301s), half), Order{}) << "not again at once";
    EXPECT_EQ(choice.look_at(), at(600s));
    choice.lost(at(700s));
    EXPECT_EQ(choice.look_at(), SteadyTime::max());
}

TEST_F(BrokerChoiceTest, SpreadsTheLooksOfAFleet) {
    for (const auto& [random, seconds] :
         {std::pair{0ULL, 150s}, std::pair{300'000ULL, 450s}, std::pair{300'001ULL, 150s}}) {
        choice.connected(1, at(0s), random);
        EXPECT_EQ(choice.look_at(), at(seconds)) << random;
    }
}

TEST_F(BrokerChoiceTest, DoesNotLeaveAConnectionThatWorksForABrokerSetAside) {
    choice.connected(0, at(0s), half);
    choice.lost(at(290s));
    choice.refused(0, at(300s));
    choice.refused(0, at(360s));
    choice.refused(0, at(480s));  // for four minutes
    choice.connected(1, at(481s), 0);
    EXPECT_EQ(choice.better(at(631s), half), Order{}) << "set aside until 720 s";
    EXPECT_EQ(choice.better(at(931s), half), Order{0});
}

TEST_F(BrokerChoiceTest, LeavingForABetterOneIsNoFault) {
    choice.connected(1, at(0s), half);
    choice.left();
    choice.lost(at(5s));
    EXPECT_EQ(choice.round(at(6s)), (Order{0, 1, 2}));
    EXPECT_FALSE(choice.current());
}

}  // namespace
}  // namespace tillpost
