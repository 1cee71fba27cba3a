// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "agent/forward/asked_again.hpp"
#include "agent/forward/doubt.hpp"
#include "agent/forward/elsewhere.hpp"
#include "agent/forward/lane.hpp"
#include "agent/forward/lane_share.hpp"
#include "agent/forward/live_edge.hpp"
#include "agent/forward/message_limit.hpp"
#include "agent/forward/outstanding.hpp"
#include "agent/forward/probe.hpp"
#include "agent/forward/ranges.hpp"
#include "agent/forward/rate_limit.hpp"
#include "agent/forward/settings.hpp"
#include "agent/forward/window.hpp"
#include "agent/journal/record.hpp"
#include "agent/wire/protocol.hpp"
#include "platform/backoff.hpp"

namespace tillpost {

/// Decides what is sent next, and when to ask central instead. Pure: no I/O, time and randomness are arguments.
///
/// [flow-1] What is sent and covered by neither `upto` nor `also` is bounded, and a quarter of it is for live events.
/// Without progress for a time only a hello goes out, with backoff; its answer makes what it does not cover unsent, and
/// unless the answer shows progress one message goes per backoff step. So neither a broker that acknowledges and
/// discards nor an absent central swallows a backlog.
/// [order-1] New events do not wait behind a backlog, and the backlog keeps its share; within a lane the sequence
/// rules.
/// [once-1] What is not covered when a connection is lost is sent again.
class Delivery {
public:
    using Ticket = Window::Ticket;
    using Random = std::function<std::uint64_t()>;
    using Mode = Probe::Mode;

    struct Decision {
        enum class Action {
            wait,  ///< Nothing to do before `until`, a commit, an acknowledgement or a receipt.
            hello,
            send,    ///< Some of `range`, from its start on; then call sent().
            give_up  ///< The connection: call left_for_next().
        };
        Action action = Action::wait;
        Lane lane = Lane::backlog;
        Range range;
        std::uint64_t bytes = 0;  ///< Lines of one message together; a longer first line goes alone.
        SteadyTime until = SteadyTime::max();
    };

    Delivery(const DeliverySettings& settings, Random random);

    /// After each commit and confirmation: what the journal holds. Another epoch than before: nothing of it is sent,
    /// and central must be asked.
    void journal_has(const EpochSummary& live, SteadyTime now);

    /// `largest_packet`: the broker's Maximum Packet Size, 0 for none.
    void connected(std::uint32_t receive_maximum, std::uint32_t largest_packet, SteadyTime now);
    /// Before connected(): the connection's, which the broker may have made shorter than the configured one.
    void set_keep_alive(Millis keep_alive) { window_.set_keep_alive(keep_alive); }
    /// Before connected(), if the broker is another than the last one.
    void another_broker() { size_.forget(); }
    void disconnected();
    /// The connection that there was is lost; `too_large`: the broker said that a message was.
    void lost(bool too_large, SteadyTime now);
    /// What our own configuration allows now, of events in both lanes.
    void limit(const Rate& rate, SteadyTime now) { limit_.set(rate, now); }
    /// [flow-1] What central allows for a minute, of the backlog.
    void granted(std::uint64_t bytes_per_second, SteadyTime now);
    /// What central said before no longer counts: a hello is due, and nothing is sent before its answer.
    void ask_anew(SteadyTime now) { greet(now); }
    /// The same where central contradicts itself, as two do that share an id: at growing distances.
    void ask_again_in_doubt(SteadyTime now) { greet(doubt_.ask_at(now, random_())); }

    /// Central has come and asks for a hello, which goes at once; but whoever calls all the time brings no more of them
    /// than one each two seconds: it goes when these are over, and what was asked before counts until then. True if one
    /// goes at once.
    bool called(SteadyTime now);

    Decision next(SteadyTime now) const;
    /// The connection is given up for the next broker of the list: why. "": because this one answers no message of
    /// events.
    std::string left_for_next(SteadyTime now);

    void hello_sent(SteadyTime now);
    /// `range` begins where the decision's does; `bytes` of its lines.
    void sent(Lane lane, Range range, std::uint64_t bytes, Ticket ticket, SteadyTime now);
    /// So many bytes went to the line for it, compressed or not.
    void paid(Lane lane, Ticket ticket, std::uint64_t bytes, SteadyTime now);
    /// The broker has acknowledged the message. Under confirm=broker: how far the stream is covered now.
    std::optional<Sequence> acknowledged(Ticket ticket, SteadyTime now);
    /// The broker refused the message (reason code of 0x80 or above): it is not delivered, and goes again after a
    /// pause.
    void refused(Ticket ticket, SteadyTime now);
    /// … because it is too large: it goes again at once, in smaller ones. The event to be withheld, if it was one that
    /// cannot be made smaller.
    std::optional<Sequence> too_large(Ticket ticket, SteadyTime now);
    /// A receipt that quotes the last hello, already checked against the journal's hashes (`live` is up to date).
    void receipt(const Confirmation& confirmation, const std::vector<Range>& need, SteadyTime now);

    /// [end-1] An event that central has confirmed and asks for again cannot be sent: not before it is asked for anew.
    void skip_again(Sequence sequence) { again_.drop({sequence, sequence}); }

    /// The lowest that waits, whether it may go now or not: to be read meanwhile.
    std::optional<Range> upcoming(SteadyTime now) const;

    /// Events wait for a rate, our own or a granted one, and for nothing else.
    bool held_by_rate(SteadyTime now) const { return probe_.may_send() && rate_due(now); }

    /// [flow-1] The backlog has used the flow limit up: only a receipt lets more of it go.
    bool waits_for_receipt() const { return by_central() && !flow_has_room(Lane::backlog); }

    Mode mode() const { return probe_.mode(); }
    std::uint64_t outstanding_events() const { return outstanding_.load().events; }
    std::uint64_t outstanding_bytes() const { return outstanding_.load().bytes; }
    std::size_t in_flight() const { return window_.messages(); }
    /// Everything up to here was sent since the last hello's answer, or is covered.
    Sequence sent_upto() const { return sent_.end_of_run(live_.confirmed + 1); }
    bool everything_confirmed() const { return live_.confirmed >= live_.last; }
    /// Bytes of lines that fit one packet: an event with more can't be sent.
    std::uint64_t largest_message() const { return window_.largest_message(); }
    /// What one message should hold now.
    std::uint64_t batch_bytes() const { return std::min({window_.batch_bytes(), limit_.batch_bytes(), size_.bytes()}); }
    const LineRate& line() const { return window_.line(); }
    /// What was learnt of the broker's limit; and trials with an event's size are reported to it.
    const MessageLimit& size() const { return size_; }
    bool size_tried(MessageLimit::Trial outcome, SteadyTime now) { return size_.tried(outcome, now); }

private:
    struct Waiting {
        std::optional<Range> backlog;
        std::optional<Range> live;
        std::optional<Range> again;  ///< Confirmed, and asked for again; only if there is room for it.
        bool any() const { return backlog || live || again; }
    };

    bool by_central() const { return settings_.confirm == DeliverySettings::Confirm::central; }
    bool by_lanes() const { return settings_.order == DeliverySettings::Order::lanes; }
    Waiting waiting(SteadyTime now) const;
    bool flow_has_room(Lane lane) const;
    std::optional<Lane> choose(const Waiting& waiting, SteadyTime now) const;
    Decision decide(SteadyTime now) const;
    SteadyTime grant_due(SteadyTime now) const;
    std::uint64_t granted_bytes(SteadyTime now) const;
    std::optional<SteadyTime> rate_due(SteadyTime now) const;
    Decision send(Lane lane, Range range, SteadyTime now) const;
    bool again_has_room() const;
    bool may_go_again(const Waiting& waiting, SteadyTime now) const;
    Decision send_again(Range range, SteadyTime now) const;
    Range held_below_mark() const { return {live_.first, std::min(live_.confirmed, live_.last)}; }
    SteadyTime progress_deadline() const;
    void another_epoch(const EpochSummary& live, SteadyTime now);
    void cover(Range range);
    void arrived(Range range);
    void unsend(Range range);
    void unsend_uncovered(const std::vector<Range>& covered);
    bool note_progress(const std::vector<Range>& also, SteadyTime now);
    void ask_again(const std::vector<Range>& need);
    void take_back(Ticket ticket);
    std::optional<MessageLimit::Message> oldest_unanswered() const;
    void note_missing(SteadyTime now);
    void greet(SteadyTime at);

    DeliverySettings settings_;
    Random random_;
    EpochSummary live_;
    LiveEdge edge_;
    LaneShare share_;
    Window window_;
    MessageLimit size_;
    Probe probe_;
    RateLimit limit_;
    RateLimit grant_;
    SteadyTime granted_until_{};
    Ranges sent_;       ///< Above the confirmed mark: sent since the last hello's answer, or covered.
    Ranges covered_;    ///< confirm=broker: acknowledged above the mark.
    AskedAgain again_;  ///< At or below the confirmed mark.
    Outstanding outstanding_;
    Ticket newest_arrived_ = 0;  ///< Of the messages that central holds a part of.
    Ticket last_sent_ = 0;
    Ticket sent_before_ = 0;  ///< The receiver came that is there now: up to this one they went to another, or to none.
    Backoff refusals_;
    Elsewhere elsewhere_;
    Doubt doubt_;
    SteadyTime progress_at_{};
    SteadyTime idle_hello_{};  ///< With nothing outstanding: when central is asked all the same.
    bool asked_idle_ = false;  ///< The last hello went with nothing outstanding.
    SteadyTime paused_until_{};
    SteadyTime deaf_until_{};                  ///< To calls: …
    SteadyTime call_due_ = SteadyTime::max();  ///< … when one that came too soon is answered.
    Sequence seen_confirmed_ = 0;              ///< At the last receipt, to see progress
    std::uint64_t seen_also_ = 0;
};

}  // namespace tillpost
