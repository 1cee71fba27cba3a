// SPDX-License-Identifier: Apache-2.0
#include "platform/network_watch.hpp"

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>

#include <cstring>
#include <string>
#include <thread>

#include "tests/support/loop_test.hpp"
#include "tests/support/loopback.hpp"

namespace tillpost::test {
namespace {

template <class T>
std::string message(std::uint16_t type, const T& content) {
    nlmsghdr header{};
    header.nlmsg_len = NLMSG_LENGTH(sizeof content);
    header.nlmsg_type = type;
    std::string bytes(NLMSG_SPACE(sizeof content), '\0');
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + NLMSG_HDRLEN, &content, sizeof content);
    return bytes;
}

std::string link(int index, unsigned flags, std::uint16_t type = RTM_NEWLINK) {
    ifinfomsg content{};
    content.ifi_index = index;
    content.ifi_flags = flags;
    return message(type, content);
}

std::string address(unsigned char flags, std::uint16_t type = RTM_NEWADDR) {
    ifaddrmsg content{};
    content.ifa_flags = flags;
    return message(type, content);
}

constexpr unsigned running = IFF_UP | IFF_RUNNING;

TEST(LinkStatesTest, TellsALinkThatBeginsToRunOnce) {
    LinkStates states;
    EXPECT_FALSE(states.tells_up(link(2, IFF_UP)));
    EXPECT_TRUE(states.tells_up(link(2, running)));
    EXPECT_FALSE(states.tells_up(link(2, running))) << "said again, for another reason";
    EXPECT_TRUE(states.tells_up(link(3, running))) << "another link";
    EXPECT_FALSE(states.tells_up(link(2, IFF_UP))) << "the cable is out";
    EXPECT_TRUE(states.tells_up(link(2, running)));
    EXPECT_FALSE(states.tells_up(link(2, running, RTM_DELLINK)));
    EXPECT_TRUE(states.tells_up(link(2, running))) << "the number was given again";
}

TEST(LinkStatesTest, TellsAnAddressThatCanBeUsed) {
    LinkStates states;
    EXPECT_TRUE(states.tells_up(address(0)));
    EXPECT_FALSE(states.tells_up(address(IFA_F_TENTATIVE)));
    EXPECT_FALSE(states.tells_up(address(0, RTM_DELADDR)));
    EXPECT_TRUE(states.tells_up(link(2, IFF_UP) + address(0))) << "two messages in one datagram";
}

TEST(LinkStatesTest, TakesNothingFromBytesThatAreCutOffOrWrong) {
    const std::string whole = link(2, running);
    for (std::size_t size = 0; size < NLMSG_LENGTH(sizeof(ifinfomsg)); ++size) {
        LinkStates states;
        EXPECT_FALSE(states.tells_up(std::string_view(whole).substr(0, size))) << size;
    }
    LinkStates states;
    std::string no_length = whole;
    no_length.replace(0, 4, std::string(4, '\0'));
    EXPECT_FALSE(states.tells_up(no_length)) << "and no endless loop";
    EXPECT_FALSE(states.tells_up(std::string(64, '\xff')));
}

TEST(LinkStatesTest, RemembersABoundedNumberOfLinks) {
    LinkStates states;
    for (int i = 1; i < 10'000; ++i) EXPECT_TRUE(states.tells_up(link(i, running)));
}

class NetworkWatchTest : public LoopTest {
protected:
    void TearDown() override { stop_tasks(); }
    /// Opens the watch in a network namespace of its own, which the calling thread stays in.
    Result<void> open_inside() {
        if (::unshare(CLONE_NEWNET) != 0) return system_error("unshare", errno);
        return watch.open();
    }
    int ups = 0;
    NetworkWatch watch{loop.get_executor(), [this] { ++ups; }};
};

TEST_F(NetworkWatchTest, OpensWithoutPrivileges) {
    const auto opened = watch.open();
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
}

TEST_F(NetworkWatchTest, EndsAtOnceWhenItIsNotOpen) { await(watch.run()); }

TEST_F(NetworkWatchTest, TellsOnceWhenALinkComesUp) {
    bool allowed = false;
    bool raised = false;
    // A thread of its own: only the thread that calls unshare() changes its namespace, and this one is kept.
    std::thread inside([&] {
        const auto opened = open_inside();
        allowed = opened.has_value();
        raised = allowed && set_loopback(true);
    });
    inside.join();
    if (!allowed) GTEST_SKIP() << "a network namespace of one's own needs root";
    ASSERT_TRUE(raised);
    spawn("watch", watch.run());
    ASSERT_TRUE(run_until([&] { return ups > 0; }));
    run_for(NetworkWatch::settle + Millis(100));
    EXPECT_EQ(ups, 1) << "link and addresses together";
}

}  // namespace
}  // namespace tillpost::test
