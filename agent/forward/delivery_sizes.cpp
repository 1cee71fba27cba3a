// SPDX-License-Identifier: Apache-2.0
// What becomes of messages that may be too large for the broker.
#include "agent/forward/delivery.hpp"

namespace tillpost {

void Delivery::lost(bool too_large, SteadyTime now) {
    if (const auto message = oldest_unanswered()) size_.lost(*message, too_large, now);
    if (window_.messages() > 0) window_.begin_alone();
    disconnected();
}

// A broker takes the messages in the order in which they were sent: what it closed the connection for is the first one
// that it has not answered.
std::optional<MessageLimit::Message> Delivery::oldest_unanswered() const {
    for (const auto& [ticket, message] : window_.under_way()) {
        if (outstanding_.of(ticket).empty()) continue;  // covered by a receipt
        return MessageLimit::Message{message.range, message.bytes, message.packet};
    }
    return std::nullopt;
}

std::optional<Sequence> Delivery::too_large(Ticket ticket, SteadyTime now) {
    const auto at = window_.under_way().find(ticket);
    if (at == window_.under_way().end()) return std::nullopt;
    const MessageLimit::Message message{at->second.range, at->second.bytes, at->second.packet};
    if (outstanding_.of(ticket).empty()) {  // covered by a receipt: an earlier copy of it arrived
        (void)window_.answered(ticket, false, now);
        if (!again_.has_sent(ticket)) return std::nullopt;
        (void)size_.refused(message, now);
        again_.refused(ticket);
        if (message.one_event()) again_.drop(message.range);
        return std::nullopt;
    }
    const bool given_up = size_.refused(message, now);
    if (!given_up && message.one_event()) {  // as small as a message can be: another refusal than it says
        refused(ticket, now);
        return std::nullopt;
    }
    (void)window_.answered(ticket, false, now);
    take_back(ticket);
    return given_up ? std::optional(message.range.from) : std::nullopt;
}

// Nothing is sent between a hello and its answer, so that central has had all that is outstanding; but what went while
// it was not there, or another was, says nothing of what the broker takes.
void Delivery::note_missing(SteadyTime now) {
    const auto missing = outstanding_.first(
        [this](Ticket ticket) { return ticket > sent_before_ && !window_.under_way().contains(ticket); });
    if (missing) size_.missed({missing->range, missing->bytes, 0}, now);
}

}  // namespace tillpost
