// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace tillpost::test {

namespace asio = boost::asio;

/// An HTTP proxy on the test's own loop that knows CONNECT and takes every way to 127.0.0.1, whatever the host's name.
class ConnectProxy {
public:
    /// `refusal`: a status line's end such as "407 Proxy Authentication Required", "" for none, "silence" to say
    /// nothing.
    explicit ConnectProxy(const asio::any_io_executor& loop, std::string refusal = "")
        : refusal_(std::move(refusal)), acceptor_(loop, {asio::ip::address_v4::loopback(), 0}) {
        accept();
    }
    std::string address() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
    /// From now on the answer to a request comes in two pieces, the second one so much later.
    void pause_within_answers(std::chrono::milliseconds pause) { pause_ = pause; }
    /// The first lines of the requests.
    const std::vector<std::string>& requests() const { return requests_; }
    /// All that was asked last.
    const std::string& head() const { return head_; }

private:
    using Socket = asio::ip::tcp::socket;
    struct Way : std::enable_shared_from_this<Way> {
        Way(ConnectProxy& its_proxy, Socket accepted)
            : proxy(its_proxy),
              client(std::move(accepted)),
              broker(client.get_executor()),
              pause(client.get_executor()) {}
        void read_request() {
            client.async_read_some(asio::buffer(up), [self = shared_from_this()](auto failed, std::size_t size) {
                if (failed) return;
                self->head.append(self->up.data(), size);
                if (self->head.find("\r\n\r\n") == std::string::npos) return self->read_request();
                self->answer();
            });
        }
        void answer() {
            const std::string line = head.substr(0, head.find('\r'));
            proxy.requests_.push_back(line);
            proxy.head_ = head;
            if (proxy.refusal_ == "silence") return read_request();
            if (!proxy.refusal_.empty()) return say("HTTP/1.1 " + proxy.refusal_ + "\r\n\r\n", false);
            const auto port = static_cast<std::uint16_t>(std::atoi(line.c_str() + line.rfind(':') + 1));
            broker.async_connect({asio::ip::address_v4::loopback(), port}, [self = shared_from_this()](auto failed) {
                self->say(failed ? "HTTP/1.1 502 Bad Gateway\r\n\r\n" : "HTTP/1.1 200 OK\r\n\r\n", !failed);
            });
        }
        void say(std::string text, bool open) {
            if (proxy.pause_.count() == 0) return say_all(std::move(text), open);
            const std::size_t first = text.find('\n') + 1;
            head = text.substr(0, first);
            asio::async_write(client, asio::buffer(head),
                              [self = shared_from_this(), rest = text.substr(first), open](auto failed, std::size_t) {
                                  if (!failed) self->say_later(rest, open);
                              });
        }
        void say_later(const std::string& text, bool open) {
            pause.expires_after(proxy.pause_);
            pause.async_wait([self = shared_from_this(), text, open](auto) { self->say_all(text, open); });
        }
        void say_all(std::string text, bool open) {
            head = std::move(text);
            asio::async_write(client, asio::buffer(head), [self = shared_from_this(), open](auto failed, std::size_t) {
                if (failed || !open) return;
                self->relay(self->client, self->broker, self->up);
                self->relay(self->broker, self->client, self->down);
            });
        }
        void relay(Socket& from, Socket& to, std::array<char, 4096>& part) {
            from.async_read_some(asio::buffer(part), [self = shared_from_this(), &from, &to, &part](auto failed,
                                                                                                    std::size_t size) {
                if (failed) return self->end();
                asio::async_write(to, asio::buffer(part, size), [self, &from, &to, &part](auto broken, std::size_t) {
                    if (broken) return self->end();
                    self->relay(from, to, part);
                });
            });
        }
        void end() {
            boost::system::error_code ignored;
            client.close(ignored);
            broker.close(ignored);
        }
        ConnectProxy& proxy;
        Socket client;
        Socket broker;
        asio::steady_timer pause;
        std::string head;
        std::array<char, 4096> up{};
        std::array<char, 4096> down{};
    };

    void accept() {
        acceptor_.async_accept([this](auto failed, Socket socket) {
            if (failed) return;
            std::make_shared<Way>(*this, std::move(socket))->read_request();
            accept();
        });
    }

    const std::string refusal_;
    std::chrono::milliseconds pause_{0};
    asio::ip::tcp::acceptor acceptor_;
    std::vector<std::string> requests_;
    std::string head_;
};

}  // namespace tillpost::test
