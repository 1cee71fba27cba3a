// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "platform/error.hpp"
#include "platform/files.hpp"

namespace tillpost {

/// The file of a Unix socket that we bound; removed at the end unless another one has taken its place.
class SocketFile {
public:
    explicit SocketFile(std::string path);
    ~SocketFile();
    SocketFile(const SocketFile&) = delete;
    SocketFile& operator=(const SocketFile&) = delete;

private:
    std::string path_;
    dev_t device_ = 0;
    ino_t number_ = 0;
};

struct UnixListener {
    FileDescriptor socket;
    std::unique_ptr<SocketFile> file;
};

/// A listening Unix stream socket with permissions 0660; without `group` it is the daemon's own. What a killed daemon
/// left is replaced. Errc::rejected when a program answers there; Errc::invalid when the path is too long, or is
/// something else than a socket, which is never touched.
Result<UnixListener> listen_unix(const std::string& path, std::optional<gid_t> group = {});

enum class Loopback { ipv4, ipv6 };

/// A listening TCP socket on 127.0.0.1 or [::1]; port 0 takes any free one.
Result<FileDescriptor> listen_loopback(std::uint16_t port, Loopback family = Loopback::ipv4);
/// The port that a TCP socket is bound to, 0 if none.
std::uint16_t port_of(int socket);

}  // namespace tillpost
