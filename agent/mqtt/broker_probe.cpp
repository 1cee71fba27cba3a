// SPDX-License-Identifier: Apache-2.0
#include "agent/mqtt/broker_probe.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <optional>
#include <sstream>
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

constexpr std::size_t most_addresses = 8;  // of one name
constexpr Millis address_time{2'000};      // for one of several, but the last

using Addresses = std::vector<asio::ip::address>;

/// In the order in which they are tried. The MQTT library takes the first one by itself: of IPv4, if there is any.
Addresses in_order(const tcp::resolver::results_type& found) {
    Addresses all;
    for (const bool v4 : {true, false}) {
        for (const auto& entry : found) {
            const asio::ip::address address = entry.endpoint().address();
            const bool known = std::find(all.begin(), all.end(), address) != all.end();
            if (address.is_v4() == v4 && !known && all.size() < most_addresses) all.push_back(address);
        }
    }
    return all;
}

}  // namespace

/// At most one look-up a host at a time: while a name server is dead, attempts wait for the one under way instead of
/// queueing more behind it.
class BrokerProbe::LookUps : public std::enable_shared_from_this<BrokerProbe::LookUps> {
public:
    using Done = std::function<void(Result<Addresses>)>;

    explicit LookUps(const asio::any_io_executor& loop) : resolver_(loop) {}

    void look_up(const std::string& host, Done done) {
        const auto [entry, is_new] = waiting_.try_emplace(host);
        // Whoever gave up at a deadline is still among those; attempts come one a deadline, so they stay few.
        if (entry->second.size() == most_waiting) entry->second.erase(entry->second.begin());
        entry->second.push_back(std::move(done));
        if (!is_new) return;
        auto finished = [self = shared_from_this(), host](const error_code& failed,
                                                          const tcp::resolver::results_type& found) {
            self->finish(host, failed, found);
        };
        resolver_.async_resolve(host, "", std::move(finished));
    }
    bool empty() const { return waiting_.empty(); }

private:
    static constexpr std::size_t most_waiting = 8;

    void finish(const std::string& host, const error_code& failed, const tcp::resolver::results_type& found) {
        auto node = waiting_.extract(host);
        for (const Done& done : node.mapped()) {
            if (failed || found.empty()) {
                done(unreachable("look up " + host, failed ? failed.message() : "no address"));
                continue;
            }
            done(in_order(found));
        }
    }

    tcp::resolver resolver_;
    std::map<std::string, std::vector<Done>> waiting_;
};

/// One probe: a chain of callbacks that lives until its last one, so that whoever waits may leave at any moment.
class BrokerProbe::Attempt : public std::enable_shared_from_this<BrokerProbe::Attempt> {
public:
    Attempt(const asio::any_io_executor& loop, std::string request, SteadyTime deadline)
        : wake(loop), socket_(loop), patience_(loop), request_(std::move(request)), deadline_(deadline) {}

    void start(LookUps& look_ups, const BrokerAddress& first_hop, bool through_proxy) {
        through_proxy_ = through_proxy;
        port_ = first_hop.port;
        error_code no_number;
        addresses_ = {asio::ip::make_address(first_hop.host, no_number)};
        if (!no_number) return connect();
        auto found = [self = shared_from_this()](const Result<Addresses>& addresses) {
            if (self->outcome) return;
            if (!addresses) return self->give(addresses.error());
            self->addresses_ = *addresses;
            self->connect();
        };
        look_ups.look_up(first_hop.host, std::move(found));
    }
    void give(Result<Reached> result) {
        if (outcome) return;
        outcome.emplace(std::move(result));
        error_code ignored;
        socket_.close(ignored);
        patience_.cancel();
        wake.notify();
    }

    Wake wake;
    std::optional<Result<Reached>> outcome;

private:
    /// To the address that is next.
    void connect() {
        const std::size_t number = tried_++;
        connected_ = false;
        const auto left = static_cast<SteadyTime::rep>(addresses_.size() - number);
        if (left > 1) {
            const SteadyTime now = std::chrono::steady_clock::now();
            const SteadyTime::duration share = (deadline_ - now) / left;
            patience_.expires_at(now + std::min<SteadyTime::duration>(share, address_time));
            patience_.async_wait([self = shared_from_this(), number](const error_code& cancelled) {
                if (!cancelled) self->failed(number, "no answer");
            });
        }
        socket_.async_connect({addresses_[number], port_}, [self = shared_from_this(), number](const error_code& why) {
            if (why) return self->failed(number, why.message());
            if (self->outcome || self->tried_ != number + 1) return;
            self->connected_ = true;
            self->patience_.cancel();
            if (!self->through_proxy_) return self->give(self->reached());
            self->ask_proxy();
        });
    }
    void failed(std::size_t number, const std::string& why) {
        if (outcome || connected_ || tried_ != number + 1) return;
        const bool several = addresses_.size() > 1;
        why_ += (why_.empty() ? "" : "; ") + (several ? addresses_[number].to_string() + ": " : "") + why;
        error_code ignored;
        socket_.close(ignored);
        patience_.cancel();
        if (tried_ == addresses_.size()) return give(unreachable("", why_));
        connect();
    }
    Reached reached() const {
        if (tried_ == 1 && !through_proxy_) return {};
        std::ostringstream text;
        text << tcp::endpoint(addresses_[tried_ - 1], port_);
        return {text.str()};
    }
    void ask_proxy() {
        asio::async_write(socket_, asio::buffer(request_),
                          [self = shared_from_this()](const error_code& failed, std::size_t) {
                              if (failed) return self->give(unreachable("ask the proxy", failed.message()));
                              self->read_answer();
                          });
    }
    void read_answer() {
        socket_.async_read_some(asio::buffer(part_),
                                [self = shared_from_this()](const error_code& failed, std::size_t size) {
                                    if (failed) return self->give(unreachable("ask the proxy", failed.message()));
                                    self->answer_.append(self->part_.data(), size);
                                    const auto meaning = proxy::answer(self->answer_);
                                    if (!meaning) return self->read_answer();
                                    if (!meaning->empty()) return self->give(unreachable("", *meaning));
                                    self->give(self->reached());
                                });
    }

    tcp::socket socket_;
    asio::steady_timer patience_;
    std::string request_;  ///< Of the proxy
    SteadyTime deadline_;
    Addresses addresses_;
    std::uint16_t port_ = 0;
    std::size_t tried_ = 0;   ///< Of addresses_; the last one of them is being tried.
    bool connected_ = false;  ///< To that; the handler of a wait that is over may come all the same.
    std::string why_;         ///< Each of those before is of no use
    bool through_proxy_ = false;
    std::string answer_;
    std::array<char, 1024> part_{};
};

BrokerProbe::BrokerProbe(asio::any_io_executor loop)
    : loop_(std::move(loop)), look_ups_(std::make_shared<LookUps>(loop_)) {}

BrokerProbe::~BrokerProbe() = default;

bool BrokerProbe::looks_up() const { return !look_ups_->empty(); }

asio::awaitable<Result<Reached>> BrokerProbe::run(std::string address, std::string proxy, Millis within,
                                                  std::string proxy_credentials) {
    const Result<BrokerAddress> broker = parse_broker_address(address);
    if (!broker) co_return broker.error();
    const bool through_proxy = !proxy.empty() && broker->tls;
    const Result<BrokerAddress> first_hop = through_proxy ? parse_proxy_address(proxy) : broker;
    if (!first_hop) co_return first_hop.error();
    const SteadyTime deadline = std::chrono::steady_clock::now() + within;
    const auto attempt = std::make_shared<Attempt>(loop_, proxy::connect_request(*broker, proxy_credentials), deadline);
    attempt->start(*look_ups_, *first_hop, through_proxy);
    for (;;) {
        if (attempt->outcome) {
            const Result<Reached> outcome = *attempt->outcome;
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
