// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "agent/forward/outstanding.hpp"
#include "agent/forward/ranges.hpp"
#include "agent/wire/protocol.hpp"

namespace tillpost {

/// [end-1] What central asks for again though it has confirmed it (it lost a part of its store, say): sent once for
/// each asking, and neither unconfirmed nor freed by anything. Pure.
///
/// A range is asked for from the first receipt that names it to the first that does not. Receipts in between repeat the
/// asking, with one exception: central has had whatever was sent before a hello when it answers that, so what its
/// answer names has not arrived.
class AskedAgain {
public:
    using Ticket = Outstanding::Ticket;

    /// `held`: what the journal has at or below the confirmed mark; of `need` only that counts. `answer`: to a hello.
    void receipt(const std::vector<Range>& need, Range held, bool answer);
    /// The lowest that waits.
    std::optional<Range> waiting(Range held) const { return waiting_.first_run(held); }
    void sent(Range range, std::uint64_t bytes, Ticket ticket);
    bool has_sent(Ticket ticket) const { return !sent_.of(ticket).empty(); }
    /// The broker has not taken the message: it waits again.
    void refused(Ticket ticket);
    /// It cannot be sent: until it is asked for anew.
    void drop(Range range) { waiting_.remove(range); }
    /// What was on its way is named by the next connection's first receipt if it is still wanted.
    void disconnected() { sent_.clear(); }
    void clear();

    /// Sent, and not known to have arrived.
    Outstanding::Load load() const { return sent_.load(); }

private:
    Ranges waiting_;
    Outstanding sent_;
};

}  // namespace tillpost
