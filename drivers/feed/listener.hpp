// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/log_limit.hpp"

namespace tillpost {

namespace asio = boost::asio;

/// Hands over every connection that comes to one listening socket. Loop thread only.
///
/// Callbacks instead of a coroutine: one operation at a time, and close() needs no cancellation to be waited for.
/// The operations under way keep the object alive, its owner may go.
class FeedListener : public std::enable_shared_from_this<FeedListener> {
public:
    using Socket = asio::generic::stream_protocol::socket;
    using OnSocket = std::function<void(Socket)>;

    /// `family`: AF_UNIX or AF_INET.
    static Result<std::shared_ptr<FeedListener>> make(const asio::any_io_executor& loop, FileDescriptor socket,
                                                      int family, OnSocket on_socket);

    void accept();
    /// on_socket is not called any more.
    void close();
    /// Out of file descriptors or memory: tries again after a pause.
    bool paused() const { return paused_; }

private:
    FeedListener(const asio::any_io_executor& loop, OnSocket on_socket);
    void accepted(const boost::system::error_code& failure, Socket socket);
    void pause(const boost::system::error_code& failure);

    asio::basic_socket_acceptor<asio::generic::stream_protocol> acceptor_;
    asio::steady_timer timer_;
    OnSocket on_socket_;
    LogLimit log_limit_;
    bool paused_ = false;
    bool closed_ = false;
};

}  // namespace tillpost
