// SPDX-License-Identifier: Apache-2.0
#include "platform/listening_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tillpost {
namespace {

constexpr int backlog = 128;
constexpr int kind = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

template <class Address>
const sockaddr* raw(const Address& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

Result<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return Error{Errc::invalid, "the path has " + std::to_string(path.size()) + " bytes, a socket's has 1 to " +
                                        std::to_string(sizeof address.sun_path - 1)};
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

/// Frees the path of what a killed daemon left there.
Result<void> remove_stale(const std::string& path, const sockaddr_un& address) {
    struct stat entry {};
    if (::lstat(path.c_str(), &entry) != 0) {
        if (errno == ENOENT) return {};
        return system_error("look at the path", errno);
    }
    if (!S_ISSOCK(entry.st_mode)) return Error{Errc::invalid, "the path is not a socket: remove it or name another"};
    const FileDescriptor probe(::socket(AF_UNIX, kind, 0));
    if (probe.get() < 0) return system_error("make a socket", errno);
    // EAGAIN: somebody listens and has no room for us; EPROTOTYPE: somebody with another kind of socket.
    const int failed = ::connect(probe.get(), raw(address), sizeof address) == 0 ? 0 : errno;
    if (failed == 0 || failed == EAGAIN || failed == EPROTOTYPE) {
        return Error{Errc::rejected, "another program answers there: is the daemon running already?"};
    }
    if (failed != ECONNREFUSED) return system_error("see whether somebody answers there", failed);
    if (::unlink(path.c_str()) != 0) return system_error("remove the socket of a killed daemon", errno);
    return {};
}

/// Between bind(2) and listen(2) nobody can connect yet.
Result<void> set_access(const std::string& path, std::optional<gid_t> group) {
    if (group && ::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) {
        return system_error("give it to the group " + std::to_string(*group), errno);
    }
    if (::chmod(path.c_str(), 0660) != 0) return system_error("set its permissions", errno);
    return {};
}

Result<UnixListener> listen_at(const std::string& path, std::optional<gid_t> group) {
    const Result<sockaddr_un> address = address_of(path);
    if (!address) return address.error();
    if (const Result<void> done = remove_stale(path, *address); !done) return done.error();
    UnixListener listener{FileDescriptor(::socket(AF_UNIX, kind, 0)), nullptr};
    const int socket = listener.socket.get();
    if (socket < 0) return system_error("make a socket", errno);
    if (::bind(socket, raw(*address), sizeof *address) != 0) return system_error("bind (is its folder there?)", errno);
    listener.file = std::make_unique<SocketFile>(path);
    if (const Result<void> done = set_access(path, group); !done) return done.error();
    if (::listen(socket, backlog) != 0) return system_error("listen", errno);
    return listener;
}

sockaddr_in ipv4_loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

sockaddr_in6 ipv6_loopback(std::uint16_t port) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    address.sin6_addr = in6addr_loopback;
    return address;
}

template <class Address>
bool bind_to(int socket, const Address& address) {
    return ::bind(socket, raw(address), sizeof address) == 0;
}

}  // namespace

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
    struct stat entry {};
    if (::lstat(path_.c_str(), &entry) != 0) return;
    device_ = entry.st_dev;
    number_ = entry.st_ino;
}

SocketFile::~SocketFile() {
    struct stat entry {};
    const bool there = ::lstat(path_.c_str(), &entry) == 0;
    if (there && entry.st_dev == device_ && entry.st_ino == number_) ::unlink(path_.c_str());
}

Result<UnixListener> listen_unix(const std::string& path, std::optional<gid_t> group) {
    Result<UnixListener> listener = listen_at(path, group);
    if (!listener) return listener.error().with_context("socket " + path);
    return listener;
}

Result<FileDescriptor> listen_loopback(std::uint16_t port, Loopback family) {
    const bool ipv6 = family == Loopback::ipv6;
    const std::string step = (ipv6 ? "TCP port [::1]:" : "TCP port 127.0.0.1:") + std::to_string(port);
    FileDescriptor socket(::socket(ipv6 ? AF_INET6 : AF_INET, kind, 0));
    if (socket.get() < 0) return system_error(step, errno);
    const int on = 1;  // a restart must not wait for connections in TIME_WAIT
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const bool bound = ipv6 ? bind_to(socket.get(), ipv6_loopback(port)) : bind_to(socket.get(), ipv4_loopback(port));
    if (!bound || ::listen(socket.get(), backlog) != 0) return system_error(step, errno);
    return socket;
}

std::uint16_t port_of(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    return 0;
}

}  // namespace tillpost
