// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "agent/status/control_server.hpp"
#include "agent/status/status_json.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {
namespace {

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

/// A client that never blocks: the server runs on the same thread.
class Peer {
public:
    explicit Peer(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        const sockaddr_un address = address_of(path);
        connected = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    bool send(const std::string& bytes) {
        return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
    }
    /// Sends what can be sent at once; false when the server takes nothing more.
    bool send_some(std::string& bytes) {
        const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0) bytes.erase(0, static_cast<std::size_t>(sent));
        return sent > 0 || errno == EAGAIN;
    }
    /// Takes what has come; true when the server has closed.
    bool take() {
        char part[65536];
        for (;;) {
            const ssize_t got = ::recv(socket_.get(), part, sizeof part, 0);
            if (got > 0) received.append(part, static_cast<std::size_t>(got));
            if (got == 0 || (got < 0 && errno == ECONNRESET)) return true;
            if (got < 0) return false;
        }
    }
    void finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }
    void leave() { socket_ = FileDescriptor(); }

    bool connected = false;
    std::string received;

private:
    FileDescriptor socket_;
};

class ControlServerTest : public LoopTest {
protected:
    ControlServerTest() : path(folder.file("control.sock")) { make(); }
    void TearDown() override {
        server->close();
        stop_tasks();
    }
    void make() {
        server = std::make_unique<ControlServer>(loop.get_executor(), path, [this] { return status; });
    }
    void start() {
        const auto started = server->start();
        ASSERT_TRUE(started) << started.error().message;
        spawn("control socket", server->run());
    }
    /// Once there is room in the socket's queue.
    std::unique_ptr<Peer> connect() {
        auto peer = std::make_unique<Peer>(path);
        EXPECT_TRUE(run_until([&] { return peer->connected || (peer = std::make_unique<Peer>(path), false); }));
        return peer;
    }
    bool receives(Peer& peer, const std::string& text) {
        return run_until([&] { return peer.take(), peer.received.find(text) != std::string::npos; });
    }
    bool closed(Peer& peer) {
        return run_until([&] { return peer.take(); });
    }
    /// Sends all of it, as far as the server takes it.
    void send_all(Peer& peer, std::string bytes) {
        EXPECT_TRUE(run_until([&] { return !peer.send_some(bytes) || bytes.empty(); }));
    }
    /// A client whose tail request has arrived.
    std::unique_ptr<Peer> tail() {
        auto peer = std::make_unique<Peer>(path);
        peer->send("{\"tail\":{}}\n{\"status\":{}}\n");
        EXPECT_TRUE(receives(*peer, "\n"));
        peer->received.clear();
        return peer;
    }
    static CapturedEvent event(std::uint64_t sequence) {
        return {"00000000000000ff", sequence, "sale", "2026-11-23T10:15:30.123Z", "pos/T01/7", "ok", "feed"};
    }

    asio::awaitable<std::string> said_later(std::string request, std::uint32_t user) {
        ++asked;
        asio::steady_timer pause(loop, std::chrono::milliseconds(5));
        co_await pause.async_wait(asio::use_awaitable);
        co_return std::to_string(request.size()) + " bytes of user " + std::to_string(user) + "\n";
    }

    asio::awaitable<std::string> said_when_allowed() {
        ++asked;
        asio::steady_timer pause(loop);
        for (;;) {
            if (may_answer) break;
            pause.expires_after(std::chrono::milliseconds(5));
            co_await pause.async_wait(asio::use_awaitable);
        }
        co_return std::string("done\n");
    }

    TempDir folder;
    std::string path;
    Status status;
    std::unique_ptr<ControlServer> server;
    int asked = 0;
    bool may_answer = false;
};

TEST_F(ControlServerTest, AnswersTheStatusOfTheMoment) {
    start();
    Peer peer(path);
    status.captured = 1;
    peer.send("{\"status\":{}}\n");
    ASSERT_TRUE(receives(peer, "\n"));
    EXPECT_EQ(peer.received, status_json(status) + "\n");
    status.captured = 2;
    peer.received.clear();
    peer.send("{\"status\":{}}\n");
    ASSERT_TRUE(receives(peer, "\n"));
    EXPECT_EQ(peer.received, status_json(status) + "\n");
}

TEST_F(ControlServerTest, AnswersRequestsThatComeInPiecesOrTogether) {
    start();
    Peer peer(path);
    for (const char* piece : {"{\"sta", "tus\":", "{}}"}) {
        peer.send(piece);
        run_for(Millis(5));
    }
    EXPECT_EQ(peer.received, "");
    peer.send("\n{\"status\":{}}\n{\"status\":{}}\n");
    const std::string line = status_json(status) + "\n";
    EXPECT_TRUE(run_until([&] { return peer.take(), peer.received == line + line + line; })) << peer.received;
}

TEST_F(ControlServerTest, StillAnswersAClientThatHasFinishedSending) {
    start();
    Peer peer(path);
    peer.send("{\"status\":{}}\n");
    peer.finish_sending();
    EXPECT_TRUE(closed(peer));
    EXPECT_EQ(peer.received, status_json(status) + "\n");
}

TEST_F(ControlServerTest, TellsATailWhatHappensUntilItLeaves) {
    start();
    EXPECT_FALSE(server->tailed());
    server->captured(event(1));
    const auto peer = tail();
    EXPECT_TRUE(server->tailed());
    server->captured(event(2));
    server->sent("00000000000000ff", 2);
    server->confirmed("00000000000000ff", 1);
    const std::string expected =
        captured_line(event(2)) + sent_line("00000000000000ff", 2) + confirmed_line("00000000000000ff", 1);
    EXPECT_TRUE(run_until([&] { return peer->take(), peer->received.size() >= expected.size(); }));
    EXPECT_EQ(peer->received, expected);
    peer->leave();
    EXPECT_TRUE(run_until([&] { return !server->tailed(); }));
}

TEST_F(ControlServerTest, AsksTwiceToTailAndIsToldOnce) {
    start();
    const auto peer = tail();
    peer->send("{\"tail\":{}}\n{\"status\":{}}\n");
    ASSERT_TRUE(receives(*peer, "\n"));
    peer->received.clear();
    server->captured(event(1));
    ASSERT_TRUE(receives(*peer, "\n"));
    run_for(Millis(20));
    peer->take();
    EXPECT_EQ(peer->received, captured_line(event(1)));
    peer->leave();
    EXPECT_TRUE(run_until([&] { return !server->tailed(); }));
}

TEST_F(ControlServerTest, SkipsForASlowReaderAndTellsItHowMuch) {
    start();
    const auto slow = tail();
    const auto quick = tail();
    const std::uint64_t events = 20'000;
    for (std::uint64_t i = 1; i <= events; ++i) {
        server->captured(event(i));
        if (i % 500 == 0) {
            ASSERT_TRUE(receives(*quick, "\"sequence\":" + std::to_string(i) + ","));
        }
    }
    EXPECT_EQ(quick->received.find("skipped"), std::string::npos);
    ASSERT_TRUE(receives(*slow, "{\"skipped\":"));
    const auto at = slow->received.find("{\"skipped\":");
    const std::uint64_t skipped = std::stoull(slow->received.substr(at + 11));
    const auto got = static_cast<std::uint64_t>(
        std::count(slow->received.begin(), slow->received.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    EXPECT_EQ(got + skipped, events);
    slow->received.clear();
    server->captured(event(events + 1));
    ASSERT_TRUE(receives(*slow, "\n"));
    EXPECT_EQ(slow->received, captured_line(event(events + 1))) << "it hears everything again";
}

// Tails that never read, or that somebody forgot, must not keep a shop's IT person from asking for the status.
TEST_F(ControlServerTest, RefusesTheThirteenthTailAndKeepsPlacesForWhoAsksOnce) {
    start();
    std::vector<std::unique_ptr<Peer>> tails;
    for (std::size_t i = 0; i < ControlServer::most_tails; ++i) tails.push_back(tail());
    const auto one_more = connect();
    one_more->send("{\"tail\":{}}\n");
    EXPECT_TRUE(closed(*one_more));
    EXPECT_EQ(one_more->received.rfind("{\"error\":\"too many connections of tillpost tail: at most 12", 0), 0u)
        << one_more->received;
    for (int times = 0; times < 20; ++times) {
        const auto asking = connect();
        asking->send("{\"status\":{}}\n");
        ASSERT_TRUE(receives(*asking, "\"source\"")) << asking->received;
    }
    tails.back()->send("{\"tail\":{}}\n{\"status\":{}}\n");
    EXPECT_TRUE(receives(*tails.back(), "\"source\"")) << "who asks for it twice has it once";
    tails.pop_back();
    std::unique_ptr<Peer> next;
    EXPECT_TRUE(run_until([&] {
        if (!next) {
            next = std::make_unique<Peer>(path);
            next->send("{\"tail\":{}}\n{\"status\":{}}\n");
        }
        if (next->take()) next.reset();  // refused again: the place is not free yet
        return next && next->received.find("\"source\"") != std::string::npos;
    })) << "a place that became free is given to the next one";
}

TEST_F(ControlServerTest, RefusesTheSeventeenthClientWhileAllOthersWaitForAnAnswer) {
    server->set_quarantine([this](std::string, std::uint32_t) { return said_when_allowed(); });
    start();
    std::vector<std::unique_ptr<Peer>> waiting;
    for (std::size_t i = 0; i < ControlServer::most_clients; ++i) {
        waiting.push_back(connect());
        waiting.back()->send("{\"quarantine.list\":{}}\n");
    }
    ASSERT_TRUE(run_until([&] { return asked == static_cast<int>(ControlServer::most_clients); }));
    Peer refused(path);
    EXPECT_TRUE(closed(refused));
    EXPECT_EQ(refused.received.rfind("{\"error\":\"too many connections", 0), 0u) << refused.received;
    may_answer = true;
    for (const auto& each : waiting) EXPECT_TRUE(receives(*each, "done\n"));
}

// One permitted user's connections that ask for nothing, or read no answer, must not lock the others out.
TEST_F(ControlServerTest, WhoAsksForNothingGivesWayToWhoAsks) {
    start();
    const auto tailing = tail();
    std::vector<std::unique_ptr<Peer>> silent;
    for (std::size_t i = 0; i < 20 * ControlServer::most_clients; ++i) {
        silent.push_back(connect());
        if (i % 3 == 0) silent.back()->send("{\"status\":{}}\n");
        if (i % 5 == 0) silent.back()->send("{\"tail\"");
    }
    for (int times = 0; times < 3; ++times) {
        const auto asking = connect();
        asking->send("{\"status\":{}}\n");
        ASSERT_TRUE(receives(*asking, "\"source\"")) << asking->received;
    }
    server->captured(event(7));
    EXPECT_TRUE(receives(*tailing, "\"captured\"")) << "who tails stays";
    EXPECT_TRUE(closed(*silent.front()));
    std::size_t open = 0;
    EXPECT_TRUE(run_until([&] {
        open = 0;
        for (const auto& peer : silent) open += peer->take() ? 0 : 1;
        return open < ControlServer::most_clients;
    })) << open;
}

struct Bad {
    const char* name;
    std::string bytes;
    const char* error;
};
class BadRequestTest : public ControlServerTest, public ::testing::WithParamInterface<Bad> {};

TEST_P(BadRequestTest, IsAnsweredByAnErrorAndHarmsNobody) {
    start();
    Peer good(path);
    Peer bad(path);
    send_all(bad, GetParam().bytes);
    EXPECT_TRUE(receives(bad, GetParam().error)) << bad.received;
    good.send("{\"status\":{}}\n");
    EXPECT_TRUE(receives(good, "\"source\""));
}

constexpr std::size_t most = ControlServer::longest_request;

INSTANTIATE_TEST_SUITE_P(
    Requests, BadRequestTest,
    ::testing::Values(Bad{"empty_line", "\n", "unknown request"}, Bad{"unknown", "{\"stop\":{}}\n", "unknown request"},
                      Bad{"no_json", "status\n", "unknown request"},
                      Bad{"binary", std::string("\0\xff\x01\n", 4), "unknown request"},
                      Bad{"http", "GET / HTTP/1.1\r\n\r\n", "unknown request"},
                      Bad{"deep", std::string(900'000, '[') + "\n", "unknown request"},
                      Bad{"long", std::string(100'000, 'x') + "\n", "unknown request"},
                      Bad{"too_long", std::string(most, ' '), "at most 1048576 bytes"},
                      Bad{"far_too_long", std::string(2 * most, 'x') + "\n", "at most 1048576 bytes"},
                      Bad{"nobody_at_the_desk", "{\"quarantine.list\":{}}\n", "unknown request"}),
    [](const auto& which) { return which.param.name; });

TEST_F(ControlServerTest, DropsAClientWhoseRequestHasNoEnd) {
    start();
    Peer peer(path);
    send_all(peer, std::string(most + 5000, 'x'));
    EXPECT_TRUE(closed(peer));
    EXPECT_NE(peer.received.find("at most 1048576 bytes"), std::string::npos) << peer.received;
}

TEST_F(ControlServerTest, AnswersAtTheDeskInOrderAndSaysWhoAsks) {
    server->set_quarantine([this](std::string request, std::uint32_t user) -> asio::awaitable<std::string> {
        return said_later(std::move(request), user);
    });
    start();
    Peer peer(path);
    send_all(peer, "{\"quarantine.show\":{\"id\":\"" + std::string(300'000, 'x') + "\"}}\n{\"status\":{}}\n");
    ASSERT_TRUE(receives(peer, "\"source\""));
    EXPECT_EQ(peer.received.find("300029 bytes of user " + std::to_string(::geteuid()) + "\n"), 0U) << peer.received;
    peer.send("{\"quarantine.show\":{}}\n");
    peer.leave();  // before the answer
    EXPECT_TRUE(run_until([this] { return asked == 2; }));
    run_for(Millis(20));
}

TEST_F(ControlServerTest, DropsAClientThatAsksAndNeverReads) {
    start();
    status.broker_detail = std::string(10'000, 'x');
    Peer peer(path);
    std::string requests;
    for (int i = 0; i < 100; ++i) requests += "{\"status\":{}}\n";
    peer.send(requests);
    run_for(Millis(20));
    EXPECT_TRUE(closed(peer));
    EXPECT_LT(peer.received.size(), 1'000'000u);
}

TEST_F(ControlServerTest, ReplacesWhatADeadProcessLeft) {
    {
        const FileDescriptor dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un address = address_of(path);
        ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    start();
    Peer peer(path);
    EXPECT_TRUE(peer.connected);
}

TEST_F(ControlServerTest, RefusesToTakeOverFromALiveProcess) {
    start();
    ControlServer second(loop.get_executor(), path, [] { return Status(); });
    const auto started = second.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, Errc::rejected);
    EXPECT_NE(started.error().message.find("running already"), std::string::npos) << started.error().message;
    second.close();
    Peer peer(path);
    EXPECT_TRUE(peer.connected) << "the second one must not take the first one's file away";
}

TEST_F(ControlServerTest, NeverDeletesWhatIsNoSocket) {
    folder.write("control.sock", "somebody's notes");
    EXPECT_FALSE(server->start());
    EXPECT_EQ(content_of(path), "somebody's notes");
    ASSERT_EQ(::unlink(path.c_str()), 0);
    folder.write("notes", "linked");
    ASSERT_EQ(::symlink(folder.file("notes").c_str(), path.c_str()), 0);
    EXPECT_FALSE(server->start());
    EXPECT_EQ(content_of(path), "linked");
}

TEST_F(ControlServerTest, SaysWhyAPathCannotBe) {
    path = folder.file("nowhere/control.sock");
    make();
    const auto nowhere = server->start();
    ASSERT_FALSE(nowhere);
    EXPECT_NE(nowhere.error().message.find("nowhere/control.sock"), std::string::npos) << nowhere.error().message;
    path = folder.file(std::string(120, 'p'));
    make();
    const auto too_long = server->start();
    ASSERT_FALSE(too_long);
    EXPECT_NE(too_long.error().message.find("1 to 107"), std::string::npos) << too_long.error().message;
}

TEST_F(ControlServerTest, LetsOwnerAndGroupConnectWhateverTheUmaskIs) {
    const mode_t before = ::umask(0077);
    start();
    ::umask(before);
    struct stat made {};
    ASSERT_EQ(::stat(path.c_str(), &made), 0);
    EXPECT_EQ(made.st_mode & 07777u, 0660u);
}

TEST_F(ControlServerTest, RemovesItsFileAndItsClientsWhenItCloses) {
    start();
    const auto peer = tail();
    server->close();
    EXPECT_NE(::access(path.c_str(), F_OK), 0);
    EXPECT_TRUE(closed(*peer));
    EXPECT_TRUE(run_until([&] { return tasks.idle(); }));
    EXPECT_FALSE(server->tailed());
}

TEST_F(ControlServerTest, LeavesNoClientBehindWhenItIsCancelled) {
    start();
    const auto peer = tail();
    stop_tasks();
    EXPECT_TRUE(peer->take());
    EXPECT_FALSE(server->tailed());
}

TEST_F(ControlServerTest, LeavesTheFileToWhoPutAnotherOneInItsPlace) {
    start();
    ASSERT_EQ(::unlink(path.c_str()), 0);
    folder.write("control.sock", "another's");
    server->close();
    EXPECT_EQ(content_of(path), "another's");
}

}  // namespace
}  // namespace tillpost::test
