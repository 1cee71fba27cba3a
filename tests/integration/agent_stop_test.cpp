// SPDX-License-Identifier: Apache-2.0
// What ends the programs, and what does not.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include "tests/support/agent_rig.hpp"
#include "tests/support/packed_text.hpp"

namespace tillpost::test {
namespace {

constexpr std::array ignored{SIGHUP, SIGUSR1, SIGUSR2, SIGALRM};

bool says(const Process& process, std::string_view text) { return process.errors().find(text) != std::string::npos; }

TEST(AgentStopTest, NoSignalButTermAndIntEndsTheDaemonOrTheReceiver) {
    AgentRig rig;
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    for (Process* each : {&rig.agent(), &rig.central()}) {
        ASSERT_TRUE(wait_until([&] { return says(*each, "connected to the broker") || says(*each, "receiving"); }));
        for (const int signal : ignored) each->kill(signal);
        ASSERT_TRUE(wait_until([&] { return says(*each, "a signal is ignored") || !each->running(); }));
        EXPECT_TRUE(says(*each, "restart it to apply another configuration")) << each->errors();
    }
    FeedClient feed(rig.path("feed.sock"));
    EXPECT_TRUE(feed.ask(R"({"type":"other","till":"T1","number":1})").starts_with("{\"accepted\""));
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    EXPECT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    EXPECT_EQ(rig.central().stop(), 0) << rig.central().errors();
}

TEST(AgentStopTest, EveryLineThatWasSentIsAnsweredWhenItStops) {
    AgentRig rig;
    rig.start_agent();
    constexpr int sent = 600;
    std::string lines;
    for (int i = 1; i <= sent; ++i) {
        lines += R"({"type":"other","till":"T1","number":)" + std::to_string(i) + R"(,"text":")" +
                 std::string(100, 'x') + "\"}\n";
    }
    FeedClient feed(rig.path("feed.sock"));
    ASSERT_TRUE(feed.send(lines));
    rig.agent().kill(SIGTERM);
    std::array<int, 3> answers{};
    for (int i = 0; i < sent; ++i) {
        const std::string answer = feed.receive();
        const bool accepted = answer.starts_with("{\"accepted\"");
        const bool refused = answer.starts_with(R"({"refused":{"reason":"shutdown: )");
        ++answers.at(accepted ? 0 : refused ? 1 : 2);
    }
    EXPECT_EQ(answers[0] + answers[1], sent) << answers[2] << " were not answered";
    errno = 0;
    EXPECT_EQ(feed.receive(), "");
    EXPECT_NE(errno, ECONNRESET);
    EXPECT_EQ(rig.agent().wait(), 0) << rig.agent().errors();
}

// [durable-2] A limit that somebody set for a shell or the unit.
TEST(AgentStopTest, AFileSizeLimitEndsItByItsNameAndLosesNothing) {
    AgentRig::Options options;
    options.agent_runner = "prlimit --fsize=1048576";
    AgentRig rig(options);
    rig.broker().start();
    rig.start_agent();
    const auto ask = [](FeedClient& feed, int number) {
        return feed.ask(R"({"type":"other","till":"T1","number":)" + std::to_string(number) + R"(,"text":")" +
                        filler(30'000) + "\"}");
    };
    constexpr int most = 200;
    std::vector<std::string> told;
    std::string answer;
    {
        FeedClient feed(rig.path("feed.sock"));
        for (int i = 1; i <= most; ++i) {
            answer = ask(feed, i);
            if (!answer.starts_with("{\"accepted\"")) break;
            told.push_back(answer);
        }
    }
    ASSERT_LT(told.size(), std::size_t{most});
    EXPECT_EQ(rig.agent().wait().value_or(-1), 1) << rig.agent().errors();
    EXPECT_TRUE(says(rig.agent(), "ulimit -f")) << rig.agent().errors();
    EXPECT_NE(answer.find("LimitFSIZE="), std::string::npos) << answer;
    rig.run_agent_by("");
    rig.start_central();
    rig.start_agent();
    FeedClient feed(rig.path("feed.sock"));
    for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(ask(feed, static_cast<int>(i) + 1), told[i]);
    EXPECT_TRUE(ask(feed, static_cast<int>(told.size()) + 1).starts_with("{\"accepted\""));
    EXPECT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
}

}  // namespace
}  // namespace tillpost::test
