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
/// brokers close the connection. But brokers, central and lines also break for other reasons with messages on their
/// way. So the messages become half as large when one is refused as too large; when the connection was lost three times
/// with one on its way, none as large was acknowledged meanwhile, and an echo of its size does not pass either where a
/// small one does; and when central lacked one three times that the broker had acknowledged while central was there.
/// What was learnt so is soon tried again.
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
    /// A limit that has held so long is tried again with twice the size; later after ever longer times, while that
    /// fails.
    static constexpr Millis first_growth{180'000};
    static constexpr Millis longest_growth{4 * 3'600'000};

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
        open,    ///< Says little: the line fell silent, or the broker had another reason.
        untried  ///< Not even a small one has passed.
    };

    /// Bytes of lines of one message; one larger event goes alone.
    std::uint64_t bytes() const { return bytes_; }
    /// Another broker, or other events: nothing of what was learnt counts.
    void forget() { *this = MessageLimit(); }
    /// The broker has said itself that there is one.
    bool is_certain() const { return certain_; }
    void acknowledged(const Message& message, SteadyTime now);
    /// Everything up to here is central's.
    void covered(Sequence upto);

    /// The broker refused it as too large. True if it is to be given up.
    bool refused(const Message& message, SteadyTime now);
    /// The connection was lost with it, the oldest without an answer (`too_large`: the broker said so).
    void lost(const Message& message, bool too_large, SteadyTime now);
    /// Central has answered and lacks it, the oldest that the broker has acknowledged since that central is there.
    void missed(const Message& message, SteadyTime now);

    /// A message whose size is to be tried before it is sent again.
    std::optional<Message> suspect() const { return suspect_; }
    /// True if it is one event, to be given up.
    bool tried(Trial outcome, SteadyTime now);
    /// An event that the broker acknowledges and central never gets.
    std::optional<Message> missing() const;

private:
    struct Losses {
        int times = 0;
        Message least;  ///< The smallest one.
    };
    struct Misses {
        int times = 0;
        Message message;
    };
    void halve(std::uint64_t bytes, SteadyTime now);
    void grow(const Message& message, SteadyTime now);
    bool fell_back(const Message& message, SteadyTime now);
    void suspect(const Message& message);
    void end_trial();

    std::uint64_t bytes_ = unlimited;
    bool certain_ = false;
    Losses lost_;              ///< Since one as large was acknowledged.
    int needed_ = most_times;  ///< Losses before a trial; more after each that has passed.
    Misses missed_;            ///< Of the same one.
    std::optional<Message> suspect_;
    int closed_ = 0;  ///< Trials, in a row
    int unclear_ = 0;
    SteadyTime grow_at_{};
    Millis grow_after_ = first_growth;
    std::uint64_t former_ = unlimited;  ///< Before it grew, until grow_at_: that much has held.
};

}  // namespace tillpost
