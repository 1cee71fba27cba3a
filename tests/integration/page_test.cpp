// SPDX-License-Identifier: Apache-2.0
// The local page of the real daemon, asked by raw sockets: what it shows is what the commands say, and nothing that a
// visitor does reaches beyond his own connection.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <list>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/agent_rig.hpp"

namespace tillpost::test {
namespace {

using nlohmann::json;

/// A blocking TCP client that gives up after ten seconds.
class WebClient {
public:
    explicit WebClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval patience{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~WebClient() { ::close(socket_); }
    WebClient(const WebClient&) = delete;
    WebClient& operator=(const WebClient&) = delete;

    /// False when the daemon has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// Everything up to the end; `ended` says whether there was one.
    std::string receive() {
        std::string all;
        std::array<char, 16384> part;
        for (;;) {
            const ssize_t got = ::recv(socket_, part.data(), part.size(), 0);
            ended = got == 0 || (got < 0 && errno == ECONNRESET);
            if (got <= 0) return all;
            all.append(part.data(), static_cast<std::size_t>(got));
        }
    }

    bool connected = false;
    bool ended = false;

private:
    int socket_;
};

std::string get(const std::string& target, const std::string& method = "GET") {
    return method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

AgentRig::Options with_page(int port) {
    AgentRig::Options options;
    options.more_keys = R"(,"page":{"address":"127.0.0.1:)" + std::to_string(port) + "\"}";
    return options;
}

class LocalPageTest : public ::testing::Test {
protected:
    LocalPageTest() : port(free_port()), rig(with_page(port)) {}

    std::string ask(const std::string& bytes) const {
        WebClient client(port);
        (void)client.send(bytes);
        return client.receive();
    }
    std::string body(const std::string& target) const {
        const std::string answer = ask(get(target));
        const auto end = answer.find("\r\n\r\n");
        return end == std::string::npos ? "" : answer.substr(end + 4);
    }
    bool is_there() const { return ask(get("/healthz")).ends_with("\r\n\r\nok\n"); }
    std::string command(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"--socket", rig.path("control.sock")});
        Process tillpost({program_path("tillpost"), std::move(arguments)});
        (void)tillpost.wait();
        return tillpost.output();
    }

    int port;
    AgentRig rig;
};

TEST_F(LocalPageTest, ShowsWhatTheCommandsSay) {
    rig.start_agent();
    FeedClient feed(rig.path("feed.sock"));
    for (const int number : {1, 3}) {
        const std::string answer =
            feed.ask(R"({"type":"sale","till":"T01","business_date":"2026-11-23","time":"2026-11-23T12:00:00Z",)"
                     R"("currency":"EUR","number":)" +
                     std::to_string(number) +
                     R"(,"lines":[{"line":1,"kind":"goods","direction":"sale","item":"1","quantity":1,"unit":"EA",)"
                     R"("amount":"1.99"}],"tenders":[{"type":"cash","amount":"1.99"}],)"
                     R"("totals":{"net":"1.99","tax":"0","gross":"1.99"}})");
        ASSERT_NE(answer.find("accepted"), std::string::npos) << answer;
    }
    EXPECT_EQ(json::parse(body("/api/day?date=2026-11-23"), nullptr, false),
              json::parse(command({"day", "2026-11-23", "--json"}), nullptr, false));
    json page_status = json::parse(body("/api/status"), nullptr, false);
    json said = json::parse(command({"status", "--json"}), nullptr, false);
    ASSERT_TRUE(page_status.is_object() && said.is_object());
    for (const char* changing : {"now", "broker_detail"}) {
        page_status.erase(changing);
        said.erase(changing);
    }
    EXPECT_EQ(page_status, said);
    EXPECT_EQ(said["waiting"], 3);
    EXPECT_NE(said["waiting_since"], "");
    const std::string page = body("/?date=2026-11-23");
    for (const char* part : {"There is no line to central", "<dd>3 events, since <time", "Till T01",
                             "<dt>Missing numbers</dt><dd><b>2</b></dd>", "3.98 EUR", "not been closed"}) {
        EXPECT_NE(page.find(part), std::string::npos) << part << "\n" << page;
    }
    const std::string captured = "\ntillpost_events_captured_total 3\n";
    EXPECT_NE(body("/metrics").find(captured), std::string::npos) << body("/metrics");
    EXPECT_NE(body("/").find("value=\"2026-11-23\""), std::string::npos) << "the newest day that something is known of";
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
    EXPECT_FALSE(WebClient(port).connected);
}

TEST_F(LocalPageTest, KnowsSinceWhenAnEventWaitsFromBeforeTheStart) {
    rig.start_agent();
    ASSERT_TRUE(wait_until([this] { return rig.number("waiting") == 1; }));
    const std::string since = json::parse(body("/api/status"))["waiting_since"];
    rig.kill_agent();
    // Another second, so that a time taken from the start cannot be the same.
    ASSERT_TRUE(wait_until([&] { return rfc3339(wall_now()).substr(0, 19) != since.substr(0, 19); }));
    rig.start_agent();
    const auto is_known = [&] {
        // The journal's time is the event's own; the first run saw the event a moment after it was recorded.
        const std::string now = json::parse(body("/api/status"))["waiting_since"];
        return !now.empty() && now <= since;
    };
    EXPECT_TRUE(wait_until(is_known)) << since << " " << body("/api/status");
}

TEST_F(LocalPageTest, RefusesWhatItDoesNotServe) {
    rig.start_agent();
    struct Bad {
        const char* name;
        std::string bytes;
        const char* answer;
    };
    const std::string big(20'000, 'x');
    const Bad table[] = {
        {"post", get("/", "POST"), "HTTP/1.1 405 "},
        {"delete", get("/api/day", "DELETE"), "HTTP/1.1 405 "},
        {"foreign host", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 403 "},
        {"no host", "GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 403 "},
        {"two hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 403 "},
        {"traversal", get("/../../../../etc/passwd"), "HTTP/1.1 404 "},
        {"encoded traversal", get("/%2e%2e%2f%2e%2e%2fetc/passwd"), "HTTP/1.1 404 "},
        {"proxy", get("http://evil.example/"), "HTTP/1.1 404 "},
        {"date", get("/api/day?date=2026-13-01"), "HTTP/1.1 400 "},
        {"long line", get("/" + big), "HTTP/1.1 431 "},
        {"long field", "GET / HTTP/1.1\r\nX: " + big + "\r\n\r\n", "HTTP/1.1 431 "},
        {"smuggling", "GET / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "HTTP/1.1 400 "},
        {"body", "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 400 "},
        {"http/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 400 "},
        {"tls", std::string("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\n\n", 13), "HTTP/1.1 400 "},
        {"nothing but noughts", std::string(30'000, '\0'), "HTTP/1.1 431 "}};
    for (const Bad& each : table) {
        const std::string answer = ask(each.bytes);
        EXPECT_EQ(answer.substr(0, 13), each.answer) << each.name << ": " << answer.substr(0, 300);
        EXPECT_TRUE(is_there()) << each.name;
    }
}

TEST_F(LocalPageTest, AnswersHeadAndTheFirstOfAPipeline) {
    rig.start_agent();
    const std::string head = ask(get("/page.css", "HEAD"));
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
    EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
    const std::string answers = ask(get("/healthz") + get("/healthz") + get("/healthz"));
    EXPECT_TRUE(answers.ends_with("\r\n\r\nok\n")) << answers;
    EXPECT_EQ(answers.find("HTTP/1.1"), answers.rfind("HTTP/1.1")) << answers;
}

TEST_F(LocalPageTest, ACrowdGetsItsAnswersAndASlowOneItsEnd) {
    rig.start_agent();
    WebClient slow(port);
    ASSERT_TRUE(slow.send("GET / HTTP/1.1\r\n"));
    std::list<WebClient> crowd;
    for (int i = 0; i < 100; ++i) {
        crowd.emplace_back(port);
        ASSERT_TRUE(crowd.back().connected) << i;
        ASSERT_TRUE(crowd.back().send(get("/healthz"))) << i;
    }
    int answered = 0;
    while (!crowd.empty()) {
        answered += crowd.front().receive().ends_with("\r\n\r\nok\n") ? 1 : 0;
        crowd.pop_front();
    }
    EXPECT_EQ(answered, 100);
    // A field now and then: the time is for the whole request.
    EXPECT_TRUE(wait_until([&] { return !slow.send("X: y\r\n"); }));
    EXPECT_EQ(slow.receive(), "");
    EXPECT_TRUE(slow.ended);
    EXPECT_TRUE(is_there());
}

TEST_F(LocalPageTest, APortThatIsTakenKeepsNothingFromBeingCaptured) {
    const Process squatter([this] {
        const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) (void)::listen(socket, 1);
        (void)::pause();
    });
    ASSERT_TRUE(wait_until([this] { return accepts(port); }));
    rig.start_agent();
    const std::string said = rig.agent().errors();
    EXPECT_NE(said.find("there is no local page until the next start"), std::string::npos) << said;
    EXPECT_NE(said.find("127.0.0.1:" + std::to_string(port)), std::string::npos) << said;
    FeedClient feed(rig.path("feed.sock"));
    EXPECT_NE(feed.ask(R"({"type":"scan","time":"2026-11-23T12:00:00Z","code":"4006381333931"})").find("accepted"),
              std::string::npos);
}

}  // namespace
}  // namespace tillpost::test
