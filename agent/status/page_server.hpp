// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <string>
#include <utility>

#include "agent/status/page_address.hpp"
#include "agent/status/page_content.hpp"
#include "platform/clock.hpp"
#include "platform/error.hpp"
#include "platform/log_limit.hpp"
#include "platform/task_group.hpp"
#include "platform/wake.hpp"

namespace tillpost {

namespace asio = boost::asio;

/// Serves the local page over HTTP on a loopback address: see decisions/0011. Loop thread only.
///
/// One request a connection. Whoever is slow, sends too much or never ends is bounded in bytes and time, and holds up
/// nobody but other visitors of the page. While nobody looks, nothing runs: no timer, no buffer.
class PageServer {
public:
    struct Limits {
        Millis all{5'000};     ///< For a connection, from its first byte to its last.
        Millis linger{1'000};  ///< Behind the answer, for the client to take it and close.
        Millis apart{20};    ///< Between two connections, on the average: a program that asks without end costs little.
        Millis asking{250};  ///< For a request, once all places are taken and others may wait.
    };

    PageServer(asio::any_io_executor loop, PageAddress address, PageSources sources)
        : PageServer(std::move(loop), address, std::move(sources), Limits{}) {}
    PageServer(asio::any_io_executor loop, PageAddress address, PageSources sources, Limits limits);
    ~PageServer();
    PageServer(const PageServer&) = delete;
    PageServer& operator=(const PageServer&) = delete;

    /// Binds the address; run() answers on it.
    Result<void> start();
    /// Runs until close() or a cancellation; when it has ended, no connection is left.
    asio::awaitable<void> run();
    /// Takes no more connections.
    void close();
    /// The port that it listens on, 0 before start().
    std::uint16_t port() const { return address_.port; }

    static constexpr std::size_t most_connections = 8;  ///< Further ones wait in the kernel's queue for their turn.
    static constexpr int most_at_once = 32;             ///< So many may come together, without a pause between them.

private:
    using Socket = asio::ip::tcp::socket;
    struct Connection {
        Connection(Socket connected, SteadyTime now, Millis all, const asio::any_io_executor& loop)
            : socket(std::move(connected)), began(now), deadline(now + all), wake(loop) {}
        Socket socket;
        SteadyTime began;
        SteadyTime deadline;
        Wake wake;  ///< For the watch.
        bool asked = false;
        bool done = false;
        int tasks = 2;
        std::array<char, 4 << 10> part{};
    };
    using ConnectionAt = std::list<Connection>::iterator;

    asio::awaitable<void> accept_connections();
    asio::awaitable<void> wait_for_room();
    void hurry();
    bool has_room() const;
    asio::awaitable<void> serve(ConnectionAt connection);
    asio::awaitable<void> watch(ConnectionAt connection);
    void task_done(ConnectionAt connection);

    asio::any_io_executor loop_;
    PageAddress address_;
    PageSources sources_;
    Limits limits_;
    asio::ip::tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    SteadyTime due_{};  ///< When the next connection would come, if they came evenly.
    LogLimit failures_said_;
    std::list<Connection> connections_;
    bool closed_ = false;
    Wake idle_;
    TaskGroup tasks_;
};

}  // namespace tillpost
