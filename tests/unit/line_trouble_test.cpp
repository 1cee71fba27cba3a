// SPDX-License-Identifier: Apache-2.0
// What the status says of a line that is up and of little use.
#include <gtest/gtest.h>

#include <vector>

#include "agent/forward/takeovers.hpp"
#include "agent/forward/unconfirmed.hpp"

namespace tillpost::test {
namespace {

using namespace std::chrono_literals;

using End = Takeovers::End;

TEST(TakeoversTest, AreSaidWhereTheBrokerSaysSoOrIsStillThereAgainAndAgain) {
    struct Connection {
        End how;
        std::chrono::seconds lasted;
    };
    const Connection closed{End::closed, 1s}, broken{End::other, 1s}, good{End::other, 200s};
    const struct {
        const char* what;
        std::vector<Connection> ended;
        bool suspected;
        std::chrono::seconds until = 30s;  ///< What the present connection lasts then
    } table[] = {
        {"nothing yet", {}, false},
        {"MQTT 5: its word", {{End::taken_over, 3600s}}, true, 180s},
        {"and broken lines between", {{End::taken_over, 1s}, broken, broken}, true, 180s},
        {"until a connection lasts", {{End::taken_over, 1s}, good}, false},
        {"a line that flaps", {broken, broken, broken, broken, broken, broken}, false},
        {"twice closed by a broker that is there", {closed, closed}, false},
        {"three times", {closed, closed, closed}, true},
        {"with a broken line between", {closed, closed, broken, closed, closed}, false},
        {"long ones between say nothing", {closed, {End::closed, 100s}, closed, {End::closed, 10s}, closed}, true},
        {"none of them is short", {{End::closed, 10s}, {End::closed, 59s}, {End::closed, 170s}}, false},
        {"a good one between", {closed, closed, {End::closed, 180s}, closed, closed}, false},
    };
    for (const auto& row : table) {
        Takeovers takeovers;
        for (const Connection& each : row.ended) takeovers.ended(each.how, each.lasted);
        EXPECT_EQ(takeovers.suspected(), row.suspected) << row.what;
        EXPECT_EQ(takeovers.suspected(row.until - 1s), row.suspected) << row.what;
        EXPECT_FALSE(takeovers.suspected(row.until)) << row.what << ": the present one has lasted";
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
    EXPECT_EQ(unconfirmed.since(at(2s), true), std::nullopt);
    EXPECT_EQ(unconfirmed.since(at(3s), true), wall(0s)) << "nothing more may be sent";
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
