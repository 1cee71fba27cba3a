// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <limits>
#include <optional>

#include "agent/wire/protocol.hpp"
#include "platform/clock.hpp"

namespace tillpost {

/// What the broker takes in one message, learnt where it does not announce it. Pure.
///
/// Mosquitto's `message_size_limit` refuses by reason code 0x95 (MQTT 5), or acknowledges and discards (3.1.1); other
/// brokers close the connection. So the messages become half as large when one is refused as too large; when the
/// connection was lost three times with one on its way, and none as large was acknowledged meanwhile; and when central
/// lacked one three times that the broker had acknowledged. In an outage that costs nothing but smaller messages for a
/// while.
///
/// One event alone cannot be made smaller. It is given up, to be withheld, only where it is certain that its size is
/// the reason: refused as too large; or the connection was lost with it three times, and in five trials in a row an
/// echo as small as can be passed and one of the event's size made the broker close the connection at once. A line that
/// breaks now and then, or a clone that takes the connection over, does not hit that moment five times. What merely
/// never comes to central is never given up.
class MessageLimit {
public:
    static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
    /// A tombstone's line fits: what is as small is not refused for its size, whatever the broker says.
    static constexpr std::uint64_t smallest = 512;
    static constexpr int most_times = 3;
    static constexpr int most_trials = 5;

    struct Message {
        Range range;
        std::uint64_t bytes = 0;   ///< Of its lines.
        std::uint64_t packet = 0;  ///< Topic and payload as they went to the line.
        bool one_event() const { return range.from == range.to; }
    };
    /// How a trial with an echo of the suspect's size ended.
    enum class Trial {
        passed,  ///< The broker has taken it.
        refused,
        closed,  ///< The broker closed the connection at once, and gave no reason.
        open     ///< Says nothing: the line fell silent, or the broker had another reason. Begins anew.
    };

    /// Bytes of lines of one message; one larger event goes alone.
    std::uint64_t bytes() const { return bytes_; }
    /// Another broker, or other events: nothing of what was learnt counts.
    void forget() { *this = MessageLimit(); }
    /// A limit is tried again after an hour, later ever more seldom: brokers are reconfigured, and lines mended.
    void sent(SteadyTime now);
    void acknowledged(const Message& message);
    /// Everything up to here is central's.
    void covered(Sequence upto);

    /// The broker refused it as too large. True if it is to be given up.
    bool refused(const Message& message, SteadyTime now);
    /// The connection was lost with it, the oldest without an answer (`too_large`: the broker said so).
    void lost(const Message& message, bool too_large, SteadyTime now);
    /// Central has answered and lacks it, the oldest that the broker has acknowledged.
    void missed(const Message& message, SteadyTime now);

    /// An event whose size is to be tried before it is sent again.
    std::optional<Message> suspect() const { return suspect_; }
    /// True if it is to be given up.
    bool tried(Trial outcome);
    /// An event that the broker acknowledges and central never gets.
    std::optional<Message> missing() const;

private:
    struct Losses {
        int times = 0;
        std::uint64_t least = unlimited;  ///< Bytes of the smallest one.
    };
    struct Misses {
        int times = 0;
        Message message;
    };
    void halve(std::uint64_t bytes, SteadyTime now);

    std::uint64_t bytes_ = unlimited;
    Losses lost_;    ///< Since one as large was acknowledged.
    Misses missed_;  ///< Of the same one.
    std::optional<Message> suspect_;
    int trials_ = 0;
    SteadyTime grow_at_{};
    Millis grow_after_{3'600'000};
    bool grown_ = false;  ///< Since it was halved last.
};

}  // namespace tillpost
