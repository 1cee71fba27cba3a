// SPDX-License-Identifier: Apache-2.0
#include "agent/status/control_server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>

#include "agent/status/status_json.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

// What keeps accept() from working (no file descriptor left) lasts; trying at once again would be a busy loop.
constexpr std::chrono::seconds pause_after_failure{1};

std::optional<std::uint32_t> user_of(int socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
    return credentials.uid;
}

void report_task(const std::string& task, const std::string& what) {
    log::error("a client of the control socket failed", {{"task", task}, {"why", what}});
}

}  // namespace

ControlServer::ControlServer(asio::any_io_executor loop, std::string path, std::function<Status()> status)
    : loop_(std::move(loop)),
      path_(std::move(path)),
      status_(std::move(status)),
      acceptor_(loop_),
      pause_(loop_),
      idle_(loop_),
      tasks_(loop_, report_task) {}

ControlServer::~ControlServer() { close(); }

Result<void> ControlServer::start() {
    auto listener = listen_unix(path_);
    if (!listener) return listener.error().with_context("control");
    boost::system::error_code failed;
    acceptor_.assign(asio::local::stream_protocol(), listener->socket.get(), failed);
    if (failed) return Error{Errc::io, "control socket " + path_ + ": " + failed.message()};
    listener->socket.release();  // the acceptor's from here on
    file_ = std::move(listener->file);
    return {};
}

asio::awaitable<void> ControlServer::run() {
    co_await accept_clients();
    // Cancelled or not: the clients' tasks use this object, so they end before this one does.
    const auto wait_all_the_same = asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await wait_all_the_same;
    tasks_.request_stop();
    tasks_.when_idle([this] { idle_.notify(); });
    co_await idle_.wait();
    clients_.clear();
    tails_ = 0;
}

// Every wait gives an error instead of throwing, so that run() gets to its end after a cancellation too.
asio::awaitable<void> ControlServer::accept_clients() {
    for (;;) {
        boost::system::error_code failed;
        auto token = asio::redirect_error(asio::use_awaitable, failed);
        Socket socket = co_await acceptor_.async_accept(token);
        asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
        if (closed_ || state.cancelled() != asio::cancellation_type::none) co_return;
        if (!failed) {
            admit(std::move(socket));
            continue;
        }
        auto line = [why = failed.message()](std::uint64_t times) {
            log::warn("control socket: no connection can be taken", {{"why", why}, {"times", times}});
        };
        failures_said_.say(std::chrono::steady_clock::now(), std::move(line));
        pause_.expires_after(pause_after_failure);
        co_await pause_.async_wait(token);
        state = co_await asio::this_coro::cancellation_state;
        if (closed_ || state.cancelled() != asio::cancellation_type::none) co_return;
    }
}

void ControlServer::admit(Socket socket) {
    if (clients_.size() >= most_clients && !make_room()) {
        refuse(std::move(socket));
        return;
    }
    const auto client = clients_.emplace(clients_.end(), std::move(socket), loop_);
    client->user = user_of(client->socket.native_handle());
    tasks_.spawn("requests", read_requests(client));
    tasks_.spawn("answers", write_answers(client));
}

/// Whoever connects and says nothing keeps nobody from asking.
bool ControlServer::make_room() {
    const auto dropped =
        std::count_if(clients_.begin(), clients_.end(), [](const Client& each) { return each.dropped; });
    if (clients_.size() - static_cast<std::size_t>(dropped) < most_clients) return true;
    const auto silent = std::find_if(clients_.begin(), clients_.end(),
                                     [](const Client& each) { return !each.tailing && !each.waits && !each.dropped; });
    if (silent == clients_.end()) return false;
    silent->dropped = true;
    silent->leaving = true;
    boost::system::error_code ignored;
    silent->socket.close(ignored);  // ends the reader and the writer
    silent->wake.notify();
    return true;
}

void ControlServer::refuse(Socket socket) {
    const std::string line =
        error_line("too many connections to the control socket: at most " + std::to_string(most_clients) +
                   ", and each of them tails or waits for an answer");
    boost::system::error_code ignored;  // it is a courtesy: the client is closed in any case
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(line), ignored);
}

asio::awaitable<void> ControlServer::read_requests(ClientAt client) {
    std::string pending;
    for (;;) {
        boost::system::error_code failed;
        auto token = asio::redirect_error(asio::use_awaitable, failed);
        const std::size_t got = co_await client->socket.async_read_some(asio::buffer(client->part), token);
        if (failed) break;
        clients_.splice(clients_.end(), clients_, client);
        pending.append(client->part.data(), got);
        const bool stays = co_await answer_lines(*client, pending);
        if (!stays) break;
    }
    stop_tailing(*client);
    client->leaving = true;
    client->wake.notify();
    task_done(client);
}

asio::awaitable<void> ControlServer::write_answers(ClientAt client) {
    for (;;) {
        if (client->outbox.empty()) {
            if (client->leaving) break;
            co_await client->wake.wait();
            continue;
        }
        const std::string bytes = client->outbox.take();
        boost::system::error_code failed;
        auto token = asio::redirect_error(asio::use_awaitable, failed);
        co_await asio::async_write(client->socket, asio::buffer(bytes), token);
        if (failed) break;
        client->outbox.written();
    }
    boost::system::error_code ignored;
    client->socket.close(ignored);  // ends the reader
    task_done(client);
}

// One after the other: a client's answers come in the order of its requests.
asio::awaitable<bool> ControlServer::answer_lines(Client& client, std::string& pending) {
    std::size_t begin = 0;
    for (;;) {
        const auto end = pending.find('\n', begin);
        if (end == std::string::npos) break;
        if (end - begin >= longest_request) break;
        std::string line = pending.substr(begin, end - begin);
        begin = end + 1;
        bool stays = false;
        const Desk* const desk = desk_for(line);
        if (desk != nullptr) {
            stays = co_await answer_at_desk(client, *desk, std::move(line));
        } else {
            stays = answer(client, line);
        }
        if (!stays) co_return false;
    }
    pending.erase(0, begin);
    if (pending.size() < longest_request) co_return true;
    client.outbox.add(error_line("a request has at most " + std::to_string(longest_request) + " bytes"));
    co_return false;
}

const ControlServer::Desk* ControlServer::desk_for(std::string_view line) const {
    const ControlRequest::Kind kind = parse_request(line).kind;
    if (kind == ControlRequest::Kind::quarantine && quarantine_) return &quarantine_;
    return kind == ControlRequest::Kind::reprocess && reprocess_ ? &reprocess_ : nullptr;
}

asio::awaitable<bool> ControlServer::answer_at_desk(Client& client, const Desk& desk, std::string line) {
    if (!client.user) co_return client.outbox.add(error_line("the kernel does not say who asks: use the Unix socket"));
    client.waits = true;
    std::string said = co_await desk(std::move(line), *client.user);
    client.waits = false;
    client.wake.notify();
    co_return client.outbox.add(said);
}

bool ControlServer::answer(Client& client, std::string_view line) {
    client.wake.notify();
    const ControlRequest request = parse_request(line);
    switch (request.kind) {
        case ControlRequest::Kind::status: return client.outbox.add(status_json(status_()) + "\n");
        case ControlRequest::Kind::day:
            if (!day_) break;
            return client.outbox.add(day_(request.date, request.till) + "\n");
        case ControlRequest::Kind::tail: return begin_tailing(client);
        case ControlRequest::Kind::quarantine:
        case ControlRequest::Kind::reprocess:
        case ControlRequest::Kind::unknown: break;
    }
    return client.outbox.add(error_line(
        R"(unknown request: expected {"status":{}}, {"tail":{}}, {"day":{}}, {"quarantine.list":{}} or {"reprocess.events":{}})"));
}

bool ControlServer::begin_tailing(Client& client) {
    if (client.tailing) return true;
    if (tails_ >= most_tails) {
        client.outbox.add(error_line("too many connections of tillpost tail: at most " + std::to_string(most_tails) +
                                     " at a time: end one"));
        return false;
    }
    client.tailing = true;
    ++tails_;
    return true;
}

void ControlServer::stop_tailing(Client& client) {
    if (std::exchange(client.tailing, false)) --tails_;
}

void ControlServer::task_done(ClientAt client) {
    if (--client->tasks == 0) clients_.erase(client);
}

void ControlServer::captured(const CapturedEvent& event) {
    if (tailed()) tell_tails(captured_line(event));
}

void ControlServer::sent(const std::string& epoch, std::uint64_t upto) {
    if (tailed()) tell_tails(sent_line(epoch, upto));
}

void ControlServer::confirmed(const std::string& epoch, std::uint64_t upto) {
    if (tailed()) tell_tails(confirmed_line(epoch, upto));
}

void ControlServer::tell_tails(const std::string& line) {
    for (Client& client : clients_) {
        if (!client.tailing) continue;
        client.outbox.offer(line);
        client.wake.notify();
    }
}

void ControlServer::close() {
    if (std::exchange(closed_, true)) return;
    file_.reset();
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
}

}  // namespace tillpost
