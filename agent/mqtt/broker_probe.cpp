// SPDX-License-Identifier: Apache-2.0
#include "agent/mqtt/broker_probe.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "agent/mqtt/proxy.hpp"
#include "platform/wake.hpp"

namespace tillpost {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

Error unreachable(const std::string& step, const std::string& why) {
    return {Errc::not_connected, step.empty() ? why : step + ": " + why};
}

/// The one that the MQTT library takes: it tries no other.
tcp::endpoint choose(const tcp::resolver::results_type& found) {
    for (const auto& entry : found) {
        if (entry.endpoint().protocol() == tcp::v4()) return entry.endpoint();
    }
    return found.begin()->endpoint();
}

}  // namespace

/// At most one look-up a host at a time: while a name server is dead, attempts wait for the one under way instead of
/// queueing more behind it.
class BrokerProbe::LookUps : public std::enable_shared_from_this<BrokerProbe::LookUps> {
public:
    using Done = std::function<void(Result<tcp::endpoint>)>;

    explicit LookUps(const asio::any_io_executor& loop) : resolver_(loop) {}

    void look_up(const BrokerAddress& address, Done done) {
        const auto [entry, is_new] = waiting_.try_emplace(address.host);
        // Whoever gave up at a deadline is still among those; attempts come one a deadline, so they stay few.
        if (entry->second.size() == most_waiting) entry->second.erase(entry->second.begin());
        entry->second.push_back({address.port, std::move(done)});
        if (!is_new) return;
        auto finished = [self = shared_from_this(), host = address.host](const error_code& failed,
                                                                         const tcp::resolver::results_type& found) {
            self->finish(host, failed, found);
        };
        resolver_.async_resolve(address.host, "", std::move(finished));
    }
    bool empty() const { return waiting_.empty(); }

private:
    struct Waiting {
        std::uint16_t port;
        Done done;
    };
    static constexpr std::size_t most_waiting = 8;

    void finish(const std::string& host, const error_code& failed, const tcp::resolver::results_type& found) {
        auto node = waiting_.extract(host);
        for (Waiting& each : node.mapped()) {
            if (failed || found.empty()) {
                each.done(unreachable("look up " + host, failed ? failed.message() : "no address"));
                continue;
            }
            each.done(tcp::endpoint(choose(found).address(), each.port));
        }
    }

    tcp::resolver resolver_;
    std::map<std::string, std::vector<Waiting>> waiting_;
};

/// One probe: a chain of callbacks that lives until its last one, so that whoever waits may leave at any moment.
class BrokerProbe::Attempt : public std::enable_shared_from_this<BrokerProbe::Attempt> {
public:
    Attempt(const asio::any_io_executor& loop, BrokerAddress broker)
        : socket(loop), wake(loop), broker_(std::move(broker)) {}

    void start(LookUps& look_ups, const BrokerAddress& first_hop, bool through_proxy) {
        through_proxy_ = through_proxy;
        error_code no_number;
        const auto number = asio::ip::make_address(first_hop.host, no_number);
        if (!no_number) return connect({number, first_hop.port});
        auto found = [self = shared_from_this()](const Result<tcp::endpoint>& endpoint) {
            if (self->outcome) return;
            if (!endpoint) return self->give(endpoint.error());
            self->connect(*endpoint);
        };
        look_ups.look_up(first_hop, std::move(found));
    }
    void give(Result<void> result) {
        if (outcome) return;
        outcome.emplace(std::move(result));
        error_code ignored;
        socket.close(ignored);
        wake.notify();
    }

    tcp::socket socket;
    Wake wake;
    std::optional<Result<void>> outcome;

private:
    void connect(const tcp::endpoint& endpoint) {
        socket.async_connect(endpoint, [self = shared_from_this()](const error_code& failed) {
            if (failed) return self->give(unreachable("", failed.message()));
            if (!self->through_proxy_) return self->give(Result<void>());
            self->ask_proxy();
        });
    }
    void ask_proxy() {
        request_ = proxy::connect_request(broker_);
        asio::async_write(socket, asio::buffer(request_),
                          [self = shared_from_this()](const error_code& failed, std::size_t) {
                              if (failed) return self->give(unreachable("ask the proxy", failed.message()));
                              self->read_answer();
                          });
    }
    void read_answer() {
        socket.async_read_some(
            asio::buffer(part_), [self = shared_from_this()](const error_code& failed, std::size_t size) {
                if (failed) return self->give(unreachable("ask the proxy", failed.message()));
                self->answer_.append(self->part_.data(), size);
                const auto meaning = proxy::answer(self->answer_);
                if (!meaning) return self->read_answer();
                self->give(meaning->empty() ? Result<void>() : Result<void>(unreachable("", *meaning)));
            });
    }

    BrokerAddress broker_;
    bool through_proxy_ = false;
    std::string request_;
    std::string answer_;
    std::array<char, 1024> part_{};
};

BrokerProbe::BrokerProbe(asio::any_io_executor loop)
    : loop_(std::move(loop)), look_ups_(std::make_shared<LookUps>(loop_)) {}

BrokerProbe::~BrokerProbe() = default;

bool BrokerProbe::looks_up() const { return !look_ups_->empty(); }

asio::awaitable<Result<void>> BrokerProbe::run(std::string address, std::string proxy, Millis within) {
    const Result<BrokerAddress> broker = parse_broker_address(address);
    if (!broker) co_return broker.error();
    const bool through_proxy = !proxy.empty() && broker->tls;
    const Result<BrokerAddress> first_hop = through_proxy ? parse_proxy_address(proxy) : broker;
    if (!first_hop) co_return first_hop.error();
    const SteadyTime deadline = std::chrono::steady_clock::now() + within;
    const auto attempt = std::make_shared<Attempt>(loop_, *broker);
    attempt->start(*look_ups_, *first_hop, through_proxy);
    for (;;) {
        if (attempt->outcome) {
            const Result<void> outcome = *attempt->outcome;
            if (outcome || !through_proxy) co_return outcome;
            co_return outcome.error().with_context("through the proxy " + proxy);
        }
        if (std::chrono::steady_clock::now() >= deadline) {
            Error late{Errc::timeout, "no answer within " + std::to_string(within.count()) + " ms"};
            attempt->give(late);
            continue;
        }
        co_await attempt->wake.wait_until(deadline);
    }
}

}  // namespace tillpost
