// SPDX-License-Identifier: Apache-2.0
#include "agent/status/page_server.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>

#include "agent/status/http_request.hpp"
#include "platform/listening_socket.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

// What keeps accept() from working (no file descriptor left) lasts; trying at once again would be a busy loop.
constexpr std::chrono::seconds page_pause{1};

void report_connection(const std::string& task, const std::string& what) {
    log::error("a connection of the local page failed", {{"task", task}, {"why", what}});
}

}  // namespace

PageServer::PageServer(asio::any_io_executor loop, PageAddress address, PageSources sources, Limits limits)
    : loop_(std::move(loop)),
      address_(address),
      sources_(std::move(sources)),
      limits_(limits),
      acceptor_(loop_),
      pause_(loop_),
      idle_(loop_),
      tasks_(loop_, report_connection) {}

PageServer::~PageServer() { close(); }

Result<void> PageServer::start() {
    auto listener = listen_loopback(address_.port, address_.ipv6 ? Loopback::ipv6 : Loopback::ipv4);
    if (!listener) return listener.error().with_context("page/address");
    address_.port = port_of(listener->get());
    boost::system::error_code failed;
    acceptor_.assign(address_.ipv6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), listener->get(), failed);
    if (failed) return Error{Errc::io, "page/address: " + failed.message()};
    listener->release();  // the acceptor's from here on
    log::info("the local page", {{"url", "http://" + address_.host() + ":" + std::to_string(address_.port) + "/"}});
    return {};
}

asio::awaitable<void> PageServer::run() {
    co_await accept_connections();
    // Cancelled or not: the connections' tasks use this object, so they end before this one does.
    const auto wait_all_the_same = asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await wait_all_the_same;
    tasks_.request_stop();
    tasks_.when_idle([this] { idle_.notify(); });
    co_await idle_.wait();
    connections_.clear();
}

// Every wait gives an error instead of throwing, so that run() gets to its end after a cancellation too.
asio::awaitable<void> PageServer::accept_connections() {
    for (;;) {
        boost::system::error_code failed;
        auto token = asio::redirect_error(asio::use_awaitable, failed);
        Socket socket = co_await acceptor_.async_accept(token);
        asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
        if (closed_ || state.cancelled() != asio::cancellation_type::none) co_return;
        if (failed) {
            auto line = [why = failed.message()](std::uint64_t times) {
                log::warn("local page: no connection can be taken", {{"why", why}, {"times", times}});
            };
            failures_said_.say(steady_now(), std::move(line));
            pause_.expires_after(page_pause);
            co_await pause_.async_wait(token);
        } else {
            const auto connection =
                connections_.emplace(connections_.end(), std::move(socket), steady_now(), limits_.all, loop_);
            tasks_.spawn("request", serve(connection));
            tasks_.spawn("deadline", watch(connection));
            due_ = std::max(due_, steady_now() - most_at_once * limits_.apart) + limits_.apart;
            if (connections_.size() == most_connections) hurry();
            co_await wait_for_room();
        }
        state = co_await asio::this_coro::cancellation_state;
        if (closed_ || state.cancelled() != asio::cancellation_type::none) co_return;
    }
}

/// Idle connections, however many, keep the page from nobody for long.
void PageServer::hurry() {
    for (Connection& each : connections_) {
        if (each.asked) continue;
        each.deadline = std::min(each.deadline, each.began + limits_.asking);
        each.wake.notify();
    }
}

bool PageServer::has_room() const { return connections_.size() < most_connections && steady_now() >= due_; }

asio::awaitable<void> PageServer::wait_for_room() {
    for (;;) {
        const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
        if (closed_ || has_room() || state.cancelled() != asio::cancellation_type::none) co_return;
        // Without a free place the connection that ends first ends the pause, too.
        pause_.expires_at(connections_.size() < most_connections ? due_ : SteadyTime::max());
        boost::system::error_code ended;
        auto token = asio::redirect_error(asio::use_awaitable, ended);
        co_await pause_.async_wait(token);
    }
}

// Closed with bytes unread, a socket is reset, and the client may never see the answer: so it is waited for, a while.
asio::awaitable<void> PageServer::serve(ConnectionAt connection) {
    boost::system::error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    std::string head;
    for (;;) {
        const std::size_t got = co_await connection->socket.async_read_some(asio::buffer(connection->part), token);
        if (failed) break;
        head.append(connection->part.data(), got);
        if (ends_http_head(head) || head.size() > longest_http_head) break;
    }
    if (!failed) {
        connection->asked = true;
        const std::string answer = page_answer(parse_http_head(head), sources_);
        co_await asio::async_write(connection->socket, asio::buffer(answer), token);
        connection->deadline = std::min(connection->deadline, steady_now() + limits_.linger);
        connection->wake.notify();
        boost::system::error_code ignored;
        connection->socket.shutdown(Socket::shutdown_send, ignored);
    }
    for (;;) {
        if (failed) break;
        co_await connection->socket.async_read_some(asio::buffer(connection->part), token);
    }
    connection->done = true;
    connection->wake.notify();
    task_done(connection);
}

asio::awaitable<void> PageServer::watch(ConnectionAt connection) {
    for (;;) {
        if (connection->done || steady_now() >= connection->deadline) break;
        co_await connection->wake.wait_until(connection->deadline);
    }
    boost::system::error_code ignored;
    connection->socket.close(ignored);  // ends what serve() waits for
    task_done(connection);
}

void PageServer::task_done(ConnectionAt connection) {
    if (--connection->tasks > 0) return;
    connections_.erase(connection);
    pause_.cancel();
}

void PageServer::close() {
    if (std::exchange(closed_, true)) return;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
}

}  // namespace tillpost
