// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/error.hpp"
#include "platform/files.hpp"

namespace tillpost::simulator {

/// Where the agent's feed listens: a Unix socket, or a port of 127.0.0.1.
struct Target {
    std::string socket;  ///< "" for TCP
    std::uint16_t port = 0;
    std::string text() const { return socket.empty() ? "127.0.0.1:" + std::to_string(port) : socket; }
};

/// A connection to the feed. Never blocks once it is open; for a poll loop.
class Connection {
public:
    /// Waits a second at most. Errc::not_connected when nobody listens.
    static Result<Connection> open(const Target& target);

    int descriptor() const { return socket_.get(); }
    bool wants_to_write() const { return written_ < out_.size() && !write_failed_; }

    /// Queues a line with its line break; who calls bounds how many.
    void push(std::string_view line);
    /// Writes what the socket takes. A failure to write is told by receive(), once the last answers have been read.
    void flush();
    /// Reads what is there; false when the other end has closed.
    bool receive();
    /// An answer without its line break, valid until the next receive(); nullopt when no whole one is there.
    std::optional<std::string_view> next_line();

private:
    explicit Connection(FileDescriptor socket) : socket_(std::move(socket)) {}

    static constexpr std::size_t longest_answer = 64 * 1024;
    FileDescriptor socket_;
    std::string out_;
    std::size_t written_ = 0;
    bool write_failed_ = false;
    std::string in_;
    std::size_t taken_ = 0;
};

}  // namespace tillpost::simulator
