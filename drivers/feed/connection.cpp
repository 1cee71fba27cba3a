// SPDX-License-Identifier: Apache-2.0
#include "drivers/feed/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "drivers/feed/answer_line.hpp"
#include "drivers/feed/http_line.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

/// Taken in one turn of the loop. A full input buffer takes milliseconds: meanwhile nobody else would be answered, and
/// the storage, which gets its next work from the same loop, would stand still.
constexpr int lines_a_turn = 16;

}  // namespace

FeedConnection::FeedConnection(Socket socket, User user, FeedShared& shared)
    : socket_(std::move(socket)),
      user_(user),
      shared_(shared),
      framer_(shared.settings.longest_line),
      answers_(shared.settings.window, most_unsent) {}

void FeedConnection::proceed() {
    if (closed_) return;
    if (!posted_) take_rest();
    if (draining_ && !turned_away_) refuse_what_comes();
    if (closed_) return;
    write();
    if (ended_ && answers_.idle()) return close();
    if (is_leaving() && answers_.idle() && !posted_) linger();
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

bool FeedConnection::is_held_back() const { return waiting_bytes_ >= most_waiting || !shared_.sink.has_room(); }

void FeedConnection::take_turn() {
    held_ = false;
    if (closed_) return;
    if (rest_.empty() && !waiting_ && !ended_ && !is_leaving() && !answers_.full() && !is_held_back()) read();
    proceed();
}

void FeedConnection::wait_for_input() {
    if (waiting_ || ended_ || (posted_ && !rest_.empty())) return;
    if (!lingers_ && (is_leaving() || answers_.full() || waiting_bytes_ >= most_waiting)) return;
    if (!lingers_ && !shared_.sink.has_room()) {
        if (!std::exchange(held_, true)) shared_.held.push_back(weak_from_this());
        return;
    }
    waiting_ = true;
    auto readable = [self = shared_from_this()](const boost::system::error_code&) {
        self->waiting_ = false;
        if (self->closed_) return;
        if (self->lingers_ && self->discard_input()) return self->close();
        if (!self->is_leaving() && !self->is_held_back()) self->read();
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
    if (draining_) proceed_soon();  // perhaps there is more, and others have their turn before
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

/// Gives what is left over when no more can be taken now.
std::string_view FeedConnection::take_lines(std::string_view input) {
    for (int taken = 0; taken < lines_a_turn; ++taken) {
        if (closed_ || turned_away_) return {};
        if (answers_.full() || (!draining_ && is_held_back())) return input;
        const auto line = framer_.next(input);
        if (!line) return {};
        take(*line);
    }
    if (!input.empty()) proceed_soon();
    return input;
}

void FeedConnection::take(const LineFramer::Line& line) {
    heard_at_ = std::chrono::steady_clock::now();
    if (draining_) return refuse("shutdown: the agent is stopping, send again later");
    if (line.too_long) return refuse_overlong();
    if (user_ == over_tcp && is_http(line.bytes)) return turn_away_http();
    submit(line.bytes);
}

// What it was is lost, and who sent it may not look at the answer.
void FeedConnection::refuse_overlong() {
    const std::size_t longest = shared_.settings.longest_line;
    refuse("line_too_long: at most " + std::to_string(longest) + " bytes a line");
    auto line = [longest, user = user_ == over_tcp ? "tcp" : std::to_string(user_)](std::uint64_t times) {
        log::warn("feed: a line is longer than feed/line_kb allows: refused, and not recorded",
                  {{"most_bytes", longest},
                   {"user", user},
                   {"times", times},
                   {"what_to_do", "raise feed/line_kb, up to 1024, or have the POS send shorter records"}});
    };
    shared_.overlong_said.say(std::chrono::steady_clock::now(), std::move(line));
}

// Any web page that is open on this machine may send a request here. Nobody of the machine means it, and what the page
// has written behind the request's head would look like records. What stands before it was taken: it gets its answers,
// as at a stop, and then the page its refusal.
void FeedConnection::turn_away_http() {
    ++shared_.turned_away["http"];
    auto line = [feed = shared_.settings.name](std::uint64_t times) {
        log::warn("feed: an HTTP request is turned away, nothing of it is recorded",
                  {{"feed", feed},
                   {"times", times},
                   {"what_to_do",
                    "see which browser or program of this machine sends it: a web page may try the till's ports"}});
    };
    shared_.http_said.say(std::chrono::steady_clock::now(), std::move(line));
    turned_away_ = true;
    refuse("http: this is no web server; one JSON object a line is expected, and nothing before it");
}

void FeedConnection::refuse(std::string_view reason) {
    ++shared_.refused;
    answers_.answer(answers_.expect(), refusal_line(reason));
}

void FeedConnection::submit(std::string_view line) {
    ++shared_.lines;
    spoken_ = true;
    waiting_bytes_ += line.size();
    Observation observation;
    observation.device = shared_.settings.name;
    observation.bytes = line;
    auto answer = [weak = weak_from_this(), ticket = answers_.expect(), size = line.size()](const Outcome& outcome) {
        const auto self = weak.lock();
        if (!self) return;
        self->waiting_bytes_ -= size;
        self->answered(ticket, outcome);
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
        self->heard_at_ = std::chrono::steady_clock::now();
        self->proceed();
    };
    asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), std::move(written));
}

void FeedConnection::drain() {
    if (closed_ || std::exchange(draining_, true)) return;
    refuses_until_ = std::chrono::steady_clock::now() + refuses_for;
    proceed();
}

// That says more than a connection that breaks.
void FeedConnection::refuse_what_comes() {
    if (lingers_ || ended_ || posted_ || !rest_.empty() || answers_.full()) return;
    if (std::chrono::steady_clock::now() < refuses_until_) read();
}

void FeedConnection::linger() {
    if (lingers_) return;
    boost::system::error_code failure;
    socket_.shutdown(Socket::shutdown_send, failure);
    if (failure) return close();
    lingers_.emplace(socket_.get_executor(), lingers_for);
    auto over = [self = shared_from_this()](const boost::system::error_code&) { self->close(); };
    lingers_->async_wait(std::move(over));
}

/// Of what nobody answers any more. True at its end.
bool FeedConnection::discard_input() {
    boost::system::error_code failure;
    socket_.read_some(asio::buffer(shared_.input), failure);
    return failure && failure != asio::error::would_block;
}

void FeedConnection::give_way(std::string_view reason) {
    refuse(reason);
    const std::string_view bytes = answers_.begin_write();
    boost::system::error_code ignored;
    socket_.write_some(asio::buffer(bytes.data(), bytes.size()), ignored);
    discard_input();  // else the unfinished line resets the connection, and the peer may miss why
    close();
}

void FeedConnection::close() {
    if (std::exchange(closed_, true)) return;
    lingers_.reset();
    boost::system::error_code ignored;
    socket_.close(ignored);
    shared_.on_closed(*this);
}

}  // namespace tillpost
