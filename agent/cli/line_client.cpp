// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/line_client.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tillpost::cli {
namespace {

/// The group that may pass where we were refused: the socket's, or, if its folder keeps us from looking, the folder's.
std::string group_of(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0 && ::stat(directory_of(path).c_str(), &found) != 0) return "tillpost";
    const group* entry = ::getgrgid(found.st_gid);
    return entry != nullptr ? entry->gr_name : std::to_string(found.st_gid);
}

std::string own_name() {
    const passwd* entry = ::getpwuid(::geteuid());
    return entry != nullptr ? entry->pw_name : std::to_string(::geteuid());
}

Error lost(int number) {
    if (number == EPIPE || number == ECONNRESET) return {Errc::not_connected, "the connection to tillpostd was lost"};
    if (number == EAGAIN) return {Errc::timeout, "tillpostd does not answer: see systemctl status tillpostd"};
    return system_error("talk to tillpostd", number);
}

}  // namespace

std::string connect_advice(const std::string& path, std::string_view socket, int number) {
    const std::string name(socket);
    if (number == ENOENT || number == ECONNREFUSED || number == ENOTDIR) {
        return "tillpostd is not running, or its " + name + " is elsewhere: nothing listens at " + path +
               ". Start it: systemctl start tillpostd";
    }
    if (number == EACCES || number == EPERM) {
        const std::string group = group_of(path);
        if (group == "root") return "permission denied: the " + name + " " + path + " is for root: use sudo";
        return "permission denied: the " + name + " " + path + " is for root and the group " + group +
               ". Join it with: sudo usermod -aG " + group + " " + own_name() + ", and log in again; or use sudo";
    }
    if (number == EAGAIN) {
        return "tillpostd takes no connections at " + path +
               ": it does not answer, or too many come at the same time. " + "Look at it: systemctl status tillpostd";
    }
    return "cannot connect to the " + name + " " + path + ": " + std::generic_category().message(number);
}

Result<LineClient> LineClient::connect(const std::string& path, std::string_view socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return Error{Errc::invalid, "\"" + path + "\" is not a socket's path, which has 1 to 107 bytes"};
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    FileDescriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (made.get() < 0) return system_error("make a socket", errno);
    // A daemon that hangs takes nothing out of the kernel's queue, which fills up.
    const timeval longest{patience.count(), 0};
    if (::setsockopt(made.get(), SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest) != 0) {
        return system_error("set how long to wait", errno);
    }
    if (::connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return Error{Errc::not_connected, connect_advice(path, socket, errno)};
    }
    return LineClient(std::move(made));
}

Result<void> LineClient::set_patience(std::chrono::seconds time) {
    const timeval value{time.count(), 0};
    if (::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value) != 0) {
        return system_error("set how long to wait", errno);
    }
    return {};
}

Result<void> LineClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return lost(errno);
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

Result<std::size_t> LineClient::send_some(std::string_view bytes) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EINTR || errno == EAGAIN)) return std::size_t{0};
    if (sent < 0) return lost(errno);
    return static_cast<std::size_t>(sent);
}

Result<std::optional<std::string>> LineClient::receive() {
    for (;;) {
        if (auto line = buffer_.next()) return line;
        const auto more = receive_with(0);
        if (!more) return more.error();
        if (!*more) return std::optional<std::string>();
    }
}

Result<bool> LineClient::receive_some() {
    auto more = receive_with(MSG_DONTWAIT);
    if (!more && more.error().code == Errc::timeout) return true;  // nothing has come yet
    return more;
}

Result<bool> LineClient::receive_with(int flags) {
    std::array<char, 65536> part;
    const ssize_t got = ::recv(socket_.get(), part.data(), part.size(), flags);
    if (got < 0 && errno == EINTR) return true;
    if (got < 0 && errno == ECONNRESET) return false;  // closed with something of ours unread
    if (got < 0) return lost(errno);
    if (got == 0) return false;
    buffer_.push({part.data(), static_cast<std::size_t>(got)});
    if (buffer_.overfull()) return Error{Errc::invalid, "tillpostd sent a line of more than 4 MiB"};
    return true;
}

}  // namespace tillpost::cli
