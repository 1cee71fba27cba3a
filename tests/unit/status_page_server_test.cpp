// SPDX-License-Identifier: Apache-2.0
#include "agent/status/page_server.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <list>
#include <memory>
#include <string>

#include "platform/files.hpp"
#include "tests/support/loop_test.hpp"

namespace tillpost::test {
namespace {

/// A visitor that never blocks: the server runs on the same thread.
class Visitor {
public:
    explicit Visitor(std::uint16_t port, int family = AF_INET)
        : socket_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        v6.sin6_addr = in6addr_loopback;
        const int failed = family == AF_INET
                               ? ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&v4), sizeof v4)
                               : ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
        connected = failed == 0;
    }
    /// How much of it the kernel took.
    std::size_t send(const std::string& bytes) {
        const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return sent < 0 ? 0 : static_cast<std::size_t>(sent);
    }
    /// Takes what has come; true when the server has closed.
    bool take() {
        char part[65536];
        for (;;) {
            const ssize_t got = ::recv(socket_.get(), part, sizeof part, MSG_DONTWAIT);
            if (got > 0) received.append(part, static_cast<std::size_t>(got));
            if (got == 0 || (got < 0 && errno != EAGAIN)) return true;
            if (got < 0) return false;
        }
    }
    void leave() { socket_ = FileDescriptor(); }

    bool connected = false;
    std::string received;

private:
    FileDescriptor socket_;
};

const std::string good_request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

class PageServerTest : public LoopTest {
protected:
    void TearDown() override {
        if (server) server->close();
        stop_tasks();
    }
    void start(PageServer::Limits limits = {}, bool ipv6 = false) {
        PageSources sources{[this] {
                                ++asked;
                                Status status;
                                status.storage = "ok";
                                return status;
                            },
                            [this](const std::string&, const std::string&) { return day; }};
        server = std::make_unique<PageServer>(loop.get_executor(), PageAddress{ipv6, 0}, std::move(sources), limits);
        const auto started = server->start();
        ASSERT_TRUE(started) << started.error().message;
        spawn("local page", server->run());
    }
    bool closed(Visitor& visitor) {
        return run_until([&] { return visitor.take(); });
    }
    bool is_answered() {
        Visitor visitor(server->port());
        visitor.send(good_request);
        return closed(visitor) && visitor.received.ends_with("\r\n\r\nok\n");
    }

    std::string day = R"({"day":{"tills":[]}})";
    int asked = 0;
    std::unique_ptr<PageServer> server;
};

TEST_F(PageServerTest, AnswersOneRequestAConnectionAndCloses) {
    start();
    Visitor visitor(server->port());
    visitor.send(good_request + good_request + good_request);
    ASSERT_TRUE(closed(visitor));
    EXPECT_TRUE(visitor.received.starts_with("HTTP/1.1 200 OK\r\n")) << visitor.received;
    EXPECT_TRUE(visitor.received.ends_with("\r\n\r\nok\n")) << visitor.received;
    EXPECT_EQ(asked, 1);
}

TEST_F(PageServerTest, TakesARequestInPieces) {
    start();
    Visitor visitor(server->port());
    for (const char byte : good_request) {
        EXPECT_FALSE(visitor.take());
        visitor.send(std::string(1, byte));
        loop.poll();
    }
    ASSERT_TRUE(closed(visitor));
    EXPECT_TRUE(visitor.received.ends_with("\r\n\r\nok\n")) << visitor.received;
}

TEST_F(PageServerTest, ListensOnTheOtherLoopbackAddress) {
    start({}, true);
    Visitor visitor(server->port(), AF_INET6);
    if (!visitor.connected) GTEST_SKIP() << "this machine has no IPv6";
    visitor.send(good_request);
    ASSERT_TRUE(closed(visitor));
    EXPECT_TRUE(visitor.received.ends_with("ok\n")) << visitor.received;
}

TEST_F(PageServerTest, AFloodOfFieldsGetsItsAnswerAndAnEnd) {
    start();
    Visitor visitor(server->port());
    std::string flood = "GET / HTTP/1.1\r\n";
    while (flood.size() < (1 << 20)) flood += "X-Flood: " + std::string(100, 'x') + "\r\n";
    std::size_t sent = 0;
    ASSERT_TRUE(run_until([&] {
        sent += visitor.send(flood.substr(sent));
        return visitor.take() || sent == flood.size();
    }));
    EXPECT_TRUE(closed(visitor));
    EXPECT_TRUE(visitor.received.starts_with("HTTP/1.1 431 ")) << visitor.received;
    EXPECT_EQ(asked, 0);
}

TEST_F(PageServerTest, ClosesWhoeverNeverEndsItsRequest) {
    start({Millis(30), Millis(10)});
    Visitor silent(server->port());
    Visitor half(server->port());
    half.send("GET / HTTP/1.1\r\n");
    const SteadyTime began = steady_now();
    // A byte now and then does not help: the time is for the whole request.
    ASSERT_TRUE(run_until([&] { return half.send("X") == 0 || half.take(); }));
    EXPECT_TRUE(closed(silent));
    EXPECT_GE(steady_now() - began, Millis(20));
    EXPECT_EQ(half.received + silent.received, "");
    EXPECT_TRUE(is_answered());
}

TEST_F(PageServerTest, ClosesWhoeverDoesNotTakeItsAnswer) {
    day = R"({"day":{"left_out":")" + std::string(32 << 20, 'x') + "\"}}";  // more than a socket holds
    start({Millis(50), Millis(10)});
    Visitor slow(server->port());
    slow.send("GET /api/day HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(run_until([&] { return is_answered(); }));
    run_for(Millis(60));
    ASSERT_TRUE(closed(slow));
    EXPECT_TRUE(slow.received.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_LT(slow.received.size(), day.size());
}

TEST_F(PageServerTest, AProgramThatAsksWithoutEndIsSlowedDown) {
    constexpr Millis apart{20};
    start({Millis(5'000), Millis(1'000), apart});
    const SteadyTime began = steady_now();
    constexpr int more = 5;
    for (int i = 0; i < PageServer::most_at_once + more; ++i) ASSERT_TRUE(is_answered());
    EXPECT_GE(steady_now() - began, (more - 1) * apart);
}

TEST_F(PageServerTest, ACrowdWaitsForItsTurn) {
    start({Millis(5'000), Millis(1'000), Millis(0)});
    std::list<Visitor> crowd;
    for (int i = 0; i < 100; ++i) {
        crowd.emplace_back(server->port());
        ASSERT_TRUE(crowd.back().connected);
        crowd.back().send(good_request);
    }
    for (Visitor& each : crowd) {
        ASSERT_TRUE(closed(each));
        EXPECT_TRUE(each.received.ends_with("ok\n"));
        each.leave();
    }
    EXPECT_EQ(asked, 100);
}

TEST_F(PageServerTest, CannotBeHeldUpForLongerThanItsPatience) {
    start({Millis(30), Millis(10)});
    std::list<Visitor> crowd;
    for (std::size_t i = 0; i < 3 * PageServer::most_connections; ++i) crowd.emplace_back(server->port());
    EXPECT_TRUE(is_answered());
    EXPECT_EQ(asked, 1);
}

TEST_F(PageServerTest, WhoDoesNotAskGivesWayWhenAllPlacesAreTaken) {
    start({Millis(3'600'000), Millis(10), Millis(0), Millis(5)});
    Visitor first(server->port());
    run_for(Millis(10));
    EXPECT_FALSE(first.take()) << "there is room";
    std::list<Visitor> crowd;
    for (std::size_t i = 0; i < 8 * PageServer::most_connections; ++i) {
        crowd.emplace_back(server->port());
        crowd.back().send("GET /");
    }
    EXPECT_TRUE(is_answered());
    EXPECT_TRUE(closed(first));
    EXPECT_EQ(asked, 1);
}

TEST_F(PageServerTest, StopsWithVisitorsInside) {
    start();
    Visitor silent(server->port());
    Visitor half(server->port());
    half.send("GET /");
    run_for(Millis(5));
    server->close();
    stop_tasks();
    EXPECT_TRUE(silent.take());
    EXPECT_TRUE(half.take());
    server.reset();
}

TEST_F(PageServerTest, SaysWhatIsWrongWithAPortThatIsTaken) {
    start();
    PageServer second(loop.get_executor(), PageAddress{false, server->port()}, {});
    const auto started = second.start();
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().message.find("page/address: TCP port 127.0.0.1:" + std::to_string(server->port())),
              std::string::npos)
        << started.error().message;
}

}  // namespace
}  // namespace tillpost::test
