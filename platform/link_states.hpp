// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <map>
#include <string_view>

namespace tillpost {

/// Reads what the kernel says of its network (rtnetlink(7)): did a link or an address come up? Pure: bytes in, answer
/// out. The kernel repeats a link's state for many reasons, so the last one of each is remembered.
class LinkStates {
public:
    /// Whether one datagram's messages say that a link began to run or an address was added.
    bool tells_up(std::string_view datagram);

    static constexpr std::size_t most_links = 256;

private:
    bool link_came_up(std::string_view message);

    std::map<int, bool> running_;
};

}  // namespace tillpost
