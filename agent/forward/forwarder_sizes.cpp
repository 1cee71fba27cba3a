// SPDX-License-Identifier: Apache-2.0
// What the broker takes in one message, and what is done with an event that is larger.
#include <algorithm>
#include <memory>
#include <utility>

#include "agent/forward/forwarder.hpp"
#include "agent/journal/own_events.hpp"
#include "agent/wire/line.hpp"
#include "agent/wire/tombstones.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr Millis at_once_besides{500};
constexpr Millis state_interval{10'000};
constexpr std::size_t one_line = 1;               // bytes: a read gives a line at least
constexpr std::uint32_t small_packet = 16 << 10;  // for a sale of many lines
constexpr std::uint64_t any_event = 128 << 20;    // a broker that takes as much has no limit for us

/// It could be withheld only by another that is no smaller, and so on without an end.
bool tells_of_another(std::string_view line) {
    return body_attribute(line.substr(std::min(line.size(), line_prefix_size)), "type") == "tillpost.quarantined.v1";
}

/// A limit that is stated is kept for ever: it is advised only where there is one for certain.
std::string small_messages(const MessageLimit& size) {
    const std::string bytes = std::to_string(size.bytes()) + " bytes";
    if (size.is_certain()) {
        return "; the broker takes no larger messages than some " + bytes +
               " (set broker/max_packet_kb to its limit, or raise that)";
    }
    return "; messages have at most some " + bytes +
           " for now, because with larger ones the connection broke or central lacked them: their size may be the "
           "reason, which is not certain, and larger ones are tried again within minutes";
}

}  // namespace

/// [once-1] An event that the broker cannot take never stands in the way: a tombstone travels in its place.
asio::awaitable<void> Forwarder::withhold() {
    const Sequence sequence = *std::exchange(too_large_, std::nullopt);
    const Range range{sequence, sequence};
    const Result<StoredLines> lines = co_await journal_.read(range, one_line);
    if (!lines || lines->empty()) {  // what it is has to be known first
        too_large_ = sequence;
        co_await wake_.wait_for(parts_.settings.first_retry);
        co_return;
    }
    const std::string_view line = lines->line(0);
    const std::size_t tells = own::withheld_bytes(parts_.name.source(), too_large_reason,
                                                  line.substr(std::min(line.size(), line_prefix_size)));
    // What was refused without a limit that is known: nothing as large as it passes.
    const std::uint64_t most = std::min<std::uint64_t>(delivery_.largest_message(), line.size() - 1);
    if (tells_of_another(line) || tells > most) {
        const std::string why = "the broker takes no event of " + std::to_string(line.size()) + " bytes (number " +
                                std::to_string(sequence) + "), and none of the " + std::to_string(tells) +
                                " that say that one was too large: nothing is withheld; raise its limit, to several KB";
        note_refused(why);
        connection_.drop(why);
        co_return;
    }
    const bool smaller = journal_.largest_line() == 0 || most < journal_.largest_line();
    if (smaller) journal_.note_largest_line(most);
    const std::size_t bytes = line.size();
    forget_read();
    const Result<void> withheld = co_await journal_.withhold(sequence, std::string(too_large_reason));
    if (withheld) withheld_.add(sequence, bytes, steady_now());
    // On a full disk: not now.
    if (!withheld) co_await wake_.wait_for(parts_.settings.first_retry);
}

/// One line for many; each has an event of its own that says so.
void Forwarder::tell_withheld(bool ends) {
    const auto run = withheld_.take(steady_now(), ends);
    if (!run) return;
    log::error("events are larger than the broker's packets may be: they go to quarantine",
               {{"events", run->count},
                {"first", run->first},
                {"last", run->last},
                {"bytes", run->bytes},
                {"largest", delivery_.largest_message()},
                {"broker", parts_.address},
                {"what_to_do",
                 "take them to central on a stick (tillpost journal export), or raise the broker's limit, then "
                 "release the records: tillpost quarantine list"}});
}

/// What a broker does not announce is learnt anew on each connection.
void Forwarder::note_largest() {
    const std::uint64_t most = delivery_.largest_message();
    journal_.note_largest_line(most < any_event ? most : 0);
}

/// Gives the connection up if the broker answers everything but this.
asio::awaitable<Result<void>> Forwarder::echo(std::size_t bytes) {
    auto outcome = std::make_shared<std::optional<Result<void>>>();
    MqttMessage message{parts_.name.topic("echo"), "", false};
    message.payload.assign(bytes > message.topic.size() ? bytes - message.topic.size() : 1, '0');
    connection_.publish(std::move(message), [this, outcome](const Result<void>& answer) {
        outcome->emplace(answer);
        wake_.notify();
    });
    const SteadyTime deadline = steady_now() + parts_.settings.patience() + delivery_.line().time_for(bytes);
    for (;;) {
        if (*outcome) co_return **outcome;
        if (steady_now() >= deadline) break;
        co_await wake_.wait_until(deadline);
    }
    const std::string why = "the broker does not acknowledge an echo of " + std::to_string(bytes) + " bytes";
    if (connected_) connection_.drop(why);
    co_return Error{Errc::cancelled, why};
}

asio::awaitable<void> Forwarder::wait_for_loss() {
    const SteadyTime deadline = steady_now() + at_once_besides;
    for (;;) {
        if (!connected_ || steady_now() >= deadline) co_return;
        co_await wake_.wait_until(deadline);
    }
}

/// Whether it is for its size that a message gets no answer: before anything else is sent, a small echo must pass, and
/// then one of the message's size is alone on its way. A connection that breaks at other moments, that falls silent, or
/// that the broker ends for another reason (another client took it over) says nothing of the size.
asio::awaitable<void> Forwarder::try_size() {
    const auto suspect = delivery_.size().suspect();
    if (!suspect) co_return;
    const SteadyTime began = steady_now();
    const Result<void> small = co_await echo(1);
    if (!small) {
        (void)delivery_.size_tried(MessageLimit::Trial::untried, steady_now());
        co_return;
    }
    const SteadyTime sent = steady_now();
    const Result<void> large = co_await echo(suspect->packet);
    // It is the header that says how large a message is: the broker need not wait for the rest.
    const bool at_once = steady_now() - sent < 3 * (sent - began) + at_once_besides;
    // Of a lost connection the library may tell by the message first.
    if (!large && !is_refusal(large.error())) co_await wait_for_loss();
    MessageLimit::Trial outcome = MessageLimit::Trial::open;
    if (large) {
        outcome = MessageLimit::Trial::passed;
    } else if (large.error().code == Errc::too_large || (!connected_ && lost_code_ == Errc::too_large)) {
        outcome = MessageLimit::Trial::refused;
    } else if (!connected_ && lost_code_ == Errc::not_connected && at_once) {
        outcome = MessageLimit::Trial::closed;
    }
    const std::uint64_t limit = delivery_.size().bytes();
    if (delivery_.size_tried(outcome, steady_now())) too_large_ = suspect->range.from;
    if (delivery_.size().bytes() < limit) {
        lost_by_size_ = !connected_;
        reconnect_.begin_anew();
    }
    log::warn("a message was on its way at each loss of the connection: tried its size with an echo",
              {{"sequence", suspect->range.from},
               {"bytes", suspect->packet},
               {"passed", large.has_value()},
               {"largest_from_now_on", delivery_.batch_bytes()}});
}

/// Why nothing could be delivered over this connection, "" if it can.
std::string Forwarder::too_small() const {
    constexpr std::size_t growth = 64;  // of a hello's numbers
    const std::size_t needed =
        std::max<std::size_t>(packet_bytes(hello(to_hex(std::uint64_t{0}))) + growth, Window::smallest_packet);
    if (largest_packet_ >= needed) return "";
    return "the broker takes packets of at most " + std::to_string(largest_packet_) + " bytes, and " +
           std::to_string(needed) +
           " are needed for a hello and the smallest event: raise its limit (mosquitto: max_packet_size)";
}

void Forwarder::publish_state(SteadyTime now) {
    if (!state_changed_ || now < state_due_ || !events_.state) return;
    state_changed_ = false;
    state_due_ = now + state_interval;
    MqttMessage message{parts_.name.topic("state"), "", true};
    message.payload = events_.state(largest_packet_ - std::min<std::size_t>(largest_packet_, packet_bytes(message)));
    if (message.payload.empty()) {
        if (!std::exchange(state_too_large_, true)) {
            log::warn("`state` is not sent: it cannot be made as small as the broker's packets must be",
                      {{"broker", parts_.address}, {"maximum_packet_size", largest_packet_}});
        }
        return;
    }
    connection_.publish(std::move(message), [this](const Result<void>& outcome) {
        const bool refused = !outcome && is_refusal(outcome.error());
        if (refused && !std::exchange(state_refused_, true)) {
            log::warn("the broker refuses `state`", {{"why", outcome.error().message}, {"broker", parts_.address}});
        }
    });
}

const char* Forwarder::short_connections() const {
    if (takeovers_.told()) {
        return "one good connection after the other is taken over: another agent has the same names (a cloned box?); "
               "give "
               "each box a node of its own, and a certificate";
    }
    return "one good connection after the other is closed soon by a broker that can be reached: it, or a proxy before "
           "it, "
           "may do that for a reason of its own, which its log tells; or another agent may have the same names (a "
           "cloned "
           "box?): then give each box a node of its own, and a certificate";
}

std::string Forwarder::detail() const {
    std::string all = detail_;
    const MessageLimit& size = delivery_.size();
    const SteadyTime now = steady_now();
    if (takeovers_.suspected(connected_ ? now - connected_at_ : SteadyTime::duration{})) {
        all += std::string("; ") + short_connections();
    }
    if (!gone_.empty()) all += "; " + gone_;
    if (!connected_) return all;
    if (delivery_.largest_message() < parts_.settings.batch_bytes && largest_packet_ < small_packet) {
        all += "; the broker's packets may have " + std::to_string(largest_packet_) + " bytes: an event of more than " +
               std::to_string(delivery_.largest_message()) +
               (delivery_.largest_message() < own::withheld_bytes(parts_.name.source(), too_large_reason, "")
                    ? " stays here, and all behind it, since the one that would say so is as large"
                    : " goes to quarantine");
    }
    if (const auto since = unconfirmed_since()) {
        all += std::string(delivery_.waits_for_receipt() ? "; waits for central" : "") +
               "; nothing of what was sent since " + rfc3339(*since) + " has been confirmed";
    }
    if (const std::string& why = events_refused_.reason(); !why.empty()) {
        all += "; the broker refuses events since " + rfc3339(events_refused_.since()) + ": " + why;
    }
    if (!hello_refused_.empty()) all += "; " + hello_refused_;
    if (size.bytes() < parts_.settings.batch_bytes) all += small_messages(size);
    if (const auto missing = size.missing()) {
        all += "; the broker acknowledges event " + std::to_string(missing->range.from) + " of " +
               std::to_string(missing->bytes) +
               " bytes and central never gets it: if that is its size, raise the broker's limit, or set "
               "broker/max_packet_kb to it";
    }
    return all;
}

}  // namespace tillpost
