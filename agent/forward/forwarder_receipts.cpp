// SPDX-License-Identifier: Apache-2.0
// What is asked of central, and what it answers.
#include <utility>

#include "agent/forward/forwarder.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_receipts = 16;

}  // namespace

void Forwarder::say_hello() {
    Hello hello;
    hello.number = to_hex(random_number());
    hello.source = parts_.name.source();
    hello.version = parts_.version;
    hello.epochs.push_back(journal_.live());
    hello_number_ = hello.number;
    delivery_.hello_sent(steady_now());
    MqttMessage message{parts_.name.topic("hello"), encode(hello), false};
    connection_.publish(std::move(message), [this](const Result<void>& outcome) {
        if (outcome) return hello_refused_.clear();
        if (!is_refusal(outcome.error())) return;
        hello_refused_ = "the broker refuses `hello`: " + outcome.error().message;
        raise_alarm(hello_refused_);
    });
}

void Forwarder::on_message(const MqttMessage& message) {
    Result<Receipt> receipt = decode_receipt(message.payload);
    if (!receipt) return raise_alarm("a receipt that cannot be read: " + receipt.error().message);
    // A receipt that does not quote the last hello may be older than what we know: it frees nothing.
    if (receipt->hello != hello_number_) return;
    if (receipts_.size() == most_receipts) receipts_.pop_front();  // cumulative: the newer one says it all
    receipts_.push_back(std::move(*receipt));
    wake_.notify();
}

asio::awaitable<void> Forwarder::take_receipts() {
    for (;;) {
        if (receipts_.empty()) co_return;
        Receipt receipt = std::move(receipts_.front());
        receipts_.pop_front();
        if (receipt.hello == hello_number_) co_await take_receipt(std::move(receipt));
    }
}

asio::awaitable<void> Forwarder::take_receipt(Receipt receipt) {
    const bool first_run = receiver_.empty();
    if (!receiver_.empty() && receiver_ != receipt.receiver) {
        raise_alarm("another receiver answers: " + receipt.receiver + " instead of " + receiver_);
    }
    receiver_ = receipt.receiver;
    last_receipt_ = wall_now();
    of_use_ = true;
    if (receipt.rate) delivery_.granted(*receipt.rate, steady_now());
    // Of two answers to one hello, one before and one after central was restored, the older may come last (found by
    // tests/model): another run of the receiver frees nothing before it has answered a hello of its own.
    if (std::exchange(receiver_run_, receipt.run) != receipt.run && !first_run) {
        delivery_.ask_anew(steady_now());
        hello_number_.clear();
        co_return;
    }
    for (EpochReceipt& part : receipt.epochs) {
        const std::vector<Range> need = part.need;
        const Epoch epoch = part.epoch;
        const Sequence confirmed_before = journal_.live().confirmed;
        const Result<Confirmation> outcome = co_await journal_.confirm(std::move(part));
        if (!outcome) co_return;  // the journal has raised its alarm
        if (outcome->alarm) raise_alarm(*outcome->alarm);
        if (epoch != journal_.live().epoch) continue;  // a closed one, or closed by this receipt
        if (outcome->confirmed > confirmed_before) reconnect_.used();
        delivery_.receipt(*outcome, need, steady_now());
        if (outcome->confirmed > confirmed_before || !outcome->also.empty()) {
            unconfirmed_.progress(delivery_.outstanding_events() > 0, steady_now(), wall_now());
        }
        journal_changed();
        state_changed_ = true;
        if (events_.on_confirmed) events_.on_confirmed(outcome->confirmed);
    }
}

asio::awaitable<void> Forwarder::confirm_sent(Sequence upto) {
    const Result<Confirmation> outcome = co_await journal_.confirm_sent(read_epoch_, upto);
    if (!outcome) co_return;
    reconnect_.used();
    unconfirmed_.progress(delivery_.outstanding_events() > 0, steady_now(), wall_now());
    journal_changed();
    if (events_.on_confirmed) events_.on_confirmed(outcome->confirmed);
}

}  // namespace tillpost
