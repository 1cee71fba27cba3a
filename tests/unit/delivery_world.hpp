// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/central/ledger.hpp"
#include "agent/central/sessions.hpp"
#include "agent/forward/delivery.hpp"
#include "agent/forward/receivers.hpp"
#include "agent/forward/reconnect.hpp"
#include "agent/journal/receipt_rules.hpp"
#include "tests/unit/delivery_order.hpp"

namespace tillpost::test {

/// A store's whole way in simulated time. What decides is the product's own: Delivery with all that it is made of,
/// Reconnect, what a receipt means (ReceiverRuns, receipt_rules), central's Ledger and its Sessions. What they stand in
/// is modelled: a journal whose image may be restored, a line and a broker that lose, repeat, delay, reorder and
/// refuse, a central that is absent, forgets and asks again. All chance comes from the seed, so that a failing seed is
/// the bug report. For a while everything may go wrong; then the line is fair and everything must arrive.
class DeliveryWorld {
public:
    struct Report {
        std::string broken;  ///< The first invariant that did not hold, "" if all did.
        std::uint64_t decisions = 0;
        std::uint64_t events = 0;
        std::uint64_t forks = 0;  ///< By a receipt
        std::uint64_t gone = 0;   ///< Times that a range was said to be pruned
    };

    explicit DeliveryWorld(std::uint64_t seed);
    Report run();

private:
    using Content = std::uint32_t;
    /// What a `gone` event says.
    struct Gone {
        Epoch epoch;
        Range range;
        Digest before, after;
    };
    /// The journal's live epoch: sequence n stands at n - 1. Nothing is deleted here, so that it is known what was.
    struct Journal {
        EpochSummary live;
        std::vector<Content> contents;
        std::vector<Held> lines;
        std::vector<SteadyTime> captured;
        receipt_rules::GoneTold gone_told;
    };
    /// What central has committed of one epoch.
    struct Committed {
        Ledger ledger;
        std::map<Sequence, Held> held;  ///< But for what was passed as gone
        std::set<Content> contents;
        std::vector<Gone> waiting;
        std::optional<Sequence> fork;
    };
    struct Central {
        std::map<Epoch, Committed> epochs;
        bool has(Content content) const {
            return std::any_of(epochs.begin(), epochs.end(),
                               [content](const auto& each) { return each.second.contents.contains(content); });
        }
    };
    struct Packet {
        Epoch epoch;
        Range range;
        std::vector<Content> contents;
        std::vector<Held> lines;
    };
    /// What the broker does with a message that is larger than its limit; each single event is smaller.
    enum class TooLarge { refuse, discard, close };

    static constexpr std::chrono::minutes bad_time{10};

    static DeliverySettings chosen(std::mt19937_64& random);
    bool by_central() const { return settings_.confirm == DeliverySettings::Confirm::central; }
    bool chance(unsigned percent) { return random_() % 100 < percent; }
    bool bad(unsigned percent) { return !fair_ && chance(percent); }
    Millis delay(unsigned longest) { return Millis(1 + random_() % longest); }
    void later(Millis after, std::function<void()> what) { agenda_.emplace(now_ + after, std::move(what)); }
    void require(bool holds, const std::string& what);

    // The machine.
    void plan();
    void record(Content content, SteadyTime captured);
    void capture();
    void fork();
    void prune();
    void start_agent();
    void restore_image();
    void journal_changed();

    // The line.
    void try_to_connect();
    void connect();
    void try_size();
    void lose_connection();
    void break_connection();
    void retry_later();
    void act();
    void send(const Delivery::Decision& decision);
    void check_order(const Delivery::Decision& decision, Range range);
    void ask(Range range);
    bool take_asked(Range range);
    void answer_too_large(const Packet& packet, Delivery::Ticket ticket, bool again);
    void answer(Delivery::Ticket ticket);
    void hello();
    void receive(const Receipt& receipt);
    bool is_of_the_run_asked(const Receipt& receipt);
    void take(const EpochReceipt& part);
    void confirm(const EpochReceipt& part);
    void check();
    bool finished() const;

    // Central.
    void restore_central();
    void start_central();
    Committed& committed(Epoch epoch);
    void arrive(const Packet& packet);
    void take_line(Committed& epoch, Sequence sequence, const Held& line, Content content);
    void refuse_line(Committed& epoch, Sequence sequence, const Held& line);
    void pass_what_is_gone(Committed& epoch);
    void plan_receipts();
    void send_receipts();
    void send_receipt(const Sessions::Due& due);
    EpochReceipt epoch_receipt(const EpochSummary& wanted);
    void to_agent(Receipt receipt);

    const AgentName agent_{"acme", "s1", "till1"};
    std::mt19937_64 random_;
    Sha256 sha_;
    DeliverySettings settings_;
    std::optional<Delivery> delivery_;
    SendingOrder order_;
    Reconnect reconnect_;
    ReceiverRuns runs_;
    receipt_rules::ForkPause fork_pause_;
    SteadyTime now_ = SteadyTime() + std::chrono::hours(1);
    SteadyTime start_ = now_;
    std::multimap<SteadyTime, std::function<void()>> agenda_;
    SteadyTime timer_ = SteadyTime::max();
    Journal journal_;
    std::optional<std::pair<Journal, Content>> image_;  ///< And how much had been captured
    Epoch last_epoch_ = 0;
    std::map<Content, Gone> says_gone_;
    Central central_, backup_;
    Sessions sessions_;
    std::uint64_t run_ = 1;                       ///< Of central's process
    SteadyTime receipts_at_ = SteadyTime::max();  ///< When they are looked at next
    bool central_here_ = true;
    bool restored_ = false;       ///< Central has forgotten, and no hello of later is answered.
    std::string restored_hello_;  ///< The last hello since then
    bool fair_ = false;
    bool connected_ = false;
    std::uint64_t connection_ = 0;
    std::uint32_t receive_maximum_ = 20;
    std::uint64_t message_limit_ = MessageLimit::unlimited;
    TooLarge too_large_ = TooLarge::refuse;
    Delivery::Ticket ticket_ = 0;
    std::string hello_number_;  ///< "": what comes quotes none that counts
    Content contents_ = 0;
    std::set<Content> gone_;  ///< Pruned before central asked for it, or lost with the machine.
    std::multiset<std::pair<Epoch, Sequence>> asked_;  ///< Below the mark, by a receipt.
    std::set<Content> at_broker_;                      ///< Acknowledged.
    Report report_;
    std::uint64_t this_second_ = 0;
    SteadyTime second_{};
};

}  // namespace tillpost::test
