// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/delivery_order.hpp"

#include <algorithm>
#include <utility>

namespace tillpost::test {

void SendingOrder::line_changed() {
    unanswered_ = false;
    if (by_central_) return out_.clear();
    std::erase_if(out_, [](const auto& each) { return each.second != covered; });
}

void SendingOrder::another_epoch(const EpochSummary& live) {
    out_.clear();
    unanswered_ = false;
    seen_ = live.confirmed;
    journal_has(live);
}

void SendingOrder::journal_has(const EpochSummary& live) {
    mark_ = live.confirmed;
    first_ = live.first;
    for (auto at = out_.begin(); at != out_.end() && at->first <= mark_; at = out_.erase(at)) {
        newest_arrived_ = std::max(newest_arrived_, at->second);
    }
}

std::string SendingOrder::judge(Range range, bool live, const std::function<bool(Sequence)>& young) const {
    const auto twice = out_.lower_bound(range.from);
    if (twice != out_.end() && twice->first <= range.to) return "sent again without a reason";
    Sequence lowest = std::max(mark_ + 1, first_);
    for (auto at = out_.lower_bound(lowest); at != out_.end() && at->first == lowest; ++at) ++lowest;
    if (strict_ || !live) return range.from == lowest ? "" : "a lane is not sent in order";
    for (Sequence n = range.from - 1; n >= lowest && young(n); --n) {
        if (!out_.contains(n)) return "the lane of new events is not sent in order";
    }
    return "";
}

void SendingOrder::sent(Range range, Ticket ticket) {
    for (Sequence n = range.from; n <= range.to; ++n) out_.emplace(n, ticket);
}

void SendingOrder::refused(Ticket ticket) {
    const auto lowest = std::find_if(out_.begin(), out_.end(), [&](const auto& each) { return each.second == ticket; });
    if (lowest == out_.end()) return;
    if (strict_) return forget({lowest->first, out_.rbegin()->first}, by_central_);
    std::erase_if(out_, [ticket](const auto& each) { return each.second == ticket; });
}

void SendingOrder::acknowledged(Ticket ticket) {
    if (by_central_) return;
    for (auto& [sequence, message] : out_) {
        if (message == ticket) message = covered;
    }
}

bool SendingOrder::receipt(const Confirmation& confirmation, const std::vector<Range>& need, const EpochSummary& live) {
    const bool lowered = confirmation.confirmed < std::exchange(seen_, confirmation.confirmed);
    const bool answer = std::exchange(unanswered_, false);
    journal_has(live);
    for (const Range& range : confirmation.also) {
        for (auto at = out_.lower_bound(range.from); at != out_.end() && at->first <= range.to; ++at) {
            newest_arrived_ = std::max(newest_arrived_, at->second);
        }
    }
    if (answer) out_.clear();
    for (const Range& range : confirmation.also) cover(range);
    for (const Range& range : need) {
        asked_for({std::max({range.from, live.first, mark_ + 1}), std::min(range.to, live.last)});
    }
    return lowered && !answer;
}

void SendingOrder::cover(Range range) {
    for (Sequence n = std::max(range.from, mark_ + 1); n <= range.to; ++n) out_[n] = covered;
}

void SendingOrder::forget(Range range, bool covered_too) {
    for (auto at = out_.lower_bound(range.from); at != out_.end() && at->first <= range.to;) {
        at = covered_too || at->second != covered ? out_.erase(at) : std::next(at);
    }
}

// Messages arrive in the order in which they were sent: what went behind the newest one that has arrived may be on its
// way.
void SendingOrder::asked_for(Range range) {
    for (auto at = out_.lower_bound(range.from); at != out_.end() && at->first <= range.to;) {
        at = at->second <= newest_arrived_ ? out_.erase(at) : std::next(at);
    }
}

}  // namespace tillpost::test
