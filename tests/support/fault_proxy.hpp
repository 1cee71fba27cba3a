// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "platform/clock.hpp"

namespace tillpost::test {

namespace asio = boost::asio;

/// A TCP line to a port of this machine whose faults are switched while it runs; on a thread of its own.
///
/// A real line differs from the loopback in that its ends learn nothing when it breaks. Here too: only cut() and
/// `cut_after` end connections, everything else just stops or delays bytes.
class FaultProxy {
public:
    enum class Way {
        open,
        half_open,  ///< Connects and swallows, both ways: the peer behind is gone and nobody said so.
        blackhole   ///< Takes no byte and answers no SYN.
    };
    struct Line {
        Way way = Way::open;
        Millis delay{0};                   ///< One way.
        std::size_t bytes_per_second = 0;  ///< Each way; 0 for no limit.
        std::size_t cut_after = 0;         ///< Ends each new connection after so many bytes to the broker; 0: never.
        bool cut_by_reset = false;         ///< … by RST instead of FIN.
    };
    enum class By { fin, rst };

    explicit FaultProxy(int target_port);
    ~FaultProxy();
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    int port() const { return port_; }
    std::string address() const { return "tcp://127.0.0.1:" + std::to_string(port_); }
    /// Holds for the connections there are and for new ones once it returns. What a half-open line has swallowed
    /// nobody sends again, so such connections are reset when another state begins.
    void set(Line line);
    void cut(By by);
    /// Connections that have sent a first byte: not those that only look whether somebody listens.
    std::size_t connections() const { return served_; }
    std::size_t cuts() const { return cuts_; }

private:
    class Connection;
    void on_thread(const std::function<void()>& call);
    void accept();
    void begin_blackhole();
    void end_blackhole();

    asio::io_context loop_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    asio::ip::tcp::acceptor acceptor_;
    const asio::ip::tcp::endpoint target_;
    int port_ = 0;
    Line line_;
    std::set<std::shared_ptr<Connection>> connections_;
    std::vector<asio::ip::tcp::socket> fillers_;  ///< Fill the kernel's queue of connections while it is a black hole.
    std::atomic<std::size_t> served_ = 0;
    std::atomic<std::size_t> cuts_ = 0;
    std::thread thread_;
};

}  // namespace tillpost::test
