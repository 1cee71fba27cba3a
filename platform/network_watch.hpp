// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>

#include "platform/clock.hpp"
#include "platform/error.hpp"
#include "platform/link_states.hpp"

namespace tillpost {

namespace asio = boost::asio;

/// Tells when a network link or an address of this machine comes up, by the kernel's own word (netlink; no privileges
/// needed). Where the service's RestrictAddressFamilies= leaves AF_NETLINK out, open() fails and all goes on without.
class NetworkWatch {
public:
    NetworkWatch(const asio::any_io_executor& loop, std::function<void()> on_up);

    Result<void> open();
    /// Calls `on_up` once for all that comes up within `settle`. Ends at once if it is not open.
    asio::awaitable<void> run();

    /// Address, route and name server of one link come one after the other.
    static constexpr Millis settle{300};

private:
    /// Reads what there is; true if something came up.
    bool take_messages();

    std::function<void()> on_up_;
    LinkStates states_;
    asio::posix::stream_descriptor socket_;
};

}  // namespace tillpost
