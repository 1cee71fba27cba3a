// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/forward/delivery.hpp"
#include "agent/forward/read_ahead.hpp"
#include "agent/forward/receivers.hpp"
#include "agent/forward/reconnect.hpp"
#include "agent/forward/refusal.hpp"
#include "agent/forward/settings.hpp"
#include "agent/forward/takeovers.hpp"
#include "agent/forward/unconfirmed.hpp"
#include "agent/forward/withheld_run.hpp"
#include "agent/journal/journal.hpp"
#include "agent/mqtt/connection.hpp"
#include "agent/wire/protocol.hpp"
#include "platform/log_limit.hpp"
#include "platform/repeated_failure.hpp"
#include "platform/wake.hpp"

namespace tillpost {

class Compressor;

/// The delivery loop: keeps one connection, and does what Delivery decides. Loop thread only.
///
/// Woken by commits, acknowledgements and receipts; it never polls.
class Forwarder {
public:
    struct Events {
        std::function<void(Sequence upto)> on_sent;  ///< In the live epoch.
        std::function<void(Sequence upto)> on_confirmed;
        /// Payload for the topic `state` of at most so many bytes; "" if it cannot be as short.
        std::function<std::string(std::size_t most)> state;
    };
    struct Parts {
        AgentName name;
        DeliverySettings settings;
        std::string version;
        std::string address;            ///< Of the broker, for the log.
        std::string connection_number;  ///< Said in `online` and in the will, 16 hex digits.
        /// Where a broker does not say why it closes a connection: whether that of the last one can be reached at this
        /// moment.
        std::function<asio::awaitable<bool>()> reachable;
        Millis first_wait{0};  ///< Before the first attempt; the network's coming up does not end it.
    };

    Forwarder(asio::any_io_executor loop, Parts parts, Journal& journal, MqttConnection& connection);
    ~Forwarder();
    Forwarder(const Forwarder&) = delete;
    Forwarder& operator=(const Forwarder&) = delete;

    void set_events(Events events) { events_ = std::move(events); }
    /// What a will must say, for MqttSettings: published by the broker when the connection breaks.
    static MqttMessage will(const AgentName& name, const std::string& connection_number);

    /// Connects, delivers, connects again, for ever.
    asio::awaitable<void> run();
    /// The journal has new events or another confirmed mark.
    void wake();
    /// The wall clock was set: another rate may hold now.
    void clock_set() {
        rate_until_ = {};
        wake_.notify();
    }
    /// The network has come up: if there is no connection, tries at once, and shortly again while that fails.
    void network_up();
    /// The connection was given up for a better broker: the next attempt does not wait, and nothing is wrong.
    void left_for_better();
    /// The next attempt does not wait.
    void retry_now();
    /// After run() has ended or was cancelled: says "offline" and disconnects, within a few seconds.
    asio::awaitable<void> close();

    bool connected() const { return connected_; }
    /// Since when, or why not; and what the broker refuses.
    std::string detail() const;
    /// Events were sent, and nothing has been confirmed since then.
    std::optional<WallTime> unconfirmed_since() const {
        return unconfirmed_.since(steady_now(), delivery_.waits_for_receipt());
    }
    /// Of events, by the broker.
    const Refusal& refusal() const { return events_refused_; }
    const Delivery& delivery() const { return delivery_; }
    std::uint64_t events_sent() const { return events_sent_; }
    std::optional<WallTime> last_receipt() const { return last_receipt_; }
    /// The journal's mark is what central, or the broker, has said since then.
    bool confirmed_since_start() const { return confirmed_since_start_; }
    const ReceiptAlarms& receipt_alarms() const { return alarms_; }

private:
    asio::awaitable<Result<void>> connect();
    asio::awaitable<void> wait_before_first();
    asio::awaitable<void> wait_before_retry(Millis delay);
    asio::awaitable<Result<void>> subscribe();
    asio::awaitable<void> serve();
    void give_up();
    void limit_rate(SteadyTime now);
    asio::awaitable<void> wait_for_work(const Delivery::Decision& decision);
    asio::awaitable<void> withhold();
    void tell_withheld(bool ends);
    void note_largest();
    asio::awaitable<void> try_size();
    asio::awaitable<Result<void>> echo(std::size_t bytes);
    asio::awaitable<void> wait_for_loss();
    bool send(const Delivery::Decision& decision);
    asio::awaitable<void> take_receipts();
    asio::awaitable<void> take_receipt(Receipt receipt);
    asio::awaitable<void> confirm_sent(Sequence upto);
    bool counts(const Receipt& receipt);
    bool is_of_the_run_asked(const Receipt& receipt);
    void say_hello();
    MqttMessage hello(const std::string& number) const;
    std::string too_small() const;
    bool judge(const Confirmation& outcome);
    void note_gone(const Range& gone);
    void note_kept(Epoch epoch, Sequence first);
    void read(Range range);
    void read_later();
    void read_ahead();
    void forget_read();
    void journal_changed();
    void publish_lines(Lane lane, ReadAhead::Lines lines);
    void on_published(Delivery::Ticket ticket, const Result<void>& outcome);
    void note_refused(const std::string& reason);
    void note_taken();
    void on_message(const MqttMessage& message);
    void publish_state(SteadyTime now);
    void lost(const Error& why);
    const char* short_connections() const;
    asio::awaitable<void> note_end();
    void tell_long_codes(const Receipt& receipt);
    void raise_alarm(const std::string& text);

    Parts parts_;
    Events events_;
    Journal& journal_;
    MqttConnection& connection_;
    Delivery delivery_;
    Unconfirmed unconfirmed_;
    Takeovers takeovers_;
    SteadyTime connected_at_{};
    bool of_use_ = false;  ///< The connection: something that was sent over it was answered.
    Reconnect reconnect_;
    Wake retry_;
    bool retry_now_ = false;
    bool starting_ = false;  ///< The first attempt is still to come.
    bool left_ = false;      ///< For a better broker
    std::uint32_t largest_packet_ = 0;
    SteadyTime network_retry_due_{};  ///< When all of them may be used again.
    Wake wake_;
    bool connected_ = false;
    RepeatedFailure failures_;
    std::string detail_ = "not connected yet";
    std::string hello_number_;
    ReceiverRuns runs_;
    ReceiptAlarms alarms_;
    LogLimit another_limit_{Millis(3'600'000)};
    LogLimit unfit_limit_, gone_limit_, kept_limit_;
    std::string last_alarm_;
    Refusal events_refused_;
    std::string hello_refused_;            ///< By the broker, why; "" once it takes them
    std::string gone_;                     ///< What central asked for and retention has deleted, at last
    std::deque<Receipt> receipts_;         ///< Arrived and not looked at; the newest few.
    std::optional<Sequence> broker_upto_;  ///< Of read_epoch_
    std::optional<Sequence> too_large_;    ///< Of read_epoch_
    WithheldRun withheld_;
    std::error_code lost_code_;  ///< Of the last connection
    SteadyTime lost_at_{};
    bool lost_by_size_ = false;  ///< It ended as at a broker that takes no message as large as ours, without a word
    std::unique_ptr<Compressor> compressor_;  ///< None unless it is configured
    ReadAhead read_;
    bool reading_ = false;
    SteadyTime read_again_{};        ///< Not before, as the last one failed; {}: at once
    std::uint64_t read_number_ = 0;  ///< Of what is in read_; a read begun before it changed is of no use.
    Epoch read_epoch_ = 0;           ///< The live one, as far as is known here
    Delivery::Ticket last_ticket_ = 0;
    std::uint64_t events_sent_ = 0;
    std::optional<WallTime> last_receipt_;
    bool confirmed_since_start_ = false;
    SteadyTime state_due_{};
    SteadyTime rate_until_{};  ///< When the time of day may bring another rate.
    bool state_changed_ = false;
    bool state_refused_ = false;         ///< It was said …
    bool state_too_large_ = false;       ///< … of this broker
    bool retains_nothing_said_ = false;  ///< Of the broker
};

}  // namespace tillpost
