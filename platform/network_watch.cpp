// SPDX-License-Identifier: Apache-2.0
#include "platform/network_watch.hpp"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <utility>

#include "platform/files.hpp"
#include "platform/wake.hpp"

namespace tillpost {

NetworkWatch::NetworkWatch(const asio::any_io_executor& loop, std::function<void()> on_up)
    : on_up_(std::move(on_up)), socket_(loop) {}

Result<void> NetworkWatch::open() {
    constexpr const char* step = "listen to the kernel's network events";
    FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    if (socket.get() < 0) return system_error(step, errno);
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return system_error(step, errno);
    }
    socket_.assign(socket.release());
    return {};
}

asio::awaitable<void> NetworkWatch::run() {
    if (!socket_.is_open()) co_return;
    Wake pause(socket_.get_executor());
    for (;;) {
        co_await socket_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
        if (!take_messages()) continue;
        co_await pause.wait_for(settle);
        (void)take_messages();
        on_up_();
    }
}

bool NetworkWatch::take_messages() {
    bool up = false;
    std::array<char, 16 * 1024> part;
    for (;;) {
        const ssize_t size = ::recv(socket_.native_handle(), part.data(), part.size(), MSG_TRUNC);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return up || errno == ENOBUFS;  // ENOBUFS: something was said that we missed
        if (size == 0) return up;
        // A datagram that is cut off (many details of one link) still begins with what matters.
        const auto got = std::min(part.size(), static_cast<std::size_t>(size));
        if (states_.tells_up({part.data(), got})) up = true;
    }
}

}  // namespace tillpost
