// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/cli_command.hpp"

namespace tillpost::test {
namespace {

using StatusCommandTest = CommandTest;

TEST_F(StatusCommandTest, ShowsATableInPlainWords) {
    status.source = "urn:tillpost:demo:0042:till-1";
    status.captured = 1234;
    status.devices = {{"scanner-1", false, "no such device \x1b[31m", 0}};
    serve();
    const auto command = start({"status"});
    EXPECT_EQ(finish(*command), 0);
    EXPECT_TRUE(contains(command->output(), "Captured     1,234 events")) << command->output();
    EXPECT_TRUE(contains(command->output(), "scanner-1  DOWN  0 observations, no such device \\x1b[31m"))
        << command->output();
    EXPECT_EQ(command->errors(), "");
}

TEST_F(StatusCommandTest, GivesProgramsTheJsonOfTheDaemon) {
    status.captured = 7;
    serve();
    const auto command = start({"status", "--json"});
    EXPECT_EQ(finish(*command), 0);
    EXPECT_EQ(command->output(), status_json(status) + "\n");
}

TEST_F(StatusCommandTest, TakesItsSocketFromTheOptionBeforeTheEnvironment) {
    const std::string environment = socket;
    socket = folder.file("other.sock");
    serve();
    socket = environment;
    const auto command = start({"status", "--socket", folder.file("other.sock")});
    EXPECT_EQ(finish(*command), 0) << command->errors();
}

TEST_F(StatusCommandTest, TakesItsSocketFromTheConfiguration) {
    serve();
    const std::string file = folder.file("tillpost.json");
    std::ofstream(file) << R"({"agent":{"tenant":"acme","store":"1","node":"t"},"journal":{"path":"/none/journal.db"},)"
                        << R"("broker":{"address":"tcp://127.0.0.1:1"},"control":{"socket":")" << socket << "\"}}";
    const std::string run = "unset TILLPOST_SOCKET; \"$TILLPOST\" ";
    for (const std::string& words : {"status -c " + file, "-c " + file + " status", "status --config " + file}) {
        const auto command = shell(run + words);
        EXPECT_EQ(finish(*command), 0) << words << ": " << command->errors();
    }
    std::ofstream(file) << "{";
    const auto broken = shell(run + "status -c " + file);
    EXPECT_EQ(finish(*broken), 64);
    EXPECT_TRUE(contains(broken->errors(), file)) << broken->errors();
    const auto none = shell(run + "status -c " + file + ".not");
    EXPECT_EQ(finish(*none), 64);
    EXPECT_TRUE(contains(none->errors(), "No such file")) << none->errors();
}

TEST_F(StatusCommandTest, SaysPlainlyThatTheDaemonIsNotRunning) {
    for (const char* name : {"status", "tail"}) {
        const auto command = start({name});
        EXPECT_EQ(finish(*command), 2);
        EXPECT_EQ(command->errors(),
                  "tillpost: tillpostd is not running, or its control socket is elsewhere: nothing listens at " +
                      socket + ". Start it: systemctl start tillpostd\n");
        EXPECT_EQ(command->output(), "");
    }
}

TEST_F(StatusCommandTest, TakesASocketWithoutAListenerForADaemonThatDied) {
    listen_on(socket);  // closed at once; its file stays
    const auto command = start({"status"});
    EXPECT_EQ(finish(*command), 2);
    EXPECT_TRUE(contains(command->errors(), "is not running")) << command->errors();
}

TEST_F(StatusCommandTest, SaysWhichGroupMayAsk) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become somebody else";
    serve();
    const std::string as_nobody = "exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$TILLPOST\" status";
    for (const mode_t mode : {0700, 0755}) {  // refused by the folder, refused by the socket
        for (const gid_t group : {0U, 1U}) {
            ASSERT_EQ(::chown(folder.path().c_str(), 0, group), 0);
            ASSERT_EQ(::chown(socket.c_str(), 0, group), 0);
            ASSERT_EQ(::chmod(folder.path().c_str(), mode), 0);
            const auto command = shell(as_nobody);
            EXPECT_EQ(finish(*command), 2) << command->errors();
            EXPECT_TRUE(contains(command->errors(), "permission denied")) << command->errors();
            const std::string advice =
                group == 0 ? "is for root: use sudo" : "usermod -aG daemon nobody, and log in again";
            EXPECT_TRUE(contains(command->errors(), advice)) << command->errors();
        }
    }
}

TEST_F(StatusCommandTest, PassesOnThatThereAreTooManyTails) {
    serve();
    std::vector<std::unique_ptr<Process>> tails;
    for (std::size_t i = 0; i < ControlServer::most_tails; ++i) tails.push_back(start({"tail"}));
    const auto all_told = [&] {
        server->confirmed("00000000000000ff", 1);
        return std::all_of(tails.begin(), tails.end(), [](const auto& each) { return !each->output().empty(); });
    };
    ASSERT_TRUE(run_until(all_told));
    const auto one_more = start({"tail"});
    EXPECT_EQ(finish(*one_more), 2);
    EXPECT_TRUE(contains(one_more->errors(), "too many connections of tillpost tail")) << one_more->errors();
    EXPECT_EQ(finish(*start({"status"})), 0);
}

TEST_F(StatusCommandTest, RefusesWhatIsNoDaemon) {
    const FileDescriptor listener = listen_on(socket);
    const auto command = start({"status"});
    FileDescriptor peer;
    const auto connected = [&] {
        peer = FileDescriptor(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        return peer.get() >= 0;
    };
    ASSERT_TRUE(run_until(connected));
    const std::string greeting = "220 \x1b[2J ESMTP\r\n";
    ASSERT_EQ(::send(peer.get(), greeting.data(), greeting.size(), 0), static_cast<ssize_t>(greeting.size()));
    EXPECT_EQ(finish(*command), 2);
    EXPECT_TRUE(contains(command->errors(), "gave no status")) << command->errors();
    EXPECT_FALSE(contains(command->errors(), "\x1b"));
}

using TailCommandTest = CommandTest;

TEST_F(TailCommandTest, PrintsEventsAsTheyComeAndEndsOnAnInterrupt) {
    serve();
    ::setenv("TZ", "<+01>-1", 1);
    const auto command = start({"tail"});
    ::unsetenv("TZ");
    ASSERT_TRUE(run_until([this] { return server->tailed(); }));
    server->captured(event(42, "pos/T01/7"));
    const std::string first = "11:15:30+01:00 42 captured sale pos/T01/7 ok feed\n";
    ASSERT_TRUE(run_until([&] { return contains(command->output(), first); })) << command->output();
    server->captured(event(43, "\x1b[2J\n"));
    server->sent("00000000000000ff", 43);
    server->confirmed("00000000000000ff", 42);
    const std::string all = first +
                            "11:15:30+01:00 43 captured sale \\x1b[2J\\n ok feed\n"
                            "… 43 sent\n"
                            "… 42 confirmed\n";
    EXPECT_TRUE(run_until([&] { return command->output() == all; })) << command->output();
    command->kill(SIGINT);
    EXPECT_EQ(finish(*command), 0) << command->errors();
    EXPECT_TRUE(run_until([this] { return !server->tailed(); }));
}

TEST_F(TailCommandTest, PrintsJsonWithoutControlCharacters) {
    serve();
    const auto command = start({"tail", "--json"});
    ASSERT_TRUE(run_until([this] { return server->tailed(); }));
    const CapturedEvent awkward = event(1, "\x7f\x1b\xc2\x9b");
    server->captured(awkward);
    EXPECT_TRUE(run_until([&] { return command->output() == captured_line(awkward); })) << command->output();
    command->kill(SIGTERM);
    EXPECT_EQ(finish(*command), 0);
}

TEST_F(TailCommandTest, SaysThatTheDaemonHasStopped) {
    serve();
    const auto command = start({"tail"});
    ASSERT_TRUE(run_until([this] { return server->tailed(); }));
    server->close();
    EXPECT_EQ(finish(*command), 2);
    EXPECT_EQ(command->errors(), "tillpost: tillpostd has stopped\n");
}

using UsageTest = CommandTest;

TEST_F(UsageTest, SaysWhatItCanDo) {
    const auto help = start({"--help"});
    EXPECT_EQ(finish(*help), 0);
    for (const char* part :
         {"status", "tail", "send", "--socket", "TILLPOST_SOCKET", "--version", "Examples:", "Exit codes:"}) {
        EXPECT_TRUE(contains(help->output(), part)) << part;
    }
    const auto version = start({"--version"});
    EXPECT_EQ(finish(*version), 0);
    EXPECT_EQ(version->output(), "tillpost " TILLPOST_VERSION "\n");
}

/// A script must not take a part of the output for the whole.
TEST_F(UsageTest, FailsWhenItsOutputCannotBeWritten) {
    serve();
    for (const char* command : {"status", "status --json", "--help", "--version", "rules", "schema sale"}) {
        const auto got = shell(std::string("exec \"$TILLPOST\" ") + command + " > /dev/full");
        EXPECT_EQ(finish(*got), 74) << command;
        EXPECT_TRUE(contains(got->errors(), "not all of the output was written")) << command << got->errors();
    }
}

TEST_F(UsageTest, HelpOfACommandIsOfThatCommand) {
    const auto help = start({"status", "--help"});
    EXPECT_EQ(finish(*help), 0);
    EXPECT_TRUE(contains(help->output(), "tillpostd is not running")) << help->output();
    EXPECT_FALSE(contains(help->output(), "tillpost journal verify")) << help->output();
}

TEST_F(UsageTest, HelpIsWrittenForPeople) {
    for (const char* program : {"tillpost-sim", "tillpost-central", "tillpostd"}) {
        Process help({program_path(program), {"--help"}});
        EXPECT_EQ(help.wait(), 0);
        for (const char* noise : {"UINT", "FLOAT", ":INT", "TEXT:", " in [", "e+06"}) {
            EXPECT_FALSE(contains(help.output(), noise)) << program << ": " << noise << "\n" << help.output();
        }
    }
    Process sim({program_path("tillpost-sim"), {"--help"}});
    EXPECT_EQ(sim.wait(), 0);
    EXPECT_TRUE(contains(sim.output(), "--in-flight N ")) << sim.output();
    EXPECT_TRUE(contains(sim.output(), "Lines sent and not answered, at most (1 to 4096) [64]")) << sim.output();
}

TEST_F(UsageTest, RefusesWhatItDoesNotKnow) {
    const std::vector<std::vector<std::string>> wrong{
        {}, {"sttus"}, {"status", "--jsn"}, {"status", "tail"}, {"send", "--quiet", "--json"}};
    for (const auto& arguments : wrong) {
        const auto command = start(arguments);
        EXPECT_EQ(finish(*command), 64);
        EXPECT_NE(command->errors(), "");
    }
    const auto misspelt = start({"sttus"});
    EXPECT_EQ(finish(*misspelt), 64);
    EXPECT_TRUE(contains(misspelt->errors(), "sttus")) << misspelt->errors();
}

}  // namespace
}  // namespace tillpost::test
