// SPDX-License-Identifier: Apache-2.0
#include "drivers/feed/listener.hpp"

#include <utility>

#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr Millis pause_length{500};

}  // namespace

Result<std::shared_ptr<FeedListener>> FeedListener::make(const asio::any_io_executor& loop, FileDescriptor socket,
                                                         int family, OnSocket on_socket) {
    std::shared_ptr<FeedListener> listener(new FeedListener(loop, std::move(on_socket)));
    boost::system::error_code failure;
    listener->acceptor_.assign(asio::generic::stream_protocol(family, 0), socket.get(), failure);
    if (failure) return system_error("watch a listening socket", failure.value());
    socket.release();
    return listener;
}

FeedListener::FeedListener(const asio::any_io_executor& loop, OnSocket on_socket)
    : acceptor_(loop), timer_(loop), on_socket_(std::move(on_socket)) {}

void FeedListener::accept() {
    if (closed_) return;
    auto done = [self = shared_from_this()](const boost::system::error_code& failure, Socket socket) {
        self->accepted(failure, std::move(socket));
    };
    acceptor_.async_accept(std::move(done));
}

void FeedListener::accepted(const boost::system::error_code& failure, Socket socket) {
    if (closed_) return;
    if (failure) return pause(failure);
    on_socket_(std::move(socket));
    accept();
}

// The connection stays in the kernel's queue, so that an immediate second try would fail at once, and spin.
void FeedListener::pause(const boost::system::error_code& failure) {
    auto line = [why = failure.message()](std::uint64_t times) {
        log::warn("feed: cannot take connections, trying again", {{"why", why}, {"times", times}});
    };
    log_limit_.say(std::chrono::steady_clock::now(), std::move(line));
    paused_ = true;
    timer_.expires_after(pause_length);
    auto again = [self = shared_from_this()](const boost::system::error_code&) {
        self->paused_ = false;
        self->accept();
    };
    timer_.async_wait(std::move(again));
}

void FeedListener::close() {
    closed_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
    on_socket_ = nullptr;
}

}  // namespace tillpost
