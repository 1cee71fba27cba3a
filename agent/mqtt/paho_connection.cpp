// SPDX-License-Identifier: Apache-2.0
#include "agent/mqtt/paho_connection.hpp"

#include <chrono>
#include <future>
#include <thread>
#include <unordered_map>
#include <utility>

#include "agent/mqtt/address.hpp"
#include "agent/mqtt/answer.hpp"
#include "agent/mqtt/diagnosis.hpp"
#include "agent/mqtt/loop_gate.hpp"
#include "agent/mqtt/manners.hpp"
#include "agent/mqtt/paho_session.hpp"
#include "agent/mqtt/relay.hpp"
#include "platform/worker.hpp"

namespace tillpost {
namespace {

constexpr Millis disconnect_time{2000};
constexpr Millis diagnosis_time{3000};
constexpr int most_attempts = 3;  // a broker may want a shorter keep-alive, and no retained will

template <class T>
asio::awaitable<Result<T>> wait_for(std::shared_ptr<Answer<T>> answer, Millis time) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + time;
    for (;;) {
        if (answer->value) co_return *answer->value;
        if (std::chrono::steady_clock::now() >= deadline) {
            co_return Error{Errc::timeout, "no answer within " + std::to_string(time.count()) + " ms"};
        }
        co_await answer->wake.wait_until(deadline);
    }
}

/// Of a connect: the line was there a moment ago (BrokerProbe).
Error in_words(Error failed) {
    if (failed.code == Errc::timeout) failed.message += ": this is no MQTT broker, or it hangs, or the line to it does";
    return failed;
}

/// All state of a connection; the loop's thread only. Shared with the coroutines that wait in it and watched by the
/// session's posts, so that destruction may come at any moment.
class PahoCore final : public PahoEvents, public std::enable_shared_from_this<PahoCore> {
public:
    PahoCore(asio::any_io_executor loop, MqttSettings settings)
        : loop_(std::move(loop)), settings_(std::move(settings)), gate_(std::make_shared<LoopGate>(loop_)) {}

    void set_events(MqttConnection::Events events) { events_ = std::move(events); }
    static asio::awaitable<Result<MqttSession>> connect(std::shared_ptr<PahoCore> self);
    static asio::awaitable<Result<void>> subscribe(std::shared_ptr<PahoCore> self, std::vector<std::string> topics);
    static asio::awaitable<void> disconnect(std::shared_ptr<PahoCore> self);
    void publish(MqttMessage message, MqttConnection::Done done);
    void set_address(std::string address, Reached reached) {
        settings_.address = std::move(address);
        reached_ = std::move(reached);
    }
    void drop(const std::string& reason);
    void shut_down();

    void on_connected(std::uint64_t session, Result<MqttSession> outcome) override;
    void on_finished(PahoTicket ticket, const Result<void>& outcome) override;
    void on_lost(std::uint64_t session, const Error& why) override;
    void on_message(std::uint64_t session, MqttMessage message) override;

private:
    enum class State { idle, connecting, connected, closing };
    /// Ends what connect() or disconnect() began when its coroutine ends, also by cancellation.
    struct Attempt {
        PahoCore& core;
        bool kept = false;
        ~Attempt() { core.end_attempt(kept); }
    };
    struct Closing {
        PahoCore& core;
        ~Closing() { core.end_closing(); }
    };

    static asio::awaitable<Result<MqttSession>> try_to_connect(std::shared_ptr<PahoCore> self, SteadyTime deadline);
    static asio::awaitable<void> leave(std::shared_ptr<PahoCore> self);
    Result<void> lead_to_address(MqttSettings& settings);
    void end_relay();
    bool is_current(std::uint64_t session) const { return session_ && session_->number() == session; }
    Result<void> check() const;
    std::shared_ptr<Answer<MqttSession>> begin_attempt();
    void end_attempt(bool kept);
    /// Answers the attempt with the error, in better words if there are any.
    void give_diagnosed(Error error);
    std::shared_ptr<Answer<void>> begin_closing();
    void end_closing();
    /// The ticket of a new operation; nullopt when it was answered already (posted).
    std::optional<PahoTicket> take_ticket(MqttConnection::Done done);
    void drop_session();
    void fail_waiting(const Error& error);

    const asio::any_io_executor loop_;
    MqttSettings settings_;  // a session takes a copy
    Reached reached_;
    std::shared_ptr<Relay> relay_;
    MqttConnection::Events events_;
    const std::shared_ptr<LoopGate> gate_;
    State state_ = State::idle;
    bool shut_down_ = false;
    bool given_up_ = false;  // by disconnect(), while connect() runs
    bool worker_hangs_ = false;
    std::uint64_t last_session_ = 0;
    PahoTicket last_ticket_ = 0;
    std::shared_ptr<PahoSession> session_;
    std::shared_ptr<Answer<MqttSession>> attempt_;  // while connect() runs
    std::unordered_map<PahoTicket, MqttConnection::Done> waiting_;
    Manners manners_;
    std::unique_ptr<Worker> worker_ = std::make_unique<Worker>();
};

Result<void> PahoCore::check() const {
    if (shut_down_) return Error{Errc::cancelled, "the connection is being destroyed"};
    if (state_ != State::idle) return Error{Errc::invalid, "connected or connecting already"};
    const Result<BrokerAddress> address = parse_broker_address(settings_.address);
    if (!address) return address.error();
    if (address->tls && settings_.ca_file.empty()) {
        return Error{Errc::invalid,
                     "a file with the trusted authorities is needed for ssl:// and wss:// (the system's are not used)"};
    }
    if (!settings_.proxy.empty()) {
        if (const auto proxy = parse_proxy_address(settings_.proxy); !proxy) return proxy.error();
    }
    return {};
}

asio::awaitable<Result<MqttSession>> PahoCore::connect(std::shared_ptr<PahoCore> self) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + self->settings_.connect_timeout;
    self->given_up_ = false;
    for (int attempt = 1;; ++attempt) {
        Result<MqttSession> session = co_await try_to_connect(self, deadline);
        const bool otherwise = self->manners_.learn(self->settings_, session) && attempt < most_attempts;
        if (!otherwise) {
            if (!session) co_return session;
            session->address = self->settings_.address;
            session->keep_alive = self->manners_.heeded(self->settings_).keep_alive;
            session->retains = self->manners_.retains(session->address);
            co_return session;
        }
        co_await leave(self);
        if (self->given_up_) co_return Error{Errc::cancelled, "disconnected while connecting"};
    }
}

asio::awaitable<Result<MqttSession>> PahoCore::try_to_connect(std::shared_ptr<PahoCore> self, SteadyTime deadline) {
    const std::string step = "connect to " + self->settings_.address;
    if (const Result<void> good = self->check(); !good) co_return good.error().with_context(step);
    const std::shared_ptr<Answer<MqttSession>> answer = self->begin_attempt();
    Attempt attempt{*self};
    const auto left = std::chrono::ceil<Millis>(deadline - std::chrono::steady_clock::now());
    const Result<MqttSession> outcome = co_await wait_for(answer, left);
    if (!outcome) co_return in_words(outcome.error()).with_context(step);
    attempt.kept = true;
    co_return outcome;
}

std::shared_ptr<Answer<MqttSession>> PahoCore::begin_attempt() {
    state_ = State::connecting;
    attempt_ = std::make_shared<Answer<MqttSession>>(loop_);
    MqttSettings settings = manners_.heeded(settings_);
    if (const Result<void> led = lead_to_address(settings); !led) {
        attempt_->give(led.error());
        return attempt_;
    }
    session_ = std::make_shared<PahoSession>(++last_session_, std::move(settings), gate_, weak_from_this());
    worker_->post([session = session_] { session->open(); });
    return attempt_;
}

/// To the proxy; or to another address of the broker's name than the library takes by itself, which it must have the
/// name for all the same.
Result<void> PahoCore::lead_to_address(MqttSettings& settings) {
    end_relay();
    const Result<BrokerAddress> address = parse_broker_address(settings.address);
    if (reached_.instead.empty() || !address || !address->tls) return {};
    const auto leads = settings.proxy.empty() ? Relay::Leads::to_broker : Relay::Leads::to_proxy;
    Result<std::shared_ptr<Relay>> relay = Relay::open(loop_, reached_.instead, leads);
    if (!relay) return relay.error();
    relay_ = std::move(*relay);
    settings.proxy = "http://" + relay_->address();
    return {};
}

void PahoCore::end_relay() {
    if (relay_) std::exchange(relay_, nullptr)->close();
}

void PahoCore::end_attempt(bool kept) {
    attempt_.reset();
    if (!kept) drop_session();
}

void PahoCore::on_connected(std::uint64_t session, Result<MqttSession> outcome) {
    if (!is_current(session) || !attempt_) return;
    if (outcome) {
        state_ = State::connected;
        attempt_->give(std::move(outcome));
        return;
    }
    if (is_refusal(outcome.error())) return attempt_->give(std::move(outcome));
    give_diagnosed(outcome.error());
}

void PahoCore::give_diagnosed(Error error) {
    worker_->post([answer = attempt_, gate = gate_, settings = settings_, error = std::move(error)]() mutable {
        std::string why = diagnose_connect(settings, diagnosis_time);
        if (why.empty()) {
            why =
                "what accepts the connection there gives no MQTT answer: this is no MQTT broker, or it turns us away "
                "without a word (" +
                error.message + ")";
        }
        error.message = std::move(why);
        gate->post([answer, error = std::move(error)] { answer->give(error); });
    });
}

void PahoCore::on_lost(std::uint64_t session, const Error& why) {
    if (!is_current(session)) return;
    if (attempt_) {  // connect() has not returned yet: its answer is the loss
        attempt_->value.reset();
        attempt_->give(Error{Errc::not_connected, why.message});
        return;
    }
    drop_session();
    if (why.code == Errc::retains_nothing) manners_.retains_nothing(settings_.address);
    if (events_.on_lost) events_.on_lost(why);
}

void PahoCore::drop(const std::string& reason) {
    if (state_ == State::connected && session_) on_lost(session_->number(), {Errc::cancelled, reason});
}

void PahoCore::on_message(std::uint64_t session, MqttMessage message) {
    if (is_current(session) && events_.on_message) events_.on_message(std::move(message));
}

void PahoCore::drop_session() {
    if (!session_) {
        if (state_ == State::connecting) state_ = State::idle;
        return;
    }
    state_ = State::idle;
    session_->abandon();
    end_relay();
    worker_->post([session = std::exchange(session_, nullptr)] { session->close(Millis(0)); });
    fail_waiting({Errc::not_connected, "the connection was lost before the broker's acknowledgement"});
}

void PahoCore::fail_waiting(const Error& error) {
    for (auto& [ticket, done] : std::exchange(waiting_, {})) done(error);
}

std::optional<PahoTicket> PahoCore::take_ticket(MqttConnection::Done done) {
    std::optional<Error> refused;
    if (state_ != State::connected) {
        refused = Error{Errc::not_connected, "not connected"};
    } else if (waiting_.size() >= PahoSession::most_under_way) {
        refused =
            Error{Errc::full, std::to_string(PahoSession::most_under_way) + " messages wait for the broker already"};
    }
    if (refused) {
        gate_->post([done = std::move(done), error = *refused] { done(error); });
        return std::nullopt;
    }
    waiting_.emplace(++last_ticket_, std::move(done));
    return last_ticket_;
}

void PahoCore::on_finished(PahoTicket ticket, const Result<void>& outcome) {
    auto node = waiting_.extract(ticket);
    if (!node.empty()) node.mapped()(outcome);
}

void PahoCore::publish(MqttMessage message, MqttConnection::Done done) {
    const auto ticket = take_ticket(std::move(done));
    if (!ticket) return;
    if (message.retained) message.retained = manners_.retains(settings_.address);
    worker_->post([session = session_, ticket = *ticket, message = std::move(message)]() mutable {
        session->publish(ticket, std::move(message));
    });
}

asio::awaitable<Result<void>> PahoCore::subscribe(std::shared_ptr<PahoCore> self, std::vector<std::string> topics) {
    auto answer = std::make_shared<Answer<void>>(self->loop_);
    auto done = [answer](Result<void> outcome) { answer->give(std::move(outcome)); };
    if (topics.empty()) co_return Result<void>();
    const std::string step = "subscribe to " + topics.front() + (topics.size() > 1 ? " and others" : "");
    if (const auto ticket = self->take_ticket(std::move(done)); ticket) {
        self->worker_->post([session = self->session_, ticket = *ticket, topics = std::move(topics)] {
            session->subscribe(ticket, topics);
        });
    }
    const Result<void> outcome = co_await wait_for(answer, self->settings_.connect_timeout);
    if (!outcome) co_return outcome.error().with_context(step);
    co_return outcome;
}

asio::awaitable<void> PahoCore::disconnect(std::shared_ptr<PahoCore> self) {
    self->given_up_ = true;
    co_await leave(std::move(self));
}

asio::awaitable<void> PahoCore::leave(std::shared_ptr<PahoCore> self) {
    if (self->shut_down_ || self->state_ == State::closing) co_return;
    const std::shared_ptr<Answer<void>> answer = self->begin_closing();
    const Closing closing{*self};
    const Result<void> outcome = co_await wait_for(answer, disconnect_time);
    self->worker_hangs_ = !outcome;
}

std::shared_ptr<Answer<void>> PahoCore::begin_closing() {
    auto answer = std::make_shared<Answer<void>>(loop_);
    const bool polite = state_ == State::connected;
    state_ = State::closing;
    if (attempt_) attempt_->give(Error{Errc::cancelled, "disconnected while connecting"});
    auto session = std::exchange(session_, nullptr);
    if (session) session->abandon();
    // A library that hangs may end when the loop, and with it the answer's timer, is no more.
    worker_->post([session = std::move(session), gate = gate_, waiting = std::weak_ptr<Answer<void>>(answer), polite] {
        if (session) session->close(polite ? disconnect_time * 3 / 4 : Millis(0));
        gate->post([waiting] {
            if (const auto still = waiting.lock()) still->give(Result<void>());
        });
    });
    return answer;
}

void PahoCore::end_closing() {
    state_ = State::idle;
    end_relay();  // not before: DISCONNECT goes through it
    fail_waiting({Errc::not_connected, "disconnected before the broker's acknowledgement"});
}

void PahoCore::shut_down() {
    shut_down_ = true;
    gate_->close();
    if (attempt_) attempt_->give(Error{Errc::cancelled, "the connection is being destroyed"});
    waiting_.clear();
    events_ = {};
    drop_session();
    auto idle = std::make_shared<std::promise<void>>();
    worker_->post([idle] { idle->set_value(); });
    const Millis patience = worker_hangs_ ? Millis(0) : disconnect_time;
    if (idle->get_future().wait_for(patience) == std::future_status::ready) {
        worker_.reset();
    } else {
        std::thread([worker = std::move(worker_)] {}).detach();  // the library hangs: it may end when it can
    }
}

class PahoConnection final : public MqttClient {
public:
    PahoConnection(asio::any_io_executor loop, MqttSettings settings)
        : core_(std::make_shared<PahoCore>(std::move(loop), std::move(settings))) {}
    ~PahoConnection() override { core_->shut_down(); }

    void set_events(Events events) override { core_->set_events(std::move(events)); }
    asio::awaitable<Result<MqttSession>> connect() override { return PahoCore::connect(core_); }
    asio::awaitable<Result<void>> subscribe(std::vector<std::string> topics) override {
        return PahoCore::subscribe(core_, std::move(topics));
    }
    void publish(MqttMessage message, Done done) override { core_->publish(std::move(message), std::move(done)); }
    asio::awaitable<void> disconnect() override { return PahoCore::disconnect(core_); }
    void set_address(std::string address, Reached reached) override {
        core_->set_address(std::move(address), std::move(reached));
    }
    void drop(const std::string& reason) override { core_->drop(reason); }

private:
    const std::shared_ptr<PahoCore> core_;
};

}  // namespace

std::unique_ptr<MqttClient> make_paho_connection(asio::any_io_executor loop, MqttSettings settings) {
    return std::make_unique<PahoConnection>(std::move(loop), std::move(settings));
}

}  // namespace tillpost
