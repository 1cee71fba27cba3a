// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>

#include "agent/forward/lane.hpp"
#include "agent/forward/line_rate.hpp"
#include "agent/forward/settings.hpp"
#include "agent/wire/protocol.hpp"

namespace tillpost {

/// What may be on its way to the broker: messages and bytes that it has not acknowledged. Pure.
///
/// In messages at or below the broker's Receive Maximum, with places left for live events. In bytes what the line
/// carries in two round trips and a little more: enough to keep it busy, and a live event waits behind no more.
///
/// A line may become as slow as 64 kbit/s at any moment, and what is under way then cannot be called back: whatever is
/// sent behind it, an echo, a hello, a live event, waits until it has crawled through. So the measure of a fast line is
/// not trusted beyond what such a slow one carries in the time after which a silent connection is given up; and the
/// first acknowledgement that is late ends it (LineRate).
///
/// What the kernel does not take at once keeps Paho from reading: it sees no acknowledgement, cannot send its ping, and
/// gives the connection up after two keep-alives (measured with 1.3.11, tests/fault/own_network_test.cpp). The kernel
/// takes what a long line has under way in one round trip; beyond that no more goes than crawls through in a keep-alive
/// and a third, while TCP still mends what the narrow place has dropped.
class Window {
public:
    using Ticket = std::uint64_t;
    struct Message {
        Range range;
        std::uint64_t bytes;   ///< Of its lines.
        std::uint64_t packet;  ///< As it went to the line.
        LineRate::Mark mark;
    };

    explicit Window(const DeliverySettings& settings) : settings_(settings) {}

    /// Of an event that cannot be smaller: a tombstone.
    static constexpr std::uint64_t smallest_packet = 256 + 130;

    void connected(std::uint32_t receive_maximum, std::uint32_t largest_packet);
    /// Of the next connection.
    void set_keep_alive(Millis keep_alive) { settings_.keep_alive = keep_alive; }
    void disconnected();
    /// After a connection was lost with something under way: the next message goes alone, until the broker has
    /// acknowledged one. A broker that closes the connection for one message takes the answers to those before it
    /// along.
    void begin_alone() { alone_ = true; }

    bool room(Lane lane, bool reserve) const;
    /// Bytes of one message: at most half a second of the line, what 64 kbit/s carry in a third of a keep-alive, and
    /// what the broker takes.
    std::uint64_t batch_bytes() const;
    /// Bytes of lines that fit one packet.
    std::uint64_t largest_message() const { return largest_message_; }

    void sent(Ticket ticket, Range range, std::uint64_t bytes, bool busy, SteadyTime now);
    /// What it was on the line, compressed or not.
    void paid(Ticket ticket, std::uint64_t bytes);
    /// The broker has answered: with an acknowledgement, or a refusal, which says nothing of the line. False if the
    /// message is none of this connection's.
    bool answered(Ticket ticket, bool acknowledged, SteadyTime now);

    /// When an answer to any of them is overdue; SteadyTime::max() while nothing is under way.
    SteadyTime answer_due() const;

    std::size_t messages() const { return under_way_.size(); }
    /// Those without an answer, the oldest first.
    const std::map<Ticket, Message>& under_way() const { return under_way_; }
    std::uint64_t bytes() const { return bytes_; }
    const LineRate& line() const { return line_; }

private:
    std::uint64_t most_bytes() const;

    DeliverySettings settings_;
    LineRate line_;
    std::size_t most_messages_ = 1;
    std::uint64_t largest_message_ = 0;
    std::map<Ticket, Message> under_way_;
    std::uint64_t bytes_ = 0;
    bool alone_ = false;
    SteadyTime quiet_since_{};  ///< The last answer, or the first message after all were answered.
};

}  // namespace tillpost
