// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/sockets.hpp"

#include "agent/control/configuration.hpp"

namespace tillpost::cli {

Result<Sockets> sockets_of(const std::string& path) {
    const std::string file = path.empty() ? default_configuration : path;
    const auto configuration = read_configuration(file);
    if (!configuration) return path.empty() ? Result<Sockets>(Sockets()) : configuration.error();
    Sockets sockets;
    sockets.control = configuration->control_socket;
    sockets.feed = configuration->feed ? configuration->feed->socket_path : "";
    return sockets;
}

}  // namespace tillpost::cli
