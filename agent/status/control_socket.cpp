// SPDX-License-Identifier: Apache-2.0
#include "agent/status/control_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tillpost {
namespace {

constexpr mode_t permissions = 0660;
constexpr int backlog = 16;

Result<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return Error{Errc::invalid,
                     "a socket's path has 1 to " + std::to_string(sizeof address.sun_path - 1) + " bytes"};
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

const sockaddr* raw(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

FileDescriptor make_socket() {
    return FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/// Makes room at the path, if only a dead process's socket is in the way.
Result<void> clear(const std::string& path, const sockaddr_un& address) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) {
        if (errno == ENOENT) return {};
        return system_error("look at it", errno);
    }
    if (!S_ISSOCK(found.st_mode))
        return Error{Errc::rejected, "something that is not a socket is there; it is left alone"};
    const FileDescriptor probe = make_socket();
    if (probe.get() < 0) return system_error("make a socket", errno);
    // Not blocking: a full backlog is EAGAIN, and somebody's who lives.
    if (::connect(probe.get(), raw(address), sizeof address) == 0 || errno == EAGAIN) {
        return Error{Errc::rejected, "another process listens there: is tillpostd running already?"};
    }
    if (errno != ECONNREFUSED) return system_error("try whether somebody listens there", errno);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return system_error("remove what a dead process left there", errno);
    return {};
}

Result<FileDescriptor> bind_and_listen(const std::string& path) {
    const auto address = address_of(path);
    if (!address) return address.error();
    if (auto done = clear(path, *address); !done) return done.error();
    FileDescriptor socket = make_socket();
    if (socket.get() < 0) return system_error("make a socket", errno);
    // The permissions before bind(): a file that anybody may connect to must not exist for a moment.
    if (::fchmod(socket.get(), permissions) != 0) return system_error("set its permissions", errno);
    if (::bind(socket.get(), raw(*address), sizeof *address) != 0) return system_error("bind", errno);
    // After bind() too, because the umask took from them.
    if (::chmod(path.c_str(), permissions) != 0) return system_error("set its permissions", errno);
    if (::listen(socket.get(), backlog) != 0) return system_error("listen", errno);
    return socket;
}

}  // namespace

Result<ListeningSocket> listen_at(const std::string& path) {
    auto socket = bind_and_listen(path);
    if (!socket) return socket.error().with_context("control socket " + path);
    struct stat made {};
    if (::lstat(path.c_str(), &made) != 0) return system_error("control socket " + path, errno);
    return ListeningSocket{std::move(*socket), path, made.st_ino};
}

void remove_file(const ListeningSocket& listening) {
    struct stat found {};
    if (::lstat(listening.path.c_str(), &found) != 0 || found.st_ino != listening.inode) return;
    ::unlink(listening.path.c_str());
}

}  // namespace tillpost
