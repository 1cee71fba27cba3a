// SPDX-License-Identifier: Apache-2.0
// What is asked of central, and what it answers.
#include <utility>

#include "agent/forward/forwarder.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_receipts = 16;

}  // namespace

MqttMessage Forwarder::hello(const std::string& number) const {
    Hello hello;
    hello.number = number;
    hello.source = parts_.name.source();
    hello.version = parts_.version;
    hello.epochs.push_back(journal_.live());
    return {parts_.name.topic("hello"), encode(hello), false};
}

void Forwarder::say_hello() {
    hello_number_ = to_hex(random_number());
    delivery_.hello_sent(steady_now());
    if (alarms_.hello_sent()) state_changed_ = true;
    connection_.publish(hello(hello_number_), [this](const Result<void>& outcome) {
        if (outcome) return hello_refused_.clear();
        if (!is_refusal(outcome.error())) return;
        hello_refused_ = "the broker refuses `hello`: " + outcome.error().message;
        raise_alarm(hello_refused_);
    });
}

void Forwarder::on_message(const MqttMessage& message) {
    Result<Receipt> receipt = decode_receipt(message.payload);
    if (!receipt) {
        const std::string text = "a receipt that cannot be read: " + receipt.error().message;
        alarms_.wrong(text, wall_now());
        state_changed_ = true;
        return raise_alarm(text);
    }
    if (receipt->calls()) {
        if (!counts(*receipt)) return;
        (void)delivery_.called(steady_now());
        wake_.notify();
        return;
    }
    // A receipt that does not quote the last hello may be older than what we know: it frees nothing.
    if (receipt->hello != hello_number_ || !counts(*receipt)) return;
    tell_long_codes(*receipt);
    if (receipts_.size() == most_receipts) receipts_.pop_front();  // cumulative: the newer one says it all
    receipts_.push_back(std::move(*receipt));
    wake_.notify();
}

/// Why central rejects an event is not known then; that it does counts.
void Forwarder::tell_long_codes(const Receipt& receipt) {
    for (const EpochReceipt& epoch : receipt.epochs) {
        for (const RejectedSequence& each : epoch.rejected) {
            if (!each.too_long) continue;
            return raise_alarm("central rejects " + event_id(epoch.epoch, each.sequence) + " with " + each.code +
                               ", which is too long to be kept; the receipt counts. A code may have 128 bytes");
        }
    }
}

asio::awaitable<void> Forwarder::take_receipts() {
    for (;;) {
        if (receipts_.empty()) co_return;
        Receipt receipt = std::move(receipts_.front());
        receipts_.pop_front();
        if (receipt.hello == hello_number_) co_await take_receipt(std::move(receipt));
    }
}

// [end-1] Nobody but the receiver that has the stream so far may free any of it: who shares its topics, by a mistake or
// as a trial, has only what came since (agent/decisions/0017).
bool Forwarder::counts(const Receipt& receipt) {
    const std::string& ours = journal_.receiver();
    if (ours.empty() || receipt.receiver == ours) return true;
    const std::string text = "another receiver answers, " + receipt.receiver + ": it frees nothing. Central is " + ours;
    alarms_.another(text, wall_now());
    state_changed_ = true;
    auto line = [this, text](std::uint64_t count) {
        log::error(text, {{"receipts", count},
                          {"broker", parts_.address},
                          {"what_to_do", "stop it, or name it in /delivery/receiver if central was replaced by it"}});
    };
    another_limit_.say(steady_now(), std::move(line));
    return false;
}

/// False if it frees nothing before a hello of its own is answered.
bool Forwarder::is_of_the_run_asked(const Receipt& receipt) {
    const ReceiverRuns::Seen seen = runs_.heard(receipt.receiver + receipt.run);
    if (seen == ReceiverRuns::Seen::same) return true;
    hello_number_.clear();
    if (seen == ReceiverRuns::Seen::another) {
        delivery_.ask_anew(steady_now());
        return false;
    }
    delivery_.ask_again_in_doubt(steady_now());
    const std::string text =
        "two receivers, or two copies of central's file, answer in turn; the last one was " + receipt.receiver;
    alarms_.another(text, wall_now());
    raise_alarm(text);
    return false;
}

asio::awaitable<void> Forwarder::take_receipt(Receipt receipt) {
    if (!counts(receipt)) co_return;  // Whose do may have been settled since it came.
    if (!last_receipt_) log::info("central answers", {{"receiver", receipt.receiver}, {"broker", parts_.address}});
    last_receipt_ = wall_now();
    of_use_ = true;
    if (receipt.rate) delivery_.granted(*receipt.rate, steady_now());
    // Of two answers to one hello, one before and one after central was restored, the older may come last (found by
    // tests/model): another run of the receiver frees nothing before it has answered a hello of its own.
    if (!is_of_the_run_asked(receipt)) co_return;
    bool right = true;
    for (EpochReceipt& part : receipt.epochs) {
        const std::vector<Range> need = part.need;
        const Epoch epoch = part.epoch;
        const Sequence confirmed_before = journal_.live().confirmed;
        const Result<Confirmation> outcome = co_await journal_.confirm(std::move(part), receipt.receiver);
        if (!outcome) co_return;  // the journal has raised its alarm
        right = judge(*outcome) && right;
        if (outcome->gone) note_gone(*outcome->gone);
        if (outcome->kept) note_kept(epoch, *outcome->kept);
        if (epoch != journal_.live().epoch) continue;  // a closed one, or closed by this receipt
        if (outcome->confirmed > confirmed_before) reconnect_.used();
        confirmed_since_start_ = true;
        delivery_.receipt(*outcome, need, steady_now());
        if (outcome->confirmed > confirmed_before || !outcome->also.empty()) {
            unconfirmed_.progress(delivery_.outstanding_events() > 0, steady_now(), wall_now());
        }
        journal_changed();
        state_changed_ = true;
        if (events_.on_confirmed) events_.on_confirmed(outcome->confirmed);
    }
    if (right) alarms_.right();
}

/// False, with an alarm, if a part of a receipt cannot be right.
bool Forwarder::judge(const Confirmation& outcome) {
    if (!outcome.alarm && !outcome.unfit) return true;
    if (outcome.alarm) {
        raise_alarm(*outcome.alarm);
    } else {
        auto line = [this, text = *outcome.unfit](std::uint64_t count) {
            log::error(text, {{"receipts", count}, {"broker", parts_.address}});
        };
        unfit_limit_.say(steady_now(), std::move(line));
    }
    alarms_.wrong(outcome.alarm ? *outcome.alarm : *outcome.unfit, wall_now());
    state_changed_ = true;
    return false;
}

// Said once until it changes; the broker may refuse thousands of messages for one reason.
void Forwarder::raise_alarm(const std::string& text) {
    if (text == last_alarm_) return;
    last_alarm_ = text;
    log::error(text, {{"broker", parts_.address}});
}

void Forwarder::note_gone(const Range& gone) {
    const std::string range = std::to_string(gone.from) + " to " + std::to_string(gone.to);
    gone_ = "central asked at " + rfc3339(wall_now()) + " for events " + range +
            ", which it had confirmed and which are deleted here: a `gone` event says so";
    auto line = [range](std::uint64_t count) {
        log::error(
            "central asks for events that it had confirmed and that are deleted here: a `gone` event says so",
            {{"events", range},
             {"times", count},
             {"what_to_do",
              "restore central's newest backup; what no backup has, let the POS send again: it is recorded anew, "
              "marked possible_repeat. journal/keep_days says how long confirmed ones are kept"}});
    };
    gone_limit_.say(steady_now(), std::move(line));
}

void Forwarder::note_kept(Epoch epoch, Sequence first) {
    auto line = [id = event_id(epoch, first)](std::uint64_t count) {
        log::error(
            "quarantine is full: events that central rejects stay in the journal, and so does what is behind them",
            {{"first", id},
             {"receipts", count},
             {"what_to_do",
              "see why central rejects so much, and decide on what is in quarantine (`tillpost quarantine`), or "
              "raise journal/limit_mb"}});
    };
    kept_limit_.say(steady_now(), std::move(line));
}

asio::awaitable<void> Forwarder::confirm_sent(Sequence upto) {
    const Result<Confirmation> outcome = co_await journal_.confirm_sent(read_epoch_, upto);
    if (!outcome) co_return;
    confirmed_since_start_ = true;
    reconnect_.used();
    unconfirmed_.progress(delivery_.outstanding_events() > 0, steady_now(), wall_now());
    journal_changed();
    if (events_.on_confirmed) events_.on_confirmed(outcome->confirmed);
}

}  // namespace tillpost
