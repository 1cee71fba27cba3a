// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tillpost {

/// Where POS software hands over its records, one JSON object a line.
struct FeedSettings {
    std::string name = "feed";
    std::string socket_path;                ///< Unix socket, made with permissions 0660.
    std::string socket_group;               ///< Group that owns the socket; "" leaves the daemon's.
    std::vector<std::string> users;         ///< Who may connect, besides root and the daemon's own user …
    std::vector<std::string> groups;        ///< … by primary or supplementary group of the peer's user.
    std::optional<std::uint16_t> tcp_port;  ///< On 127.0.0.1 only; absent: no TCP. 0: any free port (tests).
    std::size_t longest_line = 512 * 1024;  ///< Bytes without the line break; longer ones are refused.
    std::size_t window = 256;  ///< Lines of one connection that wait for their answer; beyond it we stop reading.
    std::size_t most_connections = 64;  ///< A further one takes the place of a silent one, or is refused and closed.
    std::chrono::seconds idle{10};      ///< Silent for so long, and nothing under way: its place may be taken.

    static constexpr std::size_t input_bytes = 64 * 1024;   ///< Read and not yet taken, of one connection
    static constexpr std::size_t most_unsent = 256 * 1024;  ///< Answers of one that does not read them
    /// Bytes that one connection may hold, besides what is submitted.
    std::size_t most_memory_each() const { return longest_line + input_bytes + most_unsent; }
};

}  // namespace tillpost
