// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "agent/forward/settings.hpp"
#include "agent/journal/record.hpp"
#include "agent/wire/protocol.hpp"
#include "platform/backoff.hpp"

namespace tillpost {

/// Decides what is sent next, and when to ask central instead. Pure: no I/O, time and randomness are arguments.
///
/// [flow-1] What is sent and covered by neither `upto` nor `also` is bounded. Without progress for a time only a hello
/// goes out, with backoff; its answer makes what it does not cover unsent, and unless the answer shows progress one
/// message goes per backoff step. So neither a broker that acknowledges and discards nor an absent central swallows
/// a backlog.
/// [once-1] The sequence is sent in order; what is not covered when a connection is lost is sent again.
class Delivery {
public:
    using Ticket = std::uint64_t;
    using Random = std::function<std::uint64_t()>;

    struct Decision {
        enum class Action {
            wait,  ///< Nothing to do before `until`, a commit, an acknowledgement or a receipt.
            hello,
            send  ///< Some of `range`, from its start on; then call sent().
        };
        Action action = Action::wait;
        Range range;
        SteadyTime until = SteadyTime::max();
    };
    enum class Mode {
        offline,
        greeting,  ///< A hello is due or unanswered; nothing is sent.
        flowing,
        probing  ///< No progress: hellos, and one message a backoff step.
    };

    Delivery(const DeliverySettings& settings, Random random);

    /// After each commit and confirmation: what the journal holds.
    void journal_has(const EpochSummary& live);

    void connected(std::uint32_t receive_maximum, SteadyTime now);
    void disconnected();

    Decision next(SteadyTime now) const;

    void hello_sent(SteadyTime now);
    void sent(Range range, std::size_t bytes, Ticket ticket, SteadyTime now);
    /// The broker has acknowledged the message. Under confirm=broker: how far the stream is covered now.
    std::optional<Sequence> acknowledged(Ticket ticket, SteadyTime now);
    /// The broker refused the message (reason code of 0x80 or above): it is not delivered, and goes again after a
    /// pause.
    void refused(Ticket ticket, SteadyTime now);
    /// A receipt that quotes the last hello, already checked against the journal's hashes (`live` is up to date).
    void receipt(const Confirmation& confirmation, const std::vector<Range>& need, SteadyTime now);

    Mode mode() const { return mode_; }
    std::uint64_t outstanding_events() const { return outstanding_events_; }
    std::uint64_t outstanding_bytes() const { return outstanding_bytes_; }
    std::size_t in_flight() const { return in_flight_.size(); }
    bool everything_confirmed() const { return live_.confirmed >= live_.last; }

private:
    struct Message {
        Range range;
        std::size_t bytes;
        Ticket ticket;
        bool acknowledged;
    };

    bool by_central() const { return settings_.confirm == DeliverySettings::Confirm::central; }
    void begin_epoch(const EpochSummary& live);
    bool room() const;
    std::optional<Range> next_range() const;
    SteadyTime progress_deadline() const;
    void unsend_from(Sequence sequence);
    void drop_covered();
    template <class Gone>
    void drop_messages(Gone gone);
    bool note_progress(SteadyTime now);
    void ask_again(const std::vector<Range>& need);

    DeliverySettings settings_;
    Random random_;
    EpochSummary live_;
    Mode mode_ = Mode::offline;
    std::uint32_t window_ = 1;
    Sequence next_ = 1;             ///< First sequence not sent since the last hello's answer.
    std::deque<Message> messages_;  ///< Sent and not covered.
    std::uint64_t outstanding_events_ = 0;
    std::uint64_t outstanding_bytes_ = 0;
    std::vector<Ticket> in_flight_;  ///< Messages the broker has not answered; at most `window_`.
    std::vector<Range> also_;
    std::deque<Range> wanted_;  ///< Asked for by central: sent before what is new.
    std::vector<Range> asked_;  ///< Taken up since the last hello: not taken up twice.
    bool hello_unanswered_ = false;
    bool probe_allowed_ = false;
    Backoff steps_;
    Backoff refusals_;
    SteadyTime step_ends_{};  ///< greeting, probing: when the next hello is due
    SteadyTime progress_at_{};
    SteadyTime paused_until_{};
    Sequence seen_confirmed_ = 0;  ///< At the last receipt, to see progress
    std::uint64_t seen_also_ = 0;
};

}  // namespace tillpost
