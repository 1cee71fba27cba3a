// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/connection.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>

namespace tillpost::simulator {
namespace {

Error not_connected(const Target& target, std::string_view why) {
    return {make_error_code(Errc::not_connected), "connecting to " + target.text() + ": " + std::string(why)};
}

bool connect_unix(int socket, const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool connect_tcp(int socket, std::uint16_t port) {
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Result<Connection> Connection::open(const Target& target) {
    if (target.socket.size() >= sizeof sockaddr_un{}.sun_path) return not_connected(target, "the path is too long");
    FileDescriptor socket(::socket(target.socket.empty() ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.get() < 0) return system_error("making a socket", errno);
    const timeval second{1, 0};  // connect(2) waits that long when the backlog is full
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
    const bool connected =
        target.socket.empty() ? connect_tcp(socket.get(), target.port) : connect_unix(socket.get(), target.socket);
    if (!connected) return not_connected(target, system_error("connect", errno).message);
    if (::fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0) return system_error("making the socket non-blocking", errno);
    return Connection(std::move(socket));
}

void Connection::push(std::string_view line) {
    out_.append(line);
    out_ += '\n';
}

void Connection::flush() {
    while (wants_to_write()) {
        const ssize_t size = ::send(socket_.get(), out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) {
            write_failed_ = errno != EAGAIN && errno != EWOULDBLOCK;
            return;
        }
        written_ += static_cast<std::size_t>(size);
    }
    out_.clear();
    written_ = 0;
}

bool Connection::receive() {
    in_.erase(0, taken_);
    taken_ = 0;
    if (in_.size() > longest_answer) return false;
    std::array<char, 16 * 1024> part;
    const ssize_t size = ::recv(socket_.get(), part.data(), part.size(), 0);
    if (size > 0) in_.append(part.data(), static_cast<std::size_t>(size));
    const bool nothing_yet = size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    return size > 0 || (nothing_yet && !write_failed_);
}

std::optional<std::string_view> Connection::next_line() {
    const std::size_t end = in_.find('\n', taken_);
    if (end == std::string::npos) return std::nullopt;
    const std::string_view line(in_.data() + taken_, end - taken_);
    taken_ = end + 1;
    return line;
}

}  // namespace tillpost::simulator
