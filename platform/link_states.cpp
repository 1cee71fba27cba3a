// SPDX-License-Identifier: Apache-2.0
#include "platform/link_states.hpp"

#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace tillpost {
namespace {

/// The structure that a netlink message's content begins with.
template <class T>
std::optional<T> content_of(std::string_view message) {
    constexpr std::size_t at = NLMSG_HDRLEN;
    if (message.size() < at + sizeof(T)) return std::nullopt;
    T result;
    std::memcpy(&result, message.data() + at, sizeof result);
    return result;
}

}  // namespace

bool LinkStates::tells_up(std::string_view datagram) {
    bool up = false;
    nlmsghdr header;
    while (datagram.size() >= sizeof header) {
        std::memcpy(&header, datagram.data(), sizeof header);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) break;
        const std::string_view message = datagram.substr(0, header.nlmsg_len);
        if (header.nlmsg_type == RTM_NEWADDR) {
            const auto address = content_of<ifaddrmsg>(message);
            // An IPv6 address comes twice: while it is looked whether another machine has it, and when it can be used.
            if (address && (address->ifa_flags & IFA_F_TENTATIVE) == 0) up = true;
        } else if (header.nlmsg_type == RTM_NEWLINK) {
            if (link_came_up(message)) up = true;
        } else if (header.nlmsg_type == RTM_DELLINK) {
            if (const auto link = content_of<ifinfomsg>(message)) running_.erase(link->ifi_index);
        }
        datagram.remove_prefix(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), datagram.size()));
    }
    return up;
}

bool LinkStates::link_came_up(std::string_view message) {
    const auto link = content_of<ifinfomsg>(message);
    if (!link) return false;
    const bool running = (link->ifi_flags & IFF_UP) != 0 && (link->ifi_flags & IFF_RUNNING) != 0;
    if (!running_.contains(link->ifi_index) && running_.size() == most_links) running_.clear();
    const bool before = std::exchange(running_[link->ifi_index], running);
    return running && !before;
}

}  // namespace tillpost
