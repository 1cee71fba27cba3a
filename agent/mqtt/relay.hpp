// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "platform/error.hpp"

namespace tillpost {

namespace asio = boost::asio;

/// The MQTT library's way to one address of a broker's name. The library connects to the first IPv4 address of a name
/// only (Paho C 1.3.12, Socket.c) and verifies the certificate by the same name, so that another address of it can be
/// given to it only as a proxy: this one, on loopback, for one connection, which it takes to `endpoint` whatever is
/// asked. What goes through is encrypted from end to end. Loop thread only.
///
/// The way to a proxy, too: the library takes what its first read gives for all of the proxy's answer, which may come
/// in pieces. Here it is read to its end, and the library gets one of a single piece.
class Relay : public std::enable_shared_from_this<Relay> {
public:
    enum class Leads { to_broker, to_proxy };

    /// `endpoint`: "192.0.2.7:8883" or "[2001:db8::7]:8883". Errc::io if there is no socket to be had, Errc::invalid
    /// for another form.
    static Result<std::shared_ptr<Relay>> open(const asio::any_io_executor& loop, const std::string& endpoint,
                                               Leads leads);

    /// "127.0.0.1:40123", to be asked as an HTTP proxy by CONNECT.
    std::string address() const { return address_; }
    /// Ends the connection, or the wait for it.
    void close();

private:
    using Socket = asio::ip::tcp::socket;
    using Part = std::array<char, 16 * 1024>;

    Relay(const asio::any_io_executor& loop, asio::ip::tcp::endpoint to, Leads leads)
        : acceptor_(loop), client_(loop), broker_(loop), to_(std::move(to)), leads_(leads) {}
    boost::system::error_code listen();
    void read_request();
    void connect();
    void ask_proxy();
    void read_answer();
    void open_way(std::string_view already_come);
    void pass(Socket& from, Socket& to, Part& part);

    asio::ip::tcp::acceptor acceptor_;
    Socket client_;
    Socket broker_;
    asio::ip::tcp::endpoint to_;
    Leads leads_;
    std::string address_;
    std::string head_;  ///< What the library asks, then what the proxy has answered so far, then what the library is.
    Part up_{}, down_{};
};

}  // namespace tillpost
