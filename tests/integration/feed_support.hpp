// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drivers/feed/feed.hpp"
#include "platform/files.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {

inline std::string accepted(std::uint64_t sequence) {
    return R"({"accepted":{"epoch":"00000000000000ab","sequence":)" + std::to_string(sequence) + "}}";
}

/// Keeps what it gets, and answers when the test says so; or at once.
class HeldSink final : public Sink {
public:
    void submit(Observation observation, Answer answer) override {
        observations.push_back(std::move(observation));
        answers.push_back(std::move(answer));
        if (at_once) accept(answers.size() - 1);
    }
    bool has_room() const override { return observations.size() < room; }
    /// The sequence is the position from 1.
    void accept(std::size_t at) {
        Outcome outcome;
        outcome.kind = Outcome::Kind::accepted;
        outcome.epoch = "00000000000000ab";
        outcome.sequence = at + 1;
        std::exchange(answers[at], nullptr)(outcome);
    }
    void accept_all() {
        for (std::size_t at = 0; at < answers.size(); ++at)
            if (answers[at]) accept(at);
    }
    std::vector<std::string> bytes() const {
        std::vector<std::string> all;
        for (const Observation& one : observations) all.push_back(one.bytes);
        return all;
    }

    bool at_once = false;
    std::size_t room = std::numeric_limits<std::size_t>::max();  ///< Of observations, all together.
    std::vector<Observation> observations;
    std::vector<Answer> answers;
};

/// A POS program's end of a connection; never blocks, since the test's own thread runs the loop too.
class PosConnection {
public:
    /// No connection yet.
    explicit PosConnection(int family) : socket_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    PosConnection() = default;

    static PosConnection at(const std::string& path) {
        PosConnection client(AF_UNIX);
        client.connect(path);
        return client;
    }
    static PosConnection at(std::uint16_t port) {
        PosConnection client(AF_INET);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        client.connect_to(address);
        return client;
    }
    void connect(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        connect_to(address);
    }
    bool connected() const { return connected_; }
    int number() const { return socket_.get(); }

    /// How much of it the kernel took.
    std::size_t send(std::string_view bytes) {
        const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        return sent < 0 ? 0 : static_cast<std::size_t>(sent);
    }
    void end_of_input() const { ::shutdown(socket_.get(), SHUT_WR); }
    void close() { socket_ = FileDescriptor(); }

    /// Reads what is there; true when the peer has closed.
    bool read() {
        std::array<char, 65536> part;
        for (;;) {
            const ssize_t got = ::recv(socket_.get(), part.data(), part.size(), MSG_DONTWAIT);
            if (got > 0) {
                take({part.data(), static_cast<std::size_t>(got)});
            } else {
                if (got == 0 || (errno != EAGAIN && errno != EINTR)) closed = true;
                if (got < 0 && closed) reset = true;
                return closed;
            }
        }
    }
    bool has(std::size_t count) {
        read();
        return lines.size() >= count;
    }

    std::vector<std::string> lines;
    bool closed = false;
    bool reset = false;  ///< Closed, and not in good order

private:
    template <class Address>
    void connect_to(const Address& address) {
        connected_ = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    void take(std::string_view bytes) {
        for (const char byte : bytes) {
            if (byte != '\n') {
                line_ += byte;
            } else {
                lines.push_back(std::exchange(line_, {}));
            }
        }
    }

    FileDescriptor socket_;
    std::string line_;
    bool connected_ = false;
};

class FeedTest : public LoopTest {
protected:
    FeedTest() {
        settings.socket_path = dir.file("feed.sock");
        settings.longest_line = 1000;
    }
    void TearDown() override {
        stop_tasks();
        feed.reset();
        run_for(Millis(1));  // what was under way must end well without it
    }
    Result<void> try_start() {
        feed = std::make_unique<Feed>(loop.get_executor(), settings, sink);
        return feed->start();
    }
    void start() {
        const auto done = try_start();
        ASSERT_TRUE(done) << done.error().message;
        spawn("feed", feed->run());
    }
    PosConnection connect() { return PosConnection::at(settings.socket_path); }
    bool submitted(std::size_t count) {
        return run_until([&] { return sink.observations.size() >= count; });
    }
    bool reads(PosConnection& client, std::size_t count) {
        return run_until([&] { return client.has(count); });
    }
    bool reads_end(PosConnection& client) {
        return run_until([&] { return client.read(); });
    }

    TempDir dir;
    FeedSettings settings;
    HeldSink sink;
    std::unique_ptr<Feed> feed;
};

}  // namespace tillpost::test
