// SPDX-License-Identifier: Apache-2.0
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include "tests/integration/feed_support.hpp"
#include "tests/support/process.hpp"

namespace tillpost::test {
namespace {

class FeedSocketTest : public FeedTest {
protected:
    std::string failure() {
        const auto done = try_start();
        return done ? "started" : done.error().message;
    }
    mode_t mode() const {
        struct stat entry {};
        return ::lstat(settings.socket_path.c_str(), &entry) == 0 ? entry.st_mode : 0;
    }
    /// What a child that became that user and those groups reads after it connected and sent a line.
    std::string read_as(uid_t user, gid_t group, std::vector<gid_t> groups) {
        const auto body = [&] {
            if (::setgroups(groups.size(), groups.data()) != 0 || ::setgid(group) != 0 || ::setuid(user) != 0) return;
            PosConnection client = connect();
            if (!client.connected()) return;
            client.send("1\n");
            wait_until([&] { return client.has(1); });
            const std::string line = client.lines.empty() ? "nothing" : client.lines[0];
            [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, line.data(), line.size());
        };
        Process child{std::function<void()>(body)};
        EXPECT_TRUE(run_until([&] { return !child.running(); }));
        return child.output();
    }
    /// So that only the feed's own check decides who gets in.
    void open_to_all() {
        ASSERT_EQ(::chmod(dir.path().c_str(), 0755), 0);
        ASSERT_EQ(::chmod(settings.socket_path.c_str(), 0666), 0);
    }
};

TEST_F(FeedSocketTest, IsForItsUserAndGroupOnly) {
    const mode_t before = ::umask(0);
    start();
    ::umask(before);
    EXPECT_EQ(mode(), S_IFSOCK | 0660U);
}

TEST_F(FeedSocketTest, BelongsToTheConfiguredGroup) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    settings.socket_group = "mail";
    start();
    struct stat entry {};
    ASSERT_EQ(::lstat(settings.socket_path.c_str(), &entry), 0);
    EXPECT_EQ(entry.st_gid, ::getgrnam("mail")->gr_gid);
}

TEST_F(FeedSocketTest, IsRemovedAtTheEnd) {
    start();
    feed->drain();
    EXPECT_EQ(mode(), 0U);
    ASSERT_TRUE(run_until([&] { return tasks.idle(); }));
}

TEST_F(FeedSocketTest, LeavesTheSocketOfASuccessorAlone) {
    start();
    ::unlink(settings.socket_path.c_str());
    Feed successor(loop.get_executor(), settings, sink);
    ASSERT_TRUE(successor.start());
    feed->drain();
    ASSERT_TRUE(run_until([&] { return tasks.idle(); }));
    EXPECT_EQ(mode(), S_IFSOCK | 0660U);
}

TEST_F(FeedSocketTest, ReplacesWhatAKilledDaemonLeft) {
    {
        const FileDescriptor dead(::socket(AF_UNIX, SOCK_STREAM, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, settings.socket_path.data(), settings.socket_path.size());
        ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    sink.at_once = true;
    start();
    PosConnection client = connect();
    client.send("1\n");
    EXPECT_TRUE(reads(client, 1));
}

TEST_F(FeedSocketTest, DoesNotTakeTheSocketFromADaemonThatAnswers) {
    sink.at_once = true;
    Feed first(loop.get_executor(), settings, sink);
    ASSERT_TRUE(first.start());
    const auto second = try_start();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::rejected);
    EXPECT_EQ(second.error().message, "feed: socket " + settings.socket_path +
                                          ": another program answers there: is the daemon running already?");
    spawn("first", first.run());
    PosConnection client = connect();
    client.send("1\n");
    EXPECT_TRUE(reads(client, 1));
    stop_tasks();
}

TEST_F(FeedSocketTest, NeverTouchesAPathThatIsNoSocket) {
    dir.write("feed.sock", "somebody's book-keeping");
    EXPECT_NE(failure().find("is not a socket"), std::string::npos);
    EXPECT_EQ(content_of(settings.socket_path), "somebody's book-keeping");
}

TEST_F(FeedSocketTest, NeverFollowsALink) {
    dir.write("target", "content");
    ASSERT_EQ(::symlink(dir.file("target").c_str(), settings.socket_path.c_str()), 0);
    EXPECT_NE(failure().find("is not a socket"), std::string::npos);
    EXPECT_EQ(content_of(dir.file("target")), "content");
    EXPECT_TRUE(S_ISLNK(mode()));
}

TEST_F(FeedSocketTest, SaysWhatIsWrongWithItsPath) {
    settings.socket_path = dir.file(std::string(200, 'x'));
    EXPECT_NE(failure().find("bytes, a socket's has 1 to 107"), std::string::npos) << failure();
    settings.socket_path = "";
    EXPECT_NE(failure().find("the path has 0 bytes"), std::string::npos) << failure();
    settings.socket_path = dir.file("no-such-folder/feed.sock");
    EXPECT_NE(failure().find("bind (is its folder there?): No such file"), std::string::npos) << failure();
}

TEST_F(FeedSocketTest, SaysWhichNameTheSystemDoesNotKnow) {
    settings.users = {"no-such-user"};
    EXPECT_EQ(failure(), "feed: there is no user \"no-such-user\"");
    settings.users = {};
    settings.socket_group = "no-such-group";
    EXPECT_NE(failure().find("there is no group \"no-such-group\""), std::string::npos);
    EXPECT_EQ(mode(), 0U) << "nothing is left behind";
}

TEST_F(FeedSocketTest, SaysWhenTheTcpPortIsTaken) {
    settings.tcp_port = 0;
    start();
    FeedSettings other = settings;
    other.socket_path = dir.file("other.sock");
    other.tcp_port = feed->tcp_port();
    Feed second(loop.get_executor(), other, sink);
    const auto done = second.start();
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().message.find("Address already in use"), std::string::npos) << done.error().message;
}

TEST_F(FeedSocketTest, RefusesAUserWhoIsNotAllowed) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
    settings.users = {"mail"};
    start();
    open_to_all();
    const std::string line = read_as(54321, 54321, {});
    EXPECT_TRUE(line.starts_with(R"({"refused":{"reason":"not_allowed: the user with number 54321)")) << line;
    EXPECT_TRUE(sink.observations.empty());
}

TEST_F(FeedSocketTest, LetsInUsersAndMembersOfBothKindsOfGroups) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
    sink.at_once = true;
    settings.users = {"daemon"};
    settings.groups = {"mail"};
    start();
    open_to_all();
    const gid_t mail = ::getgrnam("mail")->gr_gid;
    EXPECT_EQ(read_as(::getpwnam("daemon")->pw_uid, 54321, {}), accepted(1));
    EXPECT_EQ(read_as(54321, mail, {}), accepted(2));
    EXPECT_EQ(read_as(54321, 54321, {54320, mail}), accepted(3));
    EXPECT_TRUE(read_as(54321, 54321, {54320}).starts_with(R"({"refused")"));
}

}  // namespace
}  // namespace tillpost::test
