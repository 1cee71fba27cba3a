// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/asked_again.hpp"

#include <algorithm>
#include <limits>

namespace tillpost {
namespace {

constexpr std::size_t most_asked_ranges = 1024;

}  // namespace

void AskedAgain::receipt(const std::vector<Range>& need, Range held, bool answer) {
    constexpr Sequence last = std::numeric_limits<std::int64_t>::max();
    waiting_.remove({held.to + 1, last});  // the mark was lowered: it goes with all that is unconfirmed
    waiting_.remove({1, held.from - 1});   // pruned meanwhile
    Ranges named;
    for (const Range& range : need) named.add({std::max(range.from, held.from), std::min(range.to, held.to)});
    if (answer) sent_.clear();
    if (sent_.load().events > 0) {
        for (auto other = named.first_gap({1, last}); other; other = named.first_gap({other->to + 1, last})) {
            sent_.remove(*other);
        }
    }
    const Ranges on_their_way = sent_.later_than(0);
    for (Range rest = held; rest.from <= rest.to && waiting_.size() < most_asked_ranges;) {
        const auto run = named.first_run(rest);
        if (!run) break;
        for (auto asked = on_their_way.first_gap(*run); asked;
             asked = on_their_way.first_gap({asked->to + 1, run->to})) {
            waiting_.add(*asked);
        }
        rest.from = run->to + 1;
    }
}

void AskedAgain::sent(Range range, std::uint64_t bytes, Ticket ticket) {
    waiting_.remove(range);
    sent_.add(range, bytes, ticket, Lane::backlog);
}

void AskedAgain::refused(Ticket ticket) {
    for (const Range& range : sent_.of(ticket)) {
        sent_.remove(range);
        waiting_.add(range);
    }
}

void AskedAgain::clear() {
    waiting_.clear();
    sent_.clear();
}

}  // namespace tillpost
