// SPDX-License-Identifier: Apache-2.0
// What the daemon tells its service manager (sd_notify(3)), and its log, while the disk answers and while it hangs.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>

#include "platform/files.hpp"
#include "tests/support/agent_rig.hpp"

namespace tillpost::test {
namespace {

/// The service manager's end.
class NotifySocket {
public:
    explicit NotifySocket(const std::string& path)
        : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(static_cast<char*>(address.sun_path), sizeof(address.sun_path) - 1);
        const auto* const any = reinterpret_cast<const sockaddr*>(&address);
        EXPECT_EQ(::bind(socket_.get(), any, sizeof(address)), 0) << std::strerror(errno);
    }
    /// How often that was said since the last call.
    int take(const std::string& word) {
        read_all();
        return static_cast<int>(std::erase(said_, word));
    }

private:
    void read_all() {
        std::array<char, 512> message{};
        for (;;) {
            const ssize_t size = ::recv(socket_.get(), message.data(), message.size(), 0);
            if (size < 0) return;
            said_.emplace_back(message.data(), static_cast<std::size_t>(size));
        }
    }
    FileDescriptor socket_;
    std::vector<std::string> said_;
};

constexpr const char* watchdog = "WATCHDOG=1";

class ServiceTest : public ::testing::Test {
protected:
    AgentRig::Options options() const {
        AgentRig::Options options = AgentRig::impatient();
        options.agent_environment = {"LD_PRELOAD=" + program_path("../lib/libtillpost_disk_shim.so"),
                                     "TILLPOST_DISK_FILES=journal.db,journal.db-wal",
                                     "TILLPOST_DISK_FAULT=" + control.file("fault"),
                                     "NOTIFY_SOCKET=" + control.file("notify"), "WATCHDOG_USEC=1000000"};
        return options;
    }
    bool comes(const std::string& word) {
        return wait_until([&] { return manager.take(word) > 0; });
    }
    bool logs(const std::string& words) {
        return wait_until([&] { return rig.agent().errors().find(words) != std::string::npos; });
    }

    TempDir control;
    NotifySocket manager{control.file("notify")};
    AgentRig rig{options()};
};

TEST_F(ServiceTest, TheWatchdogIsFedOnlyWhileTheDiskAnswersAndTheLogSaysWhy) {  // [durable-2]
    rig.start_agent();
    ASSERT_TRUE(comes("READY=1")) << rig.agent().errors();
    ASSERT_TRUE(comes(watchdog)) << rig.agent().errors();
    EXPECT_EQ(manager.take("STOPPING=1"), 0);
    (void)control.write("fault", "slow 4500");
    FeedClient feed(rig.path("feed.sock"));
    ASSERT_TRUE(feed.send("bad\n"));
    ASSERT_TRUE(logs("the service manager is told no longer that all is well")) << rig.agent().errors();
    (void)manager.take(watchdog);
    (void)control.write("fault", "");
    ASSERT_TRUE(logs("error the disk does not answer: nothing is recorded")) << rig.agent().errors();
    EXPECT_EQ(rig.agent().errors().find("the disk answers again"), std::string::npos);
    EXPECT_EQ(manager.take(watchdog), 0) << "it hangs";
    ASSERT_TRUE(logs("the disk answers again after_s=")) << rig.agent().errors();
    EXPECT_FALSE(feed.receive().empty());
    ASSERT_TRUE(comes(watchdog)) << "again";
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0) << rig.agent().errors();
    EXPECT_EQ(manager.take("STOPPING=1"), 1);
}

}  // namespace
}  // namespace tillpost::test
