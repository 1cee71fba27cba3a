// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fault_proxy.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <future>

namespace tillpost::test {
namespace {

using asio::ip::tcp;
using Failure = boost::system::error_code;

constexpr std::size_t most_held = 4 << 20;
constexpr int small_buffer = 16 * 1024;  // the kernel's own buffers must not hide a slow line

SteadyTime steady_now() { return std::chrono::steady_clock::now(); }

}  // namespace

/// One connection: two flows of bytes. Its handlers hold it.
class FaultProxy::Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(FaultProxy& proxy, tcp::socket client)
        : proxy_(proxy),
          client_(std::move(client)),
          broker_(proxy.loop_),
          up_(proxy.loop_, client_, broker_),
          down_(proxy.loop_, broker_, client_) {}

    void start() {
        broker_.async_connect(proxy_.target_, [self = shared_from_this()](const Failure& failed) {
            if (failed) return self->end(By::fin);
            self->connected_ = true;
            self->turn();
        });
        read(up_);
    }

    /// Does what the line allows now.
    void turn() {
        for (Flow* flow : {&up_, &down_}) {
            write(*flow);
            read(*flow);
        }
    }

    void line_changes(const Line& before) {
        if (before.way == Way::half_open && swallowed_) end(By::rst);
    }

    void end(By by) {
        if (std::exchange(ended_, true)) return;
        Failure ignored;
        for (tcp::socket* socket : {&client_, &broker_}) {
            if (by == By::rst) socket->set_option(asio::socket_base::linger(true, 0), ignored);
            socket->close(ignored);
        }
        for (Flow* flow : {&up_, &down_}) {
            flow->pace.cancel();
            flow->due.cancel();
        }
        proxy_.connections_.erase(shared_from_this());
    }

private:
    struct Piece {
        SteadyTime due;
        std::string bytes;
    };
    struct Flow {
        Flow(asio::io_context& loop, tcp::socket& source, tcp::socket& sink)
            : from(source), to(sink), pace(loop), due(loop) {}
        tcp::socket& from;
        tcp::socket& to;
        asio::steady_timer pace;  ///< When the next bytes may be read.
        asio::steady_timer due;   ///< When the next piece may be written.
        std::array<char, 16 * 1024> part{};
        std::deque<Piece> waiting;
        std::size_t held = 0;
        std::size_t taken = 0;
        bool reading = false;
        bool writing = false;
        bool last = false;  ///< Nothing follows what waits.
    };

    void read(Flow& flow) {
        const bool open = !ended_ && (connected_ || &flow == &up_);
        if (!open || flow.reading || flow.last || flow.held >= most_held || proxy_.line_.way == Way::blackhole) return;
        flow.reading = true;
        // A twentieth of a second's worth at a time.
        const std::size_t rate = proxy_.line_.bytes_per_second;
        const std::size_t most = rate == 0 ? flow.part.size() : std::clamp<std::size_t>(rate / 20, 1, flow.part.size());
        flow.from.async_read_some(asio::buffer(flow.part, most),
                                  [self = shared_from_this(), &flow](const Failure& failed, std::size_t size) {
                                      flow.reading = false;
                                      self->has_read(flow, failed, size);
                                  });
    }

    void has_read(Flow& flow, const Failure& failed, std::size_t size) {
        if (ended_) return;
        if (failed) {
            flow.last = true;
            if (flow.waiting.empty()) end(By::fin);
            return;
        }
        if (&flow == &up_ && flow.taken == 0) ++proxy_.served_;
        flow.taken += size;
        if (proxy_.line_.way == Way::half_open) {
            swallowed_ = true;
            return read(flow);
        }
        keep(flow, size);
        write(flow);
        const std::size_t rate = proxy_.line_.bytes_per_second;
        if (rate == 0) return read(flow);
        flow.reading = true;  // not before the pace allows it
        flow.pace.expires_after(std::chrono::microseconds(size * 1'000'000 / rate));
        flow.pace.async_wait([self = shared_from_this(), &flow](const Failure& stopped) {
            flow.reading = false;
            if (!stopped) self->read(flow);
        });
    }

    void keep(Flow& flow, std::size_t size) {
        const std::size_t cut = proxy_.line_.cut_after;
        if (cut != 0 && &flow == &up_ && flow.taken >= cut) {
            size -= std::min(size, flow.taken - cut);
            flow.last = cut_ = true;
        }
        flow.waiting.push_back({steady_now() + proxy_.line_.delay, std::string(flow.part.data(), size)});
        flow.held += size;
    }

    void write(Flow& flow) {
        if (ended_ || !connected_ || flow.writing || flow.waiting.empty() || proxy_.line_.way != Way::open) return;
        flow.writing = true;
        flow.due.expires_at(flow.waiting.front().due);
        flow.due.async_wait([self = shared_from_this(), &flow](const Failure&) {
            if (self->ended_) return;
            asio::async_write(flow.to, asio::buffer(flow.waiting.front().bytes),
                              [self, &flow](const Failure& failed, std::size_t) { self->has_written(flow, failed); });
        });
    }

    void has_written(Flow& flow, const Failure& failed) {
        flow.writing = false;
        if (ended_) return;
        if (failed) return end(By::fin);
        flow.held -= flow.waiting.front().bytes.size();
        flow.waiting.pop_front();
        if (flow.waiting.empty() && flow.last) {
            if (cut_) ++proxy_.cuts_;
            return end(cut_ && proxy_.line_.cut_by_reset ? By::rst : By::fin);
        }
        write(flow);
        read(flow);
    }

    FaultProxy& proxy_;
    tcp::socket client_;
    tcp::socket broker_;
    Flow up_;
    Flow down_;
    bool connected_ = false;
    bool swallowed_ = false;
    bool cut_ = false;
    bool ended_ = false;
};

FaultProxy::FaultProxy(int target_port)
    : work_(loop_.get_executor()),
      acceptor_(loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      target_(asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(target_port)) {
    acceptor_.set_option(asio::socket_base::receive_buffer_size(small_buffer));  // accepted sockets inherit it
    port_ = acceptor_.local_endpoint().port();
    accept();
    thread_ = std::thread([this] { loop_.run(); });
}

FaultProxy::~FaultProxy() {
    on_thread([this] {
        const auto all = connections_;
        for (const auto& each : all) each->end(By::fin);
        fillers_.clear();
        acceptor_.close();
        work_.reset();
    });
    thread_.join();
}

void FaultProxy::on_thread(const std::function<void()>& call) {
    std::promise<void> done;
    asio::post(loop_, [&call, &done] {
        call();
        done.set_value();
    });
    done.get_future().wait();
}

void FaultProxy::set(Line line) {
    on_thread([this, line] {
        const Line before = std::exchange(line_, line);
        if (before.way != line.way && before.way == Way::blackhole) end_blackhole();
        if (before.way != line.way && line.way == Way::blackhole) begin_blackhole();
        const auto all = connections_;
        for (const auto& each : all) {
            if (before.way != line.way) each->line_changes(before);
            each->turn();
        }
    });
}

void FaultProxy::cut(By by) {
    on_thread([this, by] {
        const auto all = connections_;
        cuts_ += all.size();
        for (const auto& each : all) each->end(by);
    });
}

void FaultProxy::accept() {
    acceptor_.async_accept([this](const Failure& failed, tcp::socket socket) {
        if (failed) return;
        const auto connection = std::make_shared<Connection>(*this, std::move(socket));
        connections_.insert(connection);
        connection->start();
        accept();
    });
}

// With the queue of connections full, the kernel drops SYNs without a word, as a black hole does.
void FaultProxy::begin_blackhole() {
    acceptor_.cancel();
    ::listen(acceptor_.native_handle(), 0);
    for (int i = 0; i < 2; ++i) {
        tcp::socket& filler = fillers_.emplace_back(loop_, tcp::v4());
        filler.async_connect(acceptor_.local_endpoint(), [](const Failure&) {});
    }
}

void FaultProxy::end_blackhole() {
    fillers_.clear();
    ::listen(acceptor_.native_handle(), 128);
    accept();
}

}  // namespace tillpost::test
