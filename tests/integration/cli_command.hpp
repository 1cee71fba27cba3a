// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "agent/status/control_server.hpp"
#include "agent/status/status_json.hpp"
#include "platform/files.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

/// What the tests of the command `tillpost` share.
namespace tillpost::test {

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline FileDescriptor listen_on(const std::string& path) {
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket.get(), 4), 0);
    return socket;
}

/// The command as a process, and the daemon's control socket in this test's loop.
class CommandTest : public LoopTest {
protected:
    CommandTest() : socket(folder.file("control.sock")), feed(folder.file("feed.sock")) {}
    void TearDown() override {
        if (server) server->close();
        stop_tasks();
    }
    void serve() {
        server = std::make_unique<ControlServer>(loop.get_executor(), socket, [this] { return status; });
        const auto started = server->start();
        ASSERT_TRUE(started) << started.error().message;
        spawn("control socket", server->run());
    }
    std::unique_ptr<Process> start(std::vector<std::string> arguments) {
        const Process::Command command{program_path("tillpost"), std::move(arguments), {"TILLPOST_SOCKET=" + socket}};
        return std::make_unique<Process>(command);
    }
    /// Through a shell, for its standard input and its user.
    std::unique_ptr<Process> shell(const std::string& line) {
        const Process::Command command{
            "sh", {"-c", line}, {"TILLPOST=" + program_path("tillpost"), "TILLPOST_SOCKET=" + socket}};
        return std::make_unique<Process>(command);
    }
    /// The exit code, with this test's loop running meanwhile; -1 if it does not end.
    int finish(Process& process) {
        run_until([&] { return !process.running(); });
        return process.wait(Millis(0)).value_or(-1);
    }
    static CapturedEvent event(std::uint64_t sequence, const std::string& subject) {
        return {"00000000000000ff", sequence, "sale", "2026-11-23T10:15:30.123Z", subject, "ok", "feed"};
    }

    TempDir folder;
    std::string socket;
    std::string feed;
    Status status;
    std::unique_ptr<ControlServer> server;
};

}  // namespace tillpost::test
