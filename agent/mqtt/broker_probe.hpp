// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <string>

#include "agent/mqtt/address.hpp"
#include "agent/mqtt/connection.hpp"
#include "platform/clock.hpp"
#include "platform/error.hpp"

namespace tillpost {

namespace asio = boost::asio;

/// Finds out whether a broker can be reached, before the MQTT library is troubled with it: the library looks names up
/// and waits for proxies with its process-wide lock held, so that a dead name server stops even the connection that
/// works. Asio looks names up on a thread of its own and can be left waiting. Loop thread only.
///
/// What remains: the library looks the name up once more (unless another than its first address is taken), because it
/// must have the name to verify the certificate. A moment after our own look-up the resolver on the machine (or the
/// name server) has the answer at hand; where it dies in between, the library hangs as before, and connect() returns at
/// its deadline.
class BrokerProbe {
public:
    explicit BrokerProbe(asio::any_io_executor loop);
    ~BrokerProbe();
    BrokerProbe(const BrokerProbe&) = delete;
    BrokerProbe& operator=(const BrokerProbe&) = delete;

    /// Looks the host up, connects and closes again; with a proxy ("" for none), asks the proxy for a way to it. Of a
    /// name's addresses one after the other is tried, IPv4 first, eight at most; what gives no answer within its share
    /// of the time, two seconds at most, is left for the next one.
    /// Errc::timeout after `within`; otherwise Errc::not_connected with what went wrong.
    asio::awaitable<Result<Reached>> run(std::string address, std::string proxy, Millis within,
                                         std::string proxy_credentials = {});

    /// A look-up is under way. It cannot be interrupted, and the io_context's destructor waits for it.
    bool looks_up() const;

private:
    class LookUps;
    class Attempt;
    asio::any_io_executor loop_;
    std::shared_ptr<LookUps> look_ups_;
};

}  // namespace tillpost
