// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/forward/delivery.hpp"

namespace tillpost::test {

/// A store's whole way in simulated time: journal, Delivery, a line and a broker that lose, repeat, delay, reorder and
/// refuse, and a central that is absent, forgets and asks again. All chance comes from the seed, so that a failing seed
/// is the bug report. For half of the time everything may go wrong; then the line is fair and everything must arrive.
class DeliveryWorld {
public:
    struct Report {
        std::string broken;  ///< The first invariant that did not hold, "" if all did.
        std::uint64_t decisions = 0;
        std::uint64_t events = 0;
    };

    explicit DeliveryWorld(std::uint64_t seed);
    Report run();

private:
    using Content = std::uint32_t;
    /// The journal's live epoch: content of sequence n at n - 1.
    struct Journal {
        EpochSummary live;
        std::vector<Content> contents;
    };
    /// What central has committed of one epoch.
    struct Committed {
        std::set<Sequence> sequences;
        Sequence upto = 0;
    };
    struct Central {
        std::map<Epoch, Committed> epochs;
        std::set<Content> effects;
    };
    struct Packet {
        Epoch epoch;
        Range range;
        std::vector<Content> contents;
    };
    /// What the broker does with a message that is larger than its limit; each single event is smaller.
    enum class TooLarge { refuse, discard, close };
    struct HelloSent {
        std::uint64_t number;
        EpochSummary live;
    };

    static DeliverySettings chosen(std::mt19937_64& random);
    bool chance(unsigned percent) { return random_() % 100 < percent; }
    bool bad(unsigned percent) { return !fair_ && chance(percent); }
    Millis delay(unsigned longest) { return Millis(1 + random_() % longest); }
    void later(Millis after, std::function<void()> what) { agenda_.emplace(now_ + after, std::move(what)); }
    void require(bool holds, const char* what);

    void plan();
    void capture();
    void fork();
    void prune();
    void restore_central();
    void connect();
    void lose_connection();
    void break_connection();
    void ask(Range range);
    bool take_asked(Range range);
    void answer_too_large(const Packet& packet, Delivery::Ticket ticket, bool again);
    void act();
    void send(const Delivery::Decision& decision);
    void answer(Delivery::Ticket ticket);
    void arrive(const Packet& packet);
    void hello();
    void receipt(const HelloSent& quoted);
    void confirm(const HelloSent& quoted, Sequence upto, const std::vector<Range>& also,
                 const std::vector<Range>& need);
    void check();
    bool finished() const;

    std::mt19937_64 random_;
    DeliverySettings settings_;
    Delivery delivery_;
    SteadyTime now_ = SteadyTime() + std::chrono::hours(1);
    SteadyTime start_ = now_;
    std::multimap<SteadyTime, std::function<void()>> agenda_;
    SteadyTime timer_ = SteadyTime::max();
    Journal journal_;
    Central central_;
    Central backup_;
    bool central_here_ = true;
    bool restored_ = false;
    bool fair_ = false;
    bool connected_ = false;
    std::uint64_t connection_ = 0;
    std::uint64_t answered_ = 0;  ///< The connection on which central answered last.
    std::uint32_t receive_maximum_ = 20;
    std::uint64_t message_limit_ = MessageLimit::unlimited;
    TooLarge too_large_ = TooLarge::refuse;
    Delivery::Ticket ticket_ = 0;
    HelloSent last_hello_{0, {}};
    std::optional<HelloSent> central_knows_;
    Content contents_ = 0;
    std::set<Content> gone_;                           ///< Pruned before a restored central asked for them.
    std::multiset<std::pair<Epoch, Sequence>> asked_;  ///< Below the mark, by a receipt.
    std::set<Content> at_broker_;                      ///< Acknowledged.
    std::uint64_t decisions_ = 0;
    std::uint64_t this_second_ = 0;
    SteadyTime second_{};
    std::string broken_;
};

}  // namespace tillpost::test
