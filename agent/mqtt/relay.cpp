// SPDX-License-Identifier: Apache-2.0
#include "agent/mqtt/relay.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <charconv>

#include "agent/mqtt/proxy.hpp"

namespace tillpost {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t longest_request = 4096;
constexpr std::string_view end_of_head = "\r\n\r\n";
constexpr std::string_view way_is_open = "HTTP/1.1 200 OK\r\n\r\n";

Result<tcp::endpoint> read_endpoint(const std::string& text) {
    const auto colon = text.rfind(':');
    std::string host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    error_code no_number;
    const auto number = asio::ip::make_address(host, no_number);
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const bool has_port =
        colon != std::string::npos && std::from_chars(text.data() + colon + 1, end, port).ptr == end && port != 0;
    if (no_number || !has_port) return Error{Errc::invalid, "not an address and port: \"" + text + "\""};
    return tcp::endpoint(number, port);
}

}  // namespace

Result<std::shared_ptr<Relay>> Relay::open(const asio::any_io_executor& loop, const std::string& endpoint,
                                           Leads leads) {
    const Result<tcp::endpoint> to = read_endpoint(endpoint);
    if (!to) return to.error();
    const std::shared_ptr<Relay> relay(new Relay(loop, *to, leads));
    if (const error_code failed = relay->listen()) {
        return Error{Errc::io, "open the way to " + endpoint + ": " + failed.message()};
    }
    return relay;
}

error_code Relay::listen() {
    error_code failed;
    acceptor_.open(tcp::v4(), failed);
    if (!failed) acceptor_.bind({asio::ip::address_v4::loopback(), 0}, failed);
    if (!failed) acceptor_.listen(1, failed);
    if (failed) return failed;
    address_ = "127.0.0.1:" + std::to_string(acceptor_.local_endpoint(failed).port());
    acceptor_.async_accept(client_, [self = shared_from_this()](const error_code& broken) {
        error_code ignored;
        self->acceptor_.close(ignored);
        if (!broken) self->read_request();
    });
    return failed;
}

void Relay::read_request() {
    client_.async_read_some(asio::buffer(up_), [self = shared_from_this()](const error_code& failed, std::size_t size) {
        if (failed) return self->close();
        self->head_.append(self->up_.data(), size);
        if (self->head_.find(end_of_head) != std::string::npos) return self->connect();
        if (self->head_.size() > longest_request) return self->close();
        self->read_request();
    });
}

void Relay::connect() {
    broker_.async_connect(to_, [self = shared_from_this()](const error_code& failed) {
        if (failed) return self->close();
        if (self->leads_ == Leads::to_proxy) return self->ask_proxy();
        self->open_way("");
    });
}

/// As the library asks, with the name and password that it was given.
void Relay::ask_proxy() {
    asio::async_write(broker_, asio::buffer(head_), [self = shared_from_this()](const error_code& failed, std::size_t) {
        if (failed) return self->close();
        self->head_.clear();
        self->read_answer();
    });
}

/// Whoever waits for the connection has a deadline, and closes at it. What the proxy says instead is asked once more
/// when the connect has failed (diagnose_connect).
void Relay::read_answer() {
    auto come = [self = shared_from_this()](const error_code& failed, std::size_t size) {
        if (failed) return self->close();
        self->head_.append(self->down_.data(), size);
        const auto meaning = proxy::answer(self->head_);
        if (!meaning) return self->read_answer();
        if (!meaning->empty()) return self->close();
        self->open_way(self->head_.substr(self->head_.find(end_of_head) + end_of_head.size()));
    };
    broker_.async_read_some(asio::buffer(down_), std::move(come));
}

void Relay::open_way(std::string_view already_come) {
    head_ = std::string(way_is_open).append(already_come);
    asio::async_write(client_, asio::buffer(head_), [self = shared_from_this()](const error_code& broken, std::size_t) {
        if (broken) return self->close();
        self->pass(self->client_, self->broker_, self->up_);
        self->pass(self->broker_, self->client_, self->down_);
    });
}

/// What is read is written before the end is seen: a DISCONNECT arrives.
void Relay::pass(Socket& from, Socket& to, Part& part) {
    from.async_read_some(asio::buffer(part),
                         [self = shared_from_this(), &from, &to, &part](const error_code& failed, std::size_t size) {
                             if (failed) return self->close();
                             asio::async_write(to, asio::buffer(part, size),
                                               [self, &from, &to, &part](const error_code& broken, std::size_t) {
                                                   if (broken) return self->close();
                                                   self->pass(from, to, part);
                                               });
                         });
}

void Relay::close() {
    error_code ignored;
    acceptor_.close(ignored);
    client_.close(ignored);
    broker_.close(ignored);
}

}  // namespace tillpost
