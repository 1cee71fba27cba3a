// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/sockets.hpp"

#include "agent/control/configuration.hpp"

namespace tillpost::cli {

Result<Sockets> sockets_of(const std::string& path) {
    const std::string file = path.empty() ? default_configuration : path;
    const auto configuration = read_configuration(file);
    if (!configuration) return path.empty() ? Result<Sockets>(Sockets()) : configuration.error();
    Sockets sockets;
    if (!configuration->control_socket.empty()) sockets.control = configuration->control_socket;
    if (configuration->feed && !configuration->feed->socket_path.empty())
        sockets.feed = configuration->feed->socket_path;
    return sockets;
}

}  // namespace tillpost::cli
