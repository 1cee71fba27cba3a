// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "agent/cli/line_buffer.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"

namespace tillpost::cli {

/// A connection to one of the daemon's Unix sockets, which speak lines. It blocks: for a command, not for a daemon.
class LineClient {
public:
    /// `socket` is what the socket is called in messages: "control socket", "feed socket". The Error says what to do.
    static Result<LineClient> connect(const std::string& path, std::string_view socket);

    /// How long receive() waits; without it, for ever.
    Result<void> set_patience(std::chrono::seconds time);

    /// Sends everything.
    Result<void> send(std::string_view bytes);
    /// Sends what can be sent at once; gives how much.
    Result<std::size_t> send_some(std::string_view bytes);
    /// The next line; nullopt: the other side has closed. Errc::timeout when the patience is over.
    Result<std::optional<std::string>> receive();
    /// Takes what has come, without waiting; false: the other side has closed. Then next().
    Result<bool> receive_some();
    std::optional<std::string> next() { return buffer_.next(); }

    int descriptor() const { return socket_.get(); }

    static constexpr std::size_t longest_line = 4 << 20;
    static constexpr std::chrono::seconds patience{10};  ///< With a daemon that takes or says nothing.

private:
    explicit LineClient(FileDescriptor socket) : socket_(std::move(socket)) {}
    Result<bool> receive_with(int flags);

    FileDescriptor socket_;
    LineBuffer buffer_{longest_line};
};

/// Why connecting to the daemon failed with this errno, and what helps, in a sentence or two.
std::string connect_advice(const std::string& path, std::string_view socket, int number);

}  // namespace tillpost::cli
