// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/forward/settings.hpp"
#include "agent/journal/record.hpp"

namespace tillpost::test {

/// What may be sent next by the promises alone: nothing twice without a reason, and each lane by its sequence; in
/// strict order what went behind a message that was refused goes again behind it. Is told what Delivery is told.
class SendingOrder {
public:
    using Ticket = std::uint64_t;

    explicit SendingOrder(const DeliverySettings& settings)
        : by_central_(settings.confirm == DeliverySettings::Confirm::central),
          strict_(settings.order == DeliverySettings::Order::strict) {}

    /// A connection begins or ends: what is not covered goes again.
    void line_changed();
    void another_epoch(const EpochSummary& live);
    /// Everything up to its mark is covered.
    void journal_has(const EpochSummary& live);
    void hello_sent() { unanswered_ = true; }
    /// No hello counts as asked any more.
    void asks_anew() { unanswered_ = false; }

    /// What is wrong with sending that now, "" if nothing. `live`: in the lane of new events; `young`: whether an event
    /// certainly is one.
    std::string judge(Range range, bool live, const std::function<bool(Sequence)>& young) const;
    void sent(Range range, Ticket ticket);
    void refused(Ticket ticket);
    void acknowledged(Ticket ticket);
    /// True if the mark was lowered by something else than the answer to a hello: then central must be asked.
    bool receipt(const Confirmation& confirmation, const std::vector<Range>& need, const EpochSummary& live);

private:
    static constexpr Ticket covered = 0;  ///< Arrived, above the mark
    void cover(Range range);
    void forget(Range range, bool covered_too);
    void asked_for(Range range);

    bool by_central_;
    bool strict_;
    std::map<Sequence, Ticket> out_;  ///< Above the mark: with which message it went
    Sequence mark_ = 0;
    Sequence first_ = 1;  ///< Of those that are held
    Sequence seen_ = 0;   ///< The mark at the last receipt
    Ticket newest_arrived_ = 0;
    bool unanswered_ = false;
};

}  // namespace tillpost::test
