// SPDX-License-Identifier: Apache-2.0
#include "drivers/feed/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "drivers/feed/answer_line.hpp"

namespace tillpost {

FeedConnection::FeedConnection(Socket socket, FeedShared& shared)
    : socket_(std::move(socket)),
      shared_(shared),
      framer_(shared.settings.longest_line),
      answers_(shared.settings.window, most_unsent) {}

void FeedConnection::proceed() {
    if (closed_) return;
    take_rest();
    write();
    if ((ended_ || draining_) && answers_.idle()) return close();
    wait_for_input();
}

// A commit answers hundreds of lines in one go: they shall leave in one write.
void FeedConnection::proceed_soon() {
    if (std::exchange(posted_, true)) return;
    auto turn = [self = shared_from_this()] {
        self->posted_ = false;
        self->proceed();
    };
    asio::post(socket_.get_executor(), std::move(turn));
}

void FeedConnection::wait_for_input() {
    if (waiting_ || ended_ || draining_ || answers_.full()) return;
    waiting_ = true;
    auto readable = [self = shared_from_this()](const boost::system::error_code&) {
        self->waiting_ = false;
        if (self->closed_) return;
        if (!self->draining_) self->read();
        self->proceed();
    };
    socket_.async_wait(Socket::wait_read, std::move(readable));
}

void FeedConnection::read() {
    boost::system::error_code failure;
    const std::size_t got = socket_.read_some(asio::buffer(shared_.input), failure);
    if (failure == asio::error::would_block) return;
    if (failure == asio::error::eof) return end_of_input();
    if (failure) return close();
    rest_ = take_lines({shared_.input.data(), got});
}

// Half a record is no record: the peer may have died while it wrote.
void FeedConnection::end_of_input() {
    ended_ = true;
    if (framer_.incomplete()) refuse("incomplete_line: the connection ended before the line did");
}

void FeedConnection::take_rest() {
    if (rest_.empty()) return;
    const auto left = take_lines(std::string_view(rest_).substr(rest_taken_));
    rest_taken_ = rest_.size() - left.size();
    if (!left.empty()) return;
    rest_ = {};
    rest_taken_ = 0;
}

/// Gives what is left over when the queue of answers is full.
std::string_view FeedConnection::take_lines(std::string_view input) {
    for (;;) {
        if (answers_.full()) return input;
        const auto line = framer_.next(input);
        if (!line) return {};
        take(*line);
    }
}

void FeedConnection::take(const LineFramer::Line& line) {
    if (draining_) return refuse("shutdown: the agent is stopping, send again later");
    if (line.too_long) {
        return refuse("line_too_long: at most " + std::to_string(shared_.settings.longest_line) + " bytes a line");
    }
    submit(line.bytes);
}

void FeedConnection::refuse(std::string_view reason) {
    ++shared_.refused;
    answers_.answer(answers_.expect(), refusal_line(reason));
}

void FeedConnection::submit(std::string_view line) {
    ++shared_.lines;
    Observation observation;
    observation.device = shared_.settings.name;
    observation.bytes = line;
    auto answer = [weak = weak_from_this(), ticket = answers_.expect()](const Outcome& outcome) {
        if (const auto self = weak.lock()) self->answered(ticket, outcome);
    };
    shared_.sink.submit(std::move(observation), std::move(answer));
}

void FeedConnection::answered(AnswerQueue::Ticket ticket, const Outcome& outcome) {
    if (closed_) return;
    answers_.answer(ticket, answer_line(outcome));
    proceed_soon();
}

void FeedConnection::write() {
    const std::string_view bytes = answers_.begin_write();
    if (bytes.empty()) return;
    auto written = [self = shared_from_this()](const boost::system::error_code& failure, std::size_t) {
        if (self->closed_) return;
        if (failure) return self->close();
        self->answers_.end_write();
        self->proceed();
    };
    asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), std::move(written));
}

void FeedConnection::drain() {
    if (closed_ || std::exchange(draining_, true)) return;
    // One look at what waits in the kernel: it is refused, which says more than a connection that breaks.
    if (rest_.empty() && !ended_ && !answers_.full()) read();
    proceed();
}

void FeedConnection::close() {
    if (std::exchange(closed_, true)) return;
    boost::system::error_code ignored;
    socket_.close(ignored);
    shared_.on_closed(*this);
}

}  // namespace tillpost
