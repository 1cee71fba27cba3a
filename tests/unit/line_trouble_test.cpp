// SPDX-License-Identifier: Apache-2.0
// What the status says of a line that is up and of little use.
#include <gtest/gtest.h>

#include <vector>

#include "agent/forward/takeovers.hpp"
#include "agent/forward/unconfirmed.hpp"

namespace tillpost::test {
namespace {

using namespace std::chrono_literals;

TEST(TakeoversTest, AreSuspectedWhenGoodConnectionsEndSoonInARow) {
    const struct {
        const char* what;
        std::vector<std::chrono::seconds> lasted;
        bool suspected;
    } table[] = {
        {"nothing yet", {}, false},
        {"a broker that restarts twice", {5s, 5s}, false},
        {"again and again", {5s, 1s, 59s}, true},
        {"a network that is down each hour", {1h, 1h, 1h, 1h}, false},
        {"neither short nor long", {60s, 100s, 170s, 60s}, false},
        {"short ones between longer ones", {5s, 100s, 5s, 100s, 5s}, true},
        {"a good one between", {5s, 5s, 180s, 5s, 5s}, false},
    };
    for (const auto& row : table) {
        Takeovers takeovers;
        for (const auto lasted : row.lasted) takeovers.ended(lasted);
        EXPECT_EQ(takeovers.suspected(), row.suspected) << row.what;
        EXPECT_FALSE(takeovers.suspected(180s)) << row.what << ": the present one has lasted";
    }
}

class UnconfirmedTest : public ::testing::Test {
protected:
    SteadyTime at(std::chrono::seconds time) const { return SteadyTime() + 1h + time; }
    WallTime wall(std::chrono::seconds time) const { return WallTime() + 1h + time; }
    void sent(std::chrono::seconds time) { unconfirmed.sent(at(time), wall(time)); }
    void progress(std::chrono::seconds time, bool more) { unconfirmed.progress(more, at(time), wall(time)); }
    Unconfirmed unconfirmed;
};

TEST_F(UnconfirmedTest, IsSaidWhenNothingIsConfirmedForALongerTime) {
    EXPECT_EQ(unconfirmed.since(at(1h)), std::nullopt) << "nothing was sent";
    sent(0s);
    sent(10s);
    EXPECT_EQ(unconfirmed.since(at(14s)), std::nullopt);
    EXPECT_EQ(unconfirmed.since(at(15s)), wall(0s)) << "since the first one";
}

TEST_F(UnconfirmedTest, BeginsAnewWithEachProgress) {
    sent(0s);
    progress(20s, true);
    EXPECT_EQ(unconfirmed.since(at(34s)), std::nullopt);
    EXPECT_EQ(unconfirmed.since(at(35s)), wall(20s));
    progress(40s, false);
    EXPECT_EQ(unconfirmed.since(at(1h)), std::nullopt);
}

}  // namespace
}  // namespace tillpost::test
